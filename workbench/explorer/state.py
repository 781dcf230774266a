"""Keep a view in a small file that two notebooks may share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.explorer.view import View

__all__ = ["StateFile"]


@dataclass
class StateFile:
    """The file that a brand's view is kept in: read at the start, written after every change.

    Whoever writes last wins, and is told when that replaced what another notebook had written.
    Each write is whole or not at all.

    Attributes
    ----------
    path : Path
    """

    path: Path
    _known: bytes | None = field(default=None, repr=False)

    def load(self) -> tuple[View | None, str]:
        """Return the kept view, None where there is none, and a note on what was wrong."""
        self._known = self._bytes()
        if self._known is None:
            return None, ""
        try:
            return View.load(self.path), ""
        except WorkbenchError:
            return None, f"The stored view in {self.path.name} cannot be read; this is a new one."

    def save(self, view: View) -> str:
        """Keep a view; returns a note where another notebook's was replaced or nothing was kept."""
        found = self._bytes()
        replaced = found is not None and found != self._known
        try:
            view.save(self.path)
        except OSError as error:
            why = error.strerror or "the folder cannot be written"
            return f"This view could not be kept in {self.path.name}: {why}. It goes on working."
        self._known = self._bytes()
        if replaced:
            return (
                "Another notebook on this brand had kept its own view meanwhile; this one replaced "
                "it. The last change is what a restart begins with."
            )
        return ""

    def _bytes(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except OSError:
            return None

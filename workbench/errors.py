"""The errors and warnings that a user of the workbench may see.

An error says what is wrong, where, what is allowed and what to do next. A reader that can find
several problems raises them together, so that one round of repair is enough.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from traceback import extract_tb

__all__ = [
    "BrandError",
    "DataWarning",
    "InputError",
    "ModelError",
    "Problem",
    "SourceError",
    "WorkbenchError",
]


class WorkbenchError(ValueError):
    """Something the user can understand and repair.

    The command line and a notebook's cell show it without traceback.
    """

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback: the message, and the line of a cell.

        ``import traceback; traceback.print_exception(sys.last_value)`` still shows all of it.
        """
        lines = str(self).splitlines() or [type(self).__name__]
        for frame in reversed(extract_tb(self.__traceback__)):
            if "ipykernel_" in frame.filename or frame.filename.startswith("<ipython-input"):
                return [
                    *lines,
                    f"   At line {frame.lineno} of the cell: {frame.line or ''}".rstrip(),
                ]
        return lines


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence. Never quotes an e-mail address, a phone or a name.
    where : str
        File with row and column, or the path of a setting.
    allowed : str
        What would have been accepted.
    todo : str
        What to do next.
    """

    what: str
    where: str = ""
    allowed: str = ""
    todo: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.allowed:
            text += f"\n   Allowed: {self.allowed}"
        if self.todo:
            text += f"\n   To do: {self.todo}"
        return text


class InputError(WorkbenchError):
    """All problems of one input at once.

    Parameters
    ----------
    problems : iterable of Problem or str
        At least one. A plain string becomes a `Problem` without place.
    title : str
        First line of the message; by default it counts the problems.
    """

    def __init__(self, problems: Iterable[Problem | str] | Problem | str, title: str = "") -> None:
        listed = [problems] if isinstance(problems, Problem | str) else list(problems)
        self.problems = [p if isinstance(p, Problem) else Problem(p) for p in listed]
        self.title = title
        super().__init__(self.problems, title)  # both arguments, so that the error can be pickled

    def __str__(self) -> str:
        count = len(self.problems)
        title = self.title or f"{count} problem{'' if count == 1 else 's'} in the input"
        lines = [f"{number}. {problem}" for number, problem in enumerate(self.problems, start=1)]
        return "\n".join([f"{title}:", *lines])


class BrandError(InputError):
    """Problems in a `brand.yaml`."""


class SourceError(InputError):
    """Problems in an exported file."""


class ModelError(WorkbenchError):
    """A model that cannot be built or fitted on this data."""


class DataWarning(UserWarning):
    """Data that is used, but deserves a look."""

"""The controls of what enters the client's report: add the tab in sight, see the list, remove."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

import ipywidgets as w

from workbench.explorer.bound import control
from workbench.explorer.kept import KeptView, kept_views, remove_view

__all__ = ["KeptControls"]


class KeptControls(w.VBox):
    """What the next report of the brand shows besides its own pages.

    Parameters
    ----------
    folder : Path
        Of `views_folder`.
    add : callable
        Title -> keeps the tab in sight.
    say : callable
        Told what was done or went wrong.
    """

    def __init__(
        self,
        folder: Path,
        add: Callable[[str], KeptView],
        say: Callable[[list[str]], None],
    ) -> None:
        self._folder, self._keep, self._say = folder, add, say
        self._title = control(
            w.Text, "Title in the report", "What the client reads above the view.",
            placeholder="that of the tab",
        )  # fmt: skip
        button = w.Button(
            description="Add to the report",
            tooltip="workbench report then draws this tab with these settings in its appendix",
        )
        button.on_click(lambda _: self.add())
        self._list = w.VBox().add_class("wb-kept")
        super().__init__([self._title, button, self._list], _dom_classes=("wb-keep",))
        self.show()

    def add(self) -> None:
        """Keep the tab in sight under the title that is written."""
        try:
            one = self._keep(self._title.value)
        except OSError as error:
            self._say([f"The view could not be added: {error.strerror or error}."])
            return
        self._title.value = ""
        self.show()
        self._say([f"Added: {one.title}. The next `workbench report` shows it in its appendix."])

    def show(self) -> None:
        """List what is kept now."""
        views, notes = kept_views(self._folder)
        old, rows = self._list.children, []
        for one in views:
            text = html.escape(one.title if one.title == one.tab else f"{one.title} ({one.tab})")
            remove = w.Button(description="Remove", tooltip=f"Take {one.title} out of the report")
            remove.on_click(lambda _, name=one.name: self.remove(name))
            rows.append(w.HBox([w.HTML(f"<p class='wb-small'>{text}</p>"), remove]))
        head = "In the report:" if rows else ""
        told = "".join(f"<p class='wb-small'>{html.escape(one)}</p>" for one in (head, *notes))
        self._list.children = (w.HTML(told), *rows)
        for one in old:
            for part in getattr(one, "children", ()):
                part.close()
            one.close()

    def remove(self, name: str) -> None:
        """Take a view out of the report."""
        try:
            remove_view(self._folder, name)
        except OSError as error:
            self._say([f"The view could not be removed: {error.strerror or error}."])
            return
        self.show()
        self._say(["Removed from the report."])

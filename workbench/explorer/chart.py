"""A widget that shows one figure, or a sentence in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import plotly.graph_objects as go
import traitlets
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

__all__ = ["Chart", "Library"]

_HERE = Path(__file__).parent


class Library(anywidget.AnyWidget):
    """plotly.js on its way to the page while the kernel still reads what the figures show.

    To be closed after that: what it holds is 5 MB. A page that comes later asks by `Chart`.
    """

    _esm = _HERE / "chart.js"
    code = traitlets.Bytes().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(code=get_plotlyjs().encode("utf-8"), **traits)


class Chart(anywidget.AnyWidget):
    """One figure of this package with its title and alternative text, redrawn in place.

    `scale` enlarges the plot with all its texts, for a projector.

    A new figure is one message to the browser and one `Plotly.react` there; plotly.js is sent once
    a page, when the first chart asks for it. plotly's own `FigureWidget` keeps 5 MB of JavaScript
    in the state of every figure.
    """

    _esm = _HERE / "chart.js"
    _css = _HERE / "chart.css"
    figure = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    subtitle = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)
    min_width = traitlets.Int(0).tag(sync=True)
    max_width = traitlets.Int(0).tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)
    serial = traitlets.Int(0).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._answer)

    def show(self, figure: go.Figure) -> None:
        """Draw a figure made by `workbench.plots`."""
        meta = figure.layout.meta if isinstance(figure.layout.meta, dict) else {}
        self._set(
            figure=_plot_json(figure, int(meta.get("head", 0))),
            sentence="",
            title=str(meta.get("title", "")),
            subtitle=str(meta.get("subtitle", "")),
            alt=str(meta.get("alt", "")),
            min_width=int(meta.get("min_width", 0)),
            max_width=int(meta.get("max_width", 0)),
        )

    def say(self, sentence: str, *, title: str = "") -> None:
        """Put a sentence where the figure would be."""
        self._set(figure="", sentence=sentence, title=title, subtitle="", alt=sentence)

    def _set(self, **values: Any) -> None:
        with self.hold_sync():
            for name, value in values.items():
                setattr(self, name, value)
            self.serial += 1

    def _answer(self, _: Any, message: Any, __: Any) -> None:
        if isinstance(message, dict) and message.get("kind") == "plotly.js":
            self.send({"kind": "plotly.js"}, buffers=[get_plotlyjs().encode("utf-8")])


def _plot_json(figure: go.Figure, head: int) -> str:
    """JSON of the plot without its title, which stands above it as text.

    What `workbench.plots.without_head` does, on plain data: plotly would check every trace again.
    """
    plot = figure.to_plotly_json()
    layout = plot["layout"]
    layout.pop("title", None)
    layout.pop("meta", None)
    if head:
        layout["height"] -= head
        layout["margin"]["t"] -= head
    return str(to_json_plotly({"data": plot["data"], "layout": layout}))

"""A figure as a piece of an offline HTML page: text in HTML, where it wraps; the plot below."""

from __future__ import annotations

import html
import re

import plotly.graph_objects as go

from workbench.errors import WorkbenchError

_CONFIG = {
    "displayModeBar": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}

FIGURE_CSS = """
.wb-figure { margin: 0 0 2rem; break-inside: avoid; }
.wb-figure figcaption { margin: 0 0 .5rem; color: #1F2933; }
.wb-figure .wb-title { display: block; font-size: 1.0625rem; font-weight: 700; line-height: 1.3;
  overflow-wrap: anywhere; }
.wb-figure .wb-subtitle { display: block; font-size: .8125rem; line-height: 1.4; color: #52606D;
  margin-top: .2rem; overflow-wrap: anywhere; }
.wb-figure .wb-scroll { overflow-x: auto; }
@media print { .wb-figure .wb-scroll { overflow: visible; } }
"""

# plotly draws for the screen's width and is not told about paper: redraw for both.
FIGURE_SCRIPT = """
(function () {
  function each(change) {
    document.querySelectorAll(".wb-plot .js-plotly-plot").forEach(function (plot) {
      change(plot, plot.closest(".wb-plot"));
    });
  }
  addEventListener("beforeprint", function () {
    each(function (plot, box) {
      // a page shrinks its figures on paper, by a factor each; drawn so much wider they fill it
      var zoom = parseFloat(getComputedStyle(box).getPropertyValue("--print-zoom")) || 1;
      var width = 660 / zoom, widest = parseInt(box.style.maxWidth, 10) || width;
      Plotly.relayout(plot, { width: Math.min(width, widest), autosize: false });
    });
  });
  addEventListener("afterprint", function () {
    each(function (plot) { Plotly.relayout(plot, { width: null, autosize: true }); });
  });
})();
"""


def without_head(fig: go.Figure) -> go.Figure:
    """Return a copy of a figure without title and subtitle, and without the room they take."""
    meta = fig.layout.meta if isinstance(fig.layout.meta, dict) else {}
    plot = go.Figure(fig)
    if meta:
        head = int(meta["head"])
        plot.layout.title = None
        plot.layout.meta = None
        plot.update_layout(height=fig.layout.height - head, margin_t=fig.layout.margin.t - head)
    return plot


def figure_to_html(fig: go.Figure, slug: str) -> str:
    """Render one figure without plotly.js, the same bytes for the same figure.

    The page must hold plotly.js once before the first figure, `FIGURE_CSS` in a style element and,
    if it is to be printed from the browser, `FIGURE_SCRIPT` after the last figure. Title and
    subtitle leave the plot and become the caption; the alternative text becomes its label.

    Parameters
    ----------
    fig
        A figure made by this package, or read back from its JSON.
    slug
        Stable name, unique on the page: lower-case letters, digits and dashes.

    Raises
    ------
    WorkbenchError
        If the slug has other characters.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise WorkbenchError(
            f"A figure's slug is made of lower-case letters, digits and dashes, got {slug!r}."
        )
    meta = fig.layout.meta if isinstance(fig.layout.meta, dict) else {}
    plot = without_head(fig)
    body = plot.to_html(
        include_plotlyjs=False,
        include_mathjax=False,
        full_html=False,
        div_id=f"fig-{slug}",
        config=_CONFIG,
        default_height=f"{plot.layout.height or 420}px",
    )
    texts = {key: html.escape(str(meta.get(key, ""))) for key in ("title", "subtitle", "alt")}
    sizes = "".join(
        f"{name}:{int(meta[key])}px;"
        for key, name in (("min_width", "min-width"), ("max_width", "max-width"))
        if meta.get(key)
    )
    # what scrolls sideways on a phone must be reached by keyboard
    reached = ' tabindex="0" role="group" aria-label="Figure"' if meta.get("min_width") else ""
    return (
        f'<figure class="wb-figure" id="figure-{slug}">\n'
        f'<figcaption><span class="wb-title">{texts["title"]}</span>'
        f'<span class="wb-subtitle">{texts["subtitle"]}</span></figcaption>\n'
        f'<div class="wb-scroll"{reached}>'
        f'<div class="wb-plot" role="img" aria-label="{texts["alt"]}" '
        f'style="{sizes}">{body}</div></div>\n</figure>\n'
    )

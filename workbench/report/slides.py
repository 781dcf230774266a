"""From `document.Report` to slides.html: one offline file, 16:9, readable without script."""

from __future__ import annotations

from functools import cache

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from workbench.locales import in_locale
from workbench.plots import theme, without_head
from workbench.report import lexicon
from workbench.report.deck import AREA, WIDE, deck, scale_of
from workbench.report.document import Figure, Report
from workbench.report.page import accents, cell, key_figure, plotly_js

__all__ = ["COLOURS", "render_slides"]

COLOURS: dict[str, str] = {
    "ink": theme.INK, "muted": theme.MUTED, "line": "#D9DEE4", "soft": "#F5F7F9",
    "accent": theme.ACCENT, "warm": theme.WARM, "amber": "#7A5E00", "paper": theme.PAPER,
}  # fmt: skip
"""Colours of the deck: those of the figures, and what the page adds to them."""


def render_slides(report: Report) -> str:
    """Render the deck of a report.

    Nothing in it comes from the network and every text is escaped. With script a key turns the
    slides (arrows, space, page keys, Home, End; ``n`` shows the speaker notes); without it they
    stand below each other, each figure replaced by its data. On paper it is one slide a page.
    """
    with in_locale(report.meta.get("locale")):
        return _rendered(report)


def _rendered(report: Report) -> str:
    slides = deck(report)
    interval = float(report.meta.get("interval") or 0.90)
    foot = [
        str(report.meta["brand"]),
        f"as of {lexicon.day(report.meta['as_of'])}",
        f"intervals {100 * interval:.0f}%",
        f"run {report.meta['run_id']}",
    ]
    currency = str(report.meta.get("currency") or "")
    if currency:
        foot.insert(2, currency)
    own = accents(report.meta)
    drawn = any(slide.figure for slide in slides)
    return (
        _environment()
        .get_template("slides.html.j2")
        .render(
            report=report,
            slides=slides,
            foot=" · ".join(foot),
            currency=currency,
            interval=f"{100 * interval:.0f}%",
            colours=COLOURS | ({"accent": own[0]} if own else {}),
            plotly_js=Markup(plotly_js()) if drawn else "",  # noqa: S704 - the library itself
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("workbench.report", "templates"),
        autoescape=True,  # set, not guessed from a file name
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = cell
    environment.filters["tile"] = key_figure
    environment.globals["draw"] = _draw
    return environment


def _draw(figure: Figure, alone: bool) -> Markup:
    """Draw a figure without its head at the size that, scaled, fills its area."""
    area = WIDE if alone else AREA
    plot, scale = without_head(go.Figure(figure.plot)), scale_of(figure, area)
    most = float(figure.plot["layout"].get("meta", {}).get("max_width") or 0)
    width, height = area[0] / scale, float(plot.layout.height or 420)
    width = min(width, most) if most else width
    plot.update_layout(width=round(width), height=round(height), autosize=False)
    body = plot.to_html(
        include_plotlyjs=False,
        include_mathjax=False,
        full_html=False,
        div_id=f"slide-{figure.key}",
        config={"staticPlot": True, "responsive": False},
        default_width=f"{round(width)}px",
        default_height=f"{round(height)}px",
    )
    box = f"width:{round(width * scale)}px;height:{round(height * scale)}px"
    return Markup(  # noqa: S704 - plotly escapes what its JSON holds
        f'<div class="plot" style="{box}"><div style="transform:scale({scale:.3f});'
        f'transform-origin:0 0;width:{round(width)}px">{body}</div></div>'
    )

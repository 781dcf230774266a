"""From `document.Report` to report.html: one offline file without code, readable without script."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from plotly.offline import get_plotlyjs

from workbench.brand_report import GROUNDS
from workbench.colours import readable_on
from workbench.locales import in_locale, localised, placed, signs, written
from workbench.plots import FIGURE_CSS, FIGURE_SCRIPT, figure_to_html
from workbench.plots.words import SYMBOLS, WITHOUT_CENTS
from workbench.report import lexicon
from workbench.report.document import Figure, Report, plain, to_json
from workbench.report.wording import SHAPES

__all__ = ["accents", "cell", "key_figure", "plotly_js", "render_page", "render_portfolio"]

TALLEST = 820
"""Height of a figure with its caption on paper, px: it fits A4 and Letter."""
LARGEST_ZOOM = 0.74
"""Factor of figures on paper: two of the usual height share a page, and labels stay above 6 pt."""
EMPTY = "–"
"""Printed where a table has no value; never a zero."""


def render_page(report: Report) -> str:
    """Render the client page.

    Nothing on it comes from the network, every text is escaped, and equal reports give equal
    bytes. `report.json` is embedded, so that the page carries its own data.
    """
    with in_locale(report.meta.get("locale")):
        return _rendered(report)


def _rendered(report: Report) -> str:
    template = _environment().get_template("report.html.j2")
    interval = float(report.meta.get("interval") or 0.90)
    return template.render(
        report=report,
        signs=signs(),
        currency=str(report.meta.get("currency") or ""),
        interval=f"{100 * interval:.0f}%",
        accents=accents(report.meta),
        figure_css=_trusted(FIGURE_CSS),
        figure_script=_trusted(FIGURE_SCRIPT),
        plotly_js=_trusted(plotly_js()) if report.figures else "",
        data=_trusted(_script_safe(to_json(_without_plots(report)))),
    )


def accents(meta: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the client's colour on light and on dark ground, None where it has none.

    A colour that is dark enough for white paper is too dark for a dark screen; where the brand
    names no second one, the first is mixed with white until it can be read.
    """
    light = meta.get("accent")
    dark = meta.get("accent_dark") or (light and readable_on(str(light), GROUNDS["dark"]))
    return (str(light), str(dark)) if light else None


def render_portfolio(content: dict[str, Any]) -> str:
    """Render the page over all brands of a batch, from portfolio.json.

    Numbers are written as the brands' locale has it; where brands differ, in English.
    """
    found = {row.get("locale") for row in content["brands"] if "page" in row}
    with in_locale(found.pop() if len(found) == 1 else None):
        return _environment().get_template("portfolio.html.j2").render(**content)


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
    environment.filters["long_day"] = lexicon.day
    environment.filters["code"] = _code
    environment.filters["breaks"] = _breaks
    environment.filters["whole"] = _whole
    environment.globals["numberless"] = ("text", "told", "status", "day")
    environment.globals["shapes"] = SHAPES
    environment.globals["draw"] = _draw
    environment.globals["print_zoom"] = _print_zoom
    return environment


@cache
def plotly_js() -> str:
    """Return plotly.js for a script element."""
    return str(get_plotlyjs()).replace("</script", "<\\/script")


def _trusted(text: str) -> Markup:
    """Mark our own CSS and script, and what was escaped before, as not to be escaped again."""
    return Markup(text)  # noqa: S704


def _draw(figure: Figure) -> Markup:
    return _trusted(figure_to_html(go.Figure(figure.plot), figure.key))


def _print_zoom(figure: Figure) -> str:
    """Return the factor by which a figure shrinks on paper, so that no page splits it."""
    height = float(figure.plot["layout"].get("height") or 0)
    return f"{min(LARGEST_ZOOM, TALLEST / height):.2f}" if height else f"{LARGEST_ZOOM:.2f}"


def _without_plots(report: Report) -> Any:
    """Leave out what the page already holds as figures."""
    content = plain(report)
    for page in (*content["pages"], *content["appendix"]):
        for figure in page["figures"]:
            del figure["plot"]
    return content


def _script_safe(text: str) -> str:
    """Escape JSON so that no text in it can close its script element."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def cell(value: Any, kind: str, currency: str = "") -> tuple[str, str]:
    """Print one cell of a table: its text and, for a range, its interval.

    What is not known is a dash. Money is printed in full: cents below 100, separators above.
    """
    if kind.endswith("_range"):
        return _range(value, kind.removesuffix("_range"), currency)
    return _single(value, kind, currency), ""


def _single(value: Any, kind: str, currency: str) -> str:
    if value is None or value == "" or (not isinstance(value, str) and pd.isna(value)):
        return EMPTY
    if kind == "day":
        return lexicon.day(str(value))
    if kind == "told" or (kind == "number" and isinstance(value, str)):
        return localised(str(value))
    if isinstance(value, str) or kind in ("text", "status"):
        return str(value)
    if kind == "days":
        return lexicon.days(value)
    if not math.isfinite(value):
        return EMPTY
    printers: dict[str, Callable[[float], str]] = {
        "money": lambda amount: _money(amount, currency),
        "count": lexicon.count,
        "ratio": lexicon.ratio,
        "share": lexicon.share,
        "lift": lexicon.lift,
        "chance": lexicon.percent,
        "number": _number,
    }
    return printers[kind](value)


def _range(value: Any, kind: str, currency: str) -> tuple[str, str]:
    mean, low, high = (None if x is None or pd.isna(x) else x for x in value)
    if mean is None:
        return EMPTY, ""
    if kind == "days":
        ends = [lexicon.days(math.inf if x is None else x) for x in (mean, low, high)]
        short = [text.removesuffix(" days").removesuffix(" day") for text in ends]
        return (short[1], "") if short[1] == short[2] else (short[0], f"{short[1]} to {short[2]}")
    if low is None or high is None:
        return _single(mean, kind, currency), "no interval"
    if kind == "ratio":
        texts = lexicon.ratio_range(mean, low, high)
        return texts[0], f"{texts[1]} to {texts[2]}"
    return (
        _single(mean, kind, currency),
        f"{_single(low, kind, currency)} to {_single(high, kind, currency)}",
    )


def _code(text: str) -> Markup:
    """Escape a text and set what stands between backticks, names of settings, as code."""
    return _trusted(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _breaks(text: str) -> Markup:
    """Escape a text and let a long name of parts, such as that of a list, break between them."""
    return _trusted(str(escape(text)).replace("_", "_<wbr>"))


def _whole(text: str) -> Markup:
    """Escape a heading and keep its 12-month from breaking at the hyphen."""
    return _trusted(str(escape(text)).replace("12-month", '<span class="whole">12-month</span>'))


def key_figure(value: Any, kind: str, currency: str) -> tuple[str, str]:
    """Print a key figure and, for a range, its interval."""
    if kind == "money_range":
        mean, low, high = value
        texts = lexicon.money_range(mean, low, high, currency)
        return texts[0], f"{texts[1]} to {texts[2]}"
    return (
        lexicon.money(value, currency) if kind == "money" else _single(value, kind, currency)
    ), ""


def _money(amount: float, currency: str) -> str:
    if not math.isfinite(amount):
        return EMPTY
    cents = 2 if 0 < abs(amount) < 100 and currency not in WITHOUT_CENTS else 0
    body = written(abs(amount), cents)
    symbol = SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}" if currency else "")
    return placed(f"{'-' if amount < 0 and body.strip('0.,') else ''}{symbol}{body}")


def _number(value: float) -> str:
    if float(value).is_integer():
        return lexicon.count(value)
    return localised(f"{value:.3g}") if abs(value) < 1000 else written(value)

"""The present view for the client: one offline page, and its tables as CSV."""

from __future__ import annotations

import html
from pathlib import Path

from plotly.offline import get_plotlyjs

from workbench.cache import write_atomically, write_frame
from workbench.explorer.bench import Bench
from workbench.explorer.desk_experiments import ExperimentPlan
from workbench.explorer.kept import view_stem
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Grid, Shown, grid_html, notes_html, tiles_html
from workbench.explorer.tabs import ANSWERS_TO
from workbench.explorer.view import NAMES, View
from workbench.plots.html import FIGURE_CSS, FIGURE_SCRIPT, figure_to_html

__all__ = ["assumptions_grid", "export_view", "view_page"]

_CSS = (Path(__file__).parent / "app.css", Path(__file__).parent / "chart.css")
_PAGE_CSS = """
body { margin: 0; background: #fff; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
main.wb-explorer { padding: 1.5rem 1rem 3rem; font-size: 16px; }
.wb-explorer h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; }
.wb-explorer h2 { font-size: 1.15rem; margin: 1.75rem 0 .5rem; }
.wb-lead { color: #52606D; margin: 0 0 1.25rem; }
.wb-grid td { white-space: normal; }
.wb-grid th:first-child { min-width: 8em; }
"""


def export_view(bench: Bench, view: View, tab: str, shown: Shown) -> Path:
    """Write what a tab shows; the same view gives the same files.

    Parameters
    ----------
    bench : Bench
    view : View
    tab : str
        Its name.
    shown : Shown
        Of `show_tab`.

    Returns
    -------
    Path
        ``<brand's folder>/<as-of>/explorer/<tab>-<key>.html``; beside it ``<tab>-<key>.json``, the
        view, and a CSV file for each table.
    """
    folder = bench.folder / bench.material.facts.as_of.isoformat() / "explorer"
    stem = view_stem(tab, view)
    for name, table in shown.tables.items():
        write_frame(table, folder / f"{stem}-{name}.csv")
    view.save(folder / f"{stem}.json")
    return write_atomically(folder / f"{stem}.html", view_page(bench, view, tab, shown))


def view_page(bench: Bench, view: View, tab: str, shown: Shown) -> str:
    """Render what a tab shows as one page that needs no network and holds no code of ours."""
    facts = bench.material.facts
    figures = []
    for panel in shown.panels:
        if isinstance(panel.figure, Sentence):
            figures.append(f"<p class='wb-sentence'>{html.escape(panel.figure.text)}</p>")
        else:
            figures.append(figure_to_html(panel.figure, panel.slug))
    drawn = any(not isinstance(panel.figure, Sentence) for panel in shown.panels)
    plotly = str(get_plotlyjs()).replace("</script", "<\\/script") if drawn else ""
    css = "".join(path.read_text(encoding="utf-8") for path in _CSS) + FIGURE_CSS + _PAGE_CSS
    fast = " A quick look with few draws, never for a client." if facts.fast else ""
    title = f"{facts.brand}: {tab}"
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{html.escape(title)}</title><style>{css}</style>"
        f"<script>{plotly}</script></head>\n<body><main class='wb-explorer'>"
        f"<h1>{html.escape(title)}</h1><p class='wb-lead'>As of {facts.as_of:%-d %B %Y}. Money in "
        f"{html.escape(facts.currency)}.{fast}</p>"
        f"{tiles_html(shown.tiles)}{''.join(figures)}"
        f"{''.join(grid_html(grid) for grid in shown.grids)}"
        f"<h2>What this view assumes</h2>{grid_html(assumptions_grid(bench, view, tab))}"
        f"{notes_html(shown.notes)}"
        f"<script>{FIGURE_SCRIPT}</script></main></body></html>\n"
    )


def assumptions_grid(bench: Bench, view: View, tab: str) -> Grid:
    """Every setting that a tab answers to, in words; settings that it ignores are left out."""
    facts, answers_to = bench.material.facts, ANSWERS_TO[tab]
    told = {
        "channel": ("Customers", _chosen(bench, view.filters)),
        "by": ("Split by", NAMES[view.by].lower()),
        "horizon": ("Horizon", f"{view.horizon} days from the first order"),
        "interval": ("Interval", f"{view.interval:.0%}, central"),
        "cac_change": ("CAC", _change(view.assumptions.cac_change, "as it was")),
        "margin_change": (
            "Contribution of every order",
            _change(view.assumptions.margin_change, "as it is"),
        ),
        "retention_change": (
            "Predicted contribution of repeat orders",
            _change(view.assumptions.retention_change, "as forecast"),
        ),
    }
    rows = [row for name, row in told.items() if name in answers_to]
    if tab == "Customer":
        rows.append(("Customer", view.customer))
    if tab == "Compare":
        rows += [(f"Segment {one.name}", _chosen(bench, one.filters)) for one in view.segments]
    if tab == "Budget desk" and not isinstance(bench.budget, Sentence):
        today = dict(zip(bench.budget.channels, bench.budget.today.tolist(), strict=True))
        rows += [
            (
                f"Spend on {name}",
                f"{view.budget.get(name, now):,.0f} {facts.currency} a week; today {now:,.0f}",
            )
            for name, now in today.items()
        ]
    if tab == "Experiment desk":
        plan = ExperimentPlan.of(view.experiment, bench.money).to_dict()
        rows += [(name.replace("_", " ").capitalize(), f"{plan[name]:,.6g}") for name in plan]
    rows.append(("Draws", f"{facts.draws} of {facts.draws_of} behind the report"))
    return Grid("Settings of this view", ("Setting", "Value"), rows)


def _chosen(bench: Bench, filters: dict[str, tuple[str, ...]]) -> str:
    n = int(bench.material.cells["customers"][bench.material.chosen(filters)].sum())
    parts = [f"{n:,} customers"]
    for name, values in filters.items():
        noun = name.replace("_", " ")
        if name == "first_month" and values:
            parts.append(f"first order {min(values)} to {max(values)}")
        else:
            parts.append(f"{noun}: {', '.join(values) if values else 'none'}")
    return "; ".join(parts)


def _change(change: float, same: str) -> str:
    return same if change == 0.0 else f"{change:+.0%}"

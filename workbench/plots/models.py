"""The model in use against simpler rules: bars of absolute error."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.backtest import horizon_of, shared_value
from workbench.plots.frame import (
    Note,
    add_notes,
    bold,
    empty_figure,
    finish,
    has,
    left_out,
    money_axis,
    note,
    one_row_each,
    require,
    statement,
)
from workbench.plots.theme import ACCENT, AXIS, INK, MUTED, PAPER
from workbench.plots.words import is_number, literal, literal_lines, nice_ticks, plural, share

OURS = "workbench"
NAMES = {
    OURS: "This model",
    "cohort_mean": "Average curve of older cohorts",
    "last_year": "Same days a year before",
    "pooled_point": "Textbook model of all customers",
    "cohort_point": "Textbook model by first month",
    "klaviyo": "Klaviyo's own prediction",
}


def model_errors(models: pd.DataFrame, *, title: str | None = None) -> go.Figure:
    """Absolute error of each model's forecasts, as a share of what happened, smallest first.

    Parameters
    ----------
    models
        `compare_models` of one horizon, level and metric: model ("workbench" is the one in use),
        cutoffs, wape (absolute errors of the groups over what happened), ours_wape (of the model in
        use at the same cutoffs), bias; if there, metric, level and horizon_days word the subtitle.
    title
        Replaces the finding.

    Raises
    ------
    WorkbenchError
        If columns are missing, or a model stands in several rows.
    """
    kind = "model_errors"
    table = require(models, ["model", "cutoffs", "wape", "ours_wape", "bias"], kind)
    one_row_each(table, ["model"], kind)
    drawn = table[has(table, "wape") & (table["wape"] >= 0)].sort_values(["wape", "model"])
    level = shared_value(drawn, "level")
    subtitle = statement(
        f"Predicted against observed {shared_value(drawn, 'metric')}".rstrip()
        + f", absolute errors of every {'customer' if level == 'customer' else 'group'} over all "
        "that was observed",
        horizon=horizon_of(drawn),
        notes=[
            f"Level: {level}" if level else "",
            "Upright mark: error of this model from the same dates",
            left_out([_name(m) for m in table.drop(drawn.index)["model"]], "Not scored"),
        ],
    )
    if drawn.empty:
        why = "No forecast of an earlier date has been scored yet."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    finding = find_model_errors(drawn)
    return finish(
        _bars(drawn),
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Bars of the error of {plural(len(drawn), 'model')}. {title or finding}",
        height=46 * len(drawn) + 60,
        margin=(8, 18, 48, 18),
    )


def _name(model: object) -> str:
    return NAMES.get(str(model), str(model))


def _bars(drawn: pd.DataFrame) -> go.Figure:
    records = drawn.to_dict("records")
    ys = [-float(i) for i in range(len(records))]
    values = [r["wape"] for r in records]
    marks = [r["ours_wape"] if is_number(r["ours_wape"]) else None for r in records]
    # one rule that is off by several times what happened must not squeeze the others
    limit = min(max([*values, *(m for m in marks if m is not None)]), 4 * values[0] + 0.1)
    limit = 1.05 * max(limit, 1e-6)
    fig = go.Figure()
    fig.add_bar(
        x=[min(v, limit) for v in values],
        y=ys,
        orientation="h",
        width=0.34,
        marker={
            "color": [ACCENT if r["model"] == OURS else AXIS for r in records],
            "pattern": {"shape": ["" if r["model"] == OURS else "/" for r in records]},
        },
        hoverinfo="text",
        hovertext=[_hover(r) for r in records],
        name="error",
    )
    others = [
        (m, y)
        for m, y, r in zip(marks, ys, records, strict=True)
        if m is not None and r["model"] != OURS
    ]
    if others:
        fig.add_scatter(
            x=[min(m, limit) for m, _ in others],
            y=[y for _, y in others],
            mode="markers",
            marker={"symbol": "line-ns", "size": 20, "line": {"color": INK, "width": 3}},
            hoverinfo="skip",
            name="this model from the same dates",
        )
    add_notes(fig, _labels(records, ys))
    ticks = nice_ticks(0.0, limit, 4)
    fig.update_xaxes(
        range=[0, limit],
        title_text="absolute error, % of what happened",
        **money_axis(ticks, [share(t) for t in ticks]),
    )
    fig.update_yaxes(visible=False, range=[0.4 - len(records), 0.85])
    return fig


def _labels(records: list[dict], ys: list[float]) -> list[Note]:
    side = {"xref": "paper", "yanchor": "bottom", "yshift": 10, "bgcolor": PAPER}
    notes = []
    for r, y in zip(records, ys, strict=True):
        notes.append(note(bold(_name(r["model"]), 34), 0, y, xanchor="left", **side))
        notes.append(note(literal(share(r["wape"])), 1, y, xanchor="right", color=MUTED, **side))
    return notes


def _hover(r: dict) -> str:
    lines = [_name(r["model"]), f"absolute error {share(r['wape'])} of what happened"]
    if is_number(r["bias"]):
        lines.append(f"total {share(abs(r['bias']))} too {'high' if r['bias'] > 0 else 'low'}")
    if is_number(r["cutoffs"]):
        lines.append(f"from {plural(int(r['cutoffs']), 'earlier date')}")
    return literal_lines(lines)


def find_model_errors(drawn: pd.DataFrame) -> str:
    """Finding of `model_errors` in one sentence."""
    ours = drawn[drawn["model"] == OURS]
    rest = drawn[(drawn["model"] != OURS) & has(drawn, "ours_wape")]
    if ours.empty or rest.empty:
        first = drawn.iloc[0]
        return f"{_name(first['model'])} was off by {share(first['wape'])} of what happened."
    better = int((rest["ours_wape"] < rest["wape"]).sum())
    best = rest.iloc[0]
    return (
        f"This model had the smaller error against {better} of {plural(len(rest), 'other')}: "
        f"off by {share(best['ours_wape'])} of what happened where the best other "
        f"({_name(best['model'])}) was off by {share(best['wape'])}."
    )

"""Rank of the channels by reported ROAS against their rank by 12-month ROAS."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    Note,
    add_notes,
    bold,
    empty_figure,
    finish,
    has,
    left_out,
    note,
    require,
    statement,
)
from workbench.plots.roas import ROAS, without_spend
from workbench.plots.theme import MUTED, ChannelStyle, channel_styles, style_of
from workbench.plots.words import (
    is_number,
    literal,
    literal_lines,
    number,
    plural,
    probability,
    shorten,
)

_SIDE = 142


def rank_slope(
    channels: pd.DataFrame,
    rank_flips: pd.DataFrame | None = None,
    *,
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    title: str | None = None,
    palette: Mapping[str, ChannelStyle] | None = None,
) -> go.Figure:
    """Rank by reported ROAS (left) to rank by 12-month ROAS (right), one line per channel.

    Parameters
    ----------
    channels
        channels.csv: channel, spend, reported_roas, roas_12m_mean, roas_12m_q05, roas_12m_q95,
        rank_reported, rank_value, p_rank_flip. The line is the wider, the more probable it is
        that the channel's rank by value differs from the reported one.
    rank_flips
        rank_flips.csv: channel_a, channel_b, reported_a, reported_b, p_flip; a leads b as
        reported. Names the likeliest reversal in the default title, and each channel's on hover.
    interval, purchase_randomness, title, palette
        As in `value_by_channel`; they concern the 12-month ROAS printed on the right.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "rank_slope"
    needed = ["channel", "spend", "reported_roas", *ROAS, "rank_reported", "rank_value"]
    table = require(channels, [*needed, "p_rank_flip"], kind)
    flips = None
    if rank_flips is not None and not rank_flips.empty:
        flips = require(rank_flips, ["channel_a", "channel_b", "p_flip"], kind)
    palette = palette or channel_styles(table["channel"])
    ranked = has(table, "rank_reported", "rank_value")
    ranked &= ~without_spend(table)
    drawn = table[ranked].sort_values(["rank_reported", "channel"])
    subtitle = statement(
        "Reported by the ad platforms against observed + predicted contribution per spend",
        horizon="12 months from the first order",
        interval=interval,
        purchase_randomness=purchase_randomness,
        notes=[
            "Wider line: more probable that the rank differs (the percentage at the right)",
            left_out(table[~ranked]["channel"], "Not ranked, no spend or no reported ROAS"),
        ],
    )
    if drawn.empty:
        why = "No channel has spend and a reported ROAS, so there is no ranking to compare."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    fig = _lines(drawn, flips, palette)
    finding = find_rank_slope(table[ranked], flips)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Slope chart of the ranks of {plural(len(drawn), 'channel')} by reported ROAS and "
        f"by 12-month ROAS. {title or finding}",
        height=40 + 58 * len(drawn),
        margin=(34, _SIDE, 6, _SIDE),
        max_width=720,
    )


def _lines(
    drawn: pd.DataFrame, flips: pd.DataFrame | None, palette: Mapping[str, ChannelStyle]
) -> go.Figure:
    # Ranks anew among the drawn channels, ties in the order of the table: one place, one name.
    left = drawn["rank_reported"].rank(method="first").tolist()
    right = drawn["rank_value"].rank(method="first").tolist()
    fig = go.Figure()
    notes: list[Note] = []
    for r, start, end in zip(drawn.to_dict("records"), left, right, strict=True):
        style = style_of(r["channel"], palette)
        chance = r["p_rank_flip"]
        known = is_number(chance)
        hover = [r["channel"], *(_chances(r["channel"], flips))]
        if known:
            hover.insert(1, f"Rank differs: {probability(chance)}")
        fig.add_scatter(
            x=[0, 1],
            y=[-start, -end],
            mode="lines+markers",
            line={
                "color": style.colour,
                "width": 1.5 + (8.5 * float(chance) if known else 0),
                "dash": "solid" if known else "dot",
            },
            marker={
                "symbol": style.symbol,
                "size": 13,
                "color": style.colour,
                "line": {"color": "#FFFFFF", "width": 1.5},
            },
            hoverinfo="text",
            hovertext=[literal_lines(hover)] * 2,
            name=literal(r["channel"]),
            cliponaxis=False,
        )
        notes.append(_side(r, 0, start, f"ROAS {number(r['reported_roas'])}"))
        value = f"{number(r['roas_12m_mean'])}"
        if is_number(r["roas_12m_q05"]) and is_number(r["roas_12m_q95"]):
            value += f" ({number(r['roas_12m_q05'])} to {number(r['roas_12m_q95'])})"
        change = f"rank differs: {_short(chance)}" if known else ""
        notes.append(_side(r, 1, end, value, change))
    for x, text, anchor in ((0, "Reported ROAS", "right"), (1, "12-month ROAS", "left")):
        side = {"xanchor": anchor, "xshift": 14 if x else -14, "yanchor": "bottom", "yshift": 8}
        notes.append(note(text, x, 1, yref="paper", color=MUTED, **side))
    add_notes(fig, notes)
    fig.update_xaxes(visible=False, range=[0, 1])
    fig.update_yaxes(visible=False, range=[-len(drawn) - 0.5, -0.5])
    return fig


def _side(r: dict, x: int, place: float, *words: str) -> Note:
    name = shorten(r["channel"], 14)
    head = f"{place:.0f}. {name}"
    small = literal_lines([w for w in words if w])
    text = f'{bold(head)}<br><span style="font-size:11px;color:{MUTED}">{small}</span>'
    side = "left" if x else "right"
    shift = 12 if x else -12
    return note(text, x, -place, xanchor=side, align=side, yanchor="middle", xshift=shift)


def _chances(channel: str, flips: pd.DataFrame | None) -> list[str]:
    if flips is None:
        return []
    mine = flips[(flips["channel_a"] == channel) | (flips["channel_b"] == channel)]
    mine = mine.sort_values("p_flip", ascending=False).head(3)
    return [
        f"{r['channel_b']} above {r['channel_a']}: {probability(r['p_flip'])}"
        for r in mine.to_dict("records")
    ]


def find_rank_slope(drawn: pd.DataFrame, flips: pd.DataFrame | None = None) -> str:
    """Finding of `rank_slope` in one sentence."""
    if flips is not None and has(flips, "p_flip").any():
        top = flips.sort_values("p_flip", ascending=False).iloc[0]
        return (
            f"{top['channel_a']} leads {top['channel_b']} on reported ROAS; with probability "
            f"{probability(top['p_flip'])} the order by 12-month ROAS is the reverse."
        )
    if len(drawn) < 2:
        return "One channel has a reported ROAS: there is nothing to rank it against."
    moved = int(
        (
            drawn["rank_reported"].rank(method="first") != drawn["rank_value"].rank(method="first")
        ).sum()
    )
    return f"By 12-month ROAS {moved} of {plural(len(drawn), 'channel')} change their rank."


def _short(chance: float) -> str:
    """The chance in the fewest signs; the whole words stand in the table and on hover."""
    return probability(chance).replace("more than ", ">").replace("less than ", "<")

"""Page 4: whether the platforms rank the channels as 12-month value does."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from workbench.plots import rank_slope, roas_against_value
from workbench.plots.value import SMALL, firmly_known
from workbench.report.document import Figure, Page, Sentence, Table
from workbench.report.facts import Facts, known, triple
from workbench.report.figures import as_figure
from workbench.report.lexicon import ratio
from workbench.report.pages.common import basis_notes, unknown_share, withheld_flags
from workbench.report.pages.tables import pair_table, roas_table, value_table
from workbench.report.wording import KICKERS

__all__ = ["channels_page", "likeliest_reversal"]

FLIP, TIE = 0.55, 0.45
"""P(reverse) from which on an order is called likely wrong; from TIE to FLIP it is a tie."""


def channels_page(facts: Facts) -> Page:
    """Reported ROAS beside 12-month ROAS, channel by channel."""
    return Page(
        key="channels",
        kicker=KICKERS["channels"],
        title=_title(facts),
        flags=tuple(withheld_flags(facts, "all", "amounts", "forecast", "acquisition", "channel")),
        lead=tuple(_lead(facts)),
        figures=tuple(_figures(facts)),
        tables=tuple(_tables(facts)),
        notes=(*basis_notes(facts), *_notes(facts)),
    )


def _reported(facts: Facts) -> pd.DataFrame:
    """Return the channels that can be compared: spend, a reported ROAS and a value."""
    paid = facts.paid
    return paid[paid["reported_roas"].map(known) & paid["roas_12m_mean"].map(known)]


def _pairs(facts: Facts) -> pd.DataFrame:
    pairs = facts["rank_flips"]
    if pairs.empty:
        return pairs
    return pairs[pairs["p_flip"].map(known)].sort_values(
        ["p_flip", "channel_a", "channel_b"], ascending=[False, True, True]
    )


def _title(facts: Facts) -> Sentence:
    say = facts.voice.say
    if facts.spend:
        pairs = _pairs(facts)
        if not pairs.empty:
            top = pairs.iloc[0]
            if top["p_flip"] >= FLIP:
                return _pair(facts, "channels_flip_title", top)
            return say("channels_agree_title", n=len(_reported(facts)), p=float(top["p_flip"]))
        best = facts.paid.sort_values("roas_12m_mean", ascending=False).iloc[0]
        pattern = "channels_one_title" if len(facts.paid) == 1 else "channels_reported_title"
        return say(pattern, a=str(best["channel"]), roas=triple(best, "roas_12m_"))
    if facts.compares_channels:
        channels = facts["channels"]
        firm = firmly_known(channels)
        best = firm.sort_values("value_12m_mean", ascending=False).iloc[0]
        return say(
            "channels_no_spend_title" if len(firm) == len(channels) else "channels_firm_title",
            a=str(best["channel"]),
            n=len(firm),
            **({} if len(firm) == len(channels) else {"small": SMALL}),
            value=triple(best, "value_12m_"),
        )
    return say("channels_none_title")


def likeliest_reversal(facts: Facts) -> Sentence | None:
    """Say the pair whose reported order is most likely wrong; None where none is likely so."""
    pairs = _pairs(facts) if facts.spend else pd.DataFrame()
    if pairs.empty or pairs.iloc[0]["p_flip"] < FLIP:
        return None
    return _pair(facts, "pair_flip", pairs.iloc[0])


def _pair(facts: Facts, pattern: str, row: pd.Series) -> Sentence:
    return facts.voice.say(
        pattern,
        a=str(row["channel_a"]),
        b=str(row["channel_b"]),
        ra=row["reported_a"],
        rb=row["reported_b"],
        p=float(row["p_flip"]),
    )


def _lead(facts: Facts) -> Iterator[Sentence]:
    say = facts.voice.say
    if not facts.spend:
        return
    pairs = _pairs(facts)
    if not pairs.empty:
        disagree = facts.single("p_rank_disagree")
        if disagree is not None and pairs.iloc[0]["p_flip"] < FLIP:  # or the title says more
            yield say("rank_disagree", p=disagree)
        flips = pairs[pairs["p_flip"] >= FLIP]
        for _, row in flips.iloc[1:2].iterrows():  # the title tells the first
            yield _pair(facts, "pair_flip_more", row)
        ties = pairs[(pairs["p_flip"] >= TIE) & (pairs["p_flip"] < FLIP)]
        for _, row in ties.head(1).iterrows():
            yield say(
                "pair_tie",
                a=str(row["channel_a"]),
                b=str(row["channel_b"]),
                p=float(row["p_flip"]),
            )
        margin = _reported(facts)["break_even_roas"].dropna()
        if len(margin) and facts.meta.get("has_costs", True):
            low, high = float(margin.min()), float(margin.max())
            if ratio(low) == ratio(high):
                yield say("break_even_one", at=low)
            else:
                yield say("break_even", low=low, high=high)


def _figures(facts: Facts) -> Iterator[Figure]:
    if not facts.spend or _reported(facts).empty:
        return
    interval, palette = facts.voice.interval, facts.palette
    scatter = roas_against_value(
        facts["channels"], currency=facts.currency, interval=interval, palette=palette
    )
    yield from as_figure("roas", scatter, roas_table(facts, "roas"))
    if len(_reported(facts)) > 1:
        pairs = _pairs(facts)
        slope = rank_slope(
            facts["channels"],
            pairs if len(pairs) else None,
            interval=interval,
            palette=palette,
        )
        yield from as_figure("ranks", slope, pair_table(facts, "ranks"))


def _tables(facts: Facts) -> Iterator[Table]:
    if facts.spend and _reported(facts).empty:
        yield roas_table(facts, "roas")
    if facts.by_channel and len(facts["channels"]) > 1:
        yield value_table(facts, "channel-value")


def _notes(facts: Facts) -> Iterator[Sentence]:
    if facts.forecast and (facts.spend or facts.compares_channels):
        start, end = facts.meta["window_start"], facts.meta["window_end"]
        yield facts.voice.say("window", start=start, end=end)
    lost = facts.single("spend_without_customers") if facts.spend else None
    if lost:
        yield facts.voice.say("lost_spend", spend=lost)
    if facts.compares_channels:
        yield facts.voice.say("association")
    unknown = unknown_share(facts)
    if 0 < unknown < 1:
        yield facts.voice.say("unknown_split" if facts.spend else "unknown_channel", share=unknown)

"""Page 8: what to learn first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbench.plots import evsi_bars, year_of_tests
from workbench.report.document import Figure, Page, Sentence, Table
from workbench.report.facts import Facts, known, triple
from workbench.report.figures import as_figure
from workbench.report.pages.common import ended, withheld_flags
from workbench.report.pages.decision_tables import (
    evsi_table,
    finished_table,
    ideas_table,
    missing_table,
    rankings_table,
)
from workbench.report.wording import KICKERS

__all__ = ["experiments_page", "first_test", "ideas"]

LAUNCH = {"move": "tests_launch", "move a part and measure": "tests_launch_part"}


def experiments_page(facts: Facts) -> Page:
    """The backlog by value of its tests, the other rankings beside it, and finished tests."""
    ranked, missing = ideas(facts)
    return Page(
        key="experiments",
        kicker=KICKERS["experiments"],
        title=_title(facts, ranked, missing),
        flags=tuple(withheld_flags(facts, "all", "amounts", "forecast")),
        lead=tuple(_lead(facts, ranked, missing)),
        figures=tuple(_figures(facts, ranked)),
        tables=tuple(_tables(facts, ranked, missing)),
    )


def ideas(facts: Facts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ideas with figures, best first, and those without; both empty where withheld."""
    table = facts["experiments"]
    if table.empty or not facts.forecast:
        return pd.DataFrame(), pd.DataFrame()
    named = table.assign(title=table["title"].where(table["title"].astype(str) != "", table["id"]))
    named = named.rename(columns={"expected_profit_12m": "profit_mean", "q05": "profit_q05",
                                  "q95": "profit_q95"})  # fmt: skip
    has_figures = named["evsi_net"].map(known)
    open_ideas = named["verb"].astype(str) != ""
    return named[has_figures], named[~has_figures & open_ideas]


def first_test(facts: Facts) -> Sentence | None:
    """Say in short which idea comes first; None where none is worth a test."""
    ranked, _ = ideas(facts)
    top = _top(ranked)
    if top is None or not (top["verb"] in LAUNCH or top["evsi_per_week"] > 0):
        return None
    if top["verb"] in LAUNCH:
        return _first(facts, top)
    title, evsi, p = str(top["title"]), top["evsi_per_week"], top["p_win"]
    return facts.voice.say("move_test", title=title, evsi=evsi, p=p)


def _top(ranked: pd.DataFrame) -> dict[str, Any] | None:
    if ranked.empty:
        return None
    candidates = ranked[ranked["rank"].map(known)]
    return dict(candidates.sort_values("rank").iloc[0]) if len(candidates) else None


def _first(facts: Facts, top: dict[str, Any]) -> Sentence:
    say, title = facts.voice.say, str(top["title"])
    if top["verb"] in LAUNCH:
        return say(LAUNCH[top["verb"]], title=title, p=top["p_better"])
    if top["evsi_per_week"] <= 0:
        return say("tests_none_pays", title=title, loss=-top["evsi_per_week"])
    values = {"title": title, "evsi": top["evsi_per_week"], "p": top["p_win"]}
    if known(top["rank_ice"]):
        return say("tests_title", ice=top["rank_ice"], **values)
    return say("tests_title_plain", **values)


def _title(facts: Facts, ranked: pd.DataFrame, missing: pd.DataFrame) -> Sentence:
    say = facts.voice.say
    top = _top(ranked)
    if top is not None:
        return _first(facts, top)
    if len(missing) or len(ranked):
        return say("tests_unranked", n=len(missing) + len(ranked))
    reason = facts.why_not("experiments")
    if facts.has("experiments") or not reason:
        reason = "what it rests on is withheld or missing."
    return say("tests_none", reason=ended(reason[:1].lower() + reason[1:]))


def _lead(facts: Facts, ranked: pd.DataFrame, missing: pd.DataFrame) -> Iterator[Sentence]:
    say, top = facts.voice.say, _top(ranked)
    if top is not None and top["verb"] not in LAUNCH and top["evsi_per_week"] > 0:
        profit = triple(top, "profit_")
        if profit:
            yield say("tests_first", weeks=top["weeks"], n=top["sample_per_arm"], profit=profit)
    if not facts.has("experiments") and facts.forecast:
        yield say("tests_ask")
    if len(ranked):
        yield from _order(facts)
        if not facts.has("finished_tests"):
            yield say("tests_prior")
    if len(missing):
        yield say("tests_missing", n=len(missing))
    yield from _finished(facts)


def _order(facts: Facts) -> Iterator[Sentence]:
    """Say what the order of tests is worth against that of ICE, or of the next ranking given."""
    table = facts["experiment_rankings"]
    if table.empty or "EVSI" not in set(table["ranking"]):
        return
    values = table.set_index("ranking")
    own = values.loc["EVSI", "profit"]
    for other in ("ICE", "PIE", "PXL"):
        if other in values.index:
            gap = values.loc[other, "less_than_evsi"]
            pattern = "tests_order" if gap >= 0 else "tests_order_less"
            yield facts.voice.say(pattern, own=own, gap=abs(gap), other=other)
            return


def _finished(facts: Facts) -> Iterator[Sentence]:
    table = facts["finished_tests"]
    if table.empty or not facts.forecast:
        return
    told = table[table["corrected_gain_12m"].map(known) & table["naive_gain_12m"].map(known)]
    for row in told.sort_values("corrected_gain_12m", ascending=False).head(1).to_dict("records"):
        naive = row["naive_gain_12m"]
        said = {"loss": -naive} if naive < 0 else {"naive": naive}
        yield facts.voice.say(
            "tests_finished_loss" if naive < 0 else "tests_finished",
            title=str(row["title"] or row["id"]),
            **said,
            gain=(row["corrected_gain_12m"], row["corrected_gain_q05"], row["corrected_gain_q95"]),
        )


def _figures(facts: Facts, ranked: pd.DataFrame) -> Iterator[Figure]:
    top = _top(ranked)
    if top is None:
        return
    turns = None
    if known(top.get("evsi_net_narrow")):
        turns = facts.voice.say(
            "turns_test",
            title=str(top["title"]),
            narrow=top["evsi_net_narrow"],
            wide=top["evsi_net"],
        )
    plot = evsi_bars(facts["experiments"], currency=facts.currency)
    yield from as_figure("tests", plot, evsi_table(facts, ranked, "tests"), turns)
    if facts.has("experiment_year"):
        year = year_of_tests(facts["experiment_year"], currency=facts.currency)
        turns = facts.voice.say("turns_year")
        yield from as_figure("test-year", year, rankings_table(facts, "test-year"), turns)


def _tables(facts: Facts, ranked: pd.DataFrame, missing: pd.DataFrame) -> Iterator[Table]:
    if len(ranked):
        yield ideas_table(facts, ranked, "ideas")
    if facts.has("finished_tests") and facts.forecast:
        yield finished_table(facts, "finished-tests")
    if len(missing):
        yield missing_table(facts, missing, "ideas-missing")

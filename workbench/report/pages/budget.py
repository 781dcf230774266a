"""Page 7: where the next unit of money goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbench.decisions.budget_draws import WEEKS_PER_MONTH
from workbench.decisions.verbs import LEAVE, PART, TEST
from workbench.plots import budget_moves, marginal_curves
from workbench.report.document import Figure, Flag, Page, Sentence
from workbench.report.facts import Facts, known, triple
from workbench.report.figures import as_figure
from workbench.report.lexicon import count
from workbench.report.pages.common import ended, withheld_flags
from workbench.report.pages.decision_tables import budget_table, marginal_table, moves_table
from workbench.report.wording import KICKERS

__all__ = ["budget_move", "budget_page"]

RED = 0.50
"""P(CAC above 12-month value) from which on a channel raises the red flag."""
KEPT = 0.02
"""Share of the total within which it counts as kept."""
LITTLE = 0.001
"""Share of the spend of the horizon below which the value of a test is next to nothing."""


def budget_page(facts: Facts) -> Page:
    """The proposed split, what it is worth, and how sure that is."""
    told = _told(facts) if facts.budget else None
    return Page(
        key="budget",
        kicker=KICKERS["budget"],
        title=_none(facts) if told is None else _title(facts, told),
        flags=(
            *withheld_flags(facts, "all", "amounts", "forecast", "acquisition", "channel"),
            *(() if told is None else _red(facts, told)),
        ),
        lead=tuple(_ask(facts) if told is None else _lead(facts, told)),
        figures=() if told is None else tuple(_figures(facts, told)),
        tables=() if told is None else (budget_table(_rows(facts), facts, "budget"),),
        notes=() if told is None else tuple(_notes(facts, told)),
    )


def budget_move(facts: Facts) -> tuple[float, Sentence] | None:
    """Return what the proposal as a whole is worth over its weeks, and its sentence.

    None where nothing moves, or a test comes first.
    """
    if not facts.budget:
        return None
    told = _told(facts)
    if told["verb"] in (TEST, LEAVE) or not known(told["p_better"]):
        return None
    months = told["horizon_weeks"] / WEEKS_PER_MONTH
    return float(months * told["expected_profit_change"]), _title(facts, told)


def _told(facts: Facts) -> dict[str, Any]:
    """Return the one row on the whole plan."""
    return dict(facts["budget_summary"].iloc[0])


def _rows(facts: Facts) -> pd.DataFrame:
    """Return the channels, with ranges named as the report's tables name them."""
    names = {
        "marginal_cac": "marginal_cac_mean", "marginal_value": "marginal_value_mean",
        "expected_profit_change": "change_mean", "q05": "change_q05", "q95": "change_q95",
    }  # fmt: skip
    rows = facts["budget"].rename(columns=names)
    worth = ["change_mean", "change_q05", "change_q95"]
    rows[worth] = rows[worth].where(rows["change"].abs() > 1e-6)  # no change has no worth, not $0
    return rows


def _none(facts: Facts) -> Sentence:
    if facts.money and facts.meta.get("has_spend", True) and not facts.spend:
        reason = "what it rests on is withheld or missing."
    elif not facts.meta.get("has_spend", True):
        reason = "no ad spend is given."
    else:
        reason = facts.why_not("budget") or "the data does not carry one."
    return facts.voice.say("budget_none", reason=ended(reason))


def _ask(facts: Facts) -> Iterator[Sentence]:
    """Say how a budget could be had where no spend is given."""
    if not facts.meta.get("has_spend", True):
        yield facts.voice.say("budget_ask")


def _title(facts: Facts, told: dict[str, Any]) -> Sentence:
    say, p, verb = facts.voice.say, told["p_better"], told["verb"]
    if verb == TEST:
        return _test(facts, "budget_test" if told["test_cost"] else "budget_test_free", told)
    if verb == LEAVE or not known(p):
        return say("budget_leave", p=p) if known(p) else say("budget_leave_all")
    now, proposed = told["spend_now"], told["spend_proposed"]
    ending = "_part" if verb == PART else ""
    change = triple(_range(told), "")
    if abs(proposed - now) <= KEPT * now:
        moved = float(facts["budget"]["change"].clip(lower=0).sum())
        return say(f"budget_shift{ending}", moved=moved, p=p, change=change)
    way = "less" if proposed < now else "more"
    return say(f"budget_{way}{ending}", now=now, proposed=proposed, p=p, change=change)


def _range(told: dict[str, Any]) -> dict[str, Any]:
    return {"mean": told["expected_profit_change"], "q05": told["q05"], "q95": told["q95"]}


def _test(facts: Facts, pattern: str, told: dict[str, Any]) -> Sentence:
    cost = {"cost": told["test_cost"]} if told["test_cost"] else {}
    return facts.voice.say(
        pattern,
        channel=str(told["best_test"]),
        evsi=told["evsi_test"],
        weeks=told["horizon_weeks"],
        **cost,
    )


def _red(facts: Facts, told: dict[str, Any]) -> Iterator[Flag]:
    """Yield the channels whose next customer more likely than not costs more than it brings."""
    rows = facts["budget"]
    losing = rows[(rows["p_cac_above_value"] >= RED) & rows["cac"].map(known)]
    won = {
        str(row["channel"]): 1 - row["p_value_above_cac"]
        for row in facts.paid.to_dict("records")
        if known(row.get("p_value_above_cac"))
    }
    for row in losing.head(2).to_dict("records"):
        channel = str(row["channel"])
        values = {"channel": channel, "p": row["p_cac_above_value"], "cac": row["cac"]}
        values["weeks"] = told["recent_weeks"]
        pattern = "budget_red"
        if channel in won:
            pattern, values["won"] = "budget_red_won", won[channel]
        yield Flag("red", facts.voice.say(pattern, **values))


def _lead(facts: Facts, told: dict[str, Any]) -> Iterator[Sentence]:
    say, rows = facts.voice.say, _rows(facts)
    if known(told["p_better"]):
        loss, regret = told["loss_1_in_20"], told["expected_regret"]
        if loss > 0:
            yield say("budget_loss", loss=loss, regret=regret)
        else:
            yield say("budget_loss_none", regret=regret)
    moved = rows[rows["p_better"].map(known)].sort_values("change_mean", ascending=False)
    if len(moved) > 1:
        yield _row(facts, dict(moved.iloc[0]))
    dear = rows[rows["marginal_cac_mean"].map(known) & rows["cac"].map(known)]
    dear = dear.sort_values(["spend_now", "channel"], ascending=[False, True])
    for row in dear.head(1).to_dict("records"):
        mcac = triple(row, "marginal_cac_")
        if mcac:
            yield say(
                "budget_margin",
                channel=str(row["channel"]),
                mcac=mcac,
                cac=row["cac"],
                value=row["value_mean"],
            )
    spent = rows[rows["spend_now"] > 0]
    prior = spent.loc[~spent["identified"].astype(bool), "channel"].astype(str)
    if len(prior):
        yield say("budget_prior", n=len(prior), m=len(spent), names=", ".join(prior))
    if told["best_test"] and known(told["evsi_test"]) and told["verb"] != TEST:
        yield _test(facts, _worth_of_test(told), told)


def _worth_of_test(told: dict[str, Any]) -> str:
    """Return the pattern for the best geo test: worth its cost, not, or next to nothing."""
    if told["evsi_test"] < 0.5:  # would be printed as worth nothing
        return "budget_idle_test"
    if told["test_cost"] and told["evsi_test"] <= told["test_cost"]:
        return "budget_no_test"
    spent = told["spend_now"] * told["horizon_weeks"] / WEEKS_PER_MONTH
    pattern = "budget_little_test" if told["evsi_test"] < LITTLE * spent else "budget_best_test"
    return pattern if told["test_cost"] else f"{pattern}_free"


def _row(facts: Facts, row: dict[Any, Any]) -> Sentence:
    """Say one channel's step, under the verb that its probability allows."""
    pattern = "budget_row_leave" if row["verb"] == LEAVE else "budget_row"
    more = {} if row["verb"] == LEAVE else {"verb": str(row["verb"])}
    return facts.voice.say(
        pattern,
        channel=str(row["channel"]),
        now=row["spend_now"],
        proposed=row["spend_proposed"],
        p=row["p_better"],
        change=triple(row, "change_"),
        **more,
    )


def _figures(facts: Facts, told: dict[str, Any]) -> Iterator[Figure]:
    settings: dict[str, Any] = {
        "currency": facts.currency,
        "horizon_weeks": int(told["horizon_weeks"]),
        "interval": facts.voice.interval,
        "palette": facts.palette,
    }
    rows = _rows(facts)
    plot, table = budget_moves(facts["budget"], **settings), moves_table(facts, "budget-moves")
    yield from as_figure("budget-moves", plot, table, _turns(facts, rows))
    if facts.has("budget_curves"):
        geo = str(told["best_test"] or rows.iloc[0]["channel"])
        yield from as_figure(
            "budget-curves",
            marginal_curves(facts["budget_curves"], **settings),
            marginal_table(facts, "budget-curves"),
            facts.voice.say("turns_geo", channel=geo),
        )


def _turns(facts: Facts, rows: pd.DataFrame) -> Sentence:
    """Say what would turn the largest step."""
    say = facts.voice.say
    moved = rows[(rows["change"].abs() > 1e-6) & rows["p_marginal_below_1"].map(known)]
    if moved.empty:
        told = rows.loc[rows["spend_now"] > 0, "identified"].astype(bool)
        return say("turns_at_margin" if told.all() else "turns_no_change")
    row = dict(moved.loc[moved["change"].abs().idxmax()])
    less, name, below = row["change"] < 0, str(row["channel"]), row["p_marginal_below_1"]
    if abs(row["price_of_money"] - 1.0) < 1e-9:
        if less:
            return say("turns_margin_less", channel=name, value=row["value_mean"], p=1 - below)
        return say("turns_margin_more", channel=name, value=row["value_mean"], p=below)
    return say(
        "turns_margin_other",
        channel=name,
        way="more" if less else "less",
        price=row["price_of_money"],
        marginal=triple(row, "marginal_value_"),
    )


def _notes(facts: Facts, told: dict[str, Any]) -> Iterator[Sentence]:
    say = facts.voice.say
    yield say("budget_rows", weeks=told["horizon_weeks"], recent=told["recent_weeks"])
    yield say("budget_cause")
    notes = facts["decision_notes"]
    if notes.empty:
        return
    notes = notes[(notes["part"] == "budget") & (notes["count"] > 0)]
    if len(notes):
        what = "; ".join(
            f"{count(n)} {note}" for note, n in zip(notes["note"], notes["count"], strict=True)
        )
        yield say("budget_left_out", what=what)

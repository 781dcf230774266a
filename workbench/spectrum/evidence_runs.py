"""Evidence from runs of this workbench: value tracked, forecasts scored, tests ranked by profit."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from workbench.decisions.experiment_year import RANKINGS
from workbench.spectrum.approved import LOG_DAYS, approved
from workbench.spectrum.capabilities import Capability
from workbench.spectrum.facts import Evidence, Facts, count, day_text

__all__ = ["experiment_backlog", "value_90d_reported", "weights_refreshed"]

HABIT_RUNS = 3
"""Earlier runs that make a habit of them."""
HABIT_DAYS = 45
"""Days between two runs, at most, of a monthly habit."""
PROFIT_SCORES = ("exp_profit_12m", "exp_profit_90d", "profit_per_week")
OTHER_SCORES = ("impact", "potential", "reach", "above_fold")
SCORED_SHARE = 0.8


def _runs(facts: Facts) -> list[date]:
    """Return the as-of dates of earlier runs that left a forecast in the ledger, in order."""
    ledger = facts.table("ledger")
    if ledger.empty:
        return []
    days = {date.fromisoformat(str(day)) for day in ledger["made_at"].unique()}
    return sorted(day for day in days if day < facts.as_of)


def _habit(facts: Facts) -> bool:
    """Tell whether the last runs, this one included, follow each other month by month."""
    last = [*_runs(facts), facts.as_of][-(HABIT_RUNS + 1) :]
    close = all(after - before <= timedelta(days=HABIT_DAYS) for before, after in pairwise(last))
    return len(last) > HABIT_RUNS and close


def value_90d_reported(facts: Facts, item: Capability) -> Evidence:
    """Prove from this run; the ledger of earlier runs shows whether it is a habit."""
    cohorts = facts.table("cohorts")
    known = cohorts[cohorts["value_90d_mean"].notna()] if "value_90d_mean" in cohorts else cohorts
    if known.empty:
        return Evidence.unknown("This run computed no 90-day cohort value.")
    words = (
        f"This run states the 90-day value of {count(len(known))} "
        f"cohort{'' if len(known) == 1 else 's'} as of "
        f"{day_text(facts.as_of)} (cohorts.csv)"
    )
    runs = _runs(facts)
    if _habit(facts):
        words += f"; {len(runs)} earlier runs stand in the ledger, the last ones month by month."
        return Evidence.proven(words, day=facts.as_of)
    if runs:
        words += f"; {_earlier(runs)}, which is no monthly habit."
    else:
        words += "; one run does not show a monthly habit."
    return Evidence.proven(words, score=1, day=facts.as_of, open_part=True)


def _earlier(runs: list[date]) -> str:
    n = len(runs)
    return f"{n} earlier run{'' if n == 1 else 's'}, the last as of {day_text(runs[-1])}"


def weights_refreshed(facts: Facts, item: Capability) -> Evidence:
    """Prove from the forecast ledger and the backtest: how old, how regular, how many scored.

    Forecasts that were scored prove it in part; with runs month by month, in full. Runs alone,
    none of whose forecasts is due yet, prove the refreshing and not the scoring.
    """
    runs = _runs(facts)
    scored, last = _scored(facts)
    habit = _habit(facts)
    told = []
    if runs:
        age = (facts.as_of - runs[-1]).days
        told.append(f"The forecast ledger holds {_earlier(runs)}, {count(age)} days ago")
    if scored:
        told.append(
            f"{'f' if told else 'F'}orecasts from {scored} earlier "
            f"date{'' if scored == 1 else 's'} were scored against what happened, the last from "
            f"{day_text(last)}"
        )
    if not scored and not habit:
        words = "; ".join([*told, "none is due yet"]) if told else ""
        return Evidence.unknown(f"{words or 'No earlier forecast of this brand has been scored'}.")
    if scored and habit:
        return Evidence.proven(f"{'; '.join(told)}; runs follow month by month.", day=runs[-1])
    rest = (
        "none is due yet" if not scored else "that weights are refreshed on a schedule is not shown"
    )
    return Evidence.proven(
        f"{'; '.join([*told, rest])}.",
        score=1,
        open_part=True,
        day=last if scored else runs[-1],
    )


def _scored(facts: Facts) -> tuple[int, date]:
    """Count earlier dates whose forecasts were scored, in the ledger or by a backtest."""
    days: set[date] = set()
    ledger, backtest = facts.table("ledger_scores"), facts.table("backtest")
    if len(ledger):
        made = ledger.loc[ledger["state"] == "scored", "made_at"]
        days |= {date.fromisoformat(str(day)) for day in made.unique()}
    if len(backtest):
        days |= set(pd.to_datetime(backtest["cutoff"]).dt.date)
    days = {day for day in days if day < facts.as_of}
    return len(days), max(days, default=facts.as_of)


def experiment_backlog(facts: Facts, item: Capability) -> Evidence:
    """Look for a backlog whose tests carry an expected profit, or that is worked in its order.

    Other scores prove it in part; where this run shows that their order earns less within a year
    than that of expected profit, the rest is a gap. That this run ranks the tests proves nothing
    until one is taken from there: an approved test does, in part.
    """
    backlog, file = facts.frames["experiments"], facts.file("experiments")
    if backlog.empty:
        return Evidence.unknown("There is no experiment backlog for the as-of date.")
    profit, other = _carries(backlog, PROFIT_SCORES), _carries(backlog, OTHER_SCORES)
    total = count(len(backlog))
    if profit:
        return Evidence.proven(
            f"{count(profit)} of {total} tests carry an expected profit ({file}).",
            score=2 if profit >= SCORED_SHARE * len(backlog) else 1,
        )
    known = facts.table("experiments")
    ranked = int(known["rank"].notna().sum()) if len(known) else 0
    ours = f"; this run ranks {count(ranked)} by it (experiments.csv)" if ranked else ""
    tests = approved(facts, "next_experiment")
    if ranked and len(tests):
        last = tests["day"].max().date()
        return Evidence.proven(
            f"None of {total} tests in the backlog carries an expected profit ({file}){ours}, and "
            f"{count(len(tests))} of that ranking {'was' if len(tests) == 1 else 'were'} approved "
            f"in {LOG_DAYS} days, the last on {day_text(last)} (approvals.jsonl).",
            score=1,
            day=last,
            open_part=True,
        )
    if not other:
        return Evidence.absent(
            f"None of {total} tests in the backlog carries a score ({file}){ours}."
        )
    words = (
        f"{count(other)} of {total} tests carry ICE, PIE, PXL or RICE scores, none an expected "
        f"profit ({file})"
    )
    worse = usual_ranking(facts.table("experiment_rankings"))
    if worse:
        return Evidence.fallen_short(
            f"{words}{ours}; the order by {worse} is expected to earn less within a year than that "
            "by expected profit (experiment_rankings.csv).",
            day=facts.as_of,
        )
    return Evidence.proven(f"{words}.", score=1)


def _carries(backlog: pd.DataFrame, columns: tuple[str, ...]) -> int:
    """Count tests with at least one of these scores."""
    return int(backlog[[c for c in columns if c in backlog]].notna().any(axis=1).sum())


def usual_ranking(rankings: pd.DataFrame) -> str:
    """Return the usual ranking that earns most, "" where none earns less than expected profit."""
    if rankings.empty:
        return ""
    usual = rankings[rankings["ranking"].isin([name for name in RANKINGS if name != "EVSI"])]
    if usual.empty or not usual["less_than_evsi"].min() > 0:
        return ""
    best = usual.sort_values(["less_than_evsi", "ranking"], kind="stable").iloc[0]
    return str(best["ranking"])

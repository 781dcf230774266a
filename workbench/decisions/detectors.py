"""Named detectors: pure functions over tables that say where money is left or lost.

Every figure comes from posterior draws that a table summarises, or from a stated prior. Channel
effects are associations: what a platform's spend brings beside its own customers is not known.
"""

from __future__ import annotations

import pandas as pd

from workbench.decisions.detectors_ads import (
    broken_economics,
    budget_change,
    channel_above_share,
    leaking_suppression,
    rank_flip,
)
from workbench.decisions.detectors_people import (
    cohort_decay,
    core_flow,
    lapsing_high_value,
    second_order,
    value_seed,
    win_back,
)
from workbench.decisions.opportunities import LEFT_OUT, Detector, Opportunity, Tables
from workbench.decisions.opportunity_settings import OpportunitySettings
from workbench.decisions.verbs import LEAVE, MOVE, PART
from workbench.health import CONVERGENCE
from workbench.plots.words import estimate, money, probability

__all__ = ["DETECTORS", "data_gate", "next_experiment"]


def data_gate(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Checks that failed: nothing that rests on money holds before they are repaired.

    Of the model only those without which there is no posterior to quote.
    """
    model = tables.model_checks
    if len(model):
        model = model[model["check"].isin(CONVERGENCE)]
    rows = pd.concat([part for part in (tables.readiness, model) if len(part)] or [pd.DataFrame()])
    if rows.empty:
        return []
    failed = rows[rows["status"].astype(str) == "FAIL"]
    return [
        Opportunity(
            "data_gate", str(row.check), "data", str(row.message),
            str(row.recommendation) or "Repair this before any decision about money.", first=True,
        )
        for row in failed.itertuples()
    ]  # fmt: skip


def next_experiment(tables: Tables, settings: OpportunitySettings) -> list[Opportunity]:
    """Experiments whose knowledge is worth something, from the backlog's own ranking."""
    rows = tables.experiments
    if rows.empty:
        return []
    candidate = rows["rank"].notna() & (rows["evsi"] > settings.test_cost)
    worth = rows[candidate].sort_values(["rank", "id"])
    found = []
    for row in worth.to_dict("records"):
        word = str(row.get("verb") or "")
        if word == LEAVE:
            continue
        weeks = f"{row['weeks']:,.0f} weeks, {row['sample_per_arm']:,.0f} people an arm"
        found.append(
            Opportunity(
                "next_experiment", str(row["id"]), "experiments",
                f"“{row['title']}” wins with {probability(row['p_win'])}, is expected to bring "
                f"{estimate(row['expected_profit_12m'], row['q05'], row['q95'], tables.currency)} "
                f"in 12 months, and knowing is worth {money(row['evsi'], tables.currency)} "
                f"({money(row['evsi_per_week'], tables.currency)} a week of traffic).",
                _next_step(str(row["title"]) or str(row["id"]), word, weeks),
                row["expected_profit_12m"], row["q05"], row["q95"],
                row.get("p_better", row["p_win"]), LEFT_OUT,
                assumption="the prior of effects from past tests, corrected for the winner's curse",
                evsi=row["evsi"], verb=word, group=f"experiment {row['id']}",
                owner=str(row.get("owner") or ""),
            )
        )  # fmt: skip
    return found


def _next_step(title: str, word: str, weeks: str) -> str:
    """Word what an idea's verb asks for."""
    if word == MOVE:
        return f"Launch “{title}” without a test."
    if word == PART:
        return f"Launch “{title}” for a part of the traffic."
    return f"“{title}”, {weeks}."


DETECTORS: dict[str, Detector] = {
    f.__name__: f
    for f in (
        data_gate, broken_economics, channel_above_share, budget_change, leaking_suppression,
        rank_flip, cohort_decay, core_flow, lapsing_high_value, win_back, second_order, value_seed,
        next_experiment,
    )
}  # fmt: skip
"""Every detector by its name, in the order in which they are asked."""

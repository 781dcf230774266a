"""All decisions of a run, from one valuation: every table of what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from workbench.decisions.audiences import Audiences, make_audiences
from workbench.decisions.briefs import creative_facts
from workbench.decisions.budget import BudgetPlan, plan_budget
from workbench.decisions.consent import consent_table
from workbench.decisions.experiment_metrics import ExperimentMoney, money_from_orders
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.experiment_year import ranking_values, year_of_tests
from workbench.decisions.experiments import experiment_table
from workbench.decisions.finished_tests import analyse_tests
from workbench.decisions.flows import CoreFlow, flow_states
from workbench.decisions.leaks import suppression_leaks
from workbench.decisions.opportunities import Tables, find_opportunities
from workbench.decisions.plan import plan_table
from workbench.decisions.segments import refund_history, segment_table
from workbench.decisions.settings import DecisionSettings
from workbench.decisions.surrogate import Surrogate, fit_surrogate
from workbench.decisions.tools import unused_tools
from workbench.errors import WorkbenchError
from workbench.models.channel_weeks import channel_weeks
from workbench.models.fit import Fit
from workbench.models.response import fit_response
from workbench.value.next_purchase import make_outlooks
from workbench.value.valuation import Valuation

__all__ = ["Known", "decide"]

_YEAR = 365


@dataclass(frozen=True)
class Known:
    """What decisions are made from.

    Attributes
    ----------
    fit, valuation
        Of this as-of date.
    customers : DataFrame
        The warehouse's customer table.
    exports : Any
        Canonical frames orders, order_lines, spend, profiles, flows, experiments, test_results.
    consents : DataFrame
        customer_id, consent_email, consent_sms, as the shop knows them.
    tables : mapping of str to DataFrame
        customers, channels, rank_flips, readiness, model_checks and forecast_record of the run.
    contribution : DataFrame
        Order, contribution and whether it is the customer's first, of orders to the as-of date:
        order_id, day, revenue, contribution, first.
    core_flows : mapping of str to CoreFlow
    """

    fit: Fit
    valuation: Valuation
    customers: pd.DataFrame
    exports: Any
    consents: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    contribution: pd.DataFrame
    core_flows: Mapping[str, CoreFlow]


def decide(
    known: Known, settings: DecisionSettings, *, as_of: date, currency: str, seed: int
) -> dict[str, pd.DataFrame]:
    """Make every decision.

    Parameters
    ----------
    known : Known
    settings : DecisionSettings
    as_of : date
    currency : str
        ISO code.
    seed : int

    Returns
    -------
    dict of str to DataFrame
        `workbench.decisions.TABLES` and `FACTS`. Where data cannot carry a decision its table is
        empty and `decision_notes` (part, note, count) says why; it also counts what each decision
        left out.
    """
    notes: list[tuple[str, str, int]] = []
    budget = _budget(known, settings, as_of, currency, notes)
    outlooks = make_outlooks(known.fit, known.valuation.parameters, known.customers, seed=seed)
    segments = segment_table(
        outlooks, known.customers, known.tables["customers"], settings.audiences
    )
    unused = unused_tools(known.exports, as_of, settings.audiences.tools)
    audiences = make_audiences(
        segments,
        outlooks,
        consent_table(segments["customer_id"], known.exports.profiles, known.consents),
        refund_history(known.exports.orders, as_of),
        settings.audiences,
        unused=unused,
        currency=currency,
        seed=seed,
    )
    lists = audiences.left_out.groupby("tool").size()
    notes += [("audiences", f"{why}.", int(lists[tool])) for tool, why in unused.items()]
    leaks = suppression_leaks(
        known.exports.orders,
        known.exports.spend,
        segments.set_index("customer_id")["suppress_days"],
        as_of,
    )
    tests, finished, year = _experiments(known, settings.experiments, as_of, seed, notes)
    found = find_opportunities(
        Tables(
            currency=currency,
            as_of=as_of,
            seed=seed,
            channels=known.tables["channels"],
            rank_flips=known.tables["rank_flips"],
            forecast_record=known.tables["forecast_record"],
            readiness=known.tables["readiness"],
            model_checks=known.tables["model_checks"],
            segments=segments,
            audiences=audiences.table,
            budget=pd.DataFrame() if budget is None else budget.table,
            budget_weeks=settings.budget.horizon_weeks,
            experiments=tests,
            flows=flow_states(known.exports.flows, known.core_flows, as_of),
            leaks=leaks,
            spend=known.exports.spend,
            order_contribution=_repeat_order(known.customers),
        ),
        settings.opportunities,
    )
    plan = plan_table(
        found,
        settings.opportunities,
        as_of=as_of,
        audiences=audiences.table,
        briefs=_briefs(known, audiences, segments, [o.audience for o in found], as_of, currency),
    )
    nothing = pd.DataFrame()
    return {
        "budget": nothing if budget is None else budget.table,
        "budget_summary": nothing if budget is None else budget.summary,
        "budget_curves": nothing if budget is None else budget.curves,
        "segments": segments,
        "audiences": audiences.table,
        "audience_members": audiences.members,
        "audiences_left_out": audiences.left_out,
        "experiments": tests,
        "experiment_rankings": ranking_values(year) if len(year) else pd.DataFrame(),
        "experiment_year": year,
        "finished_tests": finished,
        "plan": plan,
        "leaks": leaks,
        "decision_notes": pd.DataFrame(notes, columns=["part", "note", "count"]),
    }


def _budget(
    known: Known,
    settings: DecisionSettings,
    as_of: date,
    currency: str,
    notes: list[tuple[str, str, int]],
) -> BudgetPlan | None:
    value = known.valuation.value_next
    if value is None:
        notes.append(("budget", "No budget: the log holds no money.", 0))
        return None
    own = settings.budget
    try:
        data = channel_weeks(known.exports.spend, known.customers, as_of, weeks=own.history_weeks)
        response = fit_response(
            data,
            horizon_weeks=own.horizon_weeks,
            recent_weeks=own.recent_weeks,
            draws=own.draws,
            seed=own.seed,
        )
        plan = plan_budget(
            response,
            value,
            known.valuation.channels.channels,
            own,
            currency=currency,
            per_counted=known.valuation.channels.per_counted,
        )
    except WorkbenchError as error:
        notes.append(("budget", f"No budget: {error}", 0))
        return None
    notes += [("budget", note, int(count)) for note, count in plan.left_out.items()]
    notes += [
        ("budget", f"{check.check}: {check.message}", 0)
        for check in response.checks
        if str(check.status) != "PASS"
    ]
    return plan


def _experiments(
    known: Known,
    settings: ExperimentSettings,
    as_of: date,
    seed: int,
    notes: list[tuple[str, str, int]],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The ranked backlog, finished tests, and a year of tests under each ranking."""
    nothing = pd.DataFrame()
    backlog = known.exports.experiments
    if backlog.empty:
        notes.append(("experiments", "No backlog of experiments was given.", 0))
        return nothing, nothing, nothing
    money = _money(known, as_of, seed)
    if money is None:
        notes.append(("experiments", "No ranking: the log holds no money.", 0))
        return nothing, nothing, nothing
    finished = analyse_tests(
        known.exports.test_results,
        backlog,
        money,
        surrogate=_surrogate(known.customers, notes),
        settings=settings,
        seed=seed,
    )
    table = experiment_table(
        backlog,
        money,
        settings=settings,
        priors=finished.priors,
        finished=finished.finished,
        seed=seed,
    )
    without = int(table["evsi_net"].isna().sum())
    if without:
        notes.append(("experiments", "ideas without figures, see their note", without))
    year = year_of_tests(table, settings)
    if len(year):
        year = year.assign(weeks_left=settings.year_weeks - year["end_week"])
    return table, finished.table, year


def _money(known: Known, as_of: date, seed: int) -> ExperimentMoney | None:
    value = known.valuation.value_next
    since = pd.Timestamp(as_of) - timedelta(days=_YEAR)
    orders = known.contribution[known.contribution["day"] > since]
    orders = orders[orders["revenue"] > 0]
    if value is None or orders.empty:
        return None
    channels = known.valuation.channels
    span = (orders["day"].max() - orders["day"].min()).days + 1
    return money_from_orders(
        channels.channels,
        value,
        dict(zip(channels.channels, channels.customers, strict=True)),
        revenue=orders["revenue"].to_numpy(dtype=float),
        contribution=orders["contribution"].to_numpy(dtype=float),
        first=orders["first"].to_numpy(dtype=bool),
        weeks=span / 7.0,
        seed=seed,
    )


def _surrogate(customers: pd.DataFrame, notes: list[tuple[str, str, int]]) -> Surrogate | None:
    grown = customers[customers["age_days"] >= _YEAR]
    try:
        return fit_surrogate(
            grown["contribution_90d"].to_numpy(dtype=float),
            grown["contribution_12m"].to_numpy(dtype=float),
        )
    except WorkbenchError:
        notes.append(
            ("experiments", "customers a year old: too few for a 90-day surrogate", len(grown))
        )
        return None


def _repeat_order(customers: pd.DataFrame) -> float:
    """Mean contribution of a repeat order, in currency."""
    orders = float(customers["repeat_days"].sum())
    return float(customers["repeat_contribution"].sum()) / orders if orders else float("nan")


def _briefs(
    known: Known,
    audiences: Audiences,
    segments: pd.DataFrame,
    wanted: list[str],
    as_of: date,
    currency: str,
) -> dict[str, str]:
    members = audiences.members
    return {
        name: creative_facts(
            members.loc[members["audience"] == name, "customer_id"],
            segments,
            known.exports.orders,
            known.exports.order_lines,
            as_of,
            currency=currency,
        )
        for name in sorted({name for name in wanted if name})
    }

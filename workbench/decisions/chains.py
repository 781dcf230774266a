"""From the business goal to the success metric: the chain that every action carries."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHAINS", "Chain"]


@dataclass(frozen=True)
class Chain:
    """Why an action is done and how it is known to have worked.

    Attributes
    ----------
    business_goal, marketing_objective, automation_goal, success_metric : str
    measurement : str
        Plan; the holdout's size is added where there is a list of people.
    turns_if : str
        What would change our mind.
    """

    business_goal: str
    marketing_objective: str
    automation_goal: str
    success_metric: str
    measurement: str
    turns_if: str


_GEO = (
    "Keep a fifth of the regions at today's spend for 4 weeks, chosen at random by pairs of alike "
    "regions; compare new customers."
)

CHAINS: dict[str, Chain] = {
    "data_gate": Chain(
        "Decisions that hold", "Complete and correct data", "The check passes on every run",
        "The readiness check turns to PASS", "Run `workbench check` after the repair.",
        "The check passes on corrected data.",
    ),
    "broken_economics": Chain(
        "Raise True Profit", "No customer bought above value", "Spend follows CAC against value",
        "CAC below 12-month value with at least 80% probability", _GEO,
        "A geo test shows that pausing loses more customers than the channel claims.",
    ),
    "channel_above_share": Chain(
        "Raise True Profit", "More customers of high value", "Spend follows the marginal customer",
        "True Profit of the channel at the new spend, 12 months", _GEO,
        "CAC of the added spend passes the 12-month value of its customers.",
    ),
    "budget_change": Chain(
        "Raise True Profit", "More value for the same spend", "Spend follows the marginal customer",
        "True Profit of all channels at the new split, 12 months", _GEO,
        "CAC at the new spend leaves the interval that the budget gave it.",
    ),
    "leaking_suppression": Chain(
        "Raise True Profit", "No ads to people who just bought",
        "The list of recent buyers is excluded and renewed every week",
        "Share of paid orders from recent buyers below the threshold",
        "Exclude half of the list, chosen at random by customer; compare orders per customer in "
        "60 days.",
        "Excluded customers buy less than those who still see the ads.",
    ),
    "rank_flip": Chain(
        "Raise True Profit", "Channels judged by value, not by clicks",
        "Reports and bids use 12-month ROAS", "Budget decisions that cite 12-month ROAS",
        "Score the forecast of both channels when their cohorts are a year old.",
        "Younger cohorts of both channels close the gap.",
    ),
    "cohort_decay": Chain(
        "Raise customer lifetime value", "Customers who stay", "Cohorts are scored monthly",
        "Orders of the next cohort inside its forecast's 90% interval",
        "Score the next forecast of this cohort on its day.",
        "The next scored forecast of this cohort ends inside its interval.",
    ),
    "core_flow": Chain(
        "Raise customer lifetime value", "The right message after an event",
        "The flow is live and sends every day", "Messages and orders of 30 days",
        "Hold out a tenth of the people who enter the flow; compare orders in 60 days.",
        "The holdout buys as much as those who get the messages.",
    ),
    "lapsing_high_value": Chain(
        "Raise customer lifetime value", "Keep customers of high value active",
        "Message at the end of the customer's own rhythm", "Share that orders within 60 days",
        "Hold out people at random; compare the share that orders within 60 days.",
        "The uplift in the test is below the break-even.",
    ),
    "win_back": Chain(
        "Raise customer lifetime value", "Bring lapsed customers back where it pays",
        "One series to the list, nothing to the others", "Share that orders within 60 days",
        "Hold out people at random; compare the share that orders within 60 days.",
        "The uplift in the test is below the break-even.",
    ),
    "second_order": Chain(
        "Raise customer lifetime value", "Second purchase within 60 days",
        "The right time for the post-purchase offer", "Share that orders again within 60 days",
        "Hold out people at random; compare the share that orders again within 60 days.",
        "The uplift in the test is below the break-even.",
    ),
    "value_seed": Chain(
        "Raise True Profit", "New customers like the best ones",
        "The seed is renewed every month", "12-month value of customers won with it",
        "Run it beside today's prospecting at equal spend; compare CAC and 90-day value.",
        "90-day value of its customers is no higher than that of the others.",
    ),
    "next_experiment": Chain(
        "Raise True Profit", "Learn what changes value", "Tests ordered by value of information",
        "True Profit per exposed customer, 12 months", "As in the backlog: equal arms at random.",
        "The test's interval leaves out its prior mean.",
    ),
}  # fmt: skip
"""Chain by the kind of an opportunity."""

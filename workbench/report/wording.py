"""The fixed texts of the client report: definitions, method, limits, labels. No number of a brand.

Sentences that carry a brand's numbers are in `workbench.report.prose`.
"""

from __future__ import annotations

__all__ = [
    "AUTOMATION_CANNOT",
    "CLAIMS",
    "CONTRIBUTION",
    "DEFINITIONS",
    "KICKERS",
    "METHOD",
    "NET_REVENUE",
    "REPORT_CANNOT",
    "SHAPES",
    "WITHHELD",
    "check_label",
]

CONTRIBUTION = "net revenue less goods, fulfilment and payment cost"
NET_REVENUE = "net revenue, because no costs are given"

KICKERS: dict[str, str] = {
    "answer": "The answer",
    "trust": "May we believe this?",
    "levels": "Where you stand",
    "channels": "ROAS against value",
    "customers": "What a customer is worth",
    "gaps": "What each missing piece costs",
    "budget": "Where the money goes next",
    "experiments": "What to learn first",
    "plan": "Who does what",
    "limits": "What this cannot tell or do",
    "views": "View added by the analyst",
    "definitions": "Definitions",
    "method": "Method in plain words",
    "reading": "What was read, and what was left out",
    "provenance": "Provenance",
}

SHAPES: dict[str, str] = {
    "proven": "●",
    "gap": "✕",
    "gap_no_profit": "◇",
    "ask": "□",
    "unknown": "○",
    "informative": "△",
    "not_applicable": "–",
}
"""Shape of each state of a capability; its word, from `workbench.plots`, stands beside it."""

WITHHELD: dict[str, str] = {
    "all": "All figures but counts are withheld, because this check fails:",
    "amounts": "All amounts are withheld, because this check fails:",
    "forecast": "Predicted figures are withheld, because this check fails:",
    "acquisition": "CAC, ROAS, True Profit and payback are withheld, because this check fails:",
    "channel": "Figures by channel are withheld, because this check fails:",
    "cohort": "Figures by cohort are withheld, because this check fails:",
}
"""What a page says in place of the figures that a failed check invalidates."""

DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("12-month value", "Contribution per customer won, from the first order (included) to day "
     "365: the part already observed plus the part predicted."),
    ("Contribution", "What an order leaves: items less discounts and refunds, plus shipping "
     "charged, without tax, less goods, fulfilment and payment cost. Without costs it equals net "
     "revenue."),
    ("CAC", "Acquisition spend of a channel divided by the customers it won in the same months. "
     "Its part of the customers of unknown channel counts: how many is drawn from a prior. Organic "
     "channels have none."),
    ("True Profit", "12-month value less CAC, times customers."),
    ("Reported ROAS", "Revenue that the ad platform claims, divided by spend, with the "
     "platform's own window and attribution."),
    ("12-month ROAS", "12-month value of the customers won, divided by the spend that won them. "
     "It is contribution, so 1 is break-even."),
    ("Break-even ROAS", "The reported ROAS at which revenue just pays for its costs and the "
     "spend: 1 divided by the contribution margin."),
    ("Payback", "The day on which the contribution per customer reaches CAC, if it does within "
     "365 days."),
    ("Channel", "The acquisition channel of a customer: that of the first order."),
    ("First product", "Category or product of the largest line of the first order; rare ones "
     "are called Other."),
    ("Cohort", "Customers with the same channel, first product and month of first purchase."),
    ("Marginal CAC", "Spend per additional customer that the next unit of spend causes; the "
     "average CAC counts all customers of a channel. Both count its part of the customers of "
     "unknown channel."),
    ("Elasticity", "Growth of a channel's new customers, in %, for 1% more spend. Where spend "
     "hardly varied the model's prior decides, and the page says so."),
    ("Value of a test", "Expected profit of the better decision that its answer allows (EVSI), "
     "here less the cost of work and of running it, within the year from its start."),
    ("Luck of winners", "A test that looks best was also lucky; its effect is pulled towards what "
     "tests of this kind have shown (winner's curse)."),
    ("ICE, PIE, PXL", "Rankings of test ideas by scores that people give; shown beside the value "
     "of the test, never mixed with it."),
    ("Holdout", "People chosen at random who get no message, so that the effect of the message "
     "can be measured."),
    ("90-day retention", "Share of customers, among those won at least 90 days ago, who bought "
     "again on a later day within 90 days."),
    ("Interval", "Central credible interval: the quantity lies inside with the probability that "
     "is printed beside it, if the model holds."),
    ("PASS, REVIEW, FAIL", "A check that passes, one that a person should look at, and one that "
     "takes away the figures it invalidates."),
    ("Health", "Of the model, 0 to 100: each check to review takes off 5, each that fails 25; with "
     "a failed check it is at most 50, with one of convergence at most 20."),
    ("Words for probabilities", "almost certain 95% and more; very likely 80 to 95%; likely 55 "
     "to 80%; about even 45 to 55%; unlikely 20 to 45%; very unlikely 5 to 20%; almost ruled out "
     "below 5%."),
)  # fmt: skip

METHOD: tuple[str, ...] = (
    "Orders become purchase histories: how often each customer came back, when last, and for how "
    "long the customer has been observed. Orders of the same day count once.",
    "A Bayesian model describes how often customers buy, when they stop, and what they spend "
    "(MBG/NBD for purchases, Gamma-Gamma for spend). Channel, first product and month of first "
    "purchase shift these rates. Small cohorts borrow strength from the others, so a cohort of "
    "forty customers is not read like one of four thousand.",
    "The 12-month value of a customer is what has come in so far plus what the model expects "
    "until day 365. It is computed once for every draw from the posterior, and the chance of "
    "single purchases is drawn too: the intervals hold both.",
    "Customers already won are valued as they are. The value of the next customer takes a new "
    "cohort from the hierarchy, moved by how far customers won after earlier forecasts were off "
    "them, and is therefore less certain.",
    "Before any figure is printed, the fit is checked for convergence and the data for its "
    "fitness. What a failed check invalidates is withheld, not footnoted.",
)

REPORT_CANNOT: tuple[tuple[str, str], ...] = (
    ("Cause and effect", "Only a holdout or a geo test proves that a channel made customers buy."),
    ("Marginal spend", "CAC and ROAS are averages; what the next unit of spend brings is estimated "
     "from how spend varied, times a stated prior of what it causes."),
    ("Other futures", "A price, product or season that the history never held."),
)  # fmt: skip

AUTOMATION_CANNOT: tuple[tuple[str, str], ...] = (
    ("Define the brand", "Voice, creative direction, what it stands for."),
    ("Read the reasons", "Why a cohort stopped buying takes people who ask."),
    ("Repair acquisition economics", "Where CAC exceeds 12-month value, it loses money faster."),
    ("Replace strategy", "Markets, products and partnerships are for people to decide."),
    ("Work on bad data", "Data quality is a gate before levels 3 and 4."),
)  # fmt: skip

CLAIMS: tuple[tuple[str, str], ...] = (
    ("31% better win rate of experiments that use CLV", "Omniconvert CROBenchmark 2026, a "
     "vendor's claim."),
    ("3 hours a day of manual coordination", "Omniconvert prospect research 2026, a vendor's "
     "claim."),
    ("63% of AI platform projects late for want of data quality", "Gartner 2025, as quoted by a "
     "vendor."),
    ("Flows earn up to 30 times the revenue per recipient of campaigns", "Klaviyo benchmarks, a "
     "vendor's claim."),
)  # fmt: skip
"""Claims in circulation: quoted with their source, used nowhere."""


PLAIN_NAMES: dict[str, str] = {
    "R-hat": "Agreement of chains (R-hat)",
    "Effective draws": "Number of independent draws",
    "Divergences": "Divergent draws of the sampler",
}
"""Checks whose own name only a statistician reads."""


def check_label(name: str) -> str:
    """Return the printed name of a check or capability: ``history_length`` is "History length"."""
    if name in PLAIN_NAMES:
        return PLAIN_NAMES[name]
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]

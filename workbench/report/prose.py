"""All wording of the client report: sentences with typed placeholders, and what they are made from.

A placeholder names how its value is printed: ``{value:money_range}``, ``{p:chance}``,
``{n:count|customer|customers}``, ``{x:money_range|note|unit}``. One without a type takes a text,
never a bare number; ``{text:told}`` is one that another part of the workbench wrote.
Interval and currency belong to the `Voice` that speaks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from workbench.locales import localised
from workbench.report import lexicon
from workbench.report.decision_prose import DECISION_PATTERNS
from workbench.report.document import Sentence

__all__ = ["PATTERNS", "Voice"]

PATTERNS: dict[str, str] = {
    # page 1, the answer
    "answer_levels_worth": "{brand} has proven level {evidenced:level} of the {required:level} "
    "its size needs; closing the gaps is worth {joint:money_range||over 12 months}.",
    "answer_none_worth": "{brand} has proven none of the {required:count|level|levels} its size "
    "needs; closing the gaps is worth {joint:money_range||over 12 months}.",
    "answer_none_of_one_worth": "{brand} has not yet proven level 1, the one that its size needs; "
    "closing the gaps is worth {joint:money_range||over 12 months}.",
    "answer_levels": "A customer of {brand} brings "
    "{value:money_range|chance of purchase included} within 12 months; level {evidenced:level} of "
    "the {required:level} its size needs is proven.",
    "answer_levels_none": "A customer of {brand} brings "
    "{value:money_range|chance of purchase included} within 12 months; none of the "
    "{required:count|level|levels} its size needs is proven.",
    "answer_levels_none_of_one": "A customer of {brand} brings "
    "{value:money_range|chance of purchase included} within 12 months; level 1, the one "
    "that its size needs, is not yet proven.",
    "answer_levels_met": "A customer of {brand} brings "
    "{value:money_range|chance of purchase included} within 12 months; "
    "{required:count|level of|levels of} automation, all that its size needs, are proven.",
    "answer_value": "A customer of {brand} brings "
    "{value:money_range|chance of purchase included} within 12 months of the first order.",
    "answer_nobody": "Nobody bought from {brand} up to {end:day}, so there is nothing to value.",
    "answer_purchases": "{customers:count|customer has|customers have} bought from {brand} "
    "{orders:count|time|times}; without amounts this report counts purchases, not money.",
    "answer_withheld": "No 12-month value can be stated for {brand}: "
    "{failed:count|check fails|checks fail}.",
    "red_flag": "Before any automation: it is {p:chance} that a customer of {channel} brings less "
    "in 12 months than the {cac:money} it takes to win one. Automating this channel loses money "
    "faster.",
    "red_flag_unknown": "Before any automation: it is {p:chance} that a customer of {channel} "
    "brings less in 12 months than the {cac:money_range} it takes to win one; the {share:share} "
    "of customers without a known channel decide.",
    "red_flags_more": "The same holds, at even odds or worse, for {n:count|more channel|more "
    "channels}: see the page on ROAS against value.",
    "value_observed": "Of the {value:money} a customer brings within 12 months, {share:share} "
    "is already observed.",
    "best_channel": "{channel} returns most within 12 months per 1 of spend: {roas:ratio_range}.",
    "best_customer": "{channel} wins the most valuable customers: "
    "{value:money_range|chance of purchase included} within 12 months.",
    "best_customer_firm": "Of the groups with at least {small:count|customer|customers}, {channel} "
    "wins the most valuable: {value:money_range|chance of purchase included} within 12 months.",
    "no_costs": "No costs are given, so contribution here equals net revenue: profit is lower by "
    "goods, fulfilment and payment cost.",
    "no_spend": "No ad spend is given, so neither CAC nor ROAS nor payback can be stated.",
    "no_channels": "No export names the channel of a customer, so all customers stand as one "
    "group.",
    "one_channel": "All customers came through one channel, so no channels can be compared.",
    "no_money": "The orders carry no amounts, so purchases are answered and money is not.",
    "no_repeat": "No customer has come back yet, so future orders rest on the model's prior alone.",
    "one_cohort": "All customers belong to one cohort, so nothing can be compared between cohorts.",
    "unknown_channel": "The {share:share} of customers without a known channel form a group of "
    "their own.",
    # moves
    "move_red_flag": "Add no spend to {channel} until its customers are worth more than they "
    "cost; today that is {p:chance}.",
    "move_red_flag_unknown": "Add no spend to {channel} before customers without a known "
    "channel are traced: that one of its customers is worth the cost is {p:chance}.",
    "move_gap": "Close the gap “{name}”: worth {profit:money_range||over 12 months}, {p:chance} "
    "above zero, about {hours:count|hour|hours} of work.",
    "move_gap_part": "Close a part of the gap “{name}” and measure: worth "
    "{profit:money_range||over 12 months}, {p:chance} above zero, about "
    "{hours:count|hour|hours} of work.",
    "move_gap_plain": "Close the gap “{name}” at level {level:level}; the steps are on its card.",
    "move_gap_any_level": "Close the gap “{name}”; the steps are on its card.",
    "move_fix": "Fix the data first: {action:told}",
    "move_model": "Let an analyst look at the model before any decision: {action:told}",
    # page 2, trust
    "readiness_title": "Of {data:count|data check|data checks} {data_pass:count|passes|pass}.",
    "trust_title": "Of {data:count|data check|data checks} {data_pass:count|passes|pass}; of "
    "{model:count|model check|model checks} {model_pass:count|does|do}.",
    "trust_title_data": "Of {data:count|data check|data checks} {data_pass:count|passes|pass}; no "
    "model was fitted.",
    "gate": "{status} · {check}: {message:told}",
    "gate_fix": "{status} · {check}: {message:told} To do: {recommendation:told}",
    "no_model": "FAIL · Model: {reason:told}",
    "preview": "A preview from few draws, not for decisions: run the report again without the "
    "fast setting.",
    "review_todo": "{n:count|check asks|checks ask} for a second look, see the tables "
    "below: {names}.",
    "provisional": "A model check fails, so every predicted figure in this report is provisional.",
    "withheld": "{what} {failed}.",
    "span": "The orders run from {start:day} to {end:day}: {customers:count|customer|customers} "
    "and {orders:count|order|orders}.",
    "nobody": "Nobody bought anything up to {end:day}.",
    "backtest": "Of {n:count|forecast|forecasts} made from earlier dates, {inside:count|ended|"
    "ended} inside their {interval:interval} interval ({low:count} to {high:count} would be "
    "normal if they were independent).",
    "health": "Health of the model: {health:told}",
    "record": "{record:told}",
    "no_backtest": "No forecast from an earlier date has been scored against what happened yet.",
    # page 3, levels
    "levels_title": "Level {evidenced:level} of {top:level} is proven; revenue of "
    "{revenue:money} in the last 12 months asks for level {required:level}.",
    "levels_title_none": "None of the {top:count|level|levels} is proven; revenue of "
    "{revenue:money} in the last 12 months asks for level {required:level}.",
    "levels_title_plain": "Level {evidenced:level} of {top:level} is proven; the size of the shop "
    "asks for level {required:level}.",
    "levels_title_plain_none": "None of the {top:count|level|levels} is proven; the size of the "
    "shop asks for level {required:level}.",
    "levels_none": "None of the {top:count|level|levels} of automation can be judged without "
    "evidence.",
    "levels_ask": "Answers in stack.yaml make them judged: see the page on gaps.",
    "levels_declared": "By its own word the brand stands at level {declared:level}; exports prove "
    "level {evidenced:level}.",
    "levels_none_holds": "Neither by the brand's own word nor by its exports does level 1 hold.",
    "levels_declared_only": "By its own word the brand stands at level {declared:level}; its "
    "exports prove no level.",
    "levels_same": "What the brand declares and what its exports prove agree on level "
    "{evidenced:level}.",
    "levels_contradict": "The exports contradict {n:count|answer|answers} of yours: {names}. "
    "What an export shows counts.",
    "stage_stands": "{proven:count} of {items:count|capability|capabilities} proven, "
    "{gaps:count|gap|gaps}, {other:count} not known.",
    "stage_met": "Level {level:level} holds.",
    "stage_none": "No level is proven.",
    "stage_open": "Level {reached:level} of {level:level} is proven.",
    # page 4, channels
    "channels_flip_title": "{a} leads {b} on reported ROAS ({ra:ratio} to {rb:ratio}); by 12-month "
    "ROAS it is {p:chance} that the order is the reverse.",
    "channels_agree_title": "Reported and 12-month ROAS rank the {n:count|channel|channels} "
    "alike as far as the data can tell: the closest pair is the reverse with {p:percent}.",
    "channels_one_title": "{a} is the one channel with spend: it returns "
    "{roas:ratio_range||per 1 of spend} within 12 months.",
    "channels_reported_title": "No platform reports a ROAS; by 12-month value {a} returns most, "
    "{roas:ratio_range||per 1 of spend}.",
    "channels_no_spend_title": "{a} wins the most valuable of {n:count|group|groups} of "
    "customers: {value:money_range|chance of purchase included} within 12 months.",
    "channels_firm_title": "{a} wins the most valuable of {n:count|group|groups} with at least "
    "{small:count|customer|customers}: {value:money_range|chance of purchase included} within 12 "
    "months.",
    "channels_none_title": "There are no channels to compare: ROAS and value by channel are "
    "left open.",
    "pair_flip": "{a} leads {b} on reported ROAS ({ra:ratio} to {rb:ratio}); by 12-month ROAS it "
    "is {p:chance} that the order is the reverse.",
    "pair_flip_more": "The same holds of {a} and {b} ({ra:ratio} to {rb:ratio}): it is {p:chance} "
    "that their order is the reverse.",
    "pair_tie": "The data cannot rank {a} and {b} (about even, {p:percent}); treat them as equal "
    "until more of their customers are 90 days old.",
    "break_even": "Reported ROAS counts revenue: it breaks even at 1 divided by the contribution "
    "margin, {low:ratio} to {high:ratio} here.",
    "break_even_one": "Reported ROAS counts revenue: it breaks even at 1 divided by the "
    "contribution margin, {at:ratio} here.",
    "rank_disagree": "Over all channels it is {p:chance} that reported and 12-month ROAS give "
    "different rankings.",
    "lost_spend": "{spend:money} of spend met no customer of its channel in the same months; no "
    "CAC carries it.",
    "window": "Channels are compared on the customers won from {start:day} to {end:day}.",
    "unknown_split": "{share:share} of customers have no known channel. Costs and returns count "
    "each channel's part of them, drawn from a stated prior.",
    "association": "These are associations; only a test proves cause.",
    # page 5, customers
    "customers_title": "A customer won so far brings {value:money_range|chance of purchase "
    "included} within 12 months of the first order.",
    "customers_title_payback": "A customer won through {channel} pays back its CAC of {cac:money} "
    "after {payback:days_range}.",
    "customers_title_purchases": "{repeat:share} of {customers:count|customer|customers} came "
    "back on a later day.",
    "payback": "{channel}: CAC comes back after about {payback:days_range}; it is {p:chance} that "
    "a year is not enough.",
    "payback_at_once": "{channel}: the first order alone brings back the CAC of {cac:money}; it is "
    "{p:chance} that a year is not enough.",
    "payback_never": "{channel}: it is {p:chance} that a year is not enough to win back the CAC "
    "of {cac:money}.",
    "cohort_largest": "The largest cohort still in its first year, {cohort}, brings "
    "{value:money_range|chance of purchase included} per customer within 12 months; {share:share} "
    "of that has already come in.",
    "retention": "{share:share} of customers old enough to tell came back within 90 days of the "
    "first order.",
    "tracking": "In the last {weeks:count|week|weeks} of observation {inside:count|lies|lie} "
    "inside the {interval:interval} interval of the model's own expectation.",
    # page 6, gaps
    "gaps_title_one": "Of {found:count|gap|gaps} one has a price: it costs "
    "{joint:money_range||over 12 months}.",
    "gaps_title_alone": "The one gap costs {joint:money_range||over 12 months}.",
    "gaps_title_part": "{n:count} of {found:count|gap|gaps} have a price: together they cost "
    "{joint:money_range||over 12 months}.",
    "gaps_title_worth": "{n:count|gap costs|gaps cost} "
    "{joint:money_range||over 12 months} together.",
    "gaps_title": "{n:count|capability that the stage needs is|capabilities that the stage needs "
    "are} not proven.",
    "gaps_title_both": "{n:count|capability that the stage needs is|capabilities that the stage "
    "needs are} missing; {unknown:count} more cannot be judged from the exports alone.",
    "gaps_title_none": "No gap is left among {n:count|capability|capabilities} that the stage "
    "needs.",
    "gaps_title_nothing": "No capability was judged, so no gap can be named or ruled out.",
    "gaps_nothing": "To have them judged, answer the questions in stack.yaml, which the command "
    "workbench new writes, name it under sources in brand.yaml and run the report again.",
    "gaps_no_answers": "No question about the stack is answered, so what no export shows stays not "
    "known. Fill in stack.yaml, which the command workbench new writes, by hand or "
    "with the form of the notebook on gaps, and run the report again.",
    "gaps_since": "Since the last run {closed:count|gap has|gaps have} closed and "
    "{opened:count|has|have} opened.",
    "gaps_title_unknown": "{n:count|capability|capabilities} cannot be judged from the exports "
    "alone.",
    "gaps_overlap": "Line by line {n:count|gap adds|gaps add} to {lines:money}, together to "
    "{joint:money}: some of them compete for the same customers.",
    "gap_worth": "Closing it is worth {profit:money_range||over 12 months}; it is {p:chance} that "
    "its profit is above zero.",
    "gaps_no_money": "{n:count|gap is|gaps are} not priced: this data does not quantify the "
    "profit, which does not mean that it is zero.",
    "gaps_on_word": "{n:count|capability rests|capabilities rest} on your word and the proof you "
    "named: half a pass, until an export shows it.",
    "gap_evidence": "{evidence:told}",
    "gap_declared_worth": "By the hours you declared it costs {profit:money} a year; nothing was "
    "measured, so there is no interval.",
    "gap_assumption": "How computed: {assumption:told}",
    # page 10, limits
    "limits_title": "{n:count|thing|things} this report cannot tell, and {m:count} that "
    "automation cannot do.",
    # appendix
    "appendix": "{text}",
    "appendix_definitions": "Every term of this report has one meaning.",
    "appendix_method": "The values come from a model of how customers buy, checked before use.",
    "appendix_reading": "The reading log holds {n:count|entry|entries}: what was dropped, repaired "
    "or doubtful.",
    "appendix_provenance": "Run {run} can be repeated from the same inputs to the same bytes.",
    # views that the analyst added
    "view_title": "{text:told}",
    "view_note": "{text:told}",
    "view_withheld": "This view is withheld, because a check fails: {checks}.",
    **DECISION_PATTERNS,
}


class Voice:
    """Speaks the patterns in the currency and interval of one report.

    Parameters
    ----------
    currency : str
        ISO 4217 code.
    interval : float
        Width of every interval, 0.90 for 90%.
    """

    def __init__(self, currency: str, interval: float = 0.90) -> None:
        self.currency, self.interval = currency, interval
        self._formatter = _Typed(self)

    def say(self, pattern: str, **values: Any) -> Sentence:
        """Fill a pattern.

        Raises
        ------
        KeyError
            For an unknown pattern or a missing value.
        ValueError
            For a value that is not finite, or a number where a text belongs: better no page than
            a page that says "nan".
        ContradictionError
            For an interval that ends before it starts.
        """
        return Sentence(pattern, self.fill(PATTERNS[pattern], values), dict(values))

    def fill(self, template: str, values: Mapping[str, Any]) -> str:
        """Fill a template of the same kind that is no pattern of the page, see `say`."""
        return self._formatter.vformat(template, (), values)

    def show(self, value: Any, spec: str) -> str:
        """Print one value by its type; the part after ``|`` belongs to the type."""
        kind, _, more = spec.partition("|")
        if kind in ("", "told"):
            if not isinstance(value, str):
                raise ValueError(f"a text was expected, got {value!r} of {type(value).__name__}.")
            text = " ".join(value.split())
            return localised(text) if kind else text
        if kind in ("money", "money_range"):
            return self._money(value, kind, more)
        if kind == "ratio_range":
            return self._range(lexicon.ratio_range(*value), more)
        if kind == "days_range":
            return self._days(value)
        if kind == "count":
            one, _, many = more.partition("|")
            noun = one if abs(value) == 1 else many
            return f"{lexicon.count(value)} {noun}".strip()
        if kind == "level":
            return f"{int(value)}"
        if kind == "interval":
            return f"{100 * self.interval:.0f}%"
        plain: dict[str, Callable[[Any], str]] = {
            "chance": lexicon.chance, "percent": lexicon.percent, "share": lexicon.share,
            "ratio": lexicon.ratio, "days": lexicon.days, "day": lexicon.day,
        }  # fmt: skip
        return plain[kind](value)

    def _name(self) -> str:
        return f"{100 * self.interval:.0f}% interval"

    def _money(self, value: Any, kind: str, more: str) -> str:
        if kind == "money":
            return lexicon.money(value, self.currency)
        mean, low, high = value
        return self._range(lexicon.money_range(mean, low, high, self.currency), more)

    def _range(self, texts: tuple[str, str, str], more: str) -> str:
        """Print mean, unit, interval and what the interval holds; `more` is ``note|unit``."""
        note, _, unit = more.partition("|")
        mean, low, high = texts
        if low == high:
            return f"{mean}{' ' + unit if unit else ''} (observed in full)"
        ends = f"{self._name()} {low} to {high}{', ' + note if note else ''}"
        return f"{mean}{' ' + unit if unit else ''} ({ends})"

    def _days(self, value: tuple[float, float, float]) -> str:
        mean, low, high = value
        if math.isfinite(low) and math.isfinite(high) and low > high:
            raise lexicon.ContradictionError(f"days run from {low} to {high}.")
        first, last = lexicon.days(low), lexicon.days(high)
        if first.split()[-1] == last.split()[-1]:  # "95 to 140 days", the unit once
            first = first.split()[0]
        ends = first if first == last else f"{first} to {last}"
        return f"{lexicon.days(mean)} ({self._name()} {ends})"


class _Typed(Formatter):
    """`str.format` with the report's own types, so that no number is printed untyped."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        if key == "interval":
            return self._voice.interval
        return kwargs[str(key)]

    def format_field(self, value: Any, format_spec: str) -> str:
        return self._voice.show(value, format_spec)

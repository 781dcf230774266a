"""Action titles of the slides: sentences of the page in at most 14 words, their numbers kept.

Each is filled from the values of the page's own sentence and printed by the same `Voice`, so that
page and slide cannot say different numbers. A sentence is never cut by counting words: half of
"Meta leads Google; by 12-month ROAS the order is the reverse" says the opposite of the whole.
"""

from __future__ import annotations

from workbench.report.document import Sentence
from workbench.report.prose import Voice

__all__ = ["MOST_WORDS", "SHORT", "STEPS", "headline", "short", "words"]

MOST_WORDS = 14

SHORT: dict[str, str] = {
    # titles of pages
    "answer_none_worth": "Closing the gaps is worth {joint:money_range||over 12 months}",
    "answer_none_of_one_worth": "Closing the gaps is worth {joint:money_range||over 12 months}",
    "answer_levels_worth": "Closing the gaps is worth {joint:money_range||over 12 months}",
    "answer_levels": "A customer brings {value:money_range} within 12 months",
    "answer_levels_none": "A customer brings {value:money_range} within 12 months",
    "answer_levels_none_of_one": "A customer brings {value:money_range} within 12 months",
    "answer_levels_met": "A customer brings {value:money_range} within 12 months",
    "answer_value": "A customer brings {value:money_range} within 12 months",
    "answer_nobody": "Nobody bought up to {end:day}: there is nothing to value",
    "answer_purchases": "{customers:count|customer has|customers have} bought "
    "{orders:count|time|times}; no amounts are known",
    "answer_withheld": "No 12-month value can be stated: {failed:count|check fails|checks fail}",
    "trust_title": "{data_pass:count} of {data:count|data check|data checks} and "
    "{model_pass:count} of {model:count|model check|model checks} pass",
    "trust_title_data": "{data_pass:count} of {data:count|data check|data checks} pass; no model "
    "was fitted",
    "levels_title": "Level {evidenced:level} is proven; revenue of {revenue:money} asks for level "
    "{required:level}",
    "levels_title_none": "No level is proven; revenue of {revenue:money} asks for level "
    "{required:level}",
    "levels_title_plain": "Level {evidenced:level} is proven; the size of the shop asks for level "
    "{required:level}",
    "levels_title_plain_none": "No level is proven; the size of the shop asks for level "
    "{required:level}",
    "channels_flip_title": "Reported: {a} above {b}; by 12-month ROAS reversed with {p:percent}",
    "channels_agree_title": "Reported and 12-month ROAS rank {n:count|channel|channels} alike; "
    "closest pair reversed: {p:percent}",
    "channels_one_title": "{a} returns a 12-month ROAS of {roas:ratio_range}",
    "channels_reported_title": "12-month ROAS is best for {a}: {roas:ratio_range}",
    "channels_no_spend_title": "Most valuable customers: {a}, {value:money_range} within 12 months",
    "channels_firm_title": "Most valuable: {a}, {value:money_range} within 12 months",
    "channels_none_title": "There are no channels to compare",
    "customers_title": "Customers so far bring {value:money_range} within 12 months",
    "customers_title_payback": "{channel} payback: {payback:days_range}",
    "budget_less": "Spend {proposed:money} a month, not {now:money}: {p:chance} to be better",
    "budget_more": "Spend {proposed:money} a month, not {now:money}: {p:chance} to be better",
    "budget_shift": "Move {moved:money} a month between channels: {p:chance} to be better",
    "budget_less_part": "Spend a part less on ads and measure: {p:chance} to be better",
    "budget_more_part": "Spend a part more on ads and measure: {p:chance} to be better",
    "budget_shift_part": "Move a part of {moved:money} and measure: {p:chance} to be better",
    "budget_test": "Test {channel} first: worth {evsi:money}, costs {cost:money}",
    "budget_test_free": "Test {channel} first: worth {evsi:money}, at no cost expected",
    "budget_leave": "Leave the budget: {p:chance} that the best change raises profit",
    "budget_leave_all": "Leave the budget: no change is expected to raise 12-month profit",
    "budget_red": "The next {channel} customer costs {cac:money}: {p:chance} more than worth",
    "budget_red_won": "The next {channel} customer costs {cac:money}: {p:chance} more than worth",
    "tests_title": "Test “{title}” first: worth {evsi:money} per week of traffic",
    "tests_title_plain": "Test “{title}” first: worth {evsi:money} per week of traffic",
    "plan_first": "First of {n:count|action|actions}: worth {profit:money_range||over 12 months}",
    "plan_first_expected": "First of {n:count|action|actions}: worth "
    "{profit:money_range||over 12 months}",
    "gaps_title_one": "One gap has a price: {joint:money_range||over 12 months}",
    "gaps_title_part": "{n:count} of {found:count|gap|gaps} cost "
    "{joint:money_range||over 12 months}",
    "gaps_title_nothing": "No capability was judged: no gap can be named",
    "gaps_title_both": "{n:count|needed capability is|needed capabilities are} missing; "
    "{unknown:count} more cannot be judged from exports",
    # moves
    "move_red_flag": "Add no spend to {channel}: {p:chance} to be worth its cost",
    "move_red_flag_unknown": "Add no spend to {channel} before customers without a known channel "
    "are traced",
    "move_test": "Test “{title}” first: worth {evsi:money} per week of traffic",
    "move_plan": "{action:told} Pays: {p:chance}",
    "move_plan_expected": "{action:told} Pays: {p:chance}",
    "move_gap": "Close “{name}”: {profit:money_range||over 12 months}",
    "move_gap_part": "Close part of “{name}”, measure: {profit:money_range||over 12 months}",
    "move_gap_plain": "Close “{name}” at level {level:level}",
    "move_gap_any_level": "Close “{name}”",
    # warnings
    "red_flag": "{channel}: {p:chance} that 12-month value stays below the CAC of {cac:money}",
    "red_flag_unknown": "{channel}: {p:chance} that 12-month value stays below CAC, "
    "{cac:money_range}",
    "red_flags_more": "The same, at even odds or worse: {n:count|more channel|more channels}",
    "gate": "{status} · {check}",
    "gate_fix": "{status} · {check}",
    "review_todo": "{n:count|check asks|checks ask} for a second look: {names}",
    "preview": "Preview from few draws: nobody should act on it",
    "provisional": "A model check fails: every predicted figure is provisional",
}
"""By name of the page's pattern; the placeholders are those of the pattern."""

STEPS: tuple[str, ...] = (
    "Orders become purchase histories",
    "A Bayesian model tells who buys again, and for how much",
    "Observed part plus predicted part: the 12-month value",
    "Fit and data are checked before any figure is printed",
)
"""The method in plain words, at most 40 in all; the page on it says more."""


def words(text: str) -> int:
    """Count words as a reader does: separated by blanks, a lone dash or dot is none."""
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


def short(sentence: Sentence, voice: Voice) -> str:
    """Return the short form of a sentence, or all of it where there is none."""
    template = SHORT.get(sentence.pattern)
    text = voice.fill(template, sentence.values) if template else sentence.text
    return text.rstrip(".")


def headline(sentence: Sentence, voice: Voice, otherwise: str) -> str:
    """Return an action title of at most `MOST_WORDS` words.

    Where neither the sentence nor its short form fits, as with a channel of ten words, the title
    is `otherwise`, and the sentence belongs in the body.
    """
    candidates = (sentence.text.rstrip("."), short(sentence, voice))
    return next((text for text in candidates if words(text) <= MOST_WORDS), otherwise)

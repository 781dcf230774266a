"""Wording of the pages on budget, tests and plan, and of the ledger of forecasts."""

from __future__ import annotations

__all__ = ["DECISION_PATTERNS"]

_RAISES = "raises 12-month profit, by {change:money_range|chance of purchase left out|a month}."

DECISION_PATTERNS: dict[str, str] = {
    # page 7, budget
    "budget_less": "Spend less on ads, {proposed:money} a month in place of {now:money}: it is "
    "{p:chance} that this " + _RAISES,
    "budget_more": "Spend more on ads, {proposed:money} a month in place of {now:money}: it is "
    "{p:chance} that this " + _RAISES,
    "budget_shift": "Move {moved:money} a month between channels and keep the total: it is "
    "{p:chance} that this " + _RAISES,
    "budget_less_part": "Spend less on ads, a part first, and measure: it is {p:chance} that going "
    "from {now:money} to {proposed:money} a month " + _RAISES,
    "budget_more_part": "Spend more on ads, a part first, and measure: it is {p:chance} that going "
    "from {now:money} to {proposed:money} a month " + _RAISES,
    "budget_shift_part": "Move a part of {moved:money} a month between channels and measure: it is "
    "{p:chance} that moving all of it " + _RAISES,
    "budget_test": "Test before moving money: a geo test of {channel} is worth {evsi:money} over "
    "{weeks:count|week|weeks} and costs {cost:money}.",
    "budget_test_free": "Test before moving money: a geo test of {channel} is worth {evsi:money} "
    "over {weeks:count|week|weeks}, and holding back its spend is expected to cost nothing.",
    "budget_leave": "Leave the budget as it is: it is {p:chance} that the best change within its "
    "bounds raises 12-month profit.",
    "budget_leave_all": "Leave the budget as it is: no change within its bounds is expected to "
    "raise 12-month profit.",
    "budget_none": "No budget is proposed: {reason:told}",
    "budget_ask": "Name the exports of the ad platforms under sources in brand.yaml: the next "
    "report proposes a split.",
    "budget_red": "At the spend of the last {weeks:count|week|weeks} it is {p:chance} that the "
    "next {channel} customer costs more ({cac:money}) than 12 months bring back.",
    "budget_red_won": "At the spend of the last {weeks:count|week|weeks} it is {p:chance} that the "
    "next {channel} customer costs more ({cac:money}) than 12 months bring back; of those won so "
    "far, {won:chance}.",
    "budget_loss": "In one case of twenty it loses {loss:money} a month or more; perfect "
    "knowledge would add {regret:money} a month.",
    "budget_loss_none": "Even the worst case of twenty loses nothing; perfect knowledge would "
    "add {regret:money} a month.",
    "budget_row": "{channel}: {verb}, from {now:money} to {proposed:money} a month; it is "
    "{p:chance} that this raises 12-month profit.",
    "budget_row_leave": "{channel}: leave; it is {p:chance} that going from {now:money} to "
    "{proposed:money} a month raises 12-month profit.",
    "budget_margin": "At the margin one more {channel} customer costs {mcac:money_range}, the "
    "average one {cac:money}; the next is worth {value:money} within 12 months.",
    "budget_prior": "In {n:count|channel|channels} of {m:count} ({names}) elasticity is driven by "
    "the prior: spend hardly varied, or taught little.",
    "budget_best_test": "The geo test that teaches most is that of {channel}: knowing is worth "
    "{evsi:money} over {weeks:count|week|weeks}, running it costs {cost:money}.",
    "budget_little_test": "No geo test would change much: the best, of {channel}, is worth "
    "{evsi:money} over {weeks:count|week|weeks} and costs {cost:money}.",
    "budget_no_test": "No geo test is worth its cost: the best, of {channel}, is worth "
    "{evsi:money} over {weeks:count|week|weeks} and costs {cost:money}.",
    "budget_idle_test": "No geo test is expected to change this split.",
    "budget_best_test_free": "The geo test that teaches most is that of {channel}: knowing is "
    "worth {evsi:money} over {weeks:count|week|weeks}; holding back its spend is expected to cost "
    "nothing.",
    "budget_little_test_free": "No geo test would change much: the best, of {channel}, is worth "
    "{evsi:money} over {weeks:count|week|weeks}.",
    "budget_rows": "A month over the next {weeks:count|week|weeks}, against the mean of the "
    "last {recent:count}; profit is 12-month value less spend.",
    "budget_cause": "These are associations: the share that spend caused is a stated prior, until "
    "a geo test replaces it.",
    "budget_left_out": "Not in the budget: {what}.",
    "turns_margin_less": "This turns if one more {channel} customer costs less than the "
    "{value:money} it is worth; at today's spend that is {p:chance}.",
    "turns_margin_more": "This turns if one more {channel} customer costs more than the "
    "{value:money} it is worth; at today's spend that is {p:chance}.",
    "turns_margin_other": "This turns if {channel} brings back {way} at its margin than the "
    "{price:ratio} per 1 of spend that the money brings elsewhere; now it is "
    "{marginal:ratio_range}.",
    "turns_no_change": "A change appears once spend has varied enough to tell a channel's "
    "elasticity from the prior.",
    "turns_at_margin": "A change appears once a channel's next customer costs clearly less, or "
    "more, than it is worth.",
    "turns_geo": "A geo test of {channel} replaces the assumed share that spend causes, and moves "
    "its whole line.",
    # page 8, tests
    "tests_title": "Test “{title}” first: knowing is worth {evsi:money} per week of traffic, cost "
    "taken off (ICE had it at rank {ice:count}); it is {p:chance} that it wins.",
    "tests_title_plain": "Test “{title}” first: knowing is worth {evsi:money} per week of traffic, "
    "cost taken off; it is {p:chance} that it wins.",
    "move_test": "Test “{title}” first: knowing is worth {evsi:money} per week of traffic; it is "
    "{p:chance} that it wins.",
    "tests_launch": "Roll out “{title}” with no test before: it is {p:chance} that its effect is "
    "above zero.",
    "tests_launch_part": "Roll out a part of “{title}” and measure: it is {p:chance} that its "
    "effect is above zero.",
    "tests_none_pays": "No idea of the backlog is worth the cost of its test; the best, “{title}”, "
    "would lose {loss:money} per week of traffic.",
    "tests_unranked": "Of {n:count|idea|ideas} in the backlog none has what a ranking needs.",
    "tests_none": "No test is ranked: {reason:told}",
    "tests_ask": "Name a file of test ideas under sources in brand.yaml: the next report ranks "
    "them by what knowing is worth.",
    "tests_first": "Its test takes {weeks:count|week|weeks} and {n:count|person|people} per "
    "arm; with the better version shown after it, it brings {profit:money_range|chance of "
    "purchase left out|over 12 months}.",
    "tests_order": "A year of tests in this order is expected to bring {own:money}, {gap:money} "
    "more than in the order of {other}.",
    "tests_order_less": "A year of tests in this order is expected to bring {own:money}, "
    "{gap:money} less than in the order of {other}.",
    "tests_missing": "{n:count|idea has|ideas have} no figures; the table says why.",
    "tests_prior": "No finished test of this brand teaches how large effects are, so their size "
    "rests on a default prior.",
    "tests_finished": "“{title}” showed a gain of {naive:money} a year; corrected for luck it "
    "is {gain:money_range|chance of purchase left out|a year}.",
    "tests_finished_loss": "“{title}” showed a loss of {loss:money} a year; corrected for luck its "
    "gain is {gain:money_range|chance of purchase left out|a year}.",
    "turns_test": "Were effects half as wide as the prior says, testing “{title}” would add "
    "{narrow:money} in place of {wide:money}, cost taken off.",
    "turns_year": "Scores would order as well once they have foretold results of finished tests.",
    # page 9, plan
    "plan_first": "{action:told} First of {n:count|action|actions}, worth "
    "{profit:money_range|chance of purchase included|over 12 months}.",
    "plan_first_expected": "{action:told} First of {n:count|action|actions}, worth "
    "{profit:money_range|chance of purchase left out|over 12 months}.",
    "plan_first_plain": "{action:told} First of {n:count|action|actions}; this data "
    "cannot price it.",
    "plan_none": "No action is proposed.",
    "plan_apart": "Each figure is of one action alone: do not add them up.",
    "plan_unpriced": "{n:count|action has|actions have} no figure, which does not mean zero.",
    "plan_blocked": "{n:count|action waits|actions wait} until the data passes: {checks}.",
    "plan_left": "{n:count|change is|changes are} better left.",
    "plan_withheld": "{n:count|action rests|actions rest} on predictions that are withheld.",
    "plan_sent": "Nothing was sent: files wait in the folder outbox for the command workbench "
    "approve.",
    "plan_turns": "{what}: {turns:told}",
    "move_plan": "{action:told} Worth "
    "{profit:money_range|chance of purchase included|in 12 months}; that it pays is {p:chance}.",
    "move_plan_expected": "{action:told} Worth "
    "{profit:money_range|chance of purchase left out|in 12 months}; that it pays is {p:chance}.",
    "lists_turn": "The profit of contacting {audience} rests on a stated prior of uplift; a "
    "holdout of {n:count|person|people} shows it with {p:percent} probability.",
    # the ledger of forecasts
    "ledger_cohorts": "Of {n:count|cohort forecast|cohort forecasts} that the run of {made:day} "
    "made for {days:count|day|days}, {inside:count|ended|ended} inside their {interval:interval} "
    "interval ({low:count} to {high:count} would be normal if cohorts were independent).",
    "ledger_open": "{n:count|forecast|forecasts} of earlier runs could not be scored: {why:told}.",
    "since_last": "Since the last run {n:count|forecast has|forecasts have} come due: see the page "
    "on trust.",
    "turns_ledger_channels": "A channel whose next outcome lies outside its interval is looked at "
    "before more is spent on it.",
    "turns_ledger_coverage": "If fewer outcomes lie inside than the bars allow, the intervals are "
    "too narrow, and every probability of this report is nearer to even than it says.",
    "turns_ledger_errors": "Misses to the same side, run after run, void the decisions made on "
    "these values; the check of drift says when.",
}
"""Patterns as in `workbench.report.prose`."""

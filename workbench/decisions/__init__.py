"""Decisions under uncertainty: budget, audiences, experiments, opportunities, and their plan."""

TABLES = (
    "budget", "budget_summary", "budget_curves", "segments", "audiences", "audience_members",
    "audiences_left_out", "experiments", "experiment_rankings", "experiment_year",
    "finished_tests", "plan", "decision_notes",
)  # fmt: skip
"""Tables that `workbench.decisions.desk.decide` returns."""
FACTS = ("leaks",)
"""Tables that it returns beside them: what decisions saw, for those who judge the brand."""

"""Decisions under uncertainty: budget, audiences, experiments, opportunities, and their plan."""

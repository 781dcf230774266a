"""Answers: a material and a view in, a table or a sentence out."""

from __future__ import annotations

from workbench.explorer.answers.channels import channel_answer
from workbench.explorer.answers.cohorts import cohort_answer
from workbench.explorer.answers.compare import compare_answer
from workbench.explorer.answers.curves import curve_answer, payback_answer
from workbench.explorer.answers.shrinkage import shrinkage_answer
from workbench.explorer.answers.story import customer_answer, order_answer
from workbench.explorer.answers.whatif import what_if_answer

__all__ = [
    "channel_answer",
    "cohort_answer",
    "compare_answer",
    "curve_answer",
    "customer_answer",
    "order_answer",
    "payback_answer",
    "shrinkage_answer",
    "what_if_answer",
]

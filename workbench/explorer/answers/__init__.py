"""Answers: a material and a view in, a table or a sentence out."""

from __future__ import annotations

from workbench.explorer.answers.channels import channel_answer

__all__ = ["channel_answer"]

"""Decisions under uncertainty: draws of 12-month value in, what to do next out."""

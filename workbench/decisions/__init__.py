"""Decisions under uncertainty: tables of what to do next, with what it is worth."""

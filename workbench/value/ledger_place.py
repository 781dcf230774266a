"""Where a brand's forecasts are kept; apart from what makes them, so that it is told at once."""

from __future__ import annotations

__all__ = ["LEDGER"]

LEDGER = "ledger"
"""Folder of the ledger, beside the brand's runs."""

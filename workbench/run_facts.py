"""What every page of a run says about it: dates, sizes, what is known, keys and versions."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version
from platform import python_version
from typing import Any

import pandas as pd

from workbench import __version__
from workbench.brand import Brand
from workbench.spectrum.levels import stage_of
from workbench.value.channels import trailing_revenue
from workbench.value.scope import acquisition_window, newest_day

__all__ = ["run_facts"]


def run_facts(
    brand: Brand,
    customers: pd.DataFrame,
    daily: pd.DataFrame,
    spend: pd.DataFrame,
    as_of: date,
    **settings: Any,
) -> dict[str, Any]:
    """Gather the facts of a run.

    Parameters
    ----------
    brand : Brand
    customers, daily : DataFrame
        The warehouse's answers at the as-of date.
    spend : DataFrame
        Canonical spend rows.
    as_of : date
    **settings
        Of the run (seed, draws, keys), passed on as they are.

    Returns
    -------
    dict of str to object
        Money in shop currency; `revenue_12m` is that of the 365 days to the as-of date.
    """
    has_money = bool(customers["revenue"].notna().any())
    revenue = trailing_revenue(daily, as_of) if has_money else None
    stage = stage_of(revenue, brand.stages).number if revenue is not None else None
    channels = customers["channel"]
    first = customers["first_day"].min().date() if len(customers) else None
    window = acquisition_window(as_of, first, newest_day(customers)) if first is not None else None
    return {
        "brand": brand.name,
        "currency": brand.currency,
        "as_of": as_of,
        "stage": stage,
        "revenue_12m": revenue,
        "history_start": first,
        "window_start": window.start if window else None,
        "window_end": window.end if window else None,
        "customers": len(customers),
        "orders": int(customers["orders"].sum()),
        **settings,
        "versions": {
            "python": ".".join(python_version().split(".")[:2]),
            "clv-workbench": __version__,
            **{name: version(name) for name in ("pymc", "nutpie", "pandas", "plotly")},
        },
        "locale": brand.report.locale,
        "accent": brand.report.colours.accent,
        "accent_dark": brand.report.colours.accent_dark,
        "logo": brand.logo,
        "has_money": has_money,
        "has_spend": bool((spend["spend"] > 0).any()),
        "has_channels": channels.nunique() > 1,
        "has_products": customers["first_product"].nunique() > 1,
        "has_costs": brand.costs is not None,
        "repeat_share": float((customers["repeat_days"] > 0).mean()) if len(customers) else 0.0,
        "unknown_channel_share": float((channels == "Unknown").mean()) if len(channels) else 0.0,
    }

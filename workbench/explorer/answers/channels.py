"""Channels: reported ROAS against ROAS to the horizon, CAC, True Profit, payback."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.explorer.answers.common import (
    SAME_COST,
    basis,
    months_in,
    noted,
    refused,
    spend_of,
    split_note,
)
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.sums import (
    at_age,
    curves_of,
    groups_of,
    interval_columns,
    payback,
    payback_columns,
)
from workbench.explorer.view import View

__all__ = ["channel_answer"]


def channel_answer(material: Material, view: View) -> pd.DataFrame | Sentence:
    """Channels of the customers in view; at the default view the report's `channels.csv`.

    Parameters
    ----------
    material : Material
    view : View
        Split by channel whatever `by` says.

    Returns
    -------
    DataFrame or Sentence
        channel, customers (counted), spend, cac_counted (spend over them), reported_roas,
        attribution (observed); cac, cac_low, cac_high: per customer won, those of unknown channel
        that are the channel's own included, as in all that follows but value_*; value_* per
        customer to the horizon, roas_*, true_profit_* with mean, low and high at the interval of
        the view (value_* with q25, q50, q75, too), p_value_above_cac, payback_days_median, _low
        and _high (days to a year, infinite where it is not enough), p_payback_12m, observed_share,
        basis. Money in currency. NaN without spend. Purchase randomness is inside intervals.
    """
    why = refused(material, view)
    if why is not None:
        return why
    view = view.change(by="channel")
    names, group = groups_of(material, view)
    curves = curves_of(material, group, len(names)).under(view.assumptions)
    observed, total = at_age(curves, view.horizon)
    n = curves.customers
    paid = spend_of(material, view.filters, group, len(names))
    spend = paid.spend * (1.0 + view.assumptions.cac_change)
    cac = paid.cac * (1.0 + view.assumptions.cac_change)
    value = total / n[:, None]
    profit = (value - cac) * paid.won
    known = np.isfinite(spend)
    expected = total.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        roas = np.where(spend[:, None] > 0, value * paid.won / spend[:, None], np.nan)
        share = np.where(expected != 0, observed / expected, np.nan)
    columns = {
        "channel": names,
        "customers": n.astype(int),
        "spend": spend,
        "cac": cac.mean(axis=1),
        **_ends(cac, view.interval),
        "cac_counted": spend / n,
        **_claims(material, view, names),
        **interval_columns(value, "value", view.interval, middle=True),
        **interval_columns(roas, "roas", view.interval),
        **interval_columns(profit, "true_profit", view.interval),
        "p_value_above_cac": np.where(known, (value > cac).mean(axis=1), np.nan),
        **payback_columns(payback(curves, cac), view.interval),
        "observed_share": share,
        "basis": basis(share),
    }
    notes = []
    if not known.any():
        notes.append("No spend is known of these channels and months: there is no CAC or ROAS.")
    notes.append(split_note(material) if known.any() else "")
    if paid.lost > 0:
        notes.append(
            f"{paid.lost:,.0f} {material.facts.currency} were spent on channels that won no "
            "customer in these months; they are in no row."
        )
    if "first_product" in view.filters and known.any():
        notes.append(f"{SAME_COST} Reported ROAS is that of the whole channel.")
    return noted(pd.DataFrame(columns), material, view, notes)


def _ends(cac: np.ndarray, interval: float) -> dict[str, np.ndarray]:
    tail = (1.0 - interval) / 2.0
    low, high = np.quantile(cac, [tail, 1.0 - tail], axis=1)
    return {"cac_low": low, "cac_high": high}


def _claims(material: Material, view: View, names: list[str]) -> dict[str, object]:
    """What platforms claim, by channel, in the chosen months."""
    grid = material.grid
    inside = months_in(grid, {n: v for n, v in view.filters.items() if n != "first_product"})
    claimed, base = ((values * inside).sum(axis=1) for values in
                     (grid.claimed_value, grid.claimed_spend))  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        roas = np.where(base > 0, claimed / base, np.nan)
    place = np.searchsorted(grid.channels, names)
    told: dict[int, set[str]] = {}
    for (channel, month), settings in grid.settings.items():
        if inside[channel, month]:
            told.setdefault(channel, set()).update(settings)
    words = []
    for channel in place.tolist():
        settings = tuple(sorted(told.get(channel, ())))
        if channel not in told:
            words.append("")
        elif len(settings) > 1:
            words.append("mixed: " + "; ".join(settings))
        else:
            words.append(settings[0] if settings else "not stated")
    return {"reported_roas": roas[place], "attribution": words}

"""The whole valuation of a brand at an as-of date: forecast, value, channels, from one fit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench.cards import card
from workbench.models.fit import Fit
from workbench.value.channels import ChannelDraws, channel_draws
from workbench.value.cohorts import CohortValue, cohort_value
from workbench.value.forecast import Forecast, simulate
from workbench.value.newcomers import next_customer_value
from workbench.value.pace import Pace
from workbench.value.parameters import HORIZON, Parameters, make_parameters
from workbench.value.scope import AcquisitionWindow, acquisition_window, newest_day


@dataclass(frozen=True)
class Valuation:
    """Draws behind every table of value.

    Attributes
    ----------
    window : AcquisitionWindow
        Months whose new customers the channels are judged on.
    parameters : Parameters
    forecast : Forecast
    value : CohortValue
    channels : ChannelDraws
    value_next : ndarray or None, shape (channels, draws)
        12-month value expected of the next customer; None in a log without money.
    """

    window: AcquisitionWindow
    parameters: Parameters
    forecast: Forecast
    value: CohortValue
    channels: ChannelDraws
    value_next: np.ndarray | None

    def _repr_html_(self) -> str:
        """Show in a notebook what the customers that each channel won are worth."""
        won = self.channels
        with warnings.catch_warnings():  # a log without money has no value
            warnings.simplefilter("ignore", RuntimeWarning)
            mean = np.nanmean(won.value, axis=1)
            low, high = np.nanquantile(won.value, [0.05, 0.95], axis=1)
        rows = [
            (
                name,
                f"{number:,.0f}",
                "not known" if np.isnan(centre) else f"{centre:,.2f}",
                "" if np.isnan(centre) else f"{least:,.2f} to {most:,.2f}",
            )
            for name, number, centre, least, most in zip(
                won.channels, won.customers, mean, low, high, strict=True
            )
        ]
        header = ("channel", "customers won", "12-month value each", "90% interval")
        note = (
            "Contribution per customer won in the window, in shop currency: observed and predicted "
            "parts together, randomness of purchases included. Differences between channels are "
            "associations, not effects."
        )
        title = f"Value by channel, customers won {self.window.start} to {self.window.end}"
        return card(title, header=header, rows=rows, note=note)


def valuate(
    fit: Fit,
    customers: pd.DataFrame,
    value_by_age: pd.DataFrame,
    spend: pd.DataFrame,
    *,
    as_of: date,
    draws: int,
    seed: int,
    pace: Pace | None = None,
) -> Valuation:
    """Forecast every customer to age 365 days and gather value by cohort and channel.

    Parameters
    ----------
    fit : Fit
        Of these customers at this as-of date.
    customers, value_by_age : DataFrame
        The warehouse's answers at the as-of date.
    spend : DataFrame
        Canonical spend rows; may be empty.
    as_of : date
    draws : int
        Posterior draws used.
    seed : int
    pace : Pace, optional
        What the brand's forecast record says; without it the fitted model speaks alone.
    """
    window = acquisition_window(as_of, fit.data.calendar.start, newest_day(customers))
    parameters = make_parameters(fit, draws=draws, horizon=HORIZON, seed=seed, pace=pace)
    age = customers["age_days"].to_numpy(dtype=np.int64)
    forecast = simulate(
        fit,
        parameters,
        customers,
        horizon=365 - age,
        short=90 - age,
        in_curve=customers["first_month"].isin(window.months).to_numpy(),
        seed=seed,
    )
    value = cohort_value(customers, forecast)
    channels = channel_draws(customers, value, forecast, value_by_age, spend, window, seed=seed)
    value_next = None
    if parameters.has_money:
        _, value_next = next_customer_value(fit, parameters, value, window, seed=seed)
    return Valuation(window, parameters, forecast, value, channels, value_next)

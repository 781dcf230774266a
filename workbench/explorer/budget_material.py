"""Draws of the response to spend, as plain arrays beside the other material."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.checks import Check

if TYPE_CHECKING:
    from workbench.analysis import Analysis
    from workbench.models.response import ResponseDraws
    from workbench.value.cohorts import CohortValue
    from workbench.value.parameters import Parameters
    from workbench.value.scope import AcquisitionWindow

__all__ = ["pack_budget", "unpack_budget"]


def pack_budget(
    analysis: Analysis,
    parameters: Parameters,
    value: CohortValue,
    window: AcquisitionWindow,
    per_counted: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Fit the response to spend as the report does, and lay it out in arrays.

    Parameters
    ----------
    per_counted : mapping of str to ndarray, shape (draws,)
        Channel -> customers won for each one counted; channels that are left out have 1.

    Returns
    -------
    dict
        For `unpack_budget`: value of the next customer, and the response to spend; `per_counted`,
        rows as those of the value, where a channel is unknown. Where the data
        cannot carry a budget `note` says why in place of the response; without money it is alone.
    """
    from workbench.errors import WorkbenchError
    from workbench.models.channel_weeks import channel_weeks
    from workbench.models.response import fit_response
    from workbench.value.newcomers import next_customer_value

    if not parameters.has_money:
        return {"note": "No budget: the log holds no money."}
    own = analysis.decision_settings.budget
    channels, value_next = next_customer_value(
        analysis.fit, parameters, value, window, seed=analysis.seed
    )
    told: dict[str, Any] = {"value_next": value_next, "value_channels": list(channels)}
    if per_counted:
        alone = np.ones(parameters.n_draws)
        told["per_counted"] = np.stack([per_counted.get(name, alone) for name in channels])
    try:
        weeks = channel_weeks(
            analysis.exports.spend, analysis.customers, analysis.as_of, weeks=own.history_weeks
        )
        response = fit_response(
            weeks,
            horizon_weeks=own.horizon_weeks,
            recent_weeks=own.recent_weeks,
            draws=own.draws,
            seed=own.seed,
        )
    except WorkbenchError as error:
        return told | {"note": f"No budget: {error}"}
    for one in fields(response):
        if one.name not in ("data", "checks"):
            told[f"response_{one.name}"] = getattr(response, one.name)
    told["response_checks"] = [
        {**vars(check), "status": str(check.status)} for check in response.checks
    ]
    for one in fields(weeks):
        told[f"weeks_{one.name}"] = getattr(weeks, one.name)
    told["weeks_starts"] = [day.isoformat() for day in weeks.starts]
    told["weeks_left_out"] = {name: int(n) for name, n in weeks.left_out.items()}
    return {name: _plain(value) for name, value in told.items()}


def unpack_budget(
    budget: dict[str, Any],
) -> tuple[ResponseDraws, np.ndarray, list[str]]:
    """Return what a budget is planned from: response, value of the next customer, its channels.

    Parameters
    ----------
    budget : dict
        `Material.budget`.

    Raises
    ------
    WorkbenchError
        Where the data cannot carry a budget; the message says why.
    """
    from workbench.errors import WorkbenchError
    from workbench.models.channel_weeks import ChannelWeeks
    from workbench.models.response import ResponseDraws

    if "response_channels" not in budget:
        raise WorkbenchError(str(budget.get("note", "No budget: nothing is known of spend.")))
    weeks = {one.name: budget[f"weeks_{one.name}"] for one in fields(ChannelWeeks)}
    weeks["starts"] = pd.DatetimeIndex(weeks["starts"])
    own = {
        one.name: budget[f"response_{one.name}"]
        for one in fields(ResponseDraws)
        if one.name not in ("data", "checks")
    }
    checks = [Check(**row) for row in budget["response_checks"]]
    response = ResponseDraws(data=ChannelWeeks(**weeks), checks=checks, **own)
    return response, budget["value_next"], list(budget["value_channels"])


def _plain(value: Any) -> Any:
    """Numbers of numpy as those of Python, so that JSON takes them; arrays as they are."""
    return value.item() if isinstance(value, np.generic) else value

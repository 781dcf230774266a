"""What the ledger changes in the forecast record, and with it in the weights of the next forecast.

The next forecast is moved and widened by the *pace* (`workbench.value.pace`), whose posterior
weights come from the record (`workbench.value.record`): forecasts that today's code makes from
earlier dates of today's log. The ledger holds forecasts that were really made on earlier dates.
Both speak of the same orders, so that no outcome may count twice. The rule:

* Where the ledger has a forecast made ahead from a cutoff of the record, over the same days, with
  effects of the first month alike, its rows *replace* all of the record's from that cutoff: it was
  made on the log as it was then, without refunds, repaired exports or improvements of the model
  that came later.
* The record's other cutoffs stay, and other forecasts of the ledger are not added: their windows
  lie over those of the record, and one bad season would be learned from twice.

The record is of the fitted model's word alone, as pace is the factor by which reality strays from
that. Ledger forecasts have the pace inside; learned from again, a corrected error would look as if
there had been none. That is why the ledger also keeps the model's word alone (`pace` "none").

The ledger keeps no forecast of revenue per order, nor of newcomers' orders: what the record says of
them stays.

Runs a year apart meet the record's cutoffs (365 days back), runs at other intervals seldom do. Then
nothing is replaced and the record stands.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.value.pace import learn_pace
from workbench.value.record import LEAST_ORDERS, Outlook
from workbench.value.scores import QUANTILES, pinball_loss

__all__ = ["COMPARISON_COLUMNS", "compare_record", "with_ledger"]

COMPARISON_COLUMNS = (
    "cutoff", "horizon_days", "level", "group", "actual", "made_then", "made_again", "log_shift",
)  # fmt: skip
WINDOW = ["months", "cutoff", "horizon_days"]
KEYS = [*WINDOW, "level", "group"]
SPEND = ["actual_spend", "log_spend_mean", "log_spend_sd"]


def with_ledger(known: Outlook, scores: pd.DataFrame) -> Outlook:
    """Put forecasts that were made ahead in the place of those made again, and relearn the pace.

    Parameters
    ----------
    known : Outlook
        Of `workbench.value.record.outlook`. Which dimensions are modelled is decided from the
        record alone, as the ledger has no forecast both with and without months.
    scores : DataFrame
        Of `workbench.value.ledger_scores.score_ledger` at the same as-of date.

    Returns
    -------
    Outlook
        `known` itself where nothing was replaced.
    """
    made = _as_record(scores)
    window = known.record[WINDOW].drop_duplicates()
    fresh = made.merge(window, on=WINDOW)
    whole = fresh.loc[fresh["level"] == "total", WINDOW].drop_duplicates()
    if whole.empty:
        return known
    spend = known.record[[*KEYS, *SPEND]]
    fresh = fresh.merge(whole, on=WINDOW).merge(spend, on=KEYS, how="left")[list(known.record)]
    left = known.record.merge(whole, on=WINDOW, how="left", indicator=True)["_merge"]
    of_newcomers = ~known.record["level"].isin(["total", "cohort"]).to_numpy()
    kept = known.record[(left == "left_only").to_numpy() | of_newcomers]
    rows = pd.concat([kept, fresh] if len(kept) else [fresh], ignore_index=True)
    rows = rows.astype(known.record.dtypes.to_dict())
    return replace(known, record=rows, pace=learn_pace(rows))


def compare_record(known: Outlook, scores: pd.DataFrame) -> pd.DataFrame:
    """Set forecasts that were made ahead beside those that today's code makes from the same date.

    Returns
    -------
    DataFrame
        `COMPARISON_COLUMNS`: orders; made_then and made_again are means, log_shift is the log of
        their ratio. A large one says that data of the past or the model have changed since.
    """
    both = _as_record(scores).merge(known.record[[*KEYS, "mean"]], on=KEYS, suffixes=("", "_again"))
    ratio = both["mean_again"] / both["mean"]
    return both.assign(
        made_then=both["mean"],
        made_again=both["mean_again"],
        log_shift=np.log(ratio.where(ratio > 0)),
    )[list(COMPARISON_COLUMNS)]


def _as_record(scores: pd.DataFrame) -> pd.DataFrame:
    """Scored forecasts of the model alone that were made ahead, with the record's columns."""
    rows = scores[
        (scores["state"] == "scored")
        & (scores["pace"] == "none")
        & (scores["metric"] == "orders")
        & scores["level"].isin(["total", "cohort"])
        & scores["ahead"].astype(bool)
    ].rename(columns={"made_at": "cutoff"})
    told = (rows["mean"] >= LEAST_ORDERS) | (rows["level"] == "total")
    quantiles = rows[list(QUANTILES)].to_numpy(dtype=float).T
    actual = rows["actual"].to_numpy(dtype=float)
    return rows.assign(
        loss=pinball_loss(actual, quantiles),
        log_mean=rows["log_mean"].where(told),
        log_sd=rows["log_sd"].where(told),
        months=rows["months"].astype(bool),
        horizon_days=rows["horizon_days"].astype("int64"),
    )

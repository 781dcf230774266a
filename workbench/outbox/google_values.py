"""Google Ads: what a customer is worth, told to bidding: adjustments, value sheet, checklist.

Adjustments: support.google.com/google-ads/answer/7686280. Lifecycle goals: answer/14005876 and
16090064. Values are 12-month contribution as the model expects it; what a channel gets credit for
is an association, not its effect.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from workbench.outbox.identifiers import FORMULA
from workbench.outbox.lines import cells, decimals, write_csv
from workbench.outbox.outcome import Written
from workbench.outbox.settings import OutboxSettings

__all__ = ["adjustments", "beyond_first_order", "write_adjustments", "write_value_sheet"]

TOOL = "google"
OLDEST, YOUNGEST = timedelta(days=55), timedelta(hours=24)
"""Age of a conversion that an adjustment may still reach."""

HEADER = [
    "Order ID",
    "Conversion Name",
    "Adjustment Time",
    "Adjustment Type",
    "Adjusted Value",
    "Adjusted Value Currency",
]


def adjustments(
    orders: pd.DataFrame, customers: pd.DataFrame, settings: OutboxSettings, *, as_of: date
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the conversions to adjust, and how many orders are left out and why.

    A customer's first order is restated to the 12-month value expected of the customer; a fully
    refunded order is retracted. The adjustment is dated at the end of the as-of day, so that a
    later run restates later, and reaches conversions between 24 hours and 55 days old.

    Parameters
    ----------
    orders : DataFrame
        Canonical orders, all of them: the first order is found here. Times are the brand's.
    customers : DataFrame
        customer_id, value_12m_mean (currency, 365 days from the first order).
    settings : OutboxSettings
    as_of : date

    Returns
    -------
    tuple of DataFrame and dict
        order_id, kind (RESTATE, RETRACT), value (NaN when retracted), sorted by order_id.
    """
    column = settings.order_id_column
    told = pd.DataFrame(
        {
            "order_id": orders[column].astype("str"),
            "customer_id": orders["customer_id"],
            "ordered_at": orders["ordered_at"],
            "channel": orders["channel"],
            "refunded": (orders["refund"].fillna(0) > 0) & (orders["revenue"] < 0.005),
        }
    ).sort_values(["ordered_at", "order_id"], kind="stable")
    told["first"] = ~told["customer_id"].duplicated()
    age = _adjusted_at(as_of) - told["ordered_at"]
    told = told[(age >= YOUNGEST) & (age <= OLDEST)]
    worth = customers.set_index("customer_id")["value_12m_mean"]
    value = told["customer_id"].map(worth).astype("float64").round(2)
    matched = pc.match_substring_regex(cells(told["order_id"]), FORMULA).to_pandas()
    formula = matched.fillna(True).to_numpy(dtype=bool)
    elsewhere = np.zeros(len(told), dtype=bool)
    if settings.google_channels:
        elsewhere = ~told["channel"].isin(settings.google_channels).to_numpy()
    left_out: dict[str, int] = {}
    kept = np.ones(len(told), dtype=bool)
    for missing, reason in (
        (elsewhere, "order of another channel"),
        (formula, "order id missing or not one Google could know"),
        (told["order_id"].duplicated(keep=False).to_numpy(), "order id used twice"),
        (~(told["first"] | told["refunded"]).to_numpy(), "repeat order, left as it is"),
        (~(told["refunded"] | (value > 0)).to_numpy(), "value zero, negative or unknown"),
    ):
        count = int((kept & missing).sum())
        if count:
            left_out[reason] = count
        kept &= ~missing
    out = pd.DataFrame(
        {
            "order_id": told["order_id"],
            "kind": np.where(told["refunded"], "RETRACT", "RESTATE"),
            "value": value.where(~told["refunded"]),
        }
    )
    return out[kept].sort_values("order_id", kind="stable", ignore_index=True), left_out


def _adjusted_at(as_of: date) -> datetime:
    return datetime.combine(as_of, datetime.max.time()).replace(microsecond=0)


def write_adjustments(
    folder: Path,
    orders: pd.DataFrame,
    customers: pd.DataFrame,
    settings: OutboxSettings,
    *,
    as_of: date,
) -> list[Written]:
    """Write ``google/conversion_adjustments.csv``; refused without the conversion's name."""
    name = "conversion_adjustments"
    if not settings.google_conversion_name:
        note = "set outbox.google_conversion_name to the conversion action, as Google Ads shows it"
        return [Written(name, TOOL, "", 0, note)]
    rows, left_out = adjustments(orders, customers, settings, as_of=as_of)
    if not len(rows):
        return [Written(name, TOOL, "", 0, "no order is 1 to 55 days old", left_out)]
    when = _adjusted_at(as_of).strftime("%Y-%m-%d %H:%M:%S")
    restated = (rows["kind"] == "RESTATE").to_numpy()
    path = folder / TOOL / f"{name}.csv"
    columns = [
        cells(rows["order_id"]),
        cells([settings.google_conversion_name] * len(rows)),
        cells([when] * len(rows)),
        cells(rows["kind"]),
        decimals(rows["value"]),
        cells(np.where(restated, settings.currency, "")),
    ]
    preamble = f"Parameters:TimeZone={settings.timezone}\n"
    count = write_csv(path, HEADER, columns, rows=len(rows), preamble=preamble)
    note = (
        f"needs conversions tagged with this {settings.order_id_column}; use a conversion action "
        "of new customers only, or later orders count twice"
    )
    return [Written(name, TOOL, path.relative_to(folder).as_posix(), count, note, left_out)]


def beyond_first_order(value: np.ndarray, first_order: float, applies_to: str) -> pd.DataFrame:
    """Return one row of the value sheet: 12-month value beyond the first order.

    Parameters
    ----------
    value : ndarray, shape (draws,)
        12-month value of a new customer of the kind, currency: expectations under the posterior,
        so the interval is the mean's, without the randomness of one customer's purchases.
    first_order : float
        Contribution of the first order, currency, which the conversion itself reports.
    applies_to : str
        ``new customers`` or ``high-value new customers``.
    """
    later = np.asarray(value, dtype=float) - first_order
    low, high = np.quantile(later, [0.05, 0.95])
    row = {"applies_to": applies_to, "mean": later.mean(), "q05": low, "q95": high}
    return pd.DataFrame([row])


def write_value_sheet(
    folder: Path, values: pd.DataFrame, settings: OutboxSettings
) -> list[Written]:
    """Write the new customer values to enter by hand, and the checklist for value rules.

    Parameters
    ----------
    folder : Path
    values : DataFrame
        applies_to, mean, q05, q95: currency per new customer beyond the first order, 12 months.
    settings : OutboxSettings
    """
    path = folder / TOOL / "new_customer_value.csv"
    header = "applies_to,suggested_value,low_90,high_90,currency,horizon,basis".split(",")
    n = len(values)
    low = pd.Series(np.asarray(values["mean"], dtype=float)).clip(lower=0.0)
    columns = [
        cells(values["applies_to"]),
        decimals(low),
        decimals(values["q05"]),
        decimals(values["q95"]),
        cells([settings.currency] * n),
        cells(["365 days from the first order"] * n),
        cells(["expected contribution beyond the first order"] * n),
    ]
    rows = write_csv(path, header, columns, rows=n, raw=(1, 2, 3))
    note = "enter by hand under lifecycle goals; it inflates ROAS in reports"
    list_path = folder / TOOL / "value_rules_checklist.md"
    list_path.write_text(_CHECKLIST, encoding="utf-8", newline="\n")
    return [
        Written("new_customer_value", TOOL, path.relative_to(folder).as_posix(), rows, note),
        Written(
            "value_rules",
            TOOL,
            list_path.relative_to(folder).as_posix(),
            _CHECKLIST.count("- [ ]"),
            "no file import is known for conversion value rules: by hand",
        ),
    ]


_CHECKLIST = """\
# Conversion value rules: by hand

- [ ] Goals > Conversions > Value rules. Write down every rule there is before changing one.
- [ ] Choose either new customer value (lifecycle goals) or a value rule on the same list, not both:
      they multiply.
- [ ] Take the value from `new_customer_value.csv`; its interval says how sure it is. Use the low
      end where the bid strategy has little data.
- [ ] High-value new customers: upload `high_value_customers` as an existing-customer list first.
- [ ] Note the date. Compare campaigns on the column "original conversion value" from then on:
      the added value is in ROAS.
- [ ] After two conversion cycles: compare new customers and their 12-month value with before, and
      set the rule back if they fell.
"""

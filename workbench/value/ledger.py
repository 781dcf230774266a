"""The forecast ledger: what every run forecast, kept until its day comes.

Every run leaves one file beside the brand's runs, named after its as-of date and its contents.
Files are added, never changed: a forecast that could be rewritten after the fact would prove
nothing. A later run scores them (`workbench.value.ledger_scores`).

What is forecast is what a backtest forecasts: purchase days and contribution of the customers known
at the as-of date, in (as-of date, as-of date + horizon], from the same posterior draws and the same
simulation, with purchase randomness and the learned pace inside. Rows whose `pace` is "none" hold
the fitted model's word alone, over a year: what the record of `workbench.value.record` is made of.
Beside them stands the 12-month value expected of the customers that each channel wins next.
No row tells of a single customer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import __version__
from workbench.cache import write_frame
from workbench.errors import Problem
from workbench.models.design import MONTH
from workbench.models.fit import MODEL_VERSION, Fit
from workbench.value.comparison import EVERYONE
from workbench.value.forecast import Forecast, simulate
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.ledger_place import LEDGER
from workbench.value.pace import Pace
from workbench.value.parameters import make_parameters
from workbench.value.scores import MORE_QUANTILES, QUANTILES
from workbench.value.summaries import sum_by
from workbench.value.valuation import Valuation

__all__ = [
    "COLUMNS",
    "GRID",
    "HORIZONS",
    "LEDGER",
    "NEXT_DAYS",
    "Ledger",
    "forecast_rows",
    "ledger_rows",
    "levels_of",
    "next_customer_rows",
    "read_ledger",
    "write_ledger",
]

HORIZONS = (90, 182, 365)
"""Days after the as-of date that are forecast."""
NEXT_DAYS = 90
"""Days after the as-of date whose new customers are the next ones."""
YEAR = 365
DRAWS = 200
"""Draws of each forecast: as many as the grid of quantiles below tells apart."""
GRID = np.arange(1, 200) / 200.0
"""Levels of the quantiles that stand for all draws; those of `QUANTILES` are among them."""
NAMED = dict(sorted((QUANTILES | MORE_QUANTILES).items(), key=lambda item: item[1]))
"""Quantiles with a column of their own, from the lowest to the highest."""
COLUMNS = (
    "made_at", "horizon_days", "due", "level", "group", *GROUP_COLUMNS, "metric", "pace",
    "currency", "customers", "mean", "sd", *NAMED, "quantiles", "draws", "months", "version",
    "fit_key", "data_until", "entry",
)  # fmt: skip
"""Columns of a file of the ledger."""
# Neither belongs to the forecast itself: the same one made twice is one entry.
_WHEN = ("data_until", "entry")


def ledger_rows(
    fit: Fit,
    valuation: Valuation,
    customers: pd.DataFrame,
    *,
    as_of: date,
    cohorts: Sequence[str],
    pace: Pace,
    seed: int,
    currency: str,
) -> pd.DataFrame:
    """Return everything that a run puts into the ledger; parameters as in `forecast_rows`."""
    known = forecast_rows(
        fit, customers, as_of=as_of, cohorts=cohorts, pace=pace, seed=seed, currency=currency
    )
    if valuation.value_next is None:
        return known
    coming = next_customer_rows(valuation, fit, as_of=as_of, currency=currency)
    return pd.concat([known, coming], ignore_index=True)


def forecast_rows(
    fit: Fit,
    customers: pd.DataFrame,
    *,
    as_of: date,
    cohorts: Sequence[str],
    pace: Pace,
    seed: int,
    currency: str = "",
    horizons: Sequence[int] = HORIZONS,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """Forecast what the known customers will do, by total, channel and cohort.

    Parameters
    ----------
    fit : Fit
        Of these customers at this as-of date.
    customers : DataFrame
        The warehouse's customer table at the as-of date, in the order of the fit.
    as_of : date
    cohorts : sequence of str
        Columns that make a cohort; without any there is no cohort level.
    pace : Pace
        What the brand's forecast record says.
    seed : int
    currency : str
        ISO code of the contribution.
    horizons : sequence of int
        Days after the as-of date.
    draws : int
        Posterior draws, 199 or more where the fit has as many. Coverage and PIT are right for any
        number; more draws make the ends of one interval less noisy and cost time in proportion.

    Returns
    -------
    DataFrame
        `COLUMNS` without `data_until` and `entry`. `orders` are purchase days; `contribution` is
        in currency as `workbench.store.contribution` defines it, absent in a log without money.
        Sums over the group's customers. `quantiles` holds those at `GRID`, as float32.
    """
    parameters = {
        "learned": make_parameters(fit, draws=draws, horizon=max(horizons), seed=seed, pace=pace),
        "none": make_parameters(fit, draws=draws, horizon=max(horizons), seed=seed),
    }
    metrics = ["orders", "contribution"] if parameters["none"].has_money else ["orders"]
    nobody = np.zeros(len(customers), dtype=np.int64)

    def rows(job: tuple[str, int]) -> pd.DataFrame:
        kind, days = job
        forecast = simulate(
            fit,
            parameters[kind],
            customers,
            horizon=nobody + days,
            short=nobody,
            in_curve=nobody.astype(bool),
            seed=seed,
        )
        table = _rows(forecast, cohorts, metrics if kind == "learned" else ["orders"])
        return table.assign(pace=kind, horizon_days=days)

    jobs = [*(("learned", days) for days in horizons), *([("none", YEAR)] * (YEAR in horizons))]
    with ThreadPoolExecutor(max_workers=2) as pool:  # the simulation lets go of the interpreter
        table = pd.concat(pool.map(rows, jobs), ignore_index=True)
    return _stamped(table, fit, as_of, currency)


def next_customer_rows(
    valuation: Valuation, fit: Fit, *, as_of: date, currency: str = ""
) -> pd.DataFrame:
    """Put down the 12-month value expected of the customers that each channel wins next.

    Those won in the `NEXT_DAYS` after the as-of date, each to age 365 days: due after both. It is
    the expectation given the parameters, in currency per customer, without the randomness of
    these customers' purchases; how many they are, and so how much of it stays in their mean, is
    known when it is scored.

    Returns
    -------
    DataFrame
        As `forecast_rows`, level "next_customers"; empty in a log without money.
    """
    if valuation.value_next is None:
        return pd.DataFrame(columns=[name for name in COLUMNS if name not in _WHEN])
    channels = sorted(valuation.channels.channels)
    table = pd.DataFrame(
        {
            "level": "next_customers",
            "group": channels,
            "channel": channels,
            "first_product": "",
            "first_month": "",
            "customers": 0,
            "metric": "value_12m",
            "pace": "learned",
            "horizon_days": NEXT_DAYS + YEAR,
            **_summed_up(valuation.value_next),
        }
    )
    return _stamped(table, fit, as_of, currency)


def levels_of(cohorts: Sequence[str]) -> dict[str, list[str]]:
    """Columns that make the groups of each level; a brand without cohorts has no such level."""
    by = [name for name in GROUP_COLUMNS if name in cohorts]
    return {"total": [], "channel": ["channel"], **({"cohort": by} if by else {})}


def _rows(forecast: Forecast, cohorts: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    parts = []
    for level, by in levels_of(cohorts).items():
        # Dimensions that do not tell groups of this level apart read "".
        keyed = forecast.groups.assign(**{n: "" for n in GROUP_COLUMNS if n not in by})
        labels = keyed.groupby(GROUP_COLUMNS, sort=True).size().reset_index()[GROUP_COLUMNS]
        names = labels[by].astype(str).agg(" · ".join, axis=1) if by else EVERYONE
        size = sum_by(keyed, GROUP_COLUMNS, keyed["customers"].to_numpy(dtype=float))
        for metric in metrics:
            draws = sum_by(keyed, GROUP_COLUMNS, getattr(forecast, metric))
            parts.append(
                labels.assign(
                    level=level,
                    group=names,
                    metric=metric,
                    customers=size.astype(int),
                    **_summed_up(draws),
                )
            )
    return pd.concat(parts, ignore_index=True)


def _summed_up(draws: np.ndarray) -> dict[str, object]:
    """Mean, spread and quantiles of each row of draws.

    Weibull's quantiles: of m draws the k-th is that of k / (m + 1), which is where the outcome of
    an honest forecast falls below it; the usual ones end intervals a little early.
    """
    grid = np.quantile(draws, GRID, axis=1, method="weibull").astype(np.float32).T
    at = np.searchsorted(GRID, np.array(list(NAMED.values())) - 1e-9)
    return {
        "mean": draws.mean(axis=1),
        "sd": draws.std(axis=1),
        **{name: grid[:, i].astype(float) for name, i in zip(NAMED, at, strict=True)},
        "quantiles": list(grid),
        "draws": draws.shape[1],
    }


def _stamped(table: pd.DataFrame, fit: Fit, as_of: date, currency: str) -> pd.DataFrame:
    due = [(as_of + timedelta(int(days))).isoformat() for days in table["horizon_days"]]
    stamped = table.assign(
        made_at=as_of.isoformat(),
        due=due,
        currency=np.where(table["metric"] == "orders", "", currency),
        months=MONTH in fit.data.design.levels,
        version=f"{__version__}, model {MODEL_VERSION}",
        fit_key=fit.key,
    )
    return stamped[[name for name in COLUMNS if name not in _WHEN]]


@dataclass(frozen=True)
class Ledger:
    """All that the ledger of a brand holds.

    Attributes
    ----------
    forecasts : DataFrame
        `COLUMNS`, of every file that could be read.
    problems : tuple of Problem
        Files that could not be, with what to do; they stop nothing.
    """

    forecasts: pd.DataFrame
    problems: tuple[Problem, ...]


def write_ledger(rows: pd.DataFrame, folder: Path, *, data_until: date) -> Path:
    """Add the forecasts of a run to the ledger.

    The file is called ``<as-of>-<key>.parquet``, its key a hash of the forecasts and of the fit
    key. The same forecasts made again are there already, and their file is left as it is; others
    of the same as-of date are another file with the next number in `entry`.

    Parameters
    ----------
    rows : DataFrame
        Of `forecast_rows` and `next_customer_rows`, joined; of one as-of date.
    folder : Path
        ``<out>/<brand folder name>/ledger``.
    data_until : date
        Day of the last order in the exports that the run has read, also where it lies after the
        as-of date: it tells a forecast from one that was made when its outcome was known. Unlike
        a clock it is the same when the run is repeated.

    Raises
    ------
    ValueError
        If `rows` are of several as-of dates, or none.
    """
    dates = rows["made_at"].unique()
    if len(dates) != 1:
        raise ValueError(f"An entry of the ledger has one as-of date, not {len(dates)}.")
    made_at = dates[0]
    path = folder / f"{made_at}-{_key(rows)}.parquet"
    if path.is_file() and _read(path) is not None:
        return path
    others = [file for file in folder.glob(f"{made_at}-*.parquet") if file != path]
    stamped = rows.assign(data_until=data_until.isoformat(), entry=len(others) + 1)
    return write_frame(stamped[list(COLUMNS)].reset_index(drop=True), path)


def read_ledger(folder: Path) -> Ledger:
    """Read every file of the ledger; what cannot be read is told, and stops nothing.

    A file whose contents do not fit its name was changed after it was written, and is not used.
    """
    parts, problems = [], []
    for path in sorted(folder.glob("*.parquet")):
        table = _read(path)
        if table is not None:
            parts.append(table)
            continue
        problems.append(
            Problem(
                "is damaged or was changed after it was written; its forecasts are not scored",
                f"{folder.name}/{path.name}",
                todo="restore it from a backup, or delete it: other forecasts are scored all the "
                "same",
            )
        )
    empty = pd.DataFrame(columns=list(COLUMNS))
    return Ledger(pd.concat(parts, ignore_index=True) if parts else empty, tuple(problems))


def _read(path: Path) -> pd.DataFrame | None:
    """Return a file of the ledger, or None where it is not as it was written."""
    try:
        table = pd.read_parquet(path)
        whole = set(COLUMNS) <= set(table) and table["made_at"].nunique() == 1
        made_at = table["made_at"].iloc[0] if whole else ""
        if not whole or path.name != f"{made_at}-{_key(table)}.parquet":
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return table[list(COLUMNS)]


def _key(rows: pd.DataFrame) -> str:
    """Hash of forecasts and fit key; 12 hexadecimal digits."""
    plain = rows[[name for name in COLUMNS if name not in (*_WHEN, "quantiles")]]
    digest = hashlib.sha256(plain.to_csv(index=False).encode())
    digest.update(np.vstack(rows["quantiles"].to_list()).astype("<f4").tobytes())
    return digest.hexdigest()[:12]

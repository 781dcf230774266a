"""When what happened departs so far from the forecasts that decisions made on them are void.

A decision made at an as-of date rests on its forecasts. If customers no longer behave as forecast,
it has to be made again on a newer fit. Two questions are asked of the whole brand and of each
channel, and the chance of a false alarm is stated for both.

*Did the last forecast miss?* Its outcome lies outside the 95% interval, that of channels widened so
that all of them together miss once in twenty times, too (Bonferroni). This asks for a look.

*Do the misses add up?* Forecasts one after the other, each over a window that ends before the next
begins, have independent standard normal scores if they are honest, however much their making
learned from the outcomes before (Dawid 1984, Journal of the Royal Statistical Society A 147(2);
Diebold, Gunther and Tay 1998, International Economic Review 39(4)). Against that stands drift by
delta standard deviations of the forecast, delta ~ Normal(0, `shift`²). With S the sum of n scores,
the Bayes factor for drift is

    (1 + n shift²)^(-1/2) exp(shift² S² / (2 (1 + n shift²))),

a martingale under honest forecasts: the chance that it *ever* exceeds 1 / alpha is at most alpha
(Ville's inequality; Robbins 1970, Annals of Mathematical Statistics 41(5)), whenever and however
often one looks. Beyond it the decisions made before are void, and counting starts anew, as the runs
that follow have learned from it. A CUSUM would alarm for sure if run for long.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm

from workbench.checks import Check, Status
from workbench.value.comparison import EVERYONE
from workbench.value.drift_limits import DriftLimits

__all__ = ["DRIFT_COLUMNS", "DriftLimits", "drift_check", "drift_table", "evidence", "windows"]

LONGEST = 365
"""Days for which a decision made on a forecast stands."""
DRIFT_COLUMNS = (
    "level", "group", "metric", "forecasts", "made_at", "due", "z", "limit", "missed", "mean_z",
    "evidence", "bound", "alarm", "alarm_evidence",
)  # fmt: skip


def evidence(scores: np.ndarray, shift: float = 1.0) -> float:
    """Bayes factor for drift against honest forecasts; at most 1/alpha with chance 1 - alpha.

    Parameters
    ----------
    scores : ndarray, shape (forecasts,)
        z of forecasts over windows that do not overlap.
    shift : float
        `DriftLimits.shift`.
    """
    n, total = len(scores), float(np.sum(scores))
    spread = 1.0 + n * shift**2
    # e^700 is proof enough; more would overflow
    grown = min(0.5 * shift**2 * total**2 / spread, 700.0)
    return float(np.exp(grown) / np.sqrt(spread))


def windows(scores: pd.DataFrame) -> list[tuple[str, int]]:
    """Choose forecasts whose windows do not overlap, by dates alone.

    From the first as-of date on: the next one chosen is the first by which some horizon of this
    one is over, and of this one counts the longest horizon that is over by then. Outcomes have no
    say, so that the choice favours neither hits nor misses.

    Parameters
    ----------
    scores : DataFrame
        Scored forecasts: made_at, horizon_days, due.

    Returns
    -------
    list of (made_at, horizon_days)
        In the order of time.
    """
    ends = scores[["made_at", "horizon_days", "due"]].drop_duplicates().sort_values("due")
    chosen: list[tuple[str, int]] = []
    here = ends["made_at"].min() if len(ends) else None
    while here is not None:
        own = ends[ends["made_at"] == here]
        later = ends.loc[ends["made_at"] >= own["due"].iloc[0], "made_at"]
        following = later.min() if len(later) else None
        over = own if following is None else own[own["due"] <= following]
        chosen.append((str(here), int(over["horizon_days"].iloc[-1])))
        here = following
    return chosen


def drift_table(scores: pd.DataFrame, limits: DriftLimits | None = None) -> pd.DataFrame:
    """Ask both questions of the whole brand and of each channel.

    Parameters
    ----------
    scores : DataFrame
        Of `workbench.value.ledger_scores.score_ledger`. Forecasts of contribution count, or of
        orders in a log without money.
    limits : DriftLimits, optional

    Returns
    -------
    DataFrame
        `DRIFT_COLUMNS`, the whole brand first: forecasts (windows that count), made_at, due and z
        of the last of them, limit (of the absolute z), missed, mean_z (positive: forecasts were
        too low), evidence (since the last alarm), bound (beyond which it is an alarm), alarm (day
        on which the forecast that raised the last one was due, "" without) and alarm_evidence.
    """
    limits = limits or DriftLimits()
    known = scores[(scores["state"] == "scored") & (scores["pace"] == "learned")]
    known = known[known["level"].isin(["total", "channel"])]
    metric = "contribution" if (known["metric"] == "contribution").any() else "orders"
    known = known[known["metric"] == metric]
    chosen = pd.DataFrame(
        windows(known[known["level"] == "total"]), columns=["made_at", "horizon_days"]
    ).astype({"made_at": "str", "horizon_days": "int64"})
    known = known.astype({"made_at": "str", "horizon_days": "int64"})
    used = known.merge(chosen, on=["made_at", "horizon_days"]).sort_values("made_at")
    used = used[np.isfinite(used["z"].astype(float))]
    channels = max(int(used.loc[used["level"] == "channel", "group"].nunique()), 1)
    rows = []
    for (level, group), part in used.groupby(["level", "group"], sort=True):
        share = 1 if level == "total" else channels
        z = part["z"].to_numpy(dtype=float)
        limit = float(norm.ppf(1.0 - limits.miss / share / 2.0))
        bound = share / limits.alarm
        since, alarm, highest = _alarms(z, part["due"].tolist(), bound, limits.shift)
        rows.append(
            (level, group, metric, len(z), part["made_at"].iloc[-1], part["due"].iloc[-1], z[-1],
             limit, abs(z[-1]) > limit, z.mean(), since, bound, alarm, highest)
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(DRIFT_COLUMNS))
    first = (table["level"] != "total").astype(int)
    return table.assign(_first=first).sort_values(["_first", "group"], ignore_index=True)[
        list(DRIFT_COLUMNS)
    ]


def _alarms(z: np.ndarray, due: list[str], bound: float, shift: float) -> tuple[float, str, float]:
    """Evidence since the last alarm, the day of that alarm and the evidence on it."""
    start, since, alarm, highest = 0, 1.0, "", np.nan
    for i in range(len(z)):
        since = evidence(z[start : i + 1], shift)
        if since > bound:
            start, since, alarm, highest = i + 1, 1.0, due[i], since
    return since, alarm, highest


def drift_check(
    scores: pd.DataFrame,
    made_at: Iterable[str],
    as_of: date,
    limits: DriftLimits | None = None,
) -> Check:
    """Say whether older decisions still stand.

    Parameters
    ----------
    scores : DataFrame
        Of `score_ledger`.
    made_at : iterable of str
        As-of dates of all forecasts of the ledger, also of those not due yet: decisions rest on
        them, too.
    as_of : date
        Of the present run, whose own decisions have learned from what is scored here.
    limits : DriftLimits, optional

    Returns
    -------
    Check
        PASS: what happened is what was forecast. REVIEW: the last forecast of the whole brand or
        of a channel missed; or nothing is due yet. FAIL: misses add up to drift; decisions from
        the as-of dates named are void. Decisions stand for a year, those of the last run until
        the next; the named ones were made before the day of the outcome. Once there are none,
        the check passes again.
    """
    limits = limits or DriftLimits()
    table = drift_table(scores, limits)
    threshold = (
        f"outcomes inside 95% intervals (channels: all of them together), evidence of drift at "
        f"most {1 / limits.alarm:.0f} to 1"
    )
    name = "Drift since earlier forecasts"
    if table.empty:
        return Check(
            name, Status.REVIEW, None, threshold,
            "No forecast of the ledger is due yet: whether earlier decisions still stand is not "
            "known.",
            "Run the report again 90 days after the first as-of date, or later.",
        )  # fmt: skip
    standing = _standing([*made_at, *table["made_at"]], as_of)
    # A decision made on or after the day of an outcome has learned from it.
    oldest = min(standing, default=as_of.isoformat())
    drifted = table[table["alarm"] > oldest]
    missed = table[table["missed"] & (table["due"] > oldest)]
    # Channels' evidence has a higher bound; as a share of it, it is comparable.
    found = pd.concat([table["evidence"] / table["bound"],
                       drifted["alarm_evidence"] / drifted["bound"]])  # fmt: skip
    most = float(found.max()) / limits.alarm
    unlucky = (
        "Honest forecasts are ever called drifted with a chance of at most "
        f"{2 * limits.alarm:.0%}.{_late(scores)}"
    )
    if len(drifted):
        void = _dates(_before(standing, drifted["alarm"]))
        return Check(
            name, Status.FAIL, round(most, 2), threshold,
            f"Customers no longer behave as forecast: {_told(drifted, 'alarm')}. {unlucky}",
            f"Treat decisions made as of {void} as void and make them again from this run, which "
            "has learned from what happened. Look for the cause first: prices, products, "
            "promotions, missing exports.",
        )  # fmt: skip
    if len(missed):
        doubtful = _dates(_before(standing, missed["due"]))
        return Check(
            name, Status.REVIEW, round(most, 2), threshold,
            f"The last forecast missed: {_told(missed, 'due')}. One miss is no drift yet; honest "
            f"forecasts miss like this in up to {2 * limits.miss:.0%} of all runs.{_late(scores)}",
            f"Hold decisions made as of {doubtful} against this run before acting on them further.",
        )  # fmt: skip
    whole = table.iloc[0]
    if table["missed"].any() or (table["alarm"] != "").any():
        return Check(
            name, Status.PASS, round(most, 2), threshold,
            "Earlier forecasts missed, but all decisions that still stand were made after that and "
            f"have learned from it.{_late(scores)}",
            "None.",
        )  # fmt: skip
    return Check(
        name, Status.PASS, round(most, 2), threshold,
        f"{EVERYONE} and {int((table['level'] == 'channel').sum())} channels did what was forecast "
        f"as of {whole['made_at']}, as far as {_count(int(whole['forecasts']))} can tell. Slow "
        "drift of less than a standard deviation of a forecast takes ten or more to show."
        f"{_late(scores)}",
        "None.",
    )  # fmt: skip


def _standing(made_at: Iterable[str], as_of: date) -> list[str]:
    """Earlier as-of dates whose decisions still stand: of the last year, and always the last."""
    earlier = sorted({str(day) for day in made_at if str(day) < as_of.isoformat()})
    young = [day for day in earlier if (as_of - date.fromisoformat(day)).days <= LONGEST]
    return young or earlier[-1:]


def _before(standing: list[str], days: pd.Series) -> list[str]:
    return [day for day in standing if day < days.max()]


def _dates(days: list[str]) -> str:
    return " and ".join(", ".join(days).rsplit(", ", 1)) if days else "earlier dates"


def _count(forecasts: int) -> str:
    return "one forecast" if forecasts == 1 else f"{forecasts} forecasts one after the other"


def _late(scores: pd.DataFrame) -> str:
    """Words for forecasts that were made when their outcome could be known."""
    late = scores.loc[(scores["state"] == "scored") & ~scores["ahead"].astype(bool), "made_at"]
    if late.empty:
        return ""
    return (
        f" Forecasts as of {_dates(sorted(set(late)))} were made again from an export that reaches "
        "beyond their as-of date; nothing after it was used, but refunds that came later."
    )


def _told(rows: pd.DataFrame, day: str) -> str:
    parts = []
    for row in rows.to_dict("records"):
        what = f"{row['group']}, {row['metric']} "
        if day == "alarm":
            found = f"{row['alarm_evidence']:.3g} to 1 on {row['alarm']}, bound {row['bound']:.0f}"
            way = "above" if row["mean_z"] > 0 else "below"
            parts.append(f"{what}{way} the forecasts (evidence of drift {found})")
        else:
            way = "above" if row["z"] > 0 else "below"
            parts.append(
                f"{what}{way} the forecast as of {row['made_at']} by {abs(row['z']):.1f} standard "
                f"deviations (limit {row['limit']:.1f})"
            )
    return "; ".join(parts)

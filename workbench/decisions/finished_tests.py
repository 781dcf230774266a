"""What finished tests say: each test's effect in 12-month contribution, and the next prior.

Counts per arm become a relative lift; the lift of every test is shrunk by the record of all of
them (`lift_prior`), since a test that looks best was also lucky; what is left is turned into
12-month contribution, by the surrogate index where 90-day value was measured.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import chi2

from workbench.decisions.experiment_metrics import ExperimentMoney, Metric, read_metric
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.lift_prior import (
    LiftPrior,
    LiftRecord,
    default_priors,
    learn_lifts,
    next_priors,
)
from workbench.decisions.surrogate import Surrogate

__all__ = ["FinishedTests", "analyse_tests", "lifts_of_tests"]

_ARMS = ("control", "variant")
_UNEQUAL = 0.001
_FIGURES = (
    "exposed_control", "exposed_variant", "rate_control", "rate_variant", "lift", "lift_se",
    "lift_shrunk", "lift_shrunk_sd", "p_better_naive", "p_better", "effect_naive", "effect_mean",
    "effect_q05", "effect_q95", "naive_gain_12m", "corrected_gain_12m", "corrected_gain_q05",
    "corrected_gain_q95",
)  # fmt: skip


@dataclass(frozen=True)
class FinishedTests:
    """Every test with results, and what the next ones start from.

    Attributes
    ----------
    table : DataFrame
        One row per test, see `analyse_tests`.
    priors : dict of str to LiftPrior
        Kind of metric -> prior of the next idea's lift, for `experiments.experiment_table`.
    """

    table: pd.DataFrame
    priors: dict[str, LiftPrior]

    @property
    def finished(self) -> frozenset[str]:
        """Ids that are no candidates any more: their result is in."""
        return frozenset(self.table.loc[self.table["lift"].notna(), "id"])


def lifts_of_tests(results: pd.DataFrame) -> pd.DataFrame:
    """Relative lift of conversion and of 90-day value, per test.

    Rates are posterior means under Jeffreys' prior Beta(1/2, 1/2), so that an arm without any
    order has a lift, too; standard errors by the delta method.

    Parameters
    ----------
    results : DataFrame
        The canonical `test_results` frame: id, arm (control or variant), exposed, converted,
        value_90d_mean and value_90d_sd (contribution per exposed person within 90 days of the
        exposure, 0 for who did not order; may be missing), ended.

    Returns
    -------
    DataFrame
        Index id; columns exposed_*, rate_*, value_*, sd_* by arm, lift, lift_se (conversion),
        value_lift, value_lift_se (NaN where not measured) and note. Tests whose counts make no
        sense have a note and no lift.
    """
    both = {arm: results[results["arm"] == arm] for arm in _ARMS}
    ids = sorted(results["id"].dropna().astype(str).unique())
    rows = pd.DataFrame(index=pd.Index(ids, name="id"))
    twice = pd.Series(False, index=rows.index)
    for arm, part in both.items():
        counted = part["id"].astype(str).value_counts().reindex(ids).fillna(0)
        twice |= counted > 1
        one = part.drop_duplicates("id").set_index(part.drop_duplicates("id")["id"].astype(str))
        one = one.reindex(ids)
        for name, column in (("exposed", "exposed"), ("converted", "converted"),
                             ("value", "value_90d_mean"), ("sd", "value_90d_sd")):  # fmt: skip
            values = one[column] if column in one else pd.Series(np.nan, index=rows.index)
            rows[f"{name}_{arm}"] = pd.to_numeric(values, errors="coerce").astype(float)
    exposed = rows[[f"exposed_{arm}" for arm in _ARMS]]
    converted = rows[[f"converted_{arm}" for arm in _ARMS]]
    absent = exposed.isna().any(axis=1) | converted.isna().any(axis=1)
    nobody = ~absent & (exposed <= 0).any(axis=1)
    wrong = ~absent & ~nobody & (
        (converted < 0).any(axis=1) | (converted.to_numpy() > exposed.to_numpy()).any(axis=1)
    )  # fmt: skip
    rows["note"] = np.select(
        [twice, absent, nobody, wrong],
        [
            "an arm occurs twice",
            "an arm or its counts are missing",
            "an arm was shown to nobody",
            "impossible counts: converted must be 0 to exposed",
        ],
        "",
    )
    usable = rows["note"].eq("")
    share = (converted.to_numpy() + 0.5) / (exposed.to_numpy() + 1)
    share = np.where(usable.to_numpy()[:, None], share, np.nan)
    size = np.where(exposed.to_numpy() > 0, exposed.to_numpy(), np.nan)
    rows["rate_control"], rows["rate_variant"] = share[:, 0], share[:, 1]
    ratio = share[:, 1] / share[:, 0]
    rows["lift"] = ratio - 1
    rows["lift_se"] = ratio * np.sqrt(((1 - share) / share / size).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = rows[[f"value_{arm}" for arm in _ARMS]].to_numpy()
        sd = rows[[f"sd_{arm}" for arm in _ARMS]].to_numpy()
        sense = usable.to_numpy() & (value[:, 0] > 0) & (sd > 0).all(axis=1)
        rows["value_lift"] = np.where(sense, value[:, 1] / value[:, 0] - 1, np.nan)
        noise = sd**2 / size
        gain = value[:, 1] / value[:, 0]
        se = np.sqrt(noise[:, 1] + gain**2 * noise[:, 0]) / value[:, 0]
        rows["value_lift_se"] = np.where(sense, se, np.nan)
        expected = size.sum(axis=1) / 2
        uneven = chi2.sf(((size - expected[:, None]) ** 2).sum(axis=1) / expected, 1) < _UNEQUAL
    rows.loc[usable & uneven, "note"] = (
        "arms of unequal size beyond chance: check the assignment before believing it"
    )
    return rows.drop(columns=[f"converted_{arm}" for arm in _ARMS])


def analyse_tests(
    results: pd.DataFrame,
    backlog: pd.DataFrame,
    money: ExperimentMoney,
    *,
    surrogate: Surrogate | None = None,
    settings: ExperimentSettings | None = None,
    seed: int = 20260630,
) -> FinishedTests:
    """Analyse every finished test and learn the priors of the next.

    Parameters
    ----------
    results : DataFrame
        The canonical `test_results` frame. A test counts once both arms have `ended`, or where
        the frame has no such column.
    backlog : DataFrame
        The canonical `experiments` frame: metric, surface, channel and traffic of the ids. A test
        that it lacks, or whose metric is unknown, gets its lift but no money and no prior.
    money : ExperimentMoney
    surrogate : Surrogate, optional
        Without it, or where 90-day value was not measured, the lift of conversion is valued like
        a planned one.
    settings : ExperimentSettings, optional
    seed : int

    Returns
    -------
    FinishedTests
        Its table: id, title, metric, counts; `lift`, `lift_se` as measured; `lift_shrunk`,
        `lift_shrunk_sd`; `p_better_naive`, `p_better` of a true effect above 0;
        `effect_naive`, `effect_mean`, `effect_q05`, `effect_q95` in 12-month contribution per
        exposed person; `naive_gain_12m`, `corrected_gain_12m` with its 90% interval, over 52 weeks
        of the backlog's traffic; `basis`, `verb`, `note`. Money in the brand's currency;
        purchase randomness of the people still to come is left out.
    """
    settings = settings or ExperimentSettings()
    if "ended" in results:
        open_ids = set(results.loc[results["ended"].isna(), "id"].astype(str))
        results = results[~results["id"].astype(str).isin(open_ids)]
    lifts = lifts_of_tests(results)
    ideas = backlog.drop_duplicates("id").set_index("id")
    ideas.index = ideas.index.astype(str)
    tests = [
        _Test.of(name, row, ideas, money, surrogate, settings)
        for name, row in zip(lifts.index, lifts.to_dict("records"), strict=True)
    ]
    usable = [t for t in tests if t.metric and math.isfinite(t.se)]
    records: dict[str, LiftRecord] = {}
    for kind, default in default_priors(settings).items():
        own = [t for t in usable if t.kind == kind]
        if own:
            records[kind] = learn_lifts(
                [t.lift for t in own], [t.se for t in own], default, settings
            )
    rows = [test.row(records, settings, seed) for test in tests]
    columns = ["id", "title", "metric", *_FIGURES, "basis", "verb", "note"]
    table = pd.DataFrame(rows, columns=columns)
    return FinishedTests(table, next_priors(records, settings))


@dataclass(frozen=True)
class _Test:
    """One finished test: its lift, and the money that one unit of lift stands for."""

    name: str
    title: str
    metric: Metric | None
    row_of_lifts: Mapping
    lift: float
    se: float
    value: np.ndarray | None
    people: float
    basis: str
    notes: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Kind of metric; empty where unknown."""
        return self.metric.kind if self.metric else ""

    @classmethod
    def of(
        cls,
        name: str,
        row: Mapping,
        ideas: pd.DataFrame,
        money: ExperimentMoney,
        surrogate: Surrogate | None,
        settings: ExperimentSettings,
    ) -> _Test:
        notes = [row["note"]] if row["note"] else []
        idea = ideas.loc[name] if name in ideas.index else pd.Series(dtype=object)
        if idea.empty:
            notes.append("not in the backlog: no metric, no money")

        def text(column: str) -> str:
            cell = idea.get(column)
            return cell if isinstance(cell, str) else ""

        metric = read_metric(text("primary_metric"), settings)
        if metric is None and not idea.empty:
            notes.append("primary_metric is not known")
        lift, se = float(row["lift"]), float(row["lift_se"])
        value: np.ndarray | None = None
        basis = ""
        measured = math.isfinite(row["value_lift_se"])
        if metric and metric.kind == "order value" and not measured:
            lift = se = math.nan
            notes.append("a test of order value needs value_90d_mean and value_90d_sd above 0")
        elif metric and math.isfinite(se):
            if measured and surrogate is not None:
                lift, se, value = _by_index(row, surrogate, settings.draws)
                basis = f"surrogate index of {surrogate.customers:,} mature customers"
            if value is None:
                if metric.kind == "order value":
                    lift, se = float(row["value_lift"]), float(row["value_lift_se"])
                value, basis = money.per_unit_lift(
                    metric.kind, float(row["rate_control"]), text("surface"), text("channel"),
                    settings,
                )  # fmt: skip
        traffic = pd.to_numeric(idea.get("weekly_traffic", math.nan), errors="coerce")
        people = 52 * float(traffic) if traffic > 0 else math.nan
        if metric and not math.isfinite(people):
            notes.append("weekly_traffic is missing: no gain a year")
        return cls(name, text("title"), metric, row, lift, se, value, people, basis, tuple(notes))

    def row(
        self,
        records: Mapping[str, LiftRecord],
        settings: ExperimentSettings,
        seed: int,
    ) -> dict:
        """Figures of the test under the record of its kind."""
        found: dict = dict.fromkeys(_FIGURES, math.nan)
        found |= {name: self.row_of_lifts[name] for name in _FIGURES[:4]}
        found |= {"lift": self.lift, "lift_se": self.se}
        found |= {"id": self.name, "title": self.title, "basis": self.basis, "verb": ""}
        found["metric"] = self.kind
        if self.kind and math.isfinite(self.se) and self.value is not None:
            record = records[self.kind]
            mean, sd, better = record.true_lift(self.lift, self.se)
            rng = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
            lifts = record.draw_lift(self.lift, self.se, settings.draws, rng)
            effect = lifts * np.resize(self.value, settings.draws)
            low, high = (float(q) for q in np.quantile(effect, [0.05, 0.95]))
            unit = float(np.mean(self.value))
            found |= {
                "lift_shrunk": mean,
                "lift_shrunk_sd": sd,
                "p_better_naive": float(ndtr(self.lift / self.se)),
                "p_better": better,
                "effect_naive": unit * self.lift,
                "effect_mean": unit * mean,
                "effect_q05": low,
                "effect_q95": high,
                "naive_gain_12m": self.people * unit * self.lift,
                "corrected_gain_12m": self.people * unit * mean,
                "corrected_gain_q05": self.people * low,
                "corrected_gain_q95": self.people * high,
                "verb": _verb(better, -low * self.people, settings),
            }
        return found | {"note": "; ".join(self.notes)}


def _by_index(
    row: Mapping, surrogate: Surrogate, draws: int
) -> tuple[float, float, np.ndarray | None]:
    """Relative lift of the 12-month index, its standard error, and the control's index."""
    arms = []
    for arm in _ARMS:
        ordered, value, sd = row[f"rate_{arm}"], row[f"value_{arm}"], row[f"sd_{arm}"]
        noise = surrogate.variance(ordered, value, sd) / row[f"exposed_{arm}"]
        arms.append((np.array([ordered, value]), surrogate.index(ordered, value), noise))
    (at, control, noise_control), (to, variant, noise_variant) = arms
    if control <= 0:
        return float(row["lift"]), float(row["lift_se"]), None
    ratio = variant / control
    slope = (to - ratio * at) / control
    variance = (noise_variant + ratio**2 * noise_control) / control**2
    variance += slope @ surrogate.covariance @ slope
    spread = math.sqrt(at @ surrogate.covariance @ at + noise_control)
    rng = np.random.default_rng([draws, 62])
    value = control + spread * rng.normal(size=draws)
    return ratio - 1, math.sqrt(variance), value + (control - value.mean())


def _verb(better: float, loss: float, settings: ExperimentSettings) -> str:
    """Say what to do with a finished idea; the incumbent stays where the record is against it."""
    if better >= 0.8 and not loss > settings.loss_limit:
        return "move"
    return "move a part and measure" if better >= 0.55 else "leave"

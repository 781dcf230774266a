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

from workbench.decisions.experiment_metrics import ExperimentMoney, Metric, read_metric
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.lift_estimates import ARMS, lifts_of_tests
from workbench.decisions.lift_prior import (
    LiftPrior,
    LiftRecord,
    default_priors,
    learn_lifts,
    next_priors,
)
from workbench.decisions.surrogate import Surrogate
from workbench.decisions.verbs import verb

__all__ = ["FinishedTests", "analyse_tests"]

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
    for arm in ARMS:
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
    return verb(better, loss, loss_limit=settings.loss_limit)

"""What the brand's data taught the model, and where its interval is still the prior's.

A posterior as wide as its prior, and in the same place, says that the data hold nothing on that
question: the printed interval is an assumption.

References
----------
Garrett and Zeger (2000), Latent class model diagnosis, Biometrics 56(4), on the overlap of prior
and posterior; Gelman and Pardoe (2006), Bayesian measures of explained variance and pooling in
multilevel (hierarchical) models, Technometrics 48(2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from workbench.checks import Check, Status
from workbench.models.fit import Fit
from workbench.models.prior_weight import prior_normals
from workbench.models.priors import Priors
from workbench.store.readiness_facts import count, listed, percent

__all__ = ["LearntThresholds", "learnt_checks", "learnt_table", "overlap"]

QUESTIONS = {
    ("level", 0): "how often customers buy",
    ("level", 1): "how soon customers leave",
    ("level", 2): "what a repeat order brings",
    ("r", 0): "how much customers differ in how often they buy",
    ("kappa", 0): "how much customers differ in when they leave",
    ("p", 0): "how much the orders of one customer vary",
    ("q_minus_1", 0): "how much customers differ in what they spend",
}
"""Parameters of interest, in a reader's words: name and place in its vector."""

TAILS = (0.05, 0.95)
_BINS = 20


@dataclass(frozen=True)
class LearntThresholds:
    """Limits of what counts as learnt.

    Parameters
    ----------
    contraction : float
        One minus the squared ratio of the widths of the 90% intervals, posterior over prior; below
        it the data narrowed little (0.5: the interval is still 71% as wide).
    overlap : float
        Shared area of prior and posterior from which the data moved little either.
    """

    contraction: float = 0.5
    overlap: float = 0.35


def overlap(draws: np.ndarray, cdf: np.ndarray) -> float:
    """Shared area of a prior and the posterior, 0 to 1.

    Parameters
    ----------
    draws : ndarray
        Posterior draws; only their number is used.
    cdf : ndarray, same shape
        The prior's distribution function at the draws.
    """
    found, _ = np.histogram(cdf, bins=np.linspace(0.0, 1.0, _BINS + 1))
    return float(np.minimum(found / len(draws), 1.0 / _BINS).sum())


def learnt_table(fit: Fit, priors: Priors | None = None, *, seed: int = 1) -> pd.DataFrame:
    """Return what was learnt about every parameter of interest, every channel and product.

    Returns
    -------
    DataFrame
        kind ("all customers", "channel", "first_product"), question, customers, prior_width and
        width (of the central 90% intervals, on the log or logit scale), contraction (1: all was
        learnt, 0 or less: nothing), overlap (0 to 1). Rows of channels and products are about how
        often their customers buy, compared with the others.
    """
    priors = priors or Priors()
    normals = prior_normals(fit, priors)
    everyone = len(fit.data.cell)
    rows = []

    def add(kind: str, question: str, customers: int, draws: np.ndarray, prior_width: float,
            cdf: np.ndarray) -> None:  # fmt: skip
        low, high = np.quantile(draws, TAILS)
        contraction = 1.0 - ((high - low) / prior_width) ** 2
        shared = overlap(draws, cdf)
        rows.append((kind, question, customers, prior_width, high - low, contraction, shared))

    unit_width = float(np.diff(norm.ppf(TAILS))[0])
    for (name, i), question in QUESTIONS.items():
        if name in normals and i < normals[name][0].shape[1]:
            draws, mean, sd = (values[..., i] for values in normals[name])
            cdf = norm.cdf((draws - mean) / sd)
            add("all customers", question, everyone, draws, unit_width * float(sd), cdf)

    rng = np.random.default_rng([seed, 17])
    design = fit.data.design
    for dimension in (name for name in ("channel", "first_product") if name in design.levels):
        _, mean, sd = normals[f"sd_{dimension}"]
        levels = design.levels[dimension]
        spread = np.exp(rng.normal(mean[0], sd[0], 20_000)) * np.sqrt(1.0 - 1.0 / len(levels))
        prior = np.sort(spread * rng.normal(size=20_000))
        prior_width = float(np.diff(np.quantile(prior, TAILS))[0])
        members = np.bincount(design.index[dimension][fit.data.cell], minlength=len(levels))
        effects = fit.flat(f"effect_{dimension}")[:, 0]
        for i, level in enumerate(levels):
            cdf = np.searchsorted(prior, effects[:, i]) / len(prior)
            add(dimension, level, int(members[i]), effects[:, i], prior_width, cdf)
    columns = "kind question customers prior_width width contraction overlap".split()
    return pd.DataFrame(rows, columns=columns)


def learnt_checks(table: pd.DataFrame, thresholds: LearntThresholds | None = None) -> list[Check]:
    """Judge `learnt_table`: for all customers, and for channels and products."""
    limits = thresholds or LearntThresholds()
    unmoved = (table["contraction"] < limits.contraction) & (table["overlap"] >= limits.overlap)
    overall = table["kind"] == "all customers"
    checks = [_overall(table[overall], unmoved[overall], limits)]
    if not overall.all():
        checks.append(_by_level(table[~overall], unmoved[~overall]))
    return checks


def _threshold(limits: LearntThresholds) -> str:
    width = np.sqrt(1.0 - limits.contraction)
    return f"interval at most {percent(float(width))} as wide as without data, for every question"


def _overall(table: pd.DataFrame, unmoved: pd.Series, limits: LearntThresholds) -> Check:
    name, threshold = "Learnt from data", _threshold(limits)
    least = float(table["contraction"].min())
    if not unmoved.any():
        at = str(table.loc[table["contraction"].idxmin(), "question"])
        width = float(np.sqrt(max(1.0 - least, 0.0)))
        return Check(
            name, Status.PASS, round(least, 3), threshold,
            f"The data narrowed the answer to all of {count(len(table), 'question')}; least to "
            f"{at}, whose interval is {percent(width)} as wide as without data.",
            "",
        )  # fmt: skip
    questions = listed(list(table.loc[unmoved, "question"]), most=7)
    return Check(
        name, Status.REVIEW, round(least, 3), threshold,
        f"The brand's data say next to nothing about {questions}: these intervals are as wide as "
        "the prior, or nearly so. They hold what is usual among shops, not what was seen here.",
        "Read what rests on them as an assumption. Export older orders if there are any, or wait "
        "for more customers to come back.",
    )  # fmt: skip


def _by_level(table: pd.DataFrame, unmoved: pd.Series) -> Check:
    name, threshold = "Learnt by channel", "every channel and product told apart from the prior"
    if not unmoved.any():
        return Check(
            name, Status.PASS, 0, threshold,
            f"The data say something of their own about each of {len(table)} channels and "
            "products.",
            "",
        )  # fmt: skip
    smallest = table[unmoved].sort_values(["customers", "question"])
    named = [f"{r.question} ({count(r.customers, 'customer')})" for r in smallest.itertuples()]
    return Check(
        name, Status.REVIEW, len(smallest), threshold,
        f"How often customers of {listed(named)} buy, compared with the others, is not in the "
        "data: these intervals are as wide as the prior, or nearly so.",
        "Do not compare them with other channels or products yet; read totals.",
    )  # fmt: skip

"""Histories and parameters, ordinary and extreme, that every family is tried on (weeks)."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pandas as pd

from tests.conftest import require

DELTA = 0.0025  # 14% a year
HORIZONS = (0.5, 52.0, 520.0)

HISTORIES = [
    # x, t_x, T
    (0, 0.0, 0.0),
    (0, 0.0, 0.5),
    (0, 0.0, 300.0),
    (1, 3.0, 30.0),
    (5, 30.0, 30.0),  # bought on the last day
    (3, 29.9999, 30.0),
    (12, 40.0, 52.0),
    (150, 100.0, 104.0),
    (300, 590.0, 600.0),
]

PER_PURCHASE = [
    {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},  # CDNOW
    {"r": 0.243, "alpha": 4.414, "a": 1.0, "b": 2.426},
    {"r": 0.243, "alpha": 4.414, "a": 1.0 - 1e-9, "b": 2.426},
    {"r": 0.6, "alpha": 8.0, "a": 1.0 + 1e-6, "b": 2.0},
    {"r": 0.6, "alpha": 8.0, "a": 0.06, "b": 3.0},
    {"r": 1.5, "alpha": 0.02, "a": 2.2, "b": 0.3},  # horizons of 26,000 time scales
    {"r": 2.0, "alpha": 900.0, "a": 0.5, "b": 0.5},
    {"r": 3.0, "alpha": 20.0, "a": 40.0, "b": 160.0},
]

ANY_TIME = [
    {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},  # CDNOW
    {"r": 0.553, "alpha": 10.578, "s": 1.0, "beta": 11.669},
    {"r": 0.553, "alpha": 10.578, "s": 1.0 - 1e-9, "beta": 11.669},
    {"r": 0.6, "alpha": 8.0, "s": 1.0 + 1e-6, "beta": 3.0},
    {"r": 0.6, "alpha": 8.0, "s": 0.7, "beta": 8.0},  # between the branches of the closed form
    {"r": 0.6, "alpha": 8.0, "s": 0.7, "beta": 8.0 + 1e-9},
    {"r": 2.0, "alpha": 0.05, "s": 0.3, "beta": 900.0},
    {"r": 1.2, "alpha": 300.0, "s": 2.5, "beta": 0.5},
    {"r": 0.1, "alpha": 2.0, "s": 0.1, "beta": 5.0},
]

CASES = [
    *(("mbg", shapes) for shapes in PER_PURCHASE),
    *(("bg", shapes) for shapes in PER_PURCHASE),
    *(("pareto", shapes) for shapes in ANY_TIME),
]


def cdnow() -> pd.DataFrame:
    """The published 1/10 sample of CDNOW, as shipped with lifetimes: frequency, recency, T."""
    return shipped("cdnow_customers_summary.csv", index_col=0).astype(float)


def shipped(name: str, **options: Any) -> pd.DataFrame:
    """Read a data set that lifetimes ships; its own loader needs an old setuptools."""
    return pd.read_csv(files(require("lifetimes").__name__) / "datasets" / name, **options)

"""Verdicts and figures of simulation-based calibration: ECDF bands, rank histograms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from scipy.stats import binom, chisquare

from workbench.plots.theme import ACCENT, INK, TEMPLATE, WARM

LEVEL, REPLICAS, BINS, COLUMNS = 0.95, 4000, 10, 6


def tail(below: np.ndarray, n: int, draws: int) -> np.ndarray:
    """Smallest two-sided binomial tail of each row of counts of ranks below 1, ..., `draws`.

    A rank among `draws` draws takes draws + 1 values, so that the number of n uniform ranks below i
    is binomial with chance i / (draws + 1).
    """
    chance = np.arange(1, draws + 1) / (draws + 1)
    table = binom.cdf(np.arange(-1, n + 1)[:, None], n, chance)
    column = np.arange(draws)
    at_most, at_least = table[below + 1, column], 1.0 - table[below, column]
    return 2.0 * np.minimum(at_most, at_least).min(axis=-1)


def counts_below(ranks: np.ndarray, draws: int) -> np.ndarray:
    """Number of ranks below 1, ..., `draws`; ranks of shape (..., n)."""
    edges = np.arange(1, draws + 1)
    flat = np.sort(ranks, axis=-1).reshape(-1, ranks.shape[-1])
    return np.stack([np.searchsorted(row, edges) for row in flat]).reshape(*ranks.shape[:-1], draws)


def uniform_tails(n: int, draws: int) -> np.ndarray:
    """`tail` of sets of n uniform ranks, sorted, shape (REPLICAS,)."""
    rng = np.random.default_rng(2022)
    return np.sort(tail(counts_below(rng.integers(0, draws + 1, (REPLICAS, n)), draws), n, draws))


def judge(ranks: pd.DataFrame, draws: int) -> pd.DataFrame:
    """Hold the ranks of every quantity against uniform ones.

    Returns
    -------
    DataFrame
        quantity, runs, mean_rank (0 to 1, expected 0.5), spread (standard deviation of ranks over
        that of uniform ones; above 1 where posteriors are too narrow), prior_place (mean share of
        the prior below the truth, expected 0.5: where data say little, ranks follow the luck of the
        prior draws), z (mean rank less mean place over its standard error: free of that luck),
        lag_1 (mean autocorrelation of thinned draws), p_chi2 (`BINS` bins), p (of the ECDF's
        largest departure, simultaneous over all ranks), inside (whether the ECDF stays inside its
        simultaneous 95% band).
    """
    n = ranks["seed"].nunique()
    uniform = uniform_tails(n, draws)
    rows = []
    for name, part in ranks.groupby("quantity", sort=False):
        rank = part["rank"].to_numpy()
        found = tail(counts_below(rank, draws), n, draws)
        p = (np.searchsorted(uniform, found * (1 + 1e-9), side="right") + 1) / (REPLICAS + 1)
        bins = np.bincount(rank * BINS // (draws + 1), minlength=BINS)
        place = part["prior_place"].to_numpy()
        off = rank / draws - place
        z = off.mean() / off.std() * np.sqrt(n)
        spread = rank.std() / np.sqrt(((draws + 1) ** 2 - 1) / 12)
        rows.append((name, n, rank.mean() / draws, spread, place.mean(), z, part["lag_1"].mean(),
                     chisquare(bins).pvalue, p, p > 1 - LEVEL))  # fmt: skip
    measures = ["mean_rank", "spread", "prior_place", "z", "lag_1", "p_chi2", "p", "inside"]
    return pd.DataFrame(rows, columns=["quantity", "runs", *measures])


def band(n: int, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Simultaneous 95% band of the ECDF of n uniform ranks less the uniform one."""
    gamma = np.quantile(uniform_tails(n, draws), 1 - LEVEL)
    chance = np.arange(1, draws + 1) / (draws + 1)
    low = binom.ppf(gamma / 2, n, chance) / n - chance
    high = binom.ppf(1 - gamma / 2, n, chance) / n - chance
    return low, high


def write_figures(ranks: pd.DataFrame, verdicts: pd.DataFrame, draws: int, path: Path) -> None:
    """Write ECDF differences and rank histograms of every quantity as one page."""
    ecdf = _grid(verdicts, "ECDF of ranks less the uniform one; grey: simultaneous 95% band")
    bars = _grid(verdicts, "Ranks of the truth among posterior draws; grey: 95% band of each bar")
    n = ranks["seed"].nunique()
    low, high = band(n, draws)
    chance = np.arange(1, draws + 1) / (draws + 1)
    ends = binom.ppf([0.025, 0.975], n, 1 / BINS)
    inside = dict(zip(verdicts["quantity"], verdicts["inside"], strict=True))
    for i, (name, part) in enumerate(ranks.groupby("quantity", sort=False)):
        at = {"row": i // COLUMNS + 1, "col": i % COLUMNS + 1}
        colour = ACCENT if inside[name] else WARM
        grey = {"mode": "lines", "line": {"color": "#C5CCD3", "width": 1, "shape": "hv"}}
        ecdf.add_trace(go.Scatter(x=chance, y=low, **grey), **at)
        ecdf.add_trace(go.Scatter(x=chance, y=high, fill="tonexty", **grey), **at)
        y = counts_below(part["rank"].to_numpy(), draws) / n - chance
        line = {"color": colour, "width": 2, "shape": "hv"}
        ecdf.add_trace(go.Scatter(x=chance, y=y, mode="lines", line=line), **at)
        count = np.bincount(part["rank"] * BINS // (draws + 1), minlength=BINS)
        middle = (np.arange(BINS) + 0.5) / BINS
        bars.add_trace(
            go.Bar(x=middle, y=count, width=0.09, marker={"color": colour}, opacity=0.75), **at
        )
        # after the bars: plotly draws no shape on an empty panel
        bars.add_hrect(
            y0=ends[0], y1=ends[1], fillcolor="#D5DAE0", line_width=0, layer="below", **at
        )
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=figure is ecdf) for figure in (ecdf, bars)
    ]
    head = "<!doctype html><meta charset='utf-8'><title>Calibration by simulation</title>"
    path.write_text(head + "\n".join(parts), encoding="utf-8")


def _grid(verdicts: pd.DataFrame, title: str) -> go.Figure:
    rows = -(-len(verdicts) // COLUMNS)
    words = [
        f"{'' if inside else '✗ '}{name} (p {p:.2f})"
        for name, p, inside in verdicts[["quantity", "p", "inside"]].itertuples(index=False)
    ]
    fig = make_subplots(rows, COLUMNS, subplot_titles=words, vertical_spacing=0.35 / rows)
    fig.update_layout(template=TEMPLATE, height=150 * rows + 90, width=1500, margin={"t": 90},
                      title={"text": title, "x": 0.01})  # fmt: skip
    fig.update_annotations(font={"size": 11, "color": INK})
    return fig

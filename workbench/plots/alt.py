"""Alternative text of a figure from its table alone: type, data, finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from workbench.errors import WorkbenchError
from workbench.plots.ages import value_by_age
from workbench.plots.audiences import audience_ranges, plan_ranges, segment_bands
from workbench.plots.backtest import calibration
from workbench.plots.budget import budget_moves
from workbench.plots.cohorts import cohort_heatmap
from workbench.plots.coverage import interval_coverage, pit_histogram
from workbench.plots.curves import cumulative_value
from workbench.plots.deciles import decile_chart
from workbench.plots.experiment_year import year_of_tests
from workbench.plots.experiments import evsi_bars, value_against_size
from workbench.plots.gaps import gap_bars
from workbench.plots.histories import history_matrix, retention_triangle
from workbench.plots.ledger import ledger_by_channel, ledger_coverage, ledger_errors
from workbench.plots.levels import spectrum_levels
from workbench.plots.marginal import marginal_curves
from workbench.plots.models import model_errors
from workbench.plots.months import value_by_month
from workbench.plots.pooling import pooling_by_size
from workbench.plots.prior import prior_against_brand
from workbench.plots.record import forecast_record_ranges
from workbench.plots.roas import roas_against_value
from workbench.plots.shrinkage import shrinkage
from workbench.plots.sides import comparison, what_if
from workbench.plots.slope import rank_slope
from workbench.plots.spectrum import spectrum_matrix
from workbench.plots.story import customer_story
from workbench.plots.value import value_by_channel, value_by_product
from workbench.plots.weeks import tracking

FIGURES: dict[str, Callable[..., go.Figure]] = {
    f.__name__: f
    for f in (
        audience_ranges,
        budget_moves,
        calibration,
        cohort_heatmap,
        comparison,
        cumulative_value,
        customer_story,
        decile_chart,
        evsi_bars,
        gap_bars,
        history_matrix,
        interval_coverage,
        ledger_by_channel,
        ledger_coverage,
        ledger_errors,
        forecast_record_ranges,
        marginal_curves,
        model_errors,
        pit_histogram,
        plan_ranges,
        pooling_by_size,
        prior_against_brand,
        rank_slope,
        retention_triangle,
        roas_against_value,
        segment_bands,
        shrinkage,
        spectrum_levels,
        spectrum_matrix,
        tracking,
        value_against_size,
        value_by_age,
        value_by_channel,
        value_by_month,
        value_by_product,
        what_if,
        year_of_tests,
    )
}


def alt_text(fig_kind: str, table: pd.DataFrame, **settings: Any) -> str:
    """Alternative text: type of figure, what data it shows, what it finds.

    The same text stands in `figure.layout.meta["alt"]` of the figure itself.

    Parameters
    ----------
    fig_kind
        Name of the figure's function, such as "value_by_channel".
    table
        Its table.
    settings
        The figure's other arguments: `currency` where it shows money.

    Raises
    ------
    WorkbenchError
        If there is no such figure, or the table lacks columns.
    """
    if fig_kind not in FIGURES:
        raise WorkbenchError(f"No figure {fig_kind!r}. Known: {', '.join(sorted(FIGURES))}.")
    return str(FIGURES[fig_kind](table, **settings).layout.meta["alt"])

"""Figures: a table in, a `plotly.graph_objects.Figure` out; nothing is shown or saved here."""

from __future__ import annotations

from workbench.plots.ages import value_by_age
from workbench.plots.alt import FIGURES, alt_text
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
from workbench.plots.html import FIGURE_CSS, FIGURE_SCRIPT, figure_to_html, without_head
from workbench.plots.ledger import ledger_by_channel, ledger_coverage, ledger_errors
from workbench.plots.levels import spectrum_levels
from workbench.plots.marginal import marginal_curves
from workbench.plots.models import model_errors
from workbench.plots.months import value_by_month
from workbench.plots.pooling import pooling_by_size
from workbench.plots.prior import prior_against_brand
from workbench.plots.record import forecast_record_ranges, record_rows
from workbench.plots.roas import roas_against_value
from workbench.plots.shrinkage import shrinkage
from workbench.plots.sides import comparison, what_if
from workbench.plots.slope import rank_slope
from workbench.plots.spectrum import spectrum_matrix
from workbench.plots.story import customer_story
from workbench.plots.theme import TEMPLATE, ChannelStyle, channel_styles
from workbench.plots.value import value_by_channel, value_by_product
from workbench.plots.weeks import tracking
from workbench.plots.words import money

__all__ = [
    "FIGURES",
    "FIGURE_CSS",
    "FIGURE_SCRIPT",
    "TEMPLATE",
    "ChannelStyle",
    "alt_text",
    "audience_ranges",
    "budget_moves",
    "calibration",
    "channel_styles",
    "cohort_heatmap",
    "comparison",
    "cumulative_value",
    "customer_story",
    "decile_chart",
    "evsi_bars",
    "figure_to_html",
    "forecast_record_ranges",
    "gap_bars",
    "history_matrix",
    "interval_coverage",
    "ledger_by_channel",
    "ledger_coverage",
    "ledger_errors",
    "marginal_curves",
    "model_errors",
    "money",
    "pit_histogram",
    "plan_ranges",
    "pooling_by_size",
    "prior_against_brand",
    "rank_slope",
    "record_rows",
    "retention_triangle",
    "roas_against_value",
    "segment_bands",
    "shrinkage",
    "spectrum_levels",
    "spectrum_matrix",
    "tracking",
    "value_against_size",
    "value_by_age",
    "value_by_channel",
    "value_by_month",
    "value_by_product",
    "what_if",
    "without_head",
    "year_of_tests",
]

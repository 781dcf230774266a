"""A case where partial pooling is worth nothing: few large cohorts, truly unlike."""

from __future__ import annotations

from tests.benchmarks.bench_pooling import compare
from workbench.models.settings import SamplerSettings


def test_large_cohorts_that_are_unlike_gain_nothing_from_each_other():
    settings = SamplerSettings(chains=2, draws=150, tune=60, longer=False)
    error = compare("few unlike", 1, settings).set_index("pooling")["error"]
    # 5,000 customers a cohort pin its 12-month purchases down to some 2 to 3%
    assert error["none"] < 0.06
    assert abs(error["partial"] - error["none"]) < 0.01
    assert error["complete"] > 0.3

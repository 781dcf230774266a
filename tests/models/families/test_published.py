"""Published maximum-likelihood estimates for the CDNOW sample."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.models.families.cases import cdnow
from workbench.models.families import family

PUBLISHED = [
    # Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, table 2
    ("bg", {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4),
    ("pareto", {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -9595.0),
]


@pytest.mark.parametrize(("name", "published", "log_likelihood"), PUBLISHED)
def test_maximum_likelihood_reproduces_the_published_parameters(
    name: str, published: dict[str, float], log_likelihood: float
) -> None:
    """To the digits printed; the likelihood is flat in beta, whose last digit is uncertain."""
    # Customers of one history count once, which makes the fit twice as fast.
    columns = cdnow().groupby(["frequency", "recency", "T"]).size().reset_index(name="customers")
    x, t_x, T, weight = columns.to_numpy(float).T

    def loss(logs: np.ndarray) -> float:
        shapes = dict(zip(published, np.exp(logs), strict=True))
        return -float(weight @ family(name).log_likelihood(x, t_x, T, **shapes))

    best = minimize(loss, np.log(list(published.values())) + 0.3, method="BFGS",
                    options={"gtol": 1e-3})  # fmt: skip
    assert np.exp(best.x) == pytest.approx(list(published.values()), abs=2e-3)
    assert -best.fun == pytest.approx(log_likelihood, abs=0.1)

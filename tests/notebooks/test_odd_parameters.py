"""The report notebooks on brands and dates that leave much unsaid: sentences, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from workbench.report.notebooks import report_notebooks, run_notebooks

pytestmark = [pytest.mark.slow, pytest.mark.notebook]


def plain_log(money: bool) -> str:
    """Return a log of 150 customers over 14 months; one in three comes back."""
    rng = np.random.default_rng(3)
    who = np.concatenate([np.arange(150), rng.integers(0, 50, 100)])
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 420, len(who)), unit="D")
    log = pd.DataFrame(
        {
            "order_id": np.arange(len(who)),
            "customer_id": [f"c{number}" for number in who],
            "ordered_at": days,
            "revenue": rng.gamma(4, 10, len(who)).round(2) if money else None,
        }
    )
    return log.to_csv(index=False)


@pytest.mark.parametrize(
    ("money", "as_of"), [(False, ""), (True, "2025-02-01")], ids=["no money or spend", "early"]
)
def test_every_notebook_runs(small_brand, tmp_path: Path, money: bool, as_of: str) -> None:
    brand = small_brand(files={"orders.csv": plain_log(money)})
    parameters = {"brand": str(brand), "as_of": as_of, "out": str(tmp_path / "out"), "fast": True}
    target = tmp_path / "executed"
    target.mkdir()
    executed = run_notebooks(report_notebooks(), target, {**parameters, "seed": 1}, lambda _: None)
    for path in executed:
        book = nbformat.read(path, as_version=4)
        outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
        assert not [output for output in outputs if output.output_type in ("error", "stream")]
        assert max(len(json.dumps(output)) for output in outputs) < 1_000_000

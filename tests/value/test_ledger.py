"""The ledger's files: added and never changed, whole or not used, and nothing personal in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import handmade
from workbench.models.data import prepare
from workbench.sources.frames import empty
from workbench.value.forecast import simulate
from workbench.value.ledger import (
    COLUMNS,
    DRAWS,
    GRID,
    HORIZONS,
    NAMED,
    NEXT_DAYS,
    forecast_rows,
    ledger_rows,
    read_ledger,
    write_ledger,
)
from workbench.value.pace import learn_pace
from workbench.value.parameters import make_parameters
from workbench.value.record import COLUMNS as RECORD
from workbench.value.valuation import valuate

COHORTS = ("channel", "first_month")
PACE = learn_pace(pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RECORD.items()}))


def entry(shop, fit=None, **changes):
    fit = fit or shop.fit
    valuation = valuate(
        fit, shop.customers, shop.value_by_age, empty("spend"), as_of=shop.as_of, draws=100, seed=3
    )
    settings = {"cohorts": COHORTS, "pace": PACE, "seed": 3, "currency": "USD"} | changes
    return ledger_rows(fit, valuation, shop.customers, as_of=shop.as_of, **settings)


@pytest.fixture(scope="module")
def rows(shop):
    return entry(shop)


def test_a_run_forecasts_every_level_horizon_and_metric_once(rows, shop):
    keys = ["horizon_days", "level", "channel", "first_product", "first_month", "metric", "pace"]
    assert not rows.duplicated(keys).any()
    known = rows[(rows["level"] != "next_customers") & (rows["pace"] == "learned")]
    assert set(known["horizon_days"]) == set(HORIZONS)
    assert set(known["metric"]) == {"orders", "contribution"}
    sums = known.pivot_table(
        index=["horizon_days", "metric"], columns="level", values="mean", aggfunc="sum"
    )
    np.testing.assert_allclose(sums["channel"], sums["total"], rtol=1e-9)
    np.testing.assert_allclose(sums["cohort"], sums["total"], rtol=1e-9)
    size = known.pivot_table(index=["horizon_days", "metric"], columns="level",
                             values="customers", aggfunc="sum")  # fmt: skip
    assert (size == len(shop.customers)).all(axis=None)
    coming = rows[rows["level"] == "next_customers"]
    assert coming["channel"].tolist() == ["Email", "Meta Ads"]
    assert (coming["horizon_days"] == NEXT_DAYS + 365).all()
    due = pd.to_datetime(rows["made_at"]) + pd.to_timedelta(rows["horizon_days"], unit="D")
    assert (rows["due"] == due.dt.strftime("%Y-%m-%d")).all()
    assert (rows["currency"] == np.where(rows["metric"] == "orders", "", "USD")).all()


def test_the_forecast_is_the_simulation_of_a_backtest(rows, shop):
    """Sums by group of `simulate`'s own draws, total and channel, to the last bit of float32."""
    everyone = np.ones(len(shop.customers), dtype=int)
    parameters = make_parameters(shop.fit, draws=DRAWS, horizon=365, seed=3, pace=PACE)
    forecast = simulate(shop.fit, parameters, shop.customers, horizon=182 * everyone,
                        short=0 * everyone, in_curve=everyone < 0, seed=3)  # fmt: skip
    own = rows[(rows["horizon_days"] == 182) & (rows["metric"] == "contribution")]
    for level, group in (("total", "All customers"), ("channel", "Email")):
        row = own[(own["level"] == level) & (own["group"] == group)].iloc[0]
        at = (forecast.groups["channel"] == group) | (level == "total")
        draws = forecast.contribution[at.to_numpy()].sum(axis=0)
        assert row["mean"] == pytest.approx(draws.mean(), rel=1e-12)
        assert row["sd"] == pytest.approx(draws.std(), rel=1e-12)
        expected = np.quantile(draws, GRID, method="weibull")
        np.testing.assert_allclose(row["quantiles"], expected, rtol=1e-6)
        for name, level_of in NAMED.items():
            assert row[name] == pytest.approx(np.quantile(draws, level_of, method="weibull"))


def test_the_learned_pace_widens_the_forecast(rows):
    year = rows[(rows["horizon_days"] == 365) & (rows["metric"] == "orders")]
    total = year[year["level"] == "total"].set_index("pace")["sd"]
    assert total["learned"] > 1.2 * total["none"]


def test_the_same_forecast_twice_is_one_file_with_the_same_bytes(tmp_path, rows, shop):
    path = write_ledger(rows, tmp_path, data_until=shop.as_of)
    before = path.read_bytes()
    again = write_ledger(entry(shop), tmp_path, data_until=shop.as_of + timedelta(200))
    assert again == path
    assert path.read_bytes() == before
    other = write_ledger(entry(shop), tmp_path / "elsewhere", data_until=shop.as_of)
    assert (other.name, other.read_bytes()) == (path.name, before)
    assert path.name.startswith(f"{shop.as_of}-")
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_another_fit_at_the_same_date_is_another_file_with_the_next_number(tmp_path, rows, shop):
    write_ledger(rows, tmp_path, data_until=shop.as_of)
    write_ledger(rows.assign(fit_key="another"), tmp_path, data_until=shop.as_of)
    read = read_ledger(tmp_path)
    assert read.problems == ()
    assert read.forecasts.groupby("fit_key")["entry"].first().to_dict() == {
        "another": 2,
        "handmade": 1,
    }


def test_what_is_read_is_what_was_written(tmp_path, rows, shop):
    write_ledger(rows, tmp_path, data_until=shop.as_of)
    read = read_ledger(tmp_path).forecasts
    assert list(read) == list(COLUMNS)
    assert (read["data_until"] == shop.as_of.isoformat()).all()
    names = [name for name in COLUMNS if name not in ("quantiles", "data_until", "entry")]
    pd.testing.assert_frame_equal(read[names], rows[names], check_column_type=False)
    for found, written in zip(read["quantiles"], rows["quantiles"], strict=True):
        np.testing.assert_array_equal(found, written)


def changed(path):
    table = pd.read_parquet(path)
    table.loc[0, "mean"] += 1.0
    table.to_parquet(path, index=False)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"not a parquet file"),
        lambda path: path.write_bytes(path.read_bytes()[:-200]),
        lambda path: path.write_bytes(b""),
        lambda path: pd.DataFrame({"a": [1]}).to_parquet(path),
        changed,
    ],
    ids=["text", "cut", "empty", "other table", "changed after writing"],
)
def test_a_damaged_file_is_named_and_stops_nothing(tmp_path, rows, shop, damage):
    bad = write_ledger(rows, tmp_path, data_until=shop.as_of)
    write_ledger(rows.assign(fit_key="another"), tmp_path, data_until=shop.as_of)
    damage(bad)
    read = read_ledger(tmp_path)
    assert set(read.forecasts["fit_key"]) == {"another"}
    (problem,) = read.problems
    words = str(problem)
    for part in (bad.name, "damaged or was changed", "To do"):
        assert part in words
    assert str(tmp_path) not in words
    # The same forecast is made again in its place: it is the one that the name promises.
    write_ledger(rows, tmp_path, data_until=shop.as_of)
    assert read_ledger(tmp_path).problems == ()


def test_an_empty_or_missing_ledger_is_no_error(tmp_path):
    read = read_ledger(tmp_path / "nowhere")
    assert read.forecasts.empty
    assert list(read.forecasts) == list(COLUMNS)
    assert read.problems == ()


def test_no_customer_is_in_the_ledger(tmp_path, shop):
    people = shop.customers.assign(customer_id=shop.customers["customer_id"] + "@example.com")
    known = forecast_rows(shop.fit, people, as_of=shop.as_of, cohorts=COHORTS, pace=PACE, seed=3)
    path = write_ledger(known, tmp_path, data_until=shop.as_of)
    table = pd.read_parquet(path)
    assert not table.astype(str).apply(lambda column: column.str.contains("@")).any(axis=None)
    assert b"@example" not in path.read_bytes()


def test_a_log_without_money_has_orders_only(shop):
    data = replace(
        prepare(shop.customers, shop.daily, as_of=shop.as_of, cohorts=("channel",)),
        spend=None,
        margins=None,
    )
    fit = handmade(data)
    found = entry(replace(shop, fit=fit), cohorts=())
    assert set(found["metric"]) == {"orders"}
    assert set(found["level"]) == {"total", "channel"}
    assert (found["currency"] == "").all()


def test_rows_of_two_dates_are_no_entry(tmp_path, rows):
    both = pd.concat([rows, rows.assign(made_at="2020-01-01")])
    with pytest.raises(ValueError, match="one as-of date"):
        write_ledger(both, tmp_path, data_until=date(2026, 1, 1))

"""Two runs a year apart: the later one scores the earlier."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, kstest, norm

from tests.models.handmade import true_fit
from tests.models.story import START, Story
from tests.store import logs
from workbench.analysis import open_analysis
from workbench.models.data import prepare
from workbench.simulate import write_brand
from workbench.store.warehouse import Warehouse
from workbench.value.drift import drift_check
from workbench.value.ledger import (
    COLUMNS,
    GRID,
    LEDGER,
    NAMED,
    forecast_rows,
    ledger_rows,
    read_ledger,
    write_ledger,
)
from workbench.value.ledger_record import COMPARISON_COLUMNS, compare_record, with_ledger
from workbench.value.ledger_scores import (
    SCORE_COLUMNS,
    SUMMARY_COLUMNS,
    in_force,
    ledger_summary,
    score_ledger,
    z_score,
)
from workbench.value.pace import learn_pace
from workbench.value.proper import crps, pit
from workbench.value.record import COLUMNS as RECORD
from workbench.value.record import Outlook
from workbench.value.since_last import COLUMNS as SINCE
from workbench.value.since_last import previous_run, since_last

STORY = Story(customers=420, days=830, arrivals=440)
FIRST = START + timedelta(460)
SECOND = FIRST + timedelta(365)
COHORTS = ("channel", "first_month")
PACE = learn_pace(pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RECORD.items()}))


def made(warehouse: Warehouse, as_of: date, story: Story = STORY, **changes: Any) -> pd.DataFrame:
    """A run's forecasts by a posterior that knows the truth."""
    customers = warehouse.customers(as_of)
    data = prepare(customers, warehouse.daily(as_of), as_of=as_of, cohorts=["channel"])
    settings: dict[str, Any] = {
        "cohorts": COHORTS,
        "pace": PACE,
        "seed": 4,
        "currency": "USD",
    } | changes
    return forecast_rows(true_fit(story, data, draws=400), customers, as_of=as_of, **settings)


@pytest.fixture(scope="module")
def log():
    return STORY.orders()


@pytest.fixture(scope="module")
def warehouse(log):
    return Warehouse.from_frames(*log, costs=logs.COSTS)


@pytest.fixture(scope="module")
def ledger(warehouse, tmp_path_factory):
    """Of two runs a year apart, each with the export of its day."""
    folder = tmp_path_factory.mktemp("ledger")
    for day in (FIRST, SECOND):
        write_ledger(made(warehouse, day), folder, data_until=day + timedelta(2))
    return read_ledger(folder).forecasts


@pytest.fixture(scope="module")
def scores(ledger, warehouse):
    return score_ledger(ledger, warehouse, SECOND, currency="USD", seed=4)


def test_the_later_run_scores_the_earlier_one(scores):
    assert list(scores) == list(SCORE_COLUMNS)
    assert set(scores["made_at"]) == {FIRST.isoformat()}
    assert set(scores["horizon_days"]) == {90, 182, 365}
    assert set(scores["state"]) == {"scored"}
    assert scores["ahead"].all()
    assert (scores["customers"] == scores["customers_now"]).all()
    numbers = ["actual", "mean", "error", "pit", "z", "crps"]
    assert np.isfinite(scores[numbers].to_numpy(dtype=float)).all()
    # A shop whose forecaster knows the truth, widened by the pace, is inside.
    assert scores.loc[scores["level"] == "total", "inside_95"].all()


def test_what_happened_is_what_the_order_log_says(scores, log):
    orders, _ = log
    orders = orders.assign(contribution=orders["revenue"] * (1 - 0.34 - 0.029) - 6.7)
    opening = orders.sort_values("ordered_at").groupby("customer_id").first()
    old = opening[opening["day"] <= pd.Timestamp(FIRST)]
    known = scores[scores["pace"] == "learned"].set_index(
        ["horizon_days", "level", "group", "metric"]
    )
    known = known.sort_index()
    for days in (90, 365):
        end = pd.Timestamp(FIRST) + pd.Timedelta(days=days)
        seen = orders[
            orders["customer_id"].isin(old.index)
            & (orders["day"] > pd.Timestamp(FIRST))
            & (orders["day"] <= end)
        ]
        month = seen["customer_id"].map(old["day"].dt.strftime("%Y-%m"))
        channel = seen["customer_id"].map(old["channel"])
        for level, group, own in (
            ("total", "All customers", seen),
            ("channel", "Email", seen[channel == "Email"]),
            ("cohort", "Email · 2025-03", seen[(channel == "Email") & (month == "2025-03")]),
        ):
            rows = known.loc[(days, level, group)]
            assert rows.loc["orders", "actual"] == len(own.drop_duplicates(["customer_id", "day"]))
            money = own["contribution"].sum()
            assert rows.loc["contribution", "actual"] == pytest.approx(money)


@pytest.mark.parametrize(("later", "horizons"), [(89, []), (90, [90]), (364, [90, 182])])
def test_only_what_is_wholly_observed_is_scored(ledger, warehouse, later, horizons):
    found = score_ledger(ledger, warehouse, FIRST + timedelta(later), currency="USD")
    assert sorted(set(found["horizon_days"])) == horizons
    assert list(found) == list(SCORE_COLUMNS)


def test_scores_follow_from_the_stored_quantiles(scores, ledger):
    keys = ["made_at", "horizon_days", "level", "group", "metric", "pace"]
    both = scores.merge(ledger[[*keys, "quantiles"]], on=keys, validate="1:1")
    grid = np.vstack(both["quantiles"]).astype(float)
    actual = both["actual"].to_numpy(dtype=float)
    np.testing.assert_allclose(both["error"], both["mean"] - actual)
    below, upto = (grid < actual[:, None]).sum(axis=1), (grid <= actual[:, None]).sum(axis=1)
    assert ((both["pit"] >= below / 200) & (both["pit"] <= (upto + 1) / 200)).all()
    inside = (grid[:, 9] <= actual) & (actual <= grid[:, 189])
    assert (both["inside_90"].astype(bool) == inside).all()
    # Quantiles are evenly spaced draws, but for the fairness of the score of true ones.
    np.testing.assert_allclose(both["crps"], crps(grid, actual), atol=0.02 * both["sd"].max())


def test_crps_and_z_of_normal_forecasts_are_those_of_the_textbook():
    """Gneiting and Raftery 2007, equation 21, to 0.6%; z to its steps of half a percent."""
    actual = np.array([6.0, 10.0, 12.5, 20.0])
    grid = np.tile(norm.ppf(GRID, loc=10.0, scale=2.0), (4, 1))
    place = pit(grid, actual, np.random.default_rng(1))
    z = (actual - 10.0) / 2.0
    np.testing.assert_allclose(z_score(grid, np.full(4, 2.0), actual, place), z, atol=0.06)
    np.testing.assert_allclose(z_score(grid, np.full(4, 2.0), actual, place)[-1], 5.0)
    short = actual[:, None] - grid
    ours = 2.0 * np.maximum(GRID * short, (GRID - 1.0) * short).mean(axis=1)
    exact = 2.0 * (z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - 1.0 / np.sqrt(np.pi))
    np.testing.assert_allclose(ours, exact, rtol=0.006)


def test_the_baseline_is_the_period_before_per_customer(scores, log):
    orders, _ = log
    day = pd.Timestamp(FIRST)
    opening = orders.sort_values("ordered_at").groupby("customer_id").first()
    before = opening[opening["day"] <= day - pd.Timedelta(days=90)]
    last = orders[
        orders["customer_id"].isin(before.index)
        & (orders["day"] > day - pd.Timedelta(days=90))
        & (orders["day"] <= day)
    ].drop_duplicates(["customer_id", "day"])
    own = scores[(scores["horizon_days"] == 90) & (scores["metric"] == "orders")]
    total = own[own["level"] == "total"].iloc[0]
    assert total["baseline"] == pytest.approx(len(last) / len(before) * total["customers"])
    young = own[(own["level"] == "cohort") & (own["first_month"] == "2026-03")]
    assert young["baseline"].isna().all()


# Which run of an as-of date counts


def runs(*written: tuple[str, str]) -> pd.DataFrame:
    """One row per run of the first date: its fit key and the last day of its export."""
    blank = dict.fromkeys(COLUMNS, 0.0)
    return pd.DataFrame(
        [
            blank | {"made_at": FIRST.isoformat(), "fit_key": key, "data_until": until, "entry": i}
            for i, (key, until) in enumerate(written, start=1)
        ]
    )


def day(later: int) -> str:
    return (FIRST + timedelta(later)).isoformat()


@pytest.mark.parametrize(
    ("written", "counts", "ahead"),
    [
        ([("a", day(0)), ("b", day(3))], "b", True),
        ([("a", day(31)), ("b", day(32))], "a", True),
        ([("a", day(0)), ("b", day(365))], "a", True),
        ([("a", day(300)), ("b", day(200))], "b", False),
    ],
    ids=["the last", "but for a month", "hindsight replaces nothing", "hindsight alone"],
)
def test_one_run_per_date_counts_and_none_that_knew_better(written, counts, ahead):
    found = in_force(runs(*written))
    assert found["fit_key"].tolist() == [counts]
    assert found["ahead"].tolist() == [ahead]


# What cannot be compared


def test_cohorts_that_are_not_the_same_any_more_are_not_scored(ledger, log):
    orders, lines = log
    moved = orders["customer_id"] < "c0050"
    renamed = orders["channel"].mask(moved & (orders["channel"] == "Email"), "Newsletter")
    warehouse = Warehouse.from_frames(orders.assign(channel=renamed), lines, costs=logs.COSTS)
    found = score_ledger(ledger, warehouse, SECOND, currency="USD")
    state = found.groupby(["level", "group"])["state"].unique().str[0]
    assert state["total"].to_dict() == {"All customers": "scored"}
    assert state["channel"].to_dict() == {"Email": "regrouped", "Meta Ads": "scored"}
    unscored = found[found["state"] == "regrouped"]
    assert unscored[["actual", "pit", "z", "crps", "error", "inside_90"]].isna().all(axis=None)
    assert (unscored["customers_now"] != unscored["customers"]).all()
    assert set(ledger_summary(found).query("level == 'channel'")["n"]) == {1}


def test_money_in_another_currency_is_not_scored(ledger, warehouse):
    found = score_ledger(ledger, warehouse, SECOND, currency="EUR")
    assert found.groupby("metric")["state"].unique().str[0].to_dict() == {
        "contribution": "other currency",
        "orders": "scored",
    }


def test_a_ledger_without_anything_is_no_error(warehouse):
    nothing = pd.DataFrame(columns=list(COLUMNS))
    found = score_ledger(nothing, warehouse, SECOND)
    assert found.empty
    assert list(ledger_summary(found)) == list(SUMMARY_COLUMNS)
    assert since_last(found, ledger_summary(found), previous="").empty


# Summary


def test_the_summary_counts_and_names_what_would_be_normal(scores):
    summary = ledger_summary(scores)
    assert list(summary) == list(SUMMARY_COLUMNS)
    row = summary.query("level == 'cohort' and metric == 'orders' and horizon_days == 365")
    row = row[row["pace"] == "none"].iloc[0]
    own = scores.query("level == 'cohort' and metric == 'orders' and horizon_days == 365")
    own = own[own["pace"] == "none"]
    assert row["n"] == len(own)
    for share in (50, 80, 90, 95):
        assert row[f"inside_{share}"] == ((own["pit"] - 0.5).abs() <= share / 200).sum()
        ends = binom.ppf([0.05, 0.95], len(own), share / 100)
        assert [row[f"normal_low_{share}"], row[f"normal_high_{share}"]] == ends.tolist()
        assert row[f"covered_{share}"] == pytest.approx(own[f"inside_{share}"].mean())
    assert row["bias"] == pytest.approx(own["mean"].sum() / own["actual"].sum() - 1)
    assert row["wape"] == pytest.approx(own["error"].abs().sum() / own["actual"].sum())
    known = own[own["baseline"].notna()]
    worse = (known["actual"] - known["baseline"]).abs().sum()
    assert row["skill"] == pytest.approx(1 - known["crps"].sum() / worse)
    assert row["skill_n"] == len(known)


@pytest.mark.slow
def test_a_forecaster_who_knows_the_truth_covers_what_he_promises():
    """Of cohorts of eight shops the PIT values are uniform and intervals hold what they promise.

    The truth is known, so that cohorts are independent; the range of each count is that of 99.9%.
    """
    story = Story(customers=240, days=830, arrivals=440)
    parts = []
    for seed in range(8):
        warehouse = story.warehouse(seed + 100)
        rows = made(warehouse, FIRST, story, seed=seed, horizons=(365,))
        rows = rows[(rows["pace"] == "none") & (rows["level"] == "cohort")]
        rows = rows.assign(data_until=FIRST.isoformat(), entry=1)
        parts.append(score_ledger(rows, warehouse, SECOND, currency="USD", seed=seed))
    scores = pd.concat(parts)
    assert len(scores) > 200
    assert kstest(scores["pit"], "uniform").pvalue > 0.001
    summary = ledger_summary(scores).iloc[0]
    for share in (50, 80, 90, 95):
        low, high = binom.ppf([0.0005, 0.9995], len(scores), share / 100)
        assert low <= summary[f"inside_{share}"] <= high


# The next customers


def test_next_customers_are_scored_with_the_chance_in_their_mean(warehouse):
    """An expectation 0.3 uncertain, about the mean of some forty customers, who vary by more."""
    at = FIRST - timedelta(150)
    won = warehouse.customers(SECOND)
    first = (won["first_day"] - pd.Timestamp(at)).dt.days
    own = won[(first > 0) & (first <= 90) & (won["channel"] == "Email")]["contribution_12m"]
    grid = norm.ppf(GRID, loc=own.mean(), scale=0.3).astype(np.float32)
    named = {name: float(np.interp(level, GRID, grid)) for name, level in NAMED.items()}
    rows = pd.DataFrame(
        [
            dict.fromkeys(COLUMNS, "")
            | {"made_at": at.isoformat(), "due": (at + timedelta(455)).isoformat(),
               "horizon_days": 455, "level": "next_customers", "group": name, "channel": name,
               "metric": "value_12m", "pace": "learned", "currency": "USD", "customers": 0,
               "mean": own.mean(), "sd": 0.3, "quantiles": grid, "entry": 1, "months": False,
               "data_until": at.isoformat(), **named}
            for name in ("Email", "Radio")
        ]
    )  # fmt: skip
    found = score_ledger(rows, warehouse, SECOND, currency="USD").set_index("group")
    email = found.loc["Email"]
    assert email["actual"] == pytest.approx(own.mean())
    assert email["customers_now"] == len(own)
    error = own.std() / np.sqrt(len(own))
    assert email["sd"] == pytest.approx(np.hypot(0.3, error))
    half = norm.ppf(0.95) * np.hypot(0.3, error)
    assert email["q95"] - email["q05"] == pytest.approx(2 * half, rel=0.02)
    assert email["z"] == pytest.approx(0.0, abs=0.05)
    assert found.loc["Radio", "state"] == "too few"
    assert score_ledger(rows, warehouse, at + timedelta(454), currency="USD").empty


# Since the last run


def test_since_last_says_what_came_of_each_forecast(scores):
    summary = ledger_summary(scores)
    told = since_last(scores, summary, previous=FIRST.isoformat())
    assert list(told) == list(SINCE)
    # total and two channels, two metrics, three horizons; the cohorts of each metric and horizon
    assert len(told) == 3 * 2 * 3 + 2 * 3
    assert set(told["kind"]) == {"forecast"}
    assert not told["words"].str.contains("nan|NaN|None").any()
    cohorts = told[told["subject"].str.startswith("Cohorts · orders · 90 days")].iloc[0]
    row = summary.query("level == 'cohort' and metric == 'orders' and horizon_days == 90").iloc[0]
    assert cohorts["words"].startswith(
        f"Of {row['n']} cohort forecasts of orders made on {FIRST} for 90 days, "
        f"{row['inside_90']} ended inside their 90% interval ({row['normal_low_90']} to "
        f"{row['normal_high_90']} would be normal if cohorts were independent"
    )
    total = told[told["subject"] == f"All customers · contribution · 365 days from {FIRST}"].iloc[0]
    assert "90% interval $" in total["words"]
    assert total["words"].endswith("inside the interval.")


def test_what_the_previous_run_has_told_is_not_told_again(scores):
    half = (FIRST + timedelta(182)).isoformat()
    told = since_last(scores, ledger_summary(scores), previous=half)
    assert told["subject"].str.contains("365 days").all()
    assert previous_run([FIRST.isoformat(), half, SECOND.isoformat()], SECOND) == half
    assert previous_run([], SECOND) == ""


# What the ledger changes in the record


def record_of(scores: pd.DataFrame, factor: float = 1.0) -> pd.DataFrame:
    """The record that today's code would make of the same windows, off by `factor`."""
    rows = scores[(scores["pace"] == "none") & scores["level"].isin(["total", "cohort"])]
    rows = rows.rename(columns={"made_at": "cutoff"}).assign(
        loss=1.0, actual_spend=30.0, log_spend_mean=np.log(25.0), log_spend_sd=0.05
    )
    again = rows.assign(mean=rows["mean"] * factor, log_mean=rows["log_mean"] + np.log(factor))
    other = again.assign(cutoff=day(183), horizon_days=182)
    newcomers = again[again["level"] == "total"].assign(level="newcomers", group="All newcomers")
    return pd.concat([other, again, newcomers], ignore_index=True)[list(RECORD)].astype(RECORD)


def test_a_forecast_made_ahead_takes_the_place_of_the_one_made_again(scores):
    record = record_of(scores, factor=1.5)
    known = Outlook(COHORTS, learn_pace(record), record)
    fresh = with_ledger(known, scores)
    assert len(fresh.record) == len(record)  # no outcome counts twice
    at = fresh.record.set_index(["cutoff", "level"])
    made_then = scores.query("level == 'total' and pace == 'none'").iloc[0]
    assert at.loc[(FIRST.isoformat(), "total"), "mean"].item() == made_then["mean"]
    kept = fresh.record[fresh.record["cutoff"] == day(183)].reset_index(drop=True)
    before = record[record["cutoff"] == day(183)].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, before)

    def mean(outlook: Outlook) -> float:
        return float(outlook.pace.weight @ outlook.pace.mean)

    # The record was half too high at both dates, the forecasts really made at one of them only.
    assert mean(known) < mean(fresh) < 0.0
    assert fresh.pace.forecasts == known.pace.forecasts == 2
    assert fresh.record.dtypes.to_dict() == record.dtypes.to_dict()
    # What the record says of spend and of newcomers stays: the ledger has no forecast of them.
    assert (fresh.record["level"] == "newcomers").sum() == 1
    assert fresh.pace.newcomers is not None
    assert fresh.pace.newcomers.forecasts == 1
    assert fresh.record["log_spend_mean"].notna().all()
    assert fresh.pace.spend is not None
    assert fresh.pace.spend.forecasts == 2


@pytest.mark.parametrize("change", [{"ahead": False}, {"months": True}, {"made_at": day(7)}])
def test_other_forecasts_replace_nothing(scores, change):
    record = record_of(scores)
    known = Outlook(COHORTS, learn_pace(record), record)
    assert with_ledger(known, scores.assign(**change)) is known


def test_what_was_forecast_then_is_compared_with_what_would_be_now(scores):
    record = record_of(scores, factor=1.25)
    known = Outlook(COHORTS, learn_pace(record), record)
    found = compare_record(known, scores)
    assert list(found) == list(COMPARISON_COLUMNS)
    assert set(found["cutoff"]) == {FIRST.isoformat()}
    np.testing.assert_allclose(found["log_shift"], np.log(1.25))


# The whole way, sampled


@pytest.mark.slow
def test_two_runs_of_a_simulated_brand_a_year_apart(tmp_path):
    """From exports to scores as a run does it; each run sees the export of its own day."""
    home = write_brand(tmp_path / "shop", stage=2, customers=250, seed=11)
    settings = home / "brand.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(", first_month]", "]"), encoding="utf-8")
    out = tmp_path / "reports"
    last = open_analysis(home, out=out).as_of
    first = last - timedelta(365)
    for as_of in (first, last):
        run = open_analysis(home, as_of=as_of, fast=True, out=out, seed=2)
        rows = ledger_rows(
            run.fit, run.valuation, run.customers, as_of=as_of, cohorts=run.brand.cohorts,
            pace=run.outlook.pace, seed=run.seed, currency=run.brand.currency,
        )  # fmt: skip
        write_ledger(rows, out / run.brand.slug / LEDGER, data_until=as_of)
    ledger = read_ledger(out / run.brand.slug / LEDGER)
    assert ledger.problems == ()
    scores = score_ledger(
        ledger.forecasts, run.warehouse, run.as_of, currency=run.brand.currency, seed=run.seed
    )
    assert set(scores["made_at"]) == {first.isoformat()}
    assert set(scores["state"]) == {"scored"}
    total = scores[(scores["level"] == "total") & (scores["horizon_days"] == 365)]
    assert (total["z"].abs() < 3.5).all()
    summary = ledger_summary(scores)
    cohorts = summary[(summary["level"] == "cohort") & (summary["pace"] == "learned")]
    assert (cohorts["inside_90"] / cohorts["n"] > 0.75).all()
    check = drift_check(scores, ledger.forecasts["made_at"], run.as_of)
    assert first.isoformat() in check.message
    told = since_last(scores, summary, previous=first.isoformat())
    assert len(told) > 0
    # The record of the second run starts a year back, where the first really stood.
    fresh = with_ledger(run.outlook, scores)
    assert fresh is not run.outlook
    assert set(run.brand.cohorts) == {"channel", "first_product"}
    assert fresh.pace.forecasts == run.outlook.pace.forecasts
    words = ledger.forecasts.drop(columns="quantiles").to_csv()
    assert not re.search(r"\S@\S|\+\d{8}", words)

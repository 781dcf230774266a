"""What the report says in every case: full data, missing parts, failed checks, hostile names."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pandas as pd
import pytest

from tests.report.reading import sentences, unfounded
from tests.report.synthetic import FakeAnalysis, fake_analysis
from workbench.errors import ModelError
from workbench.health import INVALIDATES
from workbench.report.document import Page, Report, Sentence, to_json
from workbench.report.facts import Facts
from workbench.report.lexicon import ContradictionError
from workbench.report.manifest import run_id
from workbench.report.pages.channels import channels_page
from workbench.report.readout import page_figures, page_tables, people_figures, read_out
from workbench.report.story import PAGES, tell
from workbench.store.readiness import CHECKS

HOSTILE = ("<script>alert(1)</script> Ads", "=cmd|' /C calc'!A0 Ads", "{p:chance} %s Ads", "Email")
CASES: dict[str, Callable[[], FakeAnalysis]] = {
    "full": lambda: fake_analysis(backtest=True, joint=True, ledger=True),
    "no backlog": lambda: fake_analysis(backlog=False),
    "no spend": lambda: fake_analysis(spend=False),
    "no channels": lambda: fake_analysis(channels=("All channels",), spend=False),
    "one channel": lambda: fake_analysis(channels=("Meta Ads",)),
    "no costs": lambda: fake_analysis(costs=False),
    "no money": lambda: fake_analysis(money=False, spend=False, readiness_fails="money"),
    "no repeat buyer": lambda: fake_analysis(repeat=False),
    "one cohort": lambda: fake_analysis(
        channels=("Meta Ads",), products=("Tea",), months=("2026-05",)
    ),
    "no stack": lambda: fake_analysis(stack=False),
    "readiness fails": lambda: fake_analysis(readiness_fails="history_length_floor"),
    "fit fails": lambda: fake_analysis(model_fails="R-hat"),
    "prediction fails": lambda: fake_analysis(model_fails="weekly_orders"),
    "no model": lambda: without_model(fake_analysis()),
    "nobody": lambda: nobody(),
    "yen, losing": lambda: fake_analysis(currency="JPY", scale=150.0, seed=4),
    "hostile": lambda: fake_analysis(brand="<b>Tea</b> & co", channels=HOSTILE, currency="EUR"),
}
MONEY = ("$", "€", "¥")


def nobody() -> FakeAnalysis:
    analysis = without_model(fake_analysis(readiness_fails="customers", stack=False))
    analysis.meta.update(
        customers=0, orders=0, history_start=None, revenue_12m=0.0, stage=None, repeat_share=0.0
    )
    analysis.tables["retention"] = analysis.tables["retention"].iloc[:0]
    return analysis


def without_model(analysis: FakeAnalysis) -> FakeAnalysis:
    fitted = {
        "model_checks", "channels", "cohorts", "months", "products", "channel_months", "curves",
        "rank_flips", "history_matrix", "tracking", "summary", "customers", "budget",
        "budget_summary", "budget_curves", "experiments", "experiment_rankings", "experiment_year",
        "finished_tests", "audiences", "audiences_left_out", "plan", "decision_notes",
    }  # fmt: skip
    read = analysis.table

    def table(name: str) -> pd.DataFrame:
        if name in fitted:
            raise ModelError("One customer is too few for a model.")
        return read(name)

    analysis.table = table  # type: ignore[method-assign]
    return analysis


@cache
def told(name: str) -> Report:
    return tell(CASES[name]())  # type: ignore[arg-type]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, FakeAnalysis, Report]:
    return request.param, CASES[request.param](), told(request.param)


def page(report: Report, key: str) -> Page:
    return next(page for page in report.pages if page.key == key)


def text(report: Report) -> str:
    return "\n".join(sentence.text for sentence in sentences(report))


def test_every_number_in_the_prose_stands_in_report_json(
    case: tuple[str, FakeAnalysis, Report],
) -> None:
    _, _, report = case
    for sentence in sentences(report):
        assert not unfounded(sentence), sentence.text


def test_every_value_behind_the_prose_stands_in_a_table(
    case: tuple[str, FakeAnalysis, Report],
) -> None:
    """Totals and counts are recomputed below; everything else is copied, never adjusted."""
    _, analysis, report = case
    cells = set(_cells(analysis))
    computed = {
        "value_observed", "trust_title",
        "trust_title_data", "retention", "levels_declared", "levels_same",
        "levels_title", "levels_title_plain",
        "levels_title_plain_none", "levels_title_none", "levels_declared_only",
        "levels_none", "answer_levels", "answer_levels_none", "answer_levels_met",
        "answer_levels_worth", "backtest", "gaps_overlap", "gaps_title", "gaps_title_worth",
        "gaps_title_both", "gaps_title_unknown", "gaps_since", "levels_contradict",
        "answer_none_worth", "gaps_title_none", "limits_title",
        "red_flags_more", "channels_agree_title", "channels_no_spend_title", "channels_none_title",
        "answer_withheld", "appendix_reading", "channels_firm_title", "budget_shift",
        "budget_shift_part", "budget_prior", "plan_first", "plan_first_expected",
        "plan_first_plain", "plan_unpriced", "plan_blocked", "plan_withheld", "tests_missing",
        "tests_unranked", "since_last", "plan_left", "tests_finished_loss", "gaps_title_one",
        "gaps_title_part",
        "red_flag_unknown", "unknown_split", "review_todo",
    }  # fmt: skip
    for sentence in sentences(report):
        if sentence.pattern not in computed:
            for value in _floats(sentence.values.values()):
                assert value in cells or 1 - value in cells, (sentence.text, value)


def _cells(analysis: FakeAnalysis) -> Iterator[float]:
    for name in analysis.tables:
        try:
            frame = analysis.table(name)
        except ModelError:
            continue
        for column in frame.select_dtypes("number"):
            for value in frame[column].dropna():
                yield from (float(value), 1 - float(value))
    yield from _floats(analysis.meta.values())


def _floats(values: Any) -> Iterator[float]:
    for value in values:
        if isinstance(value, tuple | list):
            yield from _floats(value)
        elif isinstance(value, float | int) and math.isfinite(value):
            yield float(value)


def test_no_word_of_a_missing_value(case: tuple[str, FakeAnalysis, Report]) -> None:
    name, _, report = case
    words = text(report).lower()
    for bad in ("nan", "none ", "nat", " inf ", "{", "dtype"):
        if name != "hostile":
            assert f" {bad.strip()} " not in words.replace("of the 3 its size needs none is", "")
    json.loads(to_json(report))  # strict: NaN would not be JSON
    assert "NaN" not in to_json(report)


def test_totals_are_the_sums_of_the_table() -> None:
    analysis, report = CASES["no costs"](), told("no costs")
    paid = analysis.table("channels").dropna(subset=["cac"])
    tile = next(t for t in page(report, "answer").tiles if t.label.startswith("CAC"))
    assert tile.value == pytest.approx(paid["spend"].sum() / paid["customers"].sum())


def test_the_red_flag_comes_first_and_only_from_even_odds_on() -> None:
    analysis = CASES["full"]()
    channels = analysis.tables["channels"]
    losing = set(channels.loc[channels["p_value_above_cac"] <= 0.5, "channel"])
    assert losing, "the example must hold a losing channel"
    flags = page(told("full"), "answer").flags
    assert flags[0].status == "red"
    assert {f.sentence.values["channel"] for f in flags if f.status == "red"} == losing


def test_a_failed_readiness_check_removes_the_money_and_says_how_to_fix_it() -> None:
    report = told("readiness fails")
    assert report.status == "FAIL"
    assert not any(sign in text(report) for sign in MONEY)
    assert not any(tile.kind.startswith("money") for tile in page(report, "answer").tiles)
    first = page(report, "answer").flags[0].sentence.text
    assert "History length floor" in first
    assert "Give the file that is missing." in first
    assert "withheld" in page(report, "channels").flags[0].sentence.text
    assert not page(report, "channels").figures


def test_a_failed_check_takes_away_what_it_invalidates_and_no_more() -> None:
    def told_with(check: str) -> Report:
        analysis = fake_analysis(readiness_fails=check, channels=("Meta Ads", "Email"))
        return tell(analysis)  # type: ignore[arg-type]

    def labels(report: Report) -> set[str]:
        return {tile.label.partition(",")[0] for tile in page(report, "answer").tiles}

    short = told_with("history_length")
    assert labels(short) == {"Net revenue", "Customers", "Orders"}
    spend = told_with("spend_without_customers")
    assert "12-month value per customer" in labels(spend)
    assert not {"CAC", "True Profit"} & labels(spend)
    assert "CAC, ROAS" in page(spend, "channels").flags[0].sentence.text
    cohorts = told_with("cohort_sizes")
    assert "CAC" in labels(cohorts)
    assert not page(cohorts, "customers").tables
    channels = told_with("channels_known")
    assert "12-month value per customer" in labels(channels)
    assert not page(channels, "channels").figures
    assert not page(channels, "channels").tables
    mixed = told_with("currency")
    assert labels(mixed) == {"Customers", "Orders"}
    assert any(figure.key == "tracking" for figure in page(mixed, "customers").figures)


def test_every_readiness_check_is_known_to_the_report() -> None:
    printed = {check.__name__ for check in CHECKS} - {"enough_customers"} | {"customers"}
    # these three concern every figure, or cannot fail
    assert printed - set(INVALIDATES) == {"after_as_of", "duplicates", "zero_orders"}
    assert set(INVALIDATES) <= printed


def test_a_preview_says_so_on_the_first_page() -> None:
    analysis = fake_analysis()
    analysis.meta["fast"] = True
    first = PAGES["answer"](Facts.of(analysis))  # type: ignore[arg-type]
    assert "A preview from few draws" in first.flags[-1].sentence.text
    assert "preview" not in text(told("full"))


def test_a_fit_that_did_not_converge_is_not_quoted() -> None:
    report = told("fit fails")
    assert report.status == "FAIL"
    assert "R-hat" in page(report, "answer").flags[0].sentence.text
    printed = text(report)
    assert "within 12 months of the first order" not in printed
    kinds = [(t.label, t.kind) for t in page(report, "answer").tiles]
    assert ("Net revenue, last 12 months", "money") in kinds, "what is observed stays"
    assert not any(kind == "money_range" for _, kind in kinds)


def test_a_failed_predictive_check_marks_every_figure_as_provisional() -> None:
    report = told("prediction fails")
    assert "provisional" in " ".join(f.sentence.text for f in page(report, "answer").flags)
    assert any(tile.kind == "money_range" for tile in page(report, "answer").tiles)


def test_without_a_model_the_report_says_why() -> None:
    report = told("no model")
    assert report.status == "FAIL"
    assert "too few for a model" in page(report, "answer").flags[0].sentence.text
    assert page(report, "customers").figures, "observed retention is still shown"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no spend", "No ad spend is given"),
        ("no channels", "No export names the channel"),
        ("no costs", "contribution here equals net revenue"),
        ("no money", "The orders carry no amounts"),
        ("no repeat buyer", "No customer has come back yet"),
        ("one cohort", "All customers belong to one cohort"),
    ],
)
def test_what_the_data_lacks_is_said(name: str, words: str) -> None:
    assert words in text(told(name))


def test_the_lack_of_costs_is_said_on_every_page_that_prints_money() -> None:
    report = told("no costs")
    for key in ("answer", "channels", "customers"):
        said = " ".join(s.text for s in page(report, key).notes)
        assert "equals net revenue" in said, key
    assert dict(report.strip)["Profit means"].startswith("net revenue")


def test_without_amounts_no_currency_is_printed_anywhere() -> None:
    report = told("no money")
    assert not any(sign in to_json(report) for sign in MONEY)


@pytest.mark.parametrize(
    ("column", "value"), [("p_value_above_cac", 0.999), ("p_payback_12m", 0.999)]
)
def test_a_contradiction_stops_the_report(column: str, value: float) -> None:
    analysis = fake_analysis()
    channels = analysis.tables["channels"]
    row = channels["p_value_above_cac"].idxmin()
    channels.loc[row, column] = value
    channels.loc[row, "payback_days_q95"] = math.inf
    with pytest.raises(ContradictionError, match=str(channels.loc[row, "channel"])):
        tell(analysis)  # type: ignore[arg-type]


def test_a_pair_is_called_a_tie_at_even_odds_and_a_reversal_from_likely_on() -> None:
    analysis = fake_analysis()
    flips = analysis.tables["rank_flips"]
    flips["p_flip"] = [0.7, 0.5, 0.1]
    shown = channels_page(Facts.of(analysis))  # type: ignore[arg-type]
    assert shown.title.pattern == "channels_flip_title"
    assert "likely (70%)" in shown.title.text
    assert any("about even, 50%" in s.text for s in shown.lead)
    flips["p_flip"] = [0.3, 0.2, 0.1]
    agreed = channels_page(Facts.of(analysis))  # type: ignore[arg-type]
    assert agreed.title.pattern == "channels_agree_title"
    assert "30%" in agreed.title.text


def test_every_figure_has_words_and_data(case: tuple[str, FakeAnalysis, Report]) -> None:
    _, _, report = case
    keys = [figure.key for figure in report.figures]
    assert len(keys) == len(set(keys))
    for figure in report.figures:
        assert figure.title
        assert figure.subtitle
        assert figure.alt
        assert figure.table.rows, figure.key


def test_the_first_page_is_short() -> None:
    first = page(told("full"), "answer")
    said = [first.title, *first.lead, *(f.sentence for f in first.flags)]
    said += [move.sentence for move in first.moves]
    assert len(first.moves) <= 3
    assert sum(len(s.text.split()) for s in said) < 170


def test_same_tables_same_json() -> None:
    again = tell(CASES["full"]())  # type: ignore[arg-type]
    assert to_json(again) == to_json(told("full"))


def test_the_run_id_follows_inputs_and_settings() -> None:
    def identity(**meta: Any) -> str:
        return run_id({**fake_analysis().meta, **meta})

    assert identity() == identity(folder="elsewhere", seconds=3) == told("no stack").meta["run_id"]
    assert len({identity(), identity(input_hash="x"), identity(seed=1), identity(fit_key="y")}) == 4


def test_a_notebook_says_what_the_page_says() -> None:
    facts = Facts.of(CASES["hostile"]())  # type: ignore[arg-type]
    said = read_out(facts, "channels")
    assert said.title == page(told("hostile"), "channels").title.text
    assert "<script>" not in said._repr_html_()
    assert len(page_figures(facts, "customers", "tracking", "history", "no such figure")) == 2


def test_readiness_is_read_without_a_model() -> None:
    analysis = fake_analysis(readiness_fails="months")
    asked: list[str] = []
    read = analysis.table

    def table(name: str) -> pd.DataFrame:
        asked.append(name)
        return read(name)

    analysis.table = table  # type: ignore[method-assign]
    said = read_out(Facts.of(analysis), "readiness")  # type: ignore[arg-type]
    assert "FAIL" in said.sentences[0]
    assert set(asked) == {"readiness"}


def test_a_backtest_brings_its_figures_and_none_where_its_tables_are_missing() -> None:
    everything = ["backtest", "coverage", "pit", "deciles", "models", "pooling"]
    keys = [figure.key for figure in page(told("full"), "trust").figures]
    assert [key for key in keys if not key.startswith("ledger")] == everything
    assert not page(told("no spend"), "trust").figures
    early = fake_analysis(backtest=True)
    table = early.tables["backtest"].drop(columns=["q10", "q90", "crps", "pit"])
    early.tables["backtest"] = table[table["pooling"] == "partial"]
    for name in ("backtest_customers", "backtest_scores"):
        early.tables[name] = pd.DataFrame()
    keys = [figure.key for figure in page(tell(early), "trust").figures]  # type: ignore[arg-type]
    assert keys == ["backtest"]


@pytest.mark.parametrize(("name", "score"), [("full", 95), ("fit fails", 20)])
def test_the_health_is_said_and_listed_and_no_check_of_its_own(name: str, score: int) -> None:
    told_page = page(told(name), "trust")
    assert any(s.text.startswith(f"Health of the model: {score} of 100.") for s in told_page.lead)
    assert told_page.title.values["model"] == 3 + (name == "fit fails")
    assert not any("Health" in flag.sentence.text for flag in told_page.flags)
    table = next(table for table in told_page.tables if table.key == "model-checks")
    assert table.rows[0][:3] == ("Health", "PASS" if score > 50 else "FAIL", str(score))


def test_without_a_model_there_is_no_health() -> None:
    assert "Health of the model" not in text(told("no model"))


@pytest.mark.parametrize(
    ("unknown", "p", "pattern", "move"),
    [
        (0, 0.02, "red_flag", "move_red_flag"),
        (400, 0.02, "red_flag", "move_red_flag"),
        (400, 0.43, "red_flag_unknown", "move_red_flag_unknown"),
        (400, 0.51, "", ""),
    ],
)
def test_a_losing_channel_is_told_with_what_customers_of_unknown_channel_leave_open(
    unknown: int, p: float, pattern: str, move: str
) -> None:
    """The spend of a channel also won customers whose channel no export names."""
    analysis = fake_analysis()
    channels = analysis.tables["channels"]
    channels.loc[channels["p_value_above_cac"] < 0.6, "p_value_above_cac"] = 0.6
    losing = channels["channel"] == "TikTok Ads"
    channels.loc[losing, ["cac", "cac_q05", "cac_q95", "p_value_above_cac"]] = [90.0, 82, 96.0, p]
    if unknown:
        channels.loc[channels["channel"] == "Direct", ["channel", "customers"]] = [
            "Unknown",
            unknown,
        ]
    facts = Facts.of(analysis)  # type: ignore[arg-type]
    answer = PAGES["answer"](facts)
    flags = [flag.sentence for flag in answer.flags if flag.sentence.pattern.startswith("red_")]
    assert [flag.pattern for flag in flags] == ([pattern] if pattern else [])
    moves = {one.sentence.pattern for one in answer.moves}
    assert not moves & {"move_red_flag", "move_red_flag_unknown"} - {move}
    told_of = {s.pattern for s in _all(PAGES["channels"](facts))}
    assert ("unknown_split" in told_of) == bool(unknown)
    if pattern == "red_flag_unknown":
        assert flags[0].values["cac"] == (90.0, 82.0, 96.0)
        share = unknown / channels["customers"].sum()
        assert flags[0].values["share"] == pytest.approx(share)
        assert "43%" in answer.moves[0].sentence.text
        assert answer.moves[0].due == "7 July 2026"  # a week after the as-of date


def _all(page: Page) -> list[Sentence]:
    return [*page.lead, *page.notes]


@pytest.mark.parametrize(
    ("identified", "pattern"), [(True, "turns_at_margin"), (False, "turns_no_change")]
)
def test_a_kept_budget_says_what_would_move_it(identified: bool, pattern: str) -> None:
    """Where spend did vary, it is no lack of variation that keeps the budget."""
    analysis = fake_analysis()
    kept = {"change": 0.0, "expected_profit_change": 0.0, "verb": "leave"}
    budget = analysis.tables["budget"]
    budget = budget.assign(**kept, identified=identified, spend_proposed=budget["spend_now"])
    analysis.tables["budget"] = budget
    figure = PAGES["budget"](Facts.of(analysis)).figures[0]  # type: ignore[arg-type]
    assert figure.turns is not None
    assert figure.turns.pattern == pattern


@pytest.mark.parametrize(
    ("states", "pattern"),
    [(["gap"], "gaps_title_alone"), (["gap", "gap_no_profit"], "gaps_title_one")],
)
def test_a_gap_alone_is_not_told_as_several(states: list[str], pattern: str) -> None:
    analysis = fake_analysis()
    worth = {"mean": 26e3, "q05": -4e3, "q95": 51e3}
    stakes = {f"profit_at_stake_{end}": amount for end, amount in worth.items()}
    priced = analysis.tables["gaps"].head(1).assign(state="gap", p_pays=0.92, **stakes)
    summary = analysis.tables["summary"]
    joint = summary.head(1).assign(quantity="gaps_joint", **worth)
    analysis.tables["summary"] = pd.concat([summary, joint], ignore_index=True)
    others = [priced.assign(state=state, capability=f"other_{state}") for state in states[1:]]
    analysis.tables["gaps"] = pd.concat([priced, *others], ignore_index=True)
    assert PAGES["gaps"](Facts.of(analysis)).title.pattern == pattern  # type: ignore[arg-type]


def test_the_budget_says_its_verb_its_odds_and_its_loss() -> None:
    budget = page(told("full"), "budget")
    assert budget.title.pattern == "budget_more"
    row = CASES["full"]().tables["budget_summary"].iloc[0]
    assert budget.title.values["p"] == row["p_better"]
    assert {"budget_rows", "budget_cause"} <= {s.pattern for s in budget.notes}
    assert [figure.key for figure in budget.figures] == ["budget-moves", "budget-curves"]


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"spend_proposed": 1.0}, "budget_less"),
        ({"spend_proposed": 1.0, "verb": "move a part and measure"}, "budget_less_part"),
        ({"spend_proposed": 1e9}, "budget_more"),
        ({"spend_proposed": 1e9, "verb": "move a part and measure"}, "budget_more_part"),
        ({"verb": "test first"}, "budget_test"),
        ({"verb": "leave"}, "budget_leave"),
        ({"verb": "leave", "p_better": math.nan}, "budget_leave_all"),
    ],
)
def test_the_verb_of_the_budget_decides_its_title(changes: dict[str, Any], pattern: str) -> None:
    analysis = fake_analysis()
    analysis.tables["budget_summary"] = analysis.tables["budget_summary"].assign(**changes)
    assert PAGES["budget"](Facts.of(analysis)).title.pattern == pattern  # type: ignore[arg-type]


def test_a_total_that_is_kept_is_a_move_between_channels() -> None:
    analysis = fake_analysis()
    summary = analysis.tables["budget_summary"]
    analysis.tables["budget_summary"] = summary.assign(spend_proposed=summary["spend_now"])
    title = PAGES["budget"](Facts.of(analysis)).title  # type: ignore[arg-type]
    assert title.pattern == "budget_shift"
    assert title.values["moved"] == analysis.tables["budget"]["change"].clip(lower=0).sum()


def test_a_channel_whose_next_customer_costs_more_than_it_brings_comes_first() -> None:
    flags = page(told("full"), "budget").flags
    rows = CASES["full"]().tables["budget"]
    losing = rows[rows["p_cac_above_value"] >= 0.5]
    assert len(flags) == min(len(losing), 2) > 0
    assert all(flag.status == "red" for flag in flags)
    assert {f.sentence.values["p"] for f in flags} <= set(losing["p_cac_above_value"])


def test_the_first_test_is_that_of_the_largest_value_with_the_rank_of_ice_beside_it() -> None:
    tests = page(told("full"), "experiments")
    assert tests.title.text.startswith("Test “Bundle offer” first: knowing is worth $2.1k per week")
    assert "(ICE had it at rank 5)" in tests.title.text
    said = {s.pattern: s.text for s in tests.lead}
    assert "$3.1k more than in the order of ICE" in said["tests_order"]
    assert "corrected for luck it is $13k" in said["tests_finished"]
    assert [t.key for t in tests.tables] == [
        "ideas", "finished-tests", "ideas-missing"
    ]  # fmt: skip
    assert [f.table.key for f in tests.figures] == ["tests", "test-year"]
    assert "impossible" in str(tests.tables[-1].rows)


@pytest.mark.parametrize(
    ("evsi", "cost", "pattern"),
    [
        (900_000.0, 200.0, "budget_best_test"),
        (900_000.0, 0.0, "budget_best_test_free"),
        (100.0, 200.0, "budget_no_test"),
        (1.0, 0.5, "budget_little_test"),
        (1.0, 0.0, "budget_little_test_free"),
        (0.0, 0.0, "budget_idle_test"),
    ],
)
def test_the_best_geo_test_is_told_by_what_it_is_worth(
    evsi: float, cost: float, pattern: str
) -> None:
    analysis = fake_analysis()
    summary = analysis.tables["budget_summary"]
    analysis.tables["budget_summary"] = summary.assign(evsi_test=evsi, test_cost=cost)
    facts = Facts.of(analysis)  # type: ignore[arg-type]
    assert pattern in {sentence.pattern for sentence in PAGES["budget"](facts).lead}


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"verb": "move"}, "tests_launch"),
        ({"verb": "move a part and measure"}, "tests_launch_part"),
        ({"rank_ice": math.nan}, "tests_title_plain"),
        ({"evsi_per_week": -3.0, "verb": "leave"}, "tests_none_pays"),
        ({"rank": math.nan}, "tests_unranked"),
    ],
)
def test_the_verb_of_the_best_idea_decides_the_title(changes: dict[str, Any], pattern: str) -> None:
    analysis = fake_analysis()
    analysis.tables["experiments"] = analysis.tables["experiments"].assign(**changes)
    facts = Facts.of(analysis)  # type: ignore[arg-type]
    assert PAGES["experiments"](facts).title.pattern == pattern


def test_the_plan_names_action_owner_stake_and_file() -> None:
    plan = page(told("full"), "plan")
    assert plan.title.pattern == "plan_first_expected"
    actions, _, lists, _ = plan.tables
    labels = [column.label for column in actions.columns]
    shown = [dict(zip(labels, row, strict=True)) for row in actions.rows]
    assert [row["Owner"] for row in shown] == [
        "to be named", "site lead", "to be named", "to be named"
    ]  # fmt: skip
    assert shown[2]["Action"].endswith("to this list (klaviyo/win_back_v1.csv).")
    assert [row[0] for row in lists.rows] == ["seed_value_v1", "win_back_v1"]
    assert "workbench approve" in plan.notes[-1].text


def test_what_waits_for_data_is_counted_and_not_printed() -> None:
    analysis = fake_analysis()
    plan = analysis.tables["plan"]
    waits = plan["kind"].ne("core_flow")
    plan["blocked_by"] = waits.map({True: "history_length", False: ""})
    shown = PAGES["plan"](Facts.of(analysis))  # type: ignore[arg-type]
    assert len(shown.tables[0].rows) == 1
    assert any(f"{waits.sum()} actions wait until the data passes" in s.text for s in shown.lead)


def test_a_file_that_the_action_names_is_not_named_twice() -> None:
    analysis = fake_analysis()
    plan = analysis.tables["plan"]
    moves = plan["kind"].eq("budget_change")
    assert moves.any()
    plan.loc[moves, ["action", "audience", "file"]] = [
        "Lower spend on Meta Ads (spend sheet).", "", "spend_sheet"
    ]  # fmt: skip
    told = [str(row) for row in PAGES["plan"](Facts.of(analysis)).tables[0].rows]  # type: ignore[arg-type]
    assert any("Lower spend on Meta Ads (spend sheet)." in row for row in told)
    assert not any("spend_sheet" in row for row in told)


def test_where_every_action_waits_the_lists_are_still_told() -> None:
    analysis = fake_analysis()
    analysis.tables["plan"]["blocked_by"] = "history_length"
    shown = PAGES["plan"](Facts.of(analysis))  # type: ignore[arg-type]
    assert {"actions", "audiences"} & {table.key for table in shown.tables} == {"audiences"}
    assert tell(analysis).pages  # type: ignore[arg-type]


def test_what_is_better_left_is_counted_and_no_action() -> None:
    analysis = fake_analysis()
    analysis.tables["plan"].loc[0, "verb"] = "leave"
    shown = PAGES["plan"](Facts.of(analysis))  # type: ignore[arg-type]
    assert len(shown.tables[0].rows) == len(analysis.tables["plan"]) - 1
    assert any(s.text.startswith("1 change is better left") for s in shown.lead)


def test_withheld_predictions_take_decisions_about_money_away() -> None:
    for name in ("readiness fails", "fit fails", "no model"):
        for key in ("budget", "experiments", "plan"):
            shown = page(told(name), key)
            assert not any(sign in shown.title.text for sign in MONEY), (name, key)
            assert not shown.figures
            kinds = [column.kind for table in shown.tables for column in table.columns]
            cells = [cell for table in shown.tables for row in table.rows for cell in row]
            assert key == "plan" or not kinds
            assert not any(isinstance(cell, tuple) and math.isfinite(cell[0]) for cell in cells)


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("no spend", "budget", "No budget is proposed: no ad spend is given."),
        ("no money", "budget", "No budget is proposed: "),
        ("no money", "experiments", "No test is ranked: the log holds no money."),
        ("no backlog", "experiments", "No test is ranked: no backlog of experiments was given."),
    ],
)
def test_a_decision_that_was_not_made_says_why(name: str, key: str, words: str) -> None:
    assert page(told(name), key).title.text.startswith(words)


def test_the_first_page_takes_its_moves_from_the_plan() -> None:
    moves = page(told("full"), "answer").moves
    assert [move.sentence.pattern for move in moves] == [
        "move_red_flag", "budget_more", "move_test"
    ]  # fmt: skip
    assert moves[2].owner == "site lead"


@pytest.mark.parametrize(
    ("verb", "change", "place"), [("move", 9e6, 1), ("move a part and measure", 1.0, None),
                                  ("leave", 9e6, None), ("test first", 9e6, None)],
)  # fmt: skip
def test_the_proposed_budget_is_one_move_at_its_place_among_those_of_the_plan(
    verb: str, change: float, place: int | None
) -> None:
    """Its steps by channel are parts of it: each alone may be small, all together large."""
    analysis = fake_analysis()
    summary = analysis.tables["budget_summary"]
    summary.loc[0, ["verb", "expected_profit_change", "q05", "q95", "p_better"]] = [
        verb, change, 0.5 * change, 1.5 * change, 0.96
    ]  # fmt: skip
    facts = Facts.of(analysis)  # type: ignore[arg-type]
    told = [move.sentence for move in PAGES["answer"](facts).moves]
    found = [i for i, one in enumerate(told) if one.pattern.startswith("budget_")]
    assert found == ([] if place is None else [place])
    if found:
        assert told[found[0]].text == PAGES["budget"](facts).title.text


def test_the_ledger_says_what_earlier_runs_forecast_and_what_happened() -> None:
    trust = page(told("full"), "trust")
    said = next(s.text for s in trust.lead if s.pattern == "ledger_cohorts")
    assert said == (
        "Of 12 cohort forecasts that the run of 30 June 2025 made for 365 days, 11 ended inside "
        "their 90% interval (9 to 12 would be normal if cohorts were independent)."
    )
    keys = [figure.key for figure in trust.figures]
    assert keys[:3] == ["ledger-channels", "ledger-coverage", "ledger-errors"]
    assert trust.tables[0].key == "since-last"
    assert not [f for f in page(told("no spend"), "trust").figures if f.key.startswith("ledger")]


def test_every_figure_of_a_decision_says_what_would_change_our_mind() -> None:
    for key in ("budget", "experiments", "plan"):
        figures = page(told("full"), key).figures
        assert figures
        assert all(figure.turns for figure in figures)


def test_a_notebook_shows_the_tables_of_the_page_as_text() -> None:
    facts = Facts.of(CASES["full"]())  # type: ignore[arg-type]
    (ideas,) = page_tables(facts, "experiments", "ideas", "no such table")
    assert ideas.frame["Value of knowing, per week"].tolist() == ["$2,100", "-$50.00"]
    assert "<script>" not in ideas._repr_html_()
    assert "&lt;script&gt;" in ideas._repr_html_()
    assert any(text.startswith("What would") for text in read_out(facts, "budget").sentences)
    assert not people_figures(facts), "without a table of segments there is nothing to draw"

"""The log of decisions: what earlier runs' approvals say at an as-of date."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tests.outbox.people import crowd, write
from workbench.analysis.gap_facts import decision_log
from workbench.outbox.approval import approve
from workbench.spectrum.approved import LOG_COLUMNS

JUNE = datetime(2026, 6, 2, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    """A brand's folder with one run, whose seed and budget were approved in June."""
    folder = tmp_path / "2026-05-31" / "outbox"
    folder.parent.mkdir(parents=True)
    write(folder, crowd())
    approve(folder, ["seed"], by="ada@example.com", when=JUNE)
    approve(folder, ["budget"], by="Bob", when=JUNE + timedelta(days=20))
    return tmp_path


def test_approvals_are_read_with_what_the_plan_says_of_them(home):
    log = decision_log(home, date(2026, 6, 30))
    assert tuple(log.columns) == LOG_COLUMNS
    assert list(log["action"]) == ["seed", "budget"]
    assert list(log["run"]) == ["2026-05-31"] * 2
    plan = json.loads((home / "2026-05-31/outbox/plan.json").read_text(encoding="utf-8"))
    kinds = {action["id"]: action["kind"] for action in plan["actions"]}
    assert list(log["kind"]) == [kinds["seed"], kinds["budget"]]
    assert list(log["day"].dt.date) == [date(2026, 6, 2), date(2026, 6, 22)]
    assert "ada@example.com" not in log.to_csv()


def test_nothing_after_the_as_of_date_is_known(home):
    assert list(decision_log(home, date(2026, 6, 2))["action"]) == ["seed"]
    assert decision_log(home, date(2026, 6, 1)).empty
    assert decision_log(home, date(2026, 5, 30)).empty  # nor a later run


def test_the_day_is_that_of_the_place(tmp_path):
    folder = tmp_path / "2026-05-31" / "outbox"
    folder.parent.mkdir(parents=True)
    write(folder, crowd())
    late = datetime(2026, 6, 30, 23, 30, tzinfo=timezone(timedelta(hours=-7)))
    approve(folder, ["seed"], by="Ada", when=late)
    assert list(decision_log(tmp_path, date(2026, 6, 30))["action"]) == ["seed"]


def test_a_log_that_was_changed_by_hand_counts_for_nothing(home):
    log = home / "2026-05-31/outbox/approvals.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace("Bob", "Eve").replace("ada", "eve"))
    assert decision_log(home, date(2026, 6, 30)).empty


def test_without_runs_there_is_an_empty_log(tmp_path):
    log = decision_log(tmp_path, date(2026, 6, 30))
    assert log.empty
    assert log["day"].dtype.kind == "M"

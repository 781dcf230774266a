"""Approval: once, by somebody, for certain bytes; never overwritten; tampering shows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.outbox.people import ACTIONS, BUDGET, crowd, write
from workbench.errors import InputError
from workbench.outbox.approval import approve, plan_state
from workbench.outbox.approval_log import read_log
from workbench.outbox.write import withdraw_outbox

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "outbox", crowd()).folder


def states(folder):
    return plan_state(folder).set_index("id")["status"].to_dict()


def test_proposed_becomes_approved_with_who_and_when(folder):
    assert states(folder) == dict.fromkeys(["seed", "budget", "geo-test"], "proposed")
    (made,) = approve(folder, ["seed"], by=" Ada ", when=NOON)
    assert (made.action, made.by, made.when, made.version) == (
        "seed",
        "Ada",
        "2026-07-01T12:00:00+00:00",
        1,
    )
    assert states(folder) == {"seed": "approved", "budget": "proposed", "geo-test": "proposed"}
    for file, digest in made.files.items():
        copy = folder / "approved" / "seed" / "1" / file
        assert hashlib.sha256(copy.read_bytes()).hexdigest() == digest
        assert copy.read_bytes() == (folder / file).read_bytes()
    row = plan_state(folder).set_index("id").loc["seed"]
    assert (row["approved_by"], row["approved_at"], row["version"]) == (made.by, made.when, 1)


def test_the_state_tells_the_due_day_that_the_plan_names(tmp_path):
    actions = [
        {"id": "soon", "title": "Soon", "files": ["spend_sheet"], "due": "2026-07-14"},
        {"id": "never", "title": "Never", "files": [], "due": ""},
        {"id": "old", "title": "Of a plan without due days", "files": []},
    ]
    folder = write(tmp_path / "outbox", crowd(), actions=actions).folder
    assert plan_state(folder)["due"].tolist() == ["2026-07-14", "", ""]
    approve(folder, ["soon"], by="Ada", when=NOON)
    # another day is another action: whoever approved did so for the first
    write(folder, crowd(), actions=[actions[0] | {"due": "2026-07-21"}])
    assert states(folder) == {"soon": "changed since approval"}


def test_approving_twice_is_refused_and_writes_nothing(folder):
    approve(folder, ["seed"], by="Ada", when=NOON)
    before = (folder / "approvals.jsonl").read_bytes()
    with pytest.raises(InputError, match=r"approved already, by Ada at 2026-07-01T12:00:00\+00:00"):
        approve(folder, ["budget", "seed"], by="Bob", when=NOON + timedelta(days=1))
    assert (folder / "approvals.jsonl").read_bytes() == before
    assert states(folder)["budget"] == "proposed"
    assert not (folder / ".approving").exists()


def test_an_action_that_waits_for_checks_cannot_be_approved(tmp_path):
    actions = [ACTIONS[0] | {"blocked_by": "R-hat, costs", "files": []}, ACTIONS[2]]
    folder = write(tmp_path / "outbox", crowd(), actions=actions).folder
    assert states(folder) == {"seed": "blocked", "geo-test": "proposed"}
    with pytest.raises(InputError, match="waits for checks that failed: R-hat, costs"):
        approve(folder, ["seed"], by="Ada", when=NOON)
    assert read_log(folder) == []


def test_all_problems_at_once(folder):
    with pytest.raises(InputError) as caught:
        approve(folder, ["nothing", "seed", "seed"], by=" ", when=datetime(2026, 7, 1))
    text = str(caught.value)
    for words in ("no such action", "nobody approves", "no time zone", "named twice"):
        assert words in text
    assert not (folder / "approvals.jsonl").exists()


def test_a_new_run_keeps_what_was_approved_and_marks_the_change(folder):
    (made,) = approve(folder, ["budget"], by="Ada", when=NOON)
    copies = folder / "approved" / "budget" / "1"
    before = {p.name: p.read_bytes() for p in copies.rglob("*") if p.is_file()}
    write(folder, crowd())
    assert states(folder)["budget"] == "approved"  # the same bytes again
    write(folder, crowd(), budget=BUDGET.assign(spend_proposed=BUDGET["spend_proposed"] + 1))
    assert states(folder)["budget"] == "changed since approval"
    assert {p.name: p.read_bytes() for p in copies.rglob("*") if p.is_file()} == before
    (again,) = approve(folder, ["budget"], by="Bob", when=NOON + timedelta(days=1))
    assert again.version == 2
    assert again.files != made.files
    assert {p.name: p.read_bytes() for p in copies.rglob("*") if p.is_file()} == before
    assert states(folder)["budget"] == "approved"
    write(folder, crowd(), actions=ACTIONS[:1])
    assert states(folder)["budget"] == "approved, no longer in the plan"


def test_an_action_without_files_changes_with_its_words(folder):
    approve(folder, ["geo-test"], by="Ada", when=NOON)
    changed = [*ACTIONS[:2], {**ACTIONS[2], "title": "Run a longer geo test"}]
    write(folder, crowd(), actions=changed)
    assert states(folder)["geo-test"] == "changed since approval"


def test_a_file_edited_after_the_plan_is_not_approved(folder):
    file = folder / "spend_sheet" / "spend_sheet.csv"
    file.write_bytes(file.read_bytes() + b"x\n")
    with pytest.raises(InputError, match="differs from the plan"):
        approve(folder, ["budget"], by="Ada", when=NOON)


def edit(folder, change):
    log = folder / "approvals.jsonl"
    lines = log.read_text("utf-8").splitlines()
    log.write_text("".join(line + "\n" for line in change(lines)), "utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: [lines[0].replace("Ada", "Eve"), *lines[1:]], "changed by hand"),
        (lambda lines: lines[1:], "changed by hand"),
        (lambda lines: [lines[1], lines[0], lines[2]], "changed by hand"),
        (lambda lines: [lines[0], "{}", *lines[1:]], "changed by hand"),
        (lambda lines: [*lines, lines[0]], "changed by hand"),
        (lambda lines: lines[:-1], "was a line cut off"),
        (lambda lines: [], "was a line cut off"),
    ],
)
def test_tampering_with_the_log_shows(folder, change, words):
    for k, name in enumerate(("seed", "budget", "geo-test")):
        approve(folder, [name], by="Ada", when=NOON + timedelta(hours=k))
    assert [a.action for a in read_log(folder)] == ["seed", "budget", "geo-test"]
    edit(folder, change)
    for look in (read_log, plan_state):
        with pytest.raises(InputError, match=words):
            look(folder)
    with pytest.raises(InputError, match=words):
        approve(folder, ["seed"], by="Eve", when=NOON + timedelta(days=9))


def test_tampering_with_an_approved_file_shows(folder):
    approve(folder, ["budget"], by="Ada", when=NOON)
    copy = folder / "approved" / "budget" / "1" / "spend_sheet" / "spend_sheet.csv"
    copy.write_bytes(copy.read_bytes().replace(b"800", b"900"))
    with pytest.raises(InputError, match="changed after its approval"):
        read_log(folder)
    copy.unlink()
    with pytest.raises(InputError, match="is missing"):
        plan_state(folder)


def test_each_line_holds_the_hash_of_the_one_before(folder):
    for k, name in enumerate(("seed", "budget", "geo-test")):
        approve(folder, [name], by="Ädä", when=NOON + timedelta(hours=k))
    lines = (folder / "approvals.jsonl").read_bytes().splitlines()
    told = [json.loads(line)["previous"] for line in lines]
    assert told == ["0" * 64, *[hashlib.sha256(line).hexdigest() for line in lines[:-1]]]


def test_a_list_that_was_refused_blocks_its_action(tmp_path):
    folder = write(tmp_path / "outbox", crowd(50)).folder
    assert states(folder)["seed"] == "blocked"
    with pytest.raises(InputError, match="at least 100"):
        approve(folder, ["seed"], by="Ada", when=NOON)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"id": "../up"}, "is no name"),
        ({"title": "nameless"}, "is no name"),
        ({"id": "a", "files": ["../../etc/passwd"]}, "no list or file"),
        ({"id": "a", "files": ["/etc/passwd"]}, "no list or file"),
        ({"id": "a", "files": ["seed_value_v9"]}, "no list or file"),
    ],
)
def test_plans_that_cannot_be(tmp_path, action, words):
    with pytest.raises(InputError, match=words):
        write(tmp_path / "outbox", crowd(), actions=[action])
    assert not (tmp_path / "outbox").exists()


def test_an_id_twice(tmp_path):
    with pytest.raises(InputError, match="given twice"):
        write(tmp_path / "outbox", crowd(), actions=[{"id": "a"}, {"id": "a"}])


def test_an_outbox_whose_run_was_interrupted(folder):
    (folder / "plan.json").unlink()
    with pytest.raises(InputError, match="no plan here"):
        approve(folder, ["seed"], by="Ada", when=NOON)
    with pytest.raises(InputError, match="no outbox here"):
        approve(folder / "nowhere", ["seed"], by="Ada", when=NOON)


def test_one_approval_at_a_time(folder):
    (folder / ".approving").touch()
    with pytest.raises(InputError, match="another approval is under way"):
        approve(folder, ["seed"], by="Ada", when=NOON)
    write(folder, crowd())
    assert (folder / ".approving").exists()


def test_time_does_not_run_backwards(folder):
    approve(folder, ["seed"], by="Ada", when=NOON)
    with pytest.raises(InputError, match="before the last approval"):
        approve(folder, ["budget"], by="Ada", when=NOON - timedelta(seconds=1))


def test_a_run_that_proposes_nothing_withdraws_the_plan_but_no_approval(folder):
    approve(folder, ["budget"], by="A", when=NOON)
    withdraw_outbox(folder)
    assert {path.name for path in folder.iterdir()} == {"approvals.jsonl", "approved"}
    assert [approval.action for approval in read_log(folder)] == ["budget"]
    with pytest.raises(InputError, match="there is no plan here"):
        approve(folder, ["budget"], by="A", when=NOON)
    withdraw_outbox(folder / "missing")

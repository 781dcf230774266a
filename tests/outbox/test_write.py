"""One outbox: every file re-read from its stated format, counts that add up, same bytes again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.outbox.format_checks import check, rows_of
from tests.outbox.people import (
    AUDIENCES,
    FORMULA,
    SETTINGS,
    crowd,
    members_of,
    person,
    write,
)
from workbench.errors import InputError

TROUBLE = [
    person("refuses", consent_email=False, consent_sms=False),
    person("silent", consent_email=None, consent_sms=None),
    person("nobody", email=None, phone=None),
    person("badphone", email=None, phone="12345"),
    person("phoneonly", email=None),
    person("formula", email="=cmd@example.com", phone=None),
    person("named", first_name=FORMULA, last_name="-2+3", city="@SUM(A1)", province="+1"),
    person("twin1", email="Twin@Example.com", phone="+16505550100"),
    person("twin2", email="twin@example.com", phone="+16505550101"),
    person("twin3", email="other@example.com", phone="+1 650 555 0101"),
    person("divided1", email="divided@example.com", phone=None),
    person("divided2", email="divided@example.com", phone=None, consent_email=False),
    *[person(f"kiosk{k}", email="till@example.com", phone=None) for k in range(9)],
    person("tokyo", first_name="山田", city="東京", province="Tokyo", zip="100-0001", country="JP"),
]


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def outbox(tmp_path):
    return write(tmp_path / "outbox", [*crowd(), *TROUBLE])


def test_every_file_keeps_its_stated_format(outbox):
    written = outbox.files[outbox.files["status"] == "written"]
    assert set(written["tool"]) == {"klaviyo", "meta", "google", "tiktok", "media buyers"}
    wrong = {file: check(outbox.folder, file, value="seed" in file)[:3] for file in written["file"]}
    assert {file: told for file, told in wrong.items() if told} == {}
    listed = {*written["file"], "files.csv", "left_out.csv", "plan.json"}
    assert set(contents(outbox.folder)) == listed


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("meta/seed_value_v1.csv", b"uid,value", b"uid,LTV"),
        ("meta/seed_value_v1.csv", b",400.00\n", b",$400.00\n"),
        ("meta/seed_value_v1.csv", b",400.00\n", b",0.00\n"),
        ("meta/recent_buyers.csv", b"c000@example.com", b"C000 example.com"),
        ("meta/recent_buyers.hashed.csv", b"", b""),
        ("google/lapsed_customers.csv", b"Email,", b"E-mail,"),
        ("google/lapsed_customers.csv", b"+1650", b"650"),
        ("google/conversion_adjustments.csv", b"RETRACT", b"RETRACTION"),
        ("google/conversion_adjustments.csv", b"2026-06-30 23", b"2026-06-30T23"),
        ("tiktok/seed_value_v1.csv", b",1650", b",+1650"),
        ("klaviyo/profiles.csv", b"Email,", b"Email Marketing Consent,"),
        ("klaviyo/profiles.csv", b" 12:00:00", b""),
        ("klaviyo/profiles.csv", b"'=cmd", b"=cmd"),
        ("klaviyo/profiles.json", b'"clv_band"', b'"$consent"'),
    ],
)
def test_the_independent_check_finds_a_broken_file(outbox, file, old, new):
    path = outbox.folder / file
    data = path.read_bytes()
    if file.endswith("recent_buyers.hashed.csv"):  # a hash in the country's place made plain
        old = data.split(b"\n")[1].split(b",")[12]
        new = b"us"
    assert old in data
    path.write_bytes(data.replace(old, new))
    assert check(outbox.folder, file, value="seed" in file)


def test_rows_and_left_out_add_up_to_the_members(outbox):
    ids = len(crowd()) + len(TROUBLE)
    lists = outbox.files[outbox.files["list"].isin(AUDIENCES["audience"])]
    lists = lists[~lists["file"].str.startswith("tiktok/seed_value_v1.hashed")]
    assert ((lists["rows"] + lists["left_out"]) == ids).all()
    for file, rows in zip(lists["file"], lists["rows"], strict=True):
        assert len(rows_of(outbox.folder / file)[1]) == rows
    sizes = [(outbox.folder / file).stat().st_size for file in outbox.files["file"]]
    assert sizes == list(outbox.files["bytes"])


def test_why_customers_are_left_out(outbox):
    def told(tool, name):
        mine = outbox.left_out[
            (outbox.left_out["tool"] == tool) & (outbox.left_out["list"] == name)
        ]
        return dict(zip(mine["reason"], mine["count"], strict=True))

    meta = told("meta", "recent_buyers")
    assert meta == {
        "only contacts that many customer ids share": 9,
        "no e-mail, and an unusable phone": 1,
        "no e-mail and no phone": 2,  # nobody, and one whose address is a formula
        "consent refused": 3,  # refuses; divided1 and divided2, one address that refused
        "consent unknown": 1,
        "same person under another id": 2,
    }
    klaviyo = told("klaviyo", "win_back")
    assert klaviyo["no usable e-mail"] == 4
    assert klaviyo["same person under another id"] == 1  # twin3 has another address


def test_a_person_under_three_ids_is_one_row_with_all_contacts_and_the_largest_value(outbox):
    header, rows = rows_of(outbox.folder / "meta" / "seed_value_v1.csv")
    (row,) = [row for row in rows if "twin@example.com" in row]
    cells = dict(zip(header[6:], row[6:], strict=True))
    ids = [r["customer_id"] for r in [*crowd(), *TROUBLE]]
    value = dict(zip(ids, np.linspace(1.0, 400.0, len(ids)), strict=True))
    assert float(cells["value"]) == pytest.approx(value["twin3"], abs=0.005)
    assert [cell for cell in row[:3] if cell] == ["other@example.com", "twin@example.com"]
    assert set(row[3:6]) == {"16505550100", "16505550101", ""}


def test_names_that_are_formulas_are_no_names(outbox):
    text = "".join(
        data.decode() for file, data in contents(outbox.folder).items() if file.endswith(".csv")
    )
    assert "cmd|'/c calc'" in text  # a channel of that name, guarded in Klaviyo's property
    assert f",{FORMULA}" not in text
    assert "A1" not in text


def test_the_same_inputs_give_the_same_bytes(tmp_path, outbox):
    before = contents(outbox.folder)
    write(outbox.folder, [*crowd(), *TROUBLE])
    assert contents(outbox.folder) == before
    shuffled = [*crowd(), *TROUBLE][::-1]
    other = write(
        tmp_path / "other",
        shuffled,
        members=members_of([r["customer_id"] for r in [*crowd(), *TROUBLE]]),
        customers=outbox_customers(),
        orders=None,
    )
    same = [f for f in other.files["file"] if f.startswith(("meta", "google/l", "tiktok", "kl"))]
    assert {f: (other.folder / f).read_bytes() for f in same} == {f: before[f] for f in same}


def outbox_customers():
    from tests.outbox.people import customer_table

    return customer_table([r["customer_id"] for r in [*crowd(), *TROUBLE]])


def test_without_consent_nothing_personal_is_written(tmp_path):
    rows = [{k: v for k, v in row.items() if not k.startswith("consent")} for row in crowd()]
    outbox = write(tmp_path / "outbox", rows)
    written = outbox.files[outbox.files["status"] == "written"]
    assert set(written["file"]) == {
        "google/conversion_adjustments.csv",
        "google/new_customer_value.csv",
        "google/value_rules_checklist.md",
        "spend_sheet/spend_sheet.csv",
        "spend_sheet/spend_sheet.xlsx",
    }
    assert b"@example.com" not in b"".join(contents(outbox.folder).values())
    lists = outbox.left_out[outbox.left_out["list"].isin(AUDIENCES["audience"])]
    assert set(lists["reason"]) == {"consent unknown"}
    assert set(lists["count"]) == {150}
    loose = write(tmp_path / "loose", rows, settings=replace(SETTINGS, ads_consent="not_refused"))
    assert loose.files_of("seed_value_v1")
    assert not loose.files_of("win_back")  # an e-mail list always needs consent
    assert not loose.files_of("recent_buyers")  # has a setting of its own


def test_what_the_email_tool_knows_of_consent_counts(tmp_path):
    rows = [person(f"c{k:03d}", consent_email=None, consent_sms=None) for k in range(150)]
    profiles = pd.DataFrame(
        {
            "customer_id": [f"c{k:03d}" for k in range(150)] + ["c000", "stranger"],
            "consent_email": pd.array([True] * 150 + [False, True], dtype="boolean"),
            "consent_sms": pd.array([None] * 152, dtype="boolean"),
        }
    )
    outbox = write(tmp_path / "outbox", rows, profiles=profiles)
    told = outbox.left_out[outbox.left_out["list"] == "win_back"]
    assert list(zip(told["reason"], told["count"], strict=True)) == [("consent refused", 1)]
    _, rows = rows_of(outbox.folder / "meta" / "recent_buyers.csv")
    assert not any(any(row[3:6]) for row in rows)  # no consent to SMS, so no phone anywhere


def test_a_short_meta_list_is_refused_in_words(tmp_path):
    outbox = write(tmp_path / "outbox", crowd(99), actions=[])
    meta = outbox.files[outbox.files["tool"] == "meta"]
    assert set(meta["status"]) == {"refused"}
    assert meta["note"].str.contains("at least 100").all()
    assert not (outbox.folder / "meta").exists()


def test_values_of_zero_and_below_leave_the_seed(tmp_path):
    rows = crowd(120)
    values = np.r_[0.0, -3.0, np.nan, 0.004, np.linspace(0.01, 9.0, 116)]
    outbox = write(
        tmp_path / "outbox",
        rows,
        members=members_of([row["customer_id"] for row in rows], values),
    )
    seed = outbox.left_out[(outbox.left_out["list"] == "seed_value_v1")]
    told = seed[seed["tool"] == "meta"]
    assert list(zip(told["reason"], told["count"], strict=True)) == [
        ("value zero, negative or unknown", 4)
    ]


def test_a_holdout_is_drawn_once_and_told(tmp_path):
    audiences = AUDIENCES.assign(
        customers=150.0, holdout=np.where(AUDIENCES.index == 5, 30, np.nan)
    )
    one = write(tmp_path / "one", crowd(), audiences=audiences)
    two = write(tmp_path / "two", crowd()[:140], audiences=audiences)
    held = pd.read_csv(one.folder / "holdouts.csv")
    _, rows = rows_of(one.folder / "klaviyo" / "win_back.csv")
    assert 15 <= len(held) <= 45  # binomial(150, 0.2): six standard deviations are 29
    assert len(rows) + len(held) == 150
    mailed = {row[0].split("@")[0] for row in rows}
    assert mailed.isdisjoint(held["customer_id"])
    again = pd.read_csv(two.folder / "holdouts.csv")
    first = {f"c{k:03d}" for k in range(140)}
    assert set(again["customer_id"]) == set(held["customer_id"]) & first


def test_a_failure_leaves_the_former_outbox(outbox, monkeypatch):
    before = contents(outbox.folder)
    killed = outbox.folder.with_name(".outbox.1")  # what a run that was killed left behind
    (killed / "meta").mkdir(parents=True)
    monkeypatch.setattr(
        "workbench.outbox.write.spend_sheet.write_spend_sheet",
        lambda *a: (_ for _ in ()).throw(OSError("disk full")),
    )
    with pytest.raises(OSError, match="disk full"):
        write(outbox.folder, crowd())
    assert contents(outbox.folder) == before
    assert [path.name for path in outbox.folder.parent.iterdir()] == ["outbox"]


@pytest.mark.parametrize("name", ["../up", "High Value", "", "profiles", "a/b", "=x"])
def test_audience_names_that_cannot_be_files(tmp_path, name):
    audiences = pd.DataFrame({"audience": [name], "purpose": ["x"], "tool": ["Meta Ads"]})
    with pytest.raises(InputError, match="cannot name a file"):
        write(tmp_path / "outbox", crowd(), audiences=audiences, members=members_of([])[:0])
    assert not (tmp_path / "outbox").exists()


def test_a_name_that_meta_blocks_and_a_tool_nobody_knows(tmp_path):
    audiences = pd.DataFrame(
        {
            "audience": ["high_income", "pins"],
            "purpose": ["acquire", "acquire"],
            "tool": ["Meta Ads", "Pinterest"],
        }
    )
    members = members_of([f"c{k:03d}" for k in range(150)])
    members = members[members["audience"] == "win_back"].assign(audience="high_income")
    outbox = write(tmp_path / "outbox", crowd(), audiences=audiences, members=members, actions=[])
    notes = outbox.files.set_index("list")["note"]
    assert "suggests health or finances" in notes["high_income"]
    assert "no format for this tool" in notes["pins"]


def test_an_empty_brand_gives_an_outbox_that_says_so(tmp_path):
    none = crowd(1)
    outbox = write(
        tmp_path / "outbox",
        none,
        identities=pd.DataFrame({"customer_id": pd.Series(dtype="str")}),
        actions=[],
        budget=None,
        orders=None,
        new_customer_values=None,
    )
    assert set(outbox.files["status"]) == {"refused"}


def test_the_plan_holds_the_hashes_of_its_files(outbox):
    plan = json.loads((outbox.folder / "plan.json").read_text("utf-8"))
    seed = plan["actions"][0]
    assert [file["file"] for file in seed["files"]] == [
        "meta/seed_value_v1.csv",
        "meta/seed_value_v1.hashed.csv",
    ]
    for file in seed["files"]:
        data = (outbox.folder / file["file"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert file["bytes"] == len(data)
    assert seed["owner"] == "Media buyer"
    assert {action["status"] for action in plan["actions"]} == {"proposed"}


def test_nothing_is_written_for_a_tool_that_is_not_used(tmp_path):
    why = {tool: f"{tool} is not used" for tool in ("Klaviyo", "Google Ads", "TikTok Ads")}
    rows = [
        ("win_back", "Klaviyo", 60), ("lapsed_customers", "Google Ads", 50),
        ("seed_value_v1", "TikTok Ads", 40),
    ]  # fmt: skip
    unused = pd.DataFrame(rows, columns=["audience", "tool", "customers"])
    unused["reason"] = unused["tool"].map(why)
    mine = AUDIENCES[AUDIENCES["tool"] == "Meta Ads"]
    some = crowd()
    members = members_of([row["customer_id"] for row in some])
    outbox = write(
        tmp_path / "outbox", some, audiences=mine, unused=unused,
        members=members[members["audience"].isin(mine["audience"])],
        actions=[
            {"id": "mail", "title": "mail", "files": ["win_back"]},
            {"id": "seed", "title": "seed", "files": ["seed_value_v1"]},
        ],
    )  # fmt: skip
    folders = {path.name for path in outbox.folder.iterdir() if path.is_dir()}
    assert folders == {"meta", "spend_sheet"}
    refused = outbox.files[outbox.files["status"] == "refused"].set_index(["tool", "list"])
    assert set(refused.index) == {
        ("klaviyo", "win_back"), ("klaviyo", "profiles"), ("google", "lapsed_customers"),
        ("google", "conversion_adjustments"), ("tiktok", "seed_value_v1"),
    }  # fmt: skip
    assert refused.loc[("tiktok", "seed_value_v1"), "note"] == "TikTok Ads is not used"
    told = outbox.left_out.set_index(["tool", "list"])
    assert told.loc[("tiktok", "seed_value_v1"), "count"] == 40
    assert told.loc[("klaviyo", "profiles"), "count"] == len(some)
    plan = {a["id"]: a for a in json.loads((outbox.folder / "plan.json").read_text())["actions"]}
    assert plan["mail"]["blocked"] == {"win_back": "Klaviyo is not used"}
    assert [file["file"] for file in plan["seed"]["files"]] == [
        "meta/seed_value_v1.csv", "meta/seed_value_v1.hashed.csv",
    ]  # fmt: skip


def test_no_list_of_an_ad_platform_has_fewer_people_than_it_takes(tmp_path):
    few = write(tmp_path / "few", crowd(99)).files
    ads = few[few["tool"].ne("klaviyo") & few["list"].isin(AUDIENCES["audience"])]
    assert set(ads["status"]) == {"refused"}
    assert set(ads["note"]) == {
        "people left: 99; a list for ads needs at least 100: widen the audience"
    }
    assert (few.loc[few["list"] == "win_back", "status"] == "written").all()
    enough = write(tmp_path / "enough", crowd(100)).files
    ads = enough[enough["list"].isin(AUDIENCES["audience"])]
    assert set(ads["status"]) == {"written"}


def test_the_least_of_a_list_is_the_one_the_plan_went_by(tmp_path):
    """A brand that lowers `decisions.audiences.smallest` gets the files that its plan promises."""
    settings = replace(SETTINGS, smallest=50)
    files = write(tmp_path / "lower", crowd(60), settings=settings).files
    assert set(files.loc[files["list"].isin(AUDIENCES["audience"]), "status"]) == {"written"}
    settings = replace(SETTINGS, smallest=500)
    files = write(tmp_path / "higher", crowd(150), settings=settings).files
    ads = files[files["tool"].ne("klaviyo") & files["list"].isin(AUDIENCES["audience"])]
    assert set(ads["note"]) == {
        "people left: 150; a list for ads needs at least 500: widen the audience"
    }


def test_tools_side_by_side_get_a_file_each_and_only_whole_names_count(tmp_path):
    audiences = pd.DataFrame(
        {
            "audience": ["win_back", "seed_value_v1"],
            "purpose": ["keep", "acquire"],
            "tool": ["Meta Ads, Google Ads", "Google Sheets"],
        }
    )
    members = members_of([f"c{k:03d}" for k in range(150)])
    members = members[members["audience"].isin(audiences["audience"])]
    files = write(
        tmp_path / "outbox", crowd(), audiences=audiences, members=members, actions=[]
    ).files
    written = files[files["status"] == "written"]
    assert set(written.loc[written["list"] == "win_back", "tool"]) == {"meta", "google"}
    (note,) = files.loc[files["list"] == "seed_value_v1", "note"]
    assert note == "no format for this tool; known: Klaviyo, Meta Ads, Google Ads, TikTok Ads"

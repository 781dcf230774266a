"""Klaviyo's files: properties, limits, and its own client's models."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from tests.conftest import require
from tests.outbox.format_checks import klaviyo_csv, klaviyo_json, klaviyo_suppression, rows_of
from tests.outbox.people import AS_OF, SETTINGS, crowd, customer_table, identities, person, write
from workbench.outbox import klaviyo
from workbench.outbox.contacts import contacts, placed, recipients


def profiles(tmp_path, rows, settings=SETTINGS, **limits):
    people = contacts(identities(rows))
    table = customer_table([row["customer_id"] for row in rows])
    members = table[["customer_id"]].assign(value=table["value_12m_mean"])
    chosen = recipients(people, placed(people, members), consent="given", email_only=True)
    told = klaviyo.properties(table, as_of=AS_OF, model_version="0.3.0")
    return klaviyo.write_profiles(
        tmp_path, "profiles", people, chosen, told, settings, requests=True, **limits
    )


def told_by(model):
    """Return what a model of Klaviyo's client holds, without the keys that are None."""

    def known(value):
        if isinstance(value, dict):
            return {k: known(v) for k, v in value.items() if v is not None}
        return [known(v) for v in value] if isinstance(value, list) else value

    return known(json.loads(json.dumps(model.to_dict())))


def test_a_profile_in_csv_and_in_json_tells_the_same(tmp_path):
    profiles(tmp_path, crowd(20))
    header, rows = rows_of(tmp_path / "klaviyo" / "profiles.csv")
    body = json.loads((tmp_path / "klaviyo" / "profiles.json").read_text("utf-8"))
    assert body["data"]["relationships"] == {"lists": {"data": [{"type": "list", "id": "VRgFBd"}]}}
    made = body["data"]["attributes"]["profiles"]["data"]
    assert len(made) == len(rows) == 20
    for row, profile in zip(rows, made, strict=True):
        cells = dict(zip(header, row, strict=True))
        told = profile["attributes"]["properties"]
        assert profile["attributes"]["email"] == cells.pop("Email")
        assert set(told) == {name for name, cell in cells.items() if cell}
        for name, value in told.items():
            if isinstance(value, str):
                assert cells[name].removeprefix("'") == value
            else:
                assert float(cells[name]) == value
        unset = profile.get("meta", {}).get("patch_properties", {}).get("unset")
        assert unset == (None if "clv_next_order_date" in told else ["clv_next_order_date"])
    first = dict(zip(header, rows[19], strict=True))
    assert first["clv_12m_pred"] == "400.00"
    assert (first["clv_12m_low"], first["clv_12m_high"]) == ("197.00", "810.00")
    assert first["clv_band"] == "top10"
    assert first["clv_scored_at"] == "2026-06-30 12:00:00"
    assert first["clv_model_version"] == "0.3.0"
    assert first["clv_next_order_date"] == "2026-07-20 12:00:00"


def test_files_are_split_by_bytes_and_lose_nobody(tmp_path):
    written = profiles(tmp_path, crowd(), max_csv_bytes=4_000, max_request_bytes=9_000)
    csvs = [w for w in written if w.file.endswith(".csv")]
    jsons = [w for w in written if w.file.endswith(".json")]
    assert len(csvs) > 3
    assert len(jsons) > 3
    emails = []
    for w in csvs:
        path = tmp_path / w.file
        assert path.stat().st_size <= 4_000
        assert klaviyo_csv(path) == []
        emails += [row[0] for row in rows_of(path)[1]]
    assert sorted(emails) == [f"c{k:03d}@example.com" for k in range(150)]
    found = []
    for w in jsons:
        path = tmp_path / w.file
        assert path.stat().st_size <= 9_000
        assert klaviyo_json(path) == []
        made = json.loads(path.read_text("utf-8"))["data"]["attributes"]["profiles"]["data"]
        assert len(made) == w.rows
        found += [profile["attributes"]["email"] for profile in made]
    assert found == emails


def test_ten_thousand_profiles_a_request(tmp_path):
    rows = [person(f"p{k:05d}", phone=None) for k in range(10_001)]
    written = profiles(tmp_path, rows)
    assert [w.rows for w in written if w.file.endswith(".json")] == [10_000, 1]
    assert all(klaviyo_json(tmp_path / w.file) == [] for w in written if "json" in w.file)


def test_requests_pass_klaviyos_own_models_and_keep_every_key(tmp_path):
    client = require("openapi_client")
    settings = replace(SETTINGS, klaviyo_phones=True)
    profiles(tmp_path, [*crowd(20), person("twin", email="x@example.com")], settings)
    body = json.loads((tmp_path / "klaviyo" / "profiles.json").read_text("utf-8"))
    read = client.ProfileImportJobCreateQuery.from_dict(body)
    # the models drop keys they do not know, silently: what comes back must be what went in
    assert told_by(read) == body
    assert "phone_number" in body["data"]["attributes"]["profiles"]["data"][0]["attributes"]


def test_suppression_only_behind_the_flag(tmp_path):
    audiences = pd.DataFrame(
        {"audience": ["refunders"], "purpose": ["suppress"], "tool": ["Klaviyo"]}
    )
    members = pd.DataFrame(
        {"audience": "refunders", "customer_id": [f"c{k:03d}" for k in range(150)], "value": None}
    ).astype({"value": float})
    rows = [*crowd(149), person("c149", consent_email=False)]
    given = {"audiences": audiences, "members": members, "actions": []}
    shut = write(tmp_path / "shut", rows, **given)
    assert not shut.files_of("refunders")
    assert "klaviyo_suppression" in shut.files.set_index("list")["note"]["refunders"]
    settings = replace(SETTINGS, klaviyo_suppression=True)
    told = write(tmp_path / "open", rows, **given, settings=settings)
    files = told.files_of("refunders")
    assert [klaviyo_suppression(told.folder / file) for file in files] == [[], []]
    bodies = [json.loads((told.folder / file).read_text("utf-8")) for file in files]
    sizes = [len(body["data"]["attributes"]["profiles"]["data"]) for body in bodies]
    assert sizes == [100, 50]  # who refused e-mail too: to stop it needs nobody's consent


def test_suppression_passes_klaviyos_own_models(tmp_path):
    client = require("openapi_client")
    people = contacts(identities(crowd(3)))
    members = placed(people, people[["customer_id"]].assign(value=1.0))
    chosen = recipients(people, members, consent="all", email_only=True)
    settings = replace(SETTINGS, klaviyo_suppression=True)
    klaviyo.write_suppression(tmp_path, "refunders", people, chosen, settings)
    body = json.loads((tmp_path / "klaviyo" / "refunders.json").read_text("utf-8"))
    assert told_by(client.SuppressionCreateJobCreateQuery.from_dict(body)) == body


def test_bands_are_shares_of_the_customers():
    told = pd.Series(klaviyo.bands(pd.Series(range(100), dtype=float)))
    assert told.value_counts().to_dict() == {"low": 50, "mid": 40, "top10": 10}
    assert klaviyo.bands(pd.Series([float("nan"), 1.0]))[0] is None


@pytest.mark.parametrize("text", ['a"b', "back\\slash", "zoë", "tab\tend", "\u2028"])
def test_text_survives_json(tmp_path, text):
    table = customer_table(["c000"]).assign(segment=text)
    people = contacts(identities(crowd(1)))
    members = placed(people, table[["customer_id"]].assign(value=1.0))
    chosen = recipients(people, members, consent="given", email_only=True)
    told = klaviyo.properties(table, as_of=AS_OF, model_version="1")
    klaviyo.write_profiles(tmp_path, "p", people, chosen, told, SETTINGS, requests=True)
    body = json.loads((tmp_path / "klaviyo" / "p.json").read_text("utf-8"))
    (profile,) = body["data"]["attributes"]["profiles"]["data"]
    assert profile["attributes"]["properties"]["clv_segment"] == text
    header, rows = rows_of(tmp_path / "klaviyo" / "p.csv")
    assert rows[0][header.index("clv_segment")] == text

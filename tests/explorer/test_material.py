"""What the explorer keeps on disk: whole, of the right data and code, bounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.explorer.handmade import handmade
from workbench.errors import WorkbenchError
from workbench.explorer import Material, build, channel_answer, unpack_budget
from workbench.explorer.build import material_folder
from workbench.explorer.material import FRAMES, read_material, write_material
from workbench.models.channel_weeks import channel_weeks
from workbench.models.response import fit_response


def test_a_material_is_read_back_as_it_was(material, tmp_path):
    write_material(material, tmp_path)
    kept = read_material(tmp_path)
    assert kept is not None
    assert kept.facts == material.facts
    for name in FRAMES:
        ours, theirs = getattr(kept, name), getattr(material, name)
        if name == "spend":  # a list comes back as an array
            ours = ours.assign(attribution=ours["attribution"].map(list))
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, check_column_type=False)
    for ours, theirs in zip(kept.predicted, material.predicted, strict=True):
        assert ours.start == theirs.start
        np.testing.assert_array_equal(ours.curves, theirs.curves)
    view = material.default_view()
    pd.testing.assert_frame_equal(channel_answer(kept, view), channel_answer(material, view))


@pytest.mark.parametrize("damage", ["material.json", "arrays.npz", "cells.parquet"])
@pytest.mark.parametrize("how", ["gone", "cut", "empty"])
def test_a_damaged_material_counts_as_absent(tmp_path, damage, how):
    write_material(handmade(), tmp_path)
    assert read_material(tmp_path) is not None
    path = tmp_path / damage
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: 40 if how == "cut" else 0])
    assert read_material(tmp_path) is None


def analysis(folder: Path, **changes: object) -> SimpleNamespace:
    told = {
        "seed": 1, "fast": False, "as_of": date(2026, 6, 30),
        "dated_folder": folder / "inputs" / "2026-06-30", "ledger_folder": folder / "ledger",
    }  # fmt: skip
    return SimpleNamespace(**{**told, **changes})


def test_material_of_other_data_or_draws_has_another_place(tmp_path):
    usual = material_folder(analysis(tmp_path))
    assert material_folder(analysis(tmp_path)) == usual
    places = [usual]
    places.append(material_folder(analysis(tmp_path, seed=2)))
    places.append(material_folder(analysis(tmp_path, fast=True)))
    places.append(material_folder(analysis(tmp_path, dated_folder=tmp_path / "other")))
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "2026-06-30-now.parquet").write_bytes(b"of this day: no record yet")
    assert material_folder(analysis(tmp_path)) == usual
    (tmp_path / "ledger" / "2026-03-31-a.parquet").write_bytes(b"an earlier forecast")
    places.append(material_folder(analysis(tmp_path)))
    places.append(material_folder(analysis(tmp_path), date(2026, 3, 31)))
    assert len(set(places)) == len(places)
    assert places[-1].parent.name == "2026-03-31"


def test_a_new_material_sweeps_those_that_it_replaces(tmp_path, monkeypatch, material):
    monkeypatch.setattr(build, "build_material", lambda _: material)
    told = analysis(tmp_path)
    fast = build.material_folder(analysis(tmp_path, fast=True))
    before = build.material_folder(told, date(2026, 3, 31))
    old_ledger = build.material_folder(told).with_name(
        f"{build.material_folder(told).name.rpartition('-')[0]}-0123"
    )
    old_code = tmp_path / "old" / "2026-06-30" / "explorer-full-1-400-0123"
    for folder in (fast, before, old_ledger, old_code):
        write_material(material, folder)
    frames = old_code.parent / "customers.parquet"
    frames.write_bytes(b"of another part of the workbench")
    build.open_material(told)
    there = [fast, before, frames, build.material_folder(told)]
    assert all(one.exists() for one in there)
    assert not old_ledger.exists()
    assert not old_code.exists()


def test_a_stored_material_is_used_and_a_damaged_one_built_anew(tmp_path, monkeypatch, material):
    told = analysis(tmp_path)
    built = []

    def make(of: object) -> Material:
        built.append(of)
        return material

    monkeypatch.setattr(build, "build_material", make)
    build.open_material(told)
    build.open_material(told)
    assert len(built) == 1
    (material_folder(told) / "arrays.npz").write_bytes(b"half")
    build.open_material(told)
    assert len(built) == 2
    build.open_material(told, rebuild=True)
    assert len(built) == 3


def test_too_many_cohorts_keep_fewer_draws_and_say_so(reported, monkeypatch):
    monkeypatch.setattr(build, "LARGEST", 60_000)
    small = build.build_material(reported.analysis)
    assert small.facts.draws == build.FEWEST_DRAWS < small.facts.draws_of
    assert all(b.curves.shape[2] == small.facts.draws for b in small.predicted)
    view = small.default_view()
    table = channel_answer(small, view)
    assert any("draws are kept" in note for note in table.attrs["notes"])
    report = reported.tables["channels"]
    assert table["value_mean"].to_numpy() == pytest.approx(
        report["value_12m_mean"].to_numpy(), rel=0.02
    )


def test_nothing_is_predicted_before_the_as_of_date(material):
    age = material.cells["age_days"] / material.cells["customers"]
    for block in material.predicted:
        assert (np.diff(block.curves.sum(axis=(0, 2))) >= -1e-3).any()
        assert material.ages[block.start] > age[block.rows].min() - 31
    months = {material.cells["first_month"][b.rows[0]] for b in material.predicted}
    old = material.cells[~material.cells["first_month"].isin(months)]
    assert (old["age_days"] >= 365 * old["customers"]).all()


def test_the_response_to_spend_survives(reported, material, tmp_path):
    own = reported.analysis.decision_settings.budget
    data = channel_weeks(
        reported.analysis.exports.spend, reported.analysis.customers, reported.analysis.as_of,
        weeks=own.history_weeks,
    )  # fmt: skip
    try:
        fitted = fit_response(
            data, horizon_weeks=own.horizon_weeks, recent_weeks=own.recent_weeks,
            draws=own.draws, seed=own.seed,
        )  # fmt: skip
    except WorkbenchError:
        with pytest.raises(WorkbenchError, match="No budget"):
            unpack_budget(material.budget)
        return
    write_material(material, tmp_path)
    kept = read_material(tmp_path)
    assert kept is not None
    response, value, channels = unpack_budget(kept.budget)
    np.testing.assert_array_equal(response.elasticity, fitted.elasticity)
    np.testing.assert_array_equal(response.data.spend, data.spend)
    assert response.channels == fitted.channels
    assert response.checks == fitted.checks
    assert list(response.data.starts) == list(data.starts)
    assert channels == reported.valuation.channels.channels
    assert value == pytest.approx(reported.valuation.value_next)


def test_without_a_response_a_sentence_says_why():
    material = replace(handmade(), budget={"note": "No budget: the log holds no money."})
    with pytest.raises(WorkbenchError, match="no money"):
        unpack_budget(material.budget)

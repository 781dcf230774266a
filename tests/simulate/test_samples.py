"""The committed sample brands are what their README says."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from pathlib import Path

import pytest

from workbench.brand import load_brand
from workbench.simulate import write_brand
from workbench.simulate.stages import CUSTOMERS, SAMPLE_FOLDERS


@pytest.fixture(scope="module")
def samples(root: Path) -> Path:
    return root / "data" / "sample"


def content(path: Path) -> bytes:
    """Return the content of a file; compressed bytes may differ between versions of zlib."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def commands(samples: Path) -> dict[str, dict[str, int]]:
    """Return folder -> arguments of each command of the README."""
    found = {}
    for line in (samples / "README.md").read_text().splitlines():
        if line.startswith("workbench simulate "):
            _, _, folder, *options = shlex.split(line)
            names = [name.removeprefix("--") for name in options[::2]]
            found[Path(folder).name] = dict(zip(names, map(int, options[1::2]), strict=True))
    return found


def test_first_sample_is_written_again_by_its_command(samples, tmp_path):
    arguments = commands(samples)["little_fern"]
    again = write_brand(tmp_path / "little_fern", **arguments)
    old = samples / "little_fern"
    assert {file.name for file in again.iterdir()} == {file.name for file in old.iterdir()}
    for file in sorted(again.iterdir()):
        # no pytest diff of megabytes: only whether they are equal
        assert (content(file) == content(old / file.name)) is True, file.name


def test_readme_commands_and_totals_are_those_of_the_samples(samples):
    told = commands(samples)
    assert set(told) == set(SAMPLE_FOLDERS.values())
    readme = (samples / "README.md").read_text()
    for stage, folder in SAMPLE_FOLDERS.items():
        truth = json.loads((samples / folder / "truth.json").read_text())
        assert told[folder] == {"stage": stage, "customers": CUSTOMERS[stage], "seed": stage}
        assert truth["seed"] == stage
        assert truth["parameters"]["customers"] == CUSTOMERS[stage]
        row = re.search(rf"\| `{folder}` \|(.*)", readme)
        assert row is not None
        totals = truth["totals"]
        assert f"{totals['orders_exported']:,}" in row[1]
        assert f"${totals['net_revenue_last_12_months'] / 1e6:.2f}M" in row[1]


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_revenue_is_that_of_the_stage(samples, stage):
    folder = samples / SAMPLE_FOLDERS[stage]
    revenue = json.loads((folder / "truth.json").read_text())["totals"][
        "net_revenue_last_12_months"
    ]
    assert revenue == pytest.approx([6e5, 2e6, 5e6, 13e6][stage - 1], rel=0.05)
    lower = load_brand(folder).stages
    assert sum(revenue >= bound for bound in lower) == stage


def test_samples_stay_small(samples):
    sizes = [file.stat().st_size for file in samples.rglob("*") if file.is_file()]
    assert max(sizes) < 2_000_000
    assert sum(sizes) < 10_000_000

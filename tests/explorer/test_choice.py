"""Another brand, another date: at once where it was fitted, else beside the notebook; in words."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, require
from tests.explorer.handmade import handmade
from workbench.analysis import Analysis, open_analysis
from workbench.cache import write_atomically
from workbench.errors import ModelError
from workbench.explorer import prepare as prepare_module
from workbench.explorer.bench import lay_out
from workbench.explorer.build import material_folder
from workbench.explorer.material import write_material
from workbench.explorer.places import Dated, brands_beside, dates_known, is_ready
from workbench.explorer.prepare import STEPS, Preparation, prepare

require("ipywidgets")
require("anywidget")
from workbench.explorer.app import STATE, Explorer  # noqa: E402 - needs the widgets
from workbench.explorer.choice import OTHER, Choice  # noqa: E402

SAMPLE = ROOT / "data" / "sample" / "little_fern"
EARLIER = date(2026, 3, 31)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of clients: two that can be opened and one whose settings are damaged."""
    folder = tmp_path / "clients"
    for slug, name in (("fern", "Fern & Co"), ("oak", "Oak")):
        shutil.copytree(SAMPLE, folder / slug)
        settings = folder / slug / "brand.yaml"
        text = settings.read_text(encoding="utf-8").replace("Little Fern Soap", name)
        settings.write_text(text, encoding="utf-8")
    (folder / "torn").mkdir()
    (folder / "torn" / "brand.yaml").write_text("name: [", encoding="utf-8")
    (folder / "notes").mkdir()
    return folder


def opened(home: Path, slug: str = "fern", as_of: str | None = None) -> Analysis:
    return open_analysis(home / slug, as_of=as_of, out=home.parent / "out", fast=True)


def keep(analysis: Analysis, day: date | None = None) -> None:
    write_material(handmade(), material_folder(analysis, day))


@pytest.fixture
def explorer(home: Path) -> Explorer:
    analysis = opened(home)
    keep(analysis)
    choice = Choice(analysis)
    return Explorer(lay_out(handmade(), analysis), choice=choice)


def choice_of(explorer: Explorer) -> Choice:
    assert explorer._choice is not None
    return explorer._choice


def says(explorer: Explorer) -> str:
    return str(choice_of(explorer)._note.value)


def choose(explorer: Explorer, what: str, value: object) -> None:
    getattr(choice_of(explorer), f"_{what}").value = value


# What there is to choose


def test_brands_are_told_by_name_and_a_damaged_one_by_its_folder(home: Path) -> None:
    names = brands_beside(home / "oak")
    assert list(names) == ["Fern & Co", "Oak", "torn"]
    assert names["Oak"] == home / "oak"


def test_brands_of_one_name_are_told_apart(home: Path) -> None:
    settings = home / "oak" / "brand.yaml"
    settings.write_text(settings.read_text().replace("Oak", "Fern & Co"), encoding="utf-8")
    assert list(brands_beside(home / "fern")) == ["Fern & Co (fern)", "Fern & Co (oak)", "torn"]


def test_dates_are_those_of_runs_and_of_what_is_kept(home: Path) -> None:
    analysis = opened(home)
    own = analysis.as_of
    assert dates_known(analysis) == (Dated(own, False),)
    keep(analysis)
    keep(analysis, EARLIER)
    (analysis.dated_folder.parent / "2025-12-31").mkdir()  # other tables were kept there
    write_atomically(analysis.runs / "2026-01-31" / "manifest.json", "{}")
    write_atomically(analysis.runs / "backtest" / "manifest.json", "{}")
    assert dates_known(analysis) == (
        Dated(own, True), Dated(EARLIER, True), Dated(date(2026, 1, 31), False),
    )  # fmt: skip
    assert is_ready(opened(home, as_of="2026-03-31"))
    assert not is_ready(opened(home, as_of="2026-01-31"))


def test_without_an_as_of_date_nothing_is_read_to_tell_it(home: Path, monkeypatch: Any) -> None:
    settings = home / "oak" / "brand.yaml"
    lines = [line for line in settings.read_text().splitlines() if not line.startswith("as_of")]
    settings.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(Analysis, "exports", property(lambda _: pytest.fail("read")))
    analysis = opened(home, "oak")
    assert dates_known(analysis) == ()
    assert not is_ready(analysis)


# Turning to it


def test_another_date_that_is_kept_opens_at_once_with_the_view(explorer: Explorer) -> None:
    analysis = choice_of(explorer)._analysis
    keep(analysis, EARLIER)
    explorer.view = explorer.view.change(horizon=180)
    explorer.tab = "Value"
    choose(explorer, "date", OTHER)
    choose(explorer, "other", EARLIER)
    assert choice_of(explorer).trouble is None
    assert choice_of(explorer)._analysis.as_of == EARLIER
    assert choice_of(explorer)._date.value == "2026-03-31"
    assert explorer.view.horizon == 180
    assert explorer.tab == "Value"
    assert says(explorer) == ""


def test_another_brand_has_a_view_of_its_own(explorer: Explorer, home: Path) -> None:
    keep(opened(home, "oak"))
    explorer.view = explorer.view.change(horizon=180)
    choose(explorer, "brand", home / "oak")
    assert explorer._bench.folder.name == "oak"
    assert explorer.view == explorer._bench.material.default_view()
    explorer.view = explorer.view.change(horizon=60)
    choose(explorer, "brand", home / "fern")
    assert explorer.view.horizon == 180
    kept = home.parent / "out"
    assert '"horizon": 60' in (kept / "oak" / STATE).read_text(encoding="utf-8")


def test_what_is_open_already_is_not_opened_anew(explorer: Explorer, home: Path) -> None:
    before = explorer._tabs
    choose(explorer, "brand", home / "oak")
    choose(explorer, "brand", home / "fern")
    assert explorer._tabs is before
    assert choice_of(explorer)._go.layout.display == "none"


def test_replaced_widgets_are_closed(explorer: Explorer, home: Path) -> None:
    keep(opened(home, "oak"))
    before = explorer._tabs
    choose(explorer, "brand", home / "oak")
    assert before.comm is None or before.comm._closed
    assert choice_of(explorer) in explorer.children


def test_what_is_not_fitted_is_offered_while_the_present_one_stays(
    explorer: Explorer, home: Path
) -> None:
    choose(explorer, "brand", home / "oak")
    assert explorer._bench.folder.name == "fern"
    assert "Oak as of 30 June 2026 is not fitted yet" in says(explorer)
    assert "workbench report" in says(explorer)
    assert choice_of(explorer)._go.layout.display is None
    choose(explorer, "brand", home / "fern")
    assert says(explorer) == ""
    assert choice_of(explorer)._go.layout.display == "none"


@pytest.mark.parametrize("gone", [False, True])
def test_a_brand_that_cannot_be_opened_is_a_sentence(
    explorer: Explorer, home: Path, gone: bool
) -> None:
    if gone:
        shutil.rmtree(home / "torn")
    choose(explorer, "brand", home / "torn")
    assert "torn cannot be opened, and Fern &amp; Co as of 30 June 2026 stays" in says(explorer)
    assert choice_of(explorer)._brand.value == home / "fern"
    assert explorer._bench.folder.name == "fern"


def test_a_day_after_the_exports_is_refused_in_words(explorer: Explorer) -> None:
    choose(explorer, "date", OTHER)
    choose(explorer, "other", date(2027, 1, 1))
    assert "end on 30 June 2026" in says(explorer)
    assert choice_of(explorer)._date.value == "2026-06-30"


def test_a_material_that_is_swept_meanwhile_is_offered_anew(explorer: Explorer) -> None:
    keep(choice_of(explorer)._analysis, EARLIER)
    choose(explorer, "date", OTHER)
    choose(explorer, "other", EARLIER)
    shutil.rmtree(material_folder(opened(explorer._bench.folder.parents[1] / "clients")))
    choose(explorer, "date", "2026-06-30")
    assert "not fitted yet" in says(explorer)
    assert choice_of(explorer)._analysis.as_of == EARLIER


# Preparing


class Pretended:
    """A preparation that takes a few looks; `then` is done when it ends."""

    def __init__(self, looks: int, then: Any = None, why: str = "") -> None:
        self.looks, self.then, self.why, self.seconds = looks, then, why, 3.0
        self.stopped = False

    @property
    def running(self) -> bool:
        self.looks -= 1
        if self.looks == 0 and self.then is not None:
            self.then()
        return self.looks > 0

    @property
    def words(self) -> str:
        return self.why if self.looks <= 0 else "step 3 of 4, fitting the model"

    def stop(self) -> None:
        self.looks, self.stopped = 0, True

    def close(self) -> None: ...


def pretend(monkeypatch: pytest.MonkeyPatch, one: Pretended) -> None:
    from workbench.explorer import choice

    monkeypatch.setattr(choice, "WAIT", 0.0)
    monkeypatch.setattr(Preparation, "of", classmethod(lambda *_: one))


def test_a_preparation_tells_how_far_it_is_and_opens_what_it_made(
    explorer: Explorer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, Pretended(3, lambda: keep(opened(home, "oak"))))
    told: list[str] = []
    choice_of(explorer)._note.observe(lambda change: told.append(change["new"]), "value")
    choose(explorer, "brand", home / "oak")
    choice_of(explorer)._go.click()
    assert any("Oak as of 30 June 2026: step 3 of 4, fitting the model, 3 s" in one for one in told)
    assert explorer._bench.folder.name == "oak"
    assert says(explorer) == ""


def test_a_preparation_that_fails_says_why(
    explorer: Explorer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, Pretended(2, why="Nothing can be learned from 3 customers."))
    choose(explorer, "brand", home / "oak")
    choice_of(explorer)._go.click()
    assert "learned from 3 customers" in says(explorer)
    assert explorer._bench.folder.name == "fern"
    assert choice_of(explorer)._brand.value == home / "fern"


def test_figures_answer_and_a_stop_is_heard_while_it_prepares(
    explorer: Explorer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Pretended(1000)
    pretend(monkeypatch, one)
    choose(explorer, "brand", home / "oak")

    async def meanwhile() -> None:
        following = choice_of(explorer).prepare()
        await asyncio.sleep(0)
        explorer.view = explorer.view.change(horizon=90)
        choice_of(explorer)._stop.click()
        await following

    asyncio.run(meanwhile())
    assert one.stopped
    assert explorer.view.horizon == 90
    assert "Stopped" in says(explorer)


def test_steps_are_told_only_where_something_is_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysis = opened(home)
    done: list[str] = []
    monkeypatch.setattr(
        prepare_module,
        "_steps",
        lambda _: (*[lambda: done.append("x")] * (len(STEPS) - 1), lambda: keep(analysis)),
    )
    told: list[str] = []
    prepare(analysis, told.append)
    assert told[0] == f"step 1 of {len(STEPS)}, {STEPS[0]}"
    assert len(told) == len(STEPS) == len(done) + 1
    prepare(analysis, told.append)
    assert len(told) == len(STEPS)


def test_a_process_of_its_own_says_what_is_wrong(home: Path) -> None:
    (home / "fern" / "brand.yaml").write_text("name: 3", encoding="utf-8")
    one = Preparation.of(opened(home, "oak"))
    try:
        analysis = opened(home, "oak")
        (home / "oak" / "brand.yaml").write_text("name: 3", encoding="utf-8")
        two = Preparation.of(analysis)
        _wait(two)
        assert "brand.yaml" in two.words
        log = two.log
        two.close()
        assert not log.exists()
    finally:
        one.stop()
    assert not one.running


def test_a_process_of_its_own_ends_with_the_notebook(home: Path, tmp_path: Path) -> None:
    code = f"""
import os
from workbench.analysis import open_analysis
from workbench.explorer.prepare import Preparation
analysis = open_analysis({str(home / "oak")!r}, out={str(tmp_path / "out")!r}, fast=True)
print(Preparation.of(analysis).process.pid, flush=True)
os._exit(0)
"""
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    process = int(told.stdout)
    for _ in range(600):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        with Path(f"/proc/{process}/stat").open() as stat:
            if stat.read().rpartition(")")[2].split()[0] == "Z":
                return  # ended; its new parent has not asked yet
        time.sleep(0.1)
    pytest.fail("it goes on without anybody who waits for it")


def _wait(one: Preparation) -> None:
    for _ in range(600):
        if not one.running:
            return
        time.sleep(0.1)
    pytest.fail("it does not end")


def test_a_model_that_cannot_be_fitted_is_told_by_the_first_opening(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ModelError("Nothing can be learned from 3 customers.")

    monkeypatch.setattr(prepare_module, "_steps", fail)
    with pytest.raises(ModelError, match="3 customers"):
        prepare(opened(home))

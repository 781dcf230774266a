"""The command line: what it calls, what it prints, how it ends. Its parts are replaced by fakes."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from datetime import date
from pathlib import Path

import pytest

from workbench import __version__
from workbench.checks import Check, Status
from workbench.cli import main
from workbench.errors import DataWarning, InputError, Problem
from workbench.outbox.plan_file import plan_text
from workbench.report import lab
from workbench.report.batch import BatchResult
from workbench.store.cohort_choice import propose_cohorts


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs `workbench ARGUMENTS` and gives exit code, output, errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture
def fake(monkeypatch):
    """Return a function that puts a fake in the place of a part that a command imports."""

    def put(module: str, name: str, part) -> None:
        stand_in = types.ModuleType(module)
        setattr(stand_in, name, part)
        monkeypatch.setitem(sys.modules, module, stand_in)

    return put


def readiness(*statuses: Status) -> list[Check]:
    return [
        Check("history_length", status, 412.0, ">= 365 days", "long", "") for status in statuses
    ]


def test_help_names_every_command_and_version_is_told(run):
    code, out, _ = run("--help")
    assert code == 0
    for command in (
        "new",
        "check",
        "report",
        "approve",
        "batch",
        "backtest",
        "simulate",
        "lab",
        "present",
    ):
        assert f" {command} " in out
    assert run("--version")[:2] == (0, f"workbench {__version__}\n")


def test_help_imports_nothing_heavy():
    heavy = ["arviz", "duckdb", "ibis", "numpy", "pandas", "pandera", "plotly", "pydantic", "pymc"]
    code = (
        "import sys\nfrom workbench.cli import main\n"
        "sys.argv = ['workbench', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_new_says_what_it_wrote(run, fake, tmp_path):
    asked = {}

    def write_brand(folder, **given):
        asked.update(given)
        return types.SimpleNamespace(
            path=folder / "brand.yaml",
            stack=None,
            kept=False,
            recognised=[
                types.SimpleNamespace(file="a.csv", format="meta_ads", reason="its header"),
                types.SimpleNamespace(file="b.pdf", format=None, reason="it is a PDF"),
            ],
            questions=["what does an order cost?"],
            cohorts="first_product is left out: too few customers",
        )

    fake("workbench.sources.new", "write_brand", write_brand)
    fake("workbench.spectrum.capabilities", "questionnaire", lambda: "cart: ...")
    code, out, _ = run("new", tmp_path)
    assert code == 0
    assert asked == {"questionnaire": "cart: ...", "propose": propose_cohorts}
    assert "a.csv: meta_ads (its header)" in out
    assert out.index("Not used:") < out.index("b.pdf: it is a PDF")
    assert "Question: what does an order cost?" in out
    assert "Cohorts: first_product is left out: too few customers." in out
    assert f"Wrote {tmp_path / 'brand.yaml'}" in out


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ((Status.PASS,), 0),
        ((Status.PASS, Status.REVIEW), 0),
        ((Status.REVIEW, Status.FAIL, Status.PASS), 1),
        ((), 0),
    ],
)
def test_check_exits_with_1_on_fail_only(run, fake, statuses, code):
    analysis = types.SimpleNamespace(
        readiness=readiness(*statuses), what_was_read=("Read: 5 orders.",)
    )
    fake("workbench.analysis", "open_analysis", lambda brand, **_: analysis)
    ended, out, _ = run("check", "juniper")
    assert ended == code
    for status in statuses:
        assert str(status) in out
    assert out.startswith("Read: 5 orders.")
    assert "Next: workbench report juniper" in out


def test_check_says_first_what_needs_a_look(run, fake):
    checks = [
        Check("whole", Status.PASS, 1.0, "all", "nothing is missing", ""),
        Check("costs", Status.REVIEW, None, "costs given", "no costs", "add costs"),
        Check("money", Status.FAIL, 0.0, "an amount", "no amounts", "export them"),
    ]
    analysis = types.SimpleNamespace(readiness=checks, what_was_read=())
    fake("workbench.analysis", "open_analysis", lambda brand, **_: analysis)
    _, out, _ = run("check", "juniper")
    assert out.index("no amounts") < out.index("no costs") < out.index("nothing is missing")
    assert out.index("To do: export them") < out.index("PASS needs: an amount")
    assert "PASS needs: all" not in out


def test_check_hands_on_brand_and_day(run, fake):
    asked = []

    def open_analysis(brand, **settings):
        asked.append((brand, settings))
        return types.SimpleNamespace(readiness=[], what_was_read=())

    fake("workbench.analysis", "open_analysis", open_analysis)
    run("check", "juniper", "--as-of", "2026-06-30", "--out", "there")
    assert asked == [(Path("juniper"), {"as_of": date(2026, 6, 30), "out": Path("there")})]


def test_hostile_text_is_printed_as_it_is_and_moves_no_cursor(run, fake):
    hostile = "[bold]x[/bold] [/] <script> =cmd|' /C calc'!A0 \x1b[2Jgone"
    one = Check("[red]name", Status.REVIEW, "[link=x]", "[/]", hostile, "")
    analysis = types.SimpleNamespace(readiness=[one], what_was_read=(hostile,))
    fake("workbench.analysis", "open_analysis", lambda brand, **_: analysis)
    code, out, _ = run("check", "juniper")
    assert code == 0
    assert "[red]name" in out
    assert "PASS needs: [/]" in out
    assert "\x1b" not in out


def test_an_error_of_the_input_is_one_message_without_traceback(run, fake):
    problems = [
        Problem("column [bold]Total[/bold] is missing", "orders.csv"),
        Problem("empty", "meta.csv", todo="export it again\x1b[2J"),
    ]

    def open_analysis(brand, **settings):
        raise InputError(problems)

    fake("workbench.analysis", "open_analysis", open_analysis)
    code, out, err = run("check", "juniper")
    assert (code, out) == (2, "")
    assert "2 problems in the input" in err
    assert "orders.csv: column [bold]Total[/bold] is missing" in err
    assert "export it again" in err
    assert "\x1b" not in err
    assert "Traceback" not in err


def test_an_error_of_ours_is_one_message_and_debug_shows_the_traceback(run, fake, monkeypatch):
    def open_analysis(brand, **settings):
        raise KeyError("first_month")

    fake("workbench.analysis", "open_analysis", open_analysis)
    code, _, err = run("check", "juniper")
    assert code == 3
    assert "KeyError: 'first_month'" in err
    assert "Traceback" not in err
    monkeypatch.setattr(sys, "argv", ["workbench", "check", "juniper", "--debug"])
    with pytest.raises(KeyError):
        main()


def test_a_data_warning_is_a_note_and_other_warnings_stay_silent(run, fake):
    import warnings

    def open_analysis(brand, **settings):
        warnings.warn("12 orders have no channel", DataWarning, stacklevel=1)
        warnings.warn("a library will change", FutureWarning, stacklevel=1)
        return types.SimpleNamespace(readiness=[])

    fake("workbench.analysis", "open_analysis", open_analysis)
    code, _, err = run("check", "juniper", "--quiet")
    assert code == 0
    assert err == "Note: 12 orders have no channel\n"


def test_report_hands_on_everything_and_names_the_page(run, fake):
    asked = {}

    def render_report(brand, **settings):
        asked.update(settings, brand=brand)
        return types.SimpleNamespace(
            page=Path("r") / ("x" * 200) / "report.html", status="PASS", notes=("No PDF: why.",)
        )

    fake("workbench.report.run", "render_report", render_report)
    arguments = ["juniper", "--as-of", "2026-06-30", "--out", "there", "--fast"]
    code, out, _ = run("report", *arguments, "-p", "draws=007", "-p", "note=a=b ")
    assert code == 0
    assert "No PDF: why." in out
    assert asked == {
        "brand": Path("juniper"),
        "as_of": date(2026, 6, 30),
        "out": Path("there"),
        "parameters": {"draws": "007", "note": "a=b "},
        "fast": True,
        "progress": True,
        "explorer": True,
    }
    assert out.splitlines()[-1].endswith(f"{'x' * 200}{os.sep}report.html")  # one line, to copy


def test_quiet_is_silent(run, fake):
    seen = []

    def render_report(brand, **settings):
        seen.append(settings["progress"])
        return types.SimpleNamespace(page=Path("report.html"), status="PASS")

    fake("workbench.report.run", "render_report", render_report)
    assert run("report", "juniper", "--quiet") == (0, "", "")
    assert seen == [False]


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "juniper", "-p", "draws"),
        ("report", "juniper", "-p", "=5"),
        ("report", "juniper", "-p", "a=1", "-p", "a=2"),
        ("report", "juniper", "--as-of", "2026-06-31"),
        ("backtest", "juniper", "--cutoffs", "2025-13-01", "--horizon", "90"),
        ("backtest", "juniper", "--cutoffs", "2025-01-01", "--horizon", "0"),
        ("simulate", "x", "--stage", "5"),
        ("reprot", "juniper"),
        ("report",),
    ],
)
def test_a_wrong_call_ends_with_2_and_a_message(run, arguments):
    code, _, err = run(*arguments)
    assert code == 2
    assert "Traceback" not in err
    assert err.strip()


@pytest.mark.parametrize(
    ("failed", "problem", "code"),
    [({}, "", 0), ({"acme": "no orders"}, "", 1), ({}, "No space left on device", 1)],
)
def test_batch_exits_with_1_if_a_brand_or_the_portfolio_failed(run, fake, failed, problem, code):
    done = BatchResult(Path("reports/portfolio.html"), failed=failed, problem=problem)
    asked = {}

    def run_batch(folder, **settings):
        asked.update(settings, folder=folder)
        return done

    fake("workbench.report.batch", "run_batch", run_batch)
    ended, out, err = run("batch", "brands", "--jobs", "2", "--resume", "--fast")
    assert ended == code
    assert asked["jobs"] == 2
    assert asked["resume"] is True
    assert asked["fast"] is True
    assert "portfolio.html" in (err if problem else out)
    assert problem in err
    assert all(name in err for name in failed)


def test_backtest_takes_several_days_in_any_order(run, fake):
    asked = []

    def run_backtest(*arguments, **settings):
        asked.append((*arguments, settings))
        return Path("reports/juniper/backtest/backtest.csv")

    fake("workbench.value.backtest", "run_backtest", run_backtest)
    code, out, _ = run(
        "backtest", "juniper", "--cutoffs", "2025-06-30, 2025-01-31", "--horizon", 90
    )
    assert code == 0
    called = (Path("juniper"), [date(2025, 1, 31), date(2025, 6, 30)], 90, Path("reports"))
    assert asked == [(*called, {"poolings": ("partial",)})]
    assert "backtest.csv" in out


def test_an_ablation_fits_every_pooling(run, fake):
    asked = []
    fake("workbench.value.backtest", "run_backtest", lambda *_, **given: asked.append(given))
    days = ("--cutoffs", "2025-06-30", "--horizon", 90)
    assert run("backtest", "juniper", *days, "--ablation")[0] == 0
    assert asked == [{"poolings": ("partial", "complete", "none")}]


def test_simulate_hands_on_stage_size_and_seed(run, fake):
    asked = {}
    fake("workbench.simulate", "write_brand", lambda folder, **given: asked.update(given))
    code, _, _ = run("simulate", "acme", "--stage", 2, "--customers", 500, "--seed", 7)
    assert code == 0
    assert asked == {"stage": 2, "customers": 500, "seed": 7}


def test_lab_starts_jupyterlab_on_the_notebooks(run, monkeypatch):
    started = []
    monkeypatch.setattr(lab, "notebooks_folder", lambda: Path("here/notebooks"))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    monkeypatch.setattr(os, "execve", lambda _, arguments, env: started.append((arguments, env)))
    monkeypatch.setattr(lab, "find_spec", lambda name: object())
    code, _, _ = run("lab")
    assert code == 0
    ((command, environment),) = started
    assert command == [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={Path('here/notebooks')}",
        "--LabApp.default_url=/lab/tree/start.ipynb",
    ]
    mine, ours = environment["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert mine == "mine"
    assert (Path(ours) / "labconfig" / "default_setting_overrides.json").is_file()


def test_lab_says_which_extra_is_missing(run, monkeypatch):
    monkeypatch.setattr(lab, "notebooks_folder", lambda: Path("here/notebooks"))
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    code, _, err = run("lab")
    assert code == 2
    assert "clv-workbench[lab]" in err


def outbox_of(tmp_path: Path) -> types.SimpleNamespace:
    """Return an analysis whose outbox holds a plan of two actions."""
    folder = tmp_path / "2026-06-30" / "outbox"
    folder.mkdir(parents=True)
    (folder / "list.csv").write_text("Email\n", encoding="utf-8")
    actions = [
        {"id": "act_1", "title": "Cut [bold]spend[/bold]", "kind": "budget", "files": ["list.csv"]},
        {"id": "act_2", "title": "Test it", "kind": "test", "files": []},
    ]
    (folder / "plan.json").write_text(plan_text(folder, actions, {}, {}), encoding="utf-8")
    return types.SimpleNamespace(
        folder=folder.parent, brand=types.SimpleNamespace(timezone="America/New_York")
    )


def test_approve_lists_approves_once_and_says_who(run, fake, tmp_path):
    analysis = outbox_of(tmp_path)
    fake("workbench.analysis", "open_analysis", lambda brand, **_: analysis)
    code, out, _ = run("approve", "shop")
    assert code == 0
    assert "act_1" in out
    assert "Cut [bold]spend[/bold]" in out
    assert run("approve", "shop", "act_1")[0] == 2  # nobody approves
    code, out, _ = run("approve", "shop", "act_1", "--by", "ana")
    assert code == 0
    assert "outbox/approved/act_1/1" in out
    assert (analysis.folder / "outbox" / "approved" / "act_1" / "1" / "list.csv").is_file()
    code, _, err = run("approve", "shop", "act_1", "--by", "ben")
    assert code == 2
    assert "ana" in err
    assert "ana" in run("approve", "shop")[1]

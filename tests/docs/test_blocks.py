"""Every code block of the docs and of README runs, is read, or at least parses.

- ``python`` is executed, page by page in one namespace, beside a brand with a finished run.
- ``sh`` is executed line by line. What takes minutes runs once: `workbench report` on a small
  simulated brand. Other slow calls must parse and name a folder that is there; `make` must
  name a target, `pip` and `conda` an extra or a file that there is.
- ``yaml`` is loaded: a whole brand.yaml as it stands, a part of one within a brand, a stack.yaml.
- ``csv`` must be recognised by its content, as `workbench new` would.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
import typer.main
import yaml
from markdown_it import MarkdownIt
from typer.testing import CliRunner

import workbench.analysis
from tests.conftest import ROOT
from workbench.analysis import open_analysis
from workbench.brand import load_brand
from workbench.cli import app
from workbench.sources.recognise import recognise
from workbench.sources.stack import read_stack
from workbench.yaml_file import read_yaml

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
RUN = {"python", "sh", "yaml", "csv", "sql"}
SHOWN = {"text", "{eval-rst}", "{toctree}"}
"""Blocks that hold no code: what a program prints, and directives."""
SLOW = {"report", "batch", "backtest", "lab", "present"}
INSTALLERS = {"python3", "conda", "pip"}


class Block(NamedTuple):
    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    return [
        Block(page, token.map[0] + 1, token.info.strip().split(" ")[0], token.content)
        for token in tokens
        if token.type == "fence" and token.map
    ]


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def of(*languages: str) -> list[Any]:
    return [pytest.param(b, id=str(b)) for b in BLOCKS if b.language in languages]


@pytest.fixture
def home(finished_run: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a copy of a finished run as the current folder, with the sample brands beside it."""
    folder = tmp_path / "home"
    shutil.copytree(finished_run, folder)
    (folder / "data").symlink_to(ROOT / "data")
    (folder / "brands").mkdir()
    with contextlib.chdir(folder):
        yield folder


def test_no_block_is_left_out() -> None:
    assert {block.language for block in BLOCKS} <= RUN | SHOWN
    assert {block.language for block in BLOCKS} >= RUN


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_shell_and_python_blocks_run(page: Path, request: pytest.FixtureRequest) -> None:
    blocks = [block for block in blocks_of(page) if block.language in ("python", "sh")]
    if not blocks:
        return
    request.getfixturevalue("home")
    names: dict[str, Any] = {}
    for block in blocks:
        if block.language == "python":
            run_python(block, names)
        else:
            for line in _lines(block.text):
                run_line(line, block)


def run_python(block: Block, names: dict[str, Any]) -> None:
    """Execute a block on the prepared run: a sample brand would take minutes to fit."""

    def prepared_analysis(brand: str, **settings: Any) -> Any:
        folder = "my_brand" if brand.startswith("data/") else brand
        return open_analysis(folder, fast=True, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbench.analysis, "open_analysis", prepared_analysis)
        exec(compile(block.text, str(block), "exec"), names)


def _lines(text: str) -> list[list[str]]:
    joined = re.sub(r"\\\n", " ", text)
    parts = [part for line in joined.splitlines() for part in line.split("&&")]
    return [words for part in parts if (words := shlex.split(part, comments=True))]


def run_line(words: list[str], block: Block) -> None:
    command = Path(words[0]).name
    if command == "workbench":
        run_workbench(words[1:], block)
    elif command == "make":
        targets = [word for word in words[1:] if "=" not in word]
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{re.escape(t)}:", makefile, re.M) for t in targets), block
    elif command in INSTALLERS:
        assert_installable(words, block)
    elif command == "mkdir":
        Path(words[1]).mkdir()
    elif command == "cp":
        *sources, target = words[1:]
        for source in sources:
            found = sorted(Path().glob(source))
            assert found, f"{block}: nothing matches {source}"
            for path in found:
                shutil.copy(path, target)
    else:
        pytest.fail(f"{block}: no test knows the command {command!r}")


def run_workbench(words: list[str], block: Block) -> None:
    words = [_action_id() if re.fullmatch("act_[0-9a-f]{12}", word) else word for word in words]
    group = typer.main.get_command(app)
    command = group.commands[words[0]]  # type: ignore[attr-defined]
    if words[0] in SLOW:
        given = command.make_context(words[0], words[1:]).params
        for name in ("brand", "folder"):
            if name in given:
                assert Path(given[name]).is_dir(), f"{block}: there is no {given[name]}"
        return
    if words[0] == "new":  # the page speaks of exports alone
        (Path(words[1]) / "brand.yaml").unlink(missing_ok=True)
    done = CliRunner().invoke(app, words)
    allowed = (0, 1) if words[0] == "check" else (0,)  # a small brand may well fail a check
    assert done.exit_code in allowed, f"{block}: {done.output}"


def _action_id() -> str:
    """Return an action of the prepared run that can be approved, for the one that is printed."""
    from workbench.outbox.approval import plan_state

    (outbox,) = Path("reports/my_brand").glob("*/outbox")
    state = plan_state(outbox)
    return str(state.loc[state["status"] == "proposed", "id"].iloc[0])


def assert_installable(words: list[str], block: Block) -> None:
    text = " ".join(words)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extras in re.findall(r"\[([a-z,]+)\]", text):
        assert set(extras.split(",")) <= set(project["optional-dependencies"]), block
    for file in re.findall(r"\S+\.ya?ml", text):
        assert (ROOT / file).is_file(), block


@pytest.mark.parametrize("block", of("yaml"))
def test_yaml_blocks_load(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "block.yaml"
    file.write_text(block.text, encoding="utf-8")
    if block.text.startswith("# stack.yaml"):
        from workbench.spectrum import load_capabilities

        assert set(read_stack(file)) <= {one.id for one in load_capabilities()}
        return
    written = read_yaml(file)
    assert not written.problems
    settings = {"name": "Any", "currency": "USD", "timezone": "UTC", **written.data}
    if "name" not in written.data:
        orders = {"format": "orders", "path": "orders.csv"}
        settings["sources"] = {"orders": orders, **written.data.get("sources", {})}
    named = re.findall(r"(?:path|stack): \"?([^,{}\"\n]+)", block.text)
    for name in ["orders.csv", *named]:
        (tmp_path / name.strip().replace("*", "1")).touch()
    for name in re.findall(r"logo: \"?([^,{}\"\n ]+)", block.text):
        (tmp_path / name).write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    (tmp_path / "brand.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    open_analysis(load_brand(tmp_path), out=tmp_path / "reports")  # checks `decisions`, too


@pytest.mark.parametrize("block", of("sql"))
def test_sql_blocks_make_a_table_that_is_read(block: Block) -> None:
    with duckdb.connect() as database:
        database.execute("CREATE SCHEMA analytics")
        database.execute(
            "CREATE TABLE analytics.order_lines AS SELECT 'o1' AS order_id, 'c1' AS customer_id, "
            "TIMESTAMP '2026-01-02' AS placed_at, unnest([10.0, 5.0]) AS amount, 0.0 AS refunded, "
            "'meta' AS utm_source"
        )
        database.execute(block.text)
        rows = database.sql("SELECT order_id, customer_id, revenue, refund FROM analytics.orders")
        assert rows.fetchall() == [("o1", "c1", 15.0, 0.0)]


@pytest.mark.parametrize("block", of("csv"))
def test_csv_blocks_are_recognised(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text(block.text, encoding="utf-8")
    found = recognise(file)
    assert found.format in {"order_channels", "products"}, found.reason


LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_every_setting_of_a_brand_is_in_its_reference() -> None:
    from workbench.brand import Brand
    from workbench.brand_costs import Costs
    from workbench.brand_sources import Sources

    text = (ROOT / "docs/reference/brand_yaml.md").read_text(encoding="utf-8")
    for model in (Brand, Sources, Costs):
        for name in set(model.model_fields) - {"folder"}:
            assert re.search(rf"^\s*{name}:", text, re.M), name


def test_every_check_is_in_its_reference() -> None:
    from workbench.store import readiness

    names = {check.__name__ for check in readiness.CHECKS}
    renamed = {"enough_customers": "customers"}
    text = (ROOT / "docs/reference/checks.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(\w+)`", text, re.M))
    assert told == {renamed.get(name, name) for name in names}

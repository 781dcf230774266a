"""What is installed, from which files, and that importing it stays cheap."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import workbench
from tests.conftest import ROOT, require

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
PIN_FILES = sorted((ROOT / "requirements").glob("py3*.txt"))

CONDA_NAMES = {
    "ibis-framework[duckdb]": "ibis-duckdb",
    "tzdata": "python-tzdata",  # conda-forge's tzdata is not the Python package
}
"""Packages that conda-forge calls otherwise."""

NEEDED_WITHOUT_IMPORT = {
    "h5netcdf": "the engine with which xarray writes posterior.nc",
    "h5py": "what h5netcdf reads and writes with",
    "tzdata": "time zones where the system has none",
}

IMPORT_NAMES = {"ibis-framework": "ibis", "pyyaml": "yaml"}
COMES_WITH = {
    "IPython": "ipykernel",
    "markupsafe": "jinja2",
    "pydantic_core": "pydantic",
    "ruamel": "ruamel.yaml",
    "traitlets": "ipywidgets",
}
"""Packages that have no bounds of their own, because another one pins them."""


def requirements(*groups: str) -> list[Requirement]:
    """Return the requirements of the core and of extras, without the package itself."""
    lines = [*PROJECT["dependencies"], *(line for group in groups for line in EXTRAS[group])]
    return [one for one in map(Requirement, lines) if one.name != PROJECT["name"]]


def test_conda_has_the_names_and_bounds_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    listed = {}
    for line in environment["dependencies"]:
        name, bounds = re.fullmatch(r"([a-z0-9.-]+)(.*)", line).groups()
        listed[name] = SpecifierSet(bounds)
    wanted = {"python": SpecifierSet(PROJECT["requires-python"]), "pip": SpecifierSet()}
    for one in requirements("lab"):
        name = one.name + (f"[{','.join(sorted(one.extras))}]" if one.extras else "")
        wanted[CONDA_NAMES.get(name, name)] = one.specifier
    assert listed == wanted


@pytest.mark.parametrize("file", PIN_FILES, ids=lambda file: file.stem)
def test_pins_are_plain_versions_within_the_bounds(file):
    pins = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        pinned = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.+!]+)", line)
        assert pinned, f"{line!r} is no plain pin"
        pins[canonicalize_name(pinned[1])] = Version(pinned[2])
    for one in requirements("lab", "pdf", "present", "dev"):
        version = pins.get(canonicalize_name(one.name))
        assert version is not None, f"{one.name} has no pin: run make pins"
        assert version in one.specifier, f"{one} does not admit {version}: run make pins"


def test_both_generations_of_pymc_are_pinned():
    text = {file.stem: file.read_text(encoding="utf-8") for file in PIN_FILES}
    assert "\npymc==5." in text["py311"]
    assert "\npymc==6." in text["py313"]


def imported_packages() -> dict[str, str]:
    """Return each package that workbench/ imports at any level, with one file that does."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "workbench").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for name in names:
                found.setdefault(name.split(".")[0], file.relative_to(ROOT).as_posix())
    return {
        name: file
        for name, file in found.items()
        if name not in sys.stdlib_module_names and name != "workbench"
    }


def test_what_is_imported_is_declared_and_what_is_declared_is_needed():
    imported = imported_packages()
    core = {IMPORT_NAMES.get(one.name, one.name.replace("-", "_")) for one in requirements()}
    extras = {one.name.replace("-", "_") for one in requirements("lab", "spark", "pdf")}
    undeclared = {
        name: file
        for name, file in imported.items()
        if COMES_WITH.get(name, name) not in core | extras
    }
    assert undeclared == {}
    assert core - set(imported) == set(NEEDED_WITHOUT_IMPORT)


def test_importing_workbench_loads_nothing_heavy():
    code = "import sys, workbench; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {one.split("[")[0] for one in imported_packages()}


def test_public_names_are_there_on_first_use():
    for name in workbench.__all__:
        assert getattr(workbench, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        workbench.nothing  # noqa: B018


def test_the_wheel_holds_all_that_a_report_needs(tmp_path):
    require("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
        entry = next(name for name in packed if name.endswith("entry_points.txt"))
        assert "workbench = workbench.cli:main" in archive.read(entry).decode()
    sources = [path for path in (ROOT / "workbench").rglob("*") if path.is_file()]
    wanted = {
        path.relative_to(ROOT).as_posix() for path in sources if "__pycache__" not in path.parts
    }
    for folder in ("notebooks", "data/sample"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert files, f"{folder} is empty"
        wanted |= {
            f"workbench/{path.relative_to(ROOT).as_posix()}"
            for path in files
            if ".ipynb_checkpoints" not in path.parts
        }
    assert wanted <= packed


@pytest.fixture
def make():
    """Return a function that runs make without building anything."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )

    return run


def test_make_alone_says_what_can_be_made(make):
    done = make()
    assert done.returncode == 0
    for target in ("report", "test", "lint", "lab", "clean"):
        assert re.search(rf"^make {target} +\w", done.stdout, re.MULTILINE)


def test_make_needs_a_supported_python_and_says_so(make, tmp_path):
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make("report", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert done.returncode != 0
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_the_ci_script_is_a_program_that_bash_understands():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)


def commands(text: str) -> list[str]:
    """Return the command lines of the fenced blocks of a Markdown text."""
    blocks = re.findall(r"^```(?:sh|bash|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_documents_name_only_what_exists(document):
    from workbench.cli import app

    text = (ROOT / document).read_text(encoding="utf-8")
    known = {command.callback.__wrapped__.__name__ for command in app.registered_commands}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in commands(text):
        words = line.split()
        if words[0] == "workbench":
            assert words[1] in known, line
        elif words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), line
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / target).exists(), f"{document} links to {target}"

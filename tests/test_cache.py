"""Files on disk: whole or not there, and nothing left of what was not finished."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest

from workbench import cache
from workbench.cache import (
    FrameCache,
    draft_of,
    scratch_folder,
    sweep_drafts,
    write_bytes,
    write_frame,
)

TABLE = pd.DataFrame({"customer_id": ["a", "b"], "value": [1.0, 2.0]})


def full_disk(self: pd.DataFrame, path: Path, **_: object) -> None:
    Path(path).write_bytes(b"half of it")
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_a_full_disk_leaves_the_old_file_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write_frame(TABLE, tmp_path / name)
    before = (tmp_path / name).read_bytes()
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_disk)
    monkeypatch.setattr(pd.DataFrame, "to_csv", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_frame(TABLE, tmp_path / name)
    with pytest.raises(OSError, match="No space left"):
        FrameCache(tmp_path).put("kept", TABLE)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == before


def test_a_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file"
    with draft_of(target) as draft:
        draft.write_text("half")
        assert not target.exists()
    assert target.read_text() == "half"
    write_bytes(target, b"whole")
    assert [path.read_bytes() for path in target.parent.iterdir()] == [b"whole"]


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.skipif(os.name != "posix", reason="elsewhere drafts of other processes stay")
def test_only_drafts_of_ended_processes_are_swept(tmp_path: Path) -> None:
    ended = ended_process()
    left = [
        tmp_path / f".report.html.{ended}",
        tmp_path / "deep" / f".outbox.{ended}" / "klaviyo" / "profiles.csv",
        tmp_path / f".run.{ended}" / f".tables.{ended}" / "x.csv",
    ]
    own = tmp_path / f".mine.{os.getpid()}"
    kept = [
        tmp_path / f".running.{os.getppid()}",
        tmp_path / ".approving",
        tmp_path / f"report.{ended}",
        tmp_path / ".cache" / "table.parquet",
    ]
    for path in (*left, own, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    sweep_drafts(tmp_path)
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in (own, *kept))
    sweep_drafts(tmp_path, own=True)
    assert not own.exists()
    assert all(path.exists() for path in kept)
    sweep_drafts(tmp_path / "missing")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere folders of other processes stay")
def test_scratch_folders_of_killed_processes_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, running = tmp_path / f"clvw-{ended_process()}-x", tmp_path / f"clvw-{os.getppid()}-y"
    killed.mkdir()
    running.mkdir()
    with scratch_folder() as folder:
        assert folder.parent == tmp_path
        assert not killed.exists()
    assert [path.name for path in tmp_path.iterdir()] == [running.name]
    assert cache._runs(os.getpid())

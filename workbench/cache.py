"""Tables kept on disk under a key of everything they depend on, so that no step runs twice."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import get_ident

import pandas as pd

__all__ = [
    "FrameCache",
    "code_hash",
    "draft_of",
    "hash_files",
    "scratch_folder",
    "sweep_drafts",
    "write_atomically",
    "write_bytes",
    "write_frame",
]

_CODE = {".py", ".yaml", ".json", ".html", ".css", ".js", ".j2"}
_DRAFT = re.compile(r"\..+\.(\d+)")
_SCRATCH = re.compile(r"clvw-(\d+)-.+")


@dataclass(frozen=True)
class FrameCache:
    """A folder of parquet files, one per table; a damaged file counts as absent."""

    folder: Path

    def get(self, name: str) -> pd.DataFrame | None:
        """Return a kept table, or None."""
        path = self.folder / f"{name}.parquet"
        try:
            return pd.read_parquet(path) if path.is_file() else None
        except (OSError, ValueError):
            return None

    def put(self, name: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Keep a table and return it."""
        with draft_of(self.folder / f"{name}.parquet") as draft:
            frame.to_parquet(draft, index=False)
        return frame

    def frame(self, name: str, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a kept table, or compute and keep it."""
        kept = self.get(name)
        return kept if kept is not None else self.put(name, compute())


def hash_files(files: Iterable[Path], extra: str = "") -> str:
    """Hash of the names and bytes of files, in sorted order; 20 hexadecimal digits."""
    digest = hashlib.sha256(extra.encode())
    for path in sorted(set(files)):
        digest.update(path.name.encode())
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()[:20]


@cache
def code_hash() -> str:
    """Hash of the package's own files: what other code computed is computed anew."""
    home = Path(__file__).parent
    kept = (path for path in home.rglob("*") if path.suffix in _CODE)
    return hash_files(path for path in kept if path.is_file())


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Yield a file to write beside `path`, whose place it takes when the block ends well.

    A block that raises, on a full disk for example, leaves `path` as it was and no draft.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # two threads of one process may write the same file: each has its own draft
    draft = path.with_name(f".{path.name}.{get_ident()}.{os.getpid()}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def sweep_drafts(folder: Path, *, own: bool = False) -> None:
    """Remove drafts (``.<name>.<process id>``) below a folder whose process was killed.

    Ids are asked of this machine: two that share a folder must not work on it at the same time.

    Parameters
    ----------
    folder : Path
        May be missing.
    own : bool
        Whether drafts of this process's id go, too: at the start of a run they are those of an
        earlier process that bore the same one, as in a container that was started anew.
    """
    for path in sorted(folder.rglob(".*")):  # a folder before what it holds
        found = _DRAFT.fullmatch(path.name)
        if found is None or not path.exists():
            continue
        process = int(found[1])
        if own if process == os.getpid() else not _runs(process):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder for temporary files; those of processes that were killed are removed."""
    for left in Path(tempfile.gettempdir()).glob("clvw-*"):
        found = _SCRATCH.fullmatch(left.name)
        if found and not _runs(int(found[1])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"clvw-{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    """Tell whether a process runs here; where that cannot be asked, suppose that it does."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def write_atomically(path: Path, text: str) -> Path:
    """Write a text file so that a reader sees the old or the new one, never half of it."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, body: bytes) -> Path:
    """Write a file so that a reader sees the old or the new one, never half of it."""
    with draft_of(path) as draft:
        draft.write_bytes(body)
    return path


def write_frame(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV or parquet by its ending, atomically.

    In CSV, text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    with draft_of(path) as draft:
        if path.suffix == ".parquet":
            frame.to_parquet(draft, index=False)
            return path
        guarded = frame.copy()
        for name in guarded.columns:
            if guarded[name].dtype.kind in "OTU" or isinstance(guarded[name].dtype, pd.StringDtype):
                guarded[name] = guarded[name].map(_guard)
        guarded.to_csv(draft, index=False, lineterminator="\n")
    return path


def _guard(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value

"""Tables kept on disk under a key of everything they depend on, so that no step runs twice."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

__all__ = ["FrameCache", "hash_files", "write_atomically", "write_bytes", "write_frame"]


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
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.parquet"
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        frame.to_parquet(draft, index=False)
        os.replace(draft, path)
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


def write_atomically(path: Path, text: str) -> Path:
    """Write a text file so that a reader sees the old or the new one, never half of it."""
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, body: bytes) -> Path:
    """Write a file so that a reader sees the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(body)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def write_frame(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV or parquet by its ending, atomically.

    In CSV, text that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if path.suffix == ".parquet":
        frame.to_parquet(draft, index=False)
    else:
        guarded = frame.copy()
        for name in guarded.columns:
            if guarded[name].dtype.kind in "OTU" or isinstance(guarded[name].dtype, pd.StringDtype):
                guarded[name] = guarded[name].map(_guard)
        guarded.to_csv(draft, index=False, lineterminator="\n")
    os.replace(draft, path)
    return path


def _guard(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value

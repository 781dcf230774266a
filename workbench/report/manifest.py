"""`manifest.json`: what a run was made from, so that it can be repeated and recognised.

Seconds stand here and nowhere else: the same inputs leave the same bytes in page and tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from workbench.cache import write_atomically
from workbench.report.document import plain

__all__ = [
    "FILE",
    "done_key",
    "read_manifest",
    "run_id",
    "write_atomically",
    "write_manifest",
]

FILE = "manifest.json"
_DECIDES = (
    "brand", "as_of", "input_hash", "history_hash", "fit_key", "seed", "fast", "versions",
)  # fmt: skip


def run_id(meta: Mapping[str, Any]) -> str:
    """Return a short name of a run, derived from what determines its result.

    Parameters
    ----------
    meta : mapping
        `Analysis.meta`; hashes of the inputs and of what earlier runs left, key of the fit, seed,
        number of draws, as-of date and versions count.

    Returns
    -------
    str
        12 hexadecimal digits.
    """
    kept = {name: meta.get(name) for name in _DECIDES}
    text = json.dumps(plain(kept), sort_keys=True, ensure_ascii=False)
    return blake2b(text.encode(), digest_size=6).hexdigest()


def write_manifest(folder: Path, content: Mapping[str, Any]) -> Path:
    """Write the manifest of a run; `content` holds at least ``status`` ("done" or "failed")."""
    if content["status"] not in ("done", "failed"):
        raise ValueError(f"status must be 'done' or 'failed', got {content['status']!r}.")
    text = json.dumps(plain(content), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return write_atomically(folder / FILE, text)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run, empty where there is none that can be read."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def done_key(folder: Path) -> str | None:
    """Return the run id of a finished run whose page and other forms still exist, else None."""
    content = read_manifest(folder)
    forms = {"report.html", *content.get("forms", ())}
    whole = all((folder / name).is_file() for name in forms)
    return str(content["run_id"]) if content.get("status") == "done" and whole else None

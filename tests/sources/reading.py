"""Helpers of the reader tests: read a brand folder, look things up in its log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from workbench.brand import load_brand
from workbench.sources import Exports, read_exports


def read(folder: Path) -> Exports:
    """Return the exports of a brand folder."""
    return read_exports(load_brand(folder))


def count(exports: Exports, what: str) -> int:
    """Return how many things of a kind the log counts."""
    log = exports.log
    return int(log.loc[log["what"].str.contains(what, regex=False), "count"].sum())


def note(exports: Exports, what: str) -> str:
    """Return what the log says about a kind of things."""
    log = exports.log
    return " | ".join(log.loc[log["what"].str.contains(what, regex=False), "note"])


def order(exports: Exports, order_id: str) -> dict[str, Any]:
    """Return one order as a mapping."""
    found = exports.orders[exports.orders["order_id"] == order_id]
    assert len(found) == 1, f"{len(found)} orders called {order_id}"
    return found.iloc[0].to_dict()


def everything(exports: Exports) -> str:
    """Return all that may be shown or stored, as text: everything but identities."""
    frames = {k: v for k, v in vars(exports).items() if isinstance(v, pd.DataFrame)}
    del frames["identities"]
    return repr(exports) + "".join(frame.to_csv() for frame in frames.values())


def same(one: Exports, other: Exports) -> None:
    """Assert that two readings give the same frames."""
    for name, frame in vars(one).items():
        if isinstance(frame, pd.DataFrame) and name != "log":
            pd.testing.assert_frame_equal(frame, getattr(other, name))

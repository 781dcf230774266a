"""Stands in for the process of a brand; in a module of its own, as a new process imports it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

__all__ = ["ended"]


def ended(theirs: Any, brand: Path, *_: Any) -> None:
    """End the process of brand "a" as the system does for want of memory; answer for others."""
    if brand.name == "a":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.5)
    theirs.send((brand.name, {"brand": brand.name, "folder": brand.name, "reason": "x"}, False))

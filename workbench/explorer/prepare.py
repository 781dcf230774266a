"""What the explorer needs before it opens: fit and forecast, step by step, or beside the notebook.

`prepare` does it where it is called and tells each step. `Preparation` does the same in a process
of its own, so that figures go on answering meanwhile; it is over when the notebook is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.analysis import Analysis
    from workbench.explorer.material import Material

__all__ = ["STEPS", "Preparation", "prepare"]

STEPS = (
    "reading the exports",
    "forecasting from earlier dates, to hold against what happened",
    "fitting the model",
    "simulating the forecast",
)


def prepare(analysis: Analysis, tell: Callable[[str], object] = lambda _: None) -> Material:
    """Return the material of an analysis, made where it is not kept.

    Parameters
    ----------
    analysis : Analysis
    tell : callable
        Told each step when it begins; nothing where the material is kept.

    Raises
    ------
    WorkbenchError
        Where the exports cannot be read or no model can be fitted.
    """
    from workbench.explorer.build import open_material
    from workbench.explorer.places import is_ready

    if not is_ready(analysis):
        for number, (name, step) in enumerate(zip(STEPS, _steps(analysis), strict=True), start=1):
            tell(f"step {number} of {len(STEPS)}, {name}")
            step()
    return open_material(analysis)


def _steps(analysis: Analysis) -> tuple[Callable[[], object], ...]:
    from workbench.explorer.build import open_material

    return (
        lambda: analysis.exports,
        lambda: analysis.outlook,
        lambda: analysis.fit,
        lambda: open_material(analysis),
    )


@dataclass
class Preparation:
    """`prepare` in a process of its own, which ends with the one that began it.

    Attributes
    ----------
    process : Popen
    log : Path
        Its words: one line per step, the last one says why it stopped.
    began : float
        `time.monotonic` at the start.
    """

    process: subprocess.Popen
    log: Path
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, analysis: Analysis) -> Preparation:
        """Begin to prepare an analysis; its settings are read again from its folder."""
        told = {
            "brand": str(analysis.brand.folder),
            "as_of": None if analysis.given_as_of is None else analysis.given_as_of.isoformat(),
            "out": str(analysis.out),
            "fast": analysis.fast,
            "seed": analysis.seed,
        }
        handle, name = tempfile.mkstemp(prefix="clvw-explorer-", suffix=".log")
        with os.fdopen(handle, "wb") as log:
            process = subprocess.Popen(  # noqa: S603 - this Python, this module
                [sys.executable, "-m", "workbench.explorer.prepare", json.dumps(told)],
                stdin=subprocess.PIPE,  # closed when this process ends
                stdout=log,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        return cls(process, Path(name))

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.process.poll() is None

    @property
    def words(self) -> str:
        """What it does now, or why it stopped; empty at first and when all is done."""
        kind, text = _last(self.log)
        code = self.process.poll()
        if code is None or kind == "error":
            return text
        if code < 0:
            return (
                "Its process was ended, most likely for want of memory. Close other programs, or "
                "run `workbench report` in a terminal."
            )
        if code:
            return "It met an error of the workbench; `workbench report` in a terminal tells which."
        return ""

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def stop(self) -> None:
        """End it; what it had kept already is used the next time."""
        if self.running:
            self.process.terminate()
        self.close()

    def close(self) -> None:
        """Let go of the ended process and its words."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(30)
        self.log.unlink(missing_ok=True)


def _last(log: Path) -> tuple[str, str]:
    """Return kind and text of the last line that `_main` wrote."""
    told = ("", "")
    with suppress(OSError):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError, TypeError):
                kind, text = json.loads(line)
                told = (str(kind), str(text))
    return told


def _end_with_parent() -> None:
    """End this process when the pipe from the one that began it closes."""

    def wait() -> None:
        os.read(0, 1)  # not sys.stdin: its lock would be held when this process ends by itself
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def _main(told: dict[str, Any]) -> int:
    from workbench.analysis import open_analysis

    def say(kind: str, text: str) -> None:
        sys.stdout.write(json.dumps([kind, text]) + "\n")
        sys.stdout.flush()

    _end_with_parent()
    try:
        prepare(open_analysis(told.pop("brand"), **told), lambda text: say("step", text))
    except WorkbenchError as error:
        say("error", str(error))
        return 2
    except OSError as error:
        say("error", f"The brand's files cannot be read: {error.strerror or error}.")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(json.loads(sys.argv[1])))

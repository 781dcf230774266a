"""One Jupyter kernel of the running interpreter, which the report notebooks share one by one.

Starting a kernel and importing the stack costs seconds, so the notebooks run in one kernel; its
namespace is emptied before each, so that no notebook can lean on another. The analysis that the
first of them opens serves them all: they tell of one and the same reading of the inputs. No
installed kernelspec is needed, and on POSIX no network port is opened.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

from workbench.cache import scratch_folder
from workbench.errors import WorkbenchError
from workbench.report.parameters import ONE_RUN

__all__ = ["KERNEL", "SharedKernel", "empty_namespace", "running_kernel"]

KERNEL = "python3"
PROGRAM = "workbench.report.kernel_program"
_TIMEOUT = 120  # seconds until a started kernel must answer


class _ThisInterpreter(KernelSpecManager):
    """Knows one kernel: ipykernel in the Python that runs now."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        # -P: a file in the current folder must not be taken for a module of the same name
        launch = [sys.executable, "-P", "-m", PROGRAM, "-f", "{connection_file}"]
        return KernelSpec(
            argv=[*launch, "--HistoryManager.enabled=False"],
            display_name="Python 3",
            language="python",
        )


class SharedKernel(KernelManager):
    """A kernel that several notebooks use; closes the connections that each of them opens.

    nbclient leaves the connection to a kernel that it did not start open. It waits for an answer
    and for the end of the process at once, in one event loop: a client that blocks, as a manager
    gives by default, would keep it from ever noticing that the process ended.
    """

    def client(self, **options: Any) -> Any:
        """Return a new client for nbclient, to be closed by `close_clients`."""
        return self._open(AsyncKernelClient, options)

    def blocking_client(self) -> BlockingKernelClient:
        """Return a new client for our own questions, to be closed by `close_clients`."""
        return self._open(BlockingKernelClient, {})

    def _open(self, kind: type[Any], options: dict[str, Any]) -> Any:
        self.client_factory = kind
        opened = super().client(**options)
        self._opened = [*getattr(self, "_opened", []), opened]
        return opened

    def close_clients(self) -> None:
        """Close every connection."""
        for client in getattr(self, "_opened", []):
            client.stop_channels()
        self._opened = []


@contextmanager
def running_kernel() -> Iterator[SharedKernel]:
    """Start a kernel in the current folder and end it afterwards.

    Yields
    ------
    SharedKernel
        To be passed to papermill as ``km``.
    """
    with scratch_folder() as home, (home / "log").open("wb") as log:
        kernel = SharedKernel(
            kernel_name=KERNEL,
            kernel_spec_manager=_ThisInterpreter(),
            connection_file=str(home / "kernel.json"),
        )
        if os.name == "posix":
            kernel.transport, kernel.ip = "ipc", str(home / "k")
        kernel.start_kernel(env=_environment(home), stdout=log, stderr=log)
        try:
            yield kernel
        finally:
            kernel.close_clients()
            kernel.shutdown_kernel(now=True)


def empty_namespace(kernel: SharedKernel) -> None:
    """Forget every variable of the kernel; imported modules stay loaded.

    Raises
    ------
    WorkbenchError
        If the kernel does not answer.
    """
    client = kernel.blocking_client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=_TIMEOUT)
        client.execute_interactive("%reset -f", silent=True, timeout=_TIMEOUT)
    except (RuntimeError, TimeoutError) as error:
        raise WorkbenchError(
            "The Jupyter kernel of this Python did not answer. Check that `python -m ipykernel "
            "--version` works in the same environment, then run the report again."
        ) from error
    finally:
        kernel.close_clients()


def _environment(home: Path) -> dict[str, str]:
    """Environment of the kernel: no progress bars, no files at home, figures as data only."""
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "IPYTHONDIR": str(home / "ipython"),
        "PLOTLY_RENDERER": "plotly_mimetype",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONPATH": os.pathsep.join(paths),
        ONE_RUN: "1",
        "TQDM_DISABLE": "1",
    }

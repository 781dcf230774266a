"""Papermill's engine, writing an executed notebook once instead of twice for every cell."""

from __future__ import annotations

from typing import Any

from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

__all__ = ["ENGINE"]

ENGINE = "workbench"


class _WrittenOnce(NBClientEngine):
    """Runs the cells without writing between them; at the end, or where it stops, once."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any
    ) -> None:
        """Execute the cells."""
        target, nb_man.output_path = nb_man.output_path, None
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **options)
        finally:
            nb_man.output_path = target  # papermill writes there next, however this ended


papermill_engines.register(ENGINE, _WrittenOnce)

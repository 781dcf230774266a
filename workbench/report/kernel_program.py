"""The program of the report's kernel: an IPython kernel that has loaded what its notebooks need.

It loads while the process that started it loads its own part (`workbench.report.notebooks`).
"""

from __future__ import annotations

from workbench.report.imports import GRAMMARS, not_installed

__all__: list[str] = []

if __name__ == "__main__":
    with not_installed(GRAMMARS):
        import plotly.io  # noqa: F401

    from ipykernel.kernelapp import launch_new_instance

    import workbench.analysis
    import workbench.report.readout  # noqa: F401

    launch_new_instance()

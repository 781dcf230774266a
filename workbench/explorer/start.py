"""One line to start: a brand in, its explorer out, or a sentence that says why not."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.explorer.sentence import Sentence

if TYPE_CHECKING:
    from workbench.analysis import Analysis
    from workbench.brand import Brand
    from workbench.explorer.app import Explorer

__all__ = ["explore"]


def explore(
    brand: str | Path | Brand | Analysis | Callable[[], Analysis],
    *,
    as_of: str | date | None = None,
    out: str | Path = "reports",
    fast: bool = False,
    presenting: bool | Sequence[str] | None = None,
) -> Explorer | Sentence:
    """Open the live workbench of a brand, in a notebook.

    Fit and forecast are made once and kept; the first time takes minutes, later ones seconds. The
    view is kept in ``<out>/<brand>/explorer.json`` after every change, and found again after a
    restart of the kernel.

    Parameters
    ----------
    brand : str, Path, Brand, Analysis or callable
        Brand folder, its brand.yaml, or what was opened already or opens it (then `as_of`, `out`
        and `fast` are its own).
    as_of, out, fast
        As in `workbench.open_analysis`.
    presenting : bool or sequence of str, optional
        Large type, no code, few controls: for the room; by default only where Voila serves the
        notebook. Names choose the controls that stay: brand, as_of, channel, first_product,
        first_month, by, horizon, interval, cac_change, margin_change, retention_change.

    Returns
    -------
    Explorer or Sentence
        The last value of a cell shows itself. A sentence where there is nothing to explore.
    """
    try:
        import anywidget  # noqa: F401
        import ipywidgets  # noqa: F401
    except ImportError:
        return Sentence(
            "The live workbench needs JupyterLab and its widgets: install "
            "`clv-workbench[lab]`, then start again."
        )
    try:
        return _open(brand() if callable(brand) else brand, as_of, out, fast, presenting)
    except WorkbenchError as error:
        return Sentence(f"There is nothing to explore yet. {error}")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return Sentence(
            "The brand's files cannot be read: they were moved or deleted while they were in use, "
            f"or may not be opened{where}. Check the folder and run this cell again."
        )


def _open(
    brand: str | Path | Brand | Analysis,
    as_of: str | date | None,
    out: str | Path,
    fast: bool,
    presenting: bool | Sequence[str] | None,
) -> Explorer:
    from workbench.analysis import Analysis, open_analysis

    analysis = (
        brand
        if isinstance(brand, Analysis)
        else open_analysis(brand, as_of=as_of, out=out, fast=fast)
    )
    name = analysis.brand.name
    with _waiting(f"{name}: opening.") as tell:
        from workbench.explorer.app import Explorer, served_by_voila
        from workbench.explorer.bench import open_bench
        from workbench.explorer.choice import CHOICES, Choice

        bench = open_bench(
            analysis, lambda step: tell(f"{name}: {step}. Once for this data; it takes minutes.")
        )
        if presenting is None:
            presenting = served_by_voila()
        named = () if isinstance(presenting, bool) else presenting
        # in the room nobody sees the names of other clients, unless they are asked for
        shown = [one for one in CHOICES if one in named] if presenting else CHOICES
        choice = Choice(analysis, shown=shown) if shown else None
        return Explorer(bench, presenting=presenting, choice=choice)


@contextmanager
def _waiting(text: str) -> Iterator[Callable[[str], None]]:
    """Show a line while the block runs, in a notebook, and send plotly.js ahead.

    Yields what puts another text on the line.
    """
    from IPython.core.getipython import get_ipython
    from IPython.display import HTML, display

    if get_ipython() is None:
        yield lambda _: None
        return
    from workbench.explorer.chart import Library

    line = display(HTML(_line(text)), display_id=True)
    library = Library()
    try:
        yield lambda text: line.update(HTML(_line(text))) if line is not None else None
    finally:
        library.close()
        if line is not None:
            line.update(HTML(""))


def _line(text: str) -> str:
    return f"<p role='status'>{html.escape(text)}</p>"

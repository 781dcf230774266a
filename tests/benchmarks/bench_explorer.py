"""How long answers and figures of the explorer take, and how large its material is.

``python -m tests.benchmarks.bench_explorer [--customers 100000] [--brand FOLDER] [--out FOLDER]``

A brand of stage 3 is simulated (or one is given), fitted (``fast``) and valued; what is asked then
are the answers at the default view: cold (a selection that was never summed) and warm (only
horizon, interval or an assumption moved). Milliseconds are CPU time of this process, the median of
several; a goal of 30 ms an answer leaves room for the figure and the browser within 150 ms.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workbench import plots
from workbench.analysis import open_analysis
from workbench.explorer import Material, View, answers, open_material
from workbench.explorer import figures as drawn
from workbench.simulate import write_brand


def milliseconds(run: Callable[[], object], times: int = 9) -> float:
    """Median CPU time of a call."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return 1000.0 * float(np.median(spent))


def figures_of(material: Material, view: View) -> dict[str, Callable[[], object]]:
    """Every figure with its answers, as a control's move asks for them."""
    facts, palette = material.facts, plots.channel_styles(material.values("channel"))
    by_product = view.change(by="first_product")
    return {
        "channel_answer": lambda: drawn.roas_figure(
            answers.channel_answer(material, view), view, facts, palette
        ),
        "curve_answer": lambda: drawn.curve_figure(
            answers.curve_answer(material, by_product),
            answers.payback_answer(material, by_product),
            by_product,
            facts,
        ),
        "payback_answer": lambda: drawn.curve_figure(
            answers.curve_answer(material, view),
            answers.payback_answer(material, view),
            view,
            facts,
            palette,
        ),
        "cohort_answer": lambda: drawn.cohort_figure(
            answers.cohort_answer(material, view), view, facts
        ),
        "shrinkage_answer": lambda: drawn.shrinkage_figure(
            answers.shrinkage_answer(material, view.change(filters={})), view, facts
        ),
        "what_if_answer": lambda: drawn.what_if_figure(
            answers.what_if_answer(material, view), view, facts
        ),
        "compare_answer": lambda: drawn.compare_figure(
            answers.compare_answer(material, view), view, facts
        ),
        "customer_answer": lambda: drawn.story_figure(
            answers.order_answer(material, view),
            answers.customer_answer(material, view),
            view,
            facts,
        ),
    }


def measure(brand: Path, out: Path) -> None:
    """Print sizes and times of one brand."""
    start = time.perf_counter()
    analysis = open_analysis(brand, out=out, fast=True)
    customers = len(analysis.customers)
    print(f"{customers:,} customers read in {time.perf_counter() - start:.0f} s")
    start = time.perf_counter()
    analysis.fit  # noqa: B018 - made or read
    print(f"fit in {time.perf_counter() - start:.0f} s")
    start = time.perf_counter()
    open_material(analysis)
    print(f"material opened in {time.perf_counter() - start:.1f} s, built if it was not kept")
    start = time.perf_counter()
    material = open_material(analysis)
    print(
        f"material read in {time.perf_counter() - start:.2f} s: {material.nbytes / 2**20:.0f} MiB "
        f"of draws, {len(material.cells):,} cohorts, {material.facts.draws} draws"
    )
    view = material.default_view()
    whole = view.change(filters={})
    figures = figures_of(material, view)
    print("answer, ms CPU | cold | cold, all months | warm | with its figure")
    for name in answers.__all__:
        answer = getattr(answers, name)

        def cold(of: View, answer: Callable[..., object] = answer) -> object:
            material.kept.clear()
            return answer(material, of)

        row = [
            milliseconds(lambda cold=cold: cold(view)),  # type: ignore[misc]
            milliseconds(lambda cold=cold: cold(whole)),  # type: ignore[misc]
            milliseconds(lambda answer=answer: answer(material, view.change(interval=0.8))),  # type: ignore[misc]
        ]
        drawn_in = f"{milliseconds(figures[name], 5):.0f}" if name in figures else ""
        print(f"{name} | " + " | ".join(f"{ms:.1f}" for ms in row) + f" | {drawn_in}")


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--brand", type=Path, help="a brand folder in place of a simulated one")
    parser.add_argument("--out", type=Path, help="where fits are kept and reused")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        brand = options.brand
        if brand is None:
            brand = Path(scratch) / "brand"
            write_brand(brand, stage=3, customers=options.customers, seed=1)
        measure(brand, options.out or Path(scratch) / "out")


if __name__ == "__main__":
    main()

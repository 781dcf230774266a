"""How long a control of the explorer takes to answer, in the browser, at 100,000 customers.

A sample brand's material is made as large: its customers and their orders are repeated, counts and
sums of its cohorts grow with them, its draws stay. It is kept where `explore` looks for it, so that
first paint is that of a stored fit. Time runs from the key press in the page until the last figure
that it changes is drawn there; everything in between is inside: message, answer, figure, drawing.

Run as ``python -m tests.benchmarks.bench_explorer_browser [brand] [customers]``; takes the minutes
of one fit where the brand has none in ``reports/``.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from tests.explorer.jupyter import ARGS, Tab, lab_server, notebook, open_notebook, run_all
from workbench.analysis import open_analysis
from workbench.explorer.build import material_folder, open_material
from workbench.explorer.material import Material, write_material
from workbench.report.notebooks import reports_folder, sample_folder
from workbench.report.pdf import find_chromium

PRESSES = 15
CONTROLS = (
    ("Channels", "Horizon"), ("Channels", "Interval"), ("Channels", "CAC"), ("Value", "Horizon"),
    ("Value", "Margin"), ("Cohorts", "Horizon"), ("What if", "CAC"), ("What if", "Margin"),
    ("What if", "Retention"), ("Compare", "Horizon"), ("Budget desk", "a month"),
    ("Budget desk", "Interval"), ("Experiment desk", "Cost"),
    ("Experiment desk", "Spread of lifts"),
)  # fmt: skip
_PRESS = """([label, back]) => new Promise(done => {
  const seen = [...document.querySelectorAll('.wb-control')].filter(e => e.offsetParent
    && e.querySelector('.widget-label').textContent.includes(label)
    && e.querySelector('.noUi-handle') && !e.querySelector('[disabled]'))[0];
  const figures = [...document.querySelectorAll('.wb-figure')].filter(f => f.offsetParent);
  const left = new Set(figures);
  const begun = performance.now();
  const watch = new MutationObserver(changes => {
    changes.forEach(change => left.delete(change.target));
    if (left.size === 0) { watch.disconnect(); done(performance.now() - begun); }
  });
  figures.forEach(f => watch.observe(f, {attributes: true, attributeFilter: ['data-serial']}));
  seen.querySelector('.noUi-handle').dispatchEvent(new KeyboardEvent('keydown',
    {key: back ? 'ArrowLeft' : 'ArrowRight', bubbles: true}));
  setTimeout(() => { watch.disconnect(); done(-1); }, 10000);
})"""


def enlarged(material: Material, customers: int) -> Material:
    """Repeat a material's customers until there are as many as asked for."""
    times = -(-customers // len(material.customers))
    people, orders = material.customers, material.orders
    copies = [
        people.assign(customer_id=people["customer_id"] + (f"-{i}" if i else ""))
        for i in range(times)
    ]
    many = pd.concat(copies).reset_index(drop=True)
    order = many["customer_id"].argsort(kind="stable").to_numpy()
    place = pd.Series(range(len(many)), index=order).sort_index().to_numpy()
    told = [
        orders.assign(customer=place[orders["customer"].to_numpy() + i * len(people)])
        for i in range(times)
    ]
    counts = ["customers", "age_days", "orders", "customers_90d", "retained_90d"]
    cells = material.cells.assign(**{name: times * material.cells[name] for name in counts})
    money = ["spend", "claimed_value", "claimed_spend"]
    return replace(
        material,
        cells=cells,
        observed=times * material.observed,
        reached=times * material.reached,
        predicted=tuple(replace(one, curves=times * one.curves) for one in material.predicted),
        spend=material.spend.assign(**{name: times * material.spend[name] for name in money}),
        customers=many.iloc[order].reset_index(drop=True),
        orders=pd.concat(told).sort_values(["customer", "day"], kind="stable", ignore_index=True),
    )


def measured(tab: Tab, name: str, label: str) -> list[float]:
    """Milliseconds of each press of one slider on one tab."""
    tab.page.locator(f'.wb-tabs [role="tab"]:has-text("{name}")').click()
    tab.page.wait_for_timeout(1500)
    found = []
    for i in range(PRESSES):
        found.append(float(tab.page.evaluate(_PRESS, [label, i % 2 == 0])))
        tab.page.wait_for_timeout(150)
    return found


def main(brand: str = "juniper_tea", customers: int = 100_000) -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch:
        out, book = Path(scratch, "out"), Path(scratch, "notebooks")
        kept = reports_folder() / brand
        if kept.is_dir():
            shutil.copytree(kept, out / brand)
        analysis = open_analysis(sample_folder() / brand, out=out, fast=True)
        material = enlarged(open_material(analysis), customers)
        write_material(material, material_folder(analysis))
        notebook(book, out=str(out), brand=brand)
        size = f"{len(material.customers):,} customers, {len(material.cells):,} cohorts, "
        print(size + f"{material.facts.draws} draws, {material.nbytes / 2**20:.0f} MB of draws")
        with lab_server(book, Path(scratch)) as base, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGS)
            tab = open_notebook(browser, base, "explore.ipynb")
            begun = time.perf_counter()
            run_all(tab)
            wait = tab.page.wait_for_selector
            wait(".wb-title:visible >> text=/./", timeout=120_000)
            words = time.perf_counter() - begun
            wait(".wb-figure[data-serial]", timeout=120_000)
            drawn = time.perf_counter() - begun
            print(f"first paint {drawn:.1f} s after Run All, kernel started; words {words:.1f} s")
            _report(tab)
            browser.close()


def _report(tab: Any) -> None:
    medians = []
    print(f"{'tab':16} {'control':16} {'median':>8} {'worst':>8}  ms")
    for name, label in CONTROLS:
        found = [one for one in measured(tab, name, label) if one >= 0]
        if not found:
            print(f"{name:16} {label:16} not there")
            continue
        medians.append(statistics.median(found))
        print(f"{name:16} {label:16} {medians[-1]:8.0f} {max(found):8.0f}")
    middle = statistics.median(medians)
    print(f"median over controls {middle:.0f} ms, slowest {max(medians):.0f} ms")
    print(f"console errors {len(tab.errors)}, requests to other machines {len(tab.foreign)}")


if __name__ == "__main__":
    main(
        sys.argv[1] if len(sys.argv) > 1 else "juniper_tea",
        int(sys.argv[2]) if len(sys.argv) > 2 else 100_000,
    )

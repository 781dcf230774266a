"""The explorer in JupyterLab in Chromium, every other network cut off: each control, each tab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ORDERS, RUN, require
from tests.explorer.handmade import handmade
from tests.explorer.jupyter import (
    ARGS,
    TOKEN,
    Tab,
    add_cell,
    lab_server,
    notebook,
    open_notebook,
    open_tab,
    run_all,
    voila_server,
)
from workbench.explorer.build import material_folder, open_material
from workbench.explorer.kept import kept_views, views_folder
from workbench.explorer.material import Material, write_material
from workbench.explorer.places import is_ready
from workbench.explorer.sentence import Sentence
from workbench.explorer.tabs import TABS, show_tab
from workbench.explorer.view import Assumptions, View
from workbench.plots.words import shorten
from workbench.report.parameters import ReportParameters
from workbench.report.pdf import find_chromium
from workbench.report.present import write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.slow]

EARLIER = date(2026, 3, 31)
OTHER = "Quince Cider"
FIGURE = ".wb-figure[data-serial]"
PRICES = """\
from IPython.display import HTML
from workbench.report.readout import ReadOut
display(HTML("<p id='formula'>$a + b$</p>"))
ReadOut("Answer", ("Worth $289 (90% interval $276 to $302).",))"""


@pytest.fixture(scope="module")
def brand(finished_run: Path) -> Path:
    """A brand with a finished run, and two that have none beside it."""
    for slug, name in (("alder", "Alder Home"), ("juniper", OTHER)):
        folder = finished_run / slug
        folder.mkdir()
        (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
        settings = "currency: USD\nas_of: 2025-09-30\nsources: {orders: {format: orders, path: "
        text = f"name: {name}\n{settings}orders.csv}}}}\n"
        (folder / "brand.yaml").write_text(text, encoding="utf-8")
    return finished_run / RUN


@pytest.fixture(scope="module")
def out(finished_run: Path) -> Path:
    return finished_run / "reports"


@pytest.fixture(scope="module")
def bench(brand: Path, out: Path) -> Any:
    """What the notebook opens at once: its run laid it out."""
    from workbench.analysis import open_analysis
    from workbench.explorer.bench import lay_out

    analysis = open_analysis(brand, out=out, fast=True)
    assert is_ready(analysis)
    material = open_material(analysis)
    assert isinstance(material, Material)
    return lay_out(material, analysis)


@pytest.fixture(scope="module")
def others(brand: Path, out: Path) -> dict[str, Any]:
    """Another date of the brand, and another brand, kept as if they had been fitted."""
    from workbench.analysis import open_analysis
    from workbench.explorer.bench import lay_out

    found = {}
    for name, slug, day in (("date", RUN, EARLIER), ("brand", "juniper", None)):
        analysis = open_analysis(brand.parent / slug, as_of=day, out=out, fast=True)
        plain = handmade()
        facts = replace(plain.facts, brand=analysis.brand.name, as_of=analysis.as_of)
        material = replace(plain, facts=facts)
        write_material(material, material_folder(analysis))
        found[name] = lay_out(material, analysis)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = require("playwright.sync_api")
    require("jupyterlab")
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=ARGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory,
    brand: Path,
    out: Path,
    bench: Any,
    others: dict[str, Any],
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("notebooks")
    notebook(folder, out=str(out), brand=str(brand))
    notebook(folder / "second", out=str(out), brand=str(brand))
    room = notebook(folder / "room", out=str(out), brand=str(brand), presenting=True)
    add_cell(room, PRICES)
    with lab_server(folder, tmp_path_factory.mktemp("home")) as base:
        yield base


@pytest.fixture(scope="module")
def tab(lab: str, browser: Any) -> Iterator[Tab]:
    tab = open_notebook(browser, lab, "explore.ipynb")
    run_all(tab)
    tab.page.wait_for_selector(FIGURE, timeout=90_000)
    assert tab.page.locator(".Toastify__toast").count() == 0, "JupyterLab asks about its news"
    yield tab
    sentences_only(tab)
    assert tab.errors == []
    assert tab.foreign == []


def sentences_only(tab: Tab) -> None:
    """Assert that no cell shows an error, and nothing of one."""
    kinds = ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr")
    for kind in kinds:
        assert tab.page.locator(f'.jp-OutputArea-output[data-mime-type="{kind}"]').count() == 0
    assert "Traceback" not in tab.page.locator(".jp-Notebook").inner_text()


def choose(tab: Tab, name: str) -> None:
    """Open a tab of the explorer."""
    tab.page.locator(f'.wb-tabs [role="tab"]:has-text("{name}")').click()


def told(tab: Tab, bench: Any, name: str, view: View) -> None:
    """Wait until the titles in sight are those that the pure functions give for this view."""
    for panel in show_tab(name, bench, view).panels:
        if isinstance(panel.figure, Sentence):
            tab.page.wait_for_selector(f".wb-sentence:visible >> text={panel.figure.text[:60]}")
        else:
            title = panel.figure.layout.meta["title"]
            tab.page.locator(".wb-title:visible", has_text=title).first.wait_for(timeout=60_000)


def pick(tab: Tab, label: str, option: Any, *, inside: str = "", place: int = 0) -> None:
    """Choose in a list by its label, once the tab in sight has set it free."""
    control = tab.page.locator(f"{inside} .wb-control:visible", has_text=label)
    lists = control.filter(has=tab.page.locator("select:not([disabled])"))
    lists.nth(place).locator("select").select_option(label=option, timeout=60_000)


def press(tab: Tab, out: Path, label: str, key: str, times: int = 1, *, inside: str = "") -> None:
    """Move a slider by keyboard, step by step: its label stands above it.

    It is greyed until the kernel has answered a change of tab, and ipywidgets drops a step that
    comes while one is answered: wait for the first, then for each step to be kept.
    """
    box = tab.page.locator(f"{inside} .wb-control:visible", has_text=label).first
    handle = box.locator(".noUi-target:not([disabled]) .noUi-handle").first
    handle.wait_for(timeout=60_000)
    kept = out / RUN / "explorer.json"
    for _ in range(times):
        before = kept.read_bytes() if kept.is_file() else b""
        handle.press(key)
        for _ in range(300):
            tab.page.wait_for_timeout(100)
            if kept.is_file() and kept.read_bytes() != before:
                break
        tab.page.wait_for_timeout(250)


def wait_for_state(tab: Tab, bench: Any, expected: View) -> None:
    """Wait until the notebook has kept this view."""
    kept, path = bench.material.relative(expected), bench.folder / "explorer.json"
    for _ in range(300):
        try:
            if View.load(path) == kept:
                return
        except ValueError:
            pass  # not written yet
        tab.page.wait_for_timeout(100)
    assert View.load(path) == kept


def test_every_tab_draws_what_the_pure_functions_say(tab: Tab, bench: Any, tmp_path: Path) -> None:
    view = bench.material.default_view()
    for name in TABS:
        choose(tab, name)
        told(tab, bench, name, view)
        shown = show_tab(name, bench, view)
        drawn = [one for one in shown.panels if not isinstance(one.figure, Sentence)]
        tab.page.wait_for_function(
            "n => [...document.querySelectorAll('.wb-figure')].filter(f => f.clientWidth > 0"
            " && f.querySelector('.main-svg')).length === n",
            arg=len(drawn),
        )
        tab.page.screenshot(path=tmp_path / f"{name}.png")


def test_each_control_moves_figures_and_state(tab: Tab, bench: Any, out: Path) -> None:
    view = bench.material.default_view()
    choose(tab, "Channels")
    press(tab, out, "Horizon", "ArrowLeft")
    view = view.change(horizon=360)
    told(tab, bench, "Channels", view)
    wait_for_state(tab, bench, view)

    press(tab, out, "Interval", "ArrowLeft", 2)
    view = view.change(interval=0.8)
    for label, name in (("CAC", "cac_change"), ("Margin", "margin_change")):
        press(tab, out, label, "ArrowRight", 2)
        view = view.change(assumptions=replace(view.assumptions, **{name: 0.02}))
        wait_for_state(tab, bench, view)
    press(tab, out, "Retention", "ArrowLeft")
    view = view.change(assumptions=replace(view.assumptions, retention_change=-0.01))
    told(tab, bench, "Channels", view)
    wait_for_state(tab, bench, view)

    channel = bench.material.values("channel")[0]
    pick(tab, "Channels", channel)
    view = view.change(filters=view.filters | {"channel": (channel,)})
    told(tab, bench, "Channels", view)
    wait_for_state(tab, bench, view)

    product = bench.material.values("first_product")[0]
    pick(tab, "First products", shorten(product, 34))
    view = view.change(filters=view.filters | {"first_product": (product,)})
    told(tab, bench, "Channels", view)
    wait_for_state(tab, bench, view)

    press(tab, out, "First months", "ArrowRight")
    lowest = min(view.filters["first_month"])
    chosen = tuple(one for one in view.filters["first_month"] if one > lowest)
    view = view.change(filters=view.filters | {"first_month": chosen})
    told(tab, bench, "Channels", view)
    wait_for_state(tab, bench, view)

    choose(tab, "Value")
    pick(tab, "Split by", "First month")
    view = view.change(by="first_month")
    told(tab, bench, "Value", view)
    wait_for_state(tab, bench, view)

    choose(tab, "Cohorts")
    told(tab, bench, "Cohorts", view)
    pick(tab, "Split by", "Channel")
    view = view.change(by="channel")
    told(tab, bench, "Cohorts", view)
    wait_for_state(tab, bench, view)


def test_what_if_and_customer_and_desks_answer(tab: Tab, bench: Any, out: Path) -> None:
    tab.page.click("button:has-text('Reset')")
    view = bench.material.default_view()
    wait_for_state(tab, bench, view)
    choose(tab, "What if")
    press(tab, out, "Margin", "ArrowLeft", 3)
    view = view.change(assumptions=Assumptions(margin_change=-0.03))
    told(tab, bench, "What if", view)

    choose(tab, "Customer")
    someone = str(bench.material.customers["customer_id"].iloc[3])
    box = tab.page.locator(".wb-control:visible", has_text="Customer id").locator("input")
    box.fill(someone)
    box.press("Enter")
    view = view.change(customer=someone)
    told(tab, bench, "Customer", view)

    choose(tab, "Compare")
    name = tab.page.locator(".wb-control:visible", has_text="Name of A").locator("input")
    name.fill("Ours")
    name.press("Enter")
    first = replace(view.segments[0], name="Ours")
    view = view.change(segments=(first, view.segments[1]))
    told(tab, bench, "Compare", view)

    channel = bench.material.values("channel")[2]
    pick(tab, "Channels", channel, inside=".wb-own", place=1)  # that of B
    second = view.segments[1]
    second = replace(second, filters=second.filters | {"channel": (channel,)})
    view = view.change(segments=(first, second))
    told(tab, bench, "Compare", view)
    product = bench.material.values("first_product")[0]
    pick(tab, "First products", shorten(product, 34), inside=".wb-own", place=0)
    first = replace(first, filters=first.filters | {"first_product": (product,)})
    view = view.change(segments=(first, second))
    told(tab, bench, "Compare", view)
    press(tab, out, "First months", "ArrowRight", inside=".wb-own")
    chosen = first.filters["first_month"]
    first = replace(
        first, filters=first.filters | {"first_month": tuple(m for m in chosen if m > min(chosen))}
    )
    view = view.change(segments=(first, second))
    told(tab, bench, "Compare", view)
    wait_for_state(tab, bench, view)

    choose(tab, "Budget desk")
    channel, today = bench.budget.channels[0], float(bench.budget.today[0])
    press(tab, out, f"{channel}, spend a month", "ArrowRight", 5)
    view = view.change(budget={channel: today * (1 + 10 / 100)})
    told(tab, bench, "Budget desk", view)
    wait_for_state(tab, bench, view)
    assert bench.proposal
    for name, budget in (("Proposal of the report", bench.proposal), ("Today's spend", {})):
        tab.page.click(f'button:visible:has-text("{name}")')
        view = view.change(budget=budget)
        told(tab, bench, "Budget desk", view)
        wait_for_state(tab, bench, view)

    choose(tab, "Experiment desk")
    press(tab, out, "Cost", "ArrowRight", 2)
    view = view.change(experiment={"cost": 3500.0})
    told(tab, bench, "Experiment desk", view)
    wait_for_state(tab, bench, view)


def test_a_tab_is_exported_added_to_the_report_and_removed(tab: Tab, bench: Any) -> None:
    tab.page.click("button:has-text('Reset')")
    view = bench.material.default_view()
    wait_for_state(tab, bench, view)
    choose(tab, "What if")
    told(tab, bench, "What if", view)
    tab.page.click("button:has-text('Export this tab')")
    tab.page.wait_for_selector(".wb-status >> text=Exported to explorer/", timeout=60_000)
    day = bench.material.facts.as_of.isoformat()
    (page,) = (bench.folder / day / "explorer").glob("what-if-*.html")
    shown = show_tab("What if", bench, view)
    figure = shown.panels[0].figure
    assert not isinstance(figure, Sentence)
    assert figure.layout.meta["title"] in page.read_text(encoding="utf-8")
    assert {path.suffix for path in page.parent.glob(f"{page.stem}*")} == {".html", ".csv", ".json"}

    title = tab.page.locator(".wb-control:visible", has_text="Title in the report")
    title.locator("input").fill("As it is today")
    tab.page.click("button:has-text('Add to the report')")
    tab.page.wait_for_selector(".wb-kept >> text=As it is today (What if)", timeout=60_000)
    (kept,), _ = kept_views(views_folder(bench.folder))
    assert (kept.title, kept.view) == ("As it is today", bench.material.relative(view))
    tab.page.click(".wb-kept button:has-text('Remove')")
    tab.page.wait_for_selector(".wb-status >> text=Removed from the report", timeout=60_000)
    assert kept_views(views_folder(bench.folder)) == ((), ())


def test_another_date_and_another_brand_open_or_are_offered(
    tab: Tab, bench: Any, others: dict[str, Any]
) -> None:
    tab.page.click("button:has-text('Reset')")
    wait_for_state(tab, bench, bench.material.default_view())
    choose(tab, "Channels")
    head = tab.page.locator(".wb-head")
    pick(tab, "As of", f"{EARLIER:%-d %B %Y}")
    head.get_by_text(f"as of {EARLIER:%-d %B %Y}").wait_for(timeout=60_000)
    told(tab, others["date"], "Channels", others["date"].material.default_view())

    pick(tab, "Brand", OTHER)
    head.get_by_text(OTHER).wait_for(timeout=60_000)
    told(tab, others["brand"], "Channels", others["brand"].material.default_view())

    pick(tab, "Brand", "Alder Home")
    tab.page.wait_for_selector(".wb-choice >> text=Alder Home as of", timeout=60_000)
    tab.page.wait_for_selector("button:visible:has-text('Fit and forecast')", timeout=60_000)
    assert head.get_by_text(OTHER).is_visible(), "what was open stays"

    pick(tab, "Brand", bench.material.facts.brand)
    head.get_by_text(bench.material.facts.brand).wait_for(timeout=60_000)
    told(tab, bench, "Channels", bench.material.default_view())


def test_an_empty_filter_is_a_sentence_in_place_of_the_figure(
    tab: Tab, bench: Any, out: Path
) -> None:
    tab.page.click("button:has-text('Reset')")
    choose(tab, "Channels")
    box = tab.page.locator(".wb-control:visible", has_text="Channels").locator("select")
    box.select_option([])
    tab.page.wait_for_selector(".wb-sentence:visible >> text=No customer passes these filters")
    assert tab.page.locator(".wb-plot:visible").count() == 0
    tab.page.click("button:has-text('Reset')")
    told(tab, bench, "Channels", bench.material.default_view())


def test_every_control_is_reached_by_keyboard_and_has_a_name(tab: Tab, bench: Any) -> None:
    choose(tab, "Budget desk")
    told(tab, bench, "Budget desk", bench.material.default_view())
    without = tab.page.evaluate(
        "[...document.querySelectorAll('.wb-explorer button, .wb-explorer select,"
        " .wb-explorer input')].filter(e => e.offsetParent && e.tabIndex < 0).length"
    )
    assert without == 0
    named = tab.page.evaluate(
        "[...document.querySelectorAll('.wb-explorer .wb-control')].every(e =>"
        " e.querySelector('.widget-label').textContent.trim() !== '')"
    )
    assert named
    tab.page.locator('.wb-tabs [role="tab"][aria-selected="true"]').focus()
    tab.page.keyboard.press("Tab")
    inside = tab.page.evaluate("!!document.activeElement.closest('.wb-explorer')")
    assert inside


def test_a_restarted_kernel_finds_the_view(tab: Tab, bench: Any, out: Path) -> None:
    choose(tab, "Value")
    press(tab, out, "Horizon", "ArrowLeft", 5)
    view = bench.material.default_view().change(horizon=340)
    wait_for_state(tab, bench, view)
    tab.page.click(".lm-MenuBar-item >> text=Kernel")
    tab.page.click('.lm-Menu-item[data-command="kernelmenu:restart-and-clear"]')
    tab.page.click(".jp-Dialog .jp-mod-accept")
    tab.page.wait_for_selector(FIGURE, state="detached", timeout=60_000)
    run_all(tab)
    told(tab, bench, "Channels", view)
    tab.page.click("button:has-text('Reset')")
    wait_for_state(tab, bench, bench.material.default_view())


def test_two_notebooks_on_one_brand_go_on_and_say_so(
    lab: str, browser: Any, tab: Tab, bench: Any, out: Path
) -> None:
    choose(tab, "Channels")
    other = open_notebook(browser, lab, "second/explore.ipynb")
    run_all(other)
    other.page.wait_for_selector(FIGURE, timeout=90_000)
    press(other, out, "Horizon", "ArrowLeft")
    told(other, bench, "Channels", bench.material.default_view().change(horizon=360))
    press(tab, out, "Interval", "ArrowLeft")
    view = bench.material.default_view().change(interval=0.85)
    told(tab, bench, "Channels", view)
    wait_for_state(tab, bench, view)  # who writes last is found again
    tab.page.wait_for_selector(".wb-status >> text=Another notebook on this brand")
    for one in (tab, other):
        sentences_only(one)
    assert (other.errors, other.foreign) == ([], [])
    other.page.close()
    tab.page.click("button:has-text('Reset')")
    wait_for_state(tab, bench, bench.material.default_view())


def test_a_horizon_beyond_the_data_and_a_deleted_brand_are_sentences(
    lab: str, browser: Any, brand: Path, bench: Any, out: Path
) -> None:
    state = bench.folder / "explorer.json"
    bench.material.relative(bench.material.default_view().change(horizon=730)).save(state)
    tab = open_notebook(browser, lab, "second/explore.ipynb")
    run_all(tab)
    tab.page.wait_for_selector(
        ".wb-sentence:visible >> text=730 days lie beyond it", timeout=90_000
    )
    sentences_only(tab)

    away = brand.with_name("away")
    brand.rename(away)
    try:
        press(tab, out, "Horizon", "Home")
        view = bench.material.default_view().change(horizon=30)
        told(tab, bench, "Channels", view)  # what is open goes on
        wait_for_state(tab, bench, view)
        run_all(tab)
        tab.page.wait_for_selector("text=There is nothing to explore yet.", timeout=90_000)
        sentences_only(tab)
    finally:
        away.rename(brand)
    run_all(tab)
    told(tab, bench, "Channels", view)  # nothing is lost
    sentences_only(tab)
    assert (tab.errors, tab.foreign) == ([], [])
    bench.material.relative(bench.material.default_view()).save(state)


def test_presenting_shows_no_code_and_large_type(lab: str, browser: Any, bench: Any) -> None:
    tab = open_notebook(browser, lab, "room/explore.ipynb")
    run_all(tab)
    tab.page.wait_for_selector(FIGURE, timeout=90_000)
    told(tab, bench, "Channels", bench.material.default_view())
    assert tab.page.locator(".jp-CodeCell .jp-InputArea:visible").count() == 0
    size = tab.page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('.wb-title')).fontSize)"
    )
    assert size >= 24
    # a formula is set, so MathJax has been here; two prices are none
    tab.page.wait_for_selector("#formula mjx-container", timeout=60_000)
    said = tab.page.locator(".jp-RenderedHTMLCommon", has_text="Worth").last
    assert "Worth $289 (90% interval $276 to $302)." in said.inner_text()
    tab.page.click("button:has-text('Show code')")
    tab.page.locator(".jp-CodeCell .jp-InputArea").first.wait_for(state="visible")
    assert tab.errors == []
    assert tab.foreign == []


def test_voila_serves_it_without_code(
    browser: Any, bench: Any, brand: Path, out: Path, tmp_path: Path
) -> None:
    require("voila")
    params = ReportParameters(brand=str(brand), out=str(out), fast=True)
    book = write_notebook(tmp_path, params)
    with voila_server(book, tmp_path / "home") as base:
        tab = open_tab(browser, f"{base}/?token={TOKEN}")
        tab.page.wait_for_selector(FIGURE, timeout=90_000)
        told(tab, bench, "Channels", bench.material.default_view())
        assert "ReportParameters" not in tab.page.content()
        assert OTHER not in tab.page.content(), "nobody in the room sees other clients"
        assert tab.page.locator(".wb-explorer.wb-presenting").count() == 1
        press(tab, out, "Horizon", "ArrowLeft")
        told(tab, bench, "Channels", bench.material.default_view().change(horizon=360))
        assert tab.foreign == []
        assert tab.errors == []

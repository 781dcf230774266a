"""From the tables of an analysis to the report: every page, every sentence, every figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.locales import in_locale
from workbench.report.document import Page, Report
from workbench.report.facts import TABLES, Facts
from workbench.report.lexicon import day
from workbench.report.manifest import run_id
from workbench.report.pages.answer import answer_page
from workbench.report.pages.budget import budget_page
from workbench.report.pages.channels import channels_page
from workbench.report.pages.closing import appendix_pages, limits_page
from workbench.report.pages.common import level_facts
from workbench.report.pages.customers import customers_page
from workbench.report.pages.experiments import experiments_page
from workbench.report.pages.gaps import gaps_page
from workbench.report.pages.levels import levels_page
from workbench.report.pages.plan import plan_page
from workbench.report.pages.trust import trust_page
from workbench.report.pages.views import view_pages
from workbench.report.views import NO_VIEWS, AddedViews
from workbench.report.wording import CONTRIBUTION, NET_REVENUE

if TYPE_CHECKING:
    from workbench.analysis import Analysis

__all__ = ["PAGES", "TABLES", "tell"]

PAGES: dict[str, Callable[[Facts], Page]] = {
    "answer": answer_page,
    "trust": trust_page,
    "levels": levels_page,
    "channels": channels_page,
    "customers": customers_page,
    "gaps": gaps_page,
    "budget": budget_page,
    "experiments": experiments_page,
    "plan": plan_page,
    "limits": limits_page,
}
"""The pages of the report in reading order."""

_PRINTED = (
    "brand", "currency", "as_of", "stage", "history_start", "customers", "orders", "revenue_12m",
    "interval", "seed", "draws", "fast", "input_hash", "fit_key", "versions", "has_money",
    "has_costs", "has_spend", "has_channels", "locale", "accent",
    "accent_dark", "logo",
)  # fmt: skip


def tell(analysis: Analysis, added: AddedViews = NO_VIEWS) -> Report:
    """Tell an analysis as a report, with the views that the analyst added to it.

    Raises
    ------
    ContradictionError
        If a probability contradicts the interval beside it: no page is better than a false one.
    """
    facts = Facts.of(analysis)
    facts.check()
    with in_locale(facts.meta.get("locale")):
        return _told(facts, added)


def _told(facts: Facts, added: AddedViews) -> Report:
    meta = {name: facts.meta.get(name) for name in _PRINTED}
    meta["run_id"] = run_id(facts.meta)
    meta["level"], meta["level_required"] = level_facts(facts) or (None, None)
    facts = replace(facts, meta={**facts.meta, "run_id": meta["run_id"]})
    return Report(
        meta=meta,
        strip=_strip(meta, facts),
        status=str(facts.status),
        pages=tuple(page(facts) for page in PAGES.values()),
        appendix=(*view_pages(facts, added), *appendix_pages(facts)),
    )


def _strip(meta: Mapping[str, Any], facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return what the strip under the brand's name says."""
    profit = CONTRIBUTION if meta.get("has_costs", True) else NET_REVENUE
    rows = [
        ("As of", day(meta["as_of"])),
        ("Orders since", day(meta["history_start"]) if meta["history_start"] else ""),
        ("Stage", f"{meta['stage']} of 4" if meta.get("stage") else ""),
        ("Currency", str(meta["currency"]) if meta.get("has_money", True) else ""),
        ("Profit means", profit if meta.get("has_money", True) else ""),
        ("Interval", f"{100 * facts.voice.interval:.0f}%"),
        ("Run", str(meta["run_id"])),
    ]
    return tuple((label, text) for label, text in rows if text)

"""What a brand's exports and warehouse say at an as-of date, each read once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.brand import Brand
from workbench.brand_sources import FORMATS
from workbench.cache import FrameCache, code_hash, hash_files, write_atomically
from workbench.cards import card
from workbench.checks import Check, Checks, to_table, worst
from workbench.errors import BrandError, InputError, Problem, WorkbenchError

if TYPE_CHECKING:
    from workbench.decisions.settings import DecisionSettings
    from workbench.outbox.settings import OutboxSettings
    from workbench.sources import Exports
    from workbench.spectrum import GapSettings
    from workbench.store.warehouse import Warehouse
    from workbench.value.drift_limits import DriftLimits

__all__ = ["ANSWERS", "Inputs", "kept_checks"]

CONSENTS = ("customer_id", "consent_email", "consent_sms")
ANSWERS = ("customers", "daily", "value_by_age", "retention", "cohorts")


def kept_checks(path: Path, make: Callable[[], list[Check]]) -> list[Check]:
    """Read checks kept at `path`, or make and keep them."""
    if not path.is_file():
        write_atomically(path, to_table(make()).to_json(orient="records"))
    return Checks(Check(**row) for row in json.loads(path.read_text(encoding="utf-8")))


class Inputs:
    """A brand at an as-of date: settings, exports, warehouse, readiness."""

    def __init__(
        self, brand: Brand, *, as_of: date | None, out: Path, fast: bool, seed: int
    ) -> None:
        self.brand = brand
        self.out = out
        self.fast = fast
        self.seed = seed
        self._as_of = as_of
        self._people: pd.DataFrame | None = None

    def __repr__(self) -> str:
        return f"<Analysis of {self.brand.name} as of {self.as_of}>"

    def _repr_html_(self) -> str:
        """Show in a notebook what is known so far; nothing is read or fitted for it."""
        made = vars(self)
        as_of = self._as_of or self.brand.as_of or made.get("as_of")
        people = made.get("customers")
        fitted = made.get("fit")
        facts = {
            "as of": as_of or "the day of the last order",
            "draws": "few (fast=True): to try things out, never for a client" if self.fast else "",
            "results": self.out / self.brand.slug,
            "customers": "not read yet" if people is None else f"{len(people):,}, observed",
            "model": "not fitted yet"
            if fitted is None
            else f"fitted, convergence {worst(fitted.checks)}",
        }
        note = (
            "Next: .readiness, .fit, .model_checks, or .table(name): see workbench.analysis.TABLES"
        )
        return card(f"Analysis of {self.brand.name}", facts, note=note)

    # Settings of decisions

    def check_settings(self) -> None:
        """Raise BrandError with every problem of `decisions:` in brand.yaml."""
        problems = []
        for name in ("decision_settings", "outbox_settings", "drift_limits", "gap_settings"):
            try:
                getattr(self, name)
            except InputError as error:
                problems += error.problems
        if problems:
            raise BrandError(problems, title=f"{self.brand.slug}/brand.yaml")

    @cached_property
    def decision_settings(self) -> DecisionSettings:
        """Settings of budget, audiences, opportunities and experiments."""
        from workbench.decisions.settings import decision_settings

        return decision_settings(self.brand.decisions)

    @cached_property
    def outbox_settings(self) -> OutboxSettings:
        """Settings of the outbox; consent and least size of ad lists are those of `audiences`."""
        from workbench.decisions.settings import section
        from workbench.outbox.settings import OutboxSettings

        given = self.brand.decisions.get("outbox", {})
        ours = {
            "ads_consent": "decisions.audiences.ads_consent",
            "smallest": "decisions.audiences.smallest",
            "timezone": "timezone",
            "currency": "currency",
        }
        twice = [
            Problem("is set elsewhere", f"decisions.outbox.{name}", place)
            for name, place in ours.items()
            if name in given
        ]
        if twice:
            raise InputError(twice)
        return replace(
            section(OutboxSettings, given, "decisions.outbox"),
            ads_consent=self.decision_settings.audiences.ads_consent,
            smallest=self.decision_settings.audiences.smallest,
            timezone=self.brand.timezone,
            currency=self.brand.currency,
        )

    @cached_property
    def drift_limits(self) -> DriftLimits:
        """When outcomes are too far from their forecasts."""
        from workbench.decisions.settings import section
        from workbench.value.drift_limits import DriftLimits

        return section(
            DriftLimits, self.brand.decisions.get("forecasts", {}), "decisions.forecasts"
        )

    @cached_property
    def gap_settings(self) -> GapSettings:
        """Limits and assumptions of the gap report; what leaks is that of the opportunities."""
        from workbench.decisions.settings import section
        from workbench.spectrum import GapSettings

        given = self.brand.decisions.get("gaps", {})
        if "leak_share" in given:
            place = "decisions.opportunities.leak_share"
            raise InputError(Problem("is set elsewhere", "decisions.gaps.leak_share", place))
        return replace(
            section(GapSettings, given, "decisions.gaps"),
            leak_share=self.decision_settings.opportunities.leak_share,
        )

    # Inputs

    @cached_property
    def input_hash(self) -> str:
        """Hash of brand.yaml, of every file and table it names and of our own code."""
        files = []
        if self.brand.stack_file is not None:
            files.append(self.brand.stack_file)
        if self.brand.report.logo is not None:
            files.append(self.brand.folder / self.brand.report.logo)
        return hash_files((path for path in files if path.is_file()), self._data_hash)

    @cached_property
    def _data_hash(self) -> str:
        """The same without answers on the stack and the logo: no figure of value rests on them.

        What a table holds is told by aggregates that its database computes.
        """
        from workbench.sources.database_table import fingerprints

        files = [self.brand.folder / "brand.yaml"]
        for name in FORMATS:
            for spec in getattr(self.brand.sources, name):
                files.extend(self.brand.files(spec))
        known = code_hash() + fingerprints(self.brand)
        return hash_files((path for path in files if path.is_file()), known)

    @cached_property
    def _inputs(self) -> FrameCache:
        return FrameCache(self.out / self.brand.slug / ".cache" / self._data_hash)

    @cached_property
    def exports(self) -> Exports:
        """The brand's exports as canonical frames; identities only where just read from files."""
        from workbench.sources import COLUMNS, Exports, read_exports
        from workbench.sources.exports import TableExports, orders_in_database
        from workbench.sources.stack import read_stack

        away = self._inputs.folder / "orders_in_database"
        names = [name for name in COLUMNS if name != "identities"]
        elsewhere = ("orders", "order_lines")
        if away.is_file():
            names = [name for name in names if name not in elsewhere]
        kept: dict[str, Any] = {name: self._inputs.get(f"export_{name}") for name in names}
        if all(frame is not None for frame in kept.values()):
            if self.brand.stack_file is not None:
                kept["stack"] = read_stack(self.brand.stack_file)
            if not away.is_file():
                return Exports(**kept)
            table = orders_in_database(self.brand)
            if table is not None:
                return TableExports(table, **kept)
        fresh = read_exports(self.brand)
        if isinstance(fresh, TableExports):
            names = [name for name in names if name not in elsewhere]
            write_atomically(away, fresh.table.source.name)
        self._inputs.put("consents", fresh.identities[list(CONSENTS)])
        for name in names:
            self._inputs.put(f"export_{name}", getattr(fresh, name))
        self._people = fresh.identities
        return fresh

    @property
    def consents(self) -> pd.DataFrame:
        """Who agreed to what, as the shop knows it: customer_id, consent_email, consent_sms."""
        kept = self._inputs.get("consents")
        return self.identities[list(CONSENTS)] if kept is None else kept

    @property
    def identities(self) -> pd.DataFrame:
        """E-mails, phones and names, for the outbox alone; read anew, as they are never kept."""
        from workbench.sources import read_exports

        if self._people is None:
            self._people = read_exports(self.brand).identities
        return self._people

    @cached_property
    def as_of(self) -> date:
        """Last day of observation."""
        if self.given_as_of is not None:
            return self.given_as_of
        last = self.exports.amounts["day"].max()
        if pd.isna(last):
            raise WorkbenchError("The order export holds no usable order: there is no as-of date.")
        return last.date()

    @property
    def given_as_of(self) -> date | None:
        """The as-of date that was asked for or stands in brand.yaml; None: that of the orders."""
        return self._as_of or self.brand.as_of

    @property
    def exports_kept(self) -> bool:
        """Whether the exports were read before, so that reading them again takes a moment."""
        return (self._inputs.folder / "export_spend.parquet").is_file()

    @property
    def runs(self) -> Path:
        """Where all runs of the brand leave their folders."""
        return self.out / self.brand.slug

    @property
    def folder(self) -> Path:
        """Where the run leaves its files: ``<out>/<brand folder name>/<as-of>``."""
        return self.runs / self.as_of.isoformat()

    # What customers did

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse of the brand's orders."""
        from workbench.store.warehouse import Warehouse

        return Warehouse.open(self.brand, self.exports)

    @cached_property
    def _dated(self) -> FrameCache:
        return FrameCache(self._inputs.folder / self.as_of.isoformat())

    @property
    def dated_folder(self) -> Path:
        """Where tables of these inputs at this as-of date are kept."""
        return self._dated.folder

    def answer(self, name: str) -> pd.DataFrame:
        """Return one of the warehouse's answers at the as-of date, by name (`ANSWERS`)."""
        if name not in ANSWERS:
            raise KeyError(f"No answer {name!r}; known: {', '.join(ANSWERS)}.")
        return self._dated.frame(name, lambda: getattr(self.warehouse, name)(self.as_of))

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per customer, observed only (`Warehouse.customers`)."""
        return self.answer("customers")

    @property
    def what_was_read(self) -> tuple[str, ...]:
        """Sentences on what the exports hold, for a reader who knows the shop."""
        from workbench.store.reading_words import reading_words

        until = pd.Timestamp(self.as_of)
        return reading_words(self.exports, self.customers, until, self.brand.currency)

    @cached_property
    def readiness(self) -> list[Check]:
        """Whether this data may carry these decisions, check by check."""
        from workbench.store.readiness import readiness

        return kept_checks(
            self._dated.folder / "readiness.json",
            lambda: readiness(self.brand, self.exports, self.warehouse, self.as_of),
        )

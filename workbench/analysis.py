"""One brand at one as-of date: every table of the report, computed when first asked for.

This is what notebooks, reports and the command line work with. Each table is kept on disk under
a key of its inputs, so that opening the same analysis again costs little.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.util import hash_pandas_object

from workbench import __version__
from workbench.brand import Brand, load_brand
from workbench.brand_sources import FORMATS
from workbench.cache import FrameCache, hash_files, write_atomically, write_frame
from workbench.checks import Check, to_table
from workbench.errors import BrandError, InputError, ModelError, Problem, WorkbenchError

if TYPE_CHECKING:
    from workbench.decisions.settings import DecisionSettings
    from workbench.models.data import ModelData
    from workbench.models.fit import Fit
    from workbench.models.settings import SamplerSettings
    from workbench.outbox.settings import OutboxSettings
    from workbench.outbox.write import Outbox
    from workbench.sources import Exports
    from workbench.store.warehouse import Warehouse
    from workbench.value.drift import DriftLimits
    from workbench.value.ledger import Ledger
    from workbench.value.record import Outlook
    from workbench.value.valuation import Valuation

__all__ = ["TABLES", "Analysis", "open_analysis"]

INTERVAL = 0.90
CONSENTS = ("customer_id", "consent_email", "consent_sms")
VALUE_DRAWS = 400
ANSWERS = ("customers", "daily", "value_by_age", "retention", "cohorts")
VALUE_TABLES = (
    "customers", "cohorts", "channels", "curves", "rank_flips", "history_matrix", "tracking",
    "products", "months", "channel_months", "summary",
)  # fmt: skip
DECISION_TABLES = (
    "budget", "budget_summary", "budget_curves", "segments", "audiences", "audience_members",
    "audiences_left_out", "experiments", "experiment_rankings", "finished_tests", "plan",
    "decision_notes",
)  # fmt: skip
LEDGER_TABLES = ("ledger_scores", "ledger_summary", "since_last")
TABLES = (
    "readiness", "model_checks", "forecast_record", "prior_predictive", "retention", "reading_log",
    "gaps", "levels", "backtest", "backtest_customers", "backtest_baselines", "backtest_scores",
    *VALUE_TABLES, *DECISION_TABLES, *LEDGER_TABLES,
)  # fmt: skip


def open_analysis(
    brand: str | Path | Brand,
    *,
    as_of: str | date | None = None,
    out: str | Path = "reports",
    fast: bool = False,
    seed: int = 20260630,
) -> Analysis:
    """Open the analysis of a brand at an as-of date.

    Parameters
    ----------
    brand : str, Path or Brand
        Brand folder, its brand.yaml, or settings already loaded.
    as_of : str or date, optional
        Last day of observation; by default the brand's own, else the day of its last order.
    out : str or Path
        Receives ``<brand folder name>/<as-of>/``.
    fast : bool
        Fewer draws: to try things out, never for a client.
    seed : int
        Seed of every random number.

    Raises
    ------
    BrandError
        With every problem of brand.yaml.
    """
    loaded = brand if isinstance(brand, Brand) else load_brand(brand)
    if isinstance(as_of, str):
        try:
            as_of = date.fromisoformat(as_of)
        except ValueError:
            problem = Problem(f"{as_of!r} is not a date", "as_of", "a day such as 2026-06-30")
            raise BrandError(problem) from None
    analysis = Analysis(loaded, as_of=as_of, out=Path(out), fast=fast, seed=seed)
    analysis.check_settings()
    return analysis


def _kept(path: Path, make: Callable[[], list[Check]]) -> list[Check]:
    """Read checks kept at `path`, or make and keep them."""
    if not path.is_file():
        write_atomically(path, to_table(make()).to_json(orient="records"))
    return [Check(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


class Analysis:
    """Everything known of a brand at an as-of date; build it with `open_analysis`."""

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

    # Settings of decisions

    def check_settings(self) -> None:
        """Raise BrandError with every problem of `decisions:` in brand.yaml."""
        problems = []
        for name in ("decision_settings", "outbox_settings", "drift_limits"):
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
        """Settings of the outbox; consent to ad lists is that of `decisions.audiences`."""
        from workbench.decisions.settings import section
        from workbench.outbox.settings import OutboxSettings

        given = self.brand.decisions.get("outbox", {})
        ours = {
            "ads_consent": "decisions.audiences.ads_consent",
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
            timezone=self.brand.timezone,
            currency=self.brand.currency,
        )

    @cached_property
    def drift_limits(self) -> DriftLimits:
        """When outcomes are too far from their forecasts."""
        from workbench.decisions.settings import section
        from workbench.value.drift import DriftLimits

        return section(
            DriftLimits, self.brand.decisions.get("forecasts", {}), "decisions.forecasts"
        )

    # Inputs

    @cached_property
    def input_hash(self) -> str:
        """Hash of brand.yaml, of every file it names and of our version."""
        files = [self.brand.folder / "brand.yaml"]
        if self.brand.stack_file is not None:
            files.append(self.brand.stack_file)
        for name in FORMATS:
            for spec in getattr(self.brand.sources, name):
                files.extend(self.brand.files(spec))
        return hash_files((path for path in files if path.is_file()), __version__)

    @cached_property
    def _inputs(self) -> FrameCache:
        return FrameCache(self.out / self.brand.slug / ".cache" / self.input_hash)

    @cached_property
    def exports(self) -> Exports:
        """The brand's exports as canonical frames; identities only where just read from files."""
        from workbench.sources import COLUMNS, Exports, read_exports

        kept = {
            name: self._inputs.get(f"export_{name}") for name in COLUMNS if name != "identities"
        }
        stack = self._inputs.folder / "stack.json"
        if all(frame is not None for frame in kept.values()) and stack.is_file():
            return Exports(**kept, stack=json.loads(stack.read_text(encoding="utf-8")))
        fresh = read_exports(self.brand)
        for name in kept:
            self._inputs.put(f"export_{name}", getattr(fresh, name))
        self._inputs.put("consents", fresh.identities[list(CONSENTS)])
        write_atomically(stack, json.dumps(fresh.stack, default=str))
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
        given = self._as_of or self.brand.as_of
        if given is not None:
            return given
        last = self.exports.orders["day"].max()
        if pd.isna(last):
            raise WorkbenchError("The order export holds no usable order: there is no as-of date.")
        return last.date()

    @property
    def folder(self) -> Path:
        """Where the run leaves its files: ``<out>/<brand folder name>/<as-of>``."""
        return self.out / self.brand.slug / self.as_of.isoformat()

    # What customers did

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse of the brand's orders."""
        from workbench.store.warehouse import Warehouse

        return Warehouse.open(self.brand, self.exports)

    @cached_property
    def _dated(self) -> FrameCache:
        return FrameCache(self._inputs.folder / self.as_of.isoformat())

    def answer(self, name: str) -> pd.DataFrame:
        """Return one of the warehouse's answers at the as-of date, by name (`ANSWERS`)."""
        if name not in ANSWERS:
            raise KeyError(f"No answer {name!r}; known: {', '.join(ANSWERS)}.")
        return self._dated.frame(name, lambda: getattr(self.warehouse, name)(self.as_of))

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per customer, observed only (`Warehouse.customers`)."""
        return self.answer("customers")

    @cached_property
    def readiness(self) -> list[Check]:
        """Whether this data may carry these decisions, check by check."""
        from workbench.store.readiness import readiness

        return _kept(
            self._dated.folder / "readiness.json",
            lambda: readiness(self.brand, self.exports, self.warehouse, self.as_of),
        )

    # What the model says

    @cached_property
    def outlook(self) -> Outlook:
        """What forecasts from earlier dates, held against what happened, say about this one.

        Forecasts that were really made then, which the ledger keeps, stand in for those made anew.
        """
        from workbench.value.ledger_record import with_ledger
        from workbench.value.record import forecast_record, outlook

        name = f"record-{'fast' if self.fast else 'full'}-{self.seed}"
        record = self._dated.frame(
            name,
            lambda: forecast_record(
                self.warehouse,
                self.as_of,
                cohorts=self.brand.cohorts,
                settings=self.sampler,
                store=self._fits,
            ),
        )
        return with_ledger(outlook(record, self.brand.cohorts), self.table("ledger_scores"))

    @cached_property
    def ledger(self) -> Ledger:
        """Forecasts of this brand's earlier runs."""
        from workbench.value.ledger import read_ledger

        return read_ledger(self._ledger_folder)

    @property
    def _ledger_folder(self) -> Path:
        from workbench.value.ledger import LEDGER

        # a quick look is no forecast that a brand is held to
        return self.out / self.brand.slug / (f"{LEDGER}-fast" if self.fast else LEDGER)

    @cached_property
    def model_data(self) -> ModelData:
        """What the model learns from; raises ModelError where nothing can be learned."""
        from workbench.models.data import prepare

        return prepare(
            self.customers, self.answer("daily"), as_of=self.as_of, cohorts=self.outlook.cohorts
        )

    @property
    def sampler(self) -> SamplerSettings:
        """How hard the sampler works in this analysis."""
        from workbench.models.settings import FAST, SamplerSettings

        return replace(FAST if self.fast else SamplerSettings(), seed=self.seed)

    @cached_property
    def fit_key(self) -> str:
        """Key of the fit, known before it is made."""
        from workbench.models.fit import fit_key
        from workbench.models.priors import Priors

        return fit_key(self.model_data, Priors(), self.sampler)

    @property
    def _fits(self) -> Path:
        return self.out / self.brand.slug / "fits"

    @cached_property
    def fit(self) -> Fit:
        """The fitted model, stored and reused."""
        from workbench.models.fit import fit

        return fit(self.model_data, store=self._fits, settings=self.sampler)

    @cached_property
    def valuation(self) -> Valuation:
        """Draws behind every table of value."""
        from workbench.value.valuation import valuate

        return valuate(
            self.fit,
            self.customers,
            self.answer("value_by_age"),
            self.exports.spend,
            as_of=self.as_of,
            draws=VALUE_DRAWS,
            seed=self.seed,
            pace=self.outlook.pace,
        )

    @cached_property
    def model_checks(self) -> list[Check]:
        """Health of the model, then the checks of the fit that it is made of."""
        from workbench.health import health_check
        from workbench.value.checks import fit_checks
        from workbench.value.checks.forecasts import record_check
        from workbench.value.drift import drift_check
        from workbench.value.predictive import predictive_checks

        checks = [
            *self.fit.checks,
            *predictive_checks(self.table("tracking")),
            record_check(self.outlook),
            drift_check(
                self.table("ledger_scores"),
                self.ledger.forecasts["made_at"],
                self.as_of,
                self.drift_limits,
            ),
            *_kept(
                self._valued.folder / "fit_checks.json",
                lambda: fit_checks(self.fit, self.valuation, self.customers),
            ),
        ]
        return [health_check(checks, self.readiness), *checks]

    @cached_property
    def _valued(self) -> FrameCache:
        record = hash_pandas_object(self.outlook.record, index=False).to_numpy().tobytes()
        told = hashlib.sha256(record).hexdigest()[:12]
        return FrameCache(self._dated.folder / f"{self.fit_key}-{self.seed}-{VALUE_DRAWS}-{told}")

    # Tables

    def table(self, name: str) -> pd.DataFrame:
        """Return one table of the run by its name (`TABLES`).

        Raises
        ------
        KeyError
            For an unknown name.
        ModelError
            Where a table rests on the model and none could be fitted.
        """
        if name not in TABLES:
            raise KeyError(f"No table {name!r}; known: {', '.join(TABLES)}.")
        if name in VALUE_TABLES:
            kept = self._valued.get(name)
            if kept is None:
                self._value_tables()
                kept = self._valued.get(name)
                assert kept is not None
            return kept
        if name in DECISION_TABLES:
            kept = self._valued.get(name)
            if kept is None:
                for made, frame in self._decide().items():
                    self._valued.put(made, frame)
                kept = self._valued.get(name)
                assert kept is not None
            return kept
        return getattr(self, f"_table_{name}")()

    def _decide(self) -> dict[str, pd.DataFrame]:
        from workbench.decisions.desk import Known, decide
        from workbench.spectrum import core_flows

        orders = self.warehouse.orders(self.as_of)
        columns = ["order_id", "customer_id", "day", "revenue", "contribution"]
        money = orders.select(*columns).execute()
        first = self.customers.set_index("customer_id")["first_day"]
        money["day"] = pd.to_datetime(money["day"])
        money["first"] = money["day"] == money["customer_id"].map(first)
        names = ("customers", "channels", "rank_flips", "readiness", "forecast_record")
        return decide(
            Known(
                self.fit,
                self.valuation,
                self.customers,
                self.exports,
                self.consents,
                {name: self.table(name) for name in names},
                money,
                core_flows(),
            ),
            self.decision_settings,
            as_of=self.as_of,
            currency=self.brand.currency,
            seed=self.seed,
        )

    def _value_tables(self) -> None:
        from workbench.value.tables import value_tables

        tables = value_tables(self.valuation, self.fit, self.customers, self.answer("daily"),
                              self.exports.spend, seed=self.seed)  # fmt: skip
        for name in VALUE_TABLES:
            self._valued.put(name, tables[name])

    def _table_readiness(self) -> pd.DataFrame:
        return to_table(self.readiness)

    def _table_model_checks(self) -> pd.DataFrame:
        return to_table(self.model_checks)

    def _table_forecast_record(self) -> pd.DataFrame:
        return self.outlook.record

    def _table_prior_predictive(self) -> pd.DataFrame:
        from workbench.value.prior_predictive import prior_predictive_table

        return self._valued.frame(
            "prior_predictive",
            lambda: prior_predictive_table(
                self.model_data,
                draws=VALUE_DRAWS,
                seed=self.seed,
                fit=self.fit,
                first_year=self.warehouse.first_year(self.as_of),
            ),
        )

    def _table_ledger_scores(self) -> pd.DataFrame:
        from workbench.value.ledger_scores import score_ledger

        forecasts = self.ledger.forecasts
        earlier = forecasts[forecasts["made_at"] < self.as_of.isoformat()]
        told = hash_pandas_object(earlier["entry"].astype(str) + earlier["made_at"]).to_numpy()
        name = f"ledger-{hashlib.sha256(told.tobytes()).hexdigest()[:12]}"
        return self._dated.frame(
            name,
            lambda: score_ledger(
                earlier, self.warehouse, self.as_of, currency=self.brand.currency, seed=self.seed
            ),
        )

    def _table_ledger_summary(self) -> pd.DataFrame:
        from workbench.value.ledger_scores import ledger_summary

        return ledger_summary(self.table("ledger_scores"))

    def _table_since_last(self) -> pd.DataFrame:
        from workbench.value.since_last import previous_run, since_last

        return since_last(
            self.table("ledger_scores"),
            self.table("ledger_summary"),
            previous=previous_run(self.ledger.forecasts["made_at"], self.as_of),
        )

    def _table_retention(self) -> pd.DataFrame:
        return self.answer("retention")

    def _table_reading_log(self) -> pd.DataFrame:
        return self.exports.log

    def _table_backtest(self) -> pd.DataFrame:
        from workbench.value.backtest_tables import COLUMNS

        return self._backtested("backtest", COLUMNS)

    def _table_backtest_customers(self) -> pd.DataFrame:
        from workbench.value.backtest_tables import CUSTOMER_COLUMNS

        return self._backtested("backtest_customers", CUSTOMER_COLUMNS)

    def _table_backtest_baselines(self) -> pd.DataFrame:
        from workbench.value.backtest_tables import BASELINE_COLUMNS

        return self._backtested("backtest_baselines", BASELINE_COLUMNS)

    def _table_backtest_scores(self) -> pd.DataFrame:
        from workbench.value.backtest_tables import SCORE_COLUMNS

        return self._backtested("backtest_scores", SCORE_COLUMNS)

    def _backtested(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        """Return a table of the last backtest, empty before the first."""
        path = self.out / self.brand.slug / "backtest" / f"{name}.csv"
        if not path.is_file():
            return pd.DataFrame(columns=list(columns))
        # a channel may be called "None" or "NA"; only an empty cell is a missing one
        return pd.read_csv(path, keep_default_na=False, na_values=[""])

    @cached_property
    def _gaps(self) -> pd.DataFrame:
        from workbench.spectrum import capability_table

        known = {"readiness": self.table("readiness")}
        for name in ("channels", "cohorts", "model_checks", "backtest"):
            try:
                known[name] = self.table(name)
            except ModelError:
                known[name] = pd.DataFrame()
        return capability_table(self.brand, self.exports, self.exports.stack, known, self.as_of)

    def _table_gaps(self) -> pd.DataFrame:
        return self._gaps

    def _table_levels(self) -> pd.DataFrame:
        from workbench.spectrum import levels_table

        return levels_table(self._gaps)

    def save(self, *names: str) -> None:
        """Write tables to ``tables/`` of the run's folder, and the posterior beside them."""
        for name in names:
            ending = "parquet" if name == "customers" else "csv"
            try:
                frame = self.table(name)
            except ModelError:
                continue
            write_frame(frame, self.folder / "tables" / f"{name}.{ending}")
        key = self.meta["fit_key"]
        stored = self._fits / f"{key}.nc"
        if key and stored.is_file():
            draft = self.folder / ".posterior.nc"
            shutil.copyfile(stored, draft)
            draft.replace(self.folder / "posterior.nc")

    def record_forecasts(self) -> Path | None:
        """Keep this run's forecasts in the brand's ledger; None where there is no fit."""
        from workbench.value.ledger import ledger_rows, write_ledger

        try:
            rows = self._valued.frame(
                "ledger_rows",
                lambda: ledger_rows(
                    self.fit,
                    self.valuation,
                    self.customers,
                    as_of=self.as_of,
                    cohorts=self.brand.cohorts,
                    pace=self.outlook.pace,
                    seed=self.seed,
                    currency=self.brand.currency,
                ),
            )
        except ModelError:
            return None
        until = self.exports.orders["day"].max().date()
        return write_ledger(rows, self._ledger_folder, data_until=until)

    def write_outbox(self) -> Outbox | None:
        """Write the files for the tools and the plan to ``outbox/``; None without a fit."""
        from workbench.decisions.plan import plan_json
        from workbench.models.fit import MODEL_VERSION
        from workbench.outbox.write import write_outbox

        try:
            plan = self.table("plan")
        except ModelError:
            return None
        told = plan_json(
            plan, brand=self.brand.name, as_of=self.as_of, currency=self.brand.currency
        )
        return write_outbox(
            self.folder / "outbox",
            identities=self.identities,
            customers=self.table("customers"),
            members=self.table("audience_members"),
            audiences=self.table("audiences"),
            as_of=self.as_of,
            settings=self.outbox_settings,
            model_version=f"clv-workbench {__version__}, model {MODEL_VERSION}",
            profiles=self.exports.profiles,
            budget=self.table("budget"),
            orders=self.exports.orders,
            actions=told["actions"],
        )

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What every page says about the run: dates, sizes, what is known, keys, versions."""
        from workbench.run_facts import run_facts

        try:
            fit_key: str | None = self.fit_key
        except ModelError:
            fit_key = None
        return run_facts(
            self.brand,
            self.customers,
            self.answer("daily"),
            self.exports.spend,
            self.as_of,
            interval=INTERVAL,
            seed=self.seed,
            draws=VALUE_DRAWS,
            fast=self.fast,
            input_hash=self.input_hash,
            fit_key=fit_key,
        )

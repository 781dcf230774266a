"""Every table of a run, computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property

import pandas as pd

from workbench.analysis.inputs import kept_checks
from workbench.analysis.modelled import VALUE_DRAWS, Modelled
from workbench.checks import Check, Checks, Status, to_table
from workbench.decisions import FACTS
from workbench.decisions import TABLES as DECISION_TABLES
from workbench.errors import ModelError
from workbench.health import health_check, withheld

__all__ = ["DECISION_TABLES", "TABLES", "Tabled"]

VALUE_TABLES = (
    "customers", "cohorts", "channels", "curves", "rank_flips", "history_matrix", "tracking",
    "products", "months", "channel_months", "summary",
)  # fmt: skip
LEDGER_TABLES = ("ledger_scores", "ledger_summary", "since_last")
TABLES = (
    "readiness", "model_checks", "forecast_record", "prior_predictive", "retention", "reading_log",
    "gaps", "levels", "stages",
    "backtest", "backtest_customers", "backtest_baselines", "backtest_scores",
    *VALUE_TABLES, *DECISION_TABLES, *LEDGER_TABLES,
)  # fmt: skip


class Tabled(Modelled):
    """A brand at an as-of date with every table of a run."""

    @cached_property
    def model_checks(self) -> list[Check]:
        """Health of the model, then the checks of the fit that it is made of."""
        from workbench.value.checks import fit_checks
        from workbench.value.checks.forecasts import record_check
        from workbench.value.drift import drift_check
        from workbench.value.predictive import predictive_checks

        checks = [
            *self.fit.checks,
            *predictive_checks(self.table("tracking")),
            record_check(self.outlook),
            drift_check(
                self.ledger_scores,
                self.ledger.forecasts["made_at"],
                self.as_of,
                self.drift_limits,
            ),
            *kept_checks(
                self._valued.folder / "fit_checks.json",
                lambda: fit_checks(self.fit, self.valuation, self.customers),
            ),
        ]
        return Checks([health_check(checks, self.readiness), *checks])

    @property
    def withheld(self) -> dict[str, list[str]]:
        """What failed checks take away: their names by scope (`workbench.health.INVALIDATES`)."""
        failed = [
            [check.check for check in checks if check.status is Status.FAIL]
            for checks in (self.readiness, self.model_checks)
        ]
        return withheld(*failed)

    def table(self, name: str) -> pd.DataFrame:
        """Return one table of the run by its name (`TABLES`; `FACTS` of decisions beside them).

        Raises
        ------
        KeyError
            For an unknown name.
        ModelError
            Where a table rests on the model and none could be fitted.
        """
        if name not in TABLES and name not in FACTS:
            raise KeyError(f"No table {name!r}; known: {', '.join(TABLES)}.")
        if name == "summary":
            return self._table_summary()
        if name in VALUE_TABLES:
            return self._made(name, self._value_tables)
        if name in DECISION_TABLES or name in FACTS:
            return self._made(name, self._decide)
        return getattr(self, f"_table_{name}")()

    def _made(self, name: str, make: Callable[[], dict[str, pd.DataFrame]]) -> pd.DataFrame:
        """Return a table of a group that is made and kept together."""
        kept = self._valued.get(name)
        if kept is None:
            for one, frame in make().items():
                self._valued.put(one, frame)
            kept = self._valued.get(name)
            assert kept is not None
        return kept

    def _decide(self) -> dict[str, pd.DataFrame]:
        from workbench.decisions.desk import Known, decide
        from workbench.spectrum import core_flows

        money = self.warehouse.order_money(self.as_of)
        first = self.customers.set_index("customer_id")["first_day"]
        money["first"] = money["day"] == money["customer_id"].map(first)
        names = (
            "customers", "channels", "rank_flips", "readiness", "model_checks", "forecast_record",
        )  # fmt: skip
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

    def _value_tables(self) -> dict[str, pd.DataFrame]:
        from workbench.value.tables import value_tables

        tables = value_tables(self.valuation, self.fit, self.customers, self.answer("daily"),
                              self.exports.spend, seed=self.seed)  # fmt: skip
        return {name: tables[name] for name in VALUE_TABLES}

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
        return self.ledger_scores

    def _table_ledger_summary(self) -> pd.DataFrame:
        from workbench.value.ledger_scores import ledger_summary

        return ledger_summary(self.table("ledger_scores"))

    def _table_since_last(self) -> pd.DataFrame:
        from workbench.spectrum import gaps_since, previous_gaps
        from workbench.value.since_last import previous_run, since_last

        forecasts = since_last(
            self.table("ledger_scores"),
            self.table("ledger_summary"),
            previous=previous_run(self.ledger.forecasts["made_at"], self.as_of),
        )
        before, _ = previous_gaps(self.out / self.brand.slug, self.as_of)
        parts = [part for part in (gaps_since(before, self._gaps), forecasts) if len(part)]
        return pd.concat(parts, ignore_index=True) if parts else forecasts

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
        from workbench.analysis.gap_facts import gap_facts
        from workbench.spectrum import capability_table

        return capability_table(
            self.brand,
            self.exports,
            self.exports.stack,
            gap_facts(self),
            self.as_of,
            self.gap_settings,
        )

    def _table_gaps(self) -> pd.DataFrame:
        return self._gaps

    @cached_property
    def _levels(self) -> pd.DataFrame:
        from workbench.spectrum import levels_table

        return levels_table(self._gaps)

    def _table_levels(self) -> pd.DataFrame:
        return self._levels

    def _table_stages(self) -> pd.DataFrame:
        from workbench.spectrum import stages_table
        from workbench.spectrum.levels import trailing_revenue

        revenue = trailing_revenue(self.exports.amounts, self.as_of).amount
        return stages_table(self._gaps, revenue, self.brand.stages)

    def _table_summary(self) -> pd.DataFrame:
        """Value of the brand, then stage, levels and what the gaps are worth together."""
        from workbench.spectrum import gap_money, stage_summary, summary_table

        told = stage_summary(self.brand, self.exports, self._gaps, self.as_of)
        parts = [
            summary_table(told, self.brand.currency),
            gap_money(self._gaps, self.brand.currency, self.gap_settings, seed=self.seed),
        ]
        with suppress(ModelError):
            parts.insert(0, self._made("summary", self._value_tables))
        return pd.concat([part for part in parts if len(part)], ignore_index=True)

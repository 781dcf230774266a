"""The files that a run leaves: tables, forecasts for the ledger, the outbox, facts of the run."""

from __future__ import annotations

import shutil
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import __version__
from workbench.analysis.modelled import VALUE_DRAWS
from workbench.analysis.tables import Tabled
from workbench.cache import draft_of, hash_files, write_frame
from workbench.errors import ModelError

if TYPE_CHECKING:
    from workbench.outbox.write import Outbox

__all__ = ["INTERVAL", "Analysis"]

INTERVAL = 0.90


class Analysis(Tabled):
    """Everything known of a brand at an as-of date; build it with `open_analysis`."""

    def save(self, *names: str, folder: Path | None = None) -> None:
        """Write tables to ``tables/`` of a folder, by default the run's, and the posterior.

        A table that was not made, such as a budget without spend, leaves no file.
        """
        folder = self.folder if folder is None else folder
        for name in names:
            ending = "parquet" if name == "customers" else "csv"
            try:
                frame = self.table(name)
            except ModelError:
                continue
            if frame.columns.empty:  # a decision that was not made; decision_notes says why
                continue
            write_frame(frame, folder / "tables" / f"{name}.{ending}")
        key = self.meta["fit_key"]
        stored = self._fits / f"{key}.nc"
        if key and stored.is_file():
            with draft_of(folder / "posterior.nc") as draft:
                shutil.copyfile(stored, draft)

    def record_forecasts(self) -> Path | None:
        """Keep this run's forecasts in the brand's ledger; None where there is no fit."""
        from workbench.value.ledger import write_ledger

        try:
            rows = self._ledger_rows()
        except ModelError:
            return None
        until = self.exports.amounts["day"].max().date()
        return write_ledger(rows, self.ledger_folder, data_until=until)

    def _ledger_rows(self) -> pd.DataFrame:
        from workbench.value.ledger import ledger_rows

        return self._valued.frame(
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

    def prepare_outbox(self) -> None:
        """Read and compute what the ledger and the outbox need; nothing is written to them yet."""
        with suppress(ModelError):
            self._ledger_rows()
            self.identities  # noqa: B018 - read once, never kept on disk

    def write_outbox(self) -> Outbox | None:
        """Write the files for the tools and the plan to ``outbox/``; None without a fit."""
        from workbench.decisions.plan import plan_json
        from workbench.models.fit import MODEL_VERSION
        from workbench.outbox.write import withdraw_outbox, write_outbox

        try:
            plan = self.table("plan")
        except ModelError:
            withdraw_outbox(self.folder / "outbox")
            return None
        told = plan_json(
            plan, brand=self.brand.name, as_of=self.as_of, currency=self.brand.currency
        )
        # what the page withholds goes into no tool: neither values nor lists chosen by them
        nothing = self.withheld.keys() & {"all", "amounts", "forecast"}
        no_split = nothing or self.withheld.keys() & {"acquisition", "channel"}
        rows = slice(0) if nothing else slice(None)
        left_out = self.table("audiences_left_out")[rows]
        return write_outbox(
            self.folder / "outbox",
            identities=self.identities,
            customers=self.table("customers")[rows],
            members=self.table("audience_members")[rows],
            audiences=self.table("audiences")[rows],
            as_of=self.as_of,
            settings=self.outbox_settings,
            model_version=f"clv-workbench {__version__}, model {MODEL_VERSION}",
            profiles=self.exports.profiles,
            budget=None if no_split else self.table("budget"),
            orders=None if nothing else self.exports.orders,
            new_customer_values=None if no_split else self._new_customer_value(),
            unused=left_out[left_out["tool"] != ""],
            actions=told["actions"],
        )

    def _new_customer_value(self) -> pd.DataFrame | None:
        """What the next customer of Google's channels is worth beyond the first order.

        None without money, or without new customers from them in the year to the as-of date.
        """
        from workbench.outbox.google_values import beyond_first_order

        value = self._value_next
        year = self.customers["first_day"] > pd.Timestamp(self.as_of) - pd.Timedelta(days=365)
        ours = self.outbox_settings.google_channels or tuple(value)
        won = self.customers[year & self.customers["channel"].isin(set(ours) & set(value))]
        if value.empty or won.empty:
            return None
        people = won["channel"].value_counts()
        draws = value[people.index].to_numpy() @ people.to_numpy() / len(won)
        return beyond_first_order(draws, won["first_contribution"].mean(), "new customers")

    @property
    def _value_next(self) -> pd.DataFrame:
        """Draws of the next customer's 12-month value, a column per channel; none without money.

        Kept, as a report that only renders anew must not simulate for this alone.
        """

        def drawn() -> pd.DataFrame:
            value = self.valuation.value_next
            names = self.valuation.channels.channels
            return pd.DataFrame() if value is None else pd.DataFrame(value.T, columns=list(names))

        return self._valued.frame("value_next", drawn)

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
            history_hash=self._history_hash,
            fit_key=fit_key,
        )

    @property
    def _history_hash(self) -> str:
        """Hash of what earlier runs and people left: backtest, forecasts, approvals, views."""
        from workbench.analysis.gap_facts import decision_log
        from workbench.spectrum import previous_gaps

        home, today = self.out / self.brand.slug, self.as_of.isoformat()
        forecasts = self.ledger_folder.glob("*.parquet")
        earlier = [path for path in forecasts if path.name[: len(today)] < today]
        gaps, day = previous_gaps(home, self.as_of)
        approved = decision_log(home, self.as_of)
        told = gaps.to_csv(index=False) + day + approved.to_csv(index=False)
        left = [*home.glob("backtest/*.csv"), *home.glob("views/*.json")]
        return hash_files([*left, *earlier], told)

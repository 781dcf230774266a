"""What the pages may say: the tables of one analysis, and what a failed check takes away."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeGuard

import pandas as pd

from workbench.checks import COLUMNS, Status
from workbench.errors import ModelError
from workbench.health import HEALTH, withheld
from workbench.plots import ChannelStyle, channel_styles
from workbench.report.lexicon import check_interval
from workbench.report.prose import Voice
from workbench.report.wording import check_label
from workbench.spectrum import load_capabilities

if TYPE_CHECKING:
    from workbench.analysis import Analysis
    from workbench.report.document import Page
    from workbench.spectrum import Capability

__all__ = ["TABLES", "Facts", "known", "triple"]

TABLES: tuple[str, ...] = (
    "readiness", "model_checks", "forecast_record", "customers", "cohorts", "channels", "curves",
    "rank_flips", "retention", "history_matrix", "tracking", "products", "months",
    "channel_months", "summary", "reading_log", "gaps", "levels", "stages", "backtest",
    "backtest_customers", "backtest_baselines", "backtest_scores",
    "budget", "budget_summary", "budget_curves", "experiments", "experiment_rankings",
    "experiment_year", "finished_tests", "audiences", "audiences_left_out", "plan",
    "decision_notes", "ledger_scores", "ledger_summary", "since_last",
)  # fmt: skip
"""All tables of a run; each is also written to ``tables/``."""


@dataclass(frozen=True)
class Facts:
    """What an analysis knows, read table by table when first asked for.

    Parameters
    ----------
    meta : mapping
        `Analysis.meta`.
    read : callable
        `Analysis.table`.
    pages : dict
        Pages of the report that were told of these facts, kept for who asks again.
    """

    meta: Mapping[str, Any]
    read: Callable[[str], pd.DataFrame]
    _known: dict[str, pd.DataFrame] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)

    @classmethod
    def of(cls, analysis: Analysis) -> Facts:
        """Return the facts of an analysis."""
        return cls(dict(analysis.meta), analysis.table)

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return a table of `TABLES`; empty where no model could be fitted."""
        if table not in self._known:
            try:
                self._known[table] = self.read(table).reset_index(drop=True)
            except ModelError as error:
                self._known[table] = pd.DataFrame()
                self._refused[table] = str(error)
        return self._known[table]

    @property
    def no_model(self) -> str:
        """Why there is no model, in the words of its error; empty if there is one."""
        for table in ("model_checks", "channels"):
            self[table]
        return next(iter(self._refused.values()), "")

    def has(self, table: str) -> bool:
        """Tell whether a table has rows."""
        return not self[table].empty

    @cached_property
    def voice(self) -> Voice:
        """The voice of this report."""
        return Voice(self.currency, float(self.meta.get("interval", 0.90)))

    @property
    def currency(self) -> str:
        """ISO code."""
        return str(self.meta.get("currency") or "")

    @cached_property
    def checks(self) -> pd.DataFrame:
        """Readiness and model checks, with a column `kind`: "data" or "model".

        The health of the model sums up the others, so it is not among them.
        """
        parts = [
            self[name].assign(kind=kind)
            for name, kind in (("readiness", "data"), ("model_checks", "model"))
            if self.has(name)
        ]
        if not parts:
            return pd.DataFrame(columns=[*COLUMNS, "kind"])
        both = pd.concat(parts, ignore_index=True)
        return both[both["check"] != HEALTH].reset_index(drop=True)

    @property
    def record(self) -> str:
        """What earlier forecasts of this brand were worth, in a sentence; empty without a model."""
        if not self.has("model_checks"):
            return ""
        table = self["model_checks"]
        return " ".join(table.loc[table["check"] == "Forecast record", "message"])

    @cached_property
    def health(self) -> str:
        """The health of the model in words, and what lowered it most; empty without a model."""
        if not self.has("model_checks"):
            return ""
        table = self["model_checks"]
        return next(iter(table.loc[table["check"] == HEALTH, "message"]), "")

    @cached_property
    def status(self) -> Status:
        """The worst of all checks; FAIL where no model could be fitted."""
        found = {Status(value) for value in self.checks["status"]}
        if self.no_model or Status.FAIL in found:
            return Status.FAIL
        return Status.REVIEW if Status.REVIEW in found else Status.PASS

    @cached_property
    def withheld(self) -> dict[str, list[str]]:
        """What failed checks take away: names of the checks by scope, see `INVALIDATES`."""
        taken = withheld(self._failed("data"), self._failed("model"))
        if self.no_model:
            taken.setdefault("forecast", []).append("model")
        return taken

    @cached_property
    def provisional(self) -> bool:
        """A model check failed that leaves a posterior, but not one to lean on."""
        return bool(self._failed("model")) and "forecast" not in self.withheld

    def _failed(self, kind: str) -> list[str]:
        failed = (self.checks["status"] == "FAIL") & (self.checks["kind"] == kind)
        return [str(name) for name in self.checks.loc[failed, "check"]]

    @property
    def money(self) -> bool:
        """Amounts exist and may be printed."""
        return bool(self.meta.get("has_money", True)) and not self._lacks("all", "amounts")

    @property
    def forecast(self) -> bool:
        """Predicted amounts may be printed."""
        return self.money and not self._lacks("forecast") and self.has("channels")

    @property
    def predictions(self) -> bool:
        """Predicted purchases may be printed, whether or not there are amounts."""
        return not self._lacks("all", "forecast")

    @property
    def by_channel(self) -> bool:
        """Predicted amounts may be split by channel."""
        return self.forecast and not self._lacks("channel")

    @property
    def compares_channels(self) -> bool:
        """Channels are known, and several."""
        several = bool(self.meta.get("has_channels", True)) and len(self["channels"]) > 1
        return several and self.by_channel

    @property
    def compares_cohorts(self) -> bool:
        """Cohorts are several, and large enough to be told apart."""
        return self.by_channel and not self._lacks("cohort") and len(self["cohorts"]) > 1

    @property
    def spend(self) -> bool:
        """Spend is given and what rests on it may be printed."""
        given = bool(self.meta.get("has_spend", True)) and not self._lacks("acquisition")
        return given and self.by_channel and not self.paid.empty

    @property
    def budget(self) -> bool:
        """A budget was made and may be printed."""
        return self.spend and self.has("budget") and self.has("budget_summary")

    def why_not(self, part: str) -> str:
        """Why a decision was not made, in the words of decision_notes; empty where none says."""
        notes = self["decision_notes"]
        if notes.empty:
            return ""
        said = notes.loc[notes["part"] == part, "note"].astype(str)
        first = next((note for note in said if note.startswith("No ")), "")
        return first.partition(": ")[2] or first

    def _lacks(self, *scopes: str) -> bool:
        return any(scope in self.withheld for scope in scopes)

    @cached_property
    def paid(self) -> pd.DataFrame:
        """Channels with a CAC, dearest first."""
        channels = self["channels"]
        if channels.empty or "cac" not in channels:
            return channels
        return channels[channels["cac"].map(known)].sort_values(
            ["spend", "channel"], ascending=[False, True]
        )

    @cached_property
    def palette(self) -> dict[str, ChannelStyle]:
        """The fixed style of every channel."""
        channels = self["channels"]
        return channel_styles([] if channels.empty else channels["channel"])

    @property
    def forecasts_due(self) -> pd.DataFrame:
        """Rows of since_last.csv on forecasts; what closed or opened among the gaps is left out."""
        rows = self["since_last"]
        return rows[rows["kind"] == "forecast"] if len(rows) else rows

    @property
    def gaps_changed(self) -> pd.DataFrame:
        """Rows of since_last.csv on capabilities: what closed first."""
        rows = self["since_last"]
        return rows[rows["kind"] == "gap"] if len(rows) else rows

    def quantity(self, name: str) -> tuple[float, float, float] | None:
        """Return mean, q05 and q95 of a row of summary.csv, None where it is not known."""
        row = self._summary(name)
        return None if row is None else triple(row, "")

    def single(self, name: str) -> float | None:
        """Return the value of a row of summary.csv that has no interval, None if not known."""
        row = self._summary(name)
        return float(row["mean"]) if row is not None and known(row["mean"]) else None

    def _summary(self, name: str) -> pd.Series | None:
        summary = self["summary"]
        rows = summary[summary["quantity"] == name] if len(summary) else summary
        return rows.iloc[0] if len(rows) else None

    @cached_property
    def capabilities(self) -> dict[str, Capability]:
        """Capabilities of the spectrum by id."""
        return {item.id: item for item in load_capabilities()}

    def capability(self, name: object) -> str:
        """Return the printed name of one capability."""
        item = self.capabilities.get(str(name))
        return item.title if item else check_label(str(name))

    def check(self) -> None:
        """Refuse tables whose probabilities contradict their intervals.

        Raises
        ------
        ContradictionError
            Naming channel and quantity.
        """
        for row in self.paid.to_dict("records"):
            name, profit = row["channel"], triple(row, "true_profit_")
            if profit and known(row.get("p_value_above_cac")):
                check_interval(
                    row["p_value_above_cac"],
                    profit[1],
                    profit[2],
                    0.0,
                    interval=self.voice.interval,
                    what=f"{name}, 12-month value against CAC",
                )
            if known(row.get("p_payback_12m")):
                first, last = (
                    float(day) if known(day := row.get(f"payback_days_{end}")) else math.inf
                    for end in ("q05", "q95")
                )
                check_interval(
                    1 - row["p_payback_12m"],
                    first,
                    last,
                    365.5,
                    interval=self.voice.interval,
                    what=f"{name}, payback later than day 365",
                )


def known(value: Any) -> TypeGuard[float]:
    """Tell whether a value is a finite number."""
    try:
        return math.isfinite(value)
    except TypeError:
        return False


def triple(row: Any, prefix: str) -> tuple[float, float, float] | None:
    """Return (mean, q05, q95) of the columns with this prefix, None where one is not known."""
    mean, low, high = (row.get(f"{prefix}{end}") for end in ("mean", "q05", "q95"))
    return (mean, low, high) if known(mean) and known(low) and known(high) else None

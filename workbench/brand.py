"""The settings of one brand: `brand.yaml`, validated.

Every problem of the file is reported at once, with the path of the setting, its line and the
remedy. Nothing here reads an export; it only makes sure that the files are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    BeforeValidator,
    Field,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from workbench.brand_costs import Costs, Money, Payment, RateTable
from workbench.brand_report import ReportSettings, logo_uri
from workbench.brand_sources import (
    FORMATS,
    Sources,
    SourceSpec,
    check_connection,
    matching_files,
)
from workbench.cards import card
from workbench.errors import BrandError, Problem
from workbench.settings import SettingsModel, setting_problem, to_problems
from workbench.yaml_file import read_yaml

__all__ = [
    "DIMENSIONS",
    "FORMATS",
    "Brand",
    "Costs",
    "Payment",
    "RateTable",
    "SourceSpec",
    "Sources",
    "load_brand",
]

Dimension = Literal["channel", "first_product", "first_month"]
DIMENSIONS: tuple[str, ...] = get_args(Dimension)
"""Dimensions that a cohort may have."""


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class _Settings(SettingsModel):
    """What a brand.yaml may hold."""

    name: Annotated[StrictStr, Field(min_length=1)]
    currency: StrictStr
    timezone: StrictStr = "UTC"
    as_of: date | None = None
    cohorts: Annotated[tuple[Dimension, ...], BeforeValidator(_as_tuple)] = (
        "channel",
        "first_product",
        "first_month",
    )
    sources: Sources
    channel_rules: dict[StrictStr, Annotated[StrictStr, Field(min_length=1)]] = Field(
        default_factory=dict
    )
    costs: Costs | None = None
    stages: Annotated[tuple[Money, ...], BeforeValidator(_as_tuple)] = (
        0.0,
        1_000_000.0,
        3_000_000.0,
        10_000_000.0,
    )
    decisions: dict[
        Literal[
            "budget", "audiences", "opportunities", "experiments", "outbox", "forecasts", "gaps"
        ],
        dict[StrictStr, Any],
    ] = Field(default_factory=dict)
    report: ReportSettings = Field(default_factory=ReportSettings)
    engine: StrictStr = "duckdb"

    @field_validator("currency", mode="before")
    @classmethod
    def _currency_given(cls, code: Any) -> Any:
        if code is None:
            raise setting_problem(
                "has no value",
                allowed="three capitals, e.g. USD",
                todo="write a value after 'currency': that of the amounts of the orders",
            )
        return code

    @field_validator("currency")
    @classmethod
    def _currency_code(cls, code: str) -> str:
        if not re.fullmatch("[A-Z]{3}", code):
            raise setting_problem(
                f"{code!r} is no currency code", allowed="three capitals, e.g. USD"
            )
        return code

    @model_validator(mode="after")
    def _shop_time(self) -> Self:
        """Shopify stamps carry offsets, so a day has an end only in the shop's own time zone."""
        shops = [spec for spec in self.sources.orders if spec.format.startswith("shopify")]
        if shops and "timezone" not in self.model_fields_set:
            raise setting_problem(
                "timezone is missing, and Shopify orders are dated with an offset",
                allowed="the shop's time zone, e.g. America/New_York",
                todo="add 'timezone'; a log of plain dates needs none",
            )
        return self

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, ZoneInfoNotFoundError):
            close = get_close_matches(name, sorted(available_timezones()), n=1)
            raise setting_problem(
                f"unknown time zone {name!r}",
                allowed="a name of the tz database, e.g. America/New_York",
                todo=f"did you mean {close[0]!r}?" if close else "",
            ) from None
        return name

    @field_validator("as_of", mode="before")
    @classmethod
    def _calendar_day(cls, value: Any) -> Any:
        if value is None or type(value) is date:
            return value
        try:
            if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise setting_problem(
                f"{value!r} is no date",
                allowed="a day of the calendar as YYYY-MM-DD, e.g. 2026-06-30",
                todo="leave as_of out to use the day of the last order",
            ) from None

    @field_validator("cohorts")
    @classmethod
    def _each_once(cls, cohorts: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(cohorts)) < len(cohorts):
            raise setting_problem("a dimension is listed twice", todo="name each dimension once")
        return cohorts

    @field_validator("channel_rules")
    @classmethod
    def _one_channel_each(cls, rules: dict[str, str]) -> dict[str, str]:
        seen: dict[str, str] = {}
        for raw, channel in _spread(rules):
            if not raw:
                raise setting_problem(
                    "a rule has an empty source name",
                    allowed="names parted by |, e.g. facebook|fb|ig",
                    todo="remove the | too many",
                )
            if seen.setdefault(raw, channel) != channel:
                raise setting_problem(
                    f"{raw!r} leads to two channels, {seen[raw]!r} and {channel!r}",
                    todo="keep it in one rule",
                )
        return rules

    @field_validator("stages")
    @classmethod
    def _ascending(cls, stages: tuple[float, ...]) -> tuple[float, ...]:
        ascending = all(low < high for low, high in pairwise(stages))
        if len(stages) != 4 or stages[0] != 0 or not ascending:
            raise setting_problem(
                "these are not the lower bounds of four stages",
                allowed="four ascending numbers that start at 0, e.g. "
                "[0, 1_000_000, 3_000_000, 10_000_000]",
                todo="sort them, or leave stages out to use that example",
            )
        return stages

    @field_validator("engine")
    @classmethod
    def _engine_name(cls, engine: str) -> str:
        return check_connection(engine)


class Brand(_Settings):
    """The validated settings of one brand; `folder` is where its files are."""

    folder: Path

    @property
    def slug(self) -> str:
        """Name of the brand folder; reports are written under it."""
        return self.folder.name

    @property
    def stack_file(self) -> Path | None:
        """File of the stack inventory, if the brand has one."""
        return None if self.sources.stack is None else self.folder / self.sources.stack

    def _repr_html_(self) -> str:
        """Show the settings in a notebook: no file is read, and no connection is repeated."""
        rows = []
        for key in FORMATS:
            for spec in getattr(self.sources, key):
                number = len(self.files(spec))
                what = "table" if spec.table else f"{number} file{'' if number == 1 else 's'}"
                rows.append((key, spec.format, spec.place, what))
        if self.stack_file is not None:
            rows.append(("stack", "stack", self.sources.stack, "1 file"))
        facts = {
            "folder": self.folder.name,
            "currency, time zone": f"{self.currency}, {self.timezone}",
            "as of": self.as_of or "the day of the last order",
            "cohorts": ", ".join(self.cohorts).replace("_", " ") or "all customers together",
            "costs": "given"
            if self.costs
            else "none given: contribution equals net revenue, so values are not profit",
        }
        header = ("source", "format", "file or table", "found")
        note = "Next: wb.open_analysis(brand)"
        return card(self.name, facts, header=header, rows=rows, note=note)

    @property
    def logo(self) -> str | None:
        """The client's logo as a data URI, if the brand has one."""
        return None if self.report.logo is None else logo_uri(self.folder / self.report.logo)

    def files(self, spec: SourceSpec) -> list[Path]:
        """Return the files of a source, sorted by name; its glob is relative to the folder.

        A source that is a table of a database has none.
        """
        return [] if spec.table else matching_files(self.folder, spec.path)

    def channel_names(self) -> dict[str, str]:
        """Return `channel_rules` with alternatives spread out: lower-case raw name -> channel."""
        return dict(_spread(self.channel_rules))


def _spread(rules: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (raw name, channel) pairs; a key may hold alternatives parted by ``|``."""
    for key, channel in rules.items():
        for raw in key.split("|"):
            yield raw.strip().lower(), channel


def load_brand(path: str | Path) -> Brand:
    """Read and validate the settings of a brand.

    Parameters
    ----------
    path : str or Path
        The brand folder, or its `brand.yaml`.

    Returns
    -------
    Brand

    Raises
    ------
    BrandError
        With every problem found: unknown or missing settings, wrong types, missing files.
    """
    path = Path(path)
    file = path / "brand.yaml" if path.is_dir() else path
    if file.is_file() and file.suffix.lower() not in (".yaml", ".yml"):
        raise BrandError(
            Problem("this is no brand.yaml", str(path), todo=f"name its folder: {file.parent}")
        )
    if not file.is_file():
        todo = f"run: workbench new {path}" if path.is_dir() else "check the path"
        raise BrandError(Problem("there is no brand.yaml here", str(path), todo=todo))
    folder = file.resolve().parent
    written = read_yaml(file)
    problems = list(written.problems)
    if isinstance(written.data, Mapping):
        try:
            settings = _Settings.model_validate(written.data, context={"folder": folder})
        except ValidationError as error:
            problems += to_problems(error, written, _Settings)
    elif not problems:
        problems.append(
            Problem(
                "the file holds no settings",
                file.name,
                allowed="lines like 'name: Juniper Tea'",
                todo="run: workbench new FOLDER, which writes one",
            )
        )
    if problems:
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        raise BrandError(problems, title=f"{file} has {count}")
    return Brand(folder=folder, **dict(settings))

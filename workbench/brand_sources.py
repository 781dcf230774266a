"""The `sources` of a brand.yaml: which export is where, and in which format."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from workbench.database import URL, written_secret
from workbench.settings import SettingsModel, setting_problem

__all__ = [
    "FORMATS",
    "TABLE_FORMATS",
    "SourceSpec",
    "Sources",
    "check_connection",
    "matching_files",
]

FORMATS: dict[str, tuple[str, ...]] = {
    "orders": ("shopify_orders", "shopify_json", "shopify_bulk", "orders"),
    "channels": ("order_channels", "ga4"),
    "products": ("products",),
    "spend": ("meta_ads", "google_ads", "tiktok_ads", "spend", "northbeam"),
    "attributed": ("northbeam", "ga4"),
    "profiles": ("klaviyo_profiles",),
    "flows": ("klaviyo_flows",),
    "campaigns": ("klaviyo_campaigns",),
    "experiments": ("experiments",),
    "test_results": ("test_results",),
    "customers": ("customers",),
}
"""Formats that each key of `sources` accepts."""

TABLE_FORMATS = ("orders", "order_channels", "products", "spend")
"""Formats that may be a table of a database instead of a file."""


def check_connection(url: str) -> str:
    """Return a connection URL, refused where it is none or holds a password.

    Raises
    ------
    PydanticCustomError
        For `to_problems`; it never repeats the URL.
    """
    if written_secret(url):
        raise setting_problem(
            "a password or token is written out here",
            allowed="${NAME} in its place, filled from the environment, e.g. "
            "postgres://${PGUSER}:${PGPASSWORD}@host/database",
            todo="put it into an environment variable and change it, as this file may have been "
            "shared",
        )
    if not URL.fullmatch(url):
        raise setting_problem(
            "this is no connection URL",
            allowed="an ibis connection URL: duckdb://shop.duckdb, postgres://..., or the name of "
            "an ibis backend: pyspark",
            todo="correct it",
        )
    return url


def matching_files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a glob below a folder, sorted; an existing name is never a glob."""
    if (folder / pattern).is_file():
        return [folder / pattern]
    # Path.glob refuses absolute patterns and '..'
    names = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207
    found = (folder / name for name in names)
    return sorted(path for path in found if path.is_file())


def _missing_file(folder: Path, pattern: str) -> PydanticCustomError:
    there = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name != "brand.yaml")
    close = get_close_matches(pattern, there, n=1)
    todo = "put the export into the brand folder"
    if close:
        todo = f"did you mean {close[0]!r}?"
    elif there:
        todo += f", or name one of: {', '.join(there[:8])}" + (", ..." if len(there) > 8 else "")
    return setting_problem(f"no file matches {pattern!r} in the brand folder", todo=todo)


class SourceSpec(SettingsModel):
    """Where one export is and how to read it.

    Parameters
    ----------
    format : str
        One of `FORMATS`.
    path : str
        File name or glob, relative to the brand folder. A source is either files or a table.
    connect : str
        ibis connection URL of the database that holds the table, with ``${NAME}`` for what the
        environment holds.
    table : str
        Name of the table or view there, with its schema where it needs one: ``analytics.orders``.
    columns : dict of str to str
        Column map of a file with its own header: our name -> name in the file.
    top : int
        Number of categories kept by name; the rest becomes "Other" (products only).
    options : dict
        Further settings of a reader.
    """

    format: StrictStr
    path: Annotated[StrictStr, Field(min_length=1)] = ""
    connect: StrictStr = ""
    table: StrictStr = ""
    columns: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    top: Annotated[StrictInt, Field(ge=1)] = 8
    options: dict[StrictStr, Any] = Field(default_factory=dict)

    @field_validator("format")
    @classmethod
    def _known_format(cls, name: str) -> str:
        known = list(dict.fromkeys(known for formats in FORMATS.values() for known in formats))
        if name not in known:
            close = get_close_matches(name, known, n=1)
            todo = f"did you mean {close[0]!r}?" if close else "use one of these"
            raise setting_problem(f"unknown format {name!r}", allowed=", ".join(known), todo=todo)
        return name

    @field_validator("path")
    @classmethod
    def _exists(cls, path: str, info: ValidationInfo) -> str:
        if "://" in path:  # it may hold a password, so it is not repeated
            raise setting_problem(
                "a connection URL is no path",
                todo="name it under connect: and the table under table:, without a password",
            )
        folder = (info.context or {}).get("folder")
        if folder is not None and not matching_files(folder, path):
            raise _missing_file(folder, path)
        return path

    _connection = field_validator("connect")(check_connection)

    @model_validator(mode="after")
    def _files_or_table(self) -> Self:
        given = [name for name in ("connect", "table") if getattr(self, name)]
        if not given:
            if not self.path:
                raise setting_problem(
                    "names neither files nor a table",
                    allowed="path: orders.csv, or connect: and table:",
                    todo="add 'path'",
                )
            return self
        if self.path:
            raise setting_problem(
                f"names both 'path' and {given[0]!r}", todo="keep one of them: files or a table"
            )
        if len(given) < 2:
            other = "table" if given == ["connect"] else "connect"
            raise setting_problem(
                f"{other} is missing beside {given[0]}",
                allowed="connect: duckdb://shop.duckdb with table: orders",
                todo=f"add {other!r}",
            )
        if self.format not in TABLE_FORMATS:
            raise setting_problem(
                f"format {self.format!r} is read from files only",
                allowed=", ".join(TABLE_FORMATS),
                todo="name its file under path",
            )
        return self

    @property
    def place(self) -> str:
        """Where the source is, as messages name it: the path, or the name of the table."""
        return self.path or self.table


def _as_tuple(value: Any) -> Any:
    """Accept one spec or a list of them."""
    if isinstance(value, Mapping | SourceSpec):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _in_place(specs: tuple[SourceSpec, ...], info: ValidationInfo) -> tuple[SourceSpec, ...]:
    """Refuse a format that belongs under another key of `sources`."""
    allowed = FORMATS[str(info.field_name)]
    for spec in specs:
        if spec.format not in allowed:
            home = next(key for key, formats in FORMATS.items() if spec.format in formats)
            raise setting_problem(
                f"format {spec.format!r} does not belong here",
                allowed=", ".join(allowed),
                todo=f"move it to sources.{home}",
            )
    return specs


Specs = Annotated[tuple[SourceSpec, ...], BeforeValidator(_as_tuple)]


class Sources(SettingsModel):
    """The exports of a brand.

    Every key of `FORMATS` holds a tuple of `SourceSpec`, empty when the brand has none; `stack`
    names the file of the stack inventory.
    """

    orders: Specs
    channels: Specs = ()
    products: Specs = ()
    spend: Specs = ()
    attributed: Specs = ()
    profiles: Specs = ()
    flows: Specs = ()
    campaigns: Specs = ()
    experiments: Specs = ()
    test_results: Specs = ()
    customers: Specs = ()
    stack: StrictStr | None = None

    _formats = field_validator(*FORMATS)(_in_place)

    @field_validator("orders")
    @classmethod
    def _needed(cls, specs: tuple[SourceSpec, ...]) -> tuple[SourceSpec, ...]:
        if not specs:
            raise setting_problem("no order export is named", todo="add {format: ..., path: ...}")
        return specs

    @field_validator("stack")
    @classmethod
    def _stack_exists(cls, path: str | None, info: ValidationInfo) -> str | None:
        folder = (info.context or {}).get("folder")
        if path is not None and folder is not None and not (folder / path).is_file():
            raise _missing_file(folder, path)
        return path

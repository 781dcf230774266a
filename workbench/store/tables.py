"""Schemas of the canonical tables: what every reader promises and everything above relies on.

A broken promise is reported with all others at once. Values of columns that may hold personal
data are never repeated in a message, only their rows are named.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from workbench.errors import Problem, SourceError
from workbench.sources.frames import COLUMNS, CONFIDENCES

if TYPE_CHECKING:
    from workbench.sources import Exports

__all__ = ["PERSONAL", "schema", "validate"]

PERSONAL = frozenset(
    {"customer_id", "email", "phone", "first_name", "last_name", "city", "province", "zip"}
    | {"country", "properties"}
)
"""Columns whose values may be personal, or may turn out to be when something went wrong."""

Rule = Callable[[Any], Any]
_CENT = 0.0100001  # readers round the parts of an order each for itself

_KINDS: dict[str, tuple[str, Rule]] = {
    "str": ("text", pd.api.types.is_string_dtype),
    "float64": ("a number", pd.api.types.is_float_dtype),
    "int64": ("a whole number", pd.api.types.is_integer_dtype),
    "bool": ("True or False", pd.api.types.is_bool_dtype),
    "boolean": ("True, False or empty", pd.api.types.is_bool_dtype),
    "datetime64[us]": (
        "a date in shop time, without time zone",
        lambda kind: isinstance(kind, np.dtype) and kind.kind == "M",
    ),
}
_FILLED: dict[str, tuple[str, ...]] = {
    "orders": (
        *("order_id", "customer_id", "ordered_at", "day", "currency", "channel"),
        *("channel_source", "channel_confidence"),
    ),
    "order_lines": ("order_id",),
    "products": ("key",),
    "spend": ("date", "channel", "spend", "currency"),
    "attributed": ("date", "channel"),
    "profiles": ("customer_id",),
    "experiments": ("id",),
    "test_results": ("id", "arm"),
    "identities": ("customer_id",),
    "log": ("what", "count"),
}
_UNIQUE: dict[str, str] = {
    "orders": "order_id",
    "products": "key",
    "profiles": "customer_id",
    "experiments": "id",
}
_NOT_NEGATIVE: dict[str, tuple[str, ...]] = {
    "orders": ("discount", "shipping", "tax", "refund"),
    "products": ("unit_cost",),
    "spend": ("impressions", "clicks", "new_customers_claimed"),
    "flows": ("delivered", "opens", "clicks", "orders"),
    "campaigns": ("recipients", "delivered", "opens", "clicks", "orders"),
    "test_results": ("exposed", "converted", "value_90d_sd"),
    "log": ("count",),
}
_SHARES: dict[str, tuple[str, ...]] = {
    "profiles": ("churn_probability",),
    "flows": ("unsub_rate", "complaint_rate", "bounce_rate"),
    "campaigns": ("unsub_rate", "complaint_rate", "bounce_rate"),
}


def validate(exports: Exports) -> None:
    """Check every canonical table against its schema.

    Raises
    ------
    SourceError
        With every broken rule of every table: table, column, rows and rule.
    """
    problems: list[Problem] = []
    for table in COLUMNS:
        try:
            schema(table).validate(getattr(exports, table), lazy=True)
        except SchemaErrors as error:
            problems += _problems(table, error.failure_cases)
    problems += _currencies(exports)
    if problems:
        raise SourceError(
            problems,
            title="the exports were read into tables that break a rule (correct `columns` in "
            "brand.yaml where a column is mapped wrongly; otherwise report this as a fault)",
        )


@cache
def schema(table: str) -> pa.DataFrameSchema:
    """Return the schema of one canonical table; further columns are allowed.

    Parameters
    ----------
    table : str
        Name of a frame of `Exports`, e.g. ``"orders"``.
    """
    columns = {}
    for name, kind in COLUMNS[table].items():
        checks = [_kind(kind)]
        if kind == "float64":
            checks.append(_values(kind, "a finite number", lambda s: np.isfinite(s) | s.isna()))
        if name in _NOT_NEGATIVE.get(table, ()):
            checks.append(_values(kind, "0 or more", lambda s: s.isna() | (s >= 0)))
        if name in _SHARES.get(table, ()):
            checks.append(
                _values(kind, "a share from 0 to 1", lambda s: s.isna() | s.between(0, 1))
            )
        if name in _FILLED.get(table, ()):
            checks.append(_values(None, "filled in every row", lambda s: s.notna() & s.ne("")))
        if name == _UNIQUE.get(table):
            checks.append(_values(kind, "different in every row", lambda s: ~s.duplicated()))
        if name == "customer_id":
            checks.append(_values(kind, "an id or a hash, no e-mail address", _no_address))
        if (table, name) == ("products", "key"):
            lower = "lower case without blanks around it"
            checks.append(
                _values(kind, lower, lambda s: s.isna() | s.eq(s.str.strip().str.lower()))
            )
        if name == "channel_confidence":
            allowed = ", ".join(CONFIDENCES)
            checks.append(_values(kind, allowed, lambda s: s.isna() | s.isin(CONFIDENCES)))
        columns[name] = pa.Column(None, checks, nullable=True, required=True)
    return pa.DataFrameSchema(columns, checks=_ORDER_RULES if table == "orders" else None)


def _kind(kind: str) -> pa.Check:
    words, is_kind = _KINDS[kind]
    return pa.Check(lambda column: bool(is_kind(column.dtype)), error=words, ignore_na=False)


def _values(kind: str | None, words: str, rule: Rule) -> pa.Check:
    """Check values; a column of another kind than it should be is reported once, by `_kind`."""
    is_kind = _KINDS[kind][1] if kind else None

    def checked(column: pd.Series[Any]) -> Any:
        return rule(column) if is_kind is None or is_kind(column.dtype) else True

    return pa.Check(checked, error=words, ignore_na=False)


def _no_address(ids: pd.Series[str]) -> pd.Series[bool]:
    return ~ids.str.contains("@", regex=False).fillna(False).astype(bool)


def _typed(orders: pd.DataFrame, *names: str) -> bool:
    """Say whether columns are there and of their kind; if not, that is reported already."""
    kinds = COLUMNS["orders"]
    return all(name in orders and _KINDS[kinds[name]][1](orders[name].dtype) for name in names)


def _midnight(orders: pd.DataFrame) -> Any:
    if not _typed(orders, "day", "ordered_at"):
        return True
    return orders["day"].isna() | orders["day"].eq(orders["ordered_at"].dt.normalize())


def _adds_up(orders: pd.DataFrame) -> Any:
    if not _typed(orders, "items", "discount", "shipping", "refund", "revenue"):
        return True
    net = orders["items"] - orders["discount"] + orders["shipping"] - orders["refund"]
    return ~((net - orders["revenue"]).abs() > _CENT)


def _all_or_none(orders: pd.DataFrame) -> Any:
    if not _typed(orders, "revenue"):
        return True
    known = orders["revenue"].notna()
    return known | ~known.any()


_ORDER_RULES = [
    pa.Check(_midnight, error="day is the day of ordered_at", ignore_na=False),
    pa.Check(_adds_up, error="revenue is items - discount + shipping - refund", ignore_na=False),
    pa.Check(_all_or_none, error="revenue is known for every order or for none", ignore_na=False),
]


def _problems(table: str, cases: pd.DataFrame) -> list[Problem]:
    """Return one problem per column and rule, with its rows."""
    absent = cases["check"].eq("column_in_dataframe")
    problems = [
        Problem(f"column {name} is missing", f"table {table}")
        for name in sorted(cases.loc[absent, "failure_case"])
    ]
    cases = cases[~absent]
    # a rule on whole rows lists every cell of them
    of_rows = cases["schema_context"].eq("DataFrameSchema") & cases["index"].notna()
    cases = cases.assign(column=cases["column"].where(~of_rows, "").fillna(""))
    cases = cases.drop_duplicates(["column", "check", "index"])
    for (column, rule), some in cases.groupby(["column", "check"], sort=True):
        rows = sorted(int(row) for row in some["index"].dropna())
        count = "1 row breaks" if len(rows) == 1 else f"{len(rows) or 'all'} rows break"
        shown = some["failure_case"].dropna() if rows and column not in {"", *PERSONAL} else []
        examples = list(dict.fromkeys(str(value)[:40] for value in shown))[:3]
        example = f" (for example {', '.join(map(repr, examples))})" if examples else ""
        where = f"table {table}, column {column}" if column else f"table {table}"
        problems.append(Problem(f"{count} the rule{example}", where + _rows(rows), str(rule)))
    return problems


def _rows(rows: list[int]) -> str:
    if not rows:
        return ""
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f", rows {', '.join(map(str, rows[:5]))}{more} (the first is 0)"


def _currencies(exports: Exports) -> list[Problem]:
    """Refuse money in several currencies: nothing here converts."""
    used: dict[str, set[str]] = {}
    for table in ("orders", "spend"):
        for code in getattr(exports, table).get("currency", pd.Series(dtype="str")).dropna():
            used.setdefault(str(code), set()).add(table)
    if len(used) < 2:
        return []
    listed = "; ".join(
        f"{code} in {', '.join(sorted(where))}" for code, where in sorted(used.items())
    )
    return [
        Problem(
            f"money is in several currencies ({listed})",
            "tables orders and spend, column currency",
            "one currency",
            "export in the currency of the brand, or make one brand of each currency",
        )
    ]

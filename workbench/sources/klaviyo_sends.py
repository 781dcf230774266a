"""Klaviyo's flow and campaign performance exports: what was sent, and what it earned."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import LogRow, ReadResult, fit
from workbench.sources.opening import keep_rows, open_export, together
from workbench.sources.rates import read_rates
from workbench.sources.tabular import Table, rows_of

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["CAMPAIGN_ALIASES", "FLOW_ALIASES", "read_campaigns", "read_flows"]

_OPTIONS = ("client", "rates")
_RATES = {
    "unsub_rate": ("unsub rate", "unsubscribe rate"),
    "complaint_rate": (
        "complaint rate",
        "spam complaints rate",
        "spam complaint rate",
        "spam rate",
    ),
    "bounce_rate": ("bounce rate",),
    "open_rate": ("open rate",),
    "click_rate": ("click rate",),
    "order_rate": ("placed order rate",),
}
FLOW_ALIASES = {
    "day": ("date",),
    "flow_id": ("flow id",),
    "flow": ("flow name",),
    "message": ("flow message name", "message name"),
    "channel": ("flow message channel", "message channel"),
    "status": ("flow status", "message status"),
    "delivered": ("successful deliveries",),
    "opens": ("unique opens", "opens"),
    "clicks": ("unique clicks", "clicks"),
    "orders": ("placed order", "unique placed order"),
    "revenue": ("placed order value",),
    "client": ("client name", "client id"),
    **_RATES,
}
CAMPAIGN_ALIASES = {
    "campaign_id": ("campaign id",),
    "campaign": ("campaign name",),
    "tags": (),
    "list": ("lists", "list name"),
    "channel": ("campaign channel", "campaign message channel"),
    "send_time": ("send time", "send date"),
    "recipients": ("total recipients",),
    "delivered": ("successful deliveries",),
    "opens": ("unique opens",),
    "clicks": ("unique clicks",),
    "orders": ("unique placed order", "placed order"),
    "revenue": ("placed order value",),
    "bounces": (),
    "unsubscribes": (),
    "complaints": ("spam complaints",),
    "client": ("client name", "client id"),
    **_RATES,
}


def read_flows(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a flow performance export, one row per message and day.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
        Options: `client` (of an agency's combined file), `rates` ("percent" or "fraction").
    brand : Brand

    Returns
    -------
    ReadResult
        `flows`; rates are shares from 0 to 1, revenue in the account's currency.

    Raises
    ------
    SourceError
        Columns missing, several clients, rates or dates that can be read in two ways.
    """
    table = open_export(
        path, spec, required=["day", "flow"], aliases=FLOW_ALIASES, options=_OPTIONS
    )
    table = _of_client(table, spec)
    frame = _performance(table, spec, {"day": lambda: table.date("day").dt.normalize()})
    for name in ("flow_id", "flow", "message", "channel"):
        frame[name] = table.text(name)
    frame["status"] = table.text("status").str.lower()
    keys = ["day", "flow_id", "flow", "message", "channel"]
    return _once(frame, keys, "flows", table, spec)


def read_campaigns(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a campaign performance export, one row per campaign.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
        Options: `client`, `rates`, as in `read_flows`.
    brand : Brand

    Returns
    -------
    ReadResult
        `campaigns`; rates are shares from 0 to 1, revenue in the account's currency, send time in
        the brand's time zone.

    Raises
    ------
    SourceError
        Columns missing, several clients, rates or dates that can be read in two ways.
    """
    table = open_export(
        path, spec, required=["campaign", "send_time"], aliases=CAMPAIGN_ALIASES, options=_OPTIONS
    )
    table = _of_client(table, spec)
    time = {"send_time": lambda: table.date("send_time", brand.timezone)}
    frame = _performance(table, spec, time)
    for name in ("campaign_id", "campaign", "tags", "list"):
        frame[name] = table.text(name)
    frame["channel"] = table.text("channel")
    for rate, count in (
        ("unsub_rate", "unsubscribes"),
        ("complaint_rate", "complaints"),
        ("bounce_rate", "bounces"),
    ):
        whole = frame["recipients" if rate == "bounce_rate" else "delivered"]
        frame[rate] = frame[rate].fillna((frame[count] / whole).where(whole > 0))
    keys = ["campaign_id", "campaign", "send_time"]
    return _once(frame, keys, "campaigns", table, spec)


_COUNTS = (
    "delivered",
    "opens",
    "clicks",
    "orders",
    "recipients",
    "bounces",
    "unsubscribes",
    "complaints",
)


def _performance(table: Table, spec: SourceSpec, time: dict[str, Any]) -> pd.DataFrame:
    cells = together(
        {
            **time,
            **{name: partial(table.number, name, integer=True) for name in _COUNTS},
            "revenue": partial(table.number, "revenue"),
            "rates": lambda: read_rates(table, list(_RATES), spec.options),
        }
    )
    rates = cells.pop("rates")
    return pd.DataFrame(cells).join(rates)


def _of_client(table: Table, spec: SourceSpec) -> Table:
    """Return the rows of one client of an agency's combined file."""
    clients = table.text("client")
    names = sorted(clients.dropna().unique())
    wanted = spec.options.get("client")
    if wanted is None and len(names) < 2:
        return table
    if str(wanted) not in names:
        raise SourceError(
            Problem(
                f"the file holds {len(names)} clients"
                + ("" if wanted is None else f", none is called {str(wanted)!r}"),
                table.where("client"),
                ", ".join(names),
                "state the brand's own under the source: options: {client: <name>}",
            )
        )
    return keep_rows(table, clients == str(wanted))


def _once(
    frame: pd.DataFrame, keys: list[str], kind: str, table: Table, spec: SourceSpec
) -> ReadResult:
    """Return the rows without identical repeats; variants of a message have rows of their own."""
    repeated = table.frame.duplicated()
    log = []
    if repeated.any():
        note = rows_of(frame.index[repeated])
        what = f"repeated {kind} rows dropped"
        log.append(LogRow(spec.format, table.file, what, int(repeated.sum()), note))
    return ReadResult(fit(kind, frame[~repeated].sort_values(keys, kind="stable")), log)

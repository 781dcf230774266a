"""Klaviyo: profile properties as CSV and as bulk-import requests; suppression behind a flag.

Properties of known people only: no consent column, no names, no external id. Facts: CSV import
help.klaviyo.com 115005078967 and 360043841811; dates 115005253428; request limits and shapes
klaviyo-api 25.0.0 (revision 2026-10-15).
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.outbox.contacts import Recipients
from workbench.outbox.lines import (
    BLOCK,
    PartWriter,
    blocks,
    cells,
    csv_lines,
    decimals,
    header_line,
    joined,
    take,
)
from workbench.outbox.outcome import Written
from workbench.outbox.settings import OutboxSettings

__all__ = ["bands", "properties", "write_profiles", "write_suppression"]

TOOL = "klaviyo"
MAX_CSV_BYTES = 50_000_000
MAX_REQUEST_BYTES, MAX_REQUEST_PROFILES, MAX_PROFILE_BYTES = 5_000_000, 10_000, 100_000
MAX_SUPPRESSED = 100
_MONEY = {
    "clv_12m_pred": "value_12m_mean",
    "clv_12m_low": "value_12m_q05",
    "clv_12m_high": "value_12m_q95",
    "clv_90d_pred": "value_90d_mean",
    "clv_next_12m_pred": "next_12m_mean",
}
"""Property -> column of the customer table: contribution, so margin, in the brand's currency."""

_TEXT = {"clv_segment": "segment", "acq_channel": "channel", "clv_action": "action"}
NEXT_ORDER = "clv_next_order_date"


def bands(value: pd.Series[Any]) -> np.ndarray:
    """Return ``top10``, ``mid`` or ``low`` (the lower half) by rank of an expected value."""
    share = value.rank(pct=True, method="first").to_numpy(dtype=float)
    told = np.select([share > 0.9, share > 0.5], ["top10", "mid"], "low").astype(object)
    told[np.isnan(share)] = None
    return told


def properties(customers: pd.DataFrame, *, as_of: date, model_version: str) -> pd.DataFrame:
    """Return one row per customer: customer_id, then the properties its profile gets.

    Money is 12-month contribution in the brand's currency with its 90% interval
    (``clv_12m_low``, ``clv_12m_high``: purchase randomness inside); ``clv_next_12m_pred`` is what
    the 365 days after the as-of date are expected to bring. A customer table may also have
    ``value_90d_mean``, ``clv_band`` and ``action``. Dates carry 12:00:00: a bare date becomes
    midnight UTC, and a flow may fire a day early.
    """
    out = pd.DataFrame({"customer_id": customers["customer_id"]})
    for name, column in _MONEY.items():
        if column in customers:
            out[name] = customers[column].astype("float64").round(2)
    out["p_alive"] = customers["p_alive"].astype("float64").round(4)
    given = "clv_band" in customers
    out["clv_band"] = customers["clv_band"] if given else bands(customers["next_12m_mean"])
    for name, column in _TEXT.items():
        if column in customers:
            out[name] = customers[column].astype("str")
    when = pd.to_datetime(customers["next_order_date"]).dt.strftime("%Y-%m-%d 12:00:00")
    out[NEXT_ORDER] = when.astype("str")
    out["clv_model_version"] = model_version
    out["clv_scored_at"] = f"{as_of.isoformat()} 12:00:00"
    return out


def write_profiles(
    folder: Path,
    name: str,
    people: pd.DataFrame,
    chosen: Recipients,
    told: pd.DataFrame,
    settings: OutboxSettings,
    *,
    requests: bool,
    max_csv_bytes: int = MAX_CSV_BYTES,
    max_request_bytes: int = MAX_REQUEST_BYTES,
) -> list[Written]:
    """Write profiles as CSV files and, if asked, as bulk-import requests.

    Parameters
    ----------
    folder : Path
        Root of the outbox; files go to ``klaviyo/``.
    name : str
        Name of the list and stem of its files.
    people : DataFrame
        From `contacts`.
    chosen : Recipients
        With ``email_only``.
    told : DataFrame
        From `properties`.
    settings : OutboxSettings
    requests : bool
        Whether JSON for POST /api/profile-bulk-import-jobs is written beside the CSV.
    max_csv_bytes, max_request_bytes : int
        Of one file.
    """
    if not len(chosen):
        note = "nobody may be written to Klaviyo: see the reasons; consent comes from the exports"
        return [Written(name, TOOL, "", 0, note, chosen.left_out)]
    at = pd.Index(told["customer_id"]).get_indexer(
        pd.Index(people["customer_id"].to_numpy()[chosen.who])
    )
    email = take(people["email"], chosen.emails[:, 0])
    phone = take(people["phone"], chosen.phones[:, 0]) if settings.klaviyo_phones else None
    columns = [key for key in told.columns if key != "customer_id"]
    numeric = {key for key in columns if told[key].dtype.kind == "f"}
    text = {key: cells(told[key]) for key in columns if key not in numeric}
    stem = folder / TOOL / name
    csv = PartWriter(
        stem,
        ".csv",
        opening=header_line(["Email", *(["Phone Number"] if phone is not None else []), *columns]),
        max_bytes=max_csv_bytes,
        max_lines=2**62,
    )
    job = PartWriter(
        stem,
        ".json",
        opening=b'{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[',
        closing=_closing(settings.klaviyo_list_id),
        max_bytes=max_request_bytes,
        max_lines=MAX_REQUEST_PROFILES,
        separated=True,
    )
    for start in range(0, len(chosen), BLOCK):
        rows = at[start : start + BLOCK]
        part = {
            key: _numbers(told[key], rows) if key in numeric else take(text[key], rows).block(0)
            for key in columns
        }
        mail = email.block(start)
        call = phone.block(start) if phone is not None else None
        first = [mail] if call is None else [mail, call]
        raw = {k for k, key in enumerate(part, len(first)) if key in numeric}
        csv.add(csv_lines([*first, *part.values()], raw={*raw, *range(1, len(first))}))
        if requests:
            job.add(_profiles(mail, call, part, numeric))
    note = "import to a new, empty list without flows; do not mark as subscribed"
    return [
        Written(name, TOOL, path.relative_to(folder).as_posix(), rows, text, chosen.left_out)
        for parts, text in (
            (csv.finish(), note),
            (job.finish(), "body of POST /api/profile-bulk-import-jobs"),
        )
        for path, rows in parts
    ]


def _numbers(column: pd.Series[Any], at: np.ndarray) -> pa.Array:
    places = 4 if column.name == "p_alive" else 2
    values = np.where(at < 0, np.nan, column.to_numpy()[at])
    return decimals(values, places)


def _json_text(text: pa.Array) -> pa.Array:
    """Return JSON strings; distinct values only pass through the json module where few."""
    coded = pc.dictionary_encode(text)
    known = cells([json.dumps(v, ensure_ascii=False) for v in coded.dictionary.to_pylist()])
    return known.take(coded.indices)


def _profiles(
    email: pa.Array, phone: pa.Array | None, columns: dict[str, pa.Array], numeric: set[str]
) -> pa.Array:
    """Return one profile per row as JSON with a comma before it.

    A property that is missing is left out: null would not clear it. A next order date that is no
    longer expected is unset by name, so that a stale one starts no flow.
    """
    pairs = []
    for name, column in columns.items():
        value = column if name in numeric else _json_text(column)
        pairs.append(joined(f'"{name}":', value))
    told = pc.binary_join_element_wise(
        *pairs, pa.scalar(",", pa.large_string()), null_handling="skip"
    )
    calls = cells([None] * len(email)) if phone is None else phone
    number = pc.fill_null(joined(',"phone_number":', _json_text(calls)), "")
    unset = '"meta":{"patch_properties":{"unset":["' + NEXT_ORDER + '"]}},'
    none = columns[NEXT_ORDER].is_null() if NEXT_ORDER in columns else None
    meta = pc.if_else(none, unset, "").cast(pa.large_string()) if none is not None else ""
    return joined(
        ',{"type":"profile",',
        meta,
        '"attributes":{"email":',
        _json_text(email),
        number,
        ',"properties":{',
        told,
        "}}}",
    )


def _closing(list_id: str) -> bytes:
    if not list_id:
        return b"]}}}}\n"
    lists = {"lists": {"data": [{"type": "list", "id": list_id}]}}
    return f']}}}},"relationships":{json.dumps(lists)}}}}}\n'.encode()


def write_suppression(
    folder: Path, name: str, people: pd.DataFrame, chosen: Recipients, settings: OutboxSettings
) -> list[Written]:
    """Write requests that stop e-mail to people for good; refused unless the settings ask.

    Body of POST /api/profile-suppression-bulk-create-jobs, 100 addresses each.
    """
    if not settings.klaviyo_suppression:
        note = "suppression stops all e-mail to people: set outbox.klaviyo_suppression to write it"
        return [Written(name, TOOL, "", 0, note)]
    kind = "profile-suppression-bulk-create-job"
    job = PartWriter(
        folder / TOOL / name,
        ".json",
        opening=f'{{"data":{{"type":"{kind}","attributes":{{"profiles":{{"data":['.encode(),
        closing=b"]}}}}\n",
        max_bytes=MAX_REQUEST_BYTES,
        max_lines=MAX_SUPPRESSED,
        separated=True,
    )
    for (email,) in blocks([take(people["email"], chosen.emails[:, 0])], len(chosen)):
        made = joined(',{"type":"profile","attributes":{"email":', _json_text(email), "}}")
        job.add(made)
    note = "body of POST /api/profile-suppression-bulk-create-jobs: stops e-mail to these people"
    return [
        Written(name, TOOL, path.relative_to(folder).as_posix(), rows, note, chosen.left_out)
        for path, rows in job.finish()
    ] or [Written(name, TOOL, "", 0, "nobody to suppress", chosen.left_out)]

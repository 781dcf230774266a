"""Re-reads files of an outbox against the formats the tools state, with csv and json only.

Nothing here is shared with the writers: headers, limits and patterns are spelled out again from
the tools' documentation. A function returns what is wrong with a file, in words.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

HEX = re.compile(r"[0-9a-f]{64}")
EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
E164 = re.compile(r"\+[1-9]\d{6,14}")
DIGITS = re.compile(r"[1-9]\d{6,14}")
DECIMAL = re.compile(r"-?\d+(\.\d+)?")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
META = "email,email,email,phone,phone,phone,madid,fn,ln,zip,ct,st,country,dob,doby,gen,age,uid"
ADJUSTMENTS = (
    "Order ID,Conversion Name,Adjustment Time,Adjustment Type,Adjusted Value,"
    "Adjusted Value Currency"
)


def rows_of(path: Path, skip: int = 0) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a CSV file: UTF-8 without BOM, line feeds, no ragged row."""
    data = path.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf"), "byte order mark"
    assert b"\r" not in data.replace(b'\r"', b""), "carriage return"
    assert data.endswith(b"\n"), "no line feed at the end"
    table = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))[skip:]
    assert {len(row) for row in table} == {len(table[0])}, "ragged rows"
    return table[0], table[1:]


def formulas(rows: list[list[str]], free: set[int]) -> Iterator[str]:
    """Yield cells that a spreadsheet would run."""
    for row in rows:
        for k, cell in enumerate(row):
            if k not in free and cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
                yield f"cell of column {k} begins with {cell[:1]!r}"


def klaviyo_csv(path: Path) -> list[str]:
    """Profile import: Email first, properties, no consent, dates with a time, at most 50 MB."""
    header, rows = rows_of(path)
    wrong = []
    if path.stat().st_size > 50_000_000:
        wrong.append("larger than 50 MB")
    if header[0] != "Email" or len(set(header)) != len(header):
        wrong.append(f"header {header}")
    wrong += [f"column {h!r}" for h in header if "consent" in h.casefold() or h.startswith("$")]
    numeric = {
        k for k, h in enumerate(header) if re.search(r"_(pred|low|high)$", h) or h == "p_alive"
    }
    dated = {k for k, h in enumerate(header) if h.endswith(("_date", "_at"))}
    for row in rows:
        if not EMAIL.fullmatch(row[0]):
            wrong.append("no e-mail")
        wrong += [f"{header[k]}: {row[k]}" for k in numeric if not DECIMAL.fullmatch(row[k] or "0")]
        wrong += [
            f"{header[k]}: {row[k]}"
            for k in dated
            if row[k] and not (MOMENT.fullmatch(row[k]) and row[k].endswith(" 12:00:00"))
        ]
    emails = [row[0] for row in rows]
    if len(set(emails)) != len(emails):
        wrong.append("one e-mail in two rows")
    return wrong + list(formulas(rows, numeric))


def klaviyo_json(path: Path) -> list[str]:
    """Bulk import: at most 10,000 profiles and 5 MB a request, 100 KB a profile."""
    body = json.loads(path.read_text("utf-8"))
    wrong = []
    if path.stat().st_size > 5_000_000:
        wrong.append("larger than 5 MB")
    if body["data"]["type"] != "profile-bulk-import-job":
        return [*wrong, "wrong type"]
    profiles = body["data"]["attributes"]["profiles"]["data"]
    if not 1 <= len(profiles) <= 10_000:
        wrong.append(f"{len(profiles)} profiles")
    for profile in profiles:
        attributes = profile["attributes"]
        if profile["type"] != "profile" or not EMAIL.fullmatch(attributes["email"]):
            wrong.append("no profile")
        if len(json.dumps(profile, ensure_ascii=False).encode()) > 100_000:
            wrong.append("profile over 100 KB")
        extra = set(attributes) - {"email", "phone_number", "properties"}
        wrong += [f"attribute {name}" for name in extra]
        for name, value in attributes["properties"].items():
            if value is None or name.startswith("$"):
                wrong.append(f"property {name}: {value}")
    return wrong


def klaviyo_suppression(path: Path) -> list[str]:
    """Suppression: at most 100 e-mails a request."""
    body = json.loads(path.read_text("utf-8"))
    profiles = body["data"]["attributes"]["profiles"]["data"]
    wrong = [] if body["data"]["type"] == "profile-suppression-bulk-create-job" else ["wrong type"]
    if not 1 <= len(profiles) <= 100:
        wrong.append(f"{len(profiles)} profiles")
    return wrong + [
        "more than an e-mail"
        for profile in profiles
        if profile["type"] != "profile" or list(profile["attributes"]) != ["email"]
    ]


def meta_list(path: Path, *, value: bool, hashed: bool) -> list[str]:
    """Customer list: the template's columns, at least 100 people, value above zero."""
    header, rows = rows_of(path)
    wrong = []
    if ",".join(header) != (META + ",value" if value else META):
        wrong.append(f"header {header}")
    if len(rows) < 100:
        wrong.append("fewer than 100 people")
    email, phone = (HEX, HEX) if hashed else (EMAIL, DIGITS)
    for row in rows:
        if not any(row[:6]):
            wrong.append("neither e-mail nor phone")
        wrong += ["bad e-mail" for cell in row[:3] if cell and not email.fullmatch(cell)]
        wrong += ["bad phone" for cell in row[3:6] if cell and not phone.fullmatch(cell)]
        if (row[0] == "" and any(row[1:3])) or (row[3] == "" and any(row[4:6])):
            wrong.append("gap between contacts")
        for cell in row[7:13]:
            if cell and bool(HEX.fullmatch(cell)) != hashed:
                wrong.append("hashed and plain identifiers mixed")
        if value and not (re.fullmatch(r"\d+(\.\d+)?", row[-1]) and float(row[-1]) > 0):
            wrong.append(f"value {row[-1]!r}")
    contacts = [cell for row in rows for cell in row[:6] if cell]
    if len(set(contacts)) != len(contacts):
        wrong.append("one contact in two rows")
    return wrong + list(formulas(rows, set()))


def google_list(path: Path, *, hashed: bool) -> list[str]:
    """Customer Match: exact headers, address whole or empty, country and zip never hashed."""
    header, rows = rows_of(path)
    emails, phones = header.count("Email"), header.count("Phone")
    expected = ["Email"] * emails + ["Phone"] * phones
    expected += ["First Name", "Last Name", "Country", "Zip"]
    wrong = [] if header == expected and emails and phones else [f"header {header}"]
    first = emails + phones
    for row in rows:
        if not any(row[:first]):
            wrong.append("neither e-mail nor phone")
        for k, cell in enumerate(row[:first]):
            pattern = HEX if hashed else EMAIL if k < emails else E164
            if cell and not pattern.fullmatch(cell):
                wrong.append(f"bad {header[k]}")
        address = row[first:]
        if any(address) and not all(address):
            wrong.append("part of an address")
        if any(address):
            if hashed and not all(HEX.fullmatch(cell) for cell in address[:2]):
                wrong.append("name not hashed")
            if not re.fullmatch(r"[A-Z]{2}", address[2]) or HEX.fullmatch(address[3]):
                wrong.append("country or zip")
    free = set() if hashed else set(range(emails, first))
    return wrong + list(formulas(rows, free))


def google_adjustments(path: Path) -> list[str]:
    """Adjustments: parameters line, six columns, RETRACT or RESTATE, plain time."""
    first = path.read_text("utf-8").splitlines()[0]
    wrong = [] if re.fullmatch(r"Parameters:TimeZone=[A-Za-z_]+(/[A-Za-z_]+)*", first) else [first]
    lines = path.read_text("utf-8").splitlines()[1:]
    table = list(csv.reader(lines))
    if ",".join(table[0]) != ADJUSTMENTS or {len(row) for row in table} != {6}:
        wrong.append("not the six columns")
    seen = set()
    for order, name, when, kind, value, currency in table[1:]:
        if not order or not name or order in seen:
            wrong.append("order or conversion name")
        seen.add(order)
        if not MOMENT.fullmatch(when):
            wrong.append(f"time {when}")
        if kind == "RESTATE":
            if not re.fullmatch(r"\d+(\.\d+)?", value) or float(value) <= 0 or len(currency) != 3:
                wrong.append(f"restated to {value!r} {currency!r}")
        elif kind != "RETRACT" or value or currency:
            wrong.append(f"type {kind}")
    return wrong + list(formulas(table[1:], set()))


def tiktok_list(path: Path, *, hashed: bool) -> list[str]:
    """Customer file: up to three columns of each id, phones as digits."""
    header, rows = rows_of(path)
    allowed = {"Email_SHA256"} if hashed else {"Email", "Phone"}
    wrong = [] if set(header) <= allowed else [f"header {header}"]
    wrong += [f"{title} more than three times" for title in allowed if header.count(title) > 3]
    patterns = {"Email": EMAIL, "Phone": DIGITS, "Email_SHA256": HEX}
    for row in rows:
        if not any(row):
            wrong.append("empty row")
        wrong += [
            f"bad {title}"
            for title, cell in zip(header, row, strict=True)
            if cell and not patterns[title].fullmatch(cell)
        ]
    return wrong + list(formulas(rows, set()))


def check(folder: Path, file: str, *, value: bool = False) -> list[str]:
    """Check one file of an outbox by where it lies."""
    path = folder / file
    hashed = ".hashed." in file
    if file.startswith("klaviyo/"):
        return klaviyo_csv(path) if file.endswith(".csv") else klaviyo_json(path)
    if file.startswith("meta/"):
        return meta_list(path, value=value, hashed=hashed)
    if file.startswith("tiktok/"):
        return tiktok_list(path, hashed=hashed)
    if file == "google/conversion_adjustments.csv":
        return google_adjustments(path)
    if file.startswith("google/") and file not in (
        "google/new_customer_value.csv",
        "google/value_rules_checklist.md",
    ):
        return google_list(path, hashed=hashed)
    return []

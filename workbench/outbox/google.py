"""Google Ads: Customer Match lists, plain and hashed.

Formats: support.google.com/google-ads/answer/7659867, 7475964 (plain), 7476159 (hashed). Customer
Match has no value column: value enters through lifecycle goals, see `google_values`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from workbench.outbox import identifiers as ids
from workbench.outbox.contacts import Recipients
from workbench.outbox.lines import Taken, cells, take, write_csv
from workbench.outbox.outcome import Written
from workbench.outbox.settings import OutboxSettings

__all__ = ["GooglePeople", "write_list"]

TOOL = "google"
ADDRESS = ("First Name", "Last Name", "Country", "Zip")


class GooglePeople:
    """Contacts as Google wants them, normalised and hashed once for all lists of a run."""

    def __init__(self, people: pd.DataFrame, settings: OutboxSettings) -> None:
        address = {
            "First Name": people["first_name"],
            "Last Name": people["last_name"],
            "Country": people["country"],
            "Zip": people["zip"],
        }
        whole = pd.DataFrame(address).notna().all(axis=1)  # an address matches only as a whole
        address = {name: column.where(whole) for name, column in address.items()}
        plain = {"Email": people["email"], "Phone": people["phone"], **address}
        self.plain = {title: cells(column) for title, column in plain.items()}
        self.hashed: dict[str, pa.Array] = {}
        if settings.writes("hashed"):
            email = ids.google_email(people["email"], gmail_dots=settings.gmail_dots)
            self.hashed = {
                "Email": ids.sha256(email),
                "Phone": ids.sha256(people["phone"]),
                "First Name": ids.sha256(ids.google_name(address["First Name"])),
                "Last Name": ids.sha256(ids.google_name(address["Last Name"])),
                "Country": self.plain["Country"],
                "Zip": self.plain["Zip"],
            }


def write_list(
    folder: Path, name: str, people: GooglePeople, chosen: Recipients, settings: OutboxSettings
) -> list[Written]:
    """Write a Customer Match list to ``google/``, plain and hashed as the settings ask.

    Email and Phone columns are repeated for people with several. Country and zip are never
    hashed; phones keep their plus.
    """
    written = []
    for variant in ("plain", "hashed"):
        if not settings.writes(variant):
            continue
        person = people.plain if variant == "plain" else people.hashed
        header, columns = contact_columns(person, chosen)
        raw = [k for k, title in enumerate(header) if title == "Phone"]
        header += ADDRESS
        columns += [take(person[title], chosen.who) for title in ADDRESS]
        path = folder / TOOL / f"{name}{'.hashed' if variant == 'hashed' else ''}.csv"
        rows = write_csv(path, header, columns, rows=len(chosen), raw=raw)
        note = "" if variant == "plain" else "e-mail, phone and names hashed"
        file = path.relative_to(folder).as_posix()
        written.append(Written(name, TOOL, file, rows, note, chosen.left_out))
    return written


def contact_columns(
    person: dict[str, pa.Array], chosen: Recipients
) -> tuple[list[str], list[pa.Array | Taken]]:
    """Return headers and cells of as many e-mail and phone columns as somebody needs."""
    header: list[str] = []
    columns: list[pa.Array | Taken] = []
    for title, rows in (("Email", chosen.emails), ("Phone", chosen.phones)):
        used = max(1, int((rows >= 0).any(axis=0).sum()))
        header += [title] * used
        columns += [take(person[title], rows[:, k]) for k in range(used)]
    return header, columns

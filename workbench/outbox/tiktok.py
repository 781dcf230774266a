"""TikTok: customer files with plain contacts, and with hashed e-mails.

Headers: ads.tiktok.com, list of supported ids. Its pages disagree on the plus of a phone, so
phones are digits with country code and go out plain only, for TikTok to normalise; the hashed file
has e-mails alone.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from workbench.outbox import identifiers as ids
from workbench.outbox.contacts import Recipients
from workbench.outbox.google import contact_columns
from workbench.outbox.lines import cells, take, write_csv
from workbench.outbox.outcome import Written
from workbench.outbox.settings import OutboxSettings

__all__ = ["TikTokPeople", "write_list"]

TOOL = "tiktok"


class TikTokPeople:
    """Contacts as TikTok wants them."""

    def __init__(self, people: pd.DataFrame, *, hashed: bool) -> None:
        self.plain = {"Email": cells(people["email"]), "Phone": cells(ids.digits(people["phone"]))}
        self.hashed = ids.sha256(people["email"]) if hashed else None


def write_list(
    folder: Path, name: str, people: TikTokPeople, chosen: Recipients, settings: OutboxSettings
) -> list[Written]:
    """Write a customer file to ``tiktok/``, plain and hashed as the settings ask."""
    written = []
    if settings.writes("plain"):
        header, columns = contact_columns(people.plain, chosen)
        path = folder / TOOL / f"{name}.csv"
        rows = write_csv(path, header, columns, rows=len(chosen))
        file = path.relative_to(folder).as_posix()
        written.append(Written(name, TOOL, file, rows, "", chosen.left_out))
    if people.hashed is not None:
        mailed = chosen.emails[chosen.emails[:, 0] >= 0]
        if len(mailed):
            used = int((mailed >= 0).any(axis=0).sum())
            columns = [take(people.hashed, mailed[:, k]) for k in range(used)]
            path = folder / TOOL / f"{name}.hashed.csv"
            rows = write_csv(path, ["Email_SHA256"] * used, columns, rows=len(mailed))
            note = f"e-mails only: {len(chosen) - len(mailed)} people known by phone are missing"
            file = path.relative_to(folder).as_posix()
            written.append(Written(name, TOOL, file, rows, note, chosen.left_out))
    return written

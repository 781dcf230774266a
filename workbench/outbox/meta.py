"""Meta: customer lists with value, and lists that exclude people.

Header and rules: facebook.com/business/help/2082575038703844 and 1033094474356222; hashing:
developers.facebook.com, Customer Information Parameters. Value is expected contribution, not a
rank, and only above zero: Meta's own uploader refuses the rest.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from workbench.outbox import identifiers as ids
from workbench.outbox.contacts import SLOTS, Recipients
from workbench.outbox.lines import Taken, cells, decimals, take, write_csv
from workbench.outbox.outcome import Written
from workbench.outbox.settings import OutboxSettings

__all__ = ["HEADER", "MetaPeople", "write_list"]

TOOL = "meta"
HEADER = (
    ["email"] * 3
    + ["phone"] * 3
    + ("madid fn ln zip ct st country dob doby gen age uid value".split())
)

SENSITIVE = (
    "income wealth rich poor credit debt loan salary bankrupt health medical disease pregnan"
).split()
"""Names that suggest health or finances get an audience blocked (status 471)."""


class MetaPeople:
    """Contacts as Meta wants them, normalised and hashed once for all lists of a run."""

    def __init__(self, people: pd.DataFrame, *, hashed: bool) -> None:
        country = people["country"]
        plain = {
            "email": people["email"],
            "phone": ids.digits(people["phone"]),
            "fn": ids.meta_name(people["first_name"]),
            "ln": ids.meta_name(people["last_name"]),
            "zip": ids.meta_zip(people["zip"], country),
            "ct": ids.meta_city(people["city"]),
            "st": ids.meta_state(people["province"], country),
            "country": country.str.lower(),
        }
        self.plain = {name: cells(column) for name, column in plain.items()}
        self.hashed = {name: ids.sha256(c) for name, c in plain.items()} if hashed else {}


def write_list(
    folder: Path,
    name: str,
    people: MetaPeople,
    chosen: Recipients,
    settings: OutboxSettings,
    *,
    with_value: bool,
) -> list[Written]:
    """Write a customer list, plain and with every identifier hashed, as the settings ask.

    Parameters
    ----------
    folder : Path
        Root of the outbox; files go to ``meta/``.
    name : str
    people : MetaPeople
    chosen : Recipients
        With ``needs_value`` if `with_value`.
    settings : OutboxSettings
    with_value : bool
        A seed of a value-based lookalike. Lists for targeting or exclusion have no value column.

    Returns
    -------
    list of Written
        A refusal when the list has a name that Meta blocks.
    """
    if any(word in name.casefold() for word in SENSITIVE):
        note = "Meta blocks audiences whose name suggests health or finances: rename the audience"
        return [Written(name, TOOL, "", 0, note, chosen.left_out)]
    header = HEADER if with_value else HEADER[:-1]
    written = []
    for variant in ("plain", "hashed"):
        if not settings.writes(variant):
            continue
        columns = _columns(people.plain if variant == "plain" else people.hashed, chosen)
        if with_value:
            columns.append(decimals(chosen.value))
        path = folder / TOOL / f"{name}{'.hashed' if variant == 'hashed' else ''}.csv"
        rows = write_csv(path, header, columns, rows=len(chosen))
        note = "" if variant == "plain" else "every identifier hashed; value is not"
        if chosen.phones_left_blank:
            note = f"{note}; " * bool(note) + f"{chosen.phones_left_blank} unusable phones blank"
        file = path.relative_to(folder).as_posix()
        written.append(Written(name, TOOL, file, rows, note, chosen.left_out))
    return written


def _columns(person: dict[str, pa.Array], chosen: Recipients) -> list[pa.Array | Taken]:
    blank = pa.nulls(len(chosen), pa.large_string())
    columns: list[pa.Array | Taken] = [
        take(person["email"], chosen.emails[:, k]) for k in range(SLOTS)
    ]
    columns += [take(person["phone"], chosen.phones[:, k]) for k in range(SLOTS)]
    columns.append(blank)  # madid
    columns += [take(person[key], chosen.who) for key in ("fn", "ln", "zip", "ct", "st", "country")]
    return columns + [blank] * 5  # dob, doby, gen, age, uid

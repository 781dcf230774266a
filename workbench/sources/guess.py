"""Guessing which columns of an unknown table make it an order log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.errors import SourceError
from workbench.sources.tabular import to_date, to_number

__all__ = ["OrderLog", "guess_order_log", "parts_of_a_log"]

_SEP = r"[ _\-.]?"
_HEADERS: dict[str, tuple[str, ...]] = {
    # best first: the first pattern that fits a header decides
    "order_id": (
        rf"order{_SEP}(id|no|nr|num|number|name|ref\w*|code)",
        rf"(invoice|transaction|receipt|sale|booking|bestell|auftrags|rechnungs|purchase){_SEP}"
        r"(id|no|nr|number|nummer|code)",
        r"order|invoice|transaction|receipt|bestellung|auftrag|rechnung|commande|facture|pedido",
    ),
    "customer_id": (
        rf"(customer|client|user|buyer|member|shopper|consumer|donor|contact){_SEP}"
        rf"(id|no|nr|num|number|key|code)|kunden{_SEP}(id|nr|nummer)",
        r"customer|client|user|buyer|member|shopper|consumer|donor|kunde|cliente|acheteur|who",
        rf"(customer|buyer|billing)?{_SEP}e{_SEP}mail({_SEP}address)?",
    ),
    "ordered_at": (
        rf"(order(ed)?|purchased?|transaction|invoice|sale|created?|placed){_SEP}"
        r"(at|on|date|time|datetime|timestamp|day)",
        r"date|datetime|timestamp|time|when|day|datum|fecha",
        r".*(date|time|_at|datum).*",
    ),
    "revenue": (
        rf"net{_SEP}(revenue|sales|amount|total|value)",
        rf"revenue|order{_SEP}(total|value|amount|revenue)",
        rf"amount|total|sales|turnover|value|total{_SEP}(price|amount|paid|sales)|umsatz|"
        rf"grand{_SEP}total|(gesamt|netto)?betrag|(gesamt)?summe|montant|importe",
        r".*(revenue|amount|total|spend|paid|price|sales).*",
    ),
    "channel": (
        rf"((acquisition|marketing|traffic){_SEP})?channel",
        rf"utm{_SEP}source|((traffic|marketing|acquisition){_SEP})?source",
    ),
    "campaign": (rf"(utm{_SEP})?campaign({_SEP}name)?",),
    "refund": (rf"refund(s|ed)?({_SEP}(amount|total|value))?",),
    "discount": (rf"discounts?({_SEP}(amount|total))?",),
    "shipping": (rf"shipping({_SEP}(amount|total|cost|charge|price))?|freight",),
    "tax": (rf"tax(es)?({_SEP}(amount|total))?|vat",),
    "currency": (rf"currency({_SEP}code)?",),
    "product": (rf"(product|item|article)({_SEP}(name|title))?",),
    "category": (rf"(product{_SEP})?(category|type)|department",),
    "sku": (rf"sku|(product|item|stock){_SEP}(code|id)|stockcode",),
    "quantity": (r"qty|quantity|units",),
}
_REQUIRED = ("order_id", "customer_id", "ordered_at", "revenue")
_AMOUNTS = ("revenue", "refund", "discount", "shipping", "tax", "quantity")
_SURE, _ASKED = 0.7, 0.5


@dataclass(frozen=True)
class OrderLog:
    """A guess at the columns of an order log.

    Attributes
    ----------
    columns : dict of str to str
        Our name -> header in the file, for `columns` in `brand.yaml`.
    confidence : float
        0.7 when each column was the only candidate, 0.5 when a choice has to be confirmed.
    reason : str
        Which header was taken for what.
    questions : tuple of str
        What a person has to confirm.
    """

    columns: dict[str, str]
    confidence: float
    reason: str
    questions: tuple[str, ...] = ()


def guess_order_log(frame: pd.DataFrame) -> OrderLog | None:
    """Return the columns that make a table an order log, or None when it is none.

    Parameters
    ----------
    frame : DataFrame of str
        Rows of the table under its own headers.
    """
    found: dict[str, str] = {}
    questions: list[str] = []
    for name, patterns in _HEADERS.items():
        candidates = _candidates(name, patterns, frame, set(found.values()))
        if not candidates:
            continue
        found[name] = candidates[0]
        if len(candidates) > 1 and name in _REQUIRED:
            others = ", ".join(f"'{cell}'" for cell in candidates[1:4])
            questions.append(
                f"{name} is taken from '{candidates[0]}', but {others} would fit, too: which is it?"
            )
    missing = [name for name in _REQUIRED if name not in found]
    if "customer_id" in missing or "ordered_at" in missing or len(missing) > 1:
        return None
    if "order_id" in missing:
        questions.append("no column names the order: add one and name it under columns, order_id")
    if "revenue" in missing:
        questions.append(
            "no column holds an amount: name it under columns, revenue (the column may be empty "
            "throughout: then purchases are answered and money is not)"
        )
    reason = ", ".join(f"{name} from '{found[name]}'" for name in _REQUIRED if name in found)
    questions += _about(frame, found)
    sure = _ASKED if questions else _SURE
    return OrderLog(found, sure, f"an order log: {reason}", tuple(questions))


def parts_of_a_log(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return which needed columns of an order log a table seems to have, and which it lacks.

    Parameters
    ----------
    frame : DataFrame of str
        Rows of the table under its own headers.
    """
    found: dict[str, str] = {}
    for name in _REQUIRED:
        for header in _candidates(name, _HEADERS[name], frame, set(found.values()))[:1]:
            found[name] = header
    return list(found), [name for name in _REQUIRED if name not in found]


def _candidates(
    name: str, patterns: tuple[str, ...], frame: pd.DataFrame, taken: set[str]
) -> list[str]:
    """Return the headers that fit the best pattern and whose cells fit the meaning."""
    for pattern in patterns:
        fits = [
            cell
            for cell in frame.columns
            if cell not in taken
            and re.fullmatch(pattern, cell.lower())
            and _means(name, frame[cell].dropna())
        ]
        if fits:
            return fits
    return []


def _means(name: str, cells: pd.Series[Any]) -> bool:
    """Say whether cells can be what a name means; cells to repair count as such."""
    if name == "ordered_at":
        try:
            return bool(to_date(cells, where=name, order="day_first").notna().any())
        except SourceError as error:
            return "formats" in str(error) or "do not exist" in str(error)
    if name in _AMOUNTS:
        try:
            to_number(cells, where=name)
        except SourceError as error:
            return "two ways" in str(error)
        # a flag says that a row is a refund, not how much it is
        flag = bool(cells.isin(["0", "1", "0.0", "1.0"]).all())
        return not (name in ("refund", "discount") and flag and len(cells) > 0)
    return not cells.empty


def _about(frame: pd.DataFrame, found: dict[str, str]) -> list[str]:
    """Return what the rows leave open."""
    questions = []
    dates = found["ordered_at"]
    try:
        to_date(frame[dates].dropna(), where=dates)
    except SourceError as error:
        if "may mean" in str(error):
            questions.append(
                f"the dates of '{dates}' may have the day or the month first, and the first rows "
                "do not settle it: add options: {dates: day_first} or {dates: month_first} here"
            )
    revenue = found.get("revenue")
    if revenue is not None and frame[revenue].str.startswith("-").fillna(False).any():
        questions.append(
            f"'{revenue}' holds negative amounts: they are booked as refunds of the customer's "
            "earlier orders; is that right?"
        )
    if revenue is not None and "quantity" in found and "price" in revenue.lower():
        questions.append(
            f"'{revenue}' may be the price of one unit: revenue must be the amount of the row "
            "(price times quantity); add such a column if it is"
        )
    flags = [cell for cell in frame.columns if re.fullmatch(r"is[ _].*", cell.lower())]
    if flags:
        shown = ", ".join(f"'{cell}'" for cell in flags)
        questions.append(f"the flags {shown} are not read: should rows be left out by them?")
    return questions

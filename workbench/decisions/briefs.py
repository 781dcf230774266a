"""Creative briefs: what a segment buys and responds to, in facts. The creative stays human."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from workbench.plots.words import money, number, share, shorten
from workbench.sources.arrow_text import is_in

__all__ = ["NO_FACTS", "creative_facts"]

NO_FACTS = "No facts on what these people buy: this data names no list of customers for it."
_TOP = 3
_SOME = 20


def creative_facts(
    members: pd.Series,
    segments: pd.DataFrame,
    orders: pd.DataFrame,
    lines: pd.DataFrame | None,
    as_of: date,
    *,
    currency: str,
) -> str:
    """Say what these customers bought: products, order value, rhythm, discounts.

    Parameters
    ----------
    members : Series of str
        Customer ids of one audience.
    segments : DataFrame
        Of `segment_table`: customer_id, first_product, rhythm_days, segment.
    orders : DataFrame
        Canonical orders; later ones than the as-of date are left out.
    lines : DataFrame or None
        Canonical order lines; without them products are those of the first order.
    as_of : date
    currency : str

    Returns
    -------
    str
        Sentences with numbers, all observed but the rhythm. Facts that the data lacks are left
        out; of fewer than 20 customers none are told, as they would speak of single people.
    """
    if len(members) < _SOME:
        return NO_FACTS
    own = segments[is_in(segments["customer_id"], members)]
    told = orders["day"] <= pd.Timestamp(as_of)
    seen = orders[told & is_in(orders["customer_id"], members)]
    if seen["revenue"].notna().any():
        seen = seen[seen["revenue"] > 0]
    facts = [_products(own, seen, lines), *_money(seen, currency)]
    rhythm = own["rhythm_days"].dropna()
    if len(rhythm):
        low, mid, high = np.quantile(rhythm, [0.25, 0.5, 0.75])
        facts.append(
            f"Rhythm while active: {number(mid, 0)} days between orders (middle half "
            f"{number(low, 0)} to {number(high, 0)}; predicted)."
        )
    return " ".join(fact for fact in facts if fact)


def _products(own: pd.DataFrame, seen: pd.DataFrame, lines: pd.DataFrame | None) -> str:
    if lines is not None and len(lines) and lines["name"].notna().any():
        of = lines.loc[is_in(lines["order_id"], seen["order_id"]), ["order_id", "name"]]
        of = of.dropna().drop_duplicates()
        counts, total, what = of["name"].value_counts(), of["order_id"].nunique(), "orders hold"
    else:
        counts, total, what = own["first_product"].value_counts(), len(own), "first orders were"
    if not total or counts.empty:
        return ""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:_TOP]
    words = ", ".join(f"{shorten(name, 40)} ({share(n / total)})" for name, n in ranked)
    return f"Their {what} most often: {words}."


def _money(seen: pd.DataFrame, currency: str) -> list[str]:
    revenue = seen["revenue"].dropna()
    if revenue.empty:
        return []
    facts = [
        f"Median order: {money(float(revenue.median()), currency)} net of discounts and refunds "
        f"({number(len(revenue), 0)} orders)."
    ]
    known = seen[seen["discount"].notna() & (seen["items"] > 0)]
    if len(known):
        cut = known[known["discount"] > 0]
        depth = cut["discount"].sum() / cut["items"].sum() if len(cut) else 0.0
        words = f", {share(depth)} off on average" if len(cut) else ""
        facts.append(f"Orders with a discount: {share(len(cut) / len(known))}{words}.")
    return facts

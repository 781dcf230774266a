"""What all answers share: when to refuse, what spend answers for whom, notes in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.spending import SpendGrid
from workbench.explorer.sums import totals_at
from workbench.explorer.view import NAMES, Assumptions, Filters, View

__all__ = [
    "SAME_COST",
    "Spend",
    "basis",
    "brought_by",
    "cost_basis",
    "months_in",
    "noted",
    "refused",
    "spend_of",
    "split_note",
    "untold_note",
]

SAME_COST = (
    "Spend is known by channel and month, not by product: all customers of a channel are taken to "
    "have cost the same."
)


def split_note(material: Material) -> str:
    """Say that customers of unknown channel count in part; empty where there are none."""
    if material.per_counted is None:
        return ""
    return (
        "CAC, ROAS, True Profit and payback count each channel's part of the customers of unknown "
        "channel, drawn from a stated prior for the months of the report."
    )


def refused(material: Material, view: View, *, money: bool = True) -> Sentence | None:
    """Say why there is nothing to show, or return None where there is.

    Parameters
    ----------
    material : Material
    view : View
    money : bool
        Whether the answer is about money.
    """
    if money and not material.facts.has_money:
        return Sentence(
            "The order log holds no amounts, so nothing can be said about money here; the story "
            "of a single customer tells of purchases."
        )
    if view.horizon > material.horizon:
        return Sentence(
            f"The forecast reaches {material.horizon} days from a customer's first order; "
            f"{view.horizon} days lie beyond it. Choose a horizon of {material.horizon} or less."
        )
    if not material.chosen(view.filters).any():
        return Sentence(
            "No customer passes these filters: choose more channels, products or months."
        )
    return None


def basis(observed_share: np.ndarray) -> list[str]:
    """Word what a figure rests on: "observed", "observed + predicted"."""
    return ["observed" if share >= 1.0 else "observed + predicted" for share in observed_share]


def cost_basis(material: Material) -> str:
    """Word what CAC rests on: where channels are unknown, on a prior of their split, too."""
    return "observed" if material.per_counted is None else "observed + prior"


def noted(
    table: pd.DataFrame, material: Material, view: View, notes: Iterable[str] = ()
) -> pd.DataFrame:
    """Attach to a table what a reader must know of it: `attrs["notes"]`, a tuple of sentences."""
    quick = "A quick look with fewer draws: to try things out, never for a client."
    asked = {*view.filters}
    if "a_name" in table:
        asked = {name for segment in view.segments for name in segment.filters}
    # some months are always chosen: of them it matters only where they are told apart
    asked = asked - {"first_month"} | ({view.by} & set(table))
    untold = [untold_note(name) for name in material.untold if name in asked]
    told = (*notes, *untold, *in_words(view.assumptions), *material.facts.notes)
    table.attrs["notes"] = tuple(
        note for note in (*told, quick if material.facts.fast else "") if note
    )
    return table


def untold_note(dimension: str) -> str:
    """Say what a filter on a dimension without an effect in the model does."""
    noun = NAMES[dimension].lower()
    why = "as `cohorts` in brand.yaml leaves it out"
    if dimension == "first_month":
        why = f"{why} or earlier forecasts did better without"
    return (
        f"The model knows no effect of the {noun}, {why}: what is predicted for these customers "
        "rests on their own orders and on their other cohorts."
    )


def in_words(assumptions: Assumptions) -> list[str]:
    """Every assumption of a view that changes anything, as a sentence."""
    words = []
    if assumptions.cac_change:
        words.append(f"Assumed: CAC {_changed(assumptions.cac_change)} than it was.")
    if assumptions.margin_change:
        words.append(
            f"Assumed: every order of these customers leaves {_changed(assumptions.margin_change)} "
            "contribution than it did, those already observed included."
        )
    if assumptions.retention_change:
        words.append(
            "Assumed: contribution of repeat orders after the as-of date "
            f"{_changed(assumptions.retention_change)} than predicted. An approximation: what "
            "is predicted is scaled as a whole, no customer is made to stay longer, and orders "
            "observed stay as they are."
        )
    return words


def _changed(change: float) -> str:
    return f"{abs(change):.0%} {'higher' if change > 0 else 'lower'}"


@dataclass(frozen=True)
class Spend:
    """Spend that won the customers of each group.

    Attributes
    ----------
    spend : ndarray, shape (groups,)
        In currency; NaN where no customer of the group came from a channel with spend.
    customers : ndarray, shape (groups,)
        Counted customers of channels with spend.
    won : ndarray, shape (groups, draws), or (groups, 1) where no channel is unknown
        The same with the channels' parts of the customers of unknown channel.
    paid : ndarray of bool, shape (cells,)
        Cells whose channel had spend.
    lost : float
        Spend of channels that won no customer in these months.
    """

    spend: np.ndarray
    customers: np.ndarray
    won: np.ndarray
    paid: np.ndarray
    lost: float

    @property
    def cac(self) -> np.ndarray:
        """Spend per customer won by channels with spend, shape as `won`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.won > 0, self.spend[:, None] / self.won, np.nan)


def spend_of(
    material: Material, filters: Filters, group: np.ndarray, n_groups: int, *, monthly: bool = False
) -> Spend:
    """Tell which spend won the customers of each group.

    Spend is known by channel and month, not by product: all customers whom a channel won in the
    chosen months cost the same, whatever they bought first. Like the report, only customers of
    channels with spend count.

    Parameters
    ----------
    material : Material
    filters : dict
        Those of the view.
    group : ndarray of int, shape (cells,)
        -1 for cells that are left out.
    n_groups : int
    monthly : bool
        Whether groups are months, each with its own spend.
    """
    grid, customers = material.grid, material.customers_of
    others = {name: values for name, values in filters.items() if name != "first_product"}
    shape = grid.spend.shape
    won = np.bincount(
        grid.channel * shape[1] + grid.month,
        weights=customers * material.chosen(others),
        minlength=grid.spend.size,
    ).reshape(shape)
    paid = grid.spend * months_in(grid, others)
    place: tuple[np.ndarray, ...] = (grid.channel, grid.month)
    if not monthly:
        won, paid, place = won.sum(axis=1), paid.sum(axis=1), (grid.channel,)
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.where((paid > 0) & (won > 0), paid / won, np.nan)[place]
    inside = (group >= 0) & np.isfinite(cost)
    n = np.bincount(group[inside], weights=customers[inside], minlength=n_groups)
    total = np.bincount(group[inside], weights=(customers * cost)[inside], minlength=n_groups)
    all_won = material.won_by(np.where(inside, group, -1), n_groups)
    lost = float(paid[won == 0].sum())
    return Spend(np.where(n > 0, total, np.nan), n, all_won, np.isfinite(cost), lost)


def brought_by(material: Material, view: View, group: np.ndarray) -> np.ndarray:
    """What all customers won in the cells of group 0 bring to the horizon, shape (draws,).

    Counted ones and the channels' parts of those of unknown channel, taken to be worth the same.
    """
    own = np.where(group == 0, material.codes["channel"][1], -1)
    names = len(material.codes["channel"][0])
    totals = totals_at(material, own, names, view.horizon, view.assumptions)[2]
    if material.per_counted is not None:
        totals = totals * material.per_counted
    return totals.sum(axis=0)


def months_in(grid: SpendGrid, filters: Filters) -> np.ndarray:
    """Which channels and months of the grid pass the filters, shape (channels, months)."""
    channels, months = (
        np.isin(names, list(filters[name])) if name in filters else np.ones(len(names), dtype=bool)
        for name, names in (("channel", grid.channels), ("first_month", grid.months))
    )
    return channels[:, None] & months[None, :]

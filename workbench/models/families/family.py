"""What the rest of the workbench may ask of a purchase family, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from workbench.errors import ModelError
from workbench.models.families import bg, mbg, pareto

__all__ = ["FAMILIES", "Family", "family"]

Formula = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Family:
    """A model of purchases and dropout with its formulas.

    All formulas broadcast their arguments, take times in weeks and return float64 arrays. The
    family's own parameters go by keyword, as `natural` returns them.

    Parameters
    ----------
    name : str
        Key in `FAMILIES`.
    code : int
        Number under which compiled code knows it.
    title : str
        As the literature writes it, e.g. "MBG/NBD".
    spread_name : str
        Symbol of the parameter that says how alike customers drop out: "kappa" (a + b) or "s".
    drop_name : str
        What the hierarchical model's `drop` is: "logit_dropout", the log odds of the mean dropout
        probability per purchase, or "log_hazard", the log of the mean hazard per week.
    natural : callable
        (r, log_rate, spread, drop): the family's parameters by name.
    log_likelihood : callable
        (x, t_x, T, **natural): of a history with x repeats, the last at t_x, observed until T.
    p_alive : callable
        (x, t_x, T, **natural): probability of not having dropped out at T.
    expected_purchases : callable
        (t, x, t_x, T, **natural): expected purchases in (T, T + t] given the history.
    expected_purchases_new : callable
        (t, **natural): expected repeats of a new customer in (0, t].
    repeat_rate : callable
        (t, **natural): probability that a new customer buys again within t.
    dert : callable
        (delta, x, t_x, T, **natural): purchases after T, discounted continuously at delta per
        week, over an infinite horizon. Not a 12-month value, and never to be labelled as one.
    """

    name: str
    code: int
    title: str
    spread_name: str
    drop_name: str
    natural: Callable[..., dict[str, np.ndarray]]
    log_likelihood: Formula
    p_alive: Formula
    expected_purchases: Formula
    expected_purchases_new: Formula
    repeat_rate: Formula
    dert: Formula


def _of(
    module: ModuleType, name: str, code: int, title: str, spread_name: str, drop_name: str
) -> Family:
    return Family(
        name=name,
        code=code,
        title=title,
        spread_name=spread_name,
        drop_name=drop_name,
        natural=module.natural,
        log_likelihood=module.log_likelihood,
        p_alive=module.p_alive,
        expected_purchases=module.expected_purchases,
        expected_purchases_new=module.expected_purchases_new,
        repeat_rate=module.repeat_rate,
        dert=module.dert,
    )


FAMILIES: dict[str, Family] = {
    "mbg": _of(mbg, "mbg", 1, "MBG/NBD", "kappa", "logit_dropout"),
    "bg": _of(bg, "bg", 0, "BG/NBD", "kappa", "logit_dropout"),
    "pareto": _of(pareto, "pareto", 2, "Pareto/NBD", "s", "log_hazard"),
}
"""Every family by its name; the first is the default."""


def family(name: str) -> Family:
    """Return the family of a name, or raise a `ModelError` that lists the names there are."""
    try:
        return FAMILIES[name]
    except KeyError:
        allowed = ", ".join(f"{key} ({known.title})" for key, known in FAMILIES.items())
        raise ModelError(f"There is no purchase model {name!r}. Allowed: {allowed}.") from None

"""Mean spends of repeat buyers, compressed without a loss that matters.

A customer with x repeat days of mean revenue z enters the Gamma-Gamma likelihood, apart from sums
known beforehand, as (p x + q) log(gamma + x z), with one gamma a cohort. Summed over a cohort's
customers that is an integral of a very smooth function of log(x z) over their distribution, once
counting customers and once counting days: Gauss's rule for that distribution with a dozen nodes
gives it to some eight digits, however many customers there are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

__all__ = ["NODES", "NO_SPEND", "SpendData", "coarsen_spend", "compress_spend", "gauss_rule"]

NODES = 12


@dataclass(frozen=True)
class SpendData:
    """What the spend likelihood needs to know; money relative to the brand's scale.

    Attributes
    ----------
    cell : ndarray of int, shape (nodes,)
        Cohort cell.
    spent : ndarray, shape (nodes,)
        Repeat revenue of a customer at the node.
    customers, days : ndarray, shape (nodes,)
        Weight of the node when customers, and when their repeat days are counted.
    distinct, count : ndarray
        Distinct numbers of repeat days, and customers with each.
    cell_customers : ndarray, shape (cells,)
        Customers with repeat revenue.
    log_sums : ndarray, shape (2,)
        Sum over customers of x log(x z), and of log z.
    """

    cell: np.ndarray
    spent: np.ndarray
    customers: np.ndarray
    days: np.ndarray
    distinct: np.ndarray
    count: np.ndarray
    cell_customers: np.ndarray
    log_sums: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name, in the order in which the likelihood takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


#: No customer with repeat revenue.
NO_SPEND = SpendData(
    cell=np.zeros(0, dtype=np.int64),
    spent=np.zeros(0),
    customers=np.zeros(0),
    days=np.zeros(0),
    distinct=np.zeros(0),
    count=np.zeros(0),
    cell_customers=np.zeros(0),
    log_sums=np.zeros(2),
)


def gauss_rule(points: np.ndarray, weights: np.ndarray, nodes: int) -> tuple[np.ndarray, ...]:
    """Gauss's quadrature for a discrete distribution, by the Lanczos process.

    Parameters
    ----------
    points, weights : ndarray, shape (n,)
        Weights positive.
    nodes : int

    Returns
    -------
    nodes, weights : ndarray, shape (at most `nodes`,)
        Sums of polynomials to degree 2 `nodes` - 1 are kept, the total weight among them.

    References
    ----------
    Golub and Meurant (2010), Matrices, Moments and Quadrature with Applications, chapters 4 and 6.
    """
    if len(points) <= nodes:
        return points, weights
    total = weights.sum()
    vector = np.sqrt(weights / total)
    basis = [vector]
    diagonal, off = [], []
    for _ in range(nodes):
        image = points * basis[-1]
        diagonal.append(float(basis[-1] @ image))
        # Orthogonal to all that came before, twice: what rounding leaves would grow otherwise.
        for _ in range(2):
            for earlier in basis:
                image = image - (earlier @ image) * earlier
        length = float(np.linalg.norm(image))
        if length < 1e-10 * np.abs(points).max(initial=1.0):
            break
        off.append(length)
        basis.append(image / length)
    size = len(diagonal)
    matrix = np.diag(diagonal) + np.diag(off[: size - 1], 1) + np.diag(off[: size - 1], -1)
    values, vectors = np.linalg.eigh(matrix)
    return values, total * vectors[0] ** 2


def compress_spend(
    cell: np.ndarray, days: np.ndarray, mean: np.ndarray, n_cells: int, *, nodes: int = NODES
) -> SpendData:
    """Compress customers to nodes.

    Parameters
    ----------
    cell, days : ndarray of int, shape (customers,)
        Cohort cell and repeat days of each customer with repeat revenue.
    mean : ndarray, shape (customers,)
        Mean revenue of those days, over the brand's scale.
    n_cells : int
    nodes : int
        At most twice as many a cell.
    """
    x = days.astype(float)
    log_spent = np.log(x * mean)
    order = np.argsort(cell, kind="stable")
    rows = _nodes(cell[order], log_spent[order], np.ones(len(order)), x[order], n_cells, nodes)
    distinct, count = np.unique(days, return_counts=True)
    return SpendData(
        **rows,
        distinct=distinct.astype(float),
        count=count.astype(float),
        cell_customers=np.bincount(cell, minlength=n_cells).astype(float),
        log_sums=np.array([float(x @ log_spent), float(np.log(mean).sum())]),
    )


def coarsen_spend(spend: SpendData, *, nodes: int) -> SpendData:
    """Compress further, to at most twice `nodes` a cell: cheaper, and not quite the same."""
    rows = _nodes(
        spend.cell,
        np.log(spend.spent),
        spend.customers,
        spend.days,
        len(spend.cell_customers),
        nodes,
    )
    return replace(spend, **rows)


def _nodes(
    cell: np.ndarray,
    log_spent: np.ndarray,
    customers: np.ndarray,
    days: np.ndarray,
    n_cells: int,
    nodes: int,
) -> dict[str, np.ndarray]:
    """Gauss's rule for rows in the order of their cells, where a cell has more than 2 `nodes`."""
    bounds = np.searchsorted(cell, np.arange(n_cells + 1))
    cells, spents, by_customers, by_days = [], [], [], []
    for c in range(n_cells):
        mine = slice(bounds[c], bounds[c + 1])
        n_rows = bounds[c + 1] - bounds[c]
        if n_rows <= 2 * nodes:
            cells.append(np.full(n_rows, c))
            spents.append(log_spent[mine])
            by_customers.append(customers[mine])
            by_days.append(days[mine])
            continue
        for counted, all_weights in ((True, customers[mine]), (False, days[mine])):
            some = all_weights > 0
            at, weight = gauss_rule(log_spent[mine][some], all_weights[some], nodes)
            cells.append(np.full(len(at), c))
            spents.append(at)
            by_customers.append(weight if counted else np.zeros(len(at)))
            by_days.append(np.zeros(len(at)) if counted else weight)
    none = np.zeros(0)
    return {
        "cell": np.concatenate([*cells, none]).astype(np.int64),
        "spent": np.exp(np.concatenate([*spents, none])),
        "customers": np.concatenate([*by_customers, none]),
        "days": np.concatenate([*by_days, none]),
    }

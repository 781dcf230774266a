"""Time and memory from identities and a customer table to a whole outbox.

``python -m tests.benchmarks.bench_outbox [CUSTOMERS ...]`` (default 1000000). People are drawn at
random: 1 in 20 shares an address with another id, 1 in 10 phones is written without its country
code, 3 in 10 have not consented. Eight audiences over four tools, plain and hashed, Klaviyo
profiles as CSV and as requests, conversion adjustments, a plan. Peak memory is the whole
process's, the input frames included; those alone are given beside it. Seconds of work are the
process's own, whatever else the machine does.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.outbox.settings import OutboxSettings
from workbench.outbox.write import write_outbox

SEED = 20260630
AS_OF = date(2026, 6, 30)
FIRST = ["Zoë", "Ann", "José", "Li", "O'Brien", "Søren", "Mary Jane", "Łukasz"]
CITIES = ["São Paulo", "St. Louis", "Leeds", "Paris", "Sydney", "Oslo"]
TOOLS = {
    "seed_value_v1": ("acquire", "Meta Ads, TikTok Ads", 0.10),
    "customer_value_v1": ("acquire", "Meta Ads", 1.00),
    "recent_buyers": ("suppress", "Meta Ads, Google Ads, TikTok Ads", 0.15),
    "existing_customers": ("acquire", "Google Ads", 1.00),
    "high_value_customers": ("acquire", "Google Ads", 0.10),
    "lapsed_customers": ("win back", "Google Ads", 0.40),
    "win_back": ("win back", "Klaviyo", 0.20),
    "second_purchase": ("retain", "Klaviyo", 0.20),
}


def inputs(n: int) -> dict[str, pd.DataFrame]:
    """Return identities, customers, members, audiences and orders of n customer ids."""
    rng = np.random.default_rng(SEED)
    ids = pd.Series(np.arange(n)).map("c_{:016x}".format).astype("str")
    person = np.where(rng.random(n) < 0.05, rng.integers(0, n, n), np.arange(n))
    text = pd.Series(person.astype(str), dtype="str")
    domain = pd.Series(np.array(["@gmail.com", "@example.com"])[rng.integers(0, 2, n)], dtype="str")
    local = (2_000_000_000 + rng.integers(0, 8_000_000_000, n)).astype(str)
    prefix = np.where(rng.random(n) < 0.9, "+1", "")
    consent = pd.array(rng.random(n) < 0.7, dtype="boolean")
    consent[rng.random(n) < 0.1] = pd.NA
    identities = pd.DataFrame(
        {
            "customer_id": ids,
            "email": "first.last" + text + domain,
            "phone": pd.Series(prefix, dtype="str") + pd.Series(local, dtype="str"),
            "first_name": pd.Series(np.array(FIRST)[rng.integers(0, len(FIRST), n)], dtype="str"),
            "last_name": "Name" + pd.Series((np.arange(n) % 50_000).astype(str), dtype="str"),
            "city": pd.Series(np.array(CITIES)[rng.integers(0, len(CITIES), n)], dtype="str"),
            "province": "CA",
            "zip": pd.Series(rng.integers(10_000, 99_999, n).astype(str), dtype="str"),
            "country": "US",
            "consent_email": consent,
            "consent_sms": consent,
        }
    )
    value = rng.gamma(1.5, 60.0, n) - 10.0
    day = pd.Timestamp("2026-07-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D")
    channel = np.array(["Meta Ads", "Google Ads", "TikTok Ads", "E-mail"])[rng.integers(0, 4, n)]
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "channel": pd.Series(channel, dtype="str"),
            "segment": pd.Series(np.array(["new", "active", "lapsed"])[rng.integers(0, 3, n)]),
            "p_alive": rng.random(n),
            "value_12m_mean": value,
            "value_12m_q05": value * 0.4,
            "value_12m_q95": value * 2.1,
            "next_12m_mean": value * 0.5,
            "next_order_date": pd.Series(day).where(rng.random(n) < 0.7).astype("datetime64[s]"),
        }
    )
    parts = []
    for name, (_, tools, share) in TOOLS.items():
        chosen = np.flatnonzero(rng.random(n) < share)
        worth = value[chosen] if "Meta" in tools and "recent" not in name else np.nan
        part = {"audience": name, "customer_id": ids.iloc[chosen].to_numpy(), "value": worth}
        parts.append(pd.DataFrame(part).astype({"audience": "category"}))
    members = pd.concat(parts, ignore_index=True).astype({"audience": "category"})
    audiences = pd.DataFrame(
        [(name, purpose, tools) for name, (purpose, tools, _) in TOOLS.items()],
        columns=["audience", "purpose", "tool"],
    )
    minutes = rng.integers(0, 730 * 24 * 60, n)
    orders = pd.DataFrame(
        {
            "order_id": pd.Series(np.arange(n)).map("#{:07d}".format).astype("str"),
            "customer_id": ids,
            "ordered_at": pd.Timestamp("2026-06-30") - pd.to_timedelta(minutes, unit="min"),
            "revenue": 60.0,
            "refund": 0.0,
            "channel": customers["channel"],
        }
    )
    return {
        "identities": identities,
        "customers": customers,
        "members": members,
        "audiences": audiences,
        "orders": orders,
    }


def measure(n: int) -> tuple[float, float, float, float, int, int]:
    """Return seconds on the clock and of work, peak GB of all and of the inputs, files, bytes."""
    given = inputs(n)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    settings = OutboxSettings(google_conversion_name="Purchase", timezone="America/New_York")
    actions = [{"id": name, "title": name, "kind": "audience", "files": [name]} for name in TOOLS]
    with tempfile.TemporaryDirectory() as home:
        start, worked = time.perf_counter(), time.process_time()
        outbox = write_outbox(
            Path(home) / "outbox",
            **given,
            as_of=AS_OF,
            settings=settings,
            model_version="0",
            actions=actions,
        )
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    files = outbox.files
    count, size = int((files["status"] == "written").sum()), int(files["bytes"].sum())
    return seconds, worked, peak, before, count, size


def main() -> None:
    """Print the table."""
    sizes = [int(text) for text in sys.argv[1:]] or [1_000_000]
    print("customers  seconds  of work  peak GB  of which inputs  files      MB")
    for n in sizes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            seconds, worked, peak, before, files, size = pool.submit(measure, n).result()
        times = f"{seconds:8.1f} {worked:8.1f}"
        print(f"{n:9,d} {times} {peak:8.2f} {before:16.2f} {files:6d} {size / 1e6:7.0f}")


if __name__ == "__main__":
    main()

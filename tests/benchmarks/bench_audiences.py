"""Seconds and memory for segments and audiences: python -m tests.benchmarks.bench_audiences N."""

from __future__ import annotations

import resource
import sys
import time

from tests.decisions.people import consents, no_refunds, people
from workbench.decisions.audiences import make_audiences
from workbench.decisions.consent import consent_table
from workbench.decisions.segments import segment_table


def main(n: int) -> None:
    shop = people(n, draws=200)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, cpu = time.perf_counter(), time.process_time()
    segments = segment_table(shop.outlooks, shop.customers, shop.values)
    between = time.perf_counter(), time.process_time()
    consent = consent_table(segments["customer_id"], consents(segments["customer_id"]))
    found = make_audiences(segments, shop.outlooks, consent, no_refunds(), currency="USD", seed=1)
    end = time.perf_counter(), time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{n:,} customers, {len(found.members):,} memberships")
    print(f"segments   {between[0] - start:6.1f} s, CPU {between[1] - cpu:6.1f} s")
    print(f"audiences  {end[0] - between[0]:6.1f} s, CPU {end[1] - between[1]:6.1f} s")
    print(f"peak memory {peak / 1e6:.2f} GB, {before / 1e6:.2f} GB before")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

"""Fixtures that all tests share."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "fast", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", parent=settings.get_profile("fast"), max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def require(module: str) -> ModuleType:
    """Import an optional module; skip the test without it, or fail where all are required.

    ``WORKBENCH_REQUIRE_ALL=1`` is set in CI, so that a missing extra cannot hide as a skip.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        reason = f"{module} is not installed"
        if os.environ.get("WORKBENCH_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real order logs; they are not part of the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real order logs are not beside the repository")
    return folder


ORDERS = """\
order_id,customer_id,ordered_at,revenue,channel,product
1,ann,2025-01-05 10:00,40.00,Meta Ads,Tea
2,bob,2025-01-20 11:30,25.50,Google Ads,Cups
3,ann,2025-03-02 09:15,38.00,Meta Ads,Tea
4,cy,2025-04-11 18:45,60.00,Meta Ads,Cups
5,bob,2025-09-30 08:00,30.00,Google Ads,Tea
"""

SmallBrand = Callable[..., Path]


@pytest.fixture
def small_brand(tmp_path: Path) -> SmallBrand:
    """Return a function that writes a brand folder with five orders of three customers.

    Keyword arguments replace settings of the brand.yaml; None removes one. `files` maps file
    names to their text and adds to, or replaces, the order log `orders.csv`.
    """

    def write(folder: str = "juniper", files: dict[str, str] | None = None, **changes) -> Path:
        home = tmp_path / folder
        home.mkdir(parents=True, exist_ok=True)
        for name, text in {"orders.csv": ORDERS, **(files or {})}.items():
            (home / name).write_text(text, encoding="utf-8")
        brand = {
            "name": "Juniper Tea",
            "currency": "USD",
            "timezone": "America/New_York",
            "sources": {"orders": {"format": "orders", "path": "orders.csv"}},
            **changes,
        }
        kept = {key: value for key, value in brand.items() if value is not None}
        (home / "brand.yaml").write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")
        return home

    return write

"""Write simulated brands: per revenue stage, the exports that a shop of that size has."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import InputError, Problem
from workbench.simulate.exports import ads, brand_file, klaviyo
from workbench.simulate.exports.experiments import write_experiments, write_test_results
from workbench.simulate.exports.files import write_text
from workbench.simulate.exports.klaviyo import Flow
from workbench.simulate.exports.northbeam import write_northbeam
from workbench.simulate.exports.shopify_bulk import write_shopify_bulk
from workbench.simulate.exports.shopify_csv import OLDER_HEADER, write_shopify_csv
from workbench.simulate.exports.stack import write_stack
from workbench.simulate.simulation import Simulation, simulate_process
from workbench.simulate.stages import stage_settings
from workbench.simulate.truth import truth

__all__ = ["write_brand", "write_simulation"]


@dataclass(frozen=True)
class _Extras:
    """What a brand exports besides orders and spend."""

    profiles: int = 0
    flows: tuple[Flow, ...] = ()
    lists: tuple[str, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)
    complaint_rate: float = 0.0003
    with_tax: bool = False


_CORE_FLOWS = (
    Flow("Abandoned Cart", "Cart e-mail 1", 2.2, click_rate=0.07, order_rate=0.032),
    Flow("Abandoned Cart", "Cart e-mail 2", 1.6, click_rate=0.05, order_rate=0.018),
    Flow("Welcome Series", "Welcome 1", 2.6, open_rate=0.55, order_rate=0.030),
    Flow("Welcome Series", "Welcome 2", 2.3, order_rate=0.012),
    Flow("Post-Purchase", "Thank you", 1.5, open_rate=0.60, order_rate=0.010),
    Flow("Browse Abandonment", "Browse e-mail 1", 3.0, order_rate=0.008),
    Flow("Win-back", "We miss you", 0.7, open_rate=0.30, order_rate=0.009),
)
_SMS = Flow("Abandoned Cart SMS", "Cart text", 0.5, 0.9, 0.09, 0.03, channel="SMS")
_EXTRAS = {
    1: _Extras(
        flows=(
            _CORE_FLOWS[0],
            _CORE_FLOWS[2],
            Flow("Post-Purchase", "Thank you", 0.0, status="draft"),
            Flow("Win-back", "We miss you", 0.0),
        )
    ),
    2: _Extras(profiles=3000, flows=_CORE_FLOWS, complaint_rate=0.0016, with_tax=True),
    3: _Extras(
        profiles=4000,
        flows=(*_CORE_FLOWS, _SMS),
        lists=("Newsletter", "Engaged 90 days", "VIP customers"),
    ),
    4: _Extras(
        profiles=4000,
        flows=(*_CORE_FLOWS, _SMS, Flow("Post-Purchase CLV split", "High CLV thank you", 0.3)),
        lists=("Newsletter", "Engaged 90 days", "Top CLV 10%", "At risk"),
        properties={"clv_12m_pred": "0.00", "clv_band": "mid"},
    ),
}


def write_brand(folder: Path, *, stage: int, customers: int | None = None, seed: int) -> Path:
    """Write a synthetic brand with known truth, in the formats that tools export.

    Parameters
    ----------
    folder : Path
        New or empty folder.
    stage : int
        Revenue stage 1 to 4; decides process, prices and which exports there are.
    customers : int, optional
        Customers acquired in the two years to the as-of date; by default as many as bring the
        revenue of the stage.
    seed : int
        Not negative. The same arguments give the same bytes.

    Returns
    -------
    Path
        The folder, with brand.yaml, exports and truth.json.

    Raises
    ------
    InputError
        If the folder holds anything, or an argument is out of range.
    """
    try:
        settings = stage_settings(stage, customers=customers)
    except ValueError as error:
        raise InputError(Problem(str(error), todo="change the argument")) from None
    if seed < 0:
        raise InputError(Problem(f"seed must not be negative, got {seed}", todo="use 1"))
    _refuse_occupied(Path(folder))
    return write_simulation(folder, simulate_process(settings, seed))


def write_simulation(folder: Path, simulation: Simulation) -> Path:
    """Write a simulated brand; which exports it has follows its stage. See `write_brand`."""
    folder = Path(folder)
    _refuse_occupied(folder)
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        _write_files(part, simulation)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _refuse_occupied(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            Problem(
                "there is something already",
                str(folder),
                "a new or empty folder",
                "name another folder, or remove this one",
            )
        )


def _write_files(folder: Path, simulation: Simulation) -> None:
    stage = simulation.settings.stage
    sources: dict[str, Any] = {"orders": _write_orders(folder, simulation)}
    if stage == 2:
        brand_file.write_order_channels(folder / "channels.csv.gz", simulation)
        sources["channels"] = {"format": "order_channels", "path": "channels.csv.gz"}
    if stage >= 3:
        brand_file.write_products(folder / "products.csv", simulation)
        sources["products"] = {"format": "products", "path": "products.csv", "top": 8}
    sources["spend"] = _write_spend(folder, simulation)
    if stage == 4:
        write_northbeam(folder / "northbeam.csv.gz", simulation)
        sources["attributed"] = {"format": "northbeam", "path": "northbeam.csv.gz"}
    sources |= _write_messages(folder, simulation, _EXTRAS[stage])
    if stage >= 3:
        write_experiments(folder / "experiments.csv", simulation)
        sources["experiments"] = {"format": "experiments", "path": "experiments.csv"}
        write_test_results(folder / "test_results.csv", simulation)
        sources["test_results"] = {"format": "test_results", "path": "test_results.csv"}
    write_stack(folder / "stack.yaml", stage)
    sources["stack"] = "stack.yaml"
    brand_file.write_brand_file(folder / "brand.yaml", simulation, sources, by_product=stage >= 3)
    write_text(folder / "truth.json", _json(truth(simulation)))


def _write_orders(folder: Path, simulation: Simulation) -> dict[str, str]:
    stage = simulation.settings.stage
    if stage == 4:
        write_shopify_bulk(folder, simulation)
        return {"format": "shopify_bulk", "path": "bulk_orders_*.jsonl.gz"}
    if stage == 1:
        write_shopify_csv(folder, simulation, header=OLDER_HEADER)
    else:
        write_shopify_csv(folder, simulation, with_sources=stage != 2)
    return {"format": "shopify_orders", "path": "orders_export_*.csv.gz"}


def _write_spend(folder: Path, simulation: Simulation) -> list[dict[str, Any]]:
    """Write one file per platform that the brand spends on."""
    names = {channel.name for channel in simulation.settings.channels if channel.cac is not None}
    specs: list[dict[str, Any]] = []
    if "Meta Ads" in names:
        ads.write_meta(folder / "meta_ads.csv.gz", simulation)
        specs.append({"format": "meta_ads", "path": "meta_ads.csv.gz"})
    if "Google Ads" in names:
        ads.write_google(folder / "google_ads.csv.gz", simulation)
        specs.append({"format": "google_ads", "path": "google_ads.csv.gz"})
    if "TikTok Ads" in names:
        ads.write_tiktok(folder / "tiktok_ads.csv.gz", simulation)
        specs.append({"format": "tiktok_ads", "path": "tiktok_ads.csv.gz"})
    if names - {"Meta Ads", "Google Ads", "TikTok Ads"}:
        ads.write_other_spend(folder / "other_spend.csv.gz", simulation)
        specs.append({"format": "spend", "path": "other_spend.csv.gz"})
    return specs


def _write_messages(folder: Path, simulation: Simulation, extras: _Extras) -> dict[str, Any]:
    sources: dict[str, Any] = {}
    if extras.profiles:
        klaviyo.write_profiles(
            folder / "profiles.csv.gz",
            simulation,
            count=extras.profiles,
            with_tax=extras.with_tax,
            properties=extras.properties,
        )
        sources["profiles"] = {"format": "klaviyo_profiles", "path": "profiles.csv.gz"}
    klaviyo.write_flows(
        folder / "flows.csv.gz", simulation, extras.flows, complaint_rate=extras.complaint_rate
    )
    sources["flows"] = {"format": "klaviyo_flows", "path": "flows.csv.gz"}
    if extras.lists:
        klaviyo.write_campaigns(folder / "campaigns.csv", simulation, extras.lists)
        sources["campaigns"] = {"format": "klaviyo_campaigns", "path": "campaigns.csv"}
    return sources


def _json(content: dict[str, Any]) -> str:
    """Return JSON with one line per record, so that a file of thousands stays readable."""
    lines = []
    for key, value in content.items():
        if isinstance(value, dict):
            inner = ",\n".join(f"  {json.dumps(k)}: {_compact(v)}" for k, v in value.items())
            lines.append(f"{json.dumps(key)}: {{\n{inner}\n }}")
        else:
            lines.append(f"{json.dumps(key)}: {_compact(value)}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def _compact(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n   " + ",\n   ".join(_compact(item) for item in value) + "\n  ]"
    return json.dumps(value, separators=(", ", ": "), allow_nan=False)

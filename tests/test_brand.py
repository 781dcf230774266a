"""brand.yaml: what is accepted, and that every problem is named at once with its place."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from workbench.brand import FORMATS, Brand, load_brand
from workbench.errors import BrandError

DESIGNED = """\
name: Juniper Tea
currency: USD
timezone: America/New_York
as_of: 2026-06-30
cohorts: [channel, first_product, first_month]
sources:
  orders:      {format: shopify_orders, path: "orders_export*.csv*"}
  channels:    {format: order_channels, path: channels.csv}
  products:    {format: products, path: products.csv, top: 8}
  spend:       [{format: meta_ads, path: "meta*.csv"}, {format: spend, path: other.csv}]
  profiles:    {format: klaviyo_profiles, path: profiles.csv}
  flows:       {format: klaviyo_flows, path: flows.csv}
  experiments: {format: experiments, path: experiments.csv}
  stack:       stack.yaml
channel_rules: {facebook|fb|ig|instagram: Meta Ads, google_cpc: Google Ads}
costs:
  goods_rate: 0.34
  fulfilment_per_order: 6.40
  payment: {rate: 0.029, fixed: 0.30}
  tax_included_rate: 0.0
stages: [0, 1_000_000, 3_000_000, 10_000_000]
engine: duckdb
"""
FILES = (
    "orders_export_1.csv",
    "orders_export_2.csv.gz",
    "channels.csv",
    "products.csv",
    "meta_2025.csv",
    "other.csv",
    "profiles.csv",
    "flows.csv",
    "experiments.csv",
    "stack.yaml",
)


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "juniper-tea"
    home.mkdir()
    for name in FILES:
        (home / name).touch()
    return home


def load(folder, text: str) -> Brand:
    (folder / "brand.yaml").write_text(text, encoding="utf-8")
    return load_brand(folder)


def problems(folder, text: str) -> dict[str, str]:
    """Return the whole text of each problem by its place."""
    with pytest.raises(BrandError) as caught:
        load(folder, text)
    return {problem.where: str(problem) for problem in caught.value.problems}


def changed(**changes) -> str:
    brand = yaml.safe_load(DESIGNED) | changes
    brand["as_of"] = str(changes.get("as_of", brand["as_of"]))
    return yaml.safe_dump({key: value for key, value in brand.items() if value is not None})


def test_the_designed_file_is_read_as_it_says(folder):
    brand = load(folder, DESIGNED)
    assert brand.slug == "juniper-tea"
    assert brand.as_of == date(2026, 6, 30)
    assert brand.cohorts == ("channel", "first_product", "first_month")
    assert brand.stages == (0, 1e6, 3e6, 1e7)
    assert brand.costs is not None
    assert brand.costs.payment.fixed == 0.30
    assert brand.costs.goods_rate == 0.34
    assert [spec.format for spec in brand.sources.spend] == ["meta_ads", "spend"]
    assert brand.sources.products[0].top == 8
    assert brand.stack_file == brand.folder / "stack.yaml"
    assert brand.channel_names() == {
        "facebook": "Meta Ads",
        "fb": "Meta Ads",
        "ig": "Meta Ads",
        "instagram": "Meta Ads",
        "google_cpc": "Google Ads",
    }


def test_a_folder_and_its_file_give_the_same_brand(folder):
    assert load(folder, DESIGNED) == load_brand(folder / "brand.yaml")


def test_globs_find_plain_and_packed_files_in_order(folder):
    brand = load(folder, DESIGNED)
    names = [path.name for path in brand.files(brand.sources.orders[0])]
    assert names == ["orders_export_1.csv", "orders_export_2.csv.gz"]


def test_a_file_name_with_brackets_is_no_glob(folder):
    (folder / "orders[1].csv").touch()
    (folder / "orders1.csv").touch()
    sources = {"orders": {"format": "orders", "path": "orders[1].csv"}}
    brand = load(folder, changed(sources=sources))
    assert [path.name for path in brand.files(brand.sources.orders[0])] == ["orders[1].csv"]


def test_little_is_needed(folder):
    brand = load(
        folder,
        "name: A\ncurrency: EUR\ntimezone: UTC\n"
        "sources: {orders: {format: orders, path: other.csv, columns: {order_id: invoice}}}\n",
    )
    assert brand.as_of is None
    assert brand.costs is None
    assert brand.sources.orders[0].columns == {"order_id": "invoice"}
    assert brand.sources.spend == ()
    assert brand.engine == "duckdb"


@pytest.mark.parametrize(
    "rate",
    [
        {"by_product": {"Tea": 0.3, "Cups": 0.5}, "default": 0.4},
        {"by_month": {"2026-01": 0.3}, "default": 0.4},
    ],
)
def test_a_rate_may_be_a_table(folder, rate):
    brand = load(folder, changed(costs={"goods_rate": rate}))
    assert brand.costs is not None
    given = brand.costs.goods_rate
    assert not isinstance(given, float)
    assert given.default == 0.4
    assert set(given.rates()) == {0.4, *next(iter(rate.values())).values()}


def test_settings_cannot_be_changed(folder):
    brand = load(folder, DESIGNED)
    with pytest.raises(ValueError, match="frozen"):
        brand.name = "Other"


def test_every_problem_is_named_at_once_with_its_line(folder):
    text = (
        DESIGNED.replace("currency: USD", "curency: USD")
        .replace("America/New_York", "America/NewYork")
        .replace("2026-06-30", "2026-06-31")
        .replace("first_product, first_month]", "product]")
        .replace("shopify_orders", "shopify_order")
        .replace("flows.csv", "flow.csv")
        .replace("goods_rate: 0.34", "goods_rate: 34")
        .replace("fixed: 0.30", "fixed: yes")
        .replace("3_000_000", "30_000_000")
    )
    found = problems(folder, text)
    assert list(found) == [
        "brand.yaml, currency",
        "brand.yaml line 2, curency",
        "brand.yaml line 3, timezone",
        "brand.yaml line 4, as_of",
        "brand.yaml line 5, cohorts[1]",
        "brand.yaml line 7, sources.orders.format",
        "brand.yaml line 12, sources.flows.path",
        "brand.yaml line 17, costs.goods_rate",
        "brand.yaml line 19, costs.payment.fixed",
        "brand.yaml line 21, stages",
    ]
    assert "did you mean 'currency'?" in found["brand.yaml line 2, curency"]
    assert "America/New_York" in found["brand.yaml line 3, timezone"]
    assert "did you mean 'shopify_orders'?" in found["brand.yaml line 7, sources.orders.format"]
    assert "did you mean 'flows.csv'?" in found["brand.yaml line 12, sources.flows.path"]
    assert "write 34% as 0.34" in found["brand.yaml line 17, costs.goods_rate"]


@pytest.mark.parametrize(
    ("changes", "place", "word"),
    [
        ({"name": 5}, "name", "put quotes around it"),
        ({"name": ""}, "name", "not empty"),
        ({"currency": "usd"}, "currency", "three capitals"),
        ({"timezone": "../etc/passwd"}, "timezone", "unknown time zone"),
        ({"timezone": "America"}, "timezone", "unknown time zone"),
        ({"as_of": "30/06/2026"}, "as_of", "YYYY-MM-DD"),
        ({"as_of": "2026-06-30 12:00:00"}, "as_of", "YYYY-MM-DD"),
        ({"cohorts": ["channel", "channel"]}, "cohorts", "twice"),
        ({"cohorts": "channel"}, "cohorts", "a list"),
        ({"sources": None}, "sources", "is missing"),
        ({"sources": {}}, "sources.orders", "is missing"),
        ({"sources": {"orders": []}}, "sources.orders", "no order export"),
        ({"sources": {"orders": "log.csv"}}, "sources.orders", "a list"),
        ({"channel_rules": {"fb|": "Meta Ads"}}, "channel_rules", "empty"),
        ({"channel_rules": {"fb|ig": "Meta", "FB": "Other"}}, "channel_rules", "two channels"),
        ({"costs": {}}, "costs.goods_rate", "is missing"),
        ({"costs": {"goods_rate": -0.1}}, "costs.goods_rate", "at least 0"),
        ({"costs": {"goods_rate": "0.3"}}, "costs.goods_rate", "without quotes"),
        ({"costs": {"goods_rate": True}}, "costs.goods_rate", "a number"),
        ({"costs": {"goods_rate": float("nan")}}, "costs.goods_rate", "a finite number"),
        ({"costs": {"goods_rate": {"default": 0.3}}}, "costs.goods_rate", "by_month"),
        (
            {"costs": {"goods_rate": {"by_product": {"Tea": 0.3}}}},
            "costs.goods_rate.default",
            "is missing",
        ),
        (
            {"costs": {"goods_rate": {"by_month": {"2026-13": 0.3}, "default": 0.3}}},
            "costs.goods_rate.by_month.2026-13",
            "no month",
        ),
        (
            {"costs": {"goods_rate": {"by_product": {"Tea": 30}, "default": 0.3}}},
            "costs.goods_rate",
            "0.34",
        ),
        ({"stages": [0, 1, 2]}, "stages", "four"),
        ({"stages": [1, 2, 3, 4]}, "stages", "start at 0"),
        ({"engine": "Postgres"}, "engine", "duckdb"),
        ({"logo": "logo.png"}, "logo", "is no setting"),
    ],
)
def test_a_problem_names_its_setting_and_the_remedy(folder, changes, place, word):
    found = problems(folder, changed(**changes))
    assert len(found) == 1
    ((where, text),) = found.items()
    assert where.endswith(f", {place}")
    assert word in text


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_each_source_takes_its_own_formats_only(folder, key):
    orders = {"format": "orders", "path": "other.csv"}
    for format_name in {name for names in FORMATS.values() for name in names}:
        spec = {"format": format_name, "path": "other.csv"}
        text = changed(sources={"orders": orders} | {key: [spec]})
        if format_name in FORMATS[key]:
            assert getattr(load(folder, text).sources, key)[0].format == format_name
        else:
            (message,) = problems(folder, text).values()
            assert "move it to sources." in message


def test_a_misplaced_source_and_a_missing_file_are_told_together(folder):
    sources = {
        "orders": {"format": "orders", "path": "gone.csv"},
        "flows": {"format": "klaviyo_profiles", "path": "flows.csv"},
        "stack": "no.yaml",
    }
    found = problems(folder, changed(sources=sources))
    places = {where.split(", ")[1] for where in found}
    assert places == {"sources.orders.path", "sources.flows", "sources.stack"}


def test_a_password_in_the_engine_is_never_repeated(folder):
    (text,) = problems(folder, changed(engine="Postgres://user:hunter2@host/db")).values()
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name: [a\nb: c", "line 2, column 2"),
        ("name: Tea: and cups", "line 1"),
        ("name: !!python/object/apply:os.getcwd []", "line 1"),
        ("", "no settings"),
        ("- a\n- b\n", "no settings"),
        ("name: &a [*a]", "an alias contains itself"),
        ("name: A\nname: B\n", "is written twice"),
    ],
)
def test_a_file_that_is_not_settings_is_told_so(folder, text, word):
    (folder / "brand.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BrandError, match=word):
        load_brand(folder)


def test_other_encodings_are_told_or_read(folder):
    text = DESIGNED.replace("Juniper Tea", "Juniper Thé")
    (folder / "brand.yaml").write_bytes(text.encode("cp1252"))
    with pytest.raises(BrandError, match="not UTF-8"):
        load_brand(folder)
    (folder / "brand.yaml").write_bytes(text.encode("utf-8-sig"))
    assert load_brand(folder).name == "Juniper Thé"


def test_keys_that_yaml_takes_for_something_else_stay_text(folder):
    text = DESIGNED.replace("google_cpc:", "google_cpc: Google Ads, no: Norway list, 2024:")
    assert load(folder, text).channel_names()["no"] == "Norway list"
    assert load(folder, text).channel_names()["2024"] == "Google Ads"


def test_a_folder_without_settings_points_to_new(tmp_path):
    with pytest.raises(BrandError, match="workbench new"):
        load_brand(tmp_path)
    with pytest.raises(BrandError, match="check the path"):
        load_brand(tmp_path / "nowhere")


@pytest.mark.parametrize(("kind", "needed"), [("shopify_orders", True), ("orders", False)])
def test_a_shop_needs_its_time_zone_and_a_log_of_plain_dates_does_not(tmp_path, kind, needed):
    (tmp_path / "log.csv").write_text("order_id\n")
    (tmp_path / "brand.yaml").write_text(
        f"name: A\ncurrency: EUR\nsources:\n  orders: {{format: {kind}, path: log.csv}}\n"
    )
    if needed:
        with pytest.raises(BrandError, match="timezone is missing"):
            load_brand(tmp_path)
    else:
        assert load_brand(tmp_path).timezone == "UTC"


def test_an_empty_setting_is_said_to_be_empty(folder):
    text = DESIGNED.replace("currency: USD", "currency:")
    (told,) = problems(folder, text).values()
    assert "has no value" in told
    assert "write a value after 'currency'" in told


def test_an_export_in_place_of_a_brand_is_told_its_folder(small_brand):
    folder = small_brand()
    with pytest.raises(BrandError, match="name its folder"):
        load_brand(folder / "orders.csv")


def test_a_currency_left_blank_asks_for_three_capitals(small_brand):
    folder = small_brand()
    file = folder / "brand.yaml"
    file.write_text(file.read_text("utf-8").replace("currency: USD", "currency:"), "utf-8")
    with pytest.raises(BrandError, match=r"(?s)currency: has no value.*three capitals"):
        load_brand(folder)

from __future__ import annotations

import pandas as pd
import pytest

from tests.sources.reading import count, read
from workbench.errors import SourceError


def shop(small_brand, *contents: str, columns=None):
    files = {f"products_{n}.csv": content for n, content in enumerate(contents)}
    spec = {"format": "products", "path": "products_*.csv", "columns": columns or {}}
    sources = {"orders": {"format": "orders", "path": "orders.csv"}, "products": spec}
    return small_brand(files=files, sources=sources)


def table(exports) -> dict[str, tuple[object, float]]:
    return {
        row.key: (None if pd.isna(row.category) else row.category, row.unit_cost)
        for row in exports.products.itertuples()
    }


def test_sku_and_name_both_find_a_product(small_brand):
    got = table(
        read(shop(small_brand, 'sku,name,category,unit_cost\n\'T-1,"Tea, 100 g",Tea,4.20\n'))
    )
    assert got == {"t-1": ("Tea", 4.2), "tea, 100 g": ("Tea", 4.2)}


def test_shopifys_products_export(small_brand):
    content = (
        "Handle,Title,Body (HTML),Vendor,Type,Variant SKU,Cost per item\n"
        'tea,Tea,"<p>a,\nb</p>",J,Loose tea,T-1,4.00\ntea,,,,,T-2,7.50\n'
    )
    got = table(read(shop(small_brand, content)))
    assert got["t-2"] == ("Loose tea", 7.5)
    assert got["tea"] == ("Loose tea", 4.0)


def test_columns_are_mapped_and_a_cost_alone_is_enough(small_brand):
    columns = {"sku": "art", "unit_cost": "ek"}
    got = table(read(shop(small_brand, "art;ek\nA;1,50\nB;\n", columns=columns)))
    assert got == {"a": (None, 1.5)}


def test_the_first_of_two_ways_counts_and_is_reported(small_brand):
    exports = read(shop(small_brand, "sku,category\nA,Tea\na,Cups\nA,Tea\n"))
    assert table(exports)["a"][0] == "Tea"
    assert count(exports, "told in two ways") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("category\nTea\n", "the sku or name"),
        ("sku\nA\n", "category or cost"),
        ("sku,unit_cost\nA,-1\n", "column 'unit_cost', row 2: costs are below 0"),
        ("sku,unit_cost\nA,x\n", "not numbers"),
    ],
)
def test_bad_products_files_say_what_is_wrong(small_brand, content, words):
    with pytest.raises(SourceError, match=words):
        read(shop(small_brand, content))

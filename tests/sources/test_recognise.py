from __future__ import annotations

import gzip
import io
import json

import openpyxl
import pandas as pd
import pytest

from tests.sources.files_of import file_of
from workbench.sources.recognise import recognise

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,Notes,Id,Tags,Source\n"
    "#1001,a@example.com,paid,2026-01-01 10:00:00 -0500,fulfilled,USD,10,0,0,10,,"
    "2026-01-01 10:00:00 -0500,1,Tea,10,,5001,,web\n"
)
FILES = {
    ("shopify_orders", "orders"): [
        SHOPIFY,
        "Name,Email,Financial Status,Currency,Total,Created at\n#1,a@example.com,paid,USD,5,"
        "2026-01-01 10:00:00 -0500\n",
    ],
    ("customers", "customers"): [
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Phone,Total Spent,"
        "Total Orders,Tax Exempt\n1,A,B,a@example.com,yes,,5,1,no\n",
        "First Name,Last Name,Email,Company,Address1,City,Country,Zip,Phone,Accepts Marketing,"
        "Total Spent,Total Orders,Tags,Note\nA,B,a@example.com,,,,,,,yes,5,1,,\n",
    ],
    ("order_channels", "channels"): [
        "order_name,channel\n#1,Podcast\n",
        "email,channel,campaign\na@example.com,Podcast,Show\n",
    ],
    ("products", "products"): [
        "sku,category,unit_cost\nT1,Tea,2\n",
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Variant SKU,"
        "Variant Price,Cost per item\nt,Tea,x,V,Food,Tea,,true,T1,10,2\n",
    ],
    ("meta_ads", "spend"): [
        "\ufeffCampaign name,Day,Amount spent (GBP),Impressions,Attribution setting\nA,2026-01-01,"
        "5,1,7-day click\n",
        "Kampagnenname,Tag,Ausgegebener Betrag (EUR),Berichtsstart\nA,2026-01-01,5,2026-01-01\n",
    ],
    ("google_ads", "spend"): [
        'Campaign report\n"September 1, 2026 - September 3, 2026"\nDay,Campaign,Currency code,Cost,'
        "Impr.,Clicks\n2026-09-01,A,USD,5,1,1\n",
        "Jour;Campagne;Code de devise;Coût;Impr.;Clics\n2026-09-01;A;EUR;5,5;1;1\n",
        "Campaign,Cost\nA,5\n",
    ],
    ("tiktok_ads", "spend"): [
        "By Day,Campaign name,Ad group name,Ad name,Currency,Cost,Impressions\n"
        "2026-01-01,A,B,C,USD,5,1\n",
    ],
    ("spend", "spend"): [
        "date,channel,spend\n2026-01-01,Podcast,5\n",
        "Date,Channel,Campaign,Cost,Clicks\n2026-01-01,Podcast,Show,5,1\n",
    ],
    ("northbeam", "attributed"): [
        "date,accounting_mode,attribution_model,attribution_window,breakdown_platform_northbeam,"
        "spend,rev\n2026-01-01,Cash,Clicks,7,Facebook Ads,5,9\n",
    ],
    ("ga4", "attributed"): [
        "# Title\n# Account: x\n# Start date: 20260101\n# End date: 20260102\n\n"
        "Session default channel group,Sessions,Total revenue\nPaid Search,5,9\n",
    ],
    ("ga4", "channels"): [
        "Transaction ID,Session source / medium,Total revenue\n#1,google / cpc,9\n",
    ],
    ("klaviyo_profiles", "profiles"): [
        "Email,Klaviyo ID,First Name,Source,Email Marketing Consent,Last Active\n"
        "a@example.com,K,A,fb,TRUE,2026-01-01\n",
    ],
    ("klaviyo_flows", "flows"): [
        "Day,Flow ID,Flow Name,Flow Message Name,Status,Delivered,Revenue,Tags\n"
        "2026-01-01,1,Cart,M,live,5,9,\n",
    ],
    ("klaviyo_campaigns", "campaigns"): [
        "Campaign ID,Campaign Name,Subject,List,Send Time,Total Recipients,Unique Opens,Revenue\n"
        "1,Sale,Hi,All,2026-01-01 10:00,5,1,9\n",
    ],
    ("experiments", "experiments"): [
        "id,title,hypothesis,impact,confidence,ease\n1,A,H,1,2,3\n",
    ],
    ("test_results", "test_results"): [
        "id,arm,exposed,converted,started,ended\nE1,control,100,9,2026-01-01,2026-02-01\n",
    ],
}
CASES = [(kind, text) for kind, texts in FILES.items() for text in texts]


@pytest.mark.parametrize(
    ("kind", "text"), CASES, ids=[f"{k[0]}-{n}" for n, (k, _) in enumerate(CASES)]
)
@pytest.mark.parametrize("name", ["a.csv", "export(3).csv", "orders.txt"])
def test_formats_are_told_by_content_under_any_name(tmp_path, kind, text, name):
    found = recognise(file_of(tmp_path, text, name))
    assert (found.format, found.source) == kind
    assert found.confidence >= 0.6
    assert found.reason


@pytest.mark.parametrize(
    ("kind", "text"), CASES, ids=[f"{k[0]}-{n}" for n, (k, _) in enumerate(CASES)]
)
def test_formats_survive_reordered_columns_utf16_tab_gzip_and_workbooks(tmp_path, kind, text):
    lines = text.removeprefix("\ufeff").split("\n")
    delimiter = ";" if lines[0].count(";") > 1 else ","
    if not lines[0].startswith(("#", "Campaign report")):
        table = pd.read_csv(io.StringIO("\n".join(lines)), sep=delimiter, dtype=str)
        table = table[table.columns[::-1]]
        reordered = table.to_csv(index=False)
        tabbed = table.to_csv(index=False, sep="\t")
        book = openpyxl.Workbook()
        for row in [list(table.columns), *table.fillna("").to_numpy().tolist()]:
            book.active.append(row)
        buffer = io.BytesIO()
        book.save(buffer)
        contents = [
            reordered.encode(),
            tabbed.encode("utf-16"),
            gzip.compress(reordered.encode()),
            buffer.getvalue(),
        ]
    else:
        contents = [gzip.compress(text.encode()), text.replace("\n", "\r\n").encode()]
    for content in contents:
        found = recognise(file_of(tmp_path, content, "data.txt"))
        assert (found.format, found.source) == kind


REST = [
    {"id": 1, "total_price": "5", "financial_status": "paid", "created_at": "x", "line_items": []}
]
GRAPHQL = {"data": {"orders": {"edges": [{"node": {
    "id": "gid://shopify/Order/1", "processedAt": "x", "displayFinancialStatus": "PAID",
    "totalPriceSet": {}}}]}}}  # fmt: skip
BULK = [
    {"id": "gid://shopify/Order/1", "name": "#1", "processedAt": "x"},
    {"id": "gid://shopify/LineItem/1", "__parentId": "gid://shopify/Order/1"},
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (json.dumps(REST), "shopify_json"),
        (json.dumps({"orders": REST}, indent=2), "shopify_json"),
        (json.dumps(GRAPHQL), "shopify_json"),
        ("\n".join(json.dumps(line) for line in BULK), "shopify_bulk"),
        ("\n".join(json.dumps(line) for line in BULK[::-1]), "shopify_bulk"),
        (json.dumps({"truth": 1, "channels": []}), None),
        ("[]", None),
    ],
)
def test_json(tmp_path, text, kind):
    assert recognise(file_of(tmp_path, text)).format == kind


def test_any_order_log_gets_a_column_map(tmp_path):
    text = (
        "Invoice No,Who,When,Net Amount,Traffic Source,Item,Refunded\n"
        "7,ann,2026-01-01,10.5,google,Tea,0.5\n8,bob,2026-01-02,11.5,fb,Cups,\n"
    )
    found = recognise(file_of(tmp_path, text, "x"))
    assert (found.format, found.source) == ("orders", "orders")
    assert found.columns == {
        "order_id": "Invoice No",
        "customer_id": "Who",
        "ordered_at": "When",
        "revenue": "Net Amount",
        "channel": "Traffic Source",
        "product": "Item",
        "refund": "Refunded",
    }
    assert found.questions == ()


def test_what_an_order_log_leaves_open_is_asked(tmp_path):
    text = (
        "invoice,customer_id,client,date,ship_date,total,amount,is_refund\n"
        "7,1,ann,2026-01-01,2026-01-03,10,9,0\n8,2,bob,2026-01-02,2026-01-05,-11,-8,1\n"
    )
    found = recognise(file_of(tmp_path, text))
    asked = " ".join(found.questions)
    assert found.columns["customer_id"] == "customer_id"
    assert found.columns["ordered_at"] == "date"
    assert "revenue is taken from 'total', but 'amount' would fit, too" in asked
    assert "negative amounts" in asked
    assert "'is_refund'" in asked
    assert found.confidence == 0.5


def test_a_unit_price_is_not_taken_for_revenue_unasked(tmp_path):
    text = (
        "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n"
        "7,T1,3,2026-01-01 10:00:00,2.5,11\n"
    )
    found = recognise(file_of(tmp_path, text))
    assert found.columns["customer_id"] == "Customer ID"
    assert any("price of one unit" in question for question in found.questions)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02\x03" * 50,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"PK\x03\x04 no workbook",
        b"%PDF-1.7 text",
        b"<html><body>Sign in</body></html>",
        b"Some notes about the shop.\nNothing to import.\n",
        b"a,b,c\n1,2,3\n",
        b"Anna,Smith,anna@example.com\nBob,Jones,bob@example.com\n",
    ],
)
def test_what_is_no_export_is_nothing_and_says_why(tmp_path, content):
    found = recognise(file_of(tmp_path, content))
    assert found.format is None
    assert found.confidence == 0
    assert found.reason
    assert "Anna" not in found.reason

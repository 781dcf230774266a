"""What the header of each export format looks like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.sources import (
    ga4,
    google_ads,
    klaviyo,
    klaviyo_sends,
    meta_ads,
    northbeam,
    spend,
    test_results,
    tiktok_ads,
)
from workbench.sources.opening import UNIT

__all__ = ["SIGNATURES", "Signature", "best_signature", "confidence_in", "header_key"]

CERTAIN, LEAST = 1.0, 0.6


@dataclass(frozen=True)
class Signature:
    """Headers that tell a format.

    Attributes
    ----------
    format : str
        As `brand.yaml` names it.
    source : str
        Key of `sources` in `brand.yaml` under which it stands.
    label : str
        The export in words.
    needs : tuple of tuple of str
        Of every group one header must be there.
    helps : tuple of str
        Further headers of the format; the more are there, the surer.
    never : tuple of str
        Headers that belong to another format.
    """

    format: str
    source: str
    label: str
    needs: tuple[tuple[str, ...], ...]
    helps: tuple[str, ...]
    never: tuple[str, ...] = ()

    def confidence(self, header: Iterable[str]) -> float:
        """Return how surely a header is of this format: 0, or 0.6 to 1."""
        cells = {header_key(cell) for cell in header}
        fits = all(cells & set(group) for group in self.needs) and not cells & set(self.never)
        if not fits:
            return 0.0
        seen = len(cells & set(self.helps)) / max(1, min(len(self.helps), 4))
        return LEAST + (CERTAIN - LEAST) * min(1.0, seen)

    def told_by(self, header: Iterable[str]) -> list[str]:
        """Return the headers, as written, that tell the format."""
        known = {*self.helps, *(cell for group in self.needs for cell in group)}
        return [cell.strip() for cell in header if header_key(cell) in known]


def header_key(cell: str) -> str:
    """Return a header as it is compared: lower case, no byte-order mark, no currency."""
    bare = " ".join(cell.replace("\ufeff", "").strip().strip('"').lower().split())
    return UNIT.sub("", bare)


def _of(aliases: dict[str, tuple[str, ...]], *names: str) -> tuple[str, ...]:
    return tuple(cell for name in names for cell in aliases[name])


_GOOGLE, _META, _TIKTOK = google_ads.ALIASES, meta_ads.ALIASES, tiktok_ads.ALIASES

SIGNATURES = (
    Signature(
        "shopify_orders",
        "orders",
        "a Shopify orders export",
        (("name",), ("financial status",), ("created at", "paid at"), ("total", "lineitem name")),
        ("lineitem name", "lineitem price", "email", "currency", "subtotal", "fulfillment status"),
    ),
    Signature(
        "customers",
        "customers",
        "a Shopify customers export",
        (("email",), ("total spent",), ("total orders", "orders count")),
        ("customer id", "first name", "accepts email marketing", "accepts marketing",
         "accepts sms marketing", "tax exempt"),
    ),
    Signature(
        "meta_ads",
        "spend",
        "a Meta Ads Manager export",
        (_META["spend"],
         (*_of(_META, "campaign", "adset", "ad", "date", "starts"), "campaign id", "account name")),
        ("reporting starts", "reporting ends", "attribution setting", "campaign name",
         "impressions",
         "results", "reach", "ad set name", "berichtsstart", "début des rapports"),
    ),
    Signature(
        "tiktok_ads",
        "spend",
        "a TikTok Ads Manager export",
        (_TIKTOK["spend"],
         ("by day", "by week", "by month", "ad group name", "stat_time_day", "clicks (destination)",
          "cpc (destination)", "ctr (destination)")),
        ("campaign name", "ad group name", "by day", "clicks (destination)", "impressions", "cpm",
         "video views", "currency"),
        ("campaign", "channel", "attribution_model"),
    ),
    Signature(
        "google_ads",
        "spend",
        "a Google Ads report",
        (_GOOGLE["campaign"], _GOOGLE["spend"]),
        (*_of(_GOOGLE, "date", "week", "month", "impressions", "clicks", "campaign_id"),
         "currency code", "währungscode", "code de devise", "avg. cpc", "ctr", "campaign type",
         "campaign status", "campaign state", "conversions", "conv. value"),
        ("channel", "by day", "ad group name", "clicks (destination)", "attribution_model"),
    ),
    Signature(
        "northbeam",
        "attributed",
        "a Northbeam export",
        (northbeam.ALIASES["model"],
         northbeam.ALIASES["window"],
         northbeam.ALIASES["mode"]),
        ("breakdown_platform_northbeam", "spend", "date", "attributed_rev", "rev", "campaign_name"),
    ),
    Signature(
        "ga4",
        "channels",
        "a GA4 report by transaction",
        (ga4.ALIASES["order_id"], ga4.ALIASES["channel"]),
        ("purchase revenue", "total revenue", "transactions", "date", "quantity"),
    ),
    Signature(
        "ga4",
        "attributed",
        "a GA4 report by channel",
        (ga4.ALIASES["channel"],
         (*_of(ga4.ALIASES, "revenue", "transactions", "new_customers"), "sessions", "total users",
          "active users", "new users", "key events", "event count")),
        ("sessions", "engaged sessions", "total revenue", "new users", "key events", "event count",
         "purchase revenue", "transactions", "ecommerce purchases"),
        ga4.ALIASES["order_id"],
    ),
    Signature(
        "klaviyo_profiles",
        "profiles",
        "a Klaviyo profile export",
        (("email", "email address"),
         ("klaviyo id", "email marketing consent", "predicted customer lifetime value",
          "email suppressions", "profile created on")),
        ("klaviyo id", "email marketing consent", "first active", "last active", "source",
         "date added", "profile created on", "email suppressions", "last open",
         *_of(klaviyo.ALIASES, "predicted_clv", "historic_clv", "predicted_orders")),
    ),
    Signature(
        "klaviyo_flows",
        "flows",
        "a Klaviyo flow performance export",
        (("flow name", "flow id"), ("day", "date"), ("delivered", *_of(klaviyo_sends.FLOW_ALIASES,
                                                                       "delivered"))),
        ("flow message name", "flow message id", "unique opens", "open rate", "placed order",
         "revenue", "unsub rate", "status"),
    ),
    Signature(
        "klaviyo_campaigns",
        "campaigns",
        "a Klaviyo campaign performance export",
        (("campaign name",), ("send time", "send date"), ("total recipients",
                                                          "successful deliveries", "delivered")),
        ("campaign id", "subject", "list", "unique opens", "open rate", "unique placed order",
         "spam complaints", "campaign channel"),
    ),
    Signature(
        "experiments",
        "experiments",
        "an experiment backlog",
        (("title", "experiment", "experiment name", "test name", "idea"),
         ("hypothesis", "mde", "primary_metric", "primary metric", "ease", "effort_days",
          "baseline_rate")),
        ("id", "hypothesis", "mde", "impact", "confidence", "ease", "weekly_traffic", "status",
         "surface", "primary_metric", "effort_days"),
    ),
    Signature(
        "test_results",
        "test_results",
        "results of finished experiments",
        (("arm", *test_results.ALIASES["arm"]), ("exposed", *test_results.ALIASES["exposed"]),
         ("converted", "conversions")),
        ("id", "arm", "exposed", "converted", "value_90d_mean", "value_90d_sd", "started",
         "ended"),
        ("order_id", "order id", "customer_id", "customer id", "spend", "cost"),
    ),
    Signature(
        "spend",
        "spend",
        "a table of spend by channel",
        (("channel", *spend.ALIASES["channel"]), ("spend", "cost", "amount spent", "ad spend"),
         ("date", "day", "week", "month", "start", "start date")),
        ("channel", "spend", "date", "impressions", "clicks", "conversions", "currency",
         "conversion_value", "new_customers"),
        ("order_id", "order id", "customer_id", "customer id", "attribution_model"),
    ),
    Signature(
        "order_channels",
        "channels",
        "a map of orders to channels",
        (("order_name", "order name", "order_id", "order id", "order", "email", "name"),
         ("channel", "source", "how did you hear about us?")),
        ("order_name", "order_id", "channel", "campaign"),
        ("revenue", "total", "amount", "spend", "cost", "klaviyo id", "email marketing consent",
         "customer_id", "ordered_at", "financial status", "flow name", "net_revenue",
         "attribution_model", "first name", "price"),
    ),
    Signature(
        "products",
        "products",
        "a list of products",
        (("sku", "name", "product", "product name", "title", "variant sku", "key", "handle"),
         ("category", "product category", "product type", "type", "unit_cost", "unit cost",
          "cost per item", "cost")),
        ("sku", "category", "unit_cost", "cost per item", "name", "product type", "variant sku"),
        ("order_id", "order id", "customer_id", "email", "date", "day", "channel", "campaign",
         "campaign name", "hypothesis", "ordered_at", "created at", "spend"),
    ),
)  # fmt: skip
"""Every format that a header tells, the more particular first."""


def best_signature(header: Iterable[str]) -> tuple[float, Signature | None]:
    """Return the format that a header fits best, with its confidence; 0 and None for none."""
    cells = list(header)
    ranked = [(signature.confidence(cells), signature) for signature in SIGNATURES]
    confidence, signature = max(ranked, key=lambda pair: pair[0])
    return (confidence, signature) if confidence else (0.0, None)


def confidence_in(form: str, header: Iterable[str]) -> float:
    """Return how surely a header is of one format."""
    cells = list(header)
    return max((one.confidence(cells) for one in SIGNATURES if one.format == form), default=0.0)

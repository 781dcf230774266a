"""A list is made for the tools that a brand uses, and for no other."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from workbench.decisions.audience_settings import AudienceSettings
from workbench.decisions.tools import FOLDERS, unused_tools
from workbench.errors import InputError
from workbench.sources.frames import empty

AS_OF = date(2026, 6, 30)


def spend(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["date", "platform", "channel", "spend"])
    return table.assign(date=pd.to_datetime(table["date"], format="ISO8601"))


def exports(**given) -> SimpleNamespace:
    names = ("spend", "attributed", "orders", "profiles", "flows", "campaigns")
    return SimpleNamespace(**{name: empty(name) for name in names} | {"stack": {}} | given)


def used(**given) -> set[str]:
    return set(FOLDERS) - set(unused_tools(exports(**given), AS_OF))


def test_a_platform_is_used_if_money_went_to_it_within_the_year():
    rows = spend(
        ("2026-06-30 12:00", "Meta Ads", "Paid Social", 10.0),  # renamed by the brand's rules
        ("2025-06-30", "TikTok Ads", "TikTok Ads", 50.0),  # a year and a day ago
        ("2026-07-01", "TikTok Ads", "TikTok Ads", 50.0),  # after the as-of date
        ("2026-01-01", "Google Ads", "Google Ads", 0.0),
        ("2026-01-01", "influencers", "Influencers", 90.0),
    )
    assert used(spend=rows) == {"Meta Ads"}
    assert used(spend=rows.assign(date=pd.Timestamp("2025-07-01"))) == {"Meta Ads", "TikTok Ads"}
    by_tool = rows.rename(columns={"platform": "tool"})
    assert used(attributed=by_tool.assign(channel="Google Ads")) == {"Google Ads"}


def test_orders_are_asked_only_without_any_spend():
    orders = pd.DataFrame(
        {
            "day": pd.to_datetime(["2026-06-01", "2024-06-01", "2026-06-01"]),
            "channel": ["Google Ads", "Meta Ads", None],
        }
    )
    assert used(orders=orders) == {"Google Ads"}
    assert used(orders=orders, spend=spend(("2026-06-01", "", "Radio", 9.0))) == set()
    why = unused_tools(exports(orders=orders), AS_OF)["TikTok Ads"]
    assert why.startswith("TikTok Ads is not used: no order in the year to 2026-06-30")


@pytest.mark.parametrize("name", ["profiles", "flows", "campaigns"])
def test_klaviyo_is_used_if_it_exported_something(name):
    assert used(**{name: pd.DataFrame({"x": [1]})}) == {"Klaviyo"}


def test_the_stack_may_say_that_e_mail_flows_run():
    assert used(stack={"flow_welcome": {"state": "basic"}}) == {"Klaviyo"}
    assert used(stack={"flow_welcome": {"state": "absent"}, "consent": {"state": "live"}}) == set()
    assert used(stack={"flow_welcome": {"owner": "Ana"}}) == set()


def test_what_brand_yaml_names_decides_alone():
    rows = spend(("2026-06-30", "Meta Ads", "Meta Ads", 10.0))
    found = unused_tools(exports(spend=rows), AS_OF, ("TikTok Ads",))
    assert list(found) == ["Klaviyo", "Meta Ads", "Google Ads"]
    with pytest.raises(InputError, match="Pinterest"):
        AudienceSettings(tools=("Pinterest", "Klaviyo"))

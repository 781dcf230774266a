from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.reading import count, order, read
from tests.sources.shopify_rows import ORDER, text
from workbench.errors import SourceError
from workbench.sources.channel_names import map_channels, name_channels
from workbench.sources.channels import (
    PRECEDENCE,
    from_landing,
    from_names,
    from_notes,
    from_patterns,
    one_spelling,
    resolve,
)


def column(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype="str")


def named(source, medium=None, via="utm", **rules: str) -> str | None:
    rules = {key.replace("__", " "): value for key, value in rules.items()}
    got = name_channels(column(source), column(medium), column(via), rules).iloc[0]
    return None if pd.isna(got) else got


@pytest.mark.parametrize(
    ("source", "medium", "via", "channel"),
    [
        ("facebook", "cpc", "utm", "Meta Ads"),
        ("FB", None, "utm", "Meta Ads"),
        ("ig", "paid-social", "utm", "Meta Ads"),
        ("msg", "paid", "utm", "Meta Ads"),
        ("instagram", "bio", "utm", "Organic Social"),
        ("https://l.instagram.com/x", None, "referrer", "Organic Social"),
        ("google", "cpc", "utm", "Google Ads"),
        ("google", "organic", "utm", "Organic Search"),
        ("www.google.co.uk", None, "referrer", "Organic Search"),
        ("tiktok", "cpc", "click", "TikTok Ads"),
        ("klaviyo", "email", "utm", "Email"),
        ("spring-sale", "E-Mail", "utm", "Email"),
        ("postscript", "sms", "utm", "SMS"),
        ("sarah", "influencer", "utm", "Influencers"),
        ("(direct)", "(none)", "utm", "Direct"),
        ("blog.example.org", None, "referrer", "Referral"),
        ("my_podcast", "audio", "utm", "My Podcast"),
        ("google_cpc", None, "name", "Google Ads"),
        ("google / organic", None, "name", "Organic Search"),
        ("(direct) / (none)", None, "name", "Direct"),
        ("Meta Ads", None, "name", "Meta Ads"),
        ("United Kingdom", None, "name", "United Kingdom"),
        ("TT", None, "name", "TT"),  # Trinidad and Tobago
        ("Signup form", None, "profile", None),
        ("Facebook", None, "profile", "Meta Ads"),
        ("(not set)", None, "utm", None),
        ("{{site_source_name}}", None, "utm", None),
        (None, None, "utm", None),
    ],
)
def test_customary_names(source, medium, via, channel):
    assert named(source, medium, via) == channel


def test_the_brands_rules_come_first_and_ignore_case():
    assert named("Google", "CPC", google_cpc="Search") == "Search"
    assert named("google", "organic", google_cpc="Search") == "Organic Search"
    assert named("Facebook", "cpc", facebook="Paid Social") == "Paid Social"
    assert named("https://m.facebook.com/", via="referrer", facebook="Paid Social") == "Paid Social"
    assert named("blog-x", "email", email="Klaviyo") == "Klaviyo"
    assert named("Tea Podcast", tea__podcast="Podcasts") == "Podcasts"
    rules = {"prospecting": "Meta Prospecting"}
    assert map_channels(column(" Prospecting ", "other"), rules).tolist()[0] == "Meta Prospecting"
    assert map_channels(column("other"), rules).isna().all()


LANDING = [
    (
        "/p?utm_source=facebook&utm_medium=cpc&utm_campaign=A%20B+c",
        None,
        "Meta Ads",
        "high",
        "A B c",
    ),
    ("https://s.example/?UTM_Source=fb#utm_source=no", None, "Meta Ads", "high", None),
    ("/?gclid=1&utm_campaign=x", "https://t.co/1", "Google Ads", "high", "x"),
    ("/?wbraid=1", None, "Google Ads", "high", None),
    ("/?ttclid=1", None, "TikTok Ads", "high", None),
    ("/?msclkid=1", None, "Microsoft Ads", "high", None),
    ("/?fbclid=1", None, "Meta Ads", "medium", None),
    ("/?utm_source=%7B%7Bsite%7D%7D&gclid=1", None, "Google Ads", "high", None),
    ("/?my_utm_source=no", "https://duckduckgo.com/", "Organic Search", "low", None),
    ("/?utm_source=", "https://blog.example.org/?utm_source=no", "Referral", "low", None),
    (None, None, "Unknown", "none", None),
]


@pytest.mark.parametrize(("landing", "referrer", "channel", "confidence", "campaign"), LANDING)
def test_landing_pages(landing, referrer, channel, confidence, campaign):
    got = resolve([("landing", from_landing(column(landing), column(referrer)))], {}).iloc[0]
    assert (got["channel"], got["channel_confidence"]) == (channel, confidence)
    assert got["campaign"] == campaign or (campaign is None and pd.isna(got["campaign"]))


@pytest.mark.parametrize(
    ("note", "channel"),
    [
        ("gift: yes\nutm_source: facebook\nutm_medium: cpc", "Meta Ads"),
        ("UTM_SOURCE = tiktok\r\nUTM_MEDIUM = cpc", "TikTok Ads"),
        ("utm_source:\nutm_medium: email", "Email"),
        ("landing_page: https://s.example/?utm_source=google&utm_medium=cpc", "Google Ads"),
        ("referrer: https://www.bing.com/search", "Organic Search"),
        ("gclid: abc", "Google Ads"),
        ("message: my utm_source: nobody", "Unknown"),
        (None, "Unknown"),
    ],
)
def test_note_attributes(note, channel):
    assert resolve([("note", from_notes(column(note)))], {})["channel"].tolist() == [channel]


def test_tags_fit_whole_and_codes_by_prefix():
    tags = column("vip, TikTok-spring", "not vip", "VIP ", None, "a+b (c)")
    rules = {"tiktok*": "TikTok Ads", "vip|a+b (c)": "Club"}
    got = from_patterns(tags, rules, prefix=False, confidence="medium")["source"]
    assert got.fillna("-").tolist() == ["TikTok Ads", "-", "Club", "-", "Club"]
    codes = column("SARAH10", "WELCOME, sarah-x", "XSARAH")
    got = from_patterns(codes, {"Sarah": "Influencers"}, prefix=True, confidence="medium")["source"]
    assert got.fillna("-").tolist() == ["Influencers", "Influencers", "-"]


@given(st.sets(st.sampled_from(PRECEDENCE[:-1]), min_size=1), st.randoms())
def test_the_best_source_wins_in_any_order(origins, random):
    signals = [
        (origin, from_names(column(f"From {origin}"), confidence="low")) for origin in origins
    ]
    random.shuffle(signals)
    got = resolve(signals, {}).iloc[0]
    best = min(origins, key=PRECEDENCE.index)
    assert (got["channel"], got["channel_source"]) == (f"From {best}", best)


def test_the_order_of_precedence_is_the_documented_one():
    told = ["order_map", "journey", "landing", "note", "tag", "discount_code", "survey", "profile",
            "ga4", "unknown"]  # fmt: skip
    assert [origin for origin in PRECEDENCE if origin != "column"] == told


def test_spellings_that_differ_in_case_become_the_commonest():
    names = ["Podcast", "podcast", "podcast", "TV", "tv"]
    for some in itertools.permutations(names):
        got = one_spelling(column(*some))
        assert sorted(got) == ["TV", "TV", "podcast", "podcast", "podcast"]


def shop(small_brand, rows, files, channels, **changes):
    sources = {"orders": {"format": "shopify_orders", "path": "export.csv"}, "channels": channels}
    return small_brand(files={"export.csv": text(rows), **files}, sources=sources, **changes)


def rows(*notes: str | None) -> list[dict[str, str]]:
    return [
        {**ORDER, "Name": f"#{n}", "Id": f"90{n}", "Email": f"p{n}@example.org",
         "Note Attributes": note or ""}
        for n, note in enumerate(notes, 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "key"),
    [("order_name", "#1"), ("Order Name", "1"), ("order_id", "901"), ("Email", "P1@Example.org")],
)
def test_an_order_map_beats_what_the_shop_saw(small_brand, header, key):
    ghost = "ghost@example.org" if "@" in key else "ghost"
    files = {"map.csv": f"{header},Channel,Campaign\n{key},influencer x,May\n{ghost},tv,\n"}
    spec = [{"format": "order_channels", "path": "map.csv"}]
    exports = read(shop(small_brand, rows("utm_source: fb", None), files, spec))
    got = order(exports, "901")
    fields = ("channel", "channel_source", "channel_confidence", "campaign")
    assert [got[name] for name in fields] == [
        "influencer x", "order_map", "high", "May",
    ]  # fmt: skip
    assert order(exports, "902")["channel"] == "Unknown"
    assert count(exports, "no order export holds") == 1
    assert count(exports, "without a known channel") == 1


def test_a_survey_and_ga4_only_fill_what_is_unknown(small_brand):
    files = {
        "survey.csv": "order_name,answer\n#1,Podcast\n#2,Podcast\n",
        "ga4.csv": "# Report\n# Start date: 20250101\n# End date: 20251231\n\n"
        "Transaction ID,Session source / medium,Purchase revenue\n"
        "#2,google / cpc,5\n#3,google / cpc,5\n",
    }
    spec = [
        {"format": "order_channels", "path": "survey.csv", "options": {"kind": "survey"}},
        {"format": "ga4", "path": "ga4.csv"},
    ]
    exports = read(shop(small_brand, rows("utm_source: fb", None, None, None), files, spec))
    got = exports.orders.set_index("order_id")[["channel", "channel_source"]].to_numpy().tolist()
    assert got == [
        ["Meta Ads", "note"], ["Podcast", "survey"], ["Google Ads", "ga4"], ["Unknown", "unknown"],
    ]  # fmt: skip


def test_profile_sources_come_last_but_one_and_only_where_known(small_brand):
    told = enumerate(["Facebook", "Signup form", "Facebook"], 1)
    profiles = "Email,Source\n" + "".join(f"p{n}@example.org,{source}\n" for n, source in told)
    spec = {"orders": {"format": "shopify_orders", "path": "export.csv"},
            "profiles": {"format": "klaviyo_profiles", "path": "p.csv"}}  # fmt: skip
    orders = text(rows("utm_source: tiktok", None, None))
    exports = read(small_brand(files={"export.csv": orders, "p.csv": profiles}, sources=spec))
    got = exports.orders.set_index("order_id")[["channel", "channel_source"]].to_numpy().tolist()
    assert got == [["TikTok Ads", "note"], ["Unknown", "unknown"], ["Meta Ads", "profile"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("order_name,x\n1,2\n", "'channel' is missing"),
        ("channel,x\na,b\n", "which order a channel"),
    ],
)
def test_order_maps_that_cannot_be_used_say_why(small_brand, content, words):
    spec = [{"format": "order_channels", "path": "map.csv"}]
    with pytest.raises(SourceError, match=words):
        read(shop(small_brand, rows(None), {"map.csv": content}, spec))


def test_an_order_told_twice_counts_its_first_row(small_brand):
    files = {"map.csv": "order_name,channel\n#1,TV\n#1,Radio\n,Print\n"}
    spec = [{"format": "order_channels", "path": "map.csv"}]
    exports = read(shop(small_brand, rows(None), files, spec))
    assert exports.orders["channel"].tolist() == ["TV"]
    assert count(exports, "orders with several channels") == 1
    assert count(exports, "rows without order or channel") == 1


def test_hostile_sources_stay_plain_text(small_brand):
    note = "utm_source: <script>alert(1)</script>\nutm_campaign: =cmd|' /C calc'!A0"
    spec: list[dict[str, str]] = []
    got = order(read(shop(small_brand, rows(note), {}, spec)), "901")
    assert got["channel"] == "<Script>Alert(1)</Script>"
    assert got["campaign"].startswith("=cmd")

from __future__ import annotations

from itertools import pairwise

import pytest

from workbench.plots import channel_styles, theme
from workbench.plots.spectrum import STATES
from workbench.plots.tiles import Scale

KNOWN = ["Meta Ads", "Google Ads", "TikTok Ads", "Email", "Organic Search", "Direct", "Affiliates"]


def test_contrast_agrees_with_published_pairs() -> None:
    assert theme.contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert theme.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_marks_reach_three_to_one_and_texts_four_and_a_half() -> None:
    styles = channel_styles([*KNOWN, "Unknown", *(f"Channel {i}" for i in range(20))])
    assert all(theme.contrast(s.colour, theme.PAPER) >= 3 for s in styles.values())
    for text in (theme.INK, theme.MUTED, theme.WARM, theme.GOOD):
        assert theme.contrast(text, theme.PAPER) >= 4.5
    assert all(theme.contrast(state.colour, theme.PAPER) >= 4.5 for state in STATES.values())


@pytest.mark.parametrize("scale", [Scale(0.0, 1.0), Scale(-1.0, 1.0)])
def test_numbers_on_tiles_are_readable(scale: Scale) -> None:
    for i in range(101):
        value = scale.low + (scale.high - scale.low) * i / 100
        assert theme.contrast(scale.ink(value), scale.colour(value)) >= 4.5


def test_a_scale_gets_darker_away_from_its_light_end() -> None:
    white = [theme.contrast(Scale(0.0, 1.0).colour(i / 20), theme.PAPER) for i in range(21)]
    assert all(a < b for a, b in pairwise(white))


def test_known_channels_keep_their_style_in_every_brand() -> None:
    alone = channel_styles(["Meta Ads"])
    among = channel_styles(["Zine", "Meta Ads", "Ambassadors", "Email"])
    assert alone["Meta Ads"] == among["Meta Ads"]


def test_styles_do_not_depend_on_order_or_repetition() -> None:
    names = ["Radio", "Zine", "Meta Ads", "Podcast"]
    assert channel_styles(names) == channel_styles([*reversed(names), *names])


def test_forty_channels_differ_in_colour_or_symbol() -> None:
    styles = channel_styles([*KNOWN, *(f"Country {i}" for i in range(33))])
    assert len({(s.colour, s.symbol) for s in styles.values()}) == 40


def test_more_channels_than_styles_still_get_one() -> None:
    assert len(channel_styles(str(i) for i in range(130))) == 130


def test_an_unlisted_channel_looks_like_unknown() -> None:
    assert (
        theme.style_of("New", channel_styles(["Email"])) == channel_styles(["Unknown"])["Unknown"]
    )

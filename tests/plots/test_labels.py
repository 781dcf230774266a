from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from workbench.plots import labels

WIDTH, HEIGHT = 290.0, 416.0


def boxes(points, texts, spots):
    return [
        labels._box(x, y, labels.CHARACTER * len(text), spot)
        for (x, y), text, spot in zip(points, texts, spots, strict=True)
    ]


def test_six_close_channels_do_not_cover_each_other() -> None:
    points = [(120 + 9 * i, 200 + 6 * i) for i in range(6)]
    texts = ["Meta Ads", "Google Ads", "TikTok Ads", "Affiliates", "Email", "Direct"]
    spots = labels.place_labels(points, texts, width=WIDTH, height=HEIGHT)
    placed = boxes(points, texts, spots)
    assert all(labels._overlap(a, b) == 0 for a, b in combinations(placed, 2))


@given(
    st.lists(
        st.tuples(st.floats(20, WIDTH - 20), st.floats(20, HEIGHT - 20)), min_size=1, max_size=12
    )
)
def test_labels_stay_inside_the_plot(points: list[tuple[float, float]]) -> None:
    texts = ["Google Ads"] * len(points)
    spots = labels.place_labels(points, texts, width=WIDTH, height=HEIGHT)
    for left, low, right, high in boxes(points, texts, spots):
        assert left >= -10
        assert right <= WIDTH + 10
        assert low >= -10
        assert high <= HEIGHT + 10


def test_labels_apart_on_a_phone_stay_apart_on_a_desktop() -> None:
    points = [(60.0, 100.0), (75.0, 104.0), (90.0, 96.0), (240.0, 300.0)]
    texts = ["Meta Ads", "Google Ads", "TikTok Ads", "Affiliates"]
    spots = labels.place_labels(points, texts, width=WIDTH, height=HEIGHT)
    wide = [(x * 3, y) for x, y in points]
    assert all(labels._overlap(a, b) == 0 for a, b in combinations(boxes(wide, texts, spots), 2))

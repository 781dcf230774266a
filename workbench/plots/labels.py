"""Where to write names beside points so that they do not cover each other on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

LINE, CHARACTER, MARKER = 15.0, 6.6, 8.0


@dataclass(frozen=True)
class Spot:
    """Place of a label: pixels right of and above its point, and the side it hangs on."""

    dx: float
    dy: float
    anchor: str

    @property
    def far(self) -> bool:
        """Whether a thin line should join the label to its point."""
        return abs(self.dy) > 17 and self.dx != 0


def _spots() -> list[Spot]:
    near = [Spot(10, 0, "left"), Spot(-10, 0, "right")]
    over = [Spot(0, 17, "center"), Spot(0, -17, "center")]
    rises = [sign * rise for rise in (18, 34, 52, 72, 94) for sign in (1, -1)]
    return [*near, *over, *(Spot(d, r, a) for r, (d, a) in product(rises, _SIDES))]


_SIDES = ((14, "left"), (-14, "right"))
_CANDIDATES = _spots()

Box = tuple[float, float, float, float]


def _box(x: float, y: float, width: float, spot: Spot) -> Box:
    start = {"left": 0.0, "right": -width, "center": -width / 2}[spot.anchor]
    left, middle = x + spot.dx + start, y + spot.dy
    return (left, middle - LINE / 2, left + width, middle + LINE / 2)


def _overlap(a: Box, b: Box) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def place_labels(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    *,
    width: float,
    height: float,
    bars: Sequence[tuple[float, float]] = (),
) -> list[Spot]:
    """Choose a spot per point, greedily, where labels, markers, bars and edges are in the way.

    Parameters
    ----------
    points
        Pixel positions from the lower left corner of a plot area of `width` x `height` pixels.
        Take the narrowest width to be served: on a wider one the points only move apart.
    texts
        What is written; one line each.
    bars
        Lower and upper end, in pixels, of the upright interval through each point.

    Returns
    -------
    list of Spot
        In the order of `points`.
    """
    blocked: list[tuple[Box, float]] = [
        ((x - MARKER, y - MARKER, x + MARKER, y + MARKER), 4.0) for x, y in points
    ]
    blocked += [
        ((x - 2, low, x + 2, high), 3.0) for (x, _), (low, high) in zip(points, bars, strict=False)
    ]
    spots: list[Spot] = []
    for (x, y), text in zip(points, texts, strict=True):
        length = CHARACTER * len(text)

        def cost(spot: Spot, x: float = x, y: float = y, length: float = length) -> float:
            box = _box(x, y, length, spot)
            outside = max(0.0, -box[0]) + max(0.0, box[2] - width)
            outside += max(0.0, -box[1]) + max(0.0, box[3] - height)
            covered = sum(weight * _overlap(box, other) for other, weight in blocked)
            return covered + 40 * outside + abs(spot.dy) + (8 if spot.anchor == "right" else 0)

        best = min(_CANDIDATES, key=cost)
        spots.append(best)
        blocked.append((_box(x, y, length, best), 6.0))
    return spots

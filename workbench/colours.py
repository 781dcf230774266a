"""Colours that can be read: contrast as the Web Content Accessibility Guidelines compute it."""

from __future__ import annotations

__all__ = ["READABLE", "channels_of", "contrast", "readable_on"]

READABLE = 4.5
"""Least contrast of text to its ground (WCAG 2.2, level AA)."""


def channels_of(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of `#RRGGBB`, 0 to 255."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as the Web Content Accessibility Guidelines do."""

    def luminance(colour: str) -> float:
        parts = (part / 255 for part in channels_of(colour))
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(colour: str, grounds: tuple[str, ...]) -> str:
    """Return a colour, mixed with white until it can be read on every one of dark `grounds`."""
    mixed = colour
    for step in range(101):
        parts = (round(part + (255 - part) * step / 100) for part in channels_of(colour))
        mixed = "#{:02X}{:02X}{:02X}".format(*parts)
        if all(contrast(mixed, ground) >= READABLE for ground in grounds):
            break
    return mixed

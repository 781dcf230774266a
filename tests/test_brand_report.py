"""The look of a report: a logo that does nothing, colours that can be read, a known locale."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SmallBrand
from workbench.brand import load_brand
from workbench.brand_report import GROUNDS, LOGO_BYTES
from workbench.colours import READABLE, contrast, readable_on
from workbench.errors import BrandError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9" {}/>{}</svg>'


def with_logo(small_brand: SmallBrand, name: str, body: bytes | str) -> Path:
    home = small_brand(report={"logo": name})
    (home / name).write_bytes(body if isinstance(body, bytes) else body.encode())
    return home


def test_a_brand_without_the_section_keeps_the_house_style(small_brand: SmallBrand) -> None:
    brand = load_brand(small_brand())
    assert (brand.logo, brand.report.locale, brand.report.colours.accent) == (None, "en_US", None)


def test_a_logo_becomes_a_data_uri(small_brand: SmallBrand) -> None:
    body = b"\x89PNG\r\n\x1a\n" + zlib.compress(b"x")
    uri = load_brand(with_logo(small_brand, "logo.png", body)).logo
    assert uri is not None
    head, _, tail = uri.partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(tail) == body
    plain = SVG.format('fill="url(#g)"', '<use href="#a"/>')
    assert load_brand(with_logo(small_brand, "logo.svg", plain)).logo


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("logo.gif", b"GIF89a", "is no image"),
        ("logo.png", b"<svg/>", "is no PNG inside"),
        ("logo.jpg", b"\x89PNG\r\n\x1a\n", "is no JPEG inside"),
        ("logo.png", b"\x89PNG\r\n\x1a\n" + bytes(LOGO_BYTES), "at most 200,000"),
        ("logo.svg", "<svg", "cannot be read"),
        ("logo.svg", "<html/>", "is no SVG inside"),
        ("logo.svg", '<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "document type"),
        ("logo.svg", '<!DOCTYPE svg><svg onload="x()"/>'.encode("utf-16"), "not UTF-8"),
        ("logo.svg", SVG.format("", "<script>alert(1)</script>"), "<script>"),
        ("logo.svg", SVG.format("", "<foreignObject/>"), "<foreignobject>"),
        ("logo.svg", SVG.format('onclick="x()"', ""), "runs script"),
        ("logo.svg", SVG.format("", '<image href="https://a.example/x.png"/>'), "another file"),
        ("logo.svg", SVG.format("", '<a href="javascript:x()"/>'), "another file"),
        ("logo.svg", SVG.format("fill=\"url('https://a.example')\"", ""), "another file"),
        ("logo.svg", SVG.format("", "<style>@import 'x.css';</style>"), "another file"),
    ],
)
def test_a_logo_that_could_do_anything_is_refused(
    small_brand: SmallBrand, name: str, body: bytes | str, words: str
) -> None:
    with pytest.raises(BrandError, match=r"report\.logo") as caught:
        load_brand(with_logo(small_brand, name, body))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"logo": "../secret.png"}, "outside the brand's folder"),
        ({"logo": "logo.png"}, "there is no file"),
        ({"colours": {"accent": "#FFD400"}}, "choose a darker colour"),
        ({"colours": {"accent": "005A8F"}}, "is no colour"),
        ({"colours": {"accent_dark": "#005A8F"}}, "choose a lighter colour"),
        ({"colours": {"acent": "#005A8F"}}, "did you mean 'accent'"),
        ({"locale": "de_DD"}, "did you mean 'de_DE'"),
        ({"locale": "../../etc/passwd"}, "is no locale"),
    ],
)
def test_every_problem_says_what_to_do(
    small_brand: SmallBrand, section: dict[str, object], words: str
) -> None:
    with pytest.raises(BrandError, match="report") as caught:
        load_brand(small_brand(report=section))
    assert words in str(caught.value)


def test_a_locale_is_kept_as_babel_names_it(small_brand: SmallBrand) -> None:
    assert load_brand(small_brand(report={"locale": "de-DE"})).report.locale == "de_DE"


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_any_colour_is_made_readable_on_dark_ground(parts: tuple[int, int, int]) -> None:
    made = readable_on("#{:02X}{:02X}{:02X}".format(*parts), GROUNDS["dark"])
    assert min(contrast(made, ground) for ground in GROUNDS["dark"]) >= READABLE


def test_the_grounds_are_those_of_the_page(root: Path) -> None:
    css = (root / "workbench/report/templates/report.css").read_text(encoding="utf-8")
    for paper, soft in GROUNDS.values():
        assert f"--paper: {paper}" in css
        assert f"--soft: {soft}" in css

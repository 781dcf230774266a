"""The `report` of a brand.yaml: the client's logo and colour, and how numbers are written."""

from __future__ import annotations

import base64
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

from babel import Locale
from babel.localedata import exists, locale_identifiers
from pydantic import Field, StrictStr, ValidationInfo, field_validator

from workbench.colours import READABLE, contrast
from workbench.settings import SettingsModel, setting_problem

__all__ = ["GROUNDS", "LOGO_BYTES", "ReportColours", "ReportSettings", "logo_uri"]

LOGO_BYTES = 200_000
"""Largest logo: it is embedded in the page and in the slides."""
GROUNDS = {"light": ("#FFFFFF", "#F5F7F9"), "dark": ("#14191F", "#1E262E")}
"""Grounds that text stands on, by scheme; those of templates/report.css."""

_KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
_STARTS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "handler", "set", "animate"}
_ALLOWED = "a PNG, JPEG or SVG without script"


def _readable(colour: str, scheme: str) -> str:
    if not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
        raise setting_problem(
            f"{colour!r} is no colour", allowed="six hexadecimal digits, e.g. '#005A8F', in quotes"
        )
    least = min(contrast(colour, ground) for ground in GROUNDS[scheme])
    if least < READABLE:
        way = "darker" if scheme == "light" else "lighter"
        raise setting_problem(
            f"text in {colour} has a contrast of {least:.1f} to 1 on a {scheme} page",
            allowed=f"{READABLE} to 1 or more",
            todo=f"choose a {way} colour",
        )
    return colour.upper()


class ReportColours(SettingsModel):
    """Colours of the client: of headings, links and rules; figures keep their own."""

    accent: StrictStr | None = None
    accent_dark: StrictStr | None = None

    @field_validator("accent")
    @classmethod
    def _on_light(cls, colour: str | None) -> str | None:
        return None if colour is None else _readable(colour, "light")

    @field_validator("accent_dark")
    @classmethod
    def _on_dark(cls, colour: str | None) -> str | None:
        return None if colour is None else _readable(colour, "dark")


class ReportSettings(SettingsModel):
    """How the report of a brand looks and writes its numbers."""

    logo: Annotated[StrictStr, Field(min_length=1)] | None = None
    colours: ReportColours = Field(default_factory=ReportColours)
    locale: StrictStr = "en_US"

    @field_validator("logo")
    @classmethod
    def _can_be_shown(cls, name: str | None, info: ValidationInfo) -> str | None:
        folder = (info.context or {}).get("folder")
        if name is not None and folder is not None:
            path = (Path(folder) / name).resolve()
            if not path.is_relative_to(Path(folder).resolve()):
                raise setting_problem(
                    f"{name!r} lies outside the brand's folder", todo="copy the file into it"
                )
            logo_uri(path)
        return name

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, name: str) -> str:
        known = name.replace("-", "_")
        if not re.fullmatch("[A-Za-z_]+", known) or not exists(known):
            close = get_close_matches(known, locale_identifiers(), n=1)
            raise setting_problem(
                f"{name!r} is no locale",
                allowed="language and country, e.g. en_US, en_GB, de_DE, fr_FR",
                todo=f"did you mean {close[0]!r}?" if close else "",
            )
        return str(Locale.parse(known))


def logo_uri(path: Path) -> str:
    """Return a logo as a data URI.

    Raises
    ------
    PydanticCustomError
        If the file is missing, too large, no image of a kind that browsers show, or an SVG that
        runs script or loads anything: a client's page stays one file that does nothing.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise setting_problem(f"{path.name!r} is no image", allowed=_ALLOWED)
    if not path.is_file():
        raise setting_problem(f"there is no file {path.name!r}", todo="check the name")
    size = path.stat().st_size
    if size > LOGO_BYTES:
        raise setting_problem(
            f"{path.name!r} holds {size:,} bytes",
            allowed=f"at most {LOGO_BYTES:,}",
            todo="save it smaller; 400 pixels wide are enough",
        )
    body = path.read_bytes()
    if kind == "image/svg+xml":
        _check_svg(path.name, body)
    elif not body.startswith(_STARTS[kind]):
        raise setting_problem(
            f"{path.name!r} is no {kind.partition('/')[2].upper()} inside", allowed=_ALLOWED
        )
    return f"data:{kind};base64,{base64.b64encode(body).decode('ascii')}"


def _check_svg(name: str, body: bytes) -> None:
    def refused(why: str) -> Exception:
        return setting_problem(
            f"{name!r} {why}", allowed=_ALLOWED, todo="export it as plain SVG, or as PNG"
        )

    if b"\0" in body:  # UTF-16 would hide from the next line what it looks for
        raise refused("is not UTF-8")
    if b"<!doctype" in body.lower() or b"<!entity" in body.lower():  # before any parser sees it
        raise refused("declares a document type")
    try:
        root = ET.fromstring(body)  # noqa: S314 - entities were refused above
    except ET.ParseError:
        raise refused("cannot be read as SVG") from None
    if _local(root.tag) != "svg":
        raise refused("is no SVG inside")
    for element in root.iter():
        if _local(element.tag) in _ACTIVE:
            raise refused(f"holds <{_local(element.tag)}>")
        for key, value in element.attrib.items():
            if _local(key).startswith("on"):
                raise refused(f"runs script ({_local(key)})")
            if _local(key) in ("href", "src") and not value.startswith(("#", "data:image/")):
                raise refused("loads another file")
        if _loads(" ".join([element.text or "", *element.attrib.values()])):
            raise refused("loads another file")


def _loads(text: str) -> bool:
    """Tell whether CSS loads anything: an import, or a URL that is no place in the same file."""
    urls = re.findall(r"url\(\s*['\"]?([^'\")]*)", text, flags=re.IGNORECASE)
    return "@import" in text.lower() or any(not url.startswith("#") for url in urls)


def _local(name: object) -> str:
    return str(name).rpartition("}")[2].lower()

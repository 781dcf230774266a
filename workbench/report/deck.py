"""Which slides a report becomes: a cover, one slide a page, next moves, figures that fit.

A slide says what its page says, in fewer words: an action title of at most 14, a body of at most
40 and one figure. Nothing is lost: what a slide leaves out stands in its speaker notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.report.document import Figure, Page, Report, Sentence, Tile
from workbench.report.facts import known
from workbench.report.headlines import MOST_WORDS, STEPS, headline, short, words
from workbench.report.lexicon import money_range
from workbench.report.prose import Voice
from workbench.report.wording import SHAPES

__all__ = ["AREA", "BODY_WORDS", "FEWEST", "MOST", "WIDE", "Point", "Slide", "deck", "scale_of"]

FEWEST, MOST = 10, 14
"""Slides of a deck."""
BODY_WORDS = 40
ROWS = 7
"""Rows of a list at most; the notes hold them all."""
ACTIONS = 5
"""Actions of the plan, each with its worth and interval on two lines."""
AREA, WIDE = (800, 340), (1152, 420)
"""Width and height that a slide of 1280 x 720 has for a plot, beside a text and alone, px."""
SMALLEST, LARGEST = 0.75, 1.45
"""Factors by which a plot may be scaled: smaller cannot be read from a chair, larger is loud."""
CLAUSES = ("history", "tracking", "capabilities")
"""Figures whose title may end at its first comma, colon or semicolon: what follows only adds."""


@dataclass(frozen=True)
class Point:
    """A line of a list: what stands before it, what it says, a value with its interval."""

    mark: str
    text: str
    value: str = ""
    range: str = ""
    status: str = ""


@dataclass(frozen=True)
class Slide:
    """One slide.

    Parameters
    ----------
    kind : str
        "cover" or "page".
    kicker, title : str
        Line above the title, and the action title.
    flags : tuple of (status, text)
        Warnings; none of a page is left out.
    body : tuple of str
        Whole sentences, `BODY_WORDS` words in all at most.
    lists : tuple of (heading, points)
    more : int
        Points that the lists leave out.
    notes : tuple of (heading, sentences)
        For the speaker: what was left out, how it was computed, where it comes from.
    """

    kind: str
    kicker: str
    title: str
    flags: tuple[tuple[str, str], ...] = ()
    tiles: tuple[Tile, ...] = ()
    body: tuple[str, ...] = ()
    lists: tuple[tuple[str, tuple[Point, ...]], ...] = ()
    more: int = 0
    figure: Figure | None = None
    notes: tuple[tuple[str, tuple[str, ...]], ...] = ()


def deck(report: Report) -> tuple[Slide, ...]:
    """Return the slides of a report, 10 to 14, in reading order.

    Cover and pages come first; then next moves and the method, then further figures, at most two
    a page, then the appendix, until the deck is full enough.
    """
    voice = Voice(
        str(report.meta.get("currency") or ""), float(report.meta.get("interval") or 0.90)
    )
    ranked: list[tuple[int, Slide]] = [(0, _cover(report, voice))]
    for number, page in enumerate(report.pages, 1):
        slide = _page(report, page, str(number), voice)
        ranked.append((0, slide))
        if page.moves and not _moves_alone(page):
            ranked.append((1, _moves(report, page, str(number), voice)))
        extras = _figures(report, page, str(number), slide.figure)
        ranked += [(2 + turn, extra) for turn, extra in zip((1, 2), extras, strict=False)]
    for number, page in enumerate(report.appendix, 1):
        rank = 2 if page.key == "method" else 5
        ranked.append((rank, _page(report, page, f"A{number}", voice)))
    order = sorted(range(len(ranked)), key=lambda place: (ranked[place][0], place))
    kept = [place for place in order if ranked[place][0] < 5][:MOST]
    kept += [place for place in order if ranked[place][0] == 5][: max(0, FEWEST - len(kept))]
    return tuple(ranked[place][1] for place in sorted(kept))


def scale_of(figure: Figure, area: tuple[int, int] = AREA) -> float:
    """Return the factor by which a plot fills its area; 0 where it cannot be read on a slide."""
    layout = figure.plot.get("layout", {})
    meta = layout.get("meta", {})
    height = float(layout.get("height") or 420) - float(meta.get("head") or 0)
    least = float(meta.get("min_width") or 0)
    scale = min(LARGEST, area[1] / height, area[0] / least if least else LARGEST)
    return scale if figure.plot and scale >= SMALLEST else 0.0


def _cover(report: Report, voice: Voice) -> Slide:
    first = report.pages[0]
    return Slide(
        "cover",
        "Customer value report",
        str(report.meta["brand"]),
        flags=_flags(first, voice),
        notes=(
            ("In one sentence", (first.title.text,)),
            ("Source", _sources(report, ("tables/",), "cover")),
        ),
    )


def _moves_alone(page: Page) -> bool:
    """Tell whether next moves are all that a page has, so that they need no slide of their own."""
    return not (page.lead or page.tiles or page.figures or page.cards or page.groups)


def _page(report: Report, page: Page, number: str, voice: Voice) -> Slide:
    title = headline(page.title, voice, page.kicker)
    figure = next((figure for figure in page.figures if scale_of(figure)), None)
    told = [page.title] if title == page.kicker else []
    told += page.lead
    lists, more = _lists(page, voice)
    flags = _flags(page, voice)
    if page.key == "method":
        lists = (("", tuple(Point(str(place), text) for place, text in enumerate(STEPS, 1))),)
    elif figure is None and not (lists or page.tiles) and (checks := _checks(page)):
        flags = _flags(page, voice, checks=False)
        points = [Point(status, name, status=status) for status, name in checks]
        lists, more = (("", tuple(points[:ROWS])),), len(points[ROWS:])
    if page.moves and _moves_alone(page):
        lists, more = (("Next moves", _move_points(page, voice)),), 0
    if page.tiles or lists:
        figure = None
    room = BODY_WORDS - sum(words(point.text) for _, points in lists for point in points)
    if not (told or lists or page.tiles or figure):  # a title alone would leave a slide empty
        told += page.notes
    body = tuple(_fitting([sentence.text for sentence in told], room))
    left = [sentence.text for sentence in (page.title, *page.lead) if sentence.text not in body]
    return Slide(
        "page",
        f"{number} · {page.kicker}",
        title,
        flags=flags,
        tiles=page.tiles[:6],
        body=body,
        lists=lists,
        more=more,
        figure=figure,
        notes=_notes(report, page, number, left, figure),
    )


def _moves(report: Report, page: Page, number: str, voice: Voice) -> Slide:
    points = _move_points(page, voice)
    count = len(page.moves)
    lacking = [
        what
        for what, known in (
            ("an owner", all(move.owner for move in page.moves)),
            ("a date", all(move.due for move in page.moves)),
        )
        if not known
    ]
    title = f"{count} next move{'' if count == 1 else 's'}"
    if lacking:
        title += f": {'it' if count == 1 else 'each'} needs {' and '.join(lacking)}"
    return Slide(
        "page",
        f"{number} · Next moves",
        title,
        flags=tuple(flag for flag in _flags(page, voice) if flag[0] in ("FAIL", "red")),
        lists=(("", points),),
        more=count - len(points),
        notes=_notes(report, page, number, [move.sentence.text for move in page.moves], None),
    )


def _move_points(page: Page, voice: Voice) -> tuple[Point, ...]:
    made: list[Point] = []
    for place, move in enumerate(page.moves, 1):
        text = short(move.sentence, voice)
        if made and sum(words(point.text) for point in made) + words(text) > BODY_WORDS:
            break
        who = f"Owner: {move.owner or 'to be named'} · Due: {move.due or 'to be set'}"
        made.append(Point(str(place), text, range=who))
    return tuple(made)


def _figures(report: Report, page: Page, number: str, taken: Figure | None) -> Iterator[Slide]:
    """Yield one slide for each further figure whose own title is short enough to stand above it."""
    for figure in page.figures:
        title = _figure_title(figure)
        if figure is taken or not title or not scale_of(figure, WIDE):
            continue
        yield Slide(
            "page",
            f"{number} · {page.kicker}",
            title,
            figure=figure,
            notes=_notes(report, page, number, [figure.title], figure),
        )


def _figure_title(figure: Figure) -> str:
    whole = figure.title.rstrip(".")
    if words(whole) <= MOST_WORDS:
        return whole
    if figure.key in CLAUSES:
        first = min((whole.split(sign)[0] for sign in (", ", ": ", "; ")), key=len)
        if words(first) <= MOST_WORDS:
            return first
    return ""


def _checks(page: Page) -> list[tuple[str, str]]:
    """Return status and name of the checks that a page warns of."""
    return [
        (str(flag.sentence.values["status"]), str(flag.sentence.values["check"]))
        for flag in page.flags
        if "check" in flag.sentence.values
    ]


def _flags(page: Page, voice: Voice, *, checks: bool = True) -> tuple[tuple[str, str], ...]:
    """Shorten the warnings of a page; checks of one status share a line."""
    made = [
        (flag.status, short(flag.sentence, voice))
        for flag in page.flags
        if "check" not in flag.sentence.values
    ]
    named: dict[str, list[str]] = {}
    for status, name in _checks(page) if checks else ():
        named.setdefault(status, []).append(name)
    made += [(status, f"{status}: {', '.join(names)}") for status, names in named.items()]
    return tuple(made)


def _lists(page: Page, voice: Voice) -> tuple[tuple[tuple[str, tuple[Point, ...]], ...], int]:
    """Return the lists of a page: its gaps by name, or the terms of its groups."""
    if page.cards:
        rows = []
        for card in page.cards[:ROWS]:
            value, ends = "", ""
            if card.worth:
                mean, low, high = money_range(*card.worth, voice.currency)
                value, ends = f"{mean} over 12 months", f"{low} to {high}"
            mark = f"{SHAPES.get(card.state, '')} {card.state_label}".strip()
            rows.append(Point(mark, card.title, value, ends, card.state))
        return (("", tuple(rows)),), len(page.cards) - len(rows)
    if page.key == "plan":
        return _actions(page, voice)
    groups = [
        (heading, tuple(Point("", term) for term, _ in terms[:ROWS]))
        for heading, terms in page.groups
        if page.key != "levels"  # its figure says more than four lists
    ]
    return tuple(groups), sum(
        max(0, len(terms) - ROWS) for _, terms in page.groups if page.key != "levels"
    )


def _actions(page: Page, voice: Voice) -> tuple[tuple[tuple[str, tuple[Point, ...]], ...], int]:
    """Return the first actions of the plan with their worth, as many as a slide holds."""
    table = next((table for table in page.tables if table.key == "actions"), None)
    made: list[Point] = []
    rows = table.rows if table else ()
    for row in rows[:ACTIONS]:
        about, verb = str(row[0]), str(row[1]).partition(": ")
        worth: tuple[Any, ...] = next((cell for cell in row if isinstance(cell, tuple)), ())
        if sum(words(point.text) for point in made) + words(about) > BODY_WORDS:
            break
        value, ends = "", ""
        if worth and all(map(known, worth)):
            mean, low, high = money_range(worth[0], worth[1], worth[2], voice.currency)
            value, ends = f"{mean} over 12 months", f"{low} to {high}"
        made.append(Point(verb[0] if verb[1] else "", about, value, ends, "verb"))
    left = int(page.title.values.get("n", len(rows))) - len(made)
    return (("", tuple(made)),) if made else (), left if made else 0


def _fitting(sentences: Iterable[str], room: int) -> Iterator[str]:
    """Yield whole sentences while they fit; one that does not is left to the notes."""
    for sentence in sentences:
        size = words(sentence)
        if size <= room:
            room -= size
            yield sentence


def _notes(
    report: Report, page: Page, number: str, left: Sequence[str], figure: Figure | None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    how = [figure.subtitle] if figure else []
    how += [note.text for note in page.notes]
    how += [sentence.text for card in page.cards[:ROWS] for sentence in _computed(card.sentences)]
    files = [figure.table.file] if figure else [table.file for table in page.tables]
    parts = (
        ("In full", tuple(left)),
        ("Warnings", tuple(flag.sentence.text for flag in page.flags)),
        ("How computed", tuple(dict.fromkeys(how))),
        ("Source", _sources(report, files, f"page {number}, {page.kicker}")),
    )
    return tuple((heading, texts) for heading, texts in parts if texts)


def _computed(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    return (sentence for sentence in sentences if sentence.pattern == "gap_assumption")


def _sources(report: Report, files: Iterable[str], where: str) -> tuple[str, ...]:
    named = ", ".join(dict.fromkeys(file for file in files if file))
    place = f"report.html, {where}; run {report.meta.get('run_id')}."
    return (f"{named}; {place}" if named else place,)

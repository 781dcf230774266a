"""What `workbench new` found, asks and wrote, in lines for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.sources.new import NewBrand
    from workbench.sources.recognise import Recognised

__all__ = ["new_words"]


def new_words(written: NewBrand) -> list[str]:
    """Return the lines of `workbench new`: files used and not used, questions, what was written.

    Parameters
    ----------
    written : NewBrand
        As `workbench.sources.new.write_brand` returns it.
    """
    lines = [f"{written.path} is there and stays as it is."] if written.kept else []
    used = [one for one in written.recognised if one.format is not None]
    unused = [one for one in written.recognised if one.format is None]
    for title, ones in (("Recognised by content:", used), ("Not used:", unused)):
        if ones:
            lines += [title, *(f"  {one.file}: {_told(one)}" for one in ones), ""]
    lines += [f"Question: {question}" for question in written.questions]
    lines += [f"Cohorts: {written.cohorts}."] * bool(written.cohorts)
    lines += [""] * bool(written.questions or written.cohorts)
    if not written.kept:
        lines.append(
            f"Wrote {written.path}, where each question stands at its place, marked QUESTION."
        )
    if written.stack is not None:
        lines.append(
            f"Wrote {written.stack}, which asks about flows, tracking and ads for the page on "
            "automation; what nobody knows may stay unknown."
        )
        if written.kept:
            lines.append("Name it in brand.yaml, under sources: stack: stack.yaml")
    return lines


def _told(one: Recognised) -> str:
    return one.reason if one.format is None else f"{one.format} ({one.reason})"

"""`workbench new FOLDER`: a first `brand.yaml` from the exports in a folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import ValidationError

from workbench.brand import Brand
from workbench.errors import BrandError, Problem, WorkbenchError
from workbench.sources.draft import draft_brand
from workbench.sources.hints import hints_of
from workbench.sources.recognise import Recognised, recognise

__all__ = ["NewBrand", "write_brand"]

_OWN = {"brand.yaml", "stack.yaml"}

Propose = Callable[[Brand], tuple[tuple[str, ...], str]]


@dataclass(frozen=True)
class NewBrand:
    """What `write_brand` wrote; as text, the path of the `brand.yaml`.

    Attributes
    ----------
    path : Path
        The `brand.yaml`.
    recognised : tuple of Recognised
        All files of the folder, sorted by path; `file` is the path within the folder.
    questions : tuple of str
        What the exports do not tell; each stands in the file, too, marked QUESTION.
    stack : Path or None
        The `stack.yaml` that was written; None where one was there.
    kept : bool
        Whether `brand.yaml` was there before and was left as it is.
    cohorts : str
        Which cohort dimensions were left out, why, and how to have them; empty if none were.
    """

    path: Path
    recognised: tuple[Recognised, ...]
    questions: tuple[str, ...]
    stack: Path | None
    kept: bool = False
    cohorts: str = ""

    def __str__(self) -> str:
        return str(self.path)


def write_brand(
    folder: str | Path,
    *,
    questionnaire: str | None = None,
    propose: Propose | None = None,
) -> NewBrand:
    """Look at the exports in a folder and write a `brand.yaml` for them.

    Formats are told by content, never by name; of files with the same content the first is used.
    A file that exists is never overwritten, and nothing half-written is left behind. Where only
    the `stack.yaml` is missing, it is written alone.

    Parameters
    ----------
    folder : Path
        With the exports; they are only read.
    questionnaire : str, optional
        Text of an unanswered `stack.yaml`, which is written where the folder has none
        (`workbench.spectrum.capabilities.questionnaire` holds it, on a floor above).
    propose : callable, optional
        Brand -> the cohort dimensions that its customers carry, and words on those left out
        (`workbench.store.cohort_choice.propose_cohorts`, on a floor above). Without it, or where
        the orders cannot be read yet, all that the exports tell are written.

    Returns
    -------
    NewBrand

    Raises
    ------
    BrandError
        No such folder, a `brand.yaml` and a `stack.yaml` are there, or no file is an order export.
    """
    folder = Path(folder)
    target = folder / "brand.yaml"
    if not folder.is_dir():
        raise BrandError(Problem("there is no such folder", str(folder), todo="check the path"))
    stack = folder / "stack.yaml"
    asked = questionnaire is not None and not stack.exists()
    if target.exists() and asked and questionnaire is not None:
        _write_new(stack, questionnaire)
        return NewBrand(target, (), (), stack, kept=True)
    if target.exists():
        raise BrandError(
            Problem(
                "a brand.yaml is there, it is not overwritten",
                str(target),
                todo="edit it, or rename it to have a new one written",
            )
        )
    files = _files(folder)
    found = _each_once(folder, files)
    if not any(one.source == "orders" for one in found.values()):
        raise _no_orders(folder, found)
    hints = {
        name: hints_of(folder / name, one) for name, one in found.items() if one.format is not None
    }
    name = folder.resolve().name
    has_stack = asked or stack.exists()
    text, questions = draft_brand(name, found, hints, stack=has_stack)
    proposal = _proposal(folder, text, propose)
    if proposal is not None:
        text, questions = draft_brand(name, found, hints, stack=has_stack, cohorts=proposal)
    _write_new(target, text)
    if questionnaire is not None and asked:
        _write_new(stack, questionnaire)
    return NewBrand(
        target,
        tuple(found.values()),
        tuple(questions),
        stack if asked else None,
        cohorts=proposal[1] if proposal else "",
    )


def _proposal(
    folder: Path, text: str, propose: Propose | None
) -> tuple[tuple[str, ...], str] | None:
    """Return the cohorts to write; None where nobody proposes any or the orders cannot be read."""
    if propose is None:
        return None
    home = folder.resolve()
    settings = yaml.safe_load(text)
    settings["sources"].pop("stack", None)  # may not be there yet
    settings["currency"] = settings["currency"] or "USD"  # no cohort depends on it
    try:
        brand = Brand.model_validate({**settings, "folder": home}, context={"folder": home})
        return propose(brand)
    except (ValidationError, WorkbenchError):  # `workbench check` says what is wrong
        return None


def _no_orders(folder: Path, found: dict[str, Recognised]) -> BrandError:
    """Return the error of a folder without orders, with the lines that name a table's columns."""
    tables = [name for name, one in found.items() if one.sheet is not None]
    todo = "put one there and run this again; in Shopify: Orders, Export, All orders, CSV"
    if tables:
        todo += (
            ". If the orders are in a table whose headers do not tell, write them into a "
            f"brand.yaml, each after its colon:\n"
            f"       name: {folder.resolve().name}\n"
            "       currency: \n"
            "       sources:\n"
            "         orders:\n"
            "           format: orders\n"
            f"           path: {json.dumps(tables[0], ensure_ascii=False)}\n"
            "           columns: {order_id: , customer_id: , ordered_at: , revenue: }"
        )
    seen = "\n".join(f"       {name}: {one.reason}" for name, one in found.items())
    todo += f"\n   Found:\n{seen}" if seen else ". The folder holds no files"
    return BrandError(
        Problem(
            "no file in the folder is an order export, and without orders nothing can be said",
            str(folder),
            "a Shopify orders export (CSV, JSON, bulk JSONL), or any table with order id, "
            "customer, date and amount",
            todo,
        )
    )


def _each_once(folder: Path, files: list[Path]) -> dict[str, Recognised]:
    """Return what each file is by its path within the folder; a copy of another is not used."""
    found: dict[str, Recognised] = {}
    first: dict[bytes, str] = {}
    for path in files:
        name = path.relative_to(folder).as_posix()
        one = replace(recognise(path), file=name)
        if one.format is not None:
            with path.open("rb") as content:
                same = first.setdefault(hashlib.file_digest(content, "sha256").digest(), name)
            if same != name:
                one = Recognised(name, None, None, 0.0, f"it is a copy of {same}, which is used")
        found[name] = one
    return found


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder and its subfolders, but hidden ones, reports, other brands."""
    found = []
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        inside = path.relative_to(folder).parts
        home = folder / inside[0]
        other = len(inside) > 1 and (inside[0] == "reports" or (home / "brand.yaml").exists())
        hidden = any(part.startswith(".") for part in inside)
        if path.is_file() and path.name not in _OWN and not hidden and not other:
            found.append(path)
    return found


def _write_new(path: Path, text: str) -> None:
    """Write a file whole or not at all; one that appeared in the meantime is kept."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        try:
            os.link(draft, path)  # unlike a rename, it refuses to replace
        except FileExistsError:
            raise BrandError(Problem("it is there, it is not overwritten", str(path))) from None
        except OSError:  # a file system without links
            draft.replace(path)
    except OSError as error:
        raise BrandError(
            Problem(
                f"it cannot be written ({error.strerror})",
                str(path),
                todo="make the folder writable",
            )
        ) from None
    finally:
        draft.unlink(missing_ok=True)

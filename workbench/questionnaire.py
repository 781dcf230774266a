"""The questionnaire of a brand's stack: `stack.yaml` filled in by a form in the notebook.

`save_answers` writes; `form` only shows fields and calls it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from workbench.brand import load_brand
from workbench.cache import write_atomically
from workbench.errors import InputError, Problem, WorkbenchError
from workbench.sources.stack import read_stack
from workbench.spectrum.answers import read_answers
from workbench.spectrum.capabilities import (
    Capability,
    answer_states,
    load_capabilities,
    questionnaire,
)

if TYPE_CHECKING:
    from ipywidgets import VBox

__all__ = ["form", "load_answers", "save_answers", "stack_path"]

Answers = dict[str, dict[str, Any]]
LABELS = {
    "state": "Answer",
    "owner": "Owner",
    "date": "Date",
    "evidence": "Evidence",
    "note": "Note",
    "hours": "Hours a week",
    "hourly_rate": "Rate an hour",
}
"""Printed names of the fields of an answer."""


def stack_path(brand: str | Path) -> Path:
    """Return the `stack.yaml` of a brand folder: the one its brand.yaml names, else the usual."""
    named = load_brand(brand).stack_file
    return named or Path(brand) / "stack.yaml"


def load_answers(path: str | Path) -> Answers:
    """Read the answers of a `stack.yaml`; a missing file holds none.

    Returns
    -------
    dict
        Question -> the fields that were filled in, see `workbench.sources.stack.read_stack`.

    Raises
    ------
    SourceError
        With every problem of the file and its line.
    """
    return read_stack(Path(path)) if Path(path).is_file() else {}


def save_answers(path: str | Path, answers: Mapping[str, Mapping[str, Any]]) -> Path:
    """Write answers into a `stack.yaml`; everything else of the file stays, with its comments.

    Parameters
    ----------
    path : str or Path
        Need not be there yet: then all questions are written, each above its answer.
    answers : mapping
        Question id -> fields to change. Fields that are not named keep their value; None or an
        empty text empties one.

    Returns
    -------
    Path
        The file; replaced in one step, or unchanged where an answer is wrong.

    Raises
    ------
    InputError, SourceError
        With every unknown question, field or state, and every date and number that is none.
    """
    path = Path(path)
    load_answers(path)  # a file that cannot be read is not written over
    _check_names(answers)
    text = _filled(path.read_text(encoding="utf-8") if path.is_file() else questionnaire(), answers)
    with TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        draft.write_text(text, encoding="utf-8")
        read_answers(read_stack(draft))
    return write_atomically(path, text)


def _check_names(answers: Mapping[str, Mapping[str, Any]]) -> None:
    items = {item.id: item for item in load_capabilities()}
    problems = [
        Problem("there is no such question", f"stack.yaml, {name}", todo="remove it")
        for name in answers
        if name not in items
    ]
    problems += [
        Problem(f"unknown field {key!r}", f"stack.yaml, {name}", ", ".join(item.answer_fields))
        for name, item in items.items()
        for key in answers.get(name, ())
        if key not in item.answer_fields
    ]
    if problems:
        raise InputError(problems, title=f"stack.yaml would have {len(problems)} problem(s)")


def _filled(text: str, answers: Mapping[str, Mapping[str, Any]]) -> str:
    """Put answers into the text of a `stack.yaml`."""
    from ruamel.yaml import YAML

    yaml = YAML()  # keeps comments, order and quotes
    yaml.preserve_quotes = True
    yaml.width = 10_000
    yaml.representer.add_representer(type(None), lambda to, _: to.represent_scalar(_NULL, ""))
    content = yaml.load(text)
    if content is None:
        content = yaml.load("{}")
        content.fa.set_block_style()
    for name, given in answers.items():
        now = content.get(name)
        if not isinstance(now, Mapping):  # the state alone, or nothing
            content[name] = {} if now is None else {"state": now}
        for key, value in given.items():
            content[name][key] = None if value is None or value == "" else _plain(value)
    out = io.StringIO()
    yaml.dump(content, out)
    return out.getvalue()


_NULL = "tag:yaml.org,2002:null"


def _plain(value: Any) -> Any:
    """Return a value as YAML writes it best: no newline in a text, no .0 at a whole number."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def form(brand: str | Path) -> VBox:
    """Show the questions of a brand's stack as a form; its button saves to `stack.yaml`.

    Parameters
    ----------
    brand : str or Path
        Folder of the brand.

    Returns
    -------
    ipywidgets.VBox
        One section per level, then a button and a line that says what was saved or is wrong.

    Raises
    ------
    WorkbenchError
        If the packages of the extra "lab" are missing.
    """
    try:
        import ipywidgets as widgets
    except ImportError:
        raise WorkbenchError(
            "The form needs ipywidgets. Install the extra 'lab', or edit stack.yaml by hand."
        ) from None
    path = stack_path(brand)
    answers = load_answers(path)
    fields: dict[tuple[str, str], Any] = {}
    sections = []
    for level in (1, 2, 3, 4, 0):
        items = [item for item in load_capabilities() if item.level == level]
        boxes = [_question(widgets, item, answers.get(item.id, {}), fields) for item in items]
        name = f"Level {level}" if level else "Every level"
        sections.append((f"{name} ({len(items)} questions)", widgets.VBox(boxes)))
    levels = widgets.Accordion([box for _, box in sections], titles=[name for name, _ in sections])
    button = widgets.Button(description="Save answers", button_style="primary")
    said = widgets.HTML()

    def save(_: Any) -> None:
        before = load_answers(path)
        changed: Answers = {}
        for (name, key), field in fields.items():
            was = before.get(name, {}).get(key, "unknown" if key == "state" else None)
            if (field.value or None) != (was or None):
                changed.setdefault(name, {})[key] = field.value
        try:
            save_answers(path, changed)
            count = len(changed)
            said.value = f"Saved {count} answer{'' if count == 1 else 's'} to {path.name}."
        except WorkbenchError as error:
            said.value = f"<pre>{_escaped(error)}</pre>"

    button.on_click(save)
    return widgets.VBox([levels, button, said])


def _question(
    widgets: Any, item: Capability, answer: Mapping[str, Any], fields: dict[tuple[str, str], Any]
) -> Any:
    """Return the fields of one question, and note them by question and key."""
    head = f"<b>{item.number}. {_escaped(item.question)}</b><br>{_escaped(item.to_prove)}"
    rows = [widgets.HTML(head)]
    for key in ("state", *item.fields, "owner", "date", "evidence", "note"):
        value = answer.get(key)
        if key == "state":
            options = [(f"{word}: {meaning}", word) for word, meaning in answer_states().items()]
            field = widgets.Dropdown(options=options, value=value or "unknown")
        elif key == "date":
            field = widgets.DatePicker(value=value if isinstance(value, date) else None)
        elif key in item.fields:
            field = widgets.BoundedFloatText(value=float(value or 0), min=0, max=1e9)
        else:
            field = widgets.Text(value=str(value or ""))
        field.description = LABELS.get(key, key)
        field.layout.width = "36rem"
        fields[item.id, key] = field
        rows.append(field)
    return widgets.VBox(rows)


def _escaped(text: object) -> str:
    from html import escape

    return escape(str(text))

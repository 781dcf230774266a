"""The first step of the start notebook: a folder of exports becomes a brand, or is one already."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InputError
from workbench.report.parameters import ReportParameters, brand_folder
from workbench.report.readout import ReadOut

__all__ = ["begin", "next_steps"]


def begin(brand: str) -> ReadOut:
    """Make sure that a brand.yaml is there; write one where a folder holds only exports.

    Parameters
    ----------
    brand : str
        Folder of exports, folder of a brand, or name of a sample brand.

    Returns
    -------
    ReadOut
        What was recognised, asked and written, or which settings are used.

    Raises
    ------
    InputError
        There is no such folder.
    BrandError
        No file of the folder is an order export.
    """
    home = brand_folder(brand)
    if home is not None:
        return ReadOut(
            "The settings are there",
            (f"They are read from {home.name}/brand.yaml; nothing was written.",),
        )
    if not brand or not Path(brand).is_dir():
        try:
            ReportParameters(brand=brand)
        except InputError as error:
            raise InputError(error.problems, title="There is nothing to start from") from None
    from workbench.sources.new import write_brand
    from workbench.sources.new_words import new_words
    from workbench.spectrum.capabilities import questionnaire
    from workbench.store.cohort_choice import propose_cohorts

    written = write_brand(brand, questionnaire=questionnaire(), propose=propose_cohorts)
    told = tuple(line.strip() for line in new_words(written) if line)
    return ReadOut("A brand.yaml was written", told)


def next_steps(brand: str) -> ReadOut:
    """Return what to do after the first numbers, with the commands for this brand."""
    import shlex

    home = brand_folder(brand)
    folder = shlex.quote(str(home if home is not None else brand))
    return ReadOut(
        "Next, in a terminal",
        (
            f"workbench report {folder} --fast: the client's page as a preview, in a minute or two",
            f"workbench report {folder}: the page that a client may see",
            f"workbench approve {folder}: the actions of its plan, to approve",
        ),
    )

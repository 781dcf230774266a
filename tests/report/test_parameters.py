"""Parameters of a report: typed, checked before anything runs, all problems at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.report.parameters import ReportParameters, brand_folder

SmallBrand = Callable[..., Path]


def test_strings_are_read_by_the_type_of_their_parameter(small_brand: SmallBrand) -> None:
    params = ReportParameters.from_values(
        {"brand": small_brand(), "as_of": date(2026, 6, 30), "fast": "true", "seed": "7"}
    )
    assert (params.as_of, params.fast, params.seed) == ("2026-06-30", True, 7)
    assert Path(params.brand).is_dir()


def test_a_brand_is_its_folder_or_its_file(small_brand: SmallBrand) -> None:
    folder = small_brand()
    assert brand_folder(str(folder)) == brand_folder(str(folder / "brand.yaml")) == folder
    assert brand_folder("") is None
    assert brand_folder(str(folder / "nothing")) is None


def test_every_wrong_parameter_is_named_at_once(small_brand: SmallBrand) -> None:
    with pytest.raises(InputError) as caught:
        ReportParameters.from_values(
            {"brand": small_brand(), "draws": 100, "fast": "perhaps", "seed": 1.5}
        )
    message = str(caught.value)
    assert len(caught.value.problems) == 3
    for name in ("draws", "fast", "seed"):
        assert name in message
    assert "as_of, brand, fast, out, seed" in message


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"brand": "no/such/folder"}, "no brand.yaml is found"),
        ({"as_of": "30.06.2026"}, "is not a date"),
        ({"seed": -1}, "0 or a positive number"),
        ({"fast": 1}, "true or false"),
    ],
)
def test_a_wrong_value_is_refused_with_its_remedy(
    small_brand: SmallBrand, values: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        ReportParameters(**{"brand": str(small_brand()), **values})  # type: ignore[arg-type]


def test_a_brand_must_be_given() -> None:
    with pytest.raises(InputError, match="brand: is missing"):
        ReportParameters.from_values({})

"""The interface: names, the hierarchical model's parameters, shapes and extremes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.models.families.cases import CASES, DELTA
from workbench.errors import ModelError
from workbench.models.families import FAMILIES, Family, family
from workbench.models.families.blocks import BLOCK, in_blocks


def answers(ours: Family, x: Any, t_x: Any, T: Any, **shapes: Any) -> dict[str, np.ndarray]:
    return {
        "log_likelihood": ours.log_likelihood(x, t_x, T, **shapes),
        "p_alive": ours.p_alive(x, t_x, T, **shapes),
        "expected_purchases": ours.expected_purchases(52.0, x, t_x, T, **shapes),
        "expected_purchases_new": ours.expected_purchases_new(T, **shapes),
        "repeat_rate": ours.repeat_rate(T, **shapes),
        "dert": ours.dert(DELTA, x, t_x, T, **shapes),
    }


def test_families_are_found_by_name() -> None:
    assert list(FAMILIES) == ["mbg", "bg", "pareto"]
    assert [f.title for f in FAMILIES.values()] == ["MBG/NBD", "BG/NBD", "Pareto/NBD"]
    assert [f.spread_name for f in FAMILIES.values()] == ["kappa", "kappa", "s"]
    assert all(family(name).name == name for name in FAMILIES)


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"'pnbd'.*mbg \(MBG/NBD\), bg .*pareto"):
        family("pnbd")


@pytest.mark.parametrize("name", ["mbg", "bg"])
def test_parameters_of_dropout_per_purchase(name: str) -> None:
    shapes = family(name).natural(0.6, np.log(0.15), 2.5, np.log(0.3 / 0.7))
    assert shapes == pytest.approx({"r": 0.6, "alpha": 4.0, "a": 0.75, "b": 1.75}, rel=1e-12)
    # 1 - sigmoid(40) is zero in double precision, b is not: it is 2.5 exp(-40).
    assert family(name).natural(0.6, 0.0, 2.5, 40.0)["b"] == pytest.approx(1.0620886e-17, rel=1e-7)


def test_parameters_of_dropout_at_any_time() -> None:
    shapes = family("pareto").natural(0.6, np.log(0.15), 0.5, np.log(0.04))
    assert shapes == pytest.approx({"r": 0.6, "alpha": 4.0, "s": 0.5, "beta": 12.5}, rel=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_arguments_broadcast_to_what_single_calls_say(name: str) -> None:
    ours = family(name)
    x, T = np.array([0, 2, 30])[:, None], np.array([40, 60])
    t_x = np.where(x > 0, 39, 0)
    shapes = ours.natural(0.5, np.array([-2.0, -1.0]), 1.5, np.array([[-1.0], [0.0], [1.0]]))
    all_at_once = answers(ours, x, t_x, T, **shapes)
    for key, values in all_at_once.items():
        assert values.dtype == np.float64
        assert values.shape == (3, 2)
        for i, j in np.ndindex(3, 2):
            one = {n: np.broadcast_to(v, (3, 2))[i, j] for n, v in shapes.items()}
            alone = answers(ours, float(x[i, 0]), float(t_x[i, 0]), float(T[j]), **one)[key]
            assert alone.shape == ()
            assert values[i, j] == pytest.approx(float(alone), rel=1e-12)


def test_blocks_cover_every_row_once() -> None:
    n = 2 * BLOCK + 3
    sizes = []

    def add(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        sizes.append(len(left))
        return left + right

    assert np.array_equal(in_blocks(add, np.arange(n), 1), np.arange(n) + 1.0)
    assert sizes == [BLOCK, BLOCK, 3]
    assert in_blocks(add, np.zeros((0, 4)), 1.0).shape == (0, 4)


@pytest.mark.parametrize(("name", "shapes"), CASES)
def test_before_any_time_has_passed(name: str, shapes: dict[str, float]) -> None:
    """At T = 0 a history is certain: probability one, and no dropout has been possible but one."""
    ours = family(name)
    assert ours.log_likelihood(0, 0.0, 0.0, **shapes) == pytest.approx(0.0, abs=1e-12)
    assert ours.expected_purchases_new(0.0, **shapes) == 0.0
    assert ours.repeat_rate(0.0, **shapes) == 0.0
    coin = shapes["b"] / (shapes["a"] + shapes["b"]) if name == "mbg" else 1.0
    assert ours.p_alive(0, 0.0, 0.0, **shapes) == pytest.approx(coin, rel=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_p_alive_falls_with_time_since_the_last_purchase(name: str) -> None:
    shapes = family(name).natural(0.6, -2.5, 2.9, -0.8)
    alive = family(name).p_alive(3, 10.0, np.array([10.0, 20.0, 100.0, 1000.0]), **shapes)
    assert np.all(np.diff(alive) < 0)
    once = family(name).p_alive(0, 0.0, np.array([0.0, 10.0, 1000.0]), **shapes)
    if name == "bg":
        assert np.all(once == 1.0)  # the reason why it is not the default
    else:
        assert np.all(np.diff(once) < 0)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("log_rate", [-14.0, 0.0, 9.0])
@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("drop", [-14.0, 0.0, 9.0])
def test_far_corners_give_finite_answers_within_their_bounds(
    name: str, log_rate: float, spread: float, drop: float
) -> None:
    """Without a warning either: those are errors here."""
    ours = family(name)
    x = np.array([0, 1, 5000])
    t_x = np.array([0.0, 3.0, 400.0])
    got = answers(ours, x, t_x, 500.0, **ours.natural(0.3, log_rate, spread, drop))
    assert all(np.all(np.isfinite(values)) for values in got.values())
    assert np.all(got["log_likelihood"][:1] <= 0)
    for key in ("p_alive", "repeat_rate"):
        assert np.all((got[key] >= 0) & (got[key] <= 1))
    assert np.all(got["expected_purchases"] >= 0)
    # One repeat is no more likely than their expected number, which dropout can only reduce.
    assert np.all(got["repeat_rate"] <= got["expected_purchases_new"] * (1 + 1e-9))
    assert np.all(got["expected_purchases_new"] <= 500.0 * np.exp(log_rate) * (1 + 1e-9))


@pytest.mark.parametrize(("name", "key"), [("mbg", "a"), ("bg", "a"), ("pareto", "s")])
def test_expectations_are_smooth_through_one(name: str, key: str) -> None:
    """Where the closed forms divide by a - 1 or s - 1."""
    shapes = {"r": 0.24, "alpha": 4.4, "a": 1.0, "b": 2.4}
    if name == "pareto":
        shapes = {"r": 0.24, "alpha": 4.4, "s": 1.0, "beta": 9.0}
    at = np.array([1 - 1e-6, 1.0, 1 + 1e-6])
    near = family(name).expected_purchases_new(39.0, **(shapes | {key: at}))
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-11)


@pytest.mark.parametrize("name", FAMILIES)
def test_discounted_purchases_are_purchases_until_an_exponential_end(name: str) -> None:
    """Discounting at delta is stopping at rate delta: the mean of expected purchases until then."""
    ours = family(name)
    shapes = ours.natural(0.6, -2.0, 2.0, -1.5)
    log_t, step = np.linspace(-25.0, 5.0, 601, retstep=True)
    t = np.exp(log_t)
    purchases = ours.expected_purchases(t / DELTA, 4, 20.0, 30.0, **shapes)
    want = float((np.exp(-t) * t * purchases).sum() * step)
    assert ours.dert(DELTA, 4, 20.0, 30.0, **shapes) == pytest.approx(want, rel=1e-9)

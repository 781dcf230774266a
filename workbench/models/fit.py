"""Fit the model, store the posterior under a key of everything it depends on, reuse it."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from workbench.cache import draft_of
from workbench.cards import card, pill
from workbench.checks import Check, Status, worst
from workbench.models.data import ModelData
from workbench.models.density import LogDensity
from workbench.models.diagnostics import convergence_checks
from workbench.models.priors import Priors
from workbench.models.sampling import sample_points
from workbench.models.settings import SamplerSettings

#: Raised when the model changes, so that stored fits of an earlier one are not reused.
MODEL_VERSION = "9"
#: Attribute of a posterior: how far its means may be off, see `workbench.models.sampling.Sampled`.
OFF = "means_off_by_sd"


@dataclass(frozen=True)
class Fit:
    """A posterior and what it deserves to be trusted with.

    Attributes
    ----------
    posterior : xarray.Dataset
        Draws with dimensions (chain, draw, ...): r, kappa, level, effect_*, season, sd_period
        and, with money, p and q. Effects have shape (outcomes, levels), outcomes being rate,
        dropout and spend. Attribute `OFF`: how far posterior means may be off because like
        histories shared rows, in posterior standard deviations.
    checks : list of Check
        Convergence.
    key : str
        Hash of inputs, settings, priors and versions.
    data : ModelData
    """

    posterior: xr.Dataset
    checks: list[Check]
    key: str
    data: ModelData

    def _repr_html_(self) -> str:
        """Show in a notebook what was fitted, and whether it converged; no draw is touched."""
        facts = {
            "customers": f"{self.data.histories.weight.sum():,.0f}",
            "draws": f"{self.n_draws:,} in {self.posterior.sizes['chain']} chains",
            "convergence": pill(self.status),
            "money": "fitted" if "p" in self.posterior else "not in this data",
        }
        off = self.posterior.attrs.get(OFF, 0.0)
        if off > 0:
            facts["like histories in one row"] = f"means off by at most {off:.3f} of their sd"
        rows = [
            (check.check.replace("_", " "), pill(check.status), check.message)
            for check in self.checks
        ]
        note = (
            "Convergence says that the sampler worked, not that the model fits: see model_checks."
        )
        header = ("check", "status", "found")
        return card("Fitted purchase model", facts, header=header, rows=rows, note=note)

    @property
    def status(self) -> Status:
        """Worst of the convergence checks."""
        return worst(self.checks)

    def flat(self, name: str) -> np.ndarray:
        """Draws of one parameter with chains joined, shape (draws, ...)."""
        values = self.posterior[name].values
        return values.reshape(-1, *values.shape[2:])

    @property
    def n_draws(self) -> int:
        """Number of posterior draws, all chains."""
        return self.posterior.sizes["chain"] * self.posterior.sizes["draw"]


def versions() -> dict[str, str]:
    """Versions of the libraries that decide the draws."""
    from importlib.metadata import version

    return {name: version(name) for name in ("nutpie", "numba", "numpy")}


def fit_key(data: ModelData, priors: Priors, settings: SamplerSettings) -> str:
    """Hash of all that a posterior depends on: data, design, priors, sampler, versions."""
    digest = hashlib.sha256()
    words = {
        "model": MODEL_VERSION,
        "family": data.family,
        "priors": asdict(priors),
        "settings": asdict(settings) | {"cores": 0},
        "versions": versions(),
        "levels": data.design.levels,
        "calendar": [str(data.calendar.start), str(data.calendar.end)],
        "scale": data.spend_scale,
    }
    digest.update(json.dumps(words, sort_keys=True).encode())
    arrays = [
        *data.histories.arrays().values(),
        data.repeats_by_period,
        *(data.spend.arrays().values() if data.spend is not None else ()),
    ]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update("\n".join(data.design.cells.astype(str).agg("|".join, axis=1)).encode())
    return digest.hexdigest()[:20]


def sample(
    data: ModelData, priors: Priors, settings: SamplerSettings, *, careful: bool = False
) -> tuple[xr.Dataset, int]:
    """Draw all parameters, dimensions (chain, draw, ...), and count divergences; see `Sampled`."""
    density = LogDensity(data, priors)
    sampled = sample_points(density, settings, careful=careful)
    draws = density.to_dataset(sampled.points).assign_attrs({OFF: sampled.off})
    return draws, sampled.divergences


def summarise(draws: xr.Dataset) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """R-hat and the smaller of bulk and tail ESS of every parameter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import arviz as az

    varying = {}
    for name, values in draws.data_vars.items():
        flat = values.values.reshape(*values.shape[:2], -1)
        # A parameter stuck at one value has no R-hat.
        keep = flat.std(axis=(0, 1)) > 0
        if keep.any():
            varying[str(name)] = (("chain", "draw", f"of {name}"), flat[:, :, keep])
    table = xr.Dataset(varying)
    between = az.rhat(table)
    bulk, tail = (az.ess(table, method=method) for method in ("bulk", "tail"))
    r_hat = {name: between[name].values for name in varying}
    ess = {name: np.minimum(bulk[name].values, tail[name].values) for name in varying}
    return r_hat, ess


def fit(
    data: ModelData,
    *,
    store: Path | None = None,
    priors: Priors | None = None,
    settings: SamplerSettings | None = None,
) -> Fit:
    """Fit the hierarchical model, or reuse the stored posterior of the same question.

    Parameters
    ----------
    data : ModelData
    store : Path, optional
        Folder of stored posteriors; nothing is stored without it.
    priors : Priors, optional
    settings : SamplerSettings, optional

    Raises
    ------
    ModelError
        If the sampler fails.
    """
    priors = priors or Priors()
    settings = settings or SamplerSettings()
    key = fit_key(data, priors, settings)
    path = store / f"{key}.nc" if store is not None else None
    if path is not None and path.exists():
        stored = _load(path)
        if stored is not None:
            return Fit(stored[0], stored[1], key, data)

    draws, checks = _judged(data, priors, settings)
    if settings.longer and worst(checks) is not Status.PASS:
        more = replace(settings, draws=2 * settings.draws, tune=2 * settings.tune)
        draws, checks = _judged(data, priors, more, careful=True)
    if path is not None:
        _save(path, draws, checks)
    return Fit(draws, checks, key, data)


def _judged(
    data: ModelData, priors: Priors, settings: SamplerSettings, *, careful: bool = False
) -> tuple[xr.Dataset, list[Check]]:
    """Draws and what their convergence deserves."""
    draws, divergences = sample(data, priors, settings, careful=careful)
    r_hat, ess = summarise(draws)
    checks = convergence_checks(
        r_hat, ess, divergences, chains=settings.chains, draws=settings.draws, longer=careful
    )
    return draws, checks


def _save(path: Path, draws: xr.Dataset, checks: list[Check]) -> None:
    """Write the posterior under a temporary name, then rename."""
    plain = xr.Dataset(
        {str(k): (v.dims, v.values) for k, v in draws.data_vars.items()},
        attrs=draws.attrs
        | {
            "checks": json.dumps([_check_words(c) for c in checks]),
            "model": MODEL_VERSION,
            "key": path.stem,
        },
    )
    with draft_of(path) as draft:
        plain.to_netcdf(draft, engine="h5netcdf")


def _load(path: Path) -> tuple[xr.Dataset, list[Check]] | None:
    """Read a stored posterior; a damaged file is treated as absent, as is one of other data."""
    try:
        with xr.open_dataset(path, engine="h5netcdf") as stored:
            draws = stored.load()
        checks = [Check(**_from_words(words)) for words in json.loads(draws.attrs["checks"])]
    except (OSError, ValueError, KeyError):
        return None
    if draws.attrs.pop("key", None) != path.stem:  # copied or renamed by hand
        return None
    return draws, checks


def _check_words(check: Check) -> dict[str, Any]:
    return asdict(check) | {"status": str(check.status)}


def _from_words(words: dict[str, Any]) -> dict[str, Any]:
    return words | {"status": Status(words["status"])}

"""What the model says of a brand at an as-of date: fit, valuation, forecasts of earlier runs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pandas.util import hash_pandas_object

from workbench.analysis.inputs import Inputs
from workbench.cache import FrameCache

if TYPE_CHECKING:
    from workbench.models.data import ModelData
    from workbench.models.fit import Fit
    from workbench.models.settings import SamplerSettings
    from workbench.value.ledger import Ledger
    from workbench.value.record import Outlook
    from workbench.value.valuation import Valuation

__all__ = ["VALUE_DRAWS", "Modelled"]

VALUE_DRAWS = 400


class Modelled(Inputs):
    """A brand at an as-of date with its model."""

    @cached_property
    def outlook(self) -> Outlook:
        """What forecasts from earlier dates, held against what happened, say about this one.

        Forecasts that were really made then, which the ledger keeps, stand in for those made anew.
        """
        from workbench.value.ledger_record import with_ledger
        from workbench.value.record import forecast_record, outlook

        name = f"record-{'fast' if self.fast else 'full'}-{self.seed}"
        record = self._dated.frame(
            name,
            lambda: forecast_record(
                self.warehouse,
                self.as_of,
                cohorts=self.brand.cohorts,
                settings=self.sampler,
                store=self._fits,
            ),
        )
        return with_ledger(outlook(record, self.brand.cohorts), self.ledger_scores)

    @cached_property
    def ledger(self) -> Ledger:
        """Forecasts of this brand's earlier runs."""
        from workbench.value.ledger import read_ledger

        return read_ledger(self.ledger_folder)

    @property
    def ledger_folder(self) -> Path:
        """Where the forecasts of this brand's runs are kept."""
        from workbench.value.ledger_place import LEDGER

        # a quick look is no forecast that a brand is held to
        return self.out / self.brand.slug / (f"{LEDGER}-fast" if self.fast else LEDGER)

    @cached_property
    def model_data(self) -> ModelData:
        """What the model learns from; raises ModelError where nothing can be learned."""
        from workbench.models.data import prepare

        return prepare(
            self.customers, self.answer("daily"), as_of=self.as_of, cohorts=self.outlook.cohorts
        )

    @property
    def sampler(self) -> SamplerSettings:
        """How hard the sampler works in this analysis."""
        from workbench.models.settings import FAST, SamplerSettings

        return replace(FAST if self.fast else SamplerSettings(), seed=self.seed)

    @cached_property
    def fit_key(self) -> str:
        """Key of the fit, known before it is made."""
        from workbench.models.fit import fit_key
        from workbench.models.priors import Priors

        return fit_key(self.model_data, Priors(), self.sampler)

    @property
    def _fits(self) -> Path:
        return self.out / self.brand.slug / "fits"

    @cached_property
    def fit(self) -> Fit:
        """The fitted model, stored and reused."""
        from workbench.models.fit import fit

        return fit(self.model_data, store=self._fits, settings=self.sampler)

    @cached_property
    def valuation(self) -> Valuation:
        """Draws behind every table of value."""
        from workbench.value.valuation import valuate

        return valuate(
            self.fit,
            self.customers,
            self.answer("value_by_age"),
            self.exports.spend,
            as_of=self.as_of,
            draws=VALUE_DRAWS,
            seed=self.seed,
            pace=self.outlook.pace,
        )

    @cached_property
    def ledger_scores(self) -> pd.DataFrame:
        """Forecasts of earlier runs whose day has come, with what happened."""
        from workbench.value.ledger_scores import score_ledger

        forecasts = self.ledger.forecasts
        earlier = forecasts[forecasts["made_at"] < self.as_of.isoformat()]
        told = hash_pandas_object(earlier["entry"].astype(str) + earlier["made_at"]).to_numpy()
        name = f"ledger-{hashlib.sha256(told.tobytes()).hexdigest()[:12]}"
        return self._dated.frame(
            name,
            lambda: score_ledger(
                earlier, self.warehouse, self.as_of, currency=self.brand.currency, seed=self.seed
            ),
        )

    @cached_property
    def _valued(self) -> FrameCache:
        record = hash_pandas_object(self.outlook.record, index=False).to_numpy().tobytes()
        told = hashlib.sha256(record).hexdigest()[:12]
        return FrameCache(self._dated.folder / f"{self.fit_key}-{self.seed}-{VALUE_DRAWS}-{told}")

"""`experiments.csv`: which idea to test next, how long, and what knowing is worth.

Every idea of the backlog is a bet on the relative lift of one metric. The prior of the lift comes
from finished tests (`lift_prior`), its worth from the brand's 12-month value
(`experiment_metrics`), size and duration from Test & Roll (`experiment_value`). Ideas are ranked by
the expected value of sample information, net of cost, per week of traffic that the test takes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from workbench.decisions.experiment_idea import FIGURES, value_of_idea
from workbench.decisions.experiment_metrics import ExperimentMoney
from workbench.decisions.experiment_scores import ice, pie, pxl, rank_down
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.lift_prior import LiftPrior, default_priors
from workbench.decisions.verbs import LEAVE, MOVE, PART, TEST

__all__ = ["FINISHED", "RUNNING", "experiment_table", "left_out"]

FINISHED = frozenset(
    "done finished completed complete concluded won lost winner loser inconclusive stopped "
    "shipped live launched rejected archived cancelled canceled closed".split()
)
"""Words of `status` under which an idea is not a candidate any more."""
RUNNING = frozenset("running active started in-progress testing".split())

WAIT, COMPLETE = "wait for its result", "complete the entry"

_TEXTS = ("id", "title", "surface", "channel", "primary_metric", "status", "owner")
_RANKS = ("rank", "rank_ice", "rank_pie", "rank_pxl")


def experiment_table(
    backlog: pd.DataFrame,
    money: ExperimentMoney,
    *,
    settings: ExperimentSettings | None = None,
    priors: Mapping[str, LiftPrior] | None = None,
    finished: Collection[str] = (),
    seed: int = 20260630,
) -> pd.DataFrame:
    """Rank a backlog by what each test is worth.

    Parameters
    ----------
    backlog : DataFrame
        The canonical `experiments` frame. Entries that make no sense are explained in `note` and
        get no figures; nothing in it raises.
    money : ExperimentMoney
    settings : ExperimentSettings, optional
    priors : mapping of str to LiftPrior, optional
        Kind of metric -> prior of the lift, from `finished_tests`; the settings' by default.
    finished : collection of str
        Ids that have a result, whatever their status says.
    seed : int
        Draws of an idea depend on this and on its id alone.

    Returns
    -------
    DataFrame
        One row per row of the backlog, best first, those without rank last by id. Money is
        12-month contribution in the brand's currency over the `horizon_weeks` after the start of
        the test, predicted:

        - `expected_profit_12m`, `q05`, `q95`: of testing and then showing the better version,
          less cost. The 90% interval holds true effect, luck of the test and the value of
          customers; purchase randomness of the people exposed is left out.
        - `p_win`: probability that the test ends in a roll-out; `p_better`: that the true effect
          is above 0.
        - `evsi`: what the test adds to the best action without it, costs aside; `evsi_net`:
          net of the cost of work and of running it; `evsi_per_week`: `evsi_net` / `weeks`.
        - `weeks` of traffic, whole: Test & Roll's best, less `week_price`, what a week costs the
          ideas that wait behind it on the same surface; `weeks_to_result` with the days until
          outcomes are known.
        - `sample_per_arm` in those weeks; `sample_best`: Test & Roll's optimum if nothing waited
          and tests could end on any day; `sample_80_power`: 80% power at `mde`.
        - `evsi_net_narrow`: `evsi_net` if lifts were half as wide as the prior says: where it is
          below 0, the test rests on the prior.
        - `profit_launch`: launching untested, less the work. Doing nothing is 0.
        - `naive_gain`: what a winning test will show, a year; `corrected_gain`: what it will be.
        - ranks: 1 is best. `rank` by `evsi_per_week`; the others by their scores, NaN where a
          score is missing.
        - `verb`: "move" (launch), "move a part and measure", "test first" or "leave"; `basis`:
          what a lift is worth money by; `note`: what is odd or assumed.
    """
    settings = settings or ExperimentSettings()
    priors = default_priors(settings) | dict(priors or {})
    table = _texts(backlog)
    repeated = table["id"].duplicated() & table["id"].ne("")
    done = table["status"].isin(FINISHED) | table["id"].isin({str(name) for name in finished})
    running = table["status"].isin(RUNNING) & ~done
    numbers = {
        name: pd.to_numeric(_column(backlog, name), errors="coerce").to_numpy(float)
        for name in ("baseline_rate", "weekly_traffic", "mde", "effort_days", "cost_to_run",
                     "aov_or_clv")
    }  # fmt: skip
    candidate = ~(repeated | done | running)
    price = np.zeros(len(table))
    for _ in range(2):  # ideas that share traffic: the second look knows who waits behind whom
        rows = []
        for at, text in enumerate(table.to_dict("records")):  # ideas are dozens, not customers
            entry = {name: float(values[at]) for name, values in numbers.items()}
            notes: list[str] = []
            figures: dict[str, float] = {}
            basis = ""
            if repeated.iloc[at]:
                notes.append(f"id {text['id']} occurs twice: only its first row counts")
            elif done.iloc[at]:
                notes.append("finished: not a candidate")
            else:
                figures, basis = value_of_idea(
                    text, entry, money, priors, settings, notes, seed, price[at]
                )
            row = text | dict.fromkeys(FIGURES, math.nan) | figures
            rows.append(row | {"basis": basis, "note": "; ".join(notes)})
        found = pd.DataFrame(rows, columns=[*_TEXTS, *FIGURES, "basis", "note"], index=table.index)
        found = found.astype(dict.fromkeys(FIGURES, float))
        price = _week_prices(found, candidate)
    found["rank"] = rank_down(found["evsi_per_week"], candidate)
    for name, score in (("ice", ice), ("pie", pie), ("pxl", pxl)):
        found[f"rank_{name}"] = rank_down(score(backlog.reset_index(drop=True)), candidate)
    found["verb"] = [
        _verb(row, bool(one), bool(runs), settings)
        for row, one, runs in zip(found.to_dict("records"), candidate, running, strict=True)
    ]
    order = found.sort_values(["rank", "id"], na_position="last", kind="stable")
    return order[[*_TEXTS, *FIGURES, *_RANKS, "verb", "basis", "note"]].reset_index(drop=True)


def left_out(table: pd.DataFrame) -> pd.DataFrame:
    """Count why ideas of `experiment_table` have no figures; columns note, experiments, ids."""
    without = table[table["evsi_net"].isna()]
    notes = without[["id", "note"]].assign(note=without["note"].str.split("; ")).explode("note")
    notes["note"] = notes["note"].str.replace(r"^id .* occurs", "an id occurs", regex=True)
    notes["note"] = notes["note"].str.replace(r": .*", "", regex=True)
    notes["note"] = notes["note"].str.replace(r" \S+ is impossible", " is impossible", regex=True)
    counted = notes.groupby("note", sort=True)["id"]
    found = counted.agg(experiments="size", ids=lambda ids: ", ".join(sorted(ids)))
    found = found.reset_index().sort_values(["experiments", "note"], ascending=[False, True])
    return found.reset_index(drop=True)


def _week_prices(found: pd.DataFrame, candidate: pd.Series) -> np.ndarray:
    """What a week of an idea's test costs those that wait behind it on the same surface.

    While it runs they are not rolled out: each loses the gain that its own test brings per week.
    """
    waits = candidate & (found["evsi_net"] > 0)
    queue = found[waits].sort_values(["evsi_per_week", "id"], ascending=[True, True])
    gain = queue["evsi"] / (
        queue["population"] / queue["weekly_traffic"] - queue["weeks_to_result"]
    )
    behind = gain.groupby(queue["surface"]).cumsum() - gain
    return np.asarray(behind.reindex(found.index).fillna(0.0), dtype=float)


def _column(backlog: pd.DataFrame, name: str) -> pd.Series:
    plain = backlog.reset_index(drop=True)
    return plain[name] if name in plain else pd.Series(np.nan, index=plain.index)


def _texts(backlog: pd.DataFrame) -> pd.DataFrame:
    table = {name: _column(backlog, name).astype("object") for name in _TEXTS}
    found = pd.DataFrame({n: c.where(c.notna(), "").astype(str) for n, c in table.items()})
    return found.assign(status=found["status"].str.strip().str.lower())


def _verb(
    row: Mapping[str, float], candidate: bool, runs: bool, settings: ExperimentSettings
) -> str:
    """Say what to do: the verb rule of the plan, on P(true effect above 0)."""
    if runs:
        return WAIT
    if not candidate:
        return ""
    if not math.isfinite(row["evsi_net"]):
        return COMPLETE
    better = row["p_better"]
    worst = (row["prior_mean"] - 1.6449 * row["prior_sd"]) * row["population"]
    loss = max(0.0, -worst * row["value_per_lift"] + row["cost"])
    if better >= 0.55 and row["profit_launch"] > 0:
        return MOVE if better >= 0.8 and loss <= settings.loss_limit else PART
    return TEST if better >= 0.2 and row["evsi_net"] > 0 else LEAVE

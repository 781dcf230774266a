"""Spend of several files and tools: restated days replaced, double counting refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import LogRow

if TYPE_CHECKING:
    from workbench.sources.merge import Part

__all__ = ["combine_spend"]

_SAME_DAYS = 3
_RESTATED = 0.2
"""Two exports of the same campaigns whose full days differ by more are not one account's."""
_ALIKE = 0.05
"""Two sources of one channel whose shared days differ by less tell the same money."""


def combine_spend(parts: Sequence[Part]) -> tuple[pd.DataFrame, list[LogRow]]:
    """Return the spend of all files, each amount once.

    Parameters
    ----------
    parts : sequence of (SourceSpec, file name, ReadResult)
        Oldest first.

    Raises
    ------
    SourceError
        Files that look like two accounts under the same campaign names; the same campaigns by
        day and by week; two sources that report the same money.
    """
    formats = sorted({spec.format for spec, *_ in parts})
    frames, log, problems = [], [], []
    for name in formats:
        own = [result.frame for spec, _, result in parts if spec.format == name]
        try:
            frame, rows = _restated(name, own)
        except SourceError as error:
            problems += error.problems
            continue
        frames.append(frame.assign(format=name))
        log += rows
    if problems:
        raise SourceError(problems)
    together = pd.concat(frames, ignore_index=True)
    log += _counted_twice(together)
    order = ["date", "platform", "account", "campaign", "campaign_id", "adset", "ad",
             "attribution_setting", "source_file"]  # fmt: skip
    return together.sort_values(order, kind="stable").drop(columns="format"), log


def _entity(frames: Sequence[pd.DataFrame]) -> list[str]:
    """Return the columns that tell one advert from another in all files of a tool."""

    def everywhere(name: str) -> bool:
        return all(frame[name].notna().all() for frame in frames)

    def alike(name: str) -> bool:
        return len({bool(frame[name].notna().any()) for frame in frames}) == 1

    keys = ["platform"]
    keys += ["account"] if everywhere("account") else []
    keys += ["campaign_id"] if everywhere("campaign_id") else ["campaign"]
    if alike("adset") and alike("ad"):  # else files of different depth: replace whole campaigns
        keys += ["adset", "ad"]
    return keys


def _restated(source: str, frames: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, list[LogRow]]:
    """Return the rows of one tool's files: by advert and day those of the last file."""
    if len(frames) == 1:
        return frames[0], []
    entity = _entity(frames)
    ranked = [frame.assign(rank=rank) for rank, frame in enumerate(frames)]
    rows = pd.concat(ranked, ignore_index=True)
    _same_grain(source, rows, entity)
    groups = rows.groupby([*entity, "date"], dropna=False, sort=False)["rank"]
    old = rows["rank"] < groups.transform("max")
    kept, replaced = rows[~old], rows[old]
    if not len(replaced):
        return kept.drop(columns="rank"), []
    pairs = _pairs(kept, replaced, [*entity, "date"])
    if "account" not in entity and "campaign_id" not in entity:
        _one_account(source, pairs)
    note = f"spend {pairs['before'].sum():.2f} before, {pairs['after'].sum():.2f} after"
    files = ", ".join(sorted(replaced["source_file"].unique()))
    log = [LogRow(source, files, "rows replaced by a later file", len(replaced), note)]
    return kept.drop(columns="rank"), log


def _same_grain(source: str, rows: pd.DataFrame, entity: list[str]) -> None:
    """Refuse campaigns that one file reports by day and another, in the same time, by period."""
    spans = [
        rows[daily].groupby(entity, dropna=False)["date"].agg(["min", "max"]).reset_index()
        for daily in (rows["daily"], ~rows["daily"])
    ]
    both = spans[0].merge(spans[1], on=entity, suffixes=("", "_coarse"))
    clash = both[(both["min"] <= both["max_coarse"]) & (both["min_coarse"] <= both["max"])]
    if len(clash):
        raise SourceError(
            Problem(
                f"{source}: {len(clash)} campaigns are reported by day in one file and by longer "
                "periods in another, for the same time",
                ", ".join(sorted(rows["source_file"].unique())),
                "one grain for the same time",
                "leave the coarser file out of brand.yaml",
            )
        )


def _pairs(kept: pd.DataFrame, replaced: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return, per earlier file and key, the spend that it told and the spend that stays."""
    before = replaced.groupby(["source_file", *keys], dropna=False)["spend"].sum()
    after = kept.groupby(keys, dropna=False)["spend"].sum().rename("after").reset_index()
    return before.rename("before").reset_index().merge(after, on=keys)


def _one_account(source: str, pairs: pd.DataFrame) -> None:
    """Refuse to take two accounts with the same campaign names for one restated account."""
    last = pairs.groupby("source_file")["date"].transform("max")
    full = pairs[pairs["date"] < last]  # the last day of an export is often cut
    if full["date"].nunique() < _SAME_DAYS:
        return
    difference = (full["before"] - full["after"]).abs().sum()
    if difference > _RESTATED * max(full["before"].sum(), full["after"].sum()):
        raise SourceError(
            Problem(
                f"{source}: files report the same campaigns and days with different spend "
                f"({full['before'].sum():.2f} and {full['after'].sum():.2f}); either one restates "
                "the other, or they are two ad accounts with the same campaign names",
                ", ".join(sorted(full["source_file"].unique())) + " and a later file",
                "exports of one account, or rows that name their account or campaign id",
                "for two accounts, list the files separately and set options: {account: <name>} "
                "under each; for one, remove the older file",
            )
        )


def _counted_twice(rows: pd.DataFrame) -> list[LogRow]:
    """Refuse two tools that report the same money of a channel; log where they may."""
    daily = rows.groupby(["format", "channel", "date"])["spend"].sum().reset_index()
    log, problems = [], []
    for channel, own in daily.groupby("channel"):
        table = own.pivot(index="date", columns="format", values="spend")
        names = list(table.columns)
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                shared = table[[one, other]].dropna()
                if shared.empty:
                    continue
                first, second = shared[one].sum(), shared[other].sum()
                alike = abs(first - second) <= _ALIKE * max(first, second)
                text = f"{channel}: {one} {first:.2f}, {other} {second:.2f} on {len(shared)} days"
                if "northbeam" in (one, other) or alike:
                    problems.append(text)
                else:
                    log.append(
                        LogRow("spend", "", "channel with spend of two sources", len(shared), text)
                    )
    if problems:
        raise SourceError(
            Problem(
                "two sources report the spend of the same channel and days, which would count it "
                "twice (" + "; ".join(problems) + ")",
                "brand.yaml, sources.spend",
                "each amount from one source",
                "keep one of the two under spend; Northbeam may stand under sources.attributed",
            )
        )
    return log

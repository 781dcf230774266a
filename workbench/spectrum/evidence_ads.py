"""Evidence from ad spend: names of campaigns and ad sets, attribution, spend below value."""

from __future__ import annotations

import pandas as pd

from workbench.decisions.verbs import MOVE
from workbench.spectrum.approved import BUDGET_KINDS, approved
from workbench.spectrum.capabilities import Capability
from workbench.spectrum.facts import Evidence, Facts, count, day_text, matches, quote

__all__ = ["ad_names", "ads_run", "attribution_setting", "budget_on_value"]

AD_DAYS = 90
BELOW_CAC = 0.8
"""Probability that 12-month value is below CAC from which spend counts as not moved on value."""


def running_ads(facts: Facts) -> pd.DataFrame | Evidence:
    """Return the rows with spend in the last 90 days, or why there are none."""
    last = facts.last_day("spend")
    if last is None:
        return Evidence.unknown("There is no ad spend export for the as-of date.")
    recent = facts.recent("spend", AD_DAYS)
    if recent.empty:
        return Evidence.unknown(
            f"The ad spend exports end on {day_text(last)}, more than {AD_DAYS} days before the "
            "as-of date.",
            day=last,
        )
    running = recent[recent["spend"] > 0]
    if running.empty:
        return Evidence(
            "not_applicable",
            f"The ad spend exports show no spend in the {AD_DAYS} days to {day_text(facts.as_of)}.",
            day=last,
        )
    return running


def ads_run(facts: Facts, item: Capability) -> Evidence:
    """Look whether ads run: then the question applies, though no export answers it."""
    running = running_ads(facts)
    if isinstance(running, Evidence):
        return running
    return Evidence.unknown("No export holds it.", applies=True)


def ad_names(facts: Facts, item: Capability) -> Evidence:
    """Look for the thing in the names of campaigns and ad sets with spend in the last 90 days.

    A name shows that it runs, not how well it is kept, hence it proves in part only; that no name
    carries it proves nothing, unless a name shows the opposite.
    """
    running = running_ads(facts)
    if isinstance(running, Evidence):
        return running
    last = running["date"].max().date()
    hit = found_name(running, item.names, item.names_not)
    if hit is not None:
        return Evidence.proven(f"By name it runs: {hit}.", score=1, day=last, open_part=True)
    against = found_name(running, item.names_against, item.names_not)
    if against is not None:
        return Evidence.absent(f"By name the opposite runs: {against}.", day=last)
    names = pd.concat([running["campaign"], running["adset"]]).nunique()
    return Evidence.unknown(
        f"None of {count(names)} campaign and ad set names of the {AD_DAYS} days to "
        f"{day_text(facts.as_of)} carries it; a name alone cannot show that it is missing.",
        day=last,
        applies=True,
    )


def found_name(
    running: pd.DataFrame, patterns: tuple[str, ...], excluded: tuple[str, ...]
) -> str | None:
    """Describe the running names that match: how many, the largest, where."""
    if not patterns:
        return None
    # campaign and ad set are read together: "LAL 1%" often stands below "Best customers"
    name = running["campaign"].fillna("") + " / " + running["adset"].fillna("")
    rows = running.assign(name=name.str.strip(" /"))[matches(name, patterns, excluded)]
    if rows.empty:
        return None
    spend = rows.groupby("name")["spend"].sum()
    largest = spend.sort_index().sort_values(ascending=False, kind="stable").index[0]
    rows = rows[rows["name"] == largest]
    files = ", ".join(sorted(set(rows["source_file"].dropna())))
    more = f" and {len(spend) - 1} more" if len(spend) > 1 else ""
    until = day_text(rows["date"].max().date())
    return f"{quote(str(largest))}{more}, with spend to {until}{f' ({files})' if files else ''}"


def attribution_setting(facts: Facts, item: Capability) -> Evidence:
    """Look whether each platform reports under one attribution setting, and all under the same."""
    running = running_ads(facts)
    if isinstance(running, Evidence):
        return running
    last = running["date"].max().date()
    stated = running.dropna(subset=["attribution_setting"])
    stated = stated[stated["attribution_setting"].str.strip() != ""]
    if stated.empty:
        return Evidence.unknown(
            f"No ad spend export of the {AD_DAYS} days to {day_text(facts.as_of)} states its "
            "attribution setting.",
            day=last,
            applies=True,
        )
    by_platform = stated.groupby("platform")["attribution_setting"].agg(lambda s: sorted(set(s)))
    listed = "; ".join(
        f"{platform}: {', '.join(quote(name) for name in names[:3])}"
        for platform, names in by_platform.items()
    )
    mixed = [str(platform) for platform, names in by_platform.items() if len(names) > 1]
    if mixed:
        return Evidence.absent(
            f"Attribution settings are mixed within {', '.join(mixed)}, so that its figures must "
            f"not be added up ({listed}).",
            day=last,
        )
    # influencer fees and the like claim no purchases, so that they need no setting
    claiming = running.loc[running["platform_conversions"].notna(), "platform"].dropna()
    silent = sorted(set(claiming) - set(by_platform.index))
    one = len({names[0] for names in by_platform}) == 1
    words = f"One attribution setting per platform ({listed})"
    if silent:
        words += f"; none is stated by {', '.join(silent)}"
    elif not one:
        words += "; the platforms differ"
    return Evidence.proven(f"{words}.", score=2 if one and not silent else 1, day=last)


def budget_on_value(facts: Facts, item: Capability) -> Evidence:
    """Look whether money goes where 12-month value is, and whether moves were decided on it.

    Money in channels that are very likely worth less than their CAC says no, whatever was decided.
    Approved moves of budget prove it in part: that they were made stands in no export. Without
    any, a proposed budget that is very likely better than today's says no. That no channel is
    below its CAC proves nothing by itself.
    """
    running = running_ads(facts)
    if isinstance(running, Evidence):
        return running
    channels = facts.table("channels")
    if channels.empty:
        return Evidence.unknown("No channel values were computed in this run.", applies=True)
    spend = running.groupby("channel")["spend"].sum()
    paid = channels[channels["channel"].isin(spend.index)].copy()
    paid["below"] = 1.0 - paid["p_value_above_cac"]
    bad = paid[paid["below"] >= BELOW_CAC].sort_values(
        ["below", "channel"], ascending=[False, True]
    )
    moves = approved(facts, *BUDGET_KINDS)
    decided = _decided(moves)
    if len(bad):
        share = spend[bad["channel"]].sum() / spend.sum()
        names = ", ".join(
            f"{quote(name)} ({_percent(below)})"
            for name, below in zip(bad["channel"], bad["below"], strict=True)
        )
        split = "cac_counted" in bad and bool((bad["cac"] < bad["cac_counted"]).any())
        part = ", part of the customers of unknown channel counted" if split else ""
        words = (
            f"{share:.0%} of the ad spend of the {AD_DAYS} days to {day_text(facts.as_of)} went to "
            f"channels whose 12-month value is very likely below CAC{part}: {names} (channels.csv)."
        )
        return Evidence.absent(f"{words}{f' {decided}' if decided else ''}", day=facts.as_of)
    if decided:
        words = f"{decided} That they were made stands in no export."
        return Evidence.proven(words, score=1, day=moves["day"].max().date(), open_part=True)
    better = _better_budget(facts)
    if better:
        return Evidence.absent(better, day=facts.as_of)
    return Evidence.unknown(
        f"No channel with spend in the {AD_DAYS} days to {day_text(facts.as_of)} is very "
        "likely worth less than its CAC; how budget is decided stands in no export.",
        day=facts.as_of,
        applies=True,
    )


def _decided(moves: pd.DataFrame) -> str:
    """Say how many moves of budget were approved, empty if none was."""
    if moves.empty:
        return ""
    n = len(moves)
    return (
        f"{n} move{'' if n == 1 else 's'} of budget {'was' if n == 1 else 'were'} approved, the "
        f"last on {day_text(moves['day'].max().date())} (approvals.jsonl)."
    )


def _better_budget(facts: Facts) -> str:
    """Say that the proposed budget is very likely better than today's; empty if it is not."""
    rows = facts.table("budget_summary")
    if rows.empty:
        return ""
    row = rows.iloc[0]
    if not (row["verb"] == MOVE and row["p_better"] >= BELOW_CAC):
        return ""
    n = int(row["changes"])
    return (
        f"Moving budget between {n} channels would very likely ({_percent(row['p_better'])}) bring "
        f"more 12-month value than today's split (budget.csv)."
    )


def _percent(p: float) -> str:
    """Write a probability as a whole percentage, never as 100%."""
    return "more than 99%" if p > 0.995 else f"{p:.0%}"

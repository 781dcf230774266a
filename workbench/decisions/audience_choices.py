"""Who is chosen for each audience, before consent decides who may be in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.decisions.audience_settings import AudienceSettings
from workbench.decisions.offers import Offer, expected_profit
from workbench.decisions.tools import AD_TOOLS, MAIL
from workbench.plots.words import money

__all__ = ["Choice", "choices", "offer_of"]

SURE = 0.95


@dataclass(frozen=True)
class Choice:
    """One audience before consent.

    Attributes
    ----------
    audience : str
        Stable id.
    purpose : {"acquire", "suppress", "retain", "win back", "upsell"}
    tools : tuple of str
        Tools whose lists have these members.
    definition : str
        In words, with numbers.
    rows : ndarray of int
        Positions of the members among the customers, then the strangers of the refund history.
    value : ndarray or None, shape (members,)
        Currency, above 0; None where the list carries no value.
    offer : Offer or None
        What is believed of contacting them.
    reasons : dict of str to int
        Who would have fitted and was left out, by reason.
    """

    audience: str
    purpose: str
    tools: tuple[str, ...]
    definition: str
    rows: np.ndarray
    value: np.ndarray | None = None
    offer: Offer | None = None
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def by_mail(self) -> bool:
        """Whether its members are written to, rather than shown or spared ads."""
        return self.tools == (MAIL,)


def offer_of(settings: AudienceSettings, kind: str) -> Offer:
    """Return the offer of a kind of campaign: retain, winback or second."""
    return Offer(
        getattr(settings, f"{kind}_uplift_mean"),
        getattr(settings, f"{kind}_uplift_sd"),
        settings.contact_cost,
        settings.incentive,
    )


def choices(
    segments: pd.DataFrame,
    refunds: pd.DataFrame,
    strangers: pd.DataFrame,
    settings: AudienceSettings,
    currency: str,
) -> list[Choice]:
    """Choose for all audiences, always in the same order.

    Parameters
    ----------
    segments : DataFrame
        Of `segment_table`.
    refunds, strangers : DataFrame
        Of `refund_history`; those of its rows whose customers are not among the segments.
    settings : AudienceSettings
    currency : str
    """
    column = {name: segments[name].to_numpy() for name in segments.columns}
    threshold = column["value_threshold"][0] if len(segments) else np.nan
    with np.errstate(invalid="ignore"):
        likely = column["p_value_above"] >= settings.seed_probability
    words = (
        f"12-month value above {money(threshold, currency)} with a probability of at least "
        f"{settings.seed_probability:.0%}"
    )
    return [
        *_for_acquisition(column, likely, words, settings),
        *_to_suppress(column, refunds, strangers, len(segments), settings),
        *_for_google(column, likely, words),
        *_for_mail(column, likely, words, settings, currency),
    ]


def _for_acquisition(
    column: dict[str, np.ndarray], likely: np.ndarray, words: str, settings: AudienceSettings
) -> list[Choice]:
    value = column["value_12m_mean"]
    positive = value > 0
    old = column["age_days"] >= settings.seed_min_age_days
    fit = np.flatnonzero(likely & old & positive)
    # stable: equal probabilities by expected value, then in the order of the customers
    fit = fit[np.lexsort((-value[fit], -column["p_value_above"][fit]))]
    seed = np.sort(fit[: settings.seed_most])
    whole = np.flatnonzero(positive)
    return [
        Choice(
            "seed_value_v1", "acquire", ("Meta Ads", "TikTok Ads"),
            f"Seed for lookalikes: {words}, first order at least {settings.seed_min_age_days} days "
            f"ago, at most {settings.seed_most:,} people, the most probable first. Value: expected "
            "12-month value.",
            seed, value[seed],
            reasons={
                f"first order less than {settings.seed_min_age_days} days ago": int(
                    (likely & ~old).sum()
                ),
                "beyond the largest seed": len(fit) - len(seed),
                "expected value not above 0": int((likely & old & ~positive).sum()),
            },
        ),
        Choice(
            "customer_value_v1", "acquire", ("Meta Ads",),
            "The whole customer base with its value, for value-based lookalikes: expected "
            "contribution from the first order to day 365, observed plus predicted.",
            whole, value[whole],
            reasons={
                "expected value not above 0": int((value <= 0).sum()),
                "value not known": int(np.isnan(value).sum()),
            },
        ),
    ]  # fmt: skip


def _to_suppress(
    column: dict[str, np.ndarray],
    refunds: pd.DataFrame,
    strangers: pd.DataFrame,
    customers: int,
    settings: AudienceSettings,
) -> list[Choice]:
    def abusers(table: pd.DataFrame) -> pd.Series:
        return (table["refund_share"] >= settings.refund_share) & (
            table["refunded_orders"] >= settings.refund_orders
        )

    recent = np.flatnonzero(column["days_since_order"] < column["suppress_days"])
    refunding = pd.Index(refunds.loc[abusers(refunds), "customer_id"])
    known = np.flatnonzero(refunding.get_indexer(pd.Index(column["customer_id"])) >= 0)
    unknown = customers + np.flatnonzero(abusers(strangers).to_numpy())
    with np.errstate(invalid="ignore"):
        losing = np.flatnonzero(column["value_12m_q95"] < 0)
    return [
        Choice(
            "suppress_recent_buyers_v1", "suppress", AD_TOOLS,
            f"Bought less than {settings.suppress_rhythms:g} of their own inter-purchase times ago "
            f"(at least {settings.suppress_days_min:g}, at most {settings.suppress_days_max:g} "
            "days): exclude them from campaigns.",
            recent,
        ),
        Choice(
            "suppress_refunds_v1", "suppress", AD_TOOLS,
            f"At least {settings.refund_orders} orders refunded and {settings.refund_share:.0%} of "
            "what was bought: exclude them from campaigns.",
            np.concatenate([known, unknown]),
        ),
        Choice(
            "suppress_margin_v1", "suppress", AD_TOOLS,
            f"12-month contribution below 0 with a probability of at least {SURE:.0%}, observed "
            "part included: exclude them from campaigns.",
            losing,
        ),
    ]  # fmt: skip


def _for_google(column: dict[str, np.ndarray], likely: np.ndarray, words: str) -> list[Choice]:
    lapsed = column["segment"] == "lapsed"
    still = "probability of still being active below 20%"
    tool = ("Google Ads",)
    return [
        Choice(
            "existing_customers", "acquire", tool,
            "All customers, for the new-customer goal.", np.arange(len(lapsed)),
        ),
        Choice(
            "high_value_customers", "acquire", tool,
            f"{words[0].upper()}{words[1:]}, for the high-value new-customer goal.",
            np.flatnonzero(likely),
        ),
        Choice(
            "lapsed_customers", "win back", tool,
            f"{still.capitalize()}, for the re-engagement goal.", np.flatnonzero(lapsed),
        ),
        Choice(
            "lapsed_high_value", "win back", tool,
            f"{still.capitalize()} and {words}.", np.flatnonzero(lapsed & likely),
        ),
    ]  # fmt: skip


def _for_mail(
    column: dict[str, np.ndarray],
    likely: np.ndarray,
    words: str,
    settings: AudienceSettings,
    currency: str,
) -> list[Choice]:
    segment, top = column["segment"], column["clv_band"] == "top"
    resting = column["days_since_order"] < column["suppress_days"]
    gain = column["buyer_12m_mean"] - column["next_12m_mean"]

    def offered(audience: str, purpose: str, kind: str, who: np.ndarray, text: str) -> Choice:
        offer = offer_of(settings, kind)
        with np.errstate(invalid="ignore"):
            pays = expected_profit(gain, column["p_order_60d"], offer) > 0
        prior = (
            f"contacted only where uplift (prior {100 * offer.uplift_mean:.1f} ± "
            f"{100 * offer.uplift_sd:.1f} percentage points) times what one more buyer brings "
            f"exceeds the cost ({money(offer.contact_cost, currency)} a contact, "
            f"{money(offer.incentive, currency)} an incentive)"
        )
        reasons = {
            "bought too recently by their own rhythm": int((who & resting).sum()),
            "uplift times value does not exceed the cost": int((who & ~resting & ~pays).sum()),
        }
        rows = np.flatnonzero(who & ~resting & pays)
        return Choice(audience, purpose, (MAIL,), f"{text}; {prior}.", rows, None, offer, reasons)

    return [
        offered(
            "retain_lapsing_v1", "retain", "retain", (segment == "lapsing") & (likely | top),
            f"Probability of still being active 20% to 50%, and in the top band of the next 12 "
            f"months or with {words}",
        ),
        offered(
            "win_back_v1", "win back", "winback", segment == "lapsed",
            "Probability of still being active below 20%",
        ),
        offered(
            "second_order_v1", "upsell", "second",
            (column["repeat_days"] == 0) & (segment != "lapsed"),
            "Bought once and not lapsed: second order within 60 days",
        ),
        Choice(
            "upsell_top_v1", "upsell", (MAIL,),
            "Active and in the top band: most likely to bring more in the next 12 months than the "
            f"mean at the {settings.top_share:.0%} mark. Profit not quantified: no prior says what "
            "an upsell adds.",
            np.flatnonzero((segment == "active") & top),
        ),
    ]  # fmt: skip

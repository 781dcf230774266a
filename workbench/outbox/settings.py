"""What a brand decides about the files that go back into its tools."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.decisions.tools import SMALLEST
from workbench.errors import InputError, Problem

__all__ = ["OutboxSettings"]

_ALLOWED = {
    "ads_consent": ("given", "not_refused"),
    "suppression_consent": ("given", "not_refused", "all"),
    "variants": ("plain", "hashed", "both"),
}


@dataclass(frozen=True)
class OutboxSettings:
    """Settings of the outbox.

    Attributes
    ----------
    ads_consent : {"given", "not_refused"}
        Whose contacts may be uploaded to an ad platform. ``given``, the default, takes a contact
        only where consent is on record (e-mail by e-mail consent, phone by SMS consent); unknown
        counts as no. ``not_refused`` lets unknown through, never a refusal.
    suppression_consent : {"given", "not_refused", "all"}
        The same for lists that only exclude people from ads. Strict by default, because excluding
        somebody hands their contact to the platform just as targeting does, and somebody who
        refused marketing did not agree to that. The price: they may still see acquisition ads;
        the table of left-out customers says how many.
    variants : {"plain", "hashed", "both"}
        Which files of an ad list are written. Plain text is hashed by the platform at upload.
    gmail_dots : bool
        Whether Google's hash of a gmail.com or googlemail.com address drops dots and ``+tag``.
        Google's own formatting library does; the help page of the CSV upload does not say.
    shared_contact_limit : int
        A contact that more customer ids share than this is a placeholder of the shop: it names
        nobody, joins nobody and goes into no file.
    holdout : float
        Share of people withheld at random from each Klaviyo audience, so that the action can be
        measured, where the audience itself does not say how many; 0 withholds nobody. They are
        listed by customer id in ``holdouts.csv``.
    klaviyo_list_id : str
        Klaviyo list that bulk-import requests add profiles to; empty adds them to none.
    klaviyo_phones : bool
        Whether profiles carry phones with SMS consent. A phone that Klaviyo already knows under
        another profile makes the import fail for that row, hence not by default.
    klaviyo_suppression : bool
        Whether profile suppression jobs are written. They stop e-mail to people for good.
    google_conversion_name : str
        Conversion action whose values are adjusted, exactly as in Google Ads; empty writes none.
    google_channels : tuple of str
        Channels of orders that Google counted; empty means all orders.
    order_id_column : str
        Column of the orders that equals the transaction id the tag sent to Google.
    smallest : int
        People in a list for ads, at least; that of `decisions.audiences`, so that no plan promises
        a file that is refused here.
    timezone : str
        IANA name; the brand's.
    currency : str
        ISO 4217; the brand's.
    """

    ads_consent: str = "given"
    suppression_consent: str = "given"
    variants: str = "both"
    gmail_dots: bool = True
    shared_contact_limit: int = 5
    holdout: float = 0.1
    klaviyo_list_id: str = ""
    klaviyo_phones: bool = False
    klaviyo_suppression: bool = False
    google_conversion_name: str = ""
    google_channels: tuple[str, ...] = ("Google Ads",)
    order_id_column: str = "order_id"
    smallest: int = SMALLEST
    timezone: str = "UTC"
    currency: str = "USD"

    def __post_init__(self) -> None:
        problems = [
            Problem(
                f"{name} must not be {getattr(self, name)!r}",
                f"outbox.{name}",
                " | ".join(allowed),
                "choose one of these",
            )
            for name, allowed in _ALLOWED.items()
            if getattr(self, name) not in allowed
        ]
        if not 0.0 <= self.holdout < 1.0:
            what = f"holdout must be a share of people, got {self.holdout!r}"
            problems.append(Problem(what, "outbox.holdout", "0 <= holdout < 1", "e.g. 0.1"))
        if self.shared_contact_limit < 1:
            what = f"shared_contact_limit must be at least 1, got {self.shared_contact_limit!r}"
            problems.append(Problem(what, "outbox.shared_contact_limit", ">= 1", "e.g. 5"))
        if problems:
            raise InputError(problems)

    def writes(self, variant: str) -> bool:
        """Say whether a variant of an ad list, ``plain`` or ``hashed``, is written."""
        return self.variants in (variant, "both")

"""What goes back into the tools: files for Klaviyo, Meta, Google and TikTok, and their approval.

``settings`` is what a brand decides, ``contacts`` who may be reached and who is the same person,
``identifiers`` how platforms want contacts written and hashed, ``klaviyo``, ``meta``, ``google``,
``tiktok`` and ``spend_sheet`` the formats, ``lists`` who of an audience is in which file,
``plan_file`` the plan beside them, ``write`` one folder from all of these, ``approval`` who
approved what, ``approval_log`` the log of it. Nothing is sent anywhere. E-mail addresses and phones
exist in the files this package writes and nowhere else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.outbox.approval import approve, plan_state
    from workbench.outbox.approval_log import read_log
    from workbench.outbox.settings import OutboxSettings
    from workbench.outbox.write import Outbox, write_outbox

__all__ = ["Outbox", "OutboxSettings", "approve", "plan_state", "read_log", "write_outbox"]

_HOME = {
    "Outbox": "write",
    "OutboxSettings": "settings",
    "approve": "approval",
    "plan_state": "approval",
    "read_log": "approval_log",
    "write_outbox": "write",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"workbench.outbox.{_HOME[name]}"), name)

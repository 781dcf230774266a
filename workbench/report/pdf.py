"""`report.pdf`: the client page printed by a Chromium, where the machine has one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from datetime import date
from pathlib import Path

from workbench.cache import scratch_folder, write_bytes

__all__ = ["find_chromium", "print_pdf"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Looked for on the PATH, in this order, after the program that CHROMIUM names."""
SECONDS = 120.0
"""A page that is not printed by then is given up."""
LETTER = ("USD", "CAD", "MXN")
"""Currencies of countries that print on Letter; all others print on A4."""
NO_BROWSER = (
    "report.pdf was not written: no Chromium was found. Install chromium or google-chrome, or name "
    "one in the environment variable CHROMIUM; or print report.html from any browser."
)

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
_CLOCK = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}")
_AGENT = re.compile(rb"(/Creator \()((?:\\.|[^\\)])*)\)")


def find_chromium() -> str | None:
    """Return the path of a Chromium: the one CHROMIUM names, else the first on the PATH."""
    named = os.environ.get("CHROMIUM")
    return next(
        (path for name in (named, *BROWSERS) if name and (path := shutil.which(name))), None
    )


def print_pdf(
    page: Path, target: Path, *, as_of: date | str, currency: str = "", seconds: float = SECONDS
) -> str:
    """Print an HTML page to PDF, on paper of the currency's country, with all details open.

    The browser runs without network and with a profile of its own. A PDF from an earlier run is
    removed first, so that none is ever older than its page. The dates inside the PDF become the
    as-of date, and the name of the browser is left out: the same page, printed by the same
    Chromium with the same fonts, gives the same bytes; another release may lay it out otherwise.

    Parameters
    ----------
    page, target : Path
        ``report.html`` and ``report.pdf``.
    as_of : date or str
        Day that the PDF bears as its date.
    currency : str
        ISO 4217 code; decides between Letter and A4.
    seconds : float
        Time limit.

    Returns
    -------
    str
        Empty, or a note that says why there is no PDF. A missing PDF stops no report.
    """
    target.unlink(missing_ok=True)
    browser = find_chromium()
    if browser is None:
        return NO_BROWSER
    with scratch_folder() as folder:
        source, made = folder / "report.html", folder / "report.pdf"
        size = "letter" if currency in LETTER else "A4"
        html = page.read_text(encoding="utf-8")
        paper = f"<style>@page {{ size: {size}; }}</style>\n</head>"
        source.write_text(html.replace("</head>", paper, 1), encoding="utf-8")
        command = [
            browser, *_FLAGS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}",
            source.as_uri(),
        ]  # fmt: skip
        if not _finished(command, seconds):
            return (
                f"report.pdf was not written: Chromium took longer than {seconds:,.0f} seconds. "
                "Print report.html from a browser."
            )
        body = made.read_bytes() if made.is_file() else b""
    if not body.startswith(b"%PDF"):
        return (
            "report.pdf was not written: Chromium ended without printing. Print report.html from "
            "a browser."
        )
    write_bytes(target, _without_clock(body, str(as_of)))
    return ""


def _finished(command: list[str], seconds: float) -> bool:
    """Run a browser; past the time limit end it together with the processes it started."""
    running = subprocess.Popen(  # noqa: S603 - the program is looked up, the page is our own
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    finally:  # also when the run is interrupted
        if running.poll() is None:
            with suppress(ProcessLookupError):
                if hasattr(os, "killpg"):
                    os.killpg(running.pid, signal.SIGKILL)
                else:  # Windows
                    running.kill()
            running.wait()
    return True


def _without_clock(body: bytes, as_of: str) -> bytes:
    """Put the as-of date for the clock and blanks for the browser's name; no byte moves."""
    stamp = as_of[:10].replace("-", "").encode() + b"000000"

    def maker(found: re.Match[bytes]) -> bytes:
        size = len(found[2])
        return found[1] + b"CLV Workbench".ljust(size)[:size] + b")"

    return _AGENT.sub(maker, _CLOCK.sub(lambda found: found[1] + stamp, body), count=1)

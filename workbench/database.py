"""Opening a database that `brand.yaml` names, with credentials from the environment alone.

A connection URL in `brand.yaml` may hold ``${NAME}``, which stands for an environment variable. A
password written out is refused. What a driver says is repeated only without the credential.
"""

from __future__ import annotations

import os
import re
import warnings
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus
from uuid import uuid4

from workbench.errors import Problem, SourceError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

__all__ = [
    "URL",
    "close",
    "expand",
    "keep",
    "ones",
    "open_database",
    "quiet",
    "with_points_in_time",
    "without_bar",
    "written_secret",
]

URL = re.compile(r"[a-z][a-z0-9_+.-]*(://\S*)?|\$\{[A-Za-z_][A-Za-z0-9_]*\}")
"""An ibis connection URL, the bare name of an ibis backend, or one environment variable."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_NAME = re.compile(
    r"pass|pwd|secret|token|credential|(private|api|access|account).?key", re.IGNORECASE
)
_FILE_ENGINES = ("duckdb", "sqlite")
_PATIENCE = {"postgres": "connect_timeout", "mysql": "connect_timeout"}
_SECONDS = 15


def _parts(url: str) -> tuple[str, str, str, str]:
    """Return scheme, user and password, host with path, and query of a URL."""
    scheme, _, rest = url.partition("://")
    rest, _, query = rest.partition("?")
    user, _, place = rest.rpartition("@")
    return scheme, user, place, query


def _secrets(url: str) -> list[str]:
    """Return the values in a URL that are secret, as they are written there."""
    _, user, _, query = _parts(url)
    named = [pair.partition("=") for pair in query.split("&")]
    return [
        value
        for value in (
            user.partition(":")[2],
            *(value for name, _, value in named if _SECRET_NAME.search(name)),
        )
        if value
    ]


def written_secret(url: str) -> bool:
    """Tell whether a URL holds a password or token itself, and not a ``${NAME}`` for it."""
    return any(_VARIABLE.sub("", secret) for secret in _secrets(url))


def expand(url: str, environment: Mapping[str, str] | None = None) -> str:
    """Put the values of environment variables in the place of ``${NAME}``.

    In the user, password and query of a URL they are quoted, so that any character may be in them.

    Raises
    ------
    SourceError
        Naming every variable that is not set.
    """
    known = os.environ if environment is None else environment
    missing = sorted({name for name in _VARIABLE.findall(url) if not known.get(name)})
    if missing:
        named = ", ".join(missing)
        raise SourceError(
            [
                Problem(
                    f"the environment variable {name} is not set",
                    "brand.yaml: connect or engine",
                    todo=f"set it before you start the workbench, e.g. export {name}=...",
                )
                for name in missing
            ],
            title=f"No connection without {named}",
        )
    if _VARIABLE.fullmatch(url):
        return known[url[2:-1]]
    scheme, user, place, query = _parts(url)

    def filled(text: str, *, quoted: bool) -> str:
        return _VARIABLE.sub(
            lambda found: quote(known[found[1]], safe="") if quoted else known[found[1]], text
        )

    text = f"{scheme}://" if "://" in url else scheme
    text += filled(user, quoted=True) + "@" if user else ""
    text += filled(place, quoted=False)
    return text + (f"?{filled(query, quoted=True)}" if query else "")


def ones(mask: ir.BooleanValue) -> ir.IntegerValue:
    """Return 1 where true, else 0. PostgreSQL casts no boolean to a whole number of 64 bits."""
    import ibis

    return ibis.ifelse(mask, ibis.literal(1, "int64"), ibis.literal(0, "int64"))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what ibis and its drivers say to each other about deprecated calls from the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def keep(connection: BaseBackend, expression: ir.Table, name: str) -> ir.Table:
    """Compute a table once and keep it in the engine for as long as the connection lives.

    Temporary tables where the engine has them. Spark has none: there the rows are kept by its
    workers under a temporary view that has forgotten how it was made. A cached view would not do:
    Spark unfolds it to its source in every question, which doubles the plan with every view.
    """
    unique = f"workbench_{name}_{uuid4().hex[:12]}"
    with quiet():
        try:
            return connection.create_table(unique, expression, temp=True)
        except NotImplementedError:
            return _keep_in_spark(connection, expression, unique)


def _keep_in_spark(connection: BaseBackend, expression: ir.Table, name: str) -> ir.Table:
    connection.create_view(name, expression)
    rows = connection.raw_sql(f"SELECT * FROM {name}").localCheckpoint()
    rows.createOrReplaceTempView(name)
    # the session belongs to the process and would hold the rows for as long
    weakref.finalize(connection, _drop_view, rows.sparkSession, name).atexit = False
    return connection.table(name)


def _drop_view(session: Any, name: str) -> None:
    with suppress(Exception):  # the session may have been stopped
        session.catalog.dropTempView(name)


def with_points_in_time(connection: BaseBackend, table: ir.Table) -> ir.Table:
    """Give a table of Spark the time zone of its columns of type TIMESTAMP.

    Such a column holds points in time, a TIMESTAMP_NTZ the time on a wall clock; ibis takes both
    for times without a zone, and reads the first as UTC. Tables of other engines stay as they are.
    """
    import ibis.expr.datatypes as dt

    if connection.name != "pyspark":
        return table
    kinds = connection.raw_sql(connection.compile(table)).dtypes
    points = [name for name, kind in kinds if kind == "timestamp"]
    return table.cast(dict.fromkeys(points, dt.Timestamp("UTC", scale=6))) if points else table


def open_database(url: str, *, folder: Path | None = None, where: str) -> BaseBackend:
    """Open the database behind an ibis connection URL.

    Parameters
    ----------
    url : str
        As in `brand.yaml`; DuckDB and SQLite files are relative to `folder` and opened for
        reading only.
    folder : Path, optional
        The brand folder.
    where : str
        Place of the setting, for messages.

    Raises
    ------
    SourceError
        If a variable is not set, the file is missing, the driver is not installed, or the server
        does not answer. Neither the message nor its cause holds a password.
    """
    filled = expand(url)
    name = filled.partition("://")[0]
    path = _file_of(filled, folder or Path(), where)
    try:
        with quiet():
            return _connect(name, filled, path)
    except ImportError:
        raise SourceError(
            Problem(
                f"the engine {name!r} could not be opened (its driver is not installed)",
                where,
                "duckdb, or an engine whose driver is installed",
                f"run: pip install 'ibis-framework[{name.replace('postgresql', 'postgres')}]'",
            )
        ) from None
    except Exception as error:  # every driver has its own family of errors
        said = "" if _VARIABLE.fullmatch(url) else _harmless(error, filled)
        raise SourceError(
            Problem(
                f"the engine {name!r} could not be opened ({type(error).__name__}{said})",
                where,
                "duckdb, or an ibis backend or connection URL that this machine reaches",
                "check host, port, database, user and password (in the environment), and that "
                "the server runs and lets this machine in"
                if path is None
                else f"close other programs that write to the file, and check that it is of {name}",
            )
        ) from None


def close(connection: BaseBackend) -> None:
    """Close a connection. A Spark session belongs to the whole process and stays open."""
    if connection.name != "pyspark":
        with suppress(Exception):
            connection.disconnect()


def _connect(name: str, url: str, path: Path | None) -> BaseBackend:
    import ibis

    if path is not None:
        connection = getattr(ibis, name).connect(path, **_READ_ONLY.get(name, {}))
        return without_bar(connection) if name == "duckdb" else connection
    if "://" not in url:
        return getattr(ibis, name).connect()
    patience = {option: _SECONDS for scheme, option in _PATIENCE.items() if name.startswith(scheme)}
    return ibis.connect(url, **patience)


def without_bar(duckdb: BaseBackend) -> BaseBackend:
    """Keep DuckDB from drawing its own bar onto the terminal or into the client's page.

    Without ipywidgets it can draw none in a notebook, and refuses to be told not to.
    """
    if find_spec("ipywidgets") is not None:
        duckdb.raw_sql("SET enable_progress_bar = false")
    return duckdb


_READ_ONLY: dict[str, dict[str, Any]] = {"duckdb": {"read_only": True}}


def _file_of(url: str, folder: Path, where: str) -> Path | None:
    """Return the file of a DuckDB or SQLite URL; None where the URL names a server."""
    name, _, place, _ = _parts(url)
    if name not in _FILE_ENGINES or not place or place.startswith("md:"):
        return None
    path = folder / place
    if not path.is_file():
        raise SourceError(
            Problem(
                f"there is no database file {place!r}",
                where,
                "a file below the brand folder, or an absolute path after three slashes: "
                f"{name}:///data/shop.{name}",
                "check the path",
            )
        )
    return path


def _harmless(error: Exception, url: str) -> str:
    """Return the first line of what a driver says, without any part of the credential."""
    lines = str(error).strip().splitlines() or [""]
    said = lines[0].strip()
    for secret in _secrets(url):
        for form in (secret, unquote_plus(secret), url):
            said = said.replace(form, "***")
    return f": {said[:200]}" if said else ""

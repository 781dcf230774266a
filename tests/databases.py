"""Databases of the tests: a DuckDB file, and a PostgreSQL server that lives for one session."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

PASSWORD = "h@rd/to:guess?&#%"
"""Every character in it has a meaning in a URL."""
URL = "postgres://${WB_USER}:${WB_PASSWORD}@127.0.0.1:${WB_PORT}/shop"


def duckdb_file(path: Path, tables: dict[str, pd.DataFrame]) -> Path:
    """Write data frames as tables of a DuckDB file; a name may hold a schema."""
    with duckdb.connect(str(path)) as connection:
        for name, frame in tables.items():
            schema = name.rpartition(".")[0]
            if schema:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            connection.register("given", frame)
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")
            connection.unregister("given")
    return path


def postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs: on the path, or where Debian has them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


@dataclass(frozen=True)
class Postgres:
    """A running server; its user `shop` has `PASSWORD`."""

    port: int

    def run(self, *statements: str) -> None:
        """Run statements as the owner of the database."""
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="shop", password=PASSWORD, dbname="shop",
            autocommit=True,
        ) as connection:  # fmt: skip
            for statement in statements:
                connection.execute(statement)

    def fill(self, name: str, kinds: dict[str, str], frame: pd.DataFrame) -> None:
        """Make a table and copy a data frame into it."""
        import psycopg

        columns = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
        self.run(f"DROP TABLE IF EXISTS {name}", f"CREATE TABLE {name} ({columns})")
        names = ", ".join(f'"{column}"' for column in kinds)
        with (
            psycopg.connect(
                host="127.0.0.1", port=self.port, user="shop", password=PASSWORD, dbname="shop"
            ) as connection,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {name} ({names}) FROM STDIN WITH (FORMAT csv)") as copy,
        ):
            copy.write(frame[list(kinds)].to_csv(index=False, header=False))


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server on a free port of this machine, and stop it afterwards."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server is not installed (apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="workbench-postgres-") as home:
        yield from _serve(programs, Path(home))


def _serve(programs: Path, home: Path) -> Iterator[Postgres]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = home / "password"
    secret.write_text(PASSWORD)
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        for path in (home, secret):
            shutil.chown(path, "nobody")
        user = {"user": "nobody", "group": "nogroup"}

    def run(program: str, *options: str) -> None:
        with (home / "log").open("ab") as log:
            subprocess.run(
                [str(programs / program), *options], check=True, cwd="/", timeout=60, **user,
                stdout=log, stderr=log,
            )  # fmt: skip

    data = str(home / "data")
    run("initdb", "-D", data, "-U", "shop", f"--pwfile={secret}", "-A", "scram-sha-256",
        "--no-sync", "--locale=C", "-E", "UTF8")  # fmt: skip
    options = f"-h 127.0.0.1 -p {port} -k '' -c fsync=off"
    run("pg_ctl", "-D", data, "-w", "-l", str(home / "data" / "server.log"), "-o", options, "start")
    try:
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=port, user="shop", password=PASSWORD, dbname="postgres",
            autocommit=True,
        ) as connection:  # fmt: skip
            connection.execute("CREATE DATABASE shop")
        yield Postgres(port)
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")

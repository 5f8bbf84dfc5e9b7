"""A folder of raw files, a table, and `redshift stream` between them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from tests.fixtures.here import Here
from tests.fixtures.redshift import Warehouse

_PROGRESS = re.compile(r"[\w ]+: \d+(?: of \d+)?")
"""What is said where it takes long."""


@dataclass
class World:
    """What a test has to do with; its tables are dropped at the end."""

    here: Here
    warehouse: Warehouse
    folder: Path
    _tables: set[str] = field(default_factory=set)

    def write(self, **files: str | bytes) -> None:
        """Files of the folder, by their names without an ending."""
        self.folder.mkdir(exist_ok=True)
        for name, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            (self.folder / f"{name}.raw").write_bytes(content)

    def category(self, *options: str, name: str = "raw", **files: str | bytes) -> None:
        """The category of all files in the folder."""
        self.write(**files)
        self.ok("select", "local", str(self.folder), "--label", "raw")
        self.ok("category", "add", name, "**", *options)

    def table(self, name: str, columns: str) -> None:
        """A table, by SQL."""
        self._tables.add(name)
        self.warehouse.sql(f"create table {name} ({columns})")

    def gentable(self, name: str, *words: str) -> None:
        """A table for the category."""
        self._tables.add(name)
        self.ok("redshift", "gentable", name, "raw", *words)

    def stream(self, *words: str) -> "Done":
        """Run it, for the whole category unless the words say otherwise."""
        return Done(self.here("redshift", "stream", *words))

    def load(self, table: str, *options: str) -> "Done":
        """Load the whole category into a table."""
        return self.stream("raw", "*", "*", table, *options)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the warehouse answers."""
        return self.warehouse.sql(sql)

    def ok(self, *words: str) -> "CompletedProcess[str]":
        """Run something that must succeed."""
        done = self.here(*words)
        assert done.returncode == 0, done.stderr
        return done

    @property
    def staged(self) -> list[str]:
        """The keys of what is left of staging."""
        return self.warehouse.staged

    def close(self) -> None:
        """Drop the tables."""
        for name in self._tables:
            self.warehouse.sql(f"drop table if exists {name}")


class Done:
    """What a run said."""

    def __init__(self, done: "CompletedProcess[str]") -> None:
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr

    @property
    def said(self) -> list[str]:
        """Its lines on stderr, the seconds at their ends left out."""
        return [line.rpartition(" (")[0] if line.endswith(" s)") else line for line in self.lines]

    @property
    def lines(self) -> list[str]:
        """Its lines on stderr, but for how far it was."""
        return [line for line in self.stderr.splitlines() if not _PROGRESS.fullmatch(line)]

    @property
    def rejects(self) -> Iterator[dict[str, Any]]:
        """The rows that it shows, of a run with -f ndjson."""
        return map(json.loads, self.stdout.splitlines())

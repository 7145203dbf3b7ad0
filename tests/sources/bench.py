"""Reads a source as a run does: observed, fetched, built by the engine, and looked at again."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb

from meshwright.diagnostics import MeshwrightError
from meshwright.engines.duckdb.engine import DuckDBEngine
from meshwright.engines.protocol import BuiltTable, Session, SourceRead
from meshwright.model import Column, Columns, Node, Source, SourceObservation
from meshwright.run.sources import ReadSource, read_source
from meshwright.sources.context import Patience
from meshwright.sources.readers import SourceReaders

ADDRESS = "sales.orders.raw"
#: Tests wait for nothing longer than this.
QUICK = Patience(timeout_s=5, attempts=2, backoff_s=0.05)


class Bench:
    """A mesh root with readers and an engine."""

    def __init__(
        self, root: Path, session: Session, variables: Mapping[str, str] | None = None, patience: Patience = QUICK
    ) -> None:
        self.root = root
        self.session = session
        self.variables = dict(variables or {})
        self.patience = patience
        self.built: list[Path] = []

    @property
    def readers(self) -> SourceReaders:
        """Fresh readers, as each command has."""
        scratch = self.root / ".meshwright" / "spill"
        return SourceReaders(self.root, scratch, self.variables, glance=self.patience, study=self.patience)

    def node(self, source: Source, columns: Mapping[str, str] | None = None) -> Node:
        """A source node."""
        declared = tuple(Column(name=name, type=kind) for name, kind in (columns or {}).items())
        return Node(address=ADDRESS, kind="source", source=source, columns=declared)

    def observe(self, node: Node) -> SourceObservation:
        """Look at the source, as planning does."""
        return self.readers.observe([node], {}, time.time_ns()).sources[ADDRESS]

    def head(self, node: Node) -> Columns:
        """Return the columns that `check` sees."""
        with self.readers.head(node) as fetched:
            return DuckDBEngine().read_head(
                SourceRead(
                    dataset=ADDRESS,
                    source=fetched.source,
                    files=fetched.files,
                    names=fetched.names,
                    columns=node.columns,
                )
            )

    def read(
        self, node: Node, seen: SourceObservation | None = None, meanwhile: Callable[[], None] | None = None
    ) -> ReadSource:
        """Read the source as a run does; `meanwhile` is called each time after fetching, before the engine reads."""
        if seen is None:
            seen = self.observe(node)
            assert seen.problem is None, seen.problem
        readers = self.readers
        target = self.root / f"built{len(self.built)}"
        self.built.append(target)
        world: Any = SimpleNamespace(
            sources=readers,
            session=_Interposed(self.session, meanwhile),
            files={},
            now=lambda: dt.datetime.now(dt.UTC),
            clock=time.monotonic,
            stop=threading.Event(),
            store=SimpleNamespace(discard=lambda files: [Path(file).unlink() for file, _ in files]),
        )
        desired: Any = SimpleNamespace(node=node)
        return read_source(desired, seen, str(target), world)

    def leftovers(self) -> list[Path]:
        """What is still lying in the scratch folder."""
        scratch = self.root / ".meshwright" / "spill"
        return list(scratch.rglob("*")) if scratch.exists() else []


class _Interposed:
    """A session before which something happens to the source."""

    def __init__(self, session: Any, meanwhile: Callable[[], None] | None) -> None:
        self._session = session
        self._meanwhile = meanwhile

    def build_source(self, read: SourceRead, target: str) -> BuiltTable:
        if self._meanwhile is not None:
            self._meanwhile()
        table: BuiltTable = self._session.build_source(read, target)
        return table


def rows_of(read: ReadSource) -> list[dict[str, Any]]:
    """Return the rows that were stored, in their order."""
    relation = duckdb.sql(f"from '{read.table.files[0][0]}'")
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def types_of(columns: Sequence[Column]) -> dict[str, str]:
    """Return types by column."""
    return {column.name: column.type for column in columns}


def failure(call: Callable[[], object]) -> MeshwrightError:
    """Return the error that `call` ends with."""
    try:
        found = call()
    except MeshwrightError as error:
        return error
    raise AssertionError(f"no error, but {found}")

"""Names for files: a domain is an attached in-memory catalog, a product a schema, a dataset a view over its files."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import duckdb

from meshwright.diagnostics import MeshwrightError
from meshwright.engines.duckdb.deadlines import INTERRUPT_EVERY_S, Deadline
from meshwright.engines.duckdb.errors import interrupted
from meshwright.engines.duckdb.names import BOUND_VIEWS, address, quoted
from meshwright.engines.duckdb.views import places, query_of
from meshwright.engines.protocol import Relation

#: Stands for a product where cursors that only scan lie; no product has this name.
_SCANS = ""


class Namespace:
    """The names of one DuckDB instance. Not safe for several threads; its owner locks."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        #: What stands behind each dataset's name (`Relation.identity`).
        self.shown: dict[str, tuple[str, ...]] = {}
        #: How many statements are using each dataset now.
        self.uses: Counter[str] = Counter()
        #: Cursors that nobody uses now, by the product whose bare names they see.
        self._idle: dict[str, list[duckdb.DuckDBPyConnection]] = {}
        self._domains: set[str] = set()
        self._products: set[str] = set()
        #: Keys of the views whose places were made; these never change.
        self._views: set[str] = set()

    def can_show(self, relations: Mapping[str, Relation]) -> bool:
        """Whether every name stands, or can be made to stand, for these relations without disturbing a user of it."""
        return all(
            self.uses[dataset] == 0 or self.shown.get(dataset) == relation.identity
            for dataset, relation in relations.items()
        )

    def show(self, relations: Mapping[str, Relation]) -> None:
        """Make every name stand for its relation."""
        for dataset, relation in relations.items():
            if self.shown.get(dataset) != relation.identity:
                self.ensure_product(dataset.rpartition(".")[0])
                if relation.view is not None:
                    self._bind(relation)
                query = query_of(relation, BOUND_VIEWS)
                self.connection.execute(f"CREATE OR REPLACE VIEW {address(dataset)} AS {query}")
                self.shown[dataset] = relation.identity

    def _bind(self, relation: Relation) -> None:
        """Make the places that a view stands on."""
        if not self._views:
            self.connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {BOUND_VIEWS.rstrip('.')}")
        made = set(self._views)
        for place in places(relation, BOUND_VIEWS, made):
            for schema in place.schemas:
                self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {BOUND_VIEWS}{quoted(schema)}")
            for statement in place.statements:
                self.connection.execute(statement)
        self._views = made

    def ensure_product(self, product: str) -> None:
        """Make sure that `product` can be used as the place of bare names."""
        if product in self._products:
            return
        domain = product.partition(".")[0]
        if domain not in self._domains:
            self.connection.execute(f"ATTACH ':memory:' AS {quoted(domain)}")
            self._domains.add(domain)
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {address(product)}")
        self._products.add(product)

    def take_cursor(self, product: str | None) -> duckdb.DuckDBPyConnection:
        """Return a cursor with bare names looked up in `product`: a new one, or one that was given back."""
        if product is None:
            return self.connection.cursor()
        if idle := self._idle.get(product):
            return idle.pop()
        if product == _SCANS:
            cursor = self.connection.cursor()
            cursor.execute("PRAGMA disable_optimizer")
            return cursor
        self.ensure_product(product)
        # A new one: it takes 10 us and 15 KB, and pointing another product's cursor here takes ten times as long.
        cursor = self.connection.cursor()
        cursor.execute(f"USE {address(product)}")
        return cursor

    def give_back(self, cursor: duckdb.DuckDBPyConnection, product: str | None) -> None:
        """Keep a cursor on which nothing failed for the next one who asks; one without a product may hold anything."""
        if product is None:
            cursor.close()
        else:
            self._idle.setdefault(product, []).append(cursor)


class _Own(threading.local):
    """What holds for the calling thread."""

    deadline: Deadline | None = None


class Namespaces:
    """Cursors on which names stand for the files that each caller asks for.

    Callers share one instance as long as no two of them want different files behind one name at the same
    time; the second of such two gets a further instance. A published version and a candidate of the same
    dataset can so be read in parallel.
    """

    def __init__(self, opener: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._opener = opener
        self._lock = threading.Lock()
        self._spaces: list[Namespace] = []
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        #: Whether further statements are refused.
        self.is_stopped = False
        self._own = _Own()

    @contextmanager
    def within(self, seconds: float) -> Iterator[Deadline]:
        """Interrupt the statements of the calling thread, and refuse it further ones, when they took so long together."""
        with Deadline(seconds) as deadline:
            self._own.deadline = deadline
            try:
                yield deadline
            finally:
                self._own.deadline = None

    @contextmanager
    def cursor(
        self, relations: Mapping[str, Relation], product: str | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor of the caller's own, with bare names looked up in `product`. Raises DuckDB's errors."""
        space, cursor = self._enter(relations, product)
        is_good = False
        try:
            yield cursor
            is_good = True
        except (duckdb.Error, MeshwrightError) as error:
            if _is_fatal(error) or _is_fatal(error.__cause__):
                self._forget(space)
            raise
        finally:
            if (deadline := self._own.deadline) is not None:
                deadline.remove(cursor)
            with self._lock:
                self._cursors.discard(cursor)
                space.uses.subtract(relations.keys())
                if is_good and not self.is_stopped:
                    space.give_back(cursor, product)
                else:
                    cursor.close()

    def scans(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Yield a cursor whose statements run as they are written: for one pass over a file there is nothing to plan."""
        return self.cursor({}, _SCANS)

    def _enter(
        self, relations: Mapping[str, Relation], product: str | None
    ) -> tuple[Namespace, duckdb.DuckDBPyConnection]:
        with self._lock:
            deadline = self._own.deadline
            if self.is_stopped or (deadline is not None and deadline.is_over):
                raise interrupted()
            space = next((each for each in self._spaces if each.can_show(relations)), None)
            if space is None:
                space = Namespace(self._opener())
                self._spaces.append(space)
            space.show(relations)
            cursor = space.take_cursor(product)
            space.uses.update(relations.keys())
            self._cursors.add(cursor)
            if deadline is not None:
                deadline.add(cursor)
            return space, cursor

    def _forget(self, space: Namespace) -> None:
        """Use `space` no more: after a fatal error DuckDB refuses every further statement of the instance."""
        with self._lock:
            if space in self._spaces:
                self._spaces.remove(space)

    def interrupt(self) -> None:
        """Interrupt every running statement; later ones are refused."""
        self.is_stopped = True
        threading.Thread(target=self._interrupt_all, name="meshwright-interrupt", daemon=True).start()

    def _interrupt_all(self) -> None:
        """Interrupt until no cursor is left: DuckDB forgets an interrupt that comes between two statements."""
        # No lock: a signal handler may run on the thread that holds it.
        while cursors := tuple(self._cursors):
            for cursor in cursors:
                cursor.interrupt()
            time.sleep(INTERRUPT_EVERY_S)

    def close(self) -> None:
        """Close every instance."""
        with self._lock:
            for space in self._spaces:
                space.connection.close()
            self._spaces.clear()


def _is_fatal(error: BaseException | None) -> bool:
    """Whether DuckDB gives up the instance after `error`."""
    return isinstance(error, (duckdb.FatalException, duckdb.InternalException))

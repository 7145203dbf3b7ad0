"""Rows of published versions for many readers at once: instances that are kept, and statements that stream.

No text of a reader becomes SQL here: requests are values, and what they compare with is bound. So one instance serves all, which
reaches the files of the store and nothing else, within one bound of memory.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from meshwright.engines.duckdb.conditions import Bound, condition_sql, order_sql
from meshwright.engines.duckdb.errors import Statement, arrow_error, engine_errors
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.names import BOUND_VIEWS, glob_safe, literals, quoted
from meshwright.engines.duckdb.views import places, query_of
from meshwright.engines.limits import Limits
from meshwright.engines.protocol import Relation
from meshwright.engines.reading import ReadingLimits, RowsRequest
from meshwright.model import Columns

if TYPE_CHECKING:
    import pyarrow as pa

#: Places of views that an instance holds before another takes its place; each is some kilobytes.
_MOST_VIEWS = 2_000
#: Where a row stands in a version of plain files; of one file, the last says it alone.
_POSITION = ("file_index", "file_row_number")


class RowReader:
    """Answers requests for rows. Safe for threads; an answer is for one thread at a time, but for `interrupt`.

    Pages of views come from an instance with one thread, whose sums of floats are the same every time: what stands on the
    second page must not have stood on the first.
    """

    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._kept: dict[bool, _Instance] = {}
        self._number = 0

    def open(self, request: RowsRequest) -> RowsAnswer:
        """Bind a request; no row is read. Raises InputError (MW-E1xx), WorldError."""
        is_calm = request.relation.view is not None and request.is_page
        with engine_errors(Statement(dataset=request.dataset)):
            instance = self._instance(is_calm=is_calm)
            try:
                source = instance.source(request.relation)
                return RowsAnswer(instance, request, source)
            except BaseException as error:
                instance.leave()
                self._forget(instance, error)
                raise

    def _instance(self, *, is_calm: bool) -> _Instance:
        """Return the kept instance, entered: it is not closed before it is left."""
        with self._lock:
            found = self._kept.get(is_calm)
            if found is None or found.is_full:
                if found is not None:
                    found.leave()
                self._number += 1
                found = self._kept[is_calm] = _Instance(self._limits, self._number, is_calm=is_calm)
            found.enter()
            return found

    def _forget(self, instance: _Instance, error: BaseException) -> None:
        """Keep an instance no more that DuckDB gives up after `error`."""
        if not isinstance(error, duckdb.FatalException | duckdb.InternalException):
            return
        with self._lock:
            for kind, kept in tuple(self._kept.items()):
                if kept is instance:
                    del self._kept[kind]
                    kept.leave()

    def close(self) -> None:
        """Close what no answer uses any more; what is used is closed with its answer."""
        with self._lock:
            for kept in self._kept.values():
                kept.leave()
            self._kept.clear()


class _Instance:
    """One DuckDB, with the places of the views that were read in it. Closed by the last one who leaves."""

    def __init__(self, limits: ReadingLimits, number: int, *, is_calm: bool) -> None:
        self._spill = f"{limits.temp_directory}-{number}" if limits.temp_directory else None
        self.connection = open_instance(
            Limits(
                memory_bytes=limits.memory_bytes,
                threads=1 if is_calm else limits.threads,
                temp_directory=self._spill,
            )
        )
        if self._spill:
            self.connection.execute(f"SET max_temp_directory_size = '{limits.temp_bytes // 2}B'")
        self.connection.execute(f"ATTACH ':memory:' AS {BOUND_VIEWS.rstrip('.')}")
        # A path is looked up twice: as the text of the scan, and as the file that is found.
        folders = dict.fromkeys(text for folder in limits.readable for text in (folder, glob_safe(folder)))
        self.connection.execute(f"SET allowed_directories = {literals(folders)}")
        self.connection.execute("SET enable_external_access = false")
        self.connection.execute("SET lock_configuration = true")
        self._lock = threading.Lock()
        self._views: set[str] = set()
        #: Who keeps it open: whoever keeps it for later, and each answer.
        self._users = 1

    @property
    def is_full(self) -> bool:
        """Whether another should take its place."""
        return len(self._views) > _MOST_VIEWS

    def source(self, relation: Relation) -> str:
        """Return ``FROM ...`` for a relation; what a view stands on is made first, once."""
        if relation.view is not None:
            with self._lock:
                made = set(self._views)
                for place in places(relation, BOUND_VIEWS, made):
                    for schema in place.schemas:
                        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {BOUND_VIEWS}{quoted(schema)}")
                    for statement in place.statements:
                        self.connection.execute(statement)
                self._views = made
        return query_of(relation, BOUND_VIEWS)

    def enter(self) -> None:
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users:
                return
        self.connection.close()
        if self._spill:
            shutil.rmtree(self._spill, ignore_errors=True)


class RowsAnswer:
    """Implements `engines.protocol.QueryAnswer` for one request."""

    def __init__(self, instance: _Instance, request: RowsRequest, source: str) -> None:
        self._instance = instance
        self._request = request
        self._source = source
        self._bound = Bound()
        self._where = f" WHERE {condition_sql(request.condition, self._bound)}" if request.condition is not None else ""
        self._statement = Statement(dataset=request.dataset)
        self._cursor = instance.connection.cursor()
        self._lock = threading.Lock()
        self._is_closed = False
        items = ", ".join(map(quoted, request.columns))
        text = f"SELECT {items} {source}{self._where}{self._order()}{self._slice()}"
        try:
            # A relation streams; a statement that is executed would keep all rows first.
            self._relation = self._cursor.sql(text, params=self._bound.values or None)
        except BaseException:
            self._cursor.close()
            raise

    @property
    def columns(self) -> Columns:
        """Columns in order."""
        types = {each.name: each for each in self._request.relation.columns}
        return tuple(types[name] for name in self._request.columns)

    def has_more(self) -> bool:
        """Whether there are rows behind the last one that is given. Reads what the condition is about, and only that far."""
        request = self._request
        if not request.limit:  # behind no row nothing follows, or one would go on from there for ever
            return False
        after = request.offset + request.limit
        if request.condition is None and request.relation.rows is not None:
            return request.relation.rows > after
        text = f"SELECT 1 {self._source}{self._where} LIMIT 1 OFFSET {after}"
        with engine_errors(self._statement):
            # All of it, which is one row: a result that is left open would be in the way of the rows.
            return bool(self._cursor.execute(text, self._bound.values or None).fetchall())

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows; at least one batch, empty where there are none. Can be walked once, within bounded memory."""
        import pyarrow as pa  # lazy: arrives with the reader

        with engine_errors(self._statement):
            reader = self._relation.to_arrow_reader(self._request.batch_rows)
            is_empty = True
            while True:
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    break
                except OSError as error:
                    raise arrow_error(error) from error
                is_empty = False
                yield batch
            if is_empty:
                yield pa.RecordBatch.from_pylist([], schema=reader.schema)

    def interrupt(self) -> None:
        """Stop what runs. Safe from any thread, at any time; to be told again until the answer is closed, since DuckDB forgets
        an interrupt that comes between two statements."""
        with self._lock:
            if not self._is_closed:
                self._cursor.interrupt()

    def close(self) -> None:
        """Stop reading and give everything back. Idempotent."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        with suppress(duckdb.Error):  # what was interrupted may say so once more
            self._cursor.close()
        self._instance.leave()

    def _order(self) -> str:
        """Return an order in which no two rows that differ in what is shown may stand either way.

        Files have one, which DuckDB keeps. Rows of equal keys are ordered by their position where they have one; otherwise by all
        that is shown, so that those which are left in any order are alike.
        """
        request = self._request
        items = order_sql(request.order)
        files = request.relation.files if request.relation.is_plain else ()
        if not items and (request.relation.view is None or not request.is_page):
            return ""
        ties = _POSITION[-min(len(files), 2) :] if files else tuple(quoted(each) for each in request.columns)
        return f" ORDER BY {', '.join([*items, *ties])}"

    def _slice(self) -> str:
        limit = f" LIMIT {int(self._request.limit)}" if self._request.limit is not None else ""
        return f"{limit} OFFSET {int(self._request.offset)}" if self._request.offset else limit

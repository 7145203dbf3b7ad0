"""The server's end of consumers' queries: a place, a process, what it may read, and its rows as they come.

Nothing of a query's text is parsed or run in the server's process, and what the query's process says is not believed: frames are
bounded, batches are checked, and the names that it says it reads are looked up among what the caller may see.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.engines.duckdb.consumers.listening import Listener, broken, check_batch, columns_of, named_of
from meshwright.engines.duckdb.consumers.places import Places
from meshwright.engines.duckdb.consumers.values import ConsumerLimits, Given, Named
from meshwright.engines.duckdb.consumers.wardens import Talk, WardenProcess
from meshwright.engines.duckdb.consumers.wire import Frame
from meshwright.model import Columns

if TYPE_CHECKING:
    import pyarrow as pa


def _never() -> bool:
    return False


class ConsumerAnswer:
    """An open answer. Closing it ends the query. Implements `engines.protocol.QueryAnswer`."""

    def __init__(
        self, talk: Talk, columns: Columns, schema: pa.Schema, *, said: Listener, end: Callable[[], None]
    ) -> None:
        self._talk = talk
        self._columns = columns
        self._schema = schema
        self._said = said
        self._end = end
        self._is_closed = threading.Event()

    @property
    def columns(self) -> Columns:
        """Columns in order, with the types they would be stored as."""
        return self._columns

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows; at least one batch, empty where there are none. Can be walked once. Raises InputError, WorldError."""
        import pyarrow as pa  # lazy: the schema brought it

        is_empty = True
        while True:
            kind, body = self._said.next()
            if kind is Frame.BATCH:
                is_empty = False
                yield check_batch(body, self._schema)
                continue
            self._said.ended(kind, body)
            break
        if is_empty:
            yield pa.RecordBatch.from_pylist([], schema=self._schema)

    def close(self) -> None:
        """End the query, where it has not ended, and give its place to another."""
        if not self._is_closed.is_set():
            self._is_closed.set()
            self._end()


class ConsumerQueries:
    """Runs queries of consumers. Starts nothing before the first. Safe for threads."""

    def __init__(self, folder: Path, limits: ConsumerLimits | None = None) -> None:
        self.limits = limits or ConsumerLimits()
        self._places = Places(self.limits)
        self._base = folder
        self._folder = folder / f"queries-{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = threading.Lock()
        self._warden: WardenProcess | None = None
        self._is_closed = False

    def ask(
        self,
        text: str,
        look_up: Callable[[Named], Given],
        *,
        who: str = "",
        is_gone: Callable[[], bool] = _never,
    ) -> ConsumerAnswer:
        """Answer one SELECT over what `look_up` says that it may read.

        Raises InputError (MW-H2.., MW-E102, MW-E103, MW-Q...) where it is refused or fails, WorldError (MW-H209, MW-H210),
        CallerLeft, and what `look_up` raises.
        """
        self._places.take(who, is_gone)
        talk: Talk | None = None
        try:
            talk = self._start()
            return self._open(talk, text, look_up, who, is_gone)
        except BaseException:
            self._release(talk, who)
            raise

    def _open(
        self,
        talk: Talk,
        text: str,
        look_up: Callable[[Named], Given],
        who: str,
        is_gone: Callable[[], bool],
    ) -> ConsumerAnswer:
        import pyarrow as pa  # lazy: a server that is asked no query needs none

        listener = Listener(talk, self.limits, is_gone)
        listener.tell(text)
        listener.tell(look_up(named_of(listener.said())))
        columns = columns_of(listener.said())
        kind, body = listener.next()
        if kind is not Frame.SCHEMA:
            listener.ended(kind, body)
            raise broken()
        schema = pa.ipc.read_schema(pa.py_buffer(body))
        return ConsumerAnswer(talk, columns, schema, said=listener, end=lambda: self._release(talk, who))

    def _release(self, talk: Talk | None, who: str) -> None:
        if talk is not None:
            talk.close()
        self._places.give_back(who)

    def _start(self) -> Talk:
        """Get a process. Raises WorldError."""
        for _ in range(2):
            with self._lock:
                if self._is_closed:
                    raise broken()
                if self._warden is None:
                    _remove_abandoned(self._base)
                    self._folder.mkdir(parents=True, exist_ok=True)
                    self._warden = WardenProcess(self._folder, self.limits)
                warden = self._warden
            try:
                return warden.talk()
            except OSError:  # it was killed: another takes its place
                with self._lock:
                    if self._warden is warden:
                        self._warden = None
                        warden.close()
        raise broken()

    def close(self) -> None:
        """End every query and every process."""
        with self._lock:
            self._is_closed = True
            if self._warden is not None:
                self._warden.close()
                self._warden = None
        shutil.rmtree(self._folder, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove what servers left that were killed."""
    for left in folder.glob("queries-*-*"):
        pid = left.name.split("-")[1]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(left, ignore_errors=True)

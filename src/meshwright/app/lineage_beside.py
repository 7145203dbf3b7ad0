"""Lineage that will be asked for, found by a second process while the first one binds models and judges rules.

A first plan names the columns that products read of each other: 0.6 ms a statement, which would come after everything else.
The second process is told the columns of each model as it is bound, and answers with what the parse cache then holds;
whatever it leaves is found when it is asked for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue

from meshwright.app.typed_lineage import KIND, followed_text, keyed_statements
from meshwright.app.typed_sources import columns_from, columns_text
from meshwright.beside import Channel, partner
from meshwright.files.cache import ParseCache
from meshwright.model import Columns, Mesh, Node

#: So many statements are worth a second process.
_MANY = 100
#: Models are told of so many at a time; what is told last is nothing.
_AT_ONCE = 20
_END = b""


class LineageBeside:
    """The second process, as `typed` talks to it; where there is none, nothing comes of what is said."""

    def __init__(self, mesh: Mesh, datasets: Collection[str], cache: ParseCache, stack: ExitStack) -> None:
        self._mesh = mesh
        self._datasets = datasets
        self._cache = cache
        self._stack = stack
        self._channel: Channel | None = None
        self._untold: dict[str, str] = {}

    def begin(self, columns: Mapping[str, Columns], keys: Mapping[str, str]) -> None:
        """Begin with what is known before models are bound; `keys` is dataset -> what its columns depend on."""
        nodes = (self._mesh.node(dataset) for dataset in self._datasets)
        keyed = keyed_statements(filter(None, nodes), keys)
        known = self._cache.get_many(KIND, [key for key, _ in keyed]) if len(keyed) >= _MANY else {}
        missing = {node.address: (key, node) for key, node in keyed if key not in known}
        if len(missing) >= _MANY:
            work = partner(lambda channel: _follow(missing, dict(columns), channel))
            self._channel = self._stack.enter_context(work)

    def tell(self, dataset: str, columns: Columns) -> None:
        """Say what columns a model has that was bound."""
        if self._channel is not None:
            self._untold[dataset] = columns_text(columns)
            if len(self._untold) == _AT_ONCE:
                self._send()

    def end(self) -> None:
        """Say that nothing more will be told."""
        if self._untold:
            self._send()
        self._say(_END)

    def remember(self) -> None:
        """Wait for what was found, and remember it."""
        if self._channel is None:
            return
        try:
            self._cache.put_many(KIND, json.loads(self._channel.receive()))
        except EOFError:
            return

    def _send(self) -> None:
        self._say(json.dumps(self._untold).encode())
        self._untold.clear()

    def _say(self, message: bytes) -> None:
        try:
            if self._channel is not None:
                self._channel.send(message)
        except OSError:  # it is gone; nothing will be received either
            self._channel = None


@contextmanager
def lineage_beside(mesh: Mesh, datasets: Collection[str], cache: ParseCache) -> Iterator[LineageBeside]:
    """Have the lineage of `datasets` found by a second process while the block runs, and remembered after it."""
    with ExitStack() as stack:
        beside = LineageBeside(mesh, datasets, cache, stack)
        yield beside
        beside.remember()


def _follow(missing: Mapping[str, tuple[str, Node]], columns: dict[str, Columns], channel: Channel) -> None:
    """Be the second process: follow each of the `missing` statements once its columns are known, for its inputs' were before."""
    found = {key: followed_text(node, columns) for address, (key, node) in missing.items() if address in columns}
    for message in _messages(channel):
        told = {dataset: columns_from(text) for dataset, text in json.loads(message).items()}
        columns.update(told)
        found.update((missing[each][0], followed_text(missing[each][1], columns)) for each in told if each in missing)
    channel.send(json.dumps(found).encode())


def _messages(channel: Channel) -> Iterator[bytes]:
    """Yield messages until the end; they are taken in at once, so that the first process never waits for this one."""
    queue: SimpleQueue[bytes] = SimpleQueue()

    def take_in() -> None:
        message = None
        while message != _END:
            try:
                message = channel.receive()
            except EOFError:
                message = _END
            queue.put(message)

    threading.Thread(target=take_in, daemon=True).start()
    return iter(queue.get, _END)

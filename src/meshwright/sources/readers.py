"""The readers of all kinds of sources behind one protocol: which kind reads a source, and what is done around it.

Places elsewhere are looked at side by side, since each answer is mostly waiting. Kinds are imported when a source needs
them: their libraries are heavy, and most meshes use few.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from meshwright.diagnostics import MeshwrightError
from meshwright.model import (
    DatabaseSource,
    FileObservation,
    FileSource,
    Node,
    SourceObservation,
    Strength,
    TableSource,
    identity,
    plain_address,
)
from meshwright.secrets import Secrets
from meshwright.sources.context import GLANCE, STUDY, Context, Kind, Patience, unseen_key
from meshwright.sources.localfiles import LocalFiles, matching_files, not_found
from meshwright.sources.protocol import Fetched, Observations

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_AT_ONCE = 8
#: Formats that are rewritten as Parquet before an engine reads them.
_REWRITTEN = frozenset({"excel", "avro"})


class SourceReaders:
    """Implements `sources.protocol.Sources` for every kind of source."""

    def __init__(
        self,
        root: Path,
        scratch: Path,
        variables: Mapping[str, str],
        *,
        glance: Patience = GLANCE,
        study: Patience = STUDY,
    ) -> None:
        self._root = root
        self._scratch = scratch
        self._secrets = Secrets(root, variables)
        self._glance = Context(root=root, secrets=self._secrets, patience=glance)
        self._study = Context(root=root, secrets=self._secrets, patience=study)

    def paths(self, nodes: Iterable[Node]) -> tuple[str, ...]:
        """Return the absolute paths of the local files behind the source nodes."""
        found: dict[str, None] = {}
        for node in nodes:
            pattern = self._local_pattern(node, self._glance)
            if pattern is not None:
                found.update(dict.fromkeys(self._local_files(node, pattern)))
        return tuple(found)

    def observe(self, nodes: Iterable[Node], remembered: Mapping[str, FileObservation], now_ns: int) -> Observations:
        """Observe the source nodes: local files by content, places elsewhere by what they tell."""
        local, context = LocalFiles(self._root, remembered, now_ns), self._anew(self._glance)
        found: dict[str, SourceObservation] = {}
        afar: list[Node] = []
        for node in nodes:
            pattern = self._local_pattern(node, context)
            if pattern is not None:
                found[node.address] = local.observe(node, pattern, self._local_files(node, pattern))
            elif node.source is not None:
                afar.append(node)
        found.update(self._observe_afar(afar, context))
        return Observations(sources=found, files=local.seen, hashed=local.hashed)

    def glance(self, nodes: Iterable[Node]) -> Mapping[str, SourceObservation]:
        """Observe the source nodes for `check`: local files by size and time, so that nothing of them is read."""
        context = self._anew(self._glance)
        found: dict[str, SourceObservation] = {}
        afar: list[Node] = []
        for node in nodes:
            pattern = self._local_pattern(node, context)
            if pattern is not None:
                found[node.address] = _by_stat(node, pattern, self._local_files(node, pattern))
            elif isinstance(node.source, DatabaseSource):
                # Observing one may read all its rows; that it cannot be reached shows when its head is asked for.
                found[node.address] = SourceObservation(
                    dataset=node.address, key=unseen_key(), strength=Strength.UNSEEN
                )
            elif node.source is not None:
                afar.append(node)
        found.update(self._observe_afar(afar, context))
        return found

    @contextmanager
    def fetch(self, node: Node, seen: SourceObservation, stop: threading.Event) -> Iterator[Fetched]:
        """Bring the data of a source node into local files that last as long as the context."""
        context = self._anew(replace(self._study, stop=stop))
        if _is_plain(node) and self._local_pattern(node, context) is not None:
            assert isinstance(node.source, FileSource)
            yield Fetched(source=node.source, files=seen.files)
            return
        with self._folder() as folder:
            kind = self._kind(node)
            fetched = _local(node, seen) if kind is None else kind.fetch(node, seen, context, folder)
            yield _rewritten(node, fetched, context, folder)

    @contextmanager
    def head(self, node: Node) -> Iterator[Fetched]:
        """Bring as little of a source into local files as tells its columns."""
        context = self._anew(self._glance)
        pattern = self._local_pattern(node, context)
        if pattern is not None and isinstance(node.source, FileSource) and _is_plain(node):
            yield Fetched(source=node.source, files=matching_files(self._root, pattern))
            return
        with self._folder() as folder:
            kind = self._kind(node)
            if kind is None:
                assert pattern is not None
                files = matching_files(self._root, pattern)
                fetched = _local(node, _by_stat(node, pattern, files))
            else:
                fetched = kind.head(node, context, folder)
            yield _rewritten(node, fetched, context, folder, is_head=True)

    def _anew(self, context: Context) -> Context:
        """Return the context for another look: its secrets are asked for again."""
        return replace(context, secrets=self._secrets.fresh())

    def _observe_afar(self, nodes: list[Node], context: Context) -> dict[str, SourceObservation]:
        """Observe places elsewhere; the variations of a source are one place."""
        plain = {plain_address(node.address): node for node in nodes}
        if len(plain) < 2:
            seen = {address: self._observe_one(node, context) for address, node in plain.items()}
        else:
            with ThreadPoolExecutor(min(_AT_ONCE, len(plain)), thread_name_prefix="source") as pool:
                found = pool.map(lambda node: self._observe_one(node, context), plain.values())
                seen = dict(zip(plain, found, strict=True))
        return {node.address: replace(seen[plain_address(node.address)], dataset=node.address) for node in nodes}

    def _observe_one(self, node: Node, context: Context) -> SourceObservation:
        try:
            kind = self._kind(node)
            assert kind is not None
            return kind.observe(node, context)
        except MeshwrightError as error:
            return SourceObservation(
                dataset=node.address,
                key=unseen_key(),
                strength=Strength.UNSEEN,
                problem=error.first,
                is_retryable=error.retryable,
            )

    def _local_pattern(self, node: Node, context: Context) -> str | None:
        """Return the path or glob of a source that is files of this machine; None for every other one."""
        source = node.source
        if isinstance(source, FileSource) and not _URL.match(source.path):
            return source.path
        if isinstance(source, DatabaseSource):
            from meshwright.sources.databases.sqlite import database_file

            try:
                return database_file(node, context)
            except MeshwrightError:
                return None  # told when it is observed
        return None

    def _local_files(self, node: Node, pattern: str) -> tuple[str, ...]:
        if isinstance(node.source, DatabaseSource):
            from meshwright.sources.databases.sqlite import files_of

            return files_of(str(self._root / pattern))
        return matching_files(self._root, pattern)

    def _kind(self, node: Node) -> Kind | None:
        """Return what reads the source; None for local files. Imports the kind's module."""
        source = node.source
        if isinstance(source, DatabaseSource):
            from meshwright.sources import databases

            return databases.KIND
        if isinstance(source, TableSource):
            if source.format == "delta":
                from meshwright.sources import delta

                return delta.KIND
            from meshwright.sources import iceberg

            return iceberg.KIND
        assert isinstance(source, FileSource)
        scheme = _URL.match(source.path)
        if scheme is None:
            return None
        if scheme[1].lower() in {"http", "https"}:
            from meshwright.sources import http

            return http.KIND
        from meshwright.sources import stores

        return stores.KIND

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Yield a folder for what is brought here, removed afterwards."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="source-", dir=self._scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _is_plain(node: Node) -> bool:
    """Whether an engine reads the source's format itself."""
    return isinstance(node.source, FileSource) and node.source.format not in _REWRITTEN


def _local(node: Node, seen: SourceObservation) -> Fetched:
    assert isinstance(node.source, FileSource)
    return Fetched(source=node.source, files=seen.files)


def _rewritten(node: Node, fetched: Fetched, context: Context, folder: Path, *, is_head: bool = False) -> Fetched:
    """Return the files as Parquet where their format is one that no engine reads."""
    if fetched.source.format not in _REWRITTEN:
        return fetched
    names = {path: fetched.names.get(path) or _shown(path, context.root) for path in fetched.files}
    if fetched.source.format == "excel":
        from meshwright.sources import excel

        files = excel.to_parquet(node, fetched.files, names, context, folder)
    else:
        from meshwright.sources import avro

        files = avro.to_parquet(node, fetched.files, names, context, folder, is_head=is_head)
    return replace(
        fetched,
        source=replace(fetched.source, format="parquet"),
        files=files,
        names={written: names[path] for written, path in zip(files, fetched.files, strict=True)},
    )


def _shown(path: str, root: Path) -> str:
    """Return a path as the mesh writes it: relative to the root where it lies below."""
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path


def _by_stat(node: Node, pattern: str, files: tuple[str, ...]) -> SourceObservation:
    stats = [(path, Path(path).stat()) for path in files]
    marks = [[path, stat.st_size, stat.st_mtime_ns] for path, stat in stats]
    return SourceObservation(
        dataset=node.address,
        key=identity("mwglance1", marks),
        strength=Strength.SIZE_AND_TIME,
        files=files,
        size_bytes=sum(stat.st_size for _, stat in stats),
        problem=None if files else not_found(node, pattern),
    )

"""Versions whose file is the answer: one Parquet file, asked for whole, goes out as it lies in the store.

Its bytes are read once and their checksum with them, so a damaged file is never ended as if it were whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.duckdb.typetext import TypeTree, parse_type
from meshwright.engines.reading import RowsRequest
from meshwright.frozen import dataclass
from meshwright.model import Columns, StoredFile, Version
from meshwright.store.protocol import Store

_PIECE_BYTES = 1 << 20
#: Types that Parquet holds and Arrow gives as others: a file that is written from rows has those.
_GIVEN_OTHERWISE = frozenset({"UUID", "JSON", "TIME WITH TIME ZONE"})


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAnswer:
    """A file that holds exactly the rows and columns that are asked for, in their order."""

    dataset: str
    path: str
    file: StoredFile

    def pieces(self) -> Iterator[bytes]:
        """Yield the file's bytes. Raises WorldError (MW-E203), before the last of them where they are not what was stored."""
        import xxhash  # lazy: only where a file is read

        checksum, size = xxhash.xxh3_128(), 0
        held = b""
        try:
            with os.fdopen(os.open(self.path, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
                while piece := file.read(_PIECE_BYTES):
                    checksum.update(piece)
                    size += len(piece)
                    if held:
                        yield held
                    held = piece
        except OSError as error:
            raise self._damaged(error.strerror or str(error)) from error
        if size != self.file.size_bytes or checksum.hexdigest() != self.file.checksum:
            raise self._damaged("its bytes are not those that were stored")
        yield held

    def _damaged(self, why: str) -> WorldError:
        return WorldError(
            Diagnostic(
                code="MW-E203",
                message=f"a file of {self.dataset} cannot be read: {why}",
                fix="mw verify --repair builds the versions of damaged files again; then ask again",
            )
        )


def stored_answer(store: Store, version: Version, request: RowsRequest) -> StoredAnswer | None:
    """Return the file that is the answer in Parquet; None where rows have to be read and written anew."""
    relation = request.relation
    files = relation.files
    is_whole = (
        relation.is_plain
        and len(files) == 1
        and request.condition is None
        and not request.order
        and not request.is_page
        and request.columns == tuple(column.name for column in version.columns)
    )
    if not is_whole or not _is_given_as_stored(version.columns):
        return None
    file = next((each for each in version.files if store.absolute(each) == files[0]), None)
    return StoredAnswer(dataset=request.dataset, path=files[0], file=file) if file is not None else None


def _is_given_as_stored(columns: Columns) -> bool:
    return not any(_holds(parse_type(column.type), _GIVEN_OTHERWISE) for column in columns)


def _holds(tree: TypeTree, kinds: frozenset[str]) -> bool:
    return tree.kind in kinds or any(_holds(child, kinds) for _, child in tree.fields)

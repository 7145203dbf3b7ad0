"""Opening the data of a contract's object for measuring: in place where it is Parquet, else once into a scratch folder."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from meshwright.app.contract_testing_names import TestedObject
from meshwright.app.contract_testing_places import DuckDBFile, Place
from meshwright.checks.types import readable_type
from meshwright.diagnostics import InputError, WorldError
from meshwright.engines.protocol import Limits, Relation, SourceRead
from meshwright.frozen import dataclass
from meshwright.model import DatabaseSource, FileSource, Node
from meshwright.sources.protocol import Fetched, Sources

if TYPE_CHECKING:
    from meshwright.engines.duckdb.foreignvalues import ForeignTable, PromisedType
    from meshwright.engines.duckdb.session import DuckDBSession

#: The password of an address that was given on the command line stands in a variable of its own, and so is hidden as one.
_PASSWORD = re.compile(r"^([^:/]+://[^:/@?#]*:)([^@]*[^@$}])(@.*)$", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenData:
    """The data of one object, ready to be measured."""

    relation: Relation
    #: Column -> what in it is not of the promised type, with the place.
    misfits: Mapping[str, str]


class DataReader:
    """Opens places one after the other; what is written for them lies below `scratch` until `stack` is closed."""

    def __init__(
        self,
        session: DuckDBSession,
        base: Path,
        scratch: Path,
        variables: Mapping[str, str],
        *,
        api_version: str,
        stack: ExitStack,
    ) -> None:
        self._session = session
        self._base = base
        self._scratch = scratch
        self._variables = variables
        self._api_version = api_version
        self._stack = stack
        self._opened = 0

    def open(self, tested: TestedObject, place: Place) -> OpenData:
        """Return the data of an object. Raises InputError (MW-C2xx, MW-X...), WorldError, InterruptedRun."""
        self._opened += 1
        folder = self._scratch / str(self._opened)
        folder.mkdir()
        if isinstance(place.source, DuckDBFile):
            return _whole(self._table_of_file(tested, place, place.source, folder))
        if isinstance(place.source, FileSource) and place.files:
            read = SourceRead(
                dataset=tested.name,
                source=place.source,
                files=place.files,
                names={each: self._shown(each) for each in place.files},
            )
            return self._read(tested, read, folder, is_partitioned=place.is_partitioned)
        fetched = self._fetched(tested, place)
        read = SourceRead(dataset=tested.name, source=fetched.source, files=fetched.files, names=fetched.names)
        is_of_cells = isinstance(place.source, FileSource) and place.source.format == "excel"
        return self._read(tested, read, folder, is_of_cells=is_of_cells)

    def _read(
        self,
        tested: TestedObject,
        read: SourceRead,
        folder: Path,
        *,
        is_partitioned: bool = False,
        is_of_cells: bool = False,
    ) -> OpenData:
        from meshwright.engines.duckdb.foreignvalues import ForeignRead  # lazy: DuckDB

        foreign = ForeignRead(
            source=read, promised=self._promised(tested), is_partitioned=is_partitioned, is_of_cells=is_of_cells
        )
        found: ForeignTable = self._session.read_foreign(foreign, folder)
        return OpenData(relation=found.relation, misfits=found.misfits)

    def _promised(self, tested: TestedObject) -> Mapping[str, PromisedType]:
        from meshwright.engines.duckdb.foreignvalues import PromisedType  # lazy: DuckDB

        return {
            each.name: PromisedType(
                physical=readable_type(each.physical_type) if each.physical_type is not None else None,
                logical=each.logical_type if each.physical_type is None else None,
                api_version=self._api_version,
            )
            for each in tested.properties
        }

    def _table_of_file(self, tested: TestedObject, place: Place, source: DuckDBFile, folder: Path) -> Relation:
        from meshwright.engines.duckdb.tablefile import TableWanted, copy_table  # lazy: DuckDB

        wanted = TableWanted(
            file=source.path,
            names=(source.table,) if source.table else tuple(filter(None, (tested.physical_name, tested.name))),
            is_named=source.table is not None or not place.is_only,
            dataset=tested.name,
        )
        return copy_table(wanted, str(folder / "rows.parquet"), Limits(temp_directory=str(self._scratch / "spill")))

    def _fetched(self, tested: TestedObject, place: Place) -> Fetched:
        """Bring the data here, by the readers of sources."""
        node, readers = self._reader(tested, place)
        seen = readers.glance([node])[node.address]
        if seen.problem is not None:
            raise (WorldError if seen.is_retryable else InputError)(seen.problem)
        return self._stack.enter_context(readers.fetch(node, seen, threading.Event()))

    def _reader(self, tested: TestedObject, place: Place) -> tuple[Node, Sources]:
        from meshwright.sources.readers import SourceReaders  # lazy: few need what is not here

        source = place.source
        assert not isinstance(source, DuckDBFile)
        variables = dict(self._variables)
        if isinstance(source, DatabaseSource):
            url = source.url
            if found := _PASSWORD.match(url):
                name = f"MESHWRIGHT_PASSWORD_{self._opened}"
                variables[name] = found[2]
                url = f"{found[1]}${{env:{name}}}{found[3]}"
            source = DatabaseSource(url=url, table=source.table or tested.physical_name or tested.name)
        node = Node(address=tested.name, kind="source", source=source)
        return node, SourceReaders(self._base, self._scratch, MappingProxyType(variables))

    def _shown(self, file: str) -> str:
        path = Path(file)
        here = self._base.absolute()
        return str(path.relative_to(here)) if path.is_relative_to(here) else file


def _whole(relation: Relation) -> OpenData:
    return OpenData(relation=relation, misfits={})

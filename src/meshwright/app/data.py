"""Data by URL: rows of a published port, as a value that says what is read before anything is, and then an open answer.

`find_data` looks up what an address and its parameters mean: pointers, contract, version, what a sandbox hides. What comes of
it has everything that a face says before the rows (columns, generation, version, identity). `DataReaders.open` reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.access.datasets import DataScope
from meshwright.app.data_columns import chosen_columns, read_order
from meshwright.app.data_cursors import Cursor, foreign_cursor
from meshwright.app.data_filters import read_filter
from meshwright.app.data_ports import PromisedDataset, find_dataset
from meshwright.app.data_stored import StoredAnswer, stored_answer
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.readable import Sight, Sights
from meshwright.app.readers import relations_of
from meshwright.app.show import is_version_id
from meshwright.app.standing import require_generation
from meshwright.app.veils import veil_of
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.engines.protocol import Relation
from meshwright.engines.reading import RowsRequest
from meshwright.frozen import dataclass
from meshwright.model import Columns, Version, domain_of, identity
from meshwright.state.protocol import Reader
from meshwright.state.records import Pointer, Standing

#: Most rows that one request asks for by number.
MOST_ROWS = 1_000_000_000
_SHORT = 16
#: Bytes of a batch, about; what goes through a socket fastest. Rows take several times their room in a file.
_BATCH_BYTES = 1_000_000
_UNPACKED = 4
_LEAST_BATCH, _MOST_BATCH = 2_048, 65_536
#: Rows that Parquet files hold together, and what is needed at least for them, and for putting rows in order.
_GROUP_ROWS = 122_880
_LEAST_ROOM, _ROOM_TO_ORDER = 8_000_000, 96_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class DataOptions:
    """What a data query asks for; texts as the caller wrote them."""

    #: ``domain.product``.
    product: str
    #: Who reads.
    scope: DataScope
    #: The port, then its version or one of its datasets or both, as in the address.
    words: tuple[str, ...]
    environment: str = "prod"
    #: Read the environment as of this generation.
    generation: int | None = None
    #: Read a version of the dataset that is or was published, by its id or the beginning of it.
    version: str | None = None
    columns: str | None = None
    filter: str | None = None
    order: str | None = None
    limit: int | None = None
    #: Where the page before ended.
    cursor: Cursor | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundData:
    """What will be read, settled: whatever is published meanwhile, it stays this."""

    workspace: Workspace
    folders: tuple[str, ...]
    promised: PromisedDataset
    environment: str
    generation: int
    version: str
    columns: Columns
    request: RowsRequest
    #: Names the rows and their order: equal ones are equal answers, if they are written in the same form.
    identity: str
    #: Whether equal identities give equal bytes. What a view computes may come in another order.
    is_exact: bool
    #: Whether the address will always mean these rows; what ports promise decides about those of viewers anew each time.
    is_immutable: bool
    #: Bytes of the engine's memory that reading takes, about: so many answers are open at a time as there is room for.
    room_bytes: int
    #: The file that is the answer in Parquet, where there is one.
    stored: StoredAnswer | None
    #: Of what is asked and what it is asked of, for cursors.
    query: str
    content: str

    @property
    def next_cursor(self) -> Cursor:
        """Where the page behind this one begins."""
        return Cursor(
            generation=self.generation,
            version=self.version,
            query=self.query,
            content=self.content,
            offset=self.request.offset + (self.request.limit or 0),
        )


def find_data(workspace: Workspace, options: DataOptions) -> FoundData:
    """Settle what a data query reads. No row is read.

    Raises InputError (MW-H101 to MW-H110, MW-H115, MW-R013, MW-S201), WorldError.
    """
    cursor = options.cursor
    _check_limit(options.limit)
    with open_mesh(workspace, options.environment) as opened:
        place = _place(opened, options, cursor)
        columns = _readable(place)
        shown = place.promised.shown
        chosen = chosen_columns(options.columns, columns, shown)
        condition = read_filter(options.filter, columns, shown)
        order = read_order(options.order, columns, shown)
        relation = _relation(opened, place)
        query = identity(
            "mwdataquery1", place.promised.dataset, [each.name for each in chosen], repr((condition, order))
        )
        content = identity("mwdatacontent1", place.version.id, list(relation.identity))
        offset = _offset(cursor, query[:_SHORT], content[:_SHORT], place)
        request = RowsRequest(
            dataset=place.promised.dataset,
            relation=relation,
            columns=tuple(each.name for each in chosen),
            condition=condition,
            order=order,
            offset=offset,
            limit=options.limit,
            batch_rows=_batch_rows(place.version),
        )
        return FoundData(
            workspace=workspace,
            folders=opened.store.folders,
            promised=place.promised,
            environment=options.environment,
            generation=place.generation,
            version=place.version.id,
            columns=chosen,
            request=request,
            identity=identity("mwdata1", query, content, offset, options.limit),
            is_exact=relation.view is None,
            is_immutable=opened.sandbox is None
            and options.scope.reads_all_of(domain_of(options.product))
            and (options.version or options.generation or cursor) is not None,
            room_bytes=_room(place.version, request, len(columns)),
            stored=stored_answer(opened.store, place.version, request),
            query=query[:_SHORT],
            content=content[:_SHORT],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """What an address means."""

    promised: PromisedDataset
    #: What the caller may read of the dataset: with SQL it is the same.
    sight: Sight
    version: Version
    generation: int


def _readable(place: _Place) -> Columns:
    """Return the columns that the port promises, as far as the caller may read them now. Raises InputError (MW-H115)."""
    promised = place.promised.columns_of(place.version)
    shown = place.sight.of(promised)
    if shown == ():
        raise InputError(_promised_no_more(place.promised))
    return promised if shown is None else tuple(column for column in promised if column.name in shown)


def _sight(opened: OpenedMesh, options: DataOptions, promised: PromisedDataset, generation: int | None) -> Sight:
    """Return what the caller may read of a dataset in a generation (None: as it stands). Raises InputError (MW-H115)."""
    base = opened.sandbox.base if opened.sandbox is not None else None
    sights = Sights(opened.state.reader, options.scope, options.environment, generation, base=base)
    found = sights.of(promised.dataset)
    if found is None:
        raise InputError(_promised_no_more(promised))
    return found


def _place(opened: OpenedMesh, options: DataOptions, cursor: Cursor | None) -> _Place:
    reader = opened.state.reader
    generation = options.generation
    if cursor is not None:
        if generation not in {None, cursor.generation}:
            raise foreign_cursor(
                f"the cursor is of generation {cursor.generation}, and generation {generation} is asked for"
            )
        # A sandbox into which nothing was published has no generation: then what stands now has to be the cursor's version.
        generation = cursor.generation or None
    if generation is not None:
        require_generation(reader, options.environment, generation)
    if options.version is not None and cursor is None:
        return _version_place(opened, options, generation)
    now, pointers = _pointers(reader, options, generation)
    promised = find_dataset(reader, pointers, options.product, options.words, options.environment)
    pointer = pointers.get(promised.dataset)
    version = reader.versions([pointer.revision]).get(pointer.revision) if pointer is not None else None
    if version is None:
        raise InputError(_nothing(promised, options.environment))
    sight = _sight(opened, options, promised, generation)
    if cursor is not None and cursor.version != version.id:
        if generation is None:
            raise InputError(_rewritten(promised.dataset))
        raise foreign_cursor("the cursor comes from another address or environment")
    if cursor is not None and options.version is not None and not version.id.startswith(options.version):
        raise foreign_cursor(f"the cursor is of version {version.id}, and version {options.version!r} is asked for")
    return _Place(promised=promised, sight=sight, version=version, generation=now)


def _pointers(reader: Reader, options: DataOptions, generation: int | None) -> tuple[int, Mapping[str, Pointer]]:
    """Return the generation that is read, and the pointers of the product in it."""
    if generation is not None:
        return generation, reader.product_pointers(options.environment, options.product, generation)
    while True:  # until nothing was published meanwhile: an answer is of the generation that it says
        now = reader.generation(options.environment)
        pointers = reader.product_pointers(options.environment, options.product)
        if reader.generation(options.environment) == now:
            return now, pointers


def _version_place(opened: OpenedMesh, options: DataOptions, generation: int | None) -> _Place:
    """Find a version that is, or was, published: the contract that holds is that of the newest generation in which it stood."""
    environment, text, reader = options.environment, str(options.version), opened.state.reader
    now, pointers = _pointers(reader, options, generation)
    promised = find_dataset(reader, pointers, options.product, options.words, environment)
    standings = _standings(reader, environment, promised.dataset, pointers, generation, now)
    ids = {each.revision for each in standings if is_version_id(text) and each.revision.startswith(text)}
    if text in ids:
        ids = {text}
    if len(ids) != 1:
        if promised.dataset in pointers:  # no ids are told of what may not be read
            _sight(opened, options, promised, generation)
        raise InputError(_no_version(text, promised, environment, ids, standings))
    found = next(each for each in standings if each.revision in ids)
    then = found.last if found.last is not None else now
    if generation is None and found.last is not None:
        generation, pointers = then, reader.product_pointers(environment, options.product, then)
        promised = find_dataset(reader, pointers, options.product, options.words, environment)
    version = reader.versions(ids).get(found.revision)
    if version is None:
        raise InputError(_nothing(promised, environment))
    sight = _sight(opened, options, promised, generation)
    return _Place(promised=promised, sight=sight, version=version, generation=generation or then)


def _standings(
    reader: Reader,
    environment: str,
    dataset: str,
    pointers: Mapping[str, Pointer],
    generation: int | None,
    now: int,
) -> tuple[Standing, ...]:
    """Return what stood under the dataset's name, newest first: in one generation, or in all that are kept."""
    pointer = pointers.get(dataset)
    shown = (
        [Standing(revision=pointer.revision, first=generation or now, last=generation)] if pointer is not None else []
    )
    # What shines through in a sandbox has no pointer of the sandbox's own.
    return (*shown, *(reader.standings(environment, dataset) if generation is None else ()))


def _relation(opened: OpenedMesh, place: _Place) -> Relation:
    dataset = place.promised.dataset
    return relations_of(opened, {dataset: place.version}, veil_of(opened))[dataset]


def _offset(cursor: Cursor | None, query: str, content: str, place: _Place) -> int:
    if cursor is None:
        return 0
    if cursor.query != query:
        raise foreign_cursor("the cursor comes from another query")
    if cursor.content != content:
        raise InputError(_rewritten(place.promised.dataset))
    return cursor.offset


def _rewritten(dataset: str) -> Diagnostic:
    message = f"{dataset} was written anew, or is shown otherwise, since the cursor was made"
    return Diagnostic(code="MW-H110", message=message, fix="begin again without the cursor")


def _batch_rows(version: Version) -> int:
    """Return how many rows make a batch of about a megabyte."""
    if not version.rows or version.view is not None:
        return _LEAST_BATCH * 4
    fit = int(_BATCH_BYTES * version.rows / max(version.size_bytes * _UNPACKED, 1))
    return min(max(fit, _LEAST_BATCH), _MOST_BATCH)


def _room(version: Version, request: RowsRequest, columns: int) -> int:
    """Estimate what reading takes: of each of two threads a group of rows, packed and unpacked; and what is ordered."""
    if request.relation.view is not None:
        return _LEAST_ROOM + _ROOM_TO_ORDER
    packed = version.size_bytes / max(version.rows, 1) * len(request.columns) / max(columns, 1)
    groups = int(2 * _GROUP_ROWS * packed * _UNPACKED)
    return _LEAST_ROOM + groups + (_ROOM_TO_ORDER if request.order else 0)


def _check_limit(limit: int | None) -> None:
    if limit is not None and not 0 <= limit <= MOST_ROWS:
        message = f"limit is {limit}, and is a whole number from 0 to {MOST_ROWS}"
        raise InputError(Diagnostic(code="MW-H105", message=message, fix="leave limit out for all rows"))


def _promised_no_more(promised: PromisedDataset) -> Diagnostic:
    domain = promised.port.partition(".")[0]
    return Diagnostic(
        code="MW-H115",
        message=f"{promised.shown} holds nothing that is promised now, and no more than that is read of the past or of a sandbox",
        fix=f"read another port; a token of the domain {domain} reads all that it published",
    )


def _nothing(promised: PromisedDataset, environment: str) -> Diagnostic:
    message = f"{promised.shown} has no rows to read in {environment}: its dataset is not published there"
    return Diagnostic(code="MW-H107", message=message, fix=f"mw run {promised.dataset}")


def _no_version(
    text: str, promised: PromisedDataset, environment: str, ids: set[str], standings: tuple[Standing, ...]
) -> Diagnostic:
    if ids:
        return Diagnostic(
            code="MW-H109", message=f"version {text!r} is not unique", fix=f"give more digits: {', '.join(sorted(ids))}"
        )
    known = ", ".join(dict.fromkeys(each.revision for each in standings[:5]))
    message = f"version {text!r} was not published as {promised.dataset} in {environment}, or is not kept"
    return Diagnostic(
        code="MW-H109",
        message=message,
        fix=f"read one of {known}, or leave version out" if known else "leave version out",
    )

"""What an engine is: it binds types, builds tables into Parquet files, measures rules and answers queries.

An engine computes and knows nothing of plans, state or mesh files. Relations are named by three-part
dataset addresses; the caller says which files stand behind each.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from meshwright.checks.spec import CheckSpec, Measurement
from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.engines.limits import Limits as Limits  # noqa: PLC0414 - part of the protocol
from meshwright.frozen import dataclass
from meshwright.model import ByMerging, Calendar, Columns, ExampleRow, FileSource, Footprint, Scalar, Sight, Sums
from meshwright.model.parts import NO_SUMS

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """A version as an engine sees it: its columns and absolute paths (or URLs) of its Parquet files.

    A version without rows still has one file, so that its types survive. A view has no files. What is made of parts may
    have some of its files in `groups`, and may show a window of its rows alone.
    """

    columns: Columns
    files: tuple[str, ...] = ()
    view: View | None = None
    #: Rows that are shown, where they are recorded: nobody needs to count them then.
    rows: int | None = None
    #: Further files, which have other columns or of which not every row is shown.
    groups: tuple[FileGroup, ...] = ()
    #: The only rows that are shown, of `files` and `groups`; None for all of them.
    window: Window | None = None
    #: Columns with floats in whose files statistics leave NaN out, so that no condition may be answered from them.
    unsure: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A view has no files of its own, and is shown whole."""
        if self.view is not None and (self.files or self.groups or self.window is not None):
            raise ValueError("a relation is a view or has files, and only files can be cut")

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells relations apart: equal identities are read from the same files."""
        if self.view is not None:
            return ("", self.view.key)
        if self.is_plain and self.files:
            return self.files
        # What is cast, or made of nothing, depends on the columns that are asked for.
        return (*self.files, *(f"\n{each!r}" for each in (self.columns, *self.groups, self.window, self.unsure)))

    @property
    def is_plain(self) -> bool:
        """Whether its rows are all rows of `files`, with its very columns."""
        return self.view is None and not self.groups and self.window is None and not self.unsure


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Rows whose column lies in one of `spans`, each [start, end) in UTC, ascending and apart."""

    #: A DATE (its midnight in UTC), TIMESTAMP of any precision (taken as UTC) or TIMESTAMP WITH TIME ZONE.
    column: str
    spans: tuple[tuple[dt.datetime, dt.datetime], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileGroup:
    """Files of parts that are read in a way of their own."""

    files: tuple[str, ...]
    #: Their own columns. One of the relation that is not among them is NULL; one that has another type is cast.
    columns: Columns
    #: The rows of these files that count.
    window: Window | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A view's version, bound: its text over relations of its own, whatever their names stand for elsewhere."""

    #: Address of the dataset; its two-part prefix is the product whose bare names the text may use.
    dataset: str
    text: str
    dialect: str
    #: dataset address -> relation, exactly what the text reads.
    inputs: Mapping[str, Relation]
    #: Names the text over these very files; short, of letters and digits.
    key: str
    #: The columns as the engine computes them, before the rules of stored types.
    computed: Columns
    params: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    #: Declared types of parameters (`Parameter.type`); a name left out is typed by its value alone.
    param_types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Files that the text itself reads: of what an engine made to hide something, which nobody else is to find a name for.
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BindRequest:
    """A model to bind without data."""

    #: Address of the dataset; two-part prefix is the product whose bare names it may use.
    dataset: str
    #: The user's text.
    text: str
    dialect: str
    #: Addresses that the text reads.
    reads: tuple[str, ...]
    #: Values of the parameters the text uses, typed as declared.
    params: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    #: Declared types of parameters (`Parameter.type`); a name left out is typed by its value alone.
    param_types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether the result becomes a table, whose columns need names that differ. The query of a rule does not.
    is_stored: bool = True
    #: How its rows meet those that stand, which decides the columns that are stored; None where they do not.
    merging: ByMerging | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BindProblem:
    """Why a model cannot be bound, in the engine's words, at a place in the model's text (from 1)."""

    message: str
    line: int = 1
    column: int = 1
    #: The unknown column or table where that is the problem, with the names the engine offered.
    unknown: str | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRead:
    """A file source to be read: resolved files and how to read them."""

    dataset: str
    source: FileSource
    #: Absolute paths, sorted; at least one.
    files: tuple[str, ...]
    #: Path -> what messages call the file, where that is not its path in the mesh.
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Declared columns (they bind); the others are inferred.
    columns: Columns = ()
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelBuild:
    """A model to build."""

    dataset: str
    text: str
    dialect: str
    #: dataset address -> relation, exactly what the text reads.
    inputs: Mapping[str, Relation]
    params: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    #: Declared types of parameters (`Parameter.type`); a name left out is typed by its value alone.
    param_types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Only rows of one interval are stored; what is NULL or infinite there is an error. None for all rows.
    window: Window | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """A model to run on example rows, and what is expected of it."""

    model: BindRequest
    #: Dataset address -> its columns and rows; a column that is not among the columns is unknown to the model.
    inputs: Mapping[str, tuple[Columns, tuple[ExampleRow, ...]]]
    expected: tuple[ExampleRow, ...]
    #: The time of day that the model sees, ISO 8601 with offset; None leaves the clock alone.
    now: str | None = None
    #: Relative and absolute distance at which floats are equal.
    tolerance: float = 0.0
    #: Dataset address -> relation, of what is stored in files already.
    stored: Mapping[str, Relation] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class RehearsalAnswer:
    """What a rehearsal gave. Rows are shown as texts by column."""

    #: Rows that the model gave.
    rows: int = 0
    #: Expected rows that the model did not give.
    missing: tuple[Mapping[str, str | None], ...] = ()
    #: Rows that the model gave and nobody expected.
    unexpected: tuple[Mapping[str, str | None], ...] = ()
    seconds: float = 0.0
    #: Why it could not be run or compared.
    problem: Diagnostic | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallTable:
    """A table of plain values, to be asked without any file."""

    #: ``schema.table``.
    name: str
    columns: Columns
    #: Values to the order of the columns; a list is a tuple.
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallQuery:
    """One SELECT over small tables; its text is not trusted, and was read by `sql.guard_statement`."""

    text: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    #: Names, lower case, of the columns that are wanted.
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallLimits:
    """What each small query may use."""

    seconds: float
    memory_bytes: int
    #: Rows that are returned at most.
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallAnswer:
    """What a small query gave, every value as text (cut to 500 characters)."""

    #: All its columns, lower case.
    columns: tuple[str, ...] = ()
    #: Values of the wanted columns among them, to their order.
    rows: tuple[tuple[str | None, ...], ...] = ()
    #: Whether there are more rows than the limit.
    is_cut: bool = False
    #: Why there is no answer.
    problem: BindProblem | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedRead:
    """What a worker process handed over, to be stored."""

    dataset: str
    #: Absolute path of the scratch Parquet file; of a table at hand, where one may be written.
    file: str
    #: The same for files of the same columns; empty where who wrote it did not tell.
    schema: str = ""
    #: The table itself, where it is small: the messages of an Arrow stream, of plain types alone. There is no file then.
    table: bytes = b""
    #: What made it, for messages: ``build()``.
    maker: str
    #: Declared columns (they bind); the others are as handed.
    columns: Columns = ()
    #: As `ModelBuild.window`.
    window: Window | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeBuild:
    """New rows that meet those of the version before, by their key.

    `Merge.UPSERT`: a new row takes the place of the standing rows of its key. `Merge.DELETE_INSERT`: the new rows of a key,
    as many as there are, take the place of all standing ones. `Merge.SCD2`: a new row that differs from the current one of
    its key closes that one (`valid_to`) and opens another; a deleted row closes, and nothing is ever removed. Keys are never
    NULL, and other than by DELETE_INSERT each comes once among the new rows.
    """

    dataset: str
    #: What gives the new rows: a model to be run, or what was written by a worker process or read from a source.
    rows: ModelBuild | Relation
    #: The version before; its columns are matched by name. None where there is none.
    before: Relation | None
    merging: ByMerging
    #: When the run that sees the rows began, aware UTC: rows hold since then where no column says so.
    at: dt.datetime
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltTable:
    """A table that was written: files not yet durable, not yet known to anyone."""

    columns: Columns
    #: Absolute path and rows of each file, in order; at least one file.
    files: tuple[tuple[str, int], ...]
    rows: int
    content_digest: str
    #: What the digest is made of (`Engine.digest_of_sums`).
    sums: Sums = NO_SUMS


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltView:
    """A view that was evaluated once, in full: it works on the data that it is bound to."""

    #: As readers see them, by the rules of stored types.
    columns: Columns
    #: As the engine computes them.
    computed: Columns
    rows: int
    content_digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CompareRequest:
    """Two versions of a dataset to be compared, row by row, on the columns that both have."""

    #: Address of the dataset, for messages.
    dataset: str
    before: Relation
    after: Relation
    #: Columns that name a row; empty where none are known.
    key: tuple[str, ...] = ()
    #: Relative and absolute distance at which floats are equal. At any distance, and at 0 alone, floats of one canonical
    #: form are equal, which is that of the content digest: there is one NaN, -0 is 0, 9 significant digits are told apart.
    tolerance: float = 0.0
    #: How many rows of each kind (added, removed, changed) are shown at most.
    sample_rows: int = 10
    #: Whether it is told how the values of each column lie (`ColumnComparison.distribution`): two more passes a column.
    has_distributions: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnSummary:
    """What stands in one column of one version; values are plain as in samples of failing rows."""

    nulls: int
    #: Different values, nulls aside; floats of one canonical form (9 significant digits) are one value.
    distinct: int
    #: Whether `distinct` was counted; of very many rows it is estimated.
    is_distinct_exact: bool = True
    #: Least and greatest value; None of nested values and JSON, which have no order that means anything.
    min: object = None
    max: object = None
    #: Of numbers, to 12 significant digits (sums made in parallel differ in further ones); a text where it is not finite.
    mean: float | str | None = None


class Distance(enum.StrEnum):
    """How far two distributions are apart, from 0 (the same) to 1 (no value in common)."""

    #: Greatest difference of the shares of rows up to any value, nulls after all values.
    KOLMOGOROV_SMIRNOV = "kolmogorov_smirnov"
    #: Half the sum of the differences of the shares of each value, null being one.
    TOTAL_VARIATION = "total_variation"


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """How the values of a column lie in one version; values are plain as in samples of failing rows."""

    #: The values below which 5, 25, 50, 75 and 95 percent of the rows lie; empty where values have no order, or are all null.
    quantiles: tuple[object, ...] = ()
    #: The most frequent values that stand in more than one row, with their rows.
    top: tuple[tuple[object, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnDistribution:
    """How the values of a column lie in both versions."""

    before: Distribution
    after: Distribution
    #: None where a version has no rows.
    distance: float | None
    measured_by: Distance


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnComparison:
    """How one column that both versions have differs; columns are matched by name, blind to case."""

    #: As the later version spells it.
    name: str
    #: Rows that both versions have and whose values differ; None where rows were compared without a key.
    changed: int | None
    #: `changed` as a share of the rows that both versions have, from 0 to 1.
    change_rate: float | None
    #: None where both versions are the same files, of which nothing is read.
    before: ColumnSummary | None = None
    after: ColumnSummary | None = None
    #: Where it is asked for, and values may differ.
    distribution: ColumnDistribution | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DifferingRow:
    """A row that is not the same in both versions: column -> plain value, of the columns that both have."""

    #: None for a row that was added.
    before: Mapping[str, object] | None
    #: None for a row that was removed.
    after: Mapping[str, object] | None
    #: How many rows look like this; more than one only where rows were compared without a key.
    times: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What differs between two versions of a dataset."""

    rows_before: int
    rows_after: int
    added: int
    removed: int
    #: Rows of one key whose other values differ; None where rows were compared without a key, each being added or removed.
    changed: int | None
    unchanged: int
    #: The columns that rows were matched by, as the later version spells them; empty where whole rows were compared.
    key: tuple[str, ...]
    #: The columns that both have, in the later version's order.
    columns: tuple[ColumnComparison, ...]
    #: Added, then removed, then changed rows, each in the order of the key (of all columns without one).
    sample: tuple[DifferingRow, ...] = ()
    #: Why rows could not be matched by the key that was asked for.
    key_problem: str | None = None

    @property
    def is_equal(self) -> bool:
        """Whether no row differs."""
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeLimit:
    """How long the statements of one step may take."""

    seconds: float
    #: Whose step it is, and where the limit stands, for messages.
    dataset: str
    span: SourceSpan | None = None


class Session(Protocol):
    """An open engine for one run. Methods may be called from several threads at once."""

    def within(self, limit: TimeLimit) -> AbstractContextManager[None]:
        """Let all that the calling thread asks of the session in a block take no longer than `limit`, all together.

        When it does, its running statement is stopped and the block raises WorldError (MW-E207); other threads are not
        disturbed. Blocks are not nested.
        """
        ...

    def build_model(self, build: ModelBuild, target: str) -> BuiltTable:
        """Run the model's text and write ``{target}-<n>.parquet`` (`target` is an absolute prefix in an existing folder).

        Raises InputError (MW-E...) with the model's file and line where the SQL fails at run time, where a row belongs to no
        interval although `ModelBuild.window` is given (MW-E106), or its column is none of time (MW-E107),
        WorldError where memory, disk or an input file fails. Leaves no file behind when it raises.
        """
        ...

    def build_view(self, build: ModelBuild, key: str) -> BuiltView:
        """Evaluate the model as a view over its inputs and write nothing; `key` becomes its `View.key`.

        Every value of every row is computed once, so that what would fail fails here. Raises as `build_model`.
        """
        ...

    def build_source(self, read: SourceRead, target: str) -> BuiltTable:
        """Read the files and write ``{target}-<n>.parquet``; same promises as `build_model`.

        Never drops, skips or guesses rows: what does not parse raises InputError (MW-X...) with the lines.
        """
        ...

    def build_handed(self, read: HandedRead, target: str) -> BuiltTable:
        """Store what a worker process wrote as ``{target}-<n>.parquet``; same promises as `build_model`.

        Raises InputError (MW-N311, MW-N312) where it is not as declared.
        """
        ...

    def build_merge(self, build: MergeBuild, target: str) -> BuiltTable:
        """Merge new rows into those before and write ``{target}-<n>.parquet``; same promises as `build_model`.

        The columns are those of `model.merged_columns`. Raises InputError: MW-E106 (a row without a time since when it
        holds), MW-E108 (a key that is NULL or comes twice), MW-E109 (columns that cannot be merged, or standing values
        that cannot be cast), MW-E110 (a row that is older than the one that it would close).
        """
        ...

    def rewrite(self, relation: Relation, target: str) -> BuiltTable:
        """Write the rows of a relation as ``{target}-<n>.parquet``, as few files as there can be; the digest is the same.

        Where the relation is cut by a window, rows are in the order of its column. Raises as `build_model`.
        """
        ...

    def hand_over(self, dataset: str, relation: Relation, file: str) -> None:
        """Write the rows of `relation` to the scratch file `file`, for a worker process that reads files alone."""
        ...

    def measure(
        self, relation: Relation, specs: Sequence[CheckSpec], others: Mapping[str, Relation]
    ) -> tuple[Measurement, ...]:
        """Answer all `specs` (of one dataset) on `relation`, in their order, the cheapest exact way.

        `others` holds the relations that queries read besides the dataset. A rule that cannot be
        measured gives a Measurement with `error`; nothing is raised for it.
        """
        ...

    def compare(self, request: CompareRequest) -> Comparison:
        """Compare two versions of a dataset: rows by key, columns by value and by what stands in them.

        NULL equals NULL. Without a key, or where it is null or not unique on either side (`Comparison.key_problem`),
        rows are compared as a bag, in which a repeated row counts. A column whose type differs is compared in a type
        that holds the values of both; a value that does not survive there is different. Memory is bounded. Relations
        of equal identity are equal, and nothing is read. Raises WorldError, and InputError where a view fails.
        """
        ...

    def footprint(self, relation: Relation, column: str, calendar: Calendar) -> Footprint:
        """Return in which intervals `relation` has rows by `column` (DATE, TIMESTAMP of any precision or with time zone).

        Moments outside of the years 2 to 9998 belong to no interval, as infinite ones and NULL do. Raises InputError (MW-E107)
        where there is no such column.
        """
        ...

    def content_digest(self, relation: Relation) -> str:
        """Recompute the content digest of stored files, or of a view (for `verify`)."""
        ...

    def stored_rows(self, files: Sequence[str]) -> Mapping[str, int]:
        """Return the rows that each stored file itself counts, by path; files that cannot be read are left out."""
        ...

    def interrupt(self) -> None:
        """Stop every running statement soon; they raise InterruptedRun. Safe from a signal handler's thread."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Engine(Protocol):
    """One kind of engine."""

    @property
    def kind(self) -> str:
        """``duckdb``."""
        ...

    @property
    def identity(self) -> str:
        """Kind plus the settings that change results; part of every pure version's id. Blind to engine patch versions."""
        ...

    @property
    def release(self) -> str:
        """The engine's own version, for caches and records, for example ``2.0.0``."""
        ...

    def bind(
        self,
        models: Sequence[BindRequest],
        known: Mapping[str, Columns],
        tell: Callable[[str, Columns], None] | None = None,
    ) -> Mapping[str, Columns | BindProblem]:
        """Bind `models` (in dependency order) against empty tables of `known` and of each other's result.

        A model that reads one without columns (unknown or failed) is left out of the answer. `tell` is told each
        dataset's columns as they are found.
        """
        ...

    def read_head(self, read: SourceRead) -> Columns:
        """Infer a source's columns from the head of its files. Raises InputError (MW-X...), WorldError."""
        ...

    def write_examples(self, columns: Columns, rows: Sequence[ExampleRow], file: str) -> Relation:
        """Write example rows to Parquet file `file`. Raises InputError (MW-M246, MW-M247) at a row that does not fit."""
        ...

    def rehearse(self, rehearsals: Sequence[Rehearsal]) -> tuple[RehearsalAnswer, ...]:
        """Run models on example rows, in order; a problem is an answer, nothing is raised for it."""
        ...

    def ask(
        self, queries: Sequence[SmallQuery], tables: Sequence[SmallTable], limits: SmallLimits
    ) -> tuple[SmallAnswer, ...]:
        """Answer each query over `tables` and nothing else, in order; a problem is an answer, nothing is raised for it.

        The instance can reach no file, network, setting or extension, and each query ends within its limits.
        """
        ...

    def see(self, dataset: str, relation: Relation, sight: Sight, salt: str) -> Relation:
        """Return what `sight` leaves of a relation, for sessions and queries: types stay, values of masked columns do not.

        Pseudonyms are the same for equal values of a type and cannot be told without `salt`; NULL stays NULL.
        """
        ...

    def digest_of_sums(self, columns: Columns, rows: int, sums: Sums) -> str:
        """Return the content digest of a table, out of what the digests of its parts are made of. Reads nothing."""
        ...

    def open(self, limits: Limits) -> Session:
        """Open a session."""
        ...

    def query(
        self, text: str, relations: Mapping[str, Relation], *, product: str | None, limit: int | None
    ) -> QueryAnswer:
        """Answer one SELECT over `relations`; `product` gives bare names. Raises InputError (MW-E...)."""
        ...


class QueryAnswer(Protocol):
    """An open answer: columns now, rows in batches."""

    @property
    def columns(self) -> Columns:
        """Columns in order, types in the engine's spelling."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows; memory stays bounded. At least one batch comes, an empty one where there are no rows."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...

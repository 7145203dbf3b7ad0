"""What an engine is: it binds types, builds tables into Parquet files, measures rules and answers queries.

An engine computes and knows nothing of plans, state or mesh files. Relations are named by three-part
dataset addresses; the caller says which files stand behind each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from meshwright.checks.spec import CheckSpec, Measurement
from meshwright.diagnostics import SourceSpan
from meshwright.model import Columns, FileSource, Scalar

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """A version as an engine sees it: its columns and absolute paths (or URLs) of its Parquet files.

    A version without rows still has one file, so that its types survive.
    """

    columns: Columns
    files: tuple[str, ...]


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
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltTable:
    """A table that was written: files not yet durable, not yet known to anyone."""

    columns: Columns
    #: Absolute path and rows of each file, in order; at least one file.
    files: tuple[tuple[str, int], ...]
    rows: int
    content_digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a session may use."""

    memory_bytes: int | None = None
    threads: int | None = None
    #: Directory for spilling, absolute; None for no spilling.
    temp_directory: str | None = None


class Session(Protocol):
    """An open engine for one run. Methods may be called from several threads at once."""

    def build_model(self, build: ModelBuild, target: str) -> BuiltTable:
        """Run the model's text and write ``{target}-<n>.parquet`` (`target` is an absolute prefix in an existing folder).

        Raises InputError (MW-E...) with the model's file and line where the SQL fails at run time,
        WorldError where memory, disk or an input file fails. Leaves no file behind when it raises.
        """
        ...

    def build_source(self, read: SourceRead, target: str) -> BuiltTable:
        """Read the files and write ``{target}-<n>.parquet``; same promises as `build_model`.

        Never drops, skips or guesses rows: what does not parse raises InputError (MW-X...) with the lines.
        """
        ...

    def measure(
        self, relation: Relation, specs: Sequence[CheckSpec], others: Mapping[str, Relation]
    ) -> tuple[Measurement, ...]:
        """Answer all `specs` (of one dataset) on `relation`, in their order, the cheapest exact way.

        `others` holds the relations that queries read besides the dataset. A rule that cannot be
        measured gives a Measurement with `error`; nothing is raised for it.
        """
        ...

    def content_digest(self, relation: Relation) -> str:
        """Recompute the content digest of stored files (for `verify`)."""
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

    def bind(self, models: Sequence[BindRequest], known: Mapping[str, Columns]) -> Mapping[str, Columns | BindProblem]:
        """Bind `models` (in dependency order) against empty tables of `known` and of each other's result.

        A model that reads one without columns (unknown or failed) is left out of the answer.
        """
        ...

    def read_head(self, read: SourceRead) -> Columns:
        """Infer a source's columns from the head of its files. Raises InputError (MW-X...), WorldError."""
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

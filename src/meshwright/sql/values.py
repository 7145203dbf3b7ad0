"""What parsing finds in one SQL statement, as plain values without a trace of the parser."""

from __future__ import annotations

import enum

from meshwright.frozen import dataclass


class Influence(enum.StrEnum):
    """How a column reaches another: its value does, or it only decides (filter, join key, grouping, ordering)."""

    DIRECT = "direct"
    INDIRECT = "indirect"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableReference:
    """A table as the text names it; line and column count from 1."""

    #: One to three (or more, which nothing resolves) names, lower case: engines compare names without case.
    parts: tuple[str, ...]
    line: int
    column: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlProblem:
    """Something wrong, or risky, at a place in a statement's text; line and column count from 1."""

    #: A code ``MW-Q...`` of the diagnostics catalog.
    code: str
    message: str
    line: int
    column: int
    fix: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionUse:
    """A call whose result the inputs do not determine, such as ``now()``; line and column count from 1."""

    #: As it is usually written, lower case, without parentheses.
    name: str
    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedStatement:
    """One statement: its meaning as a fingerprint, what it reads, and what is wrong with it."""

    text: str
    dialect: str
    #: The form that `fingerprint` is taken from; empty where the text is not one readable SELECT.
    canonical: str
    #: Blind to layout, comments, letter case and needless parentheses; empty where `canonical` is.
    fingerprint: str
    #: Each distinct table that it reads, where first named, in order of the text; names of CTEs are not among them.
    tables: tuple[TableReference, ...] = ()
    #: Names of the parameters (``$name``), lower case, sorted.
    params: tuple[str, ...] = ()
    #: What must be put right, in order of the text.
    problems: tuple[SqlProblem, ...] = ()
    #: Calls that need ``deterministic: false``, in order of the text.
    impure: tuple[FunctionUse, ...] = ()
    #: Risks that stop nothing, in order of the text.
    warnings: tuple[SqlProblem, ...] = ()
    #: Whether any ``*`` or ``COLUMNS(...)`` leaves the set of columns to the inputs.
    starred: bool = False
    #: Calls of what rules and tests must not call, in order of the text; those with a finding of their own are left out.
    unlisted: tuple[FunctionUse, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardedStatement:
    """A statement that may read some tables and nothing else."""

    #: The tables that it reads, sorted.
    tables: tuple[str, ...] = ()
    #: Names of its parameters, sorted.
    params: tuple[str, ...] = ()
    #: Why it must not run, in order of the text.
    problems: tuple[SqlProblem, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ColumnSource:
    """One column of a dataset that an output column of a statement is made from."""

    output: str
    #: Address of the dataset that is read.
    table: str
    #: The column, in the dataset's own spelling.
    column: str
    kind: Influence


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedText:
    """A text in which names of columns stand in the places of parameters."""

    text: str
    #: Names of the parameters that had a place in it, sorted.
    used: tuple[str, ...] = ()
    #: Why a name cannot stand where it does, in order of the text.
    problems: tuple[SqlProblem, ...] = ()

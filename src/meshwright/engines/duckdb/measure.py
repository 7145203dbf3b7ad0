"""Measuring rules on one version: each in the cheapest exact way, one filtered statement a rule.

Row and null counts come from the Parquet footers, where they are exact. Everything else is a statement of its own that
prunes and reads only the columns it needs; sixty of them over ten million rows take a third of one big aggregate's time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from functools import cached_property

import duckdb

from meshwright.checks.spec import TIMED, CheckSpec, Measurement, Metric, holds
from meshwright.diagnostics import InputError, known_names_hint
from meshwright.engines.duckdb.build import describe
from meshwright.engines.duckdb.errors import Statement, translated
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.moments import seconds_statement
from meshwright.engines.duckdb.names import address, glob_safe, literals, quoted
from meshwright.engines.duckdb.nested import counting_of
from meshwright.engines.duckdb.params import bound_params
from meshwright.engines.duckdb.predicates import UnusableArgument, invalid_condition, missing_condition
from meshwright.engines.duckdb.samples import is_plain_type, plain_rows, plain_value
from meshwright.engines.duckdb.scans import files_of_relation
from meshwright.engines.duckdb.text import NotOneStatement, Select
from meshwright.engines.protocol import Relation
from meshwright.frozen import dataclass
from meshwright.model import Columns, Scalar

#: Metrics whose statements other modules write.
_ELSEWHERE = TIMED | {Metric.FOREIGN_KEY}


def measure_all(
    cursor: duckdb.DuckDBPyConnection, relation: Relation, specs: Sequence[CheckSpec], known: KnownStatements
) -> tuple[Measurement, ...]:
    """Answer `specs`, which are all of one dataset. Raises WorldError and InterruptedRun, nothing for a rule."""
    table = _Table(cursor, relation, specs[0].dataset, known)
    return tuple(_measure(table, spec) for spec in specs)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What was measured, before the bound is applied."""

    value: Scalar
    #: Rows that break the rule, None where the rule is not about rows.
    failing: int | None = None
    #: SELECT that gives the failing rows, its columns and parameters.
    rows: tuple[str, Columns, Mapping[str, object]] | None = None


class _CannotMeasure(Exception):
    """Why a rule has no answer, in words."""


class _Table:
    """The dataset under its name, with the counts that several rules share."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, relation: Relation, dataset: str, known: KnownStatements
    ) -> None:
        self.cursor = cursor
        self.known = known
        self.relation = relation
        self.dataset = dataset
        self.name = address(dataset)
        self.types = {column.name: column.type for column in relation.columns}

    @cached_property
    def rows(self) -> int:
        """Number of rows, as recorded; where nothing is, DuckDB answers from the footers."""
        if self.relation.rows is not None:
            return self.relation.rows
        return self.count(f"SELECT count(*) FROM {self.name}")

    @cached_property
    def nulls(self) -> Mapping[str, int]:
        """Nulls of the columns whose every chunk counts them in the footer; a view has no footers, a window needs its rows."""
        relation = self.relation
        files = tuple(files_of_relation(relation))
        if not files or relation.window is not None or any(group.window is not None for group in relation.groups):
            return {}
        rows = self.cursor.execute(
            "SELECT path_in_schema, sum(stats_null_count) FROM parquet_metadata("
            f"{literals(glob_safe(file) for file in files)}) "
            "GROUP BY path_in_schema HAVING bool_and(stats_null_count IS NOT NULL)"
        ).fetchall()
        # A column that a group lacks is NULL there, and no footer counts it; one that is cast may fail to be.
        read = set(relation.columns).intersection(*(group.columns for group in relation.groups))
        told = {column.name for column in read if "(" not in column.type}
        return {name: int(count) for name, count in rows if name in told}

    def count(self, statement: str, params: Mapping[str, object] | None = None) -> int:
        """Return the one number that `statement` gives."""
        row = self.cursor.execute(statement, dict(params) if params else None).fetchone()
        assert row is not None
        return int(row[0] or 0)


def _measure(table: _Table, spec: CheckSpec) -> Measurement:
    """Answer one rule."""
    started = time.perf_counter()
    fingerprint = spec.fingerprint
    try:
        found = _found(table, spec)
        sample: tuple[Mapping[str, object], ...] = ()
        if found.rows is not None and found.failing and not holds(spec.operator, spec.bound, found.value):
            sample = plain_rows(table.cursor, *found.rows)
    except (_CannotMeasure, UnusableArgument, NotOneStatement) as error:
        return Measurement(fingerprint=fingerprint, error=str(error), seconds=time.perf_counter() - started)
    except InputError as error:
        return Measurement(fingerprint=fingerprint, error=error.first.message, seconds=time.perf_counter() - started)
    except duckdb.Error as error:
        known = translated(error, Statement(dataset=table.dataset, text=spec.query or "", lines_before=1))
        if not isinstance(known, InputError):
            raise known from error
        return Measurement(fingerprint=fingerprint, error=known.first.message, seconds=time.perf_counter() - started)
    return Measurement(
        fingerprint=fingerprint,
        value=found.value,
        failing_rows=found.failing,
        sample=sample,
        seconds=time.perf_counter() - started,
    )


def _found(table: _Table, spec: CheckSpec) -> _Found:
    """Measure by the metric."""
    for column in spec.columns:
        if column not in table.types:
            hint = known_names_hint(column, table.types, what="columns")
            raise _CannotMeasure(f"{spec.dataset} has no column '{column}'; {hint}")
    if (spec.path and spec.query is None) or spec.metric in _ELSEWHERE:
        return _counted(table, spec) if not spec.is_timed else _seconds(table, spec)
    return _of_columns(table, spec)


def _of_columns(table: _Table, spec: CheckSpec) -> _Found:
    """Measure what is about whole columns and rows."""
    match spec.metric:
        case Metric.ROW_COUNT:
            return _Found(value=table.rows)
        case Metric.NULL_VALUES:
            return _nulls(table, spec)
        case Metric.MISSING_VALUES | Metric.INVALID_VALUES:
            column = _only_column(spec)
            condition = missing_condition if spec.metric is Metric.MISSING_VALUES else invalid_condition
            return _rows_where(table, spec, condition(column, table.types[column], spec.arguments))
        case Metric.DUPLICATE_VALUES:
            return _duplicates(table, spec)
        case Metric.SQL:
            return _query_value(table, spec)
        case Metric.VIOLATIONS:
            return _violations(table, spec)
        case _:
            raise _CannotMeasure(f"the metric '{spec.metric}' is answered without an engine")


def _counted(table: _Table, spec: CheckSpec) -> _Found:
    """Count by statements of the rule's own: of parts of columns, and of keys of other datasets."""
    counting = counting_of(spec, table.name, table.relation.columns)
    return _of_rows(table, spec, table.count(counting.count), (counting.rows, counting.columns, {}))


def _seconds(table: _Table, spec: CheckSpec) -> _Found:
    """Return an age or a gap; no value where there is no moment."""
    column = _only_column(spec)
    row = table.cursor.execute(seconds_statement(spec, table.name, table.types[column])).fetchone()
    if row is None or row[0] is None:
        few = "fewer than two moments" if spec.metric is Metric.GREATEST_GAP else "no moment"
        raise _CannotMeasure(f"column '{column}' has {few}: there is nothing to measure")
    seconds = float(row[0])
    return _Found(value=int(seconds) if seconds.is_integer() else seconds)


def _only_column(spec: CheckSpec) -> str:
    if len(spec.columns) != 1:
        raise _CannotMeasure(f"the metric '{spec.metric}' is about one column")
    return spec.columns[0]


def _nulls(table: _Table, spec: CheckSpec) -> _Found:
    """Count nulls, from the footers where they tell."""
    column = _only_column(spec)
    condition = f"{quoted(column)} IS NULL"
    counted = table.nulls.get(column)
    if counted is None:
        return _rows_where(table, spec, condition)
    return _of_rows(table, spec, counted, (f"SELECT * FROM {table.name} WHERE {condition}", table.relation.columns, {}))


def _rows_where(table: _Table, spec: CheckSpec, condition: str) -> _Found:
    """Count the rows that a condition holds for."""
    failing = table.count(f"SELECT count(*) FROM {table.name} WHERE {condition}")
    rows = f"SELECT * FROM {table.name} WHERE {condition}"
    return _of_rows(table, spec, failing, (rows, table.relation.columns, {}))


def _duplicates(table: _Table, spec: CheckSpec) -> _Found:
    """Count the rows that repeat a key; a key with a null in it never repeats, a whole row may."""
    columns = spec.columns or tuple(table.types)
    keys = ", ".join(quoted(column) for column in columns)
    no_null = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in spec.columns) or "true"
    groups = f"FROM {table.name} WHERE {no_null} GROUP BY {keys} HAVING count(*) > 1"
    if len(spec.columns) == 1:
        failing = table.count(f"SELECT count({keys}) - count(DISTINCT {keys}) FROM {table.name}")
    else:
        failing = table.count(f"SELECT sum(n - 1) FROM (SELECT count(*) AS n {groups})")
    shown = tuple(column for column in table.relation.columns if column.name in columns)
    # In their order, or each time others of very many keys were shown.
    return _of_rows(table, spec, failing, (f"SELECT {keys} {groups} ORDER BY {keys}", shown, {}))


def _of_rows(table: _Table, spec: CheckSpec, failing: int, rows: tuple[str, Columns, Mapping[str, object]]) -> _Found:
    """Return a count of rows in the rule's unit."""
    value: Scalar = failing
    if spec.unit == "percent":
        value = 100 * failing / table.rows if table.rows else 0
    return _Found(value=value, failing=failing, rows=rows)


def _query(table: _Table, spec: CheckSpec) -> tuple[Select, dict[str, object]]:
    """Return the rule's SELECT and its parameters."""
    if not spec.query:
        raise _CannotMeasure("the rule has no query")
    select = table.known.select(table.cursor, spec.query)
    statement = Statement(dataset=table.dataset, text=spec.query)
    params = bound_params(select, spec.params, spec.param_types, statement)
    return select, params


def _query_value(table: _Table, spec: CheckSpec) -> _Found:
    """Return the one value that the query gives."""
    select, params = _query(table, spec)
    answer = table.cursor.execute(f"SELECT * FROM (\n{select.text}\n) LIMIT 2", dict(params) or None)
    types = [str(column[1]) for column in answer.description or ()]
    if len(types) != 1:
        raise _CannotMeasure(f"the query gives {len(types)} columns; it must give one value")
    if not is_plain_type(types[0]):
        # Asked again as text: Python has no value for some types without further packages.
        types = [column.type for column in describe(table.cursor, select, params)]
        item = plain_value(quoted("v"), types[0])
        answer = table.cursor.execute(f"SELECT {item} FROM (\n{select.text}\n) AS q(v) LIMIT 2", dict(params) or None)
    rows = answer.fetchall()
    if len(rows) != 1:
        raise _CannotMeasure(f"the query gives {'no row' if not rows else 'several rows'}; it must give one value")
    return _Found(value=_scalar(rows[0][0], types[0]))


def _violations(table: _Table, spec: CheckSpec) -> _Found:
    """Count the rows that the query gives."""
    select, params = _query(table, spec)
    failing = table.count(f"SELECT count(*) FROM (\n{select.text}\n)", params)
    columns = describe(table.cursor, select, params) if failing else ()
    return _of_rows(table, spec, failing, (select.text, columns, params))


def _scalar(value: object, type_text: str) -> Scalar:
    """Return a value of a query as a bound is compared with it; numbers keep all their digits."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    text = str(value)
    if type_text.startswith("DECIMAL"):
        whole, _, fraction = text.partition(".")
        if not fraction.strip("0"):
            return int(whole)
        number = float(text)
        return number if len(text.replace(".", "").lstrip("-0")) <= 15 else text
    return text

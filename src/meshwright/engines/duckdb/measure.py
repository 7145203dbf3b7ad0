"""Measuring rules on one version: each in the cheapest exact way, one filtered statement a rule.

Row and null counts come from the Parquet footers, where they are exact. Values of a column that has few are counted once and
judged once each (`fewvalues`); whole numbers in a narrow range are told apart by a bit for each. Everything else is a
statement of its own that reads only the columns it needs and leaves out what the statistics rule out, as DuckDB does for ranges.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import duckdb

from meshwright.checks.spec import TIMED, CheckSpec, Measurement, Metric, holds
from meshwright.diagnostics import InputError, known_names_hint
from meshwright.engines.duckdb.build import describe
from meshwright.engines.duckdb.errors import Statement, translated
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.measuredtable import MeasuredTable
from meshwright.engines.duckdb.moments import seconds_statement
from meshwright.engines.duckdb.names import quoted
from meshwright.engines.duckdb.nested import counting_of
from meshwright.engines.duckdb.params import bound_params
from meshwright.engines.duckdb.predicates import (
    UnusableArgument,
    constants,
    invalid_condition,
    missing_condition,
    unheld_values,
)
from meshwright.engines.duckdb.samples import is_plain_type, plain_rows, plain_value
from meshwright.engines.duckdb.text import NotOneStatement, Select
from meshwright.engines.duckdb.vetted import NotAllowed, vet
from meshwright.engines.protocol import Relation
from meshwright.frozen import dataclass
from meshwright.model import Columns, Scalar, product_of

#: Longest text that a query may give.
_MOST_CHARACTERS = 10_000
#: Metrics whose statements other modules write.
_ELSEWHERE = TIMED | {Metric.FOREIGN_KEY}


def measure_all(
    cursor: duckdb.DuckDBPyConnection,
    relation: Relation,
    specs: Sequence[CheckSpec],
    known: KnownStatements,
    apart: Callable[[CheckSpec], Measurement] | None = None,
) -> tuple[Measurement, ...]:
    """Answer `specs`, which are all of one dataset. Raises WorldError and InterruptedRun, nothing for a rule.

    `apart` answers queries that may cost without bound; None where they were vetted, and this is the place for them.
    """
    table = MeasuredTable(cursor, relation, specs, known)
    try:
        if table.is_small:
            table.ask_together(
                [condition for spec in specs if (condition := _known_condition(table, spec)) is not None],
                [
                    spec.columns[0]
                    for spec in specs
                    if spec.metric is Metric.DUPLICATE_VALUES and _is_on_one(table, spec)
                ],
            )
        return tuple(_measure(table, spec, apart) for spec in specs)
    finally:
        table.forget()


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


def _measure(table: MeasuredTable, spec: CheckSpec, apart: Callable[[CheckSpec], Measurement] | None) -> Measurement:
    """Answer one rule."""
    started = time.perf_counter()
    fingerprint = spec.fingerprint
    try:
        if apart is not None and spec.query is not None and not _is_plain(table, spec):
            return apart(spec)
        found = _found(table, spec)
        sample: tuple[Mapping[str, object], ...] = ()
        if found.rows is not None and found.failing and not holds(spec.operator, spec.bound, found.value):
            sample = plain_rows(table.cursor, *found.rows)
    except (_CannotMeasure, UnusableArgument, NotOneStatement, NotAllowed) as error:
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


def _is_plain(table: MeasuredTable, spec: CheckSpec) -> bool:
    """Whether a rule's query costs no more than a scan. Raises NotAllowed, NotOneStatement, DuckDB's errors."""
    assert spec.query is not None
    select = table.known.select(table.cursor, spec.query)
    return vet(table.cursor, select.text, (spec.dataset, *spec.reads), product_of(spec.dataset)).is_plain


def _found(table: MeasuredTable, spec: CheckSpec) -> _Found:
    """Measure by the metric."""
    for column in spec.columns:
        if column not in table.types:
            hint = known_names_hint(column, table.types, what="columns")
            raise _CannotMeasure(f"{spec.dataset} has no column '{column}'; {hint}")
    if (spec.path and spec.query is None) or spec.metric in _ELSEWHERE:
        return _counted(table, spec) if not spec.is_timed else _seconds(table, spec)
    return _of_columns(table, spec)


def _of_columns(table: MeasuredTable, spec: CheckSpec) -> _Found:
    """Measure what is about whole columns and rows."""
    match spec.metric:
        case Metric.ROW_COUNT:
            return _Found(value=table.rows)
        case Metric.NULL_VALUES:
            column = _only_column(spec)
            return _of_rows(table, spec, table.nulls(column), _rows_where(table, f"{quoted(column)} IS NULL"))
        case Metric.MISSING_VALUES | Metric.INVALID_VALUES:
            column = _only_column(spec)
            condition = _condition(table, spec, column)
            _require_meaning(table, spec, table.types[column])
            return _of_rows(table, spec, table.rows_where(column, condition), _rows_where(table, condition))
        case Metric.DUPLICATE_VALUES:
            return _duplicates(table, spec)
        case Metric.SQL:
            return _query_value(table, spec)
        case Metric.VIOLATIONS:
            return _violations(table, spec)
        case _:
            raise _CannotMeasure(f"the metric '{spec.metric}' is answered without an engine")


def _counted(table: MeasuredTable, spec: CheckSpec) -> _Found:
    """Count by statements of the rule's own: of parts of columns, and of keys of other datasets."""
    counting = counting_of(spec, table.name, table.relation.columns)
    return _of_rows(table, spec, table.count(counting.count), (counting.rows, counting.columns, {}))


def _seconds(table: MeasuredTable, spec: CheckSpec) -> _Found:
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


def _is_on_one(table: MeasuredTable, spec: CheckSpec) -> bool:
    """Whether a rule is about one column as a whole."""
    return len(spec.columns) == 1 and not spec.path and spec.columns[0] in table.types


def _condition(table: MeasuredTable, spec: CheckSpec, column: str) -> str:
    """Return the condition of the rows that a rule on one column counts. Raises UnusableArgument."""
    if spec.metric is Metric.NULL_VALUES:
        return f"{quoted(column)} IS NULL"
    condition = missing_condition if spec.metric is Metric.MISSING_VALUES else invalid_condition
    return condition(column, table.types[column], spec.arguments)


def _require_meaning(table: MeasuredTable, spec: CheckSpec, type_text: str) -> None:
    """Raise DuckDB's error or _CannotMeasure for arguments that would find nothing in any data, whether rows are there or not."""
    for expression in constants(type_text, spec.arguments):
        table.known.constant(table.cursor, expression)
    unheld = unheld_values(type_text, spec.arguments)
    if unheld is not None and table.known.constant(table.cursor, unheld):
        raise _CannotMeasure(
            f"no value of column '{spec.columns[0]}', which is {type_text}, can be one of 'missingValues'; "
            "leave the rule out, or add null to the list"
        )


def _known_condition(table: MeasuredTable, spec: CheckSpec) -> str | None:
    """Return the condition of a rule that counts rows by one; None for other rules, and where it cannot be written."""
    if spec.metric not in {Metric.NULL_VALUES, Metric.MISSING_VALUES, Metric.INVALID_VALUES} or not _is_on_one(
        table, spec
    ):
        return None
    with suppress(UnusableArgument):  # told when the rule's turn comes
        return _condition(table, spec, spec.columns[0])
    return None


def _rows_where(table: MeasuredTable, condition: str) -> tuple[str, Columns, Mapping[str, object]]:
    """Return the SELECT of the rows for which a condition holds."""
    return f"SELECT * FROM {table.name} WHERE {condition}", table.relation.columns, {}


def _duplicates(table: MeasuredTable, spec: CheckSpec) -> _Found:
    """Count the rows that repeat a key; a key with a null in it never repeats, a whole row may."""
    columns = spec.columns or tuple(table.types)
    keys = ", ".join(quoted(column) for column in columns)
    no_null = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in spec.columns) or "true"
    groups = f"FROM {table.name} WHERE {no_null} GROUP BY {keys} HAVING count(*) > 1"
    if spec.columns and any(part <= set(spec.columns) for part in table.unique):
        failing = 0
    elif len(spec.columns) == 1:
        failing = table.repeated(spec.columns[0])
    else:
        failing = table.count(f"SELECT sum(n - 1) FROM (SELECT count(*) AS n {groups})")
    if spec.columns and not failing:
        table.unique.add(frozenset(spec.columns))
    shown = tuple(column for column in table.relation.columns if column.name in columns)
    # In their order, or each time others of very many keys were shown.
    return _of_rows(table, spec, failing, (f"SELECT {keys} {groups} ORDER BY {keys}", shown, {}))


def _of_rows(
    table: MeasuredTable, spec: CheckSpec, failing: int, rows: tuple[str, Columns, Mapping[str, object]]
) -> _Found:
    """Return a count of rows in the rule's unit."""
    value: Scalar = failing
    if spec.unit == "percent":
        value = 100 * failing / table.rows if table.rows else 0
    return _Found(value=value, failing=failing, rows=rows)


def _query(table: MeasuredTable, spec: CheckSpec) -> tuple[Select, dict[str, object]]:
    """Return the rule's SELECT and its parameters."""
    if not spec.query:
        raise _CannotMeasure("the rule has no query")
    select = table.known.select(table.cursor, spec.query)
    statement = Statement(dataset=table.dataset, text=spec.query)
    params = bound_params(select, spec.params, spec.param_types, statement)
    return select, params


def _query_value(table: MeasuredTable, spec: CheckSpec) -> _Found:
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
    value = _scalar(rows[0][0], types[0])
    if isinstance(value, str) and len(value) > _MOST_CHARACTERS:
        raise _CannotMeasure(f"the query gives a text of {len(value):,} characters; {_MOST_CHARACTERS:,} are the most")
    return _Found(value=value)


def _violations(table: MeasuredTable, spec: CheckSpec) -> _Found:
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

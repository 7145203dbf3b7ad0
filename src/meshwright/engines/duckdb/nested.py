"""Rules on parts of columns, and on keys of other datasets: what is measured, as whole statements.

A part is reached from its column step by step. As long as all steps lead into structs, a row holds one value, or none where
a struct is NULL. From the first list or map on it holds several: they are gathered into one list, and what is NULL on the
way has nothing in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from meshwright.checks.nested_types import inner_types, type_at
from meshwright.checks.spec import CheckSpec, Into, Metric, PathStep, path_words
from meshwright.diagnostics import known_names_hint
from meshwright.engines.duckdb.names import address, literal, quoted
from meshwright.engines.duckdb.predicates import UnusableArgument, invalid_condition, missing_condition
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns

_JSON = "JSON"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counting:
    """Statements that count the rows which break a rule, and show them."""

    count: str
    #: SELECT of the rows, or of the values, that are shown, and its columns.
    rows: str
    columns: Columns


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """The values of a part in one row, as an expression: one value, or a list of them."""

    sql: str
    type: str
    is_list: bool
    #: Condition under which there can be a value: the struct around it is there.
    there: str = "true"


def counting_of(spec: CheckSpec, table: str, columns: Columns) -> Counting:
    """Return how a rule with a path, or of a foreign key, is measured on `table` (as written in SQL).

    Raises UnusableArgument where the path leads nowhere, or an argument cannot be measured there.
    """
    if spec.metric is Metric.FOREIGN_KEY and not spec.path:
        return _unmatched_rows(spec, table, columns)
    types = {column.name: column.type for column in columns}
    if len(spec.columns) != 1:
        raise UnusableArgument("a path leads into one column")
    name = path_words(spec.columns[0], spec.path)
    part = _part(spec.columns[0], types[spec.columns[0]], spec.path)
    label = _fresh(name, types)
    match spec.metric:
        case Metric.NULL_VALUES:
            return _where(part, label, table, columns, f"{quoted(label)} IS NULL")
        case Metric.MISSING_VALUES:
            return _where(part, label, table, columns, missing_condition(label, part.type, spec.arguments))
        case Metric.INVALID_VALUES:
            return _where(part, label, table, columns, invalid_condition(label, part.type, spec.arguments))
        case Metric.DUPLICATE_VALUES:
            return _repeated(part, label, table)
        case Metric.FOREIGN_KEY:
            return _unmatched_values(spec, part, label, table, columns)
        case _:
            raise UnusableArgument(f"the metric '{spec.metric}' is about whole columns, not about '{name}'")


def _fresh(name: str, taken: Collection[str]) -> str:
    """Return `name`, or one like it that no column has: engines are blind to case."""
    folded = {each.casefold() for each in taken}
    while name.casefold() in folded:
        name += "'"
    return name


def _part(column: str, type_text: str, path: tuple[PathStep, ...]) -> _Part:
    """Follow a path into a column."""
    part = _Part(sql=quoted(column), type=type_text, is_list=False)
    for place, step in enumerate(path):
        part = _stepped(part, step, path_words(column, path[:place]), place)
    if part.type != _JSON:
        return part
    text = _each(part, lambda value: f"({value} ->> '$')", len(path))
    return _Part(sql=text, type="VARCHAR", is_list=part.is_list, there=part.there)


def _stepped(part: _Part, step: PathStep, where: str, place: int) -> _Part:
    """Go one step further into a value that is there."""
    is_json = part.type == _JSON
    inner = _JSON if is_json and step.into in {Into.FIELD, Into.ITEMS} else type_at(part.type, step)
    if inner is None:
        raise UnusableArgument(_leads_nowhere(part.type, step, where))
    into = _json_step if is_json else _step
    if not part.is_list:
        there = f"{part.sql} IS NOT NULL" + (f" AND json_type({part.sql}) <> 'NULL'" if is_json else "")
        return _Part(sql=into(part, part.sql, step), type=inner, is_list=step.into is not Into.FIELD, there=there)
    name = f"e{place}"
    alive = f"list_filter({part.sql}, lambda {name}: {name} IS NOT NULL)"
    taken = f"list_transform({alive}, lambda {name}: {into(part, name, step)})"
    if step.into is Into.FIELD:
        return _Part(sql=taken, type=inner, is_list=True)
    return _Part(sql=f"flatten({taken})", type=inner, is_list=True)


def _step(part: _Part, value: str, step: PathStep) -> str:
    match step.into:
        case Into.FIELD:
            return f"struct_extract({value}, {literal(step.name)})"
        case Into.KEYS:
            return f"map_keys({value})"
        case Into.VALUES:
            return f"map_values({value})"
        case _:
            # What is no list but an array of one length takes none of the functions of lists.
            return f"CAST({value} AS {inner_types(part.type).items}[])"


def _json_step(_: _Part, value: str, step: PathStep) -> str:
    """A step into JSON, where a null is a value of its own."""
    if step.into is Into.FIELD:
        key = step.name.replace("\\", "\\\\").replace('"', '\\"')
        place = literal('$."' + key + '"')
        found = f"json_extract({value}, {place})"
        return f"CASE WHEN json_type({found}) <> 'NULL' THEN {found} END"
    return f"list_transform(json_extract({value}, '$[*]'), lambda j: CASE WHEN json_type(j) <> 'NULL' THEN j END)"


def _leads_nowhere(type_text: str, step: PathStep, where: str) -> str:
    if step.into is Into.FIELD:
        fields = [name for name, _ in inner_types(type_text).fields]
        hint = known_names_hint(step.name, fields, what="fields") if fields else f"it is {type_text}"
        return f"'{where}' has no field '{step.name}'; {hint}"
    nouns = {Into.ITEMS: "a list", Into.KEYS: "a map", Into.VALUES: "a map"}
    return f"'{where}' is {type_text}, not {nouns[step.into]}"


def _each(part: _Part, expression: Callable[[str], str], place: int) -> str:
    """Return the part with an expression of each of its values."""
    if not part.is_list:
        return expression(part.sql)
    return f"list_transform({part.sql}, lambda e{place}: {expression(f'e{place}')})"


def _where(part: _Part, label: str, table: str, columns: Columns, condition: str) -> Counting:
    """Count the rows that hold a value for which `condition` holds; the value is named `label` in it."""
    if part.is_list:
        held = f"len(list_filter({part.sql}, lambda {quoted(label)}: {condition})) > 0"
        return _rows(f"{table} WHERE {held}", columns)
    source = f"(SELECT *, {part.sql} AS {quoted(label)} FROM {table} WHERE {part.there})"
    return _rows(f"{source} WHERE {condition}", columns)


def _rows(source: str, columns: Columns) -> Counting:
    names = ", ".join(quoted(column.name) for column in columns)
    return Counting(count=f"SELECT count(*) FROM {source}", rows=f"SELECT {names} FROM {source}", columns=columns)


def _held(part: _Part, label: str, table: str) -> str:
    """Return the SELECT of every value with the number of the row that holds it."""
    if part.is_list:
        rows = f"SELECT row_number() OVER () AS r, {part.sql} AS l FROM {table}"
        return f"SELECT r, unnest(l) AS {quoted(label)} FROM ({rows})"
    return f"SELECT row_number() OVER () AS r, {part.sql} AS {quoted(label)} FROM {table}"


def _repeated(part: _Part, label: str, table: str) -> Counting:
    """Count rows of values that are there more than once.

    Where a row holds one value, the first of equal ones is none too many, as in a column. Where it holds several, every
    row with a value that is there twice, in it or in another, counts once: no order tells the first.
    """
    value, shown = quoted(label), (Column(name=label, type=part.type),)
    held = _held(part, label, table)
    groups = f"SELECT {value} FROM ({held}) WHERE {value} IS NOT NULL GROUP BY {value} HAVING count(*) > 1"
    rows = f"{groups} ORDER BY {value}"
    if not part.is_list:
        count = f"SELECT count({value}) - count(DISTINCT {value}) FROM (SELECT {part.sql} AS {value} FROM {table})"
        return Counting(count=count, rows=rows, columns=shown)
    count = f"SELECT count(DISTINCT r) FROM ({held}) AS h SEMI JOIN ({groups}) AS g ON h.{value} = g.{value}"
    return Counting(count=count, rows=rows, columns=shown)


def _unmatched_rows(spec: CheckSpec, table: str, columns: Columns) -> Counting:
    """Count the rows whose key, of one or more columns, is whole and stands nowhere in the other dataset."""
    keys = _target_keys(spec)
    if len(keys) != len(spec.columns):
        raise UnusableArgument("the key and what it refers to have not as many columns")
    own = [f"c.{quoted(column)}" for column in spec.columns]
    names = [f"k{place}" for place in range(len(keys))]
    selected = ", ".join(f"{key} AS {name}" for key, name in zip(keys, names, strict=True))
    matches = " AND ".join(f"{column} = p.{name}" for column, name in zip(own, names, strict=True))
    whole = " AND ".join(f"{column} IS NOT NULL" for column in own)
    return _rows(
        f"{table} AS c ANTI JOIN (SELECT DISTINCT {selected} FROM {_target(spec, table)}) AS p ON {matches} WHERE {whole}",
        columns,
    )


def _unmatched_values(spec: CheckSpec, part: _Part, label: str, table: str, columns: Columns) -> Counting:
    """Count the rows that hold a value inside of a column which stands nowhere in the other dataset."""
    keys = _target_keys(spec)
    if len(keys) != 1:
        raise UnusableArgument("a key inside of a column is one value")
    value = quoted(label)
    known = f"(SELECT DISTINCT {keys[0]} AS k FROM {_target(spec, table)}) AS p"
    if not part.is_list:
        source = f"(SELECT *, {part.sql} AS {value} FROM {table} WHERE {part.there}) AS c"
        return _rows(f"{source} ANTI JOIN {known} ON c.{value} = p.k WHERE c.{value} IS NOT NULL", columns)
    lost = f"FROM ({_held(part, label, table)}) AS h ANTI JOIN {known} ON h.{value} = p.k WHERE h.{value} IS NOT NULL"
    return Counting(
        count=f"SELECT count(DISTINCT r) {lost}",
        rows=f"SELECT DISTINCT {value} {lost} ORDER BY {value}",
        columns=(Column(name=label, type=part.type),),
    )


def _target(spec: CheckSpec, table: str) -> str:
    return address(spec.reads[0]) if spec.reads else table


def _target_keys(spec: CheckSpec) -> list[str]:
    """Return the expressions of the key in the dataset that is referred to: columns, or fields inside of them."""
    named = spec.arguments.get("key")
    if not isinstance(named, list) or not named:
        raise UnusableArgument("a foreign key names the columns that it refers to")
    return [_field_chain(path) for path in named]


def _field_chain(path: list[str]) -> str:
    found = quoted(path[0])
    for name in path[1:]:
        found = f"struct_extract({found}, {literal(name)})"
    return found

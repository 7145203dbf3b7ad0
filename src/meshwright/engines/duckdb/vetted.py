"""Queries that are not trusted, read by the engine's own parser: what they name and call must be on a list.

The text was read before, by another parser, which knows places (`sql.parse_statement`); what that one understands otherwise
than DuckDB does not slip through here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any  # decoded JSON of the engine; its shape is looked at here and goes no further

import duckdb

from meshwright.frozen import dataclass
from meshwright.sql.allowed import RULE_FUNCTIONS, RULE_TABLES

#: What a query is made of, expressions aside: what stands here may stand in it. Not descriptions (`SHOW_REF`), for one.
_NODES = frozenset({
    "ASCENDING", "BASE_TABLE", "DESCENDING", "DISTINCT_MODIFIER", "EMPTY", "EXPRESSION_LIST", "JOIN", "LIMIT_MODIFIER",
    "LIMIT_PERCENT_MODIFIER",
    "ORDER_ASCENDING", "ORDER_DEFAULT", "ORDER_DESCENDING", "ORDER_MODIFIER", "PIVOT", "RECURSIVE_CTE_NODE", "SELECT_NODE",
    "SET_OPERATION_NODE", "SUBQUERY", "TABLE_FUNCTION",
})  # fmt: skip
#: Calls that the parser makes of operators and words of the language.
_WORDS = frozenset(
    {
        "array_extract",
        "array_slice",
        "constant_or_null",
        "error",
        "list_concat",
        "list_value",
        "struct_extract",
        "struct_pack",
    }
)
#: Functions that cost no more than the row does.
_PLAIN = frozenset({
    "abs", "avg", "bool_and", "bool_or", "ceil", "count", "count_if", "count_star", "date_diff", "date_part", "date_trunc",
    "datediff", "day", "ends_with", "floor", "hour", "isfinite", "isinf", "isnan", "isodow", "length", "lower", "max", "min",
    "minute", "month", "nullif", "quarter", "round", "second", "sign", "starts_with", "strlen", "sum", "trim", "upper", "week",
    "year",
})  # fmt: skip
_PLAIN_OPERATORS = frozenset({"+", "-", "*", "/", "//", "%", "~~", "!~~"})
_PLAIN_CLASSES = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR", "PARAMETER",
     "STAR", "TYPE"}
)  # fmt: skip
#: Names that are calls where no column has them: the moment, and who asks.
_BARE_CALLS = frozenset({
    "current_catalog", "current_date", "current_localtime", "current_localtimestamp", "current_role", "current_schema",
    "current_time", "current_timestamp", "current_user", "localtime", "localtimestamp", "session_user",
})  # fmt: skip
#: Names that mean something to DuckDB without a schema: its own views.
_SYSTEM = ("duckdb_", "pg_", "pragma_", "sqlite_", "information_schema")


class NotAllowed(Exception):
    """The query names or calls what it must not; the text says what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Vetted:
    """A query that names and calls only what it may."""

    #: Whether it costs no more than one scan of one table, whatever is in it.
    is_plain: bool


def vet(
    connection: duckdb.DuckDBPyConnection, text: str, datasets: Collection[str], product: str | None, what: str = "rule"
) -> Vetted:
    """Look at one SELECT, which may read `datasets`, those of `product` by their bare names. Raises NotAllowed.

    `what` it is called in messages.
    """
    row = connection.execute("SELECT json_serialize_sql(CAST($text AS VARCHAR))", {"text": text}).fetchone()
    assert row is not None
    tree = json.loads(row[0])
    if tree.get("error"):
        raise NotAllowed(f"the query is not one SELECT: {tree.get('error_message', '')}")
    statements = tree["statements"]
    if len(statements) != 1:
        raise NotAllowed("the query is not one SELECT")
    allowed = frozenset(each.casefold() for each in datasets)
    _Walk(allowed, product.casefold() if product is not None else None, what).through(
        statements[0]["node"], frozenset()
    )
    return Vetted(is_plain=_is_plain(statements[0]["node"]))


class _Walk:
    """One walk through a tree; a WITH adds names for what is below it."""

    def __init__(self, datasets: frozenset[str], product: str | None, what: str) -> None:
        self._datasets = datasets
        self._product = product
        self._what = what

    def through(self, node: Any, visible: frozenset[str]) -> None:
        """Look at a node and all below it."""
        if isinstance(node, list):
            for each in node:
                self.through(each, visible)
            return
        if not isinstance(node, dict):
            return
        self._look(node, visible)
        if isinstance(node.get("cte_map"), dict):
            visible = self._ctes(node["cte_map"], visible)
        if isinstance(node.get("cte_name"), str):  # a recursive one, which reads itself
            visible |= {self._new_name(node["cte_name"])}
        for key, below in node.items():
            if key != "cte_map":
                self.through(below, visible)

    def _ctes(self, ctes: dict[str, Any], visible: frozenset[str]) -> frozenset[str]:
        for each in ctes.get("map", ()):
            self.through(each["value"], visible)
            visible |= {self._new_name(each["key"])}
        return visible

    def _new_name(self, name: str) -> str:
        """A name of WITH must not be one that means something where the WITH cannot be seen."""
        if name.casefold().startswith(_SYSTEM):
            raise NotAllowed(f"'{name}' in WITH is a name of the engine's own")
        return name.casefold()

    def _look(self, node: dict[str, Any], visible: frozenset[str]) -> None:
        kind = node.get("type")
        if node.get("class") in {"FUNCTION", "WINDOW"}:
            self._call(str(node.get("function_name", "")), is_operator=bool(node.get("is_operator")))
        elif node.get("class") == "COLUMN_REF" and (name := ".".join(node["column_names"])).casefold() in _BARE_CALLS:
            raise NotAllowed(f"it uses '{name}', which is another at each run")
        if "class" in node or not isinstance(kind, str):
            return
        if kind not in _NODES and not kind.endswith("_TYPE_INFO"):
            raise NotAllowed(f"it holds {kind}, which no {self._what} may")
        if kind == "BASE_TABLE":
            self._table(node, visible)
        elif (
            kind == "TABLE_FUNCTION"
            and (name := str(node["function"].get("function_name"))).casefold() not in RULE_TABLES
        ):
            raise NotAllowed(f"it reads from '{name}()', which no {self._what} may call")

    def _table(self, node: dict[str, Any], visible: frozenset[str]) -> None:
        parts = [str(node.get(key) or "") for key in ("catalog_name", "schema_name", "table_name")]
        written = ".".join(filter(None, parts))
        name = written.casefold()
        if node.get("at_clause"):
            raise NotAllowed(f"it asks for another version of '{written}'")
        if not parts[0] and not parts[1]:
            if name in visible:
                return
            name = f"{self._product}.{name}" if self._product is not None else ""
        elif not all(parts):
            name = ""
        if name not in self._datasets:
            why = "does not declare" if self._what == "rule" else "must not read"
            raise NotAllowed(f"it reads '{written}', which it {why}")

    def _call(self, name: str, *, is_operator: bool) -> None:
        folded = name.casefold()
        is_sign = is_operator or not any(letter.isalnum() for letter in name)
        if not (is_sign or folded in RULE_FUNCTIONS or folded in _WORDS or folded in RULE_TABLES):
            raise NotAllowed(f"it calls '{name}()', which no {self._what} may call")


def _is_plain(root: dict[str, Any]) -> bool:
    """Whether a query is one SELECT from one table, of functions that make nothing large."""
    source = root.get("from_table") or {}
    if root.get("type") != "SELECT_NODE" or source.get("type") != "BASE_TABLE" or source.get("sample"):
        return False
    if (root.get("cte_map") or {}).get("map") or root.get("sample"):
        return False
    return all(_costs_nothing(each) for each in _nodes(root) if isinstance(each.get("class"), str))


def _costs_nothing(node: dict[str, Any]) -> bool:
    if node["class"] == "FUNCTION":
        name = str(node.get("function_name", "")).casefold()
        return name in (_PLAIN_OPERATORS if node.get("is_operator") else _PLAIN) or name in _PLAIN_OPERATORS
    return node["class"] in _PLAIN_CLASSES


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for below in node.values():
            yield from _nodes(below)
    elif isinstance(node, list):
        for below in node:
            yield from _nodes(below)

"""Types in contracts against types as stored: aliases of DuckDB's names, and the families of ODCS logical types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

#: Name as written in contracts -> DuckDB's own name. Names that are their own alias are left out.
_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "INT8": "BIGINT",
        "LONG": "BIGINT",
        "OID": "BIGINT",
        "BINARY": "BLOB",
        "BYTEA": "BLOB",
        "VARBINARY": "BLOB",
        "BOOL": "BOOLEAN",
        "LOGICAL": "BOOLEAN",
        "DEC": "DECIMAL",
        "NUMERIC": "DECIMAL",
        "FLOAT8": "DOUBLE",
        "DOUBLE PRECISION": "DOUBLE",
        "FLOAT4": "FLOAT",
        "REAL": "FLOAT",
        "INT": "INTEGER",
        "INT4": "INTEGER",
        "INTEGRAL": "INTEGER",
        "SIGNED": "INTEGER",
        "SHORT": "SMALLINT",
        "INT2": "SMALLINT",
        "INT1": "TINYINT",
        "UINT64": "UBIGINT",
        "UINT32": "UINTEGER",
        "UINT16": "USMALLINT",
        "UINT8": "UTINYINT",
        "INT64": "BIGINT",
        "INT32": "INTEGER",
        "INT16": "SMALLINT",
        "DATETIME": "TIMESTAMP",
        "TIMESTAMP_US": "TIMESTAMP",
        "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
        "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
        "TIMETZ": "TIME WITH TIME ZONE",
        "TIME WITHOUT TIME ZONE": "TIME",
        "GUID": "UUID",
        "CHAR": "VARCHAR",
        "CHARACTER": "VARCHAR",
        "CHARACTER VARYING": "VARCHAR",
        "BPCHAR": "VARCHAR",
        "NVARCHAR": "VARCHAR",
        "STRING": "VARCHAR",
        "TEXT": "VARCHAR",
        "ROW": "STRUCT",
        # What Parquet cannot hold, as the store keeps it.
        "HUGEINT": "DECIMAL(38,0)",
        "INT128": "DECIMAL(38,0)",
        "UHUGEINT": "DECIMAL(38,0)",
        "UINT128": "DECIMAL(38,0)",
        "BIGNUM": "VARCHAR",
        "VARINT": "VARCHAR",
        "BIT": "VARCHAR",
        "BITSTRING": "VARCHAR",
        "INTERVAL": "VARCHAR",
        "ENUM": "VARCHAR",
        "GEOMETRY": "VARCHAR",
        "TIMESTAMP_S": "TIMESTAMP",
        "TIMESTAMP_MS": "TIMESTAMP",
        "VARIANT": "JSON",
    }
)

#: Types whose length or scale in parentheses says nothing about what is stored.
_LENGTH_IGNORED = frozenset({"VARCHAR", "BLOB", "FLOAT", "TIMESTAMP", "TIME", "TIMESTAMP WITH TIME ZONE"})
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_NUMBERS = _INTEGERS | {"FLOAT", "DOUBLE", "DECIMAL"}
_TIMESTAMPS = frozenset({"TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"})
#: ODCS logical type -> kinds of stored types (see `type_kind`) that belong to its family.
_FAMILIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "string": frozenset({"VARCHAR", "UUID", "JSON"}),
        "date": frozenset({"DATE"}),
        "timestamp": _TIMESTAMPS,
        "time": frozenset({"TIME", "TIME WITH TIME ZONE", "TIME_NS"}),
        "number": _NUMBERS,
        "integer": _INTEGERS,
        "object": frozenset({"STRUCT", "MAP", "JSON"}),
        "map": frozenset({"MAP", "STRUCT", "JSON"}),
        "array": frozenset({"LIST"}),
        "vector": frozenset({"LIST"}),
        "boolean": frozenset({"BOOLEAN"}),
    }
)

#: Where a stored type is of several families, the one that says most comes first.
_PREFERRED = ("boolean", "integer", "number", "date", "timestamp", "time", "string", "array", "object")
#: Logical types that conform is able to judge, for messages.
LOGICAL_TYPES = tuple(sorted(_FAMILIES))

_NESTED = frozenset({"STRUCT", "MAP", "LIST"})
_KNOWN = frozenset().union(*_FAMILIES.values()) | {"BLOB"}
_READABLE = _KNOWN - _NESTED - {"DECIMAL", "BLOB", "JSON"}
_DECIMAL = re.compile(r"DECIMAL\(([1-9]\d?),(\d{1,2})\)")
_DEPTH_LIMIT = 40
_NAMED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?: +[A-Za-z_][A-Za-z0-9_]*)*)")


@lru_cache(maxsize=4096)
def stored_form(text: str) -> str:
    """Return a type in DuckDB's own spelling, upper case, as the store keeps it; equal types give equal texts.

    ``int4`` and ``INTEGER`` are ``INTEGER``, ``numeric(10)`` is ``DECIMAL(10,0)``, ``hugeint`` ``DECIMAL(38,0)``,
    ``varchar(20)`` ``VARCHAR``, ``struct(a int)[]`` ``STRUCT(a INTEGER)[]``. What is no known type comes
    back with spaces and case evened out, and equals nothing that is stored.
    """
    return _form(" ".join(text.split()), 0)


def type_kind(text: str) -> str:
    """Return the outermost kind of a type: ``DECIMAL``, ``STRUCT``, ``LIST``, ``BIGINT`` ..."""
    form = stored_form(text)
    return "LIST" if form.endswith("]") else form.partition("(")[0]


def type_arguments(text: str) -> tuple[str, ...]:
    """Return what a type is made of, in the spelling of `stored_form`: ``18`` and ``3`` of a decimal, the type of a list's
    elements, the types of a map's keys and values, a struct's fields as ``name TYPE``; nothing for other types."""
    form = stored_form(text)
    if form.endswith("]"):
        return (form[: _open_bracket(form)],)
    return tuple(_parts(form[form.index("(") + 1 : -1])) if form.endswith(")") else ()


def belongs_to(stored: str, logical: str, *, api_version: str = "") -> bool | None:
    """Say whether a stored type is of a logical type's family; None where the logical type is not known.

    Contracts of ODCS 3.0 have no ``timestamp`` and ``time``: there ``date`` covers them.
    """
    family = _FAMILIES.get(logical)
    if family is None:
        return None
    kind = type_kind(stored)
    if logical == "integer" and kind == "DECIMAL":
        return stored_form(stored).endswith(",0)")
    if logical == "date" and api_version.removeprefix("v").startswith("3.0"):
        return kind in family | _TIMESTAMPS | _FAMILIES["time"]
    if logical == "vector":
        return kind == "LIST" and type_kind(stored_form(stored).rpartition("[")[0]) in _NUMBERS
    return kind in family


def readable_type(text: str) -> str | None:
    """Return the stored form of a type of single values that texts can be read as; None for nested types and foreign ones."""
    form = stored_form(text)
    decimal = _DECIMAL.fullmatch(form)
    is_readable = form in _READABLE or (decimal is not None and int(decimal[2]) <= int(decimal[1]) <= 38)
    return form if is_readable else None


def is_known_type(text: str) -> bool:
    """Whether a type, as written in a contract, is one that data can be stored with; those of other systems are not."""
    return type_kind(text) in _KNOWN


def logical_type(stored: str) -> str | None:
    """Return the logical type that a contract gives a stored type; None for a type of no family, such as BLOB."""
    return next((logical for logical in _PREFERRED if belongs_to(stored, logical)), None)


def _form(text: str, depth: int) -> str:
    if depth > _DEPTH_LIMIT:
        return text
    if text.endswith("]") and "[" in text:
        return f"{_form(text[: _open_bracket(text)].strip(), depth + 1)}[]"
    named = _NAMED.match(text)
    if named is None:
        return text
    name, rest = " ".join(named[1].split()).upper(), text[named.end() :].strip()
    arguments = None
    if rest[:1] in {"(", "<"}:
        closing = _closing(rest)
        if closing is None:
            return text.upper()
        arguments, rest = rest[1:closing].strip(), rest[closing + 1 :].strip()
    if rest and arguments is None:
        return text.upper()
    if rest:
        name = f"{name} {' '.join(rest.split()).upper()}"
    return _with_arguments(_ALIASES.get(name, name), arguments, depth)


def _with_arguments(name: str, arguments: str | None, depth: int) -> str:
    """Put a kind and its arguments together in DuckDB's spelling."""
    if name == "DECIMAL":
        parts = [part.strip() for part in arguments.split(",")] if arguments else ["18", "3"]
        return f"DECIMAL({parts[0]},{parts[1] if len(parts) > 1 else '0'})"
    if arguments is None or name in _LENGTH_IGNORED or name.endswith(")"):
        return name
    if name in {"ARRAY", "LIST"}:
        return f"{_form(arguments, depth + 1)}[]"
    if name == "STRUCT":
        return f"STRUCT({', '.join(_field(part, depth) for part in _parts(arguments))})"
    if name == "MAP":
        return f"MAP({', '.join(_form(part, depth + 1) for part in _parts(arguments))})"
    return f"{name}({', '.join(_parts(arguments))})"


def _field(text: str, depth: int) -> str:
    """One field of a struct: its name, lower case and bare where it can be, and its type."""
    if text.startswith('"'):
        end = text.find('"', 1)
        while end != -1 and text[end : end + 2] == '""':
            end = text.find('"', end + 2)
        name, rest = text[1:end].replace('""', '"'), text[end + 1 :]
    else:
        name, _, rest = text.replace(":", " ", 1).partition(" ")
    return f"{name.lower()} {_form(rest.strip(' :'), depth + 1)}"


def _parts(text: str) -> list[str]:
    """Split at commas outside of quotes and brackets."""
    parts, start, level, is_quoted = [], 0, 0, False
    for place, letter in enumerate(text):
        if letter == '"':
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif letter in "([<":
            level += 1
        elif letter in ")]>":
            level -= 1
        elif letter == "," and level == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def _closing(text: str) -> int | None:
    """Index of the bracket that closes the one at 0; None where none does."""
    level, is_quoted = 0, False
    for place, letter in enumerate(text):
        if letter == '"':
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif letter in "(<":
            level += 1
        elif letter in ")>":
            level -= 1
            if level == 0:
                return place
    return None


def _open_bracket(text: str) -> int:
    """Index of the square bracket that the last one of `text` closes."""
    return text.rindex("[")

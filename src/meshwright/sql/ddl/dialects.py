"""What the dialects that DDL is written in can say, and which types they have instead of those that they lack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from meshwright.frozen import dataclass

_T = exp.DType


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlDialect:
    """One dialect."""

    name: str
    #: For messages.
    title: str
    #: Type that it lacks -> the one that holds the same values.
    instead: Mapping[exp.DType, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Types among `instead` whose meaning is lost with it.
    lossy: frozenset[exp.DType] = frozenset()
    #: Type of texts with a greatest length; None where only a CHECK can say it.
    has_sized_text: bool = True
    #: Type of nested values where structs, maps and arrays of them cannot be declared; None where they can.
    nested: str | None = None
    has_map: bool = True
    #: ``T[]`` of plain types where `nested` is given.
    has_plain_arrays: bool = False
    #: What stands behind PRIMARY KEY, UNIQUE and FOREIGN KEY where they are declared and not enforced.
    key_suffix: str = ""
    has_primary_key: bool = True
    has_unique: bool = True
    has_foreign_key: bool = True
    has_check: bool = True
    has_patterns: bool = True
    #: ``statement`` (COMMENT ON), ``inline`` (COMMENT '...'), ``options`` (OPTIONS (description = ...)), or none.
    comments: str | None = "statement"
    #: Types (DuckDB's names, as they begin) that cannot be in a key.
    unkeyed: tuple[str, ...] = ("STRUCT", "MAP")


_NARROW: Final = {
    _T.UTINYINT: "SMALLINT", _T.USMALLINT: "INT", _T.UINT: "BIGINT", _T.UBIGINT: "DECIMAL(20, 0)",
    _T.INT128: "DECIMAL(38, 0)", _T.UINT128: "DECIMAL(38, 0)", _T.BIGNUM: "DECIMAL(38, 0)",
}  # fmt: skip
_TEXTS: Final = {_T.BIT: "TEXT", _T.INTERVAL: "TEXT", _T.GEOMETRY: "TEXT", _T.TIMETZ: "TEXT"}

_ALL: Final = (
    SqlDialect(name="duckdb", title="DuckDB", has_sized_text=False),
    SqlDialect(
        name="postgres",
        title="PostgreSQL",
        instead={
            **_NARROW, _T.INT128: "DECIMAL(39, 0)", _T.UINT128: "DECIMAL(39, 0)", _T.BIGNUM: "DECIMAL",
            _T.TINYINT: "SMALLINT", _T.TIMESTAMP_NS: "TIMESTAMP", _T.TIMESTAMP_S: "TIMESTAMP",
            _T.TIMESTAMP_MS: "TIMESTAMP", _T.TIME_NS: "TIME", _T.JSON: "JSONB", _T.BIT: "TEXT", _T.GEOMETRY: "TEXT",
        },
        lossy=frozenset({_T.TIMESTAMP_NS, _T.TIME_NS, _T.GEOMETRY}),
        nested="JSONB",
        has_plain_arrays=True,
    ),
    SqlDialect(
        name="sqlite",
        title="SQLite",
        instead={
            **_NARROW, **_TEXTS, _T.TIMESTAMP_NS: "TIMESTAMP", _T.TIMESTAMPTZ: "TIMESTAMP WITH TIME ZONE", _T.TIME_NS: "TIME",
        },
        lossy=frozenset({_T.TIMESTAMP_NS, _T.TIME_NS}),
        has_sized_text=False,
        nested="JSON",
        has_patterns=False,
        comments=None,
    ),
    SqlDialect(
        name="snowflake",
        title="Snowflake",
        instead={
            **_NARROW, **_TEXTS, _T.TINYINT: "SMALLINT", _T.FLOAT: "DOUBLE", _T.JSON: "VARIANT", _T.UUID: "VARCHAR(36)",
            _T.TIMESTAMP_NS: "TIMESTAMPNTZ(9)", _T.TIMESTAMP: "TIMESTAMPNTZ", _T.TIME_NS: "TIME(9)",
        },
        lossy=frozenset(_TEXTS),
        nested="VARIANT",
        has_check=False,
        has_patterns=False,
        comments="inline",
    ),
    SqlDialect(
        name="spark",
        title="Spark",
        instead={
            **_NARROW, **_TEXTS, _T.UUID: "TEXT", _T.JSON: "TEXT", _T.TIME: "TEXT", _T.TIME_NS: "TEXT",
            _T.TIMESTAMP: "TIMESTAMPNTZ", _T.TIMESTAMP_NS: "TIMESTAMPNTZ",
        },
        lossy=frozenset({*_TEXTS, _T.JSON, _T.TIME, _T.TIME_NS, _T.TIMESTAMP_NS}),
        has_primary_key=False,
        has_unique=False,
        has_foreign_key=False,
        has_check=False,
        has_patterns=False,
        comments="inline",
    ),
    SqlDialect(
        name="databricks",
        title="Databricks",
        instead={
            **_NARROW, **_TEXTS, _T.UUID: "TEXT", _T.JSON: "VARIANT", _T.TIME: "TEXT", _T.TIME_NS: "TEXT",
            _T.TIMESTAMP: "TIMESTAMPNTZ", _T.TIMESTAMP_NS: "TIMESTAMPNTZ",
        },
        lossy=frozenset({*_TEXTS, _T.TIME, _T.TIME_NS, _T.TIMESTAMP_NS}),
        has_unique=False,
        has_check=False,  # only ALTER TABLE adds one
        has_patterns=False,
        comments="inline",
    ),
    SqlDialect(
        name="bigquery",
        title="BigQuery",
        instead={
            **_TEXTS, **dict.fromkeys((_T.TINYINT, _T.SMALLINT, _T.INT, _T.UTINYINT, _T.USMALLINT, _T.UINT), "BIGINT"),
            _T.UBIGINT: "DECIMAL(20, 0)", _T.INT128: "BIGDECIMAL(38, 0)", _T.UINT128: "BIGDECIMAL(38, 0)",
            _T.BIGNUM: "BIGDECIMAL", _T.FLOAT: "DOUBLE", _T.UUID: "TEXT", _T.TIMESTAMP_NS: "TIMESTAMP", _T.TIME_NS: "TIME",
            _T.GEOMETRY: "GEOGRAPHY",
        },
        lossy=frozenset({*_TEXTS, _T.TIMESTAMP_NS, _T.TIME_NS}) - {_T.GEOMETRY},
        has_map=False,
        nested=None,
        key_suffix=" NOT ENFORCED",
        has_unique=False,
        has_check=False,
        has_patterns=False,
        comments="options",
    ),
    SqlDialect(
        name="redshift",
        title="Redshift",
        instead={
            **_NARROW, **_TEXTS, _T.TINYINT: "SMALLINT", _T.TIMESTAMP_NS: "TIMESTAMP", _T.TIME_NS: "TIME", _T.JSON: "SUPER",
            _T.UUID: "VARCHAR(36)", _T.TIMETZ: "TIMETZ",
        },
        lossy=(frozenset(_TEXTS) | {_T.TIMESTAMP_NS, _T.TIME_NS}) - {_T.TIMETZ},
        nested="SUPER",
        has_check=False,
        has_patterns=False,
    ),
)  # fmt: skip

WRITTEN_DIALECTS: Final[Mapping[str, SqlDialect]] = MappingProxyType({each.name: each for each in _ALL})

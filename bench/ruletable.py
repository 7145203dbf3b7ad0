"""The table that rules are measured on, its sixty rules as a contract says them, and the sixty statements that ask the same.

Orders of a shop: keys, texts of few and of many values, doubles, times, nulls. Made by DuckDB from hashes, the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator

#: What stands after FROM in the raw statements.
OBJECT = "{object}"
ROWS = """
SELECT
  range AS order_id,
  (range * 2654435761) % 4294967311 AS ticket,
  CASE WHEN hash(range, 1) % 50 > 0 THEN CAST(hash(range, 2) % 1000000 AS INTEGER) END AS customer_id,
  (['placed', 'paid', 'shipped', 'delivered', 'returned'])[1 + CAST(hash(range, 3) % 5 AS INTEGER)] AS status,
  chr(65 + CAST(hash(range, 4) % 8 AS INTEGER)) || chr(65 + CAST(hash(range, 5) % 5 AS INTEGER)) AS country,
  'P-' || lpad(CAST(hash(range, 6) % 5000 AS VARCHAR), 5, '0') AS product_code,
  CASE WHEN hash(range, 7) % 20 > 0 THEN 'user' || (hash(range, 8) % 1000000) || '@example.org' END AS email,
  CAST(1 + hash(range, 9) % 50 AS INTEGER) AS quantity,
  1 + (hash(range, 10) % 1000000) / 997 AS price,
  CASE WHEN hash(range, 11) % 10 > 2 THEN (hash(range, 12) % 1000) / 2000 END AS discount,
  TIMESTAMP '2025-01-01' + to_microseconds(CAST(range * 3000000 + hash(range, 13) % 1000000 AS BIGINT)) AS placed_at,
  CASE WHEN hash(range, 14) % 10 > 0 THEN DATE '2025-01-01' + CAST(hash(range, 15) % 400 AS INTEGER) END AS delivered_on
FROM range({rows})"""

#: Column -> logical type, and whether each row must have it.
COLUMNS = {
    "order_id": ("integer", True),
    "ticket": ("integer", True),
    "customer_id": ("integer", False),
    "status": ("string", True),
    "country": ("string", True),
    "product_code": ("string", True),
    "email": ("string", False),
    "quantity": ("integer", True),
    "price": ("number", True),
    "discount": ("number", False),
    "placed_at": ("timestamp", True),
    "delivered_on": ("date", False),
}
_UNIQUE = ("order_id", "ticket")
_STATUS = ("placed", "paid", "shipped", "delivered", "returned")
_COUNTRIES = tuple(first + second for first in "ABCDEFGH" for second in "ABCDE")
#: Column -> its logicalTypeOptions.
_OPTIONS: dict[str, dict[str, object]] = {
    "order_id": {"minimum": 0, "maximum": 100_000_000},
    "ticket": {"minimum": 0, "maximum": 5_000_000_000},
    "customer_id": {"minimum": 0, "maximum": 999_999},
    "quantity": {"minimum": 1, "maximum": 50},
    "price": {"minimum": 0, "maximum": 2000},
    "discount": {"minimum": 0, "maximum": 0.5},
    "placed_at": {"minimum": "2025-01-01", "maximum": "2027-01-01"},
    "delivered_on": {"minimum": "2025-01-01", "maximum": "2027-01-01"},
    "status": {"minLength": 4, "maxLength": 9},
    "country": {"minLength": 2, "maxLength": 2},
    "product_code": {"minLength": 7, "maxLength": 7},
    "email": {"minLength": 5, "maxLength": 50},
}
_PATTERNS = (
    ("status", "^[a-z]+$"),
    ("status", "e|a"),
    ("country", "^[A-Z]{2}$"),
    ("country", "^[A-H]"),
    ("country", "[A-E]$"),
    ("product_code", "^P-[0-9]{5}$"),
    ("product_code", "^P-"),
    ("product_code", "[0-9]$"),
    ("product_code", "^[A-Z]-0[0-4]"),
    ("email", "^[^@]+@[^@]+$"),
    ("email", r"\.org$"),
    ("email", "^user[0-9]+@"),
    ("email", "example"),
)
_LISTS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("status", _STATUS),
    ("status", (*_STATUS, "lost")),
    ("status", (*_STATUS, "lost", "found")),
    ("country", _COUNTRIES),
    ("country", (*_COUNTRIES, "ZZ")),
    ("country", (*_COUNTRIES, "ZY", "ZZ")),
    ("quantity", tuple(range(1, 51))),
    ("quantity", tuple(range(101))),
)
_MISSING: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("customer_id", (-1,)),
    ("status", ("", "N/A")),
    ("country", ("", "N/A", "??")),
    ("product_code", ("", "N/A")),
    ("email", ("", "none")),
    ("quantity", (-1, 999)),
    ("price", (-1,)),
    ("discount", (-1,)),
)
_ROW_COUNTS = (("mustBeGreaterThan", 0), ("mustBeLessThan", 100_000_000), ("mustBeGreaterOrEqualTo", 1))
_FRESH = ("placed_at", "delivered_on")
_AGE = "SELECT date_diff('hour', max({column}), TIMESTAMP '2027-01-01') FROM {object}"
RULES = 60


def contract(name: str = "orders") -> str:
    """Return the contract whose rules, apart from that of the columns, are the sixty; YAML that is JSON."""
    import json  # beside its one use: the raw runner imports this module and needs none

    return json.dumps(
        {
            "apiVersion": "v3.2.0",
            "kind": "DataContract",
            "id": name,
            "version": "1.0.0",
            "status": "active",
            "schema": [
                {
                    "name": name,
                    "properties": [_property(column) for column in COLUMNS],
                    "quality": [
                        {"id": f"rows-{number}", "type": "library", "metric": "rowCount", operator: bound}
                        for number, (operator, bound) in enumerate(_ROW_COUNTS)
                    ],
                }
            ],
        }
    )


def _property(column: str) -> dict[str, object]:
    logical, is_required = COLUMNS[column]
    found: dict[str, object] = {
        "name": column,
        "logicalType": logical,
        "required": is_required,
        "unique": column in _UNIQUE,
        "logicalTypeOptions": _OPTIONS[column],
        "quality": list(_quality(column, is_required=is_required)),
    }
    return found


def _quality(column: str, *, is_required: bool) -> Iterator[dict[str, object]]:
    if not is_required:
        yield {
            "type": "library",
            "metric": "nullValues",
            "mustBeLessThan": 50,
            "unit": "percent",
        }
    for of, pattern in _PATTERNS:
        if of == column:
            yield {"type": "library", "metric": "invalidValues", "arguments": {"pattern": pattern}, **_demand(pattern)}
    for of, values in _LISTS:
        if of == column:
            yield {
                "type": "library",
                "metric": "invalidValues",
                "arguments": {"validValues": list(values)},
                "mustBe": 0,
            }
    for of, values in _MISSING:
        if of == column:
            yield {
                "type": "library",
                "metric": "missingValues",
                "arguments": {"missingValues": list(values)},
                "mustBe": 0,
            }
    if column in _FRESH:
        yield {"type": "sql", "query": _AGE.format(column=column, object=OBJECT), "mustBeLessThan": 100_000}


def _demand(pattern: str) -> dict[str, object]:
    """Most patterns hold everywhere; one does not."""
    if pattern == "^[A-Z]-0[0-4]":
        return {"mustBeLessThan": 10, "unit": "percent"}
    return {"mustBe": 0}


def statements() -> Iterator[str]:
    """Yield the sixty statements, ``{object}`` in the place of the table, as a person writes them by hand."""
    for column in COLUMNS:
        yield f"SELECT count(*) FROM {OBJECT} WHERE {column} IS NULL"
    for column in _UNIQUE:
        yield f"SELECT count({column}) - count(DISTINCT {column}) FROM {OBJECT}"
    for column, options in _OPTIONS.items():
        low, high = (
            literal(options.get(name, options.get(other)))
            for name, other in (("minimum", "minLength"), ("maximum", "maxLength"))
        )
        value = f"length({column})" if "minLength" in options else column
        beyond = f"{value} < {low} OR {value} > {high}"
        if COLUMNS[column][0] == "number":
            beyond = f"isnan({column}) OR {beyond}"
        yield f"SELECT count(*) FROM {OBJECT} WHERE {beyond}"
    for column, pattern in _PATTERNS:
        yield f"SELECT count(*) FROM {OBJECT} WHERE NOT regexp_matches({column}, {literal(pattern)})"
    for column, values in _LISTS:
        yield f"SELECT count(*) FROM {OBJECT} WHERE {column} NOT IN ({', '.join(map(literal, values))})"
    for column, values in _MISSING:
        yield f"SELECT count(*) FROM {OBJECT} WHERE {column} IN ({', '.join(map(literal, values))})"
    for _ in _ROW_COUNTS:
        yield f"SELECT count(*) FROM {OBJECT}"
    for column in _FRESH:
        yield _AGE.format(column=column, object=OBJECT)


def literal(value: object) -> str:
    """Return a value as SQL writes it."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)

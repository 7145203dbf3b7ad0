"""Masked and sampled relations: a view over the relation itself, in which pseudonyms stand for values and some rows for all.

A pseudonym has the type of the value, is the same wherever that value stands in that type, and cannot be told without the
salt. NULL stays NULL.

| type | pseudonym |
|---|---|
| VARCHAR | 20 hexadecimal digits of the SHA-256 of salt and value |
| whole numbers | another one of the same sign that fits into as many bytes; different values stay different |
| DECIMAL, DOUBLE, FLOAT | a number of the same sign below a million; of DECIMAL without places any of up to 18 digits |
| DATE, TIMESTAMP (all kinds) | a day, a moment from 1970 to 2019 |
| TIME, TIME WITH TIME ZONE | a second of the day |
| UUID | another UUID |
| BOOLEAN | false: of two values no pseudonym would hide anything |
| every other | NULL |

Rows of a sample are chosen by the hash of their values, so that the same rows come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import MappingProxyType

from meshwright.engines.duckdb.digest import value_hash
from meshwright.engines.duckdb.names import address, literal, quoted
from meshwright.engines.duckdb.scans import files_of_relation, source_of
from meshwright.engines.protocol import Relation, View
from meshwright.model import Column, Columns, Sample, Sight, identity

_KEY_LENGTH = 16
_DIGITS = 20
_SHARES = 1_000_000
_SALT_OF_ROWS = "2654435769"
_WHOLE_NUMBERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})


def _tiers(*bits: int) -> tuple[tuple[int, int, int, int], ...]:
    """Return (end, bits of the low part, least high part, number of high parts) of each range of magnitudes, from 0 on."""
    halved = (1 << bits[0], bits[0] // 2, 0, 1 << (bits[0] - bits[0] // 2))
    following = ((1 << end, start, 1, (1 << (end - start)) - 1) for start, end in pairwise(bits))
    return (halved, *following)


_SIGNED_TIERS = _tiers(7, 15, 31, 63)
_UNSIGNED_TIERS = _tiers(8, 16, 32, 64)
_FRACTION_BITS = 53
#: Digits of a pseudonym before the point where there are places behind it, and the most that 64 bits hold.
_MILLION_DIGITS = 6
_DECIMAL_DIGITS = 18
_MOST_DIGITS = 38
_DAYS = 18_262
_SECONDS_OF_DAY = 86_400


def seen(dataset: str, relation: Relation, sight: Sight, salt: str) -> Relation:
    """Return what `sight` leaves of a relation, as a view over its files, or over the view that it is.

    Files are read by the text itself: whoever lists the views of an instance, or of a reader's file, finds none that shows all.
    """
    is_view = relation.view is not None
    items = ", ".join(
        f"{_masked(column, salt)} AS {quoted(column.name)}" if sight.hides(column.name) else quoted(column.name)
        for column in relation.columns
    )
    read = address(dataset) if is_view else source_of(relation)
    text = f"SELECT {items} FROM {read}{_rows(relation.columns, sight.sample)}"
    view = View(
        dataset=dataset,
        text=text,
        dialect="duckdb",
        inputs={dataset: relation} if is_view else {},
        key=identity("mwsight1", sight.identity, salt, list(relation.identity))[:_KEY_LENGTH],
        computed=relation.columns,
        files=tuple(files_of_relation(relation)),
    )
    return Relation(columns=relation.columns, view=view, rows=relation.rows if sight.sample is None else None)


def _rows(columns: Columns, sample: Sample | None) -> str:
    """Return the clause that leaves the rows of a sample."""
    if sample is None:
        return ""
    hashes = [value_hash(quoted(column.name), column.type) for column in columns]
    place = f"hash({', '.join([_SALT_OF_ROWS, *hashes])})"
    if sample.share_ppm is not None:
        return f" WHERE {place} % {_SHARES} < {sample.share_ppm}"
    # Rows of equal hashes are nearly always equal; the second hash tells apart the others.
    return f" ORDER BY {place}, hash({', '.join([*reversed(hashes), _SALT_OF_ROWS])}) LIMIT {sample.rows}"


def _masked(column: Column, salt: str) -> str:
    """Return the expression for the pseudonym of a column's value."""
    value = quoted(column.name)
    pseudonym = _pseudonym(value, column.type, salt)
    if pseudonym is None:
        return f"CAST(NULL AS {column.type})"
    if column.type in _WHOLE_NUMBERS:
        # NULL by itself. Within CASE the engine would compute again and again what stands there several times.
        return f"CAST({pseudonym} AS {column.type})"
    return f"CASE WHEN {value} IS NOT NULL THEN CAST({pseudonym} AS {column.type}) END"


def _pseudonym(value: str, type_: str, salt: str) -> str | None:
    """Return the expression that stands for a value that is not NULL, to be cast to its type; None for NULL."""
    if type_ in _WHOLE_NUMBERS:
        return _whole_number(value, type_, salt)
    if type_.startswith("DECIMAL("):
        return _decimal(value, type_, salt)
    maker = _MAKERS.get(type_)
    return maker(value, salt) if maker is not None else None


def _text(value: str, salt: str) -> str:
    return f"left(sha256(concat({literal(salt)}, {value})), {_DIGITS})"


def _float(value: str, salt: str) -> str:
    # Adding zero makes one of 0 and -0, which are equal.
    number = f"{_number(f'{value} + 0', salt)} % {1 << _FRACTION_BITS} / {(1 << _FRACTION_BITS) / 1e6!r}::DOUBLE"
    return f"CASE WHEN {value} < 0 THEN -1 ELSE 1 END * ({number})"


def _day(value: str, salt: str) -> str:
    return f"DATE '1970-01-01' + CAST({_number(value, salt)} % {_DAYS} AS INTEGER)"


def _moment(value: str, salt: str) -> str:
    return f"make_timestamp(CAST({_number(value, salt)} % {_DAYS * _SECONDS_OF_DAY * 1_000_000} AS BIGINT))"


def _time_of_day(value: str, salt: str) -> str:
    return f"TIME '00:00:00' + to_seconds(CAST({_number(value, salt)} % {_SECONDS_OF_DAY} AS BIGINT))"


def _uuid(value: str, salt: str) -> str:
    return f"md5(concat({literal(salt)}, {value}))"


def _false(_value: str, _salt: str) -> str:
    return "false"


#: Type -> what makes the pseudonym of a value of it; whole numbers and decimals are made by themselves.
_MAKERS: Mapping[str, Callable[[str, str], str]] = MappingProxyType(
    {
        "VARCHAR": _text,
        "DOUBLE": _float,
        "FLOAT": _float,
        "DATE": _day,
        "TIMESTAMP": _moment,
        "TIMESTAMP_NS": _moment,
        "TIMESTAMP WITH TIME ZONE": _moment,
        "TIME": _time_of_day,
        "TIME WITH TIME ZONE": _time_of_day,
        "UUID": _uuid,
        "BOOLEAN": _false,
    }
)


def _number(value: str, salt: str) -> str:
    """Return the expression for 64 bits that follow from salt and value."""
    return f"md5_number_lower(concat({literal(salt)}, {value}))"


def _whole_number(value: str, type_: str, salt: str) -> str:
    """Return a keyed permutation of the type's values (a Feistel network of four rounds), so that keys stay keys.

    It permutes the magnitudes that need one more byte, or two, or four, among themselves: equal numbers of different
    types are equal behind the mask, and what is computed from small numbers does not overflow.
    """
    is_signed = not type_.startswith("U")
    # The magnitude of -1 is 0: negative numbers are as many as the others.
    magnitude = f"CAST(xor(CAST({value} AS BIGINT), {_is_negative(value)}) AS UBIGINT)" if is_signed else value
    tiers = _SIGNED_TIERS if is_signed else _UNSIGNED_TIERS
    shift, least, count = (_of_tier(magnitude, tiers, place) for place in range(3))
    low, high = f"({magnitude} & ((1::UBIGINT << {shift}) - 1))", f"(({magnitude} >> {shift}) - {least})"
    for number in range(0, 4, 2):
        mixed = _number(f"'{number}/', {high}", salt)
        low = f"xor({low}, {mixed} & ((1::UBIGINT << {shift}) - 1))"
        mixed = _number(f"'{number + 1}/', {low}", salt)
        high = f"(({high} + {mixed} % {count}) % {count})"
    whole = f"((({high} + {least}) << {shift}) | {low})"
    return f"xor(CAST({whole} AS BIGINT), {_is_negative(value)})" if is_signed else whole


def _of_tier(magnitude: str, tiers: tuple[tuple[int, int, int, int], ...], place: int) -> str:
    """Return the expression for a number of the tier that a magnitude lies in."""
    whens = " ".join(f"WHEN {magnitude} < {tier[0]} THEN {tier[place + 1]}::UBIGINT" for tier in tiers[:-1])
    return f"CASE {whens} ELSE {tiers[-1][place + 1]}::UBIGINT END"


def _is_negative(value: str) -> str:
    """Return the expression for -1 where a whole number is negative, else 0: no bit is set, or all of them are."""
    return f"-CAST({value} < 0 AS BIGINT)"


def _decimal(value: str, type_: str, salt: str) -> str:
    """Return a number of the type's digits."""
    width, _, scale = type_.removeprefix("DECIMAL(").rstrip(")").partition(",")
    places = int(scale)
    # A product of decimals has the digits of both, and 38 are the most there are.
    digits = min(int(width), places + _MILLION_DIGITS if places else _DECIMAL_DIGITS, _MOST_DIGITS - places)
    digits = min(digits, _DECIMAL_DIGITS)
    if digits < 1:
        return "0"
    number = f"CAST({_number(value, salt)} % {10**digits} AS DECIMAL({digits},0))"
    shifted = f"{number} * CAST('0.{'1'.rjust(places, '0')}' AS DECIMAL({places},{places}))" if places else number
    return f"CASE WHEN {value} < 0 THEN -1 ELSE 1 END * CAST({shifted} AS {type_})"

"""Avro files as typed Parquet: logical types kept, blocks read one after the other. The library is fastavro."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO  # Avro schemas are plain values of any shape

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, SourceSpan
from meshwright.model import FileSource, Node
from meshwright.sources.context import Context
from meshwright.sources.libraries import library
from meshwright.sources.parquetfiles import parquet_writer, rows_at_once

if TYPE_CHECKING:
    import pyarrow as pa

_DEEPEST = 50


class _NoType(ValueError):
    """A type of the schema is none that a column can have."""


def to_parquet(
    node: Node, files: Sequence[str], names: Mapping[str, str], context: Context, folder: Path, *, is_head: bool
) -> tuple[str, ...]:
    """Write each file's records as Parquet in `folder`; of a head no record. Raises InputError (MW-X621, MW-X622)."""
    fastavro = library("fastavro", package="fastavro", extra="avro", node=node)
    written = []
    for place, path in enumerate(files):
        target = folder / f"avro{place:06}.parquet"
        try:
            with Path(path).open("rb") as stream:
                _rewrite(node, fastavro, stream, target, context, is_head=is_head)
        except MeshwrightError:
            raise
        except _NoType as error:
            fix = "write the file with a type that a column can have"
            raise _problem("MW-X622", node, names[path], str(error), fix) from None
        except Exception as error:  # noqa: BLE001  the library raises what its decoding stumbles upon, of any class
            words = context.secrets.hidden(" ".join(str(error).split()))[:300] or type(error).__name__
            fix = "install one of them beside meshwright" if "need to install" in words else "get the file again"
            raise _problem("MW-X621", node, names[path], f"the file is no readable Avro: {words}", fix) from None
        written.append(str(target))
    return tuple(written)


def _rewrite(node: Node, fastavro: Any, stream: BinaryIO, target: Path, context: Context, *, is_head: bool) -> None:
    import pyarrow as pa  # lazy: only sources of other formats need it

    records = fastavro.reader(stream)
    assert isinstance(node.source, FileSource)
    fields = _Types(records.writer_schema).record_fields()
    schema = pa.schema(fields)
    with parquet_writer(target, schema, node) as writer:
        for rows in () if is_head else _batches(records, rows_at_once(len(fields))):
            context.check_stop(node)
            columns = [[row[field.name] for row in rows] for field in schema]
            arrays = [_array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(records: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(records)
    while rows := list(islice(iterator, size)):
        yield rows


def _array(values: list[Any], type_: pa.DataType) -> Any:
    import pyarrow as pa  # lazy: only sources of other formats need it

    if pa.types.is_map(type_):
        values = [None if value is None else list(value.items()) for value in values]
    return pa.array(_plain(values, type_), type=type_)


def _plain(values: list[Any], type_: pa.DataType) -> list[Any]:
    """Return values as Arrow takes them; a union's number in a text column, as its text."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    if pa.types.is_float64(type_):
        return [None if value is None else float(value) for value in values]
    return values


class _Types:
    """Arrow types of one Avro schema; its named types are known by their full names."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._named: dict[str, Any] = {}
        self._open: list[str] = []

    def record_fields(self) -> list[tuple[str, pa.DataType]]:
        """Return names and types of the columns. Raises _NoType."""
        if not isinstance(self._schema, dict) or self._schema.get("type") != "record":
            raise _NoType("the file holds no records, but values of another type")
        if not self._schema["fields"]:
            raise _NoType("the records have no fields")
        self._named[str(self._schema.get("name"))] = self._schema
        self._open.append(str(self._schema.get("name")))
        return [(field["name"], self.of(field["type"], field["name"])) for field in self._schema["fields"]]

    def of(self, schema: Any, field: str) -> pa.DataType:
        """Return the Arrow type of a schema. Raises _NoType, naming the field."""
        if len(self._open) > _DEEPEST:
            raise _NoType(f"field '{field}' is nested more than {_DEEPEST} deep")
        if isinstance(schema, list):
            return self._union(schema, field)
        if isinstance(schema, str):
            return self._named_type(schema, field) if schema in self._named else _primitive(schema, field)
        logical = _logical(schema, field)
        if logical is not None:
            return logical
        return self._complex(schema, field)

    def _named_type(self, name: str, field: str) -> pa.DataType:
        if name in self._open:
            raise _NoType(f"field '{field}' is of type '{name}', which holds itself")
        return self.of(self._named[name], field)

    def _union(self, branches: list[Any], field: str) -> pa.DataType:
        import pyarrow as pa  # lazy: only sources of other formats need it

        types = [self.of(branch, field) for branch in branches if branch != "null"]
        different = [type_ for place, type_ in enumerate(types) if type_ not in types[:place]]
        if not different:
            return pa.string()
        if len(different) == 1:
            return different[0]
        if all(pa.types.is_integer(type_) for type_ in different):
            return pa.int64()
        if all(pa.types.is_int32(type_) or pa.types.is_floating(type_) for type_ in different):
            return pa.float64()
        listed = " and ".join(_shown(branch) for branch in branches if branch != "null")
        raise _NoType(f"field '{field}' is a union of {listed}, which no column type holds")

    def _complex(self, schema: dict[str, Any], field: str) -> pa.DataType:
        import pyarrow as pa  # lazy: only sources of other formats need it

        kind = schema["type"]
        if isinstance(kind, (dict, list)):
            return self.of(kind, field)
        if kind == "record":
            name = str(schema.get("name"))
            self._named[name] = schema
            self._open.append(name)
            inner = [(each["name"], self.of(each["type"], f"{field}.{each['name']}")) for each in schema["fields"]]
            self._open.pop()
            if not inner:
                raise _NoType(f"field '{field}' is a record without fields")
            return pa.struct(inner)
        if kind in {"enum", "fixed"}:
            self._named[str(schema.get("name"))] = schema
            return pa.string() if kind == "enum" else pa.binary()
        if kind == "array":
            return pa.list_(self.of(schema["items"], field))
        if kind == "map":
            return pa.map_(pa.string(), self.of(schema["values"], field))
        return self._named_type(kind, field) if kind in self._named else _primitive(kind, field)


def _primitive(name: str, field: str) -> pa.DataType:
    import pyarrow as pa  # lazy: only sources of other formats need it

    types: dict[str, pa.DataType] = {
        "null": pa.string(),
        "boolean": pa.bool_(),
        "int": pa.int32(),
        "long": pa.int64(),
        "float": pa.float32(),
        "double": pa.float64(),
        "bytes": pa.binary(),
        "string": pa.string(),
    }
    if name not in types:
        raise _NoType(f"field '{field}' is of type '{name}', which no column type holds")
    return types[name]


def _logical(schema: dict[str, Any], field: str) -> pa.DataType | None:
    """Return the type of a logical type that the library decodes; None where there is none."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    kind, logical = schema["type"], schema.get("logicalType")
    if logical == "decimal" and kind in {"bytes", "fixed"}:
        precision, scale = int(schema.get("precision", 0)), int(schema.get("scale", 0))
        if not 0 < precision <= 38 or not 0 <= scale <= precision:
            raise _NoType(f"field '{field}' is a decimal of {precision} digits, {scale} of them behind the point")
        return pa.decimal128(precision, scale)
    types: dict[tuple[object, object], pa.DataType] = {
        ("int", "date"): pa.date32(),
        ("int", "time-millis"): pa.time64("us"),
        ("long", "time-micros"): pa.time64("us"),
        ("long", "timestamp-millis"): pa.timestamp("us", "UTC"),
        ("long", "timestamp-micros"): pa.timestamp("us", "UTC"),
        ("long", "local-timestamp-millis"): pa.timestamp("us"),
        ("long", "local-timestamp-micros"): pa.timestamp("us"),
        ("string", "uuid"): pa.uuid(),
    }
    return types.get((kind, logical)) if isinstance(kind, str) else None


def _shown(branch: Any) -> str:
    if isinstance(branch, dict):
        return str(branch.get("logicalType") or branch.get("name") or branch.get("type"))
    return str(branch)


def _problem(code: str, node: Node, name: str, message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code=code, message=message, span=SourceSpan(file=name), fix=fix, object=node.address))

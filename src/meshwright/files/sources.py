"""A source node's ``source:``: which files it reads, and how they are written."""

from __future__ import annotations

import codecs
import re

from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.yaml import YamlMapping, YamlScalar
from meshwright.model import FileSource

FORMATS = ("csv", "parquet", "json", "ndjson")
_CSV_KEYS = ("nulls", "delimiter", "header", "encoding")
_KEYS = Keys(known=("path", "format", *_CSV_KEYS), required=("path",))
_ENDINGS = (
    ("csv", (".csv", ".csv.gz", ".csv.zip")),
    ("parquet", (".parquet",)),
    ("json", (".json", ".json.gz")),
    ("ndjson", (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")),
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def read_source(node: Fields, mapping: YamlMapping) -> FileSource | None:
    """Return the source; None, with findings, where its path or format is not known."""
    fields = open_fields(
        mapping, _KEYS, what=f"the source of {node.what}", findings=node.findings, address=node.address
    )
    path = _path(fields)
    kind = _format(fields, path)
    if kind is not None and kind != "csv":
        _refuse_csv_keys(fields, kind)
    nulls = fields.texts("nulls", may_hold_empty=True)
    delimiter = _delimiter(fields)
    has_header = fields.flag("header")
    encoding = _encoding(fields)
    if path is None or kind is None:
        return None
    return FileSource(
        path=path,
        format=kind,
        nulls=("",) if nulls is None else nulls,
        delimiter=delimiter,
        has_header=has_header,
        encoding=encoding,
    )


def _path(fields: Fields) -> str | None:
    path = fields.text("path")
    if path is None:
        return None
    if _ADDRESS.match(path):
        fields.find(
            "MW-M405",
            "reading from this place is not supported by this version of meshwright, which knows only files",
            fields.span_of("path"),
            "copy the data below the mesh and write a path, for example data/flights.csv",
        )
        return None
    if path.endswith("/"):
        fields.wrong_value(
            "path", fields.mapping.by_key["path"].value, "a file or a pattern of files", f"write {path}*"
        )
        return None
    return path


def _format(fields: Fields, path: str | None) -> str | None:
    """Return the format that is written, or else the one that the path's ending tells."""
    if "format" in fields:
        return fields.choice("format", FORMATS)
    if path is None:
        return None
    folded = path.lower()
    for kind, endings in _ENDINGS:
        if folded.endswith(endings):
            return kind
    fields.find(
        "MW-M205",
        f"the ending of '{path}' does not tell the format of {fields.what}",
        fields.span_of("path"),
        f"add 'format:' with one of {', '.join(FORMATS)}",
    )
    return None


def _refuse_csv_keys(fields: Fields, kind: str) -> None:
    for key in _CSV_KEYS:
        if key in fields:
            fields.find(
                "MW-M208",
                f"'{key}' of {fields.what} is about CSV files, but its format is {kind}",
                fields.mapping.span_of(key),
                f"remove '{key}'",
            )


def _delimiter(fields: Fields) -> str | None:
    node = fields.mapping.get("delimiter")
    if node is None:
        return None
    text = node.value if isinstance(node, YamlScalar) else None
    if not isinstance(text, str):
        fields.wrong_type("delimiter", node, "text of one character")
        return None
    if len(text) != 1 or text in '\r\n"':
        fields.wrong_value(
            "delimiter", node, "one character", 'write one character in quotes, for example ";" or "\\t"'
        )
        return None
    return text


def _encoding(fields: Fields) -> str:
    text = fields.text("encoding")
    if text is None:
        return "utf-8"
    try:
        codecs.lookup(text)
    except (LookupError, ValueError):
        node = fields.mapping.by_key["encoding"].value
        fields.wrong_value("encoding", node, "a known text encoding", "write for example utf-8, latin-1 or utf-16")
        return "utf-8"
    return text.lower()

"""A source node's ``source:``: where its data is, and how it is written there.

A source is files (here, or elsewhere by a URL), a table of an open table format, or rows of a database: `tablesources`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.tablesources import TABLE_FORMATS, read_database, read_table, secret_settings, settings_of
from meshwright.files.yaml import YamlMapping, YamlScalar
from meshwright.model import FileSource, Source
from meshwright.model.references import holds_secret, without_references

FORMATS = ("csv", "parquet", "json", "ndjson", "excel", "avro")
#: Keys of formats -> the formats that they are about.
_FORMAT_KEYS: Mapping[str, tuple[str, ...]] = {
    "nulls": ("csv", "excel"),
    "delimiter": ("csv",),
    "header": ("csv", "excel"),
    "encoding": ("csv",),
    "sheet": ("excel",),
    "range": ("excel",),
}
_KEYS = Keys(known=("path", "format", *_FORMAT_KEYS, "options", "headers"), required=("path",))
_ENDINGS = (
    ("csv", (".csv", ".csv.gz", ".csv.zip")),
    ("parquet", (".parquet",)),
    ("json", (".json", ".json.gz")),
    ("ndjson", (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")),
    ("excel", (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")),
    ("avro", (".avro",)),
)
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_RANGE = re.compile(r"\$?[A-Za-z]{1,3}\$?(?:[1-9]\d{0,6})?:\$?[A-Za-z]{1,3}\$?(?:[1-9]\d{0,6})?")


def read_source(node: Fields, mapping: YamlMapping) -> Source | None:
    """Return the source; None, with findings, where it does not say what to read."""
    if "database" in mapping:
        return read_database(node, mapping)
    written = mapping.get("format")
    if "catalog" in mapping or (isinstance(written, YamlScalar) and written.value in TABLE_FORMATS):
        return read_table(node, mapping)
    fields = open_fields(
        mapping, _KEYS, what=f"the source of {node.what}", findings=node.findings, address=node.address
    )
    path = _path(fields)
    kind = _format(fields, path)
    if kind is not None:
        _refuse_format_keys(fields, kind)
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
        sheet=fields.text("sheet"),
        range=_range(fields),
        headers=settings_for(fields, "headers", path, is_web=True),
        options=settings_for(fields, "options", path, is_web=False),
    )


def _path(fields: Fields) -> str | None:
    path = fields.text("path", may_refer=True)
    if path is None:
        return None
    if not _ADDRESS.match(path) and holds_secret(path):
        fields.wrong_value(
            "path",
            fields.mapping.by_key["path"].value,
            "a path without references",
            "references stand in addresses alone, for example s3://${env:BUCKET}/orders.csv",
        )
        return None
    if secret_settings(fields, "path", {"": path}):
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
        return fields.choice("format", (*FORMATS, *TABLE_FORMATS))
    if path is None:
        return None
    if (kind := format_of(path)) is not None:
        return kind
    fields.find(
        "MW-M205",
        f"the ending of '{path}' does not tell the format of {fields.what}",
        fields.span_of("path"),
        f"add 'format:' with one of {', '.join((*FORMATS, *TABLE_FORMATS))}",
    )
    return None


def format_of(path: str) -> str | None:
    """Return the format that the ending of a path or URL tells, None where it tells none."""
    plain = without_references(path, "value")  # the '#' of a reference begins no fragment
    folded = (urlsplit(plain).path if _is_web(plain) else plain).lower()
    return next((kind for kind, endings in _ENDINGS if folded.endswith(endings)), None)


def _is_web(path: str) -> bool:
    scheme = _ADDRESS.match(path)
    return scheme is not None and scheme[1].lower() in {"http", "https"}


def _refuse_format_keys(fields: Fields, kind: str) -> None:
    for key, kinds in _FORMAT_KEYS.items():
        if key in fields and kind not in kinds:
            about = " and ".join({"csv": "CSV files", "excel": "spreadsheets"}[each] for each in kinds)
            fields.find(
                "MW-M208",
                f"'{key}' of {fields.what} is about {about}, but its format is {kind}",
                fields.mapping.span_of(key),
                f"remove '{key}'",
            )


def settings_for(fields: Fields, key: str, path: str, *, is_web: bool) -> Mapping[str, str]:
    """Return `headers`, which are for the web, or `options`, which are for every other place elsewhere."""
    if key not in fields:
        return MappingProxyType({})
    is_elsewhere = _ADDRESS.match(path) is not None
    if not is_elsewhere or _is_web(path) is not is_web:
        about = "of the web (https://...)" if is_web else "in stores elsewhere (s3://... and others)"
        fields.find(
            "MW-M208",
            f"'{key}' of {fields.what} is about files {about}, and '{path}' is none",
            fields.mapping.span_of(key),
            f"remove '{key}'",
        )
        return MappingProxyType({})
    found = settings_of(fields, key)
    return MappingProxyType({}) if secret_settings(fields, key, found) else found


def _range(fields: Fields) -> str | None:
    text = fields.text("range")
    if text is not None and not _RANGE.fullmatch(text):
        node = fields.mapping.by_key["range"].value
        fields.wrong_value("range", node, "a block of cells", "write for example B3:F100, B3:F or B:F")
        return None
    return text


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

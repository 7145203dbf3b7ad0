"""Random contracts with hostile names go through every format; what comes back is equal where the format can carry it."""

from __future__ import annotations

import html.parser
import io
import json
import re
import sys
import types
from contextlib import closing
from dataclasses import replace

import duckdb
import fastavro
import jsonschema_rs
import yaml
from hypothesis import given, settings

from meshwright.files.standards.exchange.avro import write_avro
from meshwright.files.standards.exchange.dbt_writing import write_dbt
from meshwright.files.standards.exchange.ddl import read_sql, write_sql
from meshwright.files.standards.exchange.documents import tables_of
from meshwright.files.standards.exchange.html import write_html
from meshwright.files.standards.exchange.jsonschema_reading import read_json_schema
from meshwright.files.standards.exchange.jsonschema_writing import write_json_schema
from meshwright.files.standards.exchange.mermaid import write_mermaid
from meshwright.files.standards.exchange.pydantic import write_pydantic
from meshwright.files.standards.exchange.yamltext import yaml_document
from meshwright.files.yaml import parse_yaml, to_plain
from meshwright.model.shapes import Shape, TableShape
from tests.files.standards.exchange_cases import CONTRACTS, HOSTILE, subject

#: The same ones each time: what 18,000 others showed is mended, and a build is no place to go on looking.
_MANY = settings(max_examples=40, deadline=None, derandomize=True)


def load(source: str) -> types.ModuleType:
    """Import a module from its source."""
    module = types.ModuleType("written_models")
    sys.modules[module.__name__] = module
    exec(compile(source, "written_models.py", "exec"), module.__dict__)
    return module


@_MANY
@given(CONTRACTS)
def test_a_document_gives_back_its_tables(tables: tuple[TableShape, ...]) -> None:
    text = yaml_document(subject(*tables).document)
    document, findings = parse_yaml(text.encode(), "x")
    assert document is not None
    assert not findings
    plain = to_plain(document.root)
    assert isinstance(plain, dict)
    assert tables_of(plain) == tables
    assert yaml.safe_load(text) == plain  # a reader of YAML 1.1 sees the same


@_MANY
@given(CONTRACTS)
def test_json_schema_gives_back_its_tables(tables: tuple[TableShape, ...]) -> None:
    written = write_json_schema(subject(*tables))
    schema = json.loads(written.text)
    jsonschema_rs.validator_for(schema)
    read = read_json_schema(written.text.encode(), "x.json")
    assert read.problems == ()
    assert read.notes == ()
    assert tuple(replace(table, span=None) for table in read.tables) == tables


@_MANY
@given(CONTRACTS)
def test_ddl_is_run_and_gives_back_names_types_and_what_is_required(tables: tuple[TableShape, ...]) -> None:
    tables = tuple({table.name.lower(): table for table in tables}.values())
    tables = tuple(replace(t, columns=tuple({c.name.lower(): c for c in t.columns}.values())) for t in tables)
    written = write_sql(subject(*tables))
    with closing(duckdb.connect()) as connection:
        connection.execute(written.text)
    read = read_sql(written.text.encode(), "x.sql", "duckdb")
    assert read.problems == ()
    found = {table.name: table for table in read.tables}
    for table in tables:
        assert [column.name for column in found[table.name].columns] == [column.name for column in table.columns]
        for mine, its in zip(table.columns, found[table.name].columns, strict=True):
            assert (its.is_required, its.description) == (mine.is_required, mine.description)
            assert its.enum == mine.enum
            if mine.logical in {"string", "integer", "number"} and not mine.enum and "format" not in mine.options:
                assert its.logical == mine.logical
                assert dict(its.options) == dict(mine.options)


@_MANY
@given(CONTRACTS)
def test_avro_is_parsed(tables: tuple[TableShape, ...]) -> None:
    schema = json.loads(write_avro(subject(*tables)).text)
    fastavro.parse_schema(schema)
    records = schema if isinstance(schema, list) else [schema]
    assert [len(record["fields"]) for record in records] == [len(table.columns) for table in tables]


@_MANY
@given(CONTRACTS)
def test_pydantic_models_are_imported(tables: tuple[TableShape, ...]) -> None:
    module = load(write_pydantic(subject(*tables)).text)
    models = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    shown = {frozenset(field.alias or name for name, field in model.model_fields.items()) for model in models}  # type: ignore[attr-defined]
    for table in tables:
        assert frozenset(column.name for column in table.columns) in shown


@_MANY
@given(CONTRACTS)
def test_the_dbt_file_is_yaml_with_every_column(tables: tuple[TableShape, ...]) -> None:
    document = yaml.safe_load(write_dbt(subject(*tables)).text)
    assert [model["name"] for model in document["models"]] == [table.name for table in tables]
    for model, table in zip(document["models"], tables, strict=True):
        assert [column["name"] for column in model["columns"]] == [column.name for column in table.columns]


class _Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(
            name.startswith("on") or (value or "").lower().startswith("javascript:") for name, value in attrs
        )
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@_MANY
@given(CONTRACTS)
def test_html_holds_every_value_as_text_and_no_script(tables: tuple[TableShape, ...]) -> None:
    page = _Page()
    page.feed(write_html(subject(*tables)).text)
    page.close()
    assert not page.open
    assert set(page.tags) <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "li",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "span",
        "strong",
        "br",
    }
    for table in tables:
        assert table.name in page.texts
        for column in table.columns:
            assert column.name in page.texts


_LINE = re.compile(
    r"""erDiagram|    \w+(\["[^"\n~]+"\])?( \{)?|    \}|        [A-Za-z][\w()\[\]-]* [A-Za-z]\w*"""
    r"""( (PK|FK|UK)(, (FK|UK))*)?( "[^"\n~]*")?"""
    r"""|    \w+ (\|\||\|o)--(o\||o\{) \w+ : "[^"\n]*\""""
)


@_MANY
@given(CONTRACTS)
def test_mermaid_has_lines_of_its_grammar_alone(tables: tuple[TableShape, ...]) -> None:
    lines = write_mermaid(subject(*tables)).text.splitlines()
    assert [line for line in lines if not _LINE.fullmatch(line)] == []
    assert sum(line.startswith("        ") for line in lines) == sum(len(table.columns) for table in tables)


def test_avro_rows_are_written_and_read() -> None:
    columns = (
        Shape(name="id", logical="integer", physical="BIGINT", is_required=True),
        Shape(name="state", logical="string", enum=("a", "b")),
        Shape(name="tags", logical="array", items=Shape(logical="string", is_required=True)),
        Shape(name="place", logical="object", properties=(Shape(name="x", logical="number"),)),
        Shape(name="counts", logical="map", key=Shape(logical="string"), value=Shape(logical="integer")),
        Shape(name="by number", logical="map", key=Shape(logical="integer"), value=Shape(logical="string")),
    )
    schema = fastavro.parse_schema(json.loads(write_avro(subject(TableShape(name="rows", columns=columns))).text))
    rows = [
        {
            "id": 1,
            "state": "a",
            "tags": ["x"],
            "place": {"x": 1.5},
            "counts": {"k": 2},
            "by_number": [{"key": 3, "value": None}],
        },
        {"id": 2, "state": None, "tags": None, "place": None, "counts": None, "by_number": None},
    ]
    stream = io.BytesIO()
    fastavro.writer(stream, schema, rows)
    stream.seek(0)
    assert list(fastavro.reader(stream)) == rows


def test_a_thousand_columns_go_through_every_format() -> None:
    wide = TableShape(
        name="wide", columns=tuple(Shape(name=f"c{place}", logical="string", enum=("a",)) for place in range(1000))
    )
    one = subject(wide)
    for write in (write_sql, write_json_schema, write_avro, write_pydantic, write_dbt, write_mermaid, write_html):
        assert write(one).text.count("c999") >= 1
    assert read_json_schema(write_json_schema(one).text.encode(), "x").tables[0].columns == wide.columns


def test_an_object_without_properties_constrains_nothing_in_any_format() -> None:
    one = subject(TableShape(name="free"))
    assert json.loads(write_json_schema(one).text)["type"] == "object"
    assert "additionalProperties" not in json.loads(write_json_schema(one).text)
    assert load(write_pydantic(one).text).Free(anything=1).anything == 1
    assert fastavro.parse_schema(json.loads(write_avro(one).text))
    assert [note.what for note in write_sql(one).notes] == ["a table without columns cannot be created"]
    assert read_json_schema(write_json_schema(one).text.encode(), "x").tables[0].columns == ()


def test_hostile_texts_are_names_of_something() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE)

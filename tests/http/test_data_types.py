"""Rows by URL of every type, of columns with hostile names, of no rows and of a thousand columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from tests.http.serving import Served, served
from tests.meshes import write_mesh

KINDS = "domains/every/kinds"
#: name -> (type, values as SQL, as JSON has them). The rows stand one behind the other in a dataset of one column each, `n` beside.
TYPES: dict[str, tuple[str, list[str], list[str]]] = {
    "tiny": ("TINYINT", ["-128", "127"], ["-128", "127"]),
    "unsigned": ("UBIGINT", ["0", "18446744073709551615"], ["0", "18446744073709551615"]),
    "huge": ("HUGEINT", ["-" + "9" * 38, "9" * 38], ["-" + "9" * 38, "9" * 38]),
    "uhuge": ("UHUGEINT", ["0", "9" * 38], ["0", "9" * 38]),
    "money": ("DECIMAL(9,2)", ["-0.05", "9999999.90"], ["-0.05", "9999999.90"]),
    "deep": ("DECIMAL(38,20)", ["0.00000000000000000001"], ["0.00000000000000000001"]),
    "whole": ("DECIMAL(38,0)", ["7"], ["7"]),
    "number": (
        "DOUBLE",
        ["'-inf'", "-1e300", "'-0.0'", "0.1", "5e-324", "1e9", "1e16", "123456789.5", "'inf'", "'nan'"],
        ["null", "-1e+300", "-0.0", "0.1", "5e-324", "1000000000.0", "1e+16", "123456789.5", "null", "null"],
    ),
    "small": ("FLOAT", ["0.1", "16777216", "1e-30"], ["0.1", "16777216.0", "1e-30"]),
    "flag": ("BOOLEAN", ["true", "false"], ["true", "false"]),
    "text": (
        "VARCHAR",
        ["''", "'a,b'", "'a\"b'", "'a' || chr(10) || 'b'", "chr(1) || chr(0)", "'😀'", "'null'", "'\\'", "''''", "' x '"],
        ['""', '"a,b"', '"a\\"b"', '"a\\nb"', '"\\u0001\\u0000"', '"😀"', '"null"', '"\\\\"', '"\'"', '" x "'],
    ),
    "bytes": ("BLOB", ["''", "'\\x00\\xFF'"], ['""', '"00ff"']),
    "bits": ("BIT", ["'101'"], ['"101"']),
    "key": ("UUID", ["'123E4567-e89b-12d3-a456-426614174000'"], ['"123e4567-e89b-12d3-a456-426614174000"']),
    "mood": ("ENUM('sad', 'ok')", ["'ok'", "'sad'"], ['"ok"', '"sad"']),
    "day": (
        "DATE",
        ["'2020-02-29'", "'infinity'", "'-infinity'", "'12013-02-28'", "'0044-03-15 (BC)'"],
        ['"2020-02-29"', '"infinity"', '"-infinity"', '"+12013-02-28"', '"-0043-03-15"'],
    ),
    "clock": ("TIME", ["'05:06:07'", "'05:06:07.5'", "'24:00:00'"], ['"05:06:07"', '"05:06:07.500000"', '"24:00:00"']),
    "zoned": ("TIMETZ", ["'05:06:07+02'"], ['"03:06:07"']),
    "at": (
        "TIMESTAMP",
        ["'2020-01-31 01:02:03'", "'2020-01-31 01:02:03.000004'", "'infinity'", "'290000-01-01'"],
        ['"2020-01-31T01:02:03"', '"2020-01-31T01:02:03.000004"', '"infinity"', '"+290000-01-01T00:00:00"'],
    ),
    "at_s": ("TIMESTAMP_S", ["'2020-01-31 01:02:03'"], ['"2020-01-31T01:02:03"']),
    "at_ms": ("TIMESTAMP_MS", ["'2020-01-31 01:02:03.004'"], ['"2020-01-31T01:02:03.004000"']),
    "at_ns": ("TIMESTAMP_NS", ["'2020-01-31 01:02:03.000000004'"], ['"2020-01-31T01:02:03.000000004"']),
    "instant": ("TIMESTAMPTZ", ["'2020-01-31 01:02:03+05'"], ['"2020-01-30T20:02:03+00:00"']),
    "span": ("INTERVAL", ["'1 month 2 days'"], ['"1 month 2 days"']),
    "doc": ("JSON", ["'{\"a\": 1.50}'"], ['"{\\"a\\": 1.50}"']),
    "items": ("DECIMAL(4,1)[]", ["[1, null]", "[]"], ["[1.0, null]", "[]"]),
    "pair": ("INTEGER[2]", ["[1, null]"], ["[1, null]"]),
    "thing": ("STRUCT(a INTEGER, \"b c\" VARCHAR[])", ["{'a': 1, 'b c': ['x']}"], ['{"a": 1, "b c": ["x"]}']),
    "lookup": ("MAP(DATE, DOUBLE)", ["map {date '2020-01-01': 'nan'::double}"], ['{"2020-01-01": null}']),
    "either": ("UNION(num INTEGER, txt VARCHAR)", ["union_value(num := 1)"], ['{"union_tag": "num", "num": 1, "txt": null}']),
}  # fmt: skip
#: Types of which a filter says nothing but whether there is a value.
CLOSED = {"doc", "items", "pair", "thing", "lookup", "either"}
NAMES = [
    'a"b', "a.b", "a b", "a,b", "ünï", "select", "format", "limit", "cursor", "order", "columns", "filter", "env",
    "generation", "version", "it's", "1st", "%", "a;b", "日本", "a\\b", "null", "true", "and", "desc", "not", "/", "?", "#",
    "&", "x=y", "(", "$p", "{0}", "*", "rowid", "file_row_number", "file_index", "filename", "NULLS first",
]  # fmt: skip


def _type_model(kind: str, values: list[str]) -> str:
    rows = [f"select {place} as n, cast({value} as {kind}) as x" for place, value in enumerate(values, 1)]
    return " union all ".join([*rows, f"select {len(values) + 1}, cast(null as {kind})"]) + " order by n\n"


def _delimited(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


MODELS = {
    **{name: _type_model(kind, values) for name, (kind, values, _) in TYPES.items()},
    "names": "select {} union all select {} order by 1\n".format(
        ", ".join(f"{place} as {_delimited(name)}" for place, name in enumerate(NAMES)),
        ", ".join(str(100 + place) for place in range(len(NAMES))),
    ),
    "nothing": "select 1 as id, 'x' as name, date '2020-01-01' as day, [1] as items where false\n",
    "wide": f"select {', '.join(f'range + {place} as c{place}' for place in range(1_000))} from range(5)\n",
    "ties": "select range as n, range % 3 as k, case when range % 5 = 0 then null else range % 2 end as gap, "
    "case when range % 7 = 0 then 'nan'::double when range % 4 = 0 then null else (range % 4)::double end as odd, "
    "{'a': range % 2, 'b': case when range % 3 > 0 then 'x' end} as o from range(60)\n",
    # Of more than one row group, so that it is not kept in one piece anywhere.
    "long": "select range as id, 'row ' || range as name from range(300000)\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A product with a port for each of them."""
    outputs = "".join(f"  - {{name: {name}, version: 1.0.0, contractId: kinds-{name}}}\n" for name in MODELS)
    files = {
        "mesh.yaml": "meshwright: 1\nname: kinds\n",
        "domains/every/domain.yaml": "name: every\npurpose: Types.\nowners: [team:every]\n",
        f"{KINDS}/product.odps.yaml": (
            f"apiVersion: v1.1.0\nkind: DataProduct\nid: kinds\nversion: 1.0.0\nstatus: active\noutputPorts:\n{outputs}"
        ),
    }
    for name, text in MODELS.items():
        files[f"{KINDS}/models/{name}.sql"] = text
        files[f"{KINDS}/contracts/{name}.odcs.yaml"] = (
            f"apiVersion: v3.2.0\nkind: DataContract\nid: kinds-{name}\nversion: 1.0.0\nstatus: active\n"
            f"schema:\n  - name: {name}\n"
        )
    root = write_mesh(tmp_path_factory.mktemp("kinds") / "mesh", files)
    report = apply(open_workspace(root), RunOptions())
    assert report.published, [(step.dataset, step.error) for step in report.steps if step.error]
    with served(root) as found:
        yield found


def read(kinds: Served, port: str, **asked: object) -> httpx.Response:
    answer = kinds.viewer.get(f"/api/v1/products/every.kinds/ports/{port}/data", params=asked)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer


def stored(kinds: Served, dataset: str) -> Path:
    """Return the one file of a dataset."""
    (found,) = (kinds.root / f".meshwright/store/every/kinds/{dataset}").rglob("*.parquet")
    return found


@pytest.mark.parametrize("name", TYPES)
def test_every_type_is_exact_in_every_form(kinds: Served, name: str) -> None:
    values = TYPES[name][2]
    lines = read(kinds, name).text.split("\n")[1:-2]
    wanted = [f'{{"n": {place}, "x": {value}}}' for place, value in enumerate([*values, "null"], 1)]
    assert [line.rstrip(",") for line in lines] == wanted
    assert read(kinds, name, format="ndjson").text.splitlines() == wanted
    with pa.ipc.open_stream(read(kinds, name, format="arrow").content) as stream:
        by_arrow = stream.read_all()
    by_parquet = pq.read_table(io.BytesIO(read(kinds, name, format="parquet").content))
    # Their texts: Python has not all of the values, and NaN is not NaN.
    texts = [
        str(table.column(1).to_pylist()) if name in CLOSED else table.column(1).to_string()
        for table in (by_arrow, by_parquet)
    ]
    assert texts[0] == texts[1]
    text = read(kinds, name, format="csv").text
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["n", "x"]
    assert len(rows) == len(values) + 2
    assert rows[-1] == [str(len(values) + 1), ""]
    shape = (len(values) + 1, 2)
    assert polars.read_ipc_stream(io.BytesIO(read(kinds, name, format="arrow").content)).shape == shape
    assert duckdb.sql("from by_arrow").shape == shape
    assert polars.read_parquet(io.BytesIO(read(kinds, name, format="parquet").content)).shape == shape
    assert pandas.read_csv(io.StringIO(text, newline="")).shape == shape


@pytest.mark.parametrize("name", [name for name in TYPES if name not in CLOSED])
def test_what_is_shown_is_found_by_a_filter_and_put_in_order(kinds: Served, name: str) -> None:
    rows = read(kinds, name).json()
    for row in rows:
        value = row["x"]
        if value is None:
            continue
        written = f"'{value.replace(chr(39), chr(39) * 2)}'" if isinstance(value, str) else json.dumps(value)
        found = read(kinds, name, filter=f"x = {written}").json()
        assert row in found, written
        assert all(each["x"] == value for each in found)
    missing = {each["n"] for each in read(kinds, name, filter="x is null").json()}
    assert len(rows) in missing
    for order in ("x", "x desc", "x nulls first", "x desc nulls first"):
        whole = [row["n"] for row in read(kinds, name, order=order).json()]
        assert sorted(whole) == [row["n"] for row in rows]
        assert whole[0 if "first" in order else -1] == len(rows)
        assert pages(kinds, name, order=order, limit=2) == whole


def pages(kinds: Served, port: str, **asked: object) -> list[int]:
    """Return `n` of every row, page by page."""
    answer = read(kinds, port, **asked)
    found = [row["n"] for row in answer.json()]
    while "next" in answer.links:
        answer = kinds.viewer.get(answer.links["next"]["url"])
        assert answer.status_code == 200, answer.text
        found += [row["n"] for row in answer.json()]
    return found


@pytest.mark.parametrize(
    "order", ["k", "gap desc", "odd", "odd desc nulls first, k", "o.b, o.a desc", "k, gap nulls first, odd"]
)
def test_pages_over_ties_missing_values_and_nan_lose_and_repeat_nothing(kinds: Served, order: str) -> None:
    whole = [row["n"] for row in read(kinds, "ties", order=order).json()]
    assert sorted(whole) == list(range(60))
    assert pages(kinds, "ties", order=order, limit=7) == whole
    some = [row["n"] for row in read(kinds, "ties", order=order, filter="k > 0").json()]
    assert pages(kinds, "ties", order=order, filter="k > 0", limit=3) == some


def test_columns_may_have_any_name(kinds: Served) -> None:
    rows = read(kinds, "names").json()
    assert [list(row) for row in rows] == [NAMES, NAMES]
    assert next(csv.reader(io.StringIO(read(kinds, "names", format="csv").text))) == NAMES
    for form in ("parquet", "arrow"):
        content = io.BytesIO(read(kinds, "names", format=form).content)
        names = pq.read_schema(content).names if form == "parquet" else pa.ipc.open_stream(content).schema.names
        assert names == NAMES
    for place, name in enumerate(NAMES):
        written = _delimited(name)
        asked = {"columns": written, "filter": f"{written} >= 100", "order": f"{written} desc"}
        assert read(kinds, "names", **asked).json() == [{name: 100 + place}]
        assert read(kinds, "names", limit=1, **{**asked, "filter": f"{written} < 100"}).json() == [{name: place}]


def test_no_rows_have_columns(kinds: Served) -> None:
    assert read(kinds, "nothing").text == "[]\n"
    assert read(kinds, "nothing", format="ndjson").text == ""
    assert read(kinds, "nothing", format="csv").text == "id,name,day,items\n"
    for asked in ({}, {"filter": "id = 1", "order": "day"}, {"limit": 0}):
        table = pq.read_table(io.BytesIO(read(kinds, "nothing", format="parquet", **asked).content))
        assert table.shape == (0, 4)
        assert pa.ipc.open_stream(read(kinds, "nothing", format="arrow", **asked).content).read_all().shape == (0, 4)


def test_a_thousand_columns_are_read_and_put_in_order(kinds: Served) -> None:
    rows = read(kinds, "wide", order="c999 desc", limit=2).json()
    assert [row["c999"] for row in rows] == [1003, 1002]
    assert [len(row) for row in rows] == [1_000, 1_000]
    assert len(read(kinds, "wide", format="csv").text.split("\n")[0].split(",")) == 1_000
    assert pq.read_table(io.BytesIO(read(kinds, "wide", format="parquet").content)).shape == (5, 1_000)


def test_all_of_a_file_as_parquet_is_the_file(kinds: Served) -> None:
    answer = read(kinds, "long", format="parquet")
    assert answer.content == stored(kinds, "long").read_bytes()
    assert int(answer.headers["content-length"]) == len(answer.content)
    head = kinds.viewer.head("/api/v1/products/every.kinds/ports/long/data", params={"format": "parquet"})
    assert (head.status_code, head.headers["content-length"]) == (200, answer.headers["content-length"])
    whole = pq.read_table(io.BytesIO(answer.content))
    for asked, rows, columns in (
        ({"columns": "name,id"}, 300_000, ["name", "id"]),
        ({"columns": "id"}, 300_000, ["id"]),
        ({"limit": 10}, 10, ["id", "name"]),
        ({"filter": "id < 5"}, 5, ["id", "name"]),
        ({"order": "id desc"}, 300_000, ["id", "name"]),
    ):
        table = pq.read_table(io.BytesIO(read(kinds, "long", format="parquet", **asked).content))
        assert (table.num_rows, table.column_names) == (rows, columns)
        if "order" not in asked:
            assert table.equals(whole.select(columns)[:rows])


@pytest.mark.parametrize("name", ["key", "doc", "zoned", "thing", "lookup"])
def test_types_of_a_parquet_answer_do_not_depend_on_what_is_asked(kinds: Served, name: str) -> None:
    def types(**asked: object) -> list[str]:
        schema = pq.read_schema(io.BytesIO(read(kinds, name, format="parquet", **asked).content))
        return [str(each) for each in schema.types]

    assert types() == types(filter="n > 0") == types(order="n")

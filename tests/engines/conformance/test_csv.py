"""CSV sources: settled without a doubt, or refused with the line."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from meshwright.diagnostics import InputError

from ..conftest import Bench, failure, rows_of, types_of


def written(folder: Path, text: str | bytes, name: str = "in.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize(
    ("text", "types", "first"),
    [
        ("a,b\n1,x\n2,y\n", {"a": "BIGINT", "b": "VARCHAR"}, {"a": 1, "b": "x"}),
        ("a;b\n1;x\n", {"a": "BIGINT", "b": "VARCHAR"}, {"a": 1, "b": "x"}),
        ("a\tb\n1\tx\n", {"a": "BIGINT", "b": "VARCHAR"}, {"a": 1, "b": "x"}),
        ("a,b\r\n1,2.5\r\n", {"a": "BIGINT", "b": "DOUBLE"}, {"a": 1, "b": 2.5}),
        ("a,b\r1,2\r", {"a": "BIGINT", "b": "BIGINT"}, {"a": 1, "b": 2}),
        ("\ufeffa,b\n1,2\n", {"a": "BIGINT", "b": "BIGINT"}, {"a": 1, "b": 2}),
        ("a,b\n1,2\n\n\n", {"a": "BIGINT", "b": "BIGINT"}, {"a": 1, "b": 2}),
        ("id,z\n007,01/02/2013\n8,1\n", {"id": "VARCHAR", "z": "VARCHAR"}, {"id": "007", "z": "01/02/2013"}),
        ('a,b\n"x, y","1,234"\n', {"a": "VARCHAR", "b": "VARCHAR"}, {"a": "x, y", "b": "1,234"}),
        ('a,b\n"x\ny ""z""",1\n', {"a": "VARCHAR", "b": "BIGINT"}, {"a": 'x\ny "z"', "b": 1}),
        ("a,b\n12345678901234567890,1\n", {"a": "DECIMAL(38,0)", "b": "BIGINT"}, None),
        ("a,b\n123456789012345678901234567890123456789012,1\n", {"a": "VARCHAR", "b": "BIGINT"}, None),
        ("a,b\n12345678901234567,1\n1.5,1\n", {"a": "VARCHAR", "b": "BIGINT"}, None),
        ("a,b\nTrue,\nfalse,\n", {"a": "BOOLEAN", "b": "VARCHAR"}, {"a": True, "b": None}),
        ("a,b\n,1\n2,\n", {"a": "BIGINT", "b": "BIGINT"}, {"a": None, "b": 1}),
        ('a,b\n"","1"\n"2",""\n', {"a": "BIGINT", "b": "BIGINT"}, {"a": None, "b": 1}),
        ('a,b\n"",1\nx,2\n', {"a": "VARCHAR", "b": "BIGINT"}, {"a": "", "b": 1}),
        ("d,t\n2013-01-31,05:00:00\n", {"d": "DATE", "t": "TIME"}, None),
        ("d,t\n2013-01-31 05:00,2013-01-31T05:00:00Z\n", {"d": "TIMESTAMP", "t": "TIMESTAMP WITH TIME ZONE"}, None),
        ("d,t\n2013-13-31,2013-01-31T05:00:00+25:00\n", {"d": "VARCHAR", "t": "VARCHAR"}, None),
        ("d,n\n2013-01-31,1\n2013-01-31 05:00,2\n", {"d": "VARCHAR", "n": "BIGINT"}, None),
        ("a\n1\n\n3\n", {"a": "BIGINT"}, {"a": 1}),
        ("a,b\n", {"a": "VARCHAR", "b": "VARCHAR"}, None),
        ("a,b\n1_000,0x10\n", {"a": "VARCHAR", "b": "VARCHAR"}, None),
        ("a,b\nNaN, 1\n", {"a": "VARCHAR", "b": "VARCHAR"}, {"a": "NaN", "b": " 1"}),
    ],
)
def test_what_leaves_no_doubt_is_read(
    bench: Bench, tmp_path: Path, text: str, types: dict[str, str], first: dict[str, object] | None
) -> None:
    read = bench.source(written(tmp_path, text))
    built = bench.read(read)
    assert types_of(built) == types
    assert types_of(bench.engine.read_head(read)) == types
    if first is not None:
        assert rows_of(built)[0] == first


def test_a_file_of_many_columns_is_settled_in_bounded_statements(bench: Bench, tmp_path: Path) -> None:
    """One statement over 1,500 columns took 24 GB of memory."""
    names = [f"c{number}" for number in range(100)]
    values = [str(number) if number % 2 else f"t{number}" for number in range(100)]
    built = bench.read(bench.source(written(tmp_path, ",".join(names) + "\n" + ",".join(values) + "\n")))
    assert types_of(built) == {name: "BIGINT" if place % 2 else "VARCHAR" for place, name in enumerate(names)}
    assert rows_of(built)[0]["c99"] == 99


def test_every_row_counts_for_a_type(bench: Bench, tmp_path: Path) -> None:
    lines = [f"{number},{number}" for number in range(3000)]
    lines[2500] = "2.5,late"
    built = bench.read(bench.source(written(tmp_path, "a,b\n" + "\n".join(lines))))
    assert types_of(built) == {"a": "DOUBLE", "b": "VARCHAR"}
    assert built.rows == 3000


@pytest.mark.parametrize(
    ("text", "options", "code", "line"),
    [
        ("a,b\n1,2\n1,2,3\n", {}, "MW-X302", 3),
        ("a,b\n1,2\n1\n", {}, "MW-X302", 3),
        ("a,b\n1,2,\n", {"delimiter": ","}, "MW-X302", 2),
        ("a,b\n1,2,\n", {}, "MW-X302", 2),
        ("# a comment\na,b\n1,2\n", {}, "MW-X302", 2),
        ("a,b\n1,'x,y'\n", {}, "MW-X302", 2),
        ('a,b\n1,x\n1,"x\n3,4\n', {}, "MW-X205", 3),
        ('a,b\n1,5" x\n', {}, "MW-X205", 2),
        ('a,b\n1,"x"y\n', {}, "MW-X205", 2),
        ('a,b\n1, "x"\n', {}, "MW-X205", 2),
        ("a,b\n1,2\n\n3,4\n", {}, "MW-X204", 3),
        ("\na,b\n1,2\n", {}, "MW-X204", 1),
        ("a,b\n1,2\r\n", {}, "MW-X206", 2),
        ("a,b\n1,x\ry\n", {}, "MW-X206", 2),
        (b"a,b\n1,x\n1,\xff\n", {}, "MW-X201", 3),
        ("a,b\n1,é\n".encode("utf-16"), {}, "MW-X201", 1),
        (b"a,b\n1,x\x00y\n", {}, "MW-X203", 2),
        ("", {}, "MW-X207", 1),
        ("\n\n", {}, "MW-X207", 1),
        ("a,b;c\n1,2;3\n", {}, "MW-X301", 1),
        ("a,b\n1,2\n", {"delimiter": "||"}, "MW-X301", 1),
        ("a,a\n1,2\n", {}, "MW-X303", 1),
        ("a,A\n1,2\n", {"has_header": True}, "MW-X303", 1),
        ("a,\n1,2\n", {"has_header": True}, "MW-X303", 1),
        ("1,2\n3,4\n", {}, "MW-X304", 1),
        ("2013-01-01,x\n2013-01-02,y\n", {}, "MW-X304", 1),
        ("AA,Alpha\nBB,Beta\n", {}, "MW-X304", 1),
        ("LHR,London\nLHR,London\n", {}, "MW-X304", 1),
        ("a,b\n1,2\n", {"encoding": "latin-99"}, "MW-X202", 1),
        ("a,b\n1,2\n", {"columns": {"c": "BIGINT"}}, "MW-X305", 1),
        ("a,b\n1,2\n", {"columns": {"b": "INTGER"}}, "MW-X308", 2),
        ("a,b\n1,2\n3,x\n", {"columns": {"b": "INTEGER"}}, "MW-X307", 3),
        ("a,b\n1,1.5\n", {"columns": {"b": "INTEGER"}}, "MW-X307", 2),
        ("a,b\n1,300\n", {"columns": {"b": "TINYINT"}}, "MW-X307", 2),
        ("a,b\n1,1.239\n", {"columns": {"b": "DECIMAL(5,2)"}}, "MW-X307", 2),
        ("a,b\n1,01/02/2013\n", {"columns": {"b": "DATE"}}, "MW-X307", 2),
        ("a,b\n1,2013-01-01 00:00\n", {"columns": {"b": "DATE"}}, "MW-X307", 2),
        ("a,b\n1,2013-01-01T05:00:00+02:00\n", {"columns": {"b": "TIMESTAMP"}}, "MW-X307", 2),
        ("1,2\n", {"has_header": False, "columns": {"a": "BIGINT"}}, "MW-X303", 1),
    ],
)
def test_what_leaves_a_doubt_is_refused_with_its_line(
    bench: Bench, tmp_path: Path, text: str | bytes, options: dict[str, object], code: str, line: int
) -> None:
    before = sorted(bench.folder.glob("*"))
    error = failure(lambda: bench.read(bench.source(written(tmp_path, text), **options)))  # type: ignore[arg-type]
    assert isinstance(error, InputError)
    assert error.first.code == code, error
    assert error.first.span is not None
    assert error.first.span.line == line, error
    assert error.first.span.file in {"in.csv", "pipeline.yaml"}
    assert error.first.fix
    assert sorted(bench.folder.glob("*")) == before


def test_a_declared_header_settles_the_doubt(bench: Bench, tmp_path: Path) -> None:
    file = written(tmp_path, "AA,Alpha\nBB,Beta\n")
    assert bench.read(bench.source(file, has_header=True)).rows == 1
    assert rows_of(bench.read(bench.source(file, has_header=False)))[0] == {"column1": "AA", "column2": "Alpha"}
    named = bench.source(file, has_header=False, columns={"code": "VARCHAR", "name": "VARCHAR"})
    assert rows_of(bench.read(named))[0] == {"code": "AA", "name": "Alpha"}


def test_declared_types_bind_and_the_others_are_inferred(bench: Bench, tmp_path: Path) -> None:
    file = written(tmp_path, "a,b,c\n007,2013-1-5,1\n 8 ,,2\n")
    built = bench.read(bench.source(file, columns={"a": "smallint", "b": "DATE"}))
    assert types_of(built) == {"a": "SMALLINT", "b": "DATE", "c": "BIGINT"}
    assert [row["a"] for row in rows_of(built)] == [7, 8]


def test_quoted_text_is_text_even_where_it_spells_a_null(bench: Bench, tmp_path: Path) -> None:
    built = bench.read(bench.source(written(tmp_path, 'country,n\n"NA",1\nNA,NA\n'), nulls=("NA",)))
    assert rows_of(built) == [{"country": "NA", "n": 1}, {"country": None, "n": None}]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le"])
def test_other_encodings_are_read_when_declared(bench: Bench, tmp_path: Path, encoding: str) -> None:
    built = bench.read(bench.source(written(tmp_path, "a,b\n1,é\n".encode(encoding)), encoding=encoding))
    assert rows_of(built) == [{"a": 1, "b": "é"}]


def test_files_of_one_source_are_matched_by_name_whatever_their_dialect(bench: Bench, tmp_path: Path) -> None:
    one, two = written(tmp_path, "a,b\n1,x\n", "1.csv"), written(tmp_path, "b;a\ny;2.5\n", "2.csv")
    built = bench.read(bench.source([one, two]))
    assert rows_of(built) == [{"a": 1.0, "b": "x"}, {"a": 2.5, "b": "y"}]
    other = written(tmp_path, "a,c\n1,x\n", "3.csv")
    error = failure(lambda: bench.read(bench.source([one, other])))
    assert error.first.code == "MW-X305"
    assert "3.csv" in str(error.first.span)
    assert "'b'" in error.first.message


def test_packed_files_are_read_as_what_they_hold(bench: Bench, tmp_path: Path) -> None:
    packed = tmp_path / "in.csv.gz"
    packed.write_bytes(gzip.compress(b"a,b\n1,x\n"))
    assert rows_of(bench.read(bench.source(packed))) == [{"a": 1, "b": "x"}]
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.writestr("README.md", "about")
        archive.writestr("2.csv", "a,b\n2,y\n")
        archive.writestr("1.csv", "a,b\n1,x\n")
        archive.writestr("__MACOSX/1.csv", b"\x00")
    assert [row["a"] for row in rows_of(bench.read(bench.source(tmp_path / "in.zip")))] == [1, 2]


@pytest.mark.parametrize(
    ("members", "code"),
    [({}, "MW-X103"), ({"a.dat": "a", "b.dat": "b"}, "MW-X103"), ({"a.csv": "a,b\n1\n"}, "MW-X302")],
)
def test_archives_that_are_not_clear_are_refused(
    bench: Bench, tmp_path: Path, members: dict[str, str], code: str
) -> None:
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    assert failure(lambda: bench.read(bench.source(tmp_path / "in.zip"))).first.code == code


def test_damaged_archives_and_bombs_are_refused(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = gzip.compress(b"a,b\n1,x\n" * 5000)
    assert (
        failure(lambda: bench.read(bench.source(written(tmp_path, whole[:-9], "cut.csv.gz")))).first.code == "MW-X102"
    )
    damaged = written(tmp_path, b"PK\x03\x04 this is no archive", "in.zip")
    assert failure(lambda: bench.read(bench.source(damaged))).first.code == "MW-X102"
    monkeypatch.setattr("meshwright.engines.duckdb.plainfile._UNPACKED_FLOOR", 1000)
    bomb = written(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 2_000_000), "bomb.csv.gz")
    error = failure(lambda: bench.read(bench.source(bomb)))
    assert error.first.code == "MW-X104"


def test_a_missing_file_is_named(bench: Bench, tmp_path: Path) -> None:
    error = failure(lambda: bench.read(bench.source(tmp_path / "nope.csv")))
    assert error.first.code == "MW-X101"
    assert "nope.csv" in str(error.first.span)


def test_the_head_of_a_large_file_is_enough_for_its_columns(bench: Bench, tmp_path: Path) -> None:
    body = "".join(f'{number},"line\n{number}"\n' for number in range(120_000))
    file = written(tmp_path, "a,b\n" + body)
    assert types_of(bench.engine.read_head(bench.source(file))) == {"a": "BIGINT", "b": "VARCHAR"}
    assert bench.read(bench.source(file)).rows == 120_000


@pytest.mark.parametrize(
    ("name", "rows", "types"),
    [
        ("airlines.csv", 16, {"carrier": "VARCHAR", "name": "VARCHAR"}),
        ("airports.csv", 1458, {"lat": "DOUBLE", "alt": "BIGINT", "tzone": "VARCHAR", "name": "VARCHAR"}),
        ("planes.csv", 3322, {"year": "BIGINT", "speed": "BIGINT", "tailnum": "VARCHAR"}),
        ("weather.csv", 26115, {"temp": "DOUBLE", "wind_dir": "BIGINT", "time_hour": "TIMESTAMP WITH TIME ZONE"}),
        (
            "flights.csv.zip",
            336_776,
            {"dep_time": "BIGINT", "carrier": "VARCHAR", "time_hour": "TIMESTAMP WITH TIME ZONE"},
        ),
    ],
)
def test_real_files_load_whole_and_well_typed(
    bench: Bench, real_data: Path, name: str, rows: int, types: dict[str, str]
) -> None:
    read = bench.source(real_data / name, nulls=("NA",))
    built = bench.read(read)
    assert built.rows == rows
    assert types.items() <= types_of(built).items()
    assert bench.engine.read_head(read) == built.columns


@pytest.mark.parametrize(
    "header", ["город,größe (cm)", "Übersicht,Preis (€)", "日付,R&D", "any?,don't know", "名前,город"]
)
def test_names_in_any_language_are_a_header(bench: Bench, tmp_path: Path, header: str) -> None:
    built = bench.read(bench.source(written(tmp_path, f"{header}\nx,1\ny,2\n")))
    assert [column.name for column in built.columns] == header.split(",")


@pytest.mark.parametrize(("first", "below"), [("花子,大阪", "太郎,東京"), ("Zürich,Örebro", "Łódź,Ålborg")])
def test_values_in_any_language_are_no_header(bench: Bench, tmp_path: Path, first: str, below: str) -> None:
    with pytest.raises(InputError, match="looks like the lines below it"):
        bench.read(bench.source(written(tmp_path, f"{first}\n{below}\n")))


@pytest.mark.parametrize(
    "value",
    ["x" * 5_000_000, '"' + "line\n" * 800_000 + '"', '"' + "y" * 3_000_000 + '"'],
    ids=["bare", "of-many-lines", "quoted"],
)
def test_records_of_megabytes_are_read_among_short_ones(bench: Bench, tmp_path: Path, value: str) -> None:
    text = "a,b\n" + "1,x\n" * 1000 + f"2,{value}\n" + "3,z\n" * 1000
    built = bench.read(bench.source(written(tmp_path, text)))
    assert built.rows == 2001
    assert max(len(str(row["b"])) for row in rows_of(built)) == len(value.strip('"'))


def test_a_file_of_many_short_records_is_read_by_several_threads_with_every_row(bench: Bench, tmp_path: Path) -> None:
    lines = [f"{number},{'abcdefgh' * (number % 7)}" for number in range(400_000)]
    built = bench.read(bench.source(written(tmp_path, "\n".join(["n,t", *lines]) + "\n")))
    assert [row["n"] for row in rows_of(built)] == list(range(400_000))

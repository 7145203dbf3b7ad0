"""`contract import` and `contract export` as users give them: formats told, files written or refused, bad input told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.app.contract_exporting import ExportOptions, export_contract
from meshwright.app.contract_formats import write_output
from meshwright.app.contract_importing import ImportOptions, import_contract
from meshwright.diagnostics import InputError, MeshwrightError, WorldError
from meshwright.faces.cli.main import main
from meshwright.files.standards import DEFAULT_SEVERITIES, read_contract

DDL = """\
create table customers (id bigint primary key, mail varchar unique);
create table orders (
  id bigint primary key,
  customer bigint not null references customers (id),
  state varchar not null default 'new' check (state in ('new', 'done')),
  amount decimal(10,2) check (amount >= 0)
);
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.sql").write_text(DDL)
    (tmp_path / "rows.csv").write_text("id,name\n1,a\n2,b\n")
    (tmp_path / "order.json").write_text(
        '{"title": "order", "type": "object", "properties": {"id": {"type": "integer"}}}'
    )
    return tmp_path


def call(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["contract", *words, "-C", str(folder)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def refusal(folder: Path, source: str, **options: object) -> MeshwrightError:
    with pytest.raises(MeshwrightError) as failed:
        import_contract(ImportOptions(source=source, base=folder, **options))  # type: ignore[arg-type]
    return failed.value


def test_what_is_imported_is_a_contract_that_lint_accepts(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status, out, err = call(
        capsys, folder, "import", "shop.sql", "-o", "shop.odcs.yaml", "--id", "shop-1", "--name", "The shop"
    )
    assert status == 0
    assert out.endswith(" shop.odcs.yaml: a contract with 2 objects\n")
    assert "MW-C260 shop.sql:2:1 info: DEFAULT is not carried over" in err
    assert call(capsys, folder, "lint", "shop.odcs.yaml")[0] == 0
    text = (folder / "shop.odcs.yaml").read_text()
    assert text.startswith(
        "apiVersion: v3.2.0\nkind: DataContract\nid: shop-1\nname: The shop\nversion: 1.0.0\nstatus: draft\n"
        "schema:\n  - name: customers\n"
    )
    assert (
        "      - name: customer\n        logicalType: integer\n        physicalType: BIGINT\n        required: true\n"
        "        relationships: [{to: customers.id}]\n"
    ) in text


def test_the_text_alone_goes_to_standard_output(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status, out, _ = call(capsys, folder, "import", "shop.sql")
    assert status == 0
    contract, findings = read_contract(out.encode(), "x", DEFAULT_SEVERITIES)
    assert contract is not None
    assert not findings
    (folder / "c.odcs.yaml").write_text(out)
    status, sql, err = call(capsys, folder, "export", "c.odcs.yaml", "--to", "sql", "--dialect", "postgres")
    assert (status, err) == (0, "")
    assert sql.startswith('CREATE TABLE "customers" (\n  "id" BIGINT NOT NULL,')


def test_the_documents(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status, out, err = call(capsys, folder, "import", "shop.sql", "--json", "--select", "orders")
    document = json.loads(out)
    assert (status, err, document["schema"], document["format"], document["file"]) == (
        0,
        "",
        "meshwright/contract-import/1",
        "sql",
        None,
    )
    assert [each["name"] for each in document["contract"]["schema"]] == ["orders"]
    assert read_contract(document["text"].encode(), "x", DEFAULT_SEVERITIES)[0] is not None
    assert [note["code"] for note in document["notes"]] == ["MW-C260"]
    (folder / "c.odcs.yaml").write_text(document["text"])
    status, out, err = call(capsys, folder, "export", "c.odcs.yaml", "-o", "m.avsc", "--json")
    document = json.loads(out)
    assert (status, err, document["schema"], document["format"], document["file"]) == (
        0,
        "",
        "meshwright/contract-export/1",
        "avro",
        "m.avsc",
    )
    assert document["text"] == (folder / "m.avsc").read_text()
    assert {note["code"] for note in document["notes"]} == {"MW-C261"}


@pytest.mark.parametrize("command", ["import", "export"])
def test_a_file_that_is_there_is_overwritten_by_force_alone(
    command: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    call(capsys, folder, "import", "shop.sql", "-o", "c.odcs.yaml")
    words = (
        ("import", "shop.sql", "-o", "there")
        if command == "import"
        else ("export", "c.odcs.yaml", "--to", "html", "-o", "there")
    )
    (folder / "there").write_text("mine")
    status, _, err = call(capsys, folder, *words)
    assert (status, (folder / "there").read_text()) == (2, "mine")
    assert "MW-C238 there:1:1 'there' is there already" in err
    assert call(capsys, folder, *words, "--force")[0] == 0
    assert (folder / "there").read_text() != "mine"
    assert (folder / "there").stat().st_mode & 0o777 == (folder / "c.odcs.yaml").stat().st_mode & 0o777
    assert not list(folder.glob(".meshwright-*"))


def test_a_dangling_link_is_not_written_through(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "nowhere")
    assert refusal(folder, "shop.sql", output=Path("link")).first.code == "MW-C238"


def test_a_folder_that_is_not_there_is_told(folder: Path) -> None:
    error = refusal(folder, "shop.sql", output=Path("no/where/c.yaml"))
    assert isinstance(error, WorldError)
    assert (error.first.code, str(error.first.span)) == ("MW-C243", "no/where/c.yaml:1:1")


@pytest.mark.parametrize(
    ("name", "format_"),
    [("shop.sql", "sql"), ("rows.csv", "csv"), ("order.json", "jsonschema")],
)
def test_the_format_is_told_by_the_name(name: str, format_: str, folder: Path) -> None:
    assert import_contract(ImportOptions(source=name, base=folder)).format == format_


@pytest.mark.parametrize(
    ("name", "format_"),
    [("shop.sql", "sql"), ("order.json", "jsonschema")],
)
def test_the_format_is_told_by_what_the_file_holds(name: str, format_: str, folder: Path) -> None:
    (folder / name).rename(folder / "plain")
    assert import_contract(ImportOptions(source="plain", base=folder)).format == format_


@pytest.mark.parametrize(
    ("output", "format_"),
    [
        ("a.sql", "sql"),
        ("a.json", "jsonschema"),
        ("a.avsc", "avro"),
        ("a.py", "pydantic"),
        ("a.yml", "dbt"),
        ("a.mmd", "mermaid"),
        ("a.html", "html"),
    ],
)
def test_the_format_of_an_export_is_told_by_the_name_of_its_file(output: str, format_: str, folder: Path) -> None:
    import_contract(ImportOptions(source="shop.sql", base=folder, output=Path("c.odcs.yaml")))
    report = export_contract(ExportOptions(contract="c.odcs.yaml", base=folder, output=Path(output)))
    assert (report.format, report.file) == (format_, output)


@pytest.mark.parametrize(
    ("source", "options", "code", "words"),
    [
        ("absent.sql", {}, "MW-C231", "there is no file"),
        ("absent.csv", {"format": "csv"}, "MW-C231", "there is no file"),
        (".", {}, "MW-C231", "is a folder"),
        (".", {"format": "parquet"}, "MW-C231", "is a folder"),
        ("a\0b.sql", {}, "MW-C231", "cannot be read"),
        ("rows.txt", {}, "MW-C230", "cannot be told"),
        ("shop.sql", {"format": "sqll"}, "MW-C230", "there is no format 'sqll'"),
        ("mysql://host/db", {}, "MW-C230", "addresses of 'mysql'"),
        ("shop.sql", {"dialect": "postgre"}, "MW-C234", "'postgre'"),
        ("rows.csv", {"dialect": "duckdb"}, "MW-C239", "'--dialect'"),
        ("shop.sql", {"keys": {"header": "true"}}, "MW-C239", "'--source'"),
        ("rows.csv", {"keys": {"headr": "true"}}, "MW-C239", "'--source headr'"),
        ("rows.csv", {"keys": {"header": "maybe"}}, "MW-C239", "neither true nor false"),
        ("shop.sql", {"select": ("order",)}, "MW-C235", "nothing is selected by 'order'"),
        ("empty.sql", {}, "MW-C235", "describes no table"),
        ("broken.sql", {}, "MW-C233", "statement ends too early"),
        ("latin.sql", {}, "MW-C233", "not text in UTF-8"),
        ("latin.csv", {}, "MW-X201", "not utf-8"),
        ("two.sql", {}, "MW-C242", "two tables are called 'orders': a.orders and b.orders"),
        ("pattern.json", {}, "MW-C244", "pattern"),
        ("rows.csv", {"format": "dbt"}, "MW-C232", "no JSON"),
        ("order.json", {"format": "dbt"}, "MW-C236", "no manifest"),
    ],
)
def test_bad_input_is_told(source: str, options: dict[str, object], code: str, words: str, folder: Path) -> None:
    (folder / "rows.txt").write_text("hello")
    (folder / "empty.sql").write_text("-- nothing\nselect 1;")
    (folder / "broken.sql").write_text("create table t (a int,")
    (folder / "latin.sql").write_bytes(b"create table t (\xe4 int)")
    (folder / "latin.csv").write_bytes(b"a\n\xe4\n")
    (folder / "two.sql").write_text("create table a.orders (x int); create table b.orders (y int);")
    (folder / "pattern.json").write_text(
        '{"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=x)"}}}'
    )
    error = refusal(folder, source, **options)
    assert isinstance(error, InputError)
    assert error.first.code == code
    assert words in error.first.message
    assert error.first.fix
    has_place = code not in {"MW-C230", "MW-C234", "MW-C239"}
    assert not has_place or (error.first.span is not None and error.first.span.file == source)


def test_a_broken_statement_asks_for_the_dialect_where_none_was_named(folder: Path) -> None:
    (folder / "x.sql").write_text("create table t (\n  a int,\n  b int not\n);")
    first = refusal(folder, "x.sql").first
    assert str(first.span) == "x.sql:3:9"
    assert "--dialect" in (first.fix or "")
    assert "--dialect" not in (refusal(folder, "x.sql", dialect="postgres").first.fix or "")


def test_notes_that_say_the_same_are_told_together(folder: Path) -> None:
    (folder / "x.sql").write_text(f"create table t ({', '.join(f'c{place} int default 1' for place in range(100))})")
    [note] = import_contract(ImportOptions(source="x.sql", base=folder)).notes
    assert note.message.endswith(": t.c0, t.c1, t.c2, t.c3, t.c4 and 95 more")


def test_notes_about_what_is_not_selected_are_not_told(folder: Path) -> None:
    assert import_contract(ImportOptions(source="shop.sql", base=folder, select=("cust*",))).notes == ()


def test_types_of_a_csv_file_are_proved_by_all_rows(folder: Path) -> None:
    rows = "".join(f"{number}\n" for number in range(300_000))
    (folder / "long.csv").write_text(f"n\n{rows}word\n")
    [table] = import_contract(ImportOptions(source="long.csv", base=folder)).document["schema"]  # type: ignore[misc]
    assert table["properties"][0]["physicalType"] == "VARCHAR"  # type: ignore[index]


def test_what_a_csv_file_leaves_open_is_told_by_keys(folder: Path) -> None:
    (folder / "x.csv").write_text("a;b\n1;-\n")
    options = ImportOptions(source="x.csv", base=folder, keys={"delimiter": ";", "nulls": "-", "header": "true"})
    [table] = import_contract(options).document["schema"]  # type: ignore[misc]
    assert [each["name"] for each in table["properties"]] == ["a", "b"]  # type: ignore[index]


def test_a_contract_with_errors_is_not_exported(folder: Path) -> None:
    (folder / "c.odcs.yaml").write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: x\nschema:\n  - name: a\n    propertys: []\n"
    )
    with pytest.raises(InputError) as failed:
        export_contract(ExportOptions(contract="c.odcs.yaml", format="sql", base=folder))
    assert [each.code for each in failed.value.diagnostics] == ["MW-C245", "MW-C004", "MW-C005"]
    assert all(each.span is not None for each in failed.value.diagnostics)


def test_a_contract_without_objects_is_a_page_and_nothing_else(folder: Path) -> None:
    (folder / "c.odcs.yaml").write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
    )
    assert "<title>x</title>" in export_contract(ExportOptions(contract="c.odcs.yaml", format="html", base=folder)).text
    with pytest.raises(InputError) as failed:
        export_contract(ExportOptions(contract="c.odcs.yaml", format="avro", base=folder))
    assert failed.value.first.code == "MW-C235"


def test_no_format_is_guessed_for_an_export(folder: Path) -> None:
    import_contract(ImportOptions(source="shop.sql", base=folder, output=Path("c.odcs.yaml")))
    for output in (None, Path("a.txt")):
        with pytest.raises(InputError) as failed:
            export_contract(ExportOptions(contract="c.odcs.yaml", base=folder, output=output))
        assert failed.value.first.code == "MW-C230"
        assert not (folder / "a.txt").exists()


def test_what_the_whole_contract_says_is_told_where_a_format_does_not(folder: Path) -> None:
    (folder / "c.odcs.yaml").write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
        "slaProperties: [{property: freshness, value: 1, unit: d}]\nteam: {name: sales}\nschema:\n  - name: t\n    properties:\n"
        "      - {name: a, logicalType: string, classification: pii, quality: [{metric: nullValues, mustBe: 0}]}\n"
    )
    report = export_contract(ExportOptions(contract="c.odcs.yaml", format="sql", base=folder))
    assert [note.message for note in report.notes] == [
        "DDL does not say what the contract says of the whole: slaProperties, team",
        "DDL does not say quality rules: t.a",
        "DDL does not say classifications: t.a",
    ]
    page = export_contract(ExportOptions(contract="c.odcs.yaml", format="html", base=folder))
    assert page.notes == ()
    assert all(words in page.text for words in ("freshness", "sales", "pii", "nullValues"))


def test_names_that_need_ids_are_referred_to_by_them(folder: Path) -> None:
    (folder / "x.sql").write_text(
        'create table "My Custömers" ("the id" int primary key, "b b" int, unique ("the id", "b b"));\n'
        'create table o ("c c" int references "My Custömers" ("the id"), d int,'
        ' foreign key ("c c", d) references "My Custömers" ("the id", "b b"));'
    )
    report = import_contract(ImportOptions(source="x.sql", base=folder, output=Path("c.odcs.yaml")))
    assert report.notes == ()
    assert "relationships: [{to: schema/My_Cust_mers/properties/the_id}]" in report.text
    sql = export_contract(ExportOptions(contract="c.odcs.yaml", format="sql", base=folder))
    assert sql.notes == ()
    assert 'FOREIGN KEY ("c c") REFERENCES "My Custömers" ("the id")' in sql.text
    assert 'FOREIGN KEY ("c c", "d") REFERENCES "My Custömers" ("the id", "b b")' in sql.text


def test_a_file_that_comes_in_between_is_not_overwritten(folder: Path) -> None:
    (folder / "there").write_text("mine")
    with pytest.raises(InputError) as failed:
        write_output(folder / "there", "there", "ours", is_forced=False)
    assert (failed.value.first.code, (folder / "there").read_text()) == ("MW-C238", "mine")
    assert not list(folder.glob(".meshwright-*"))

"""A good mesh is loaded whole: every record of the model holds what its file says."""

from __future__ import annotations

from pathlib import Path

import pytest
from mesh_folders import FLIGHTS, GOOD, shown, write_mesh

from meshwright.diagnostics import SourceSpan
from meshwright.files.cache import ParseCache
from meshwright.files.loaded import LoadedMesh
from meshwright.files.loader import load_mesh
from meshwright.model import (
    Action,
    Column,
    Consumer,
    DatasetTests,
    EngineSettings,
    FileSource,
    Operator,
    Parameter,
    bytes_identity,
)


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedMesh:
    found = load_mesh(write_mesh(tmp_path, GOOD))
    assert found.diagnostics == (), shown(found.diagnostics)
    return found


def test_the_mesh_holds_its_settings_and_domains(loaded: LoadedMesh) -> None:
    mesh = loaded.mesh
    assert mesh is not None
    assert (mesh.name, mesh.dialect, mesh.engine) == ("aviation", "duckdb", "local")
    assert (mesh.store, mesh.state) == (".meshwright/store", "sqlite:///.meshwright/state.db")
    assert mesh.environments == ("prod",)
    assert mesh.engines == {"local": EngineSettings(name="local", type="duckdb")}
    assert mesh.severity == {"info": Action.LOG, "warning": Action.WARN, "error": Action.STOP}
    assert mesh.params["least"] == Parameter(
        name="least", value=3, type="integer", span=SourceSpan(file="mesh.yaml", line=4, column=25)
    )
    assert list(mesh.domains) == ["analytics", "operations"]
    operations = mesh.domains["operations"]
    assert operations.owners == ("team:operations", "user:ana@example.org")
    assert operations.purpose == "Flights."
    assert operations.params["tz"].value == "America/New_York"
    assert [product.address for product in mesh.products()] == ["analytics.reports", "operations.flights"]


def test_the_product_holds_its_document_parameters_and_files(loaded: LoadedMesh) -> None:
    assert loaded.mesh is not None
    product = loaded.mesh.product("operations.flights")
    assert product is not None
    assert (product.id, product.name, product.version, product.status) == (
        "product-flights",
        "flights",
        "1.2.0",
        "active",
    )
    assert product.description == "Flights as flown."
    assert product.params["min_distance"].value == 0
    assert product.params["min_distance"].description == "Shortest flight."
    inside = [path for path in GOOD if path.startswith(FLIGHTS) and not path.endswith(".md")]
    assert [file.path for file in product.files] == sorted(inside)
    assert all(file.digest == bytes_identity(GOOD[file.path].encode()) for file in loaded.mesh.all_files())
    assert set(loaded.contents) == {file.path for file in loaded.mesh.all_files()}
    assert all(loaded.contents[path] == GOOD[path].encode() for path in loaded.contents)
    assert loaded.broken == frozenset()


def test_a_source_node_says_where_its_files_are_and_how_they_are_written(loaded: LoadedMesh) -> None:
    assert loaded.mesh is not None
    node = loaded.mesh.node("operations.flights.raw_flights")
    assert node is not None
    assert node.kind == "source"
    assert node.is_opaque
    assert node.source == FileSource(
        path="data/flights.csv.zip", format="csv", nulls=("NA",), delimiter=",", has_header=True
    )
    assert node.columns == (
        Column(name="year", type="INTEGER"),
        Column(name="carrier", type="VARCHAR"),
        Column(name="tags", type="VARCHAR[]"),
    )
    assert (node.description, node.tags) == ("Flights as delivered.", ("raw",))
    assert node.span == SourceSpan(file=f"{FLIGHTS}/pipeline.yaml", line=4, column=3)


def test_a_model_holds_its_sql_with_the_settings_of_its_pipeline_entry(loaded: LoadedMesh) -> None:
    assert loaded.mesh is not None
    node = loaded.mesh.node("operations.flights.departures")
    assert node is not None
    assert node.sql is not None
    assert node.sql.text == GOOD[f"{FLIGHTS}/models/departures.sql"]
    assert node.reads == ("operations.flights.raw_flights",)
    assert node.sql.params == ("least", "min_distance")
    assert node.after == ("operations.flights.raw_flights",)
    assert node.engine == "local"
    assert node.params["least"].value == 5
    assert not node.is_opaque
    assert node.span == SourceSpan(file=f"{FLIGHTS}/models/departures.sql")
    other = loaded.mesh.node("analytics.reports.worst")
    assert other is not None
    assert other.reads == ("operations.flights.departures",)


def test_tests_ports_and_consumers_are_part_of_the_product(loaded: LoadedMesh) -> None:
    assert loaded.mesh is not None
    product = loaded.mesh.product("operations.flights")
    assert product is not None
    (tests,) = product.tests
    assert isinstance(tests, DatasetTests)
    assert tests.dataset == "operations.flights.departures"
    (rule,) = tests.rules
    assert (rule.metric, rule.operator, rule.bound) == ("rowCount", Operator.MUST_BE_GREATER_THAN, 10)
    assert rule.action is Action.WARN
    (test,) = product.sql_tests
    assert (test.name, test.dataset, test.action) == ("no_negative", "operations.flights.departures", Action.WARN)
    assert test.reads == ("operations.flights.departures", "operations.flights.raw_flights")
    assert test.description == "Delays are minutes."
    port = product.ports["departures"]
    assert port.address == "operations.flights/departures"
    assert port.datasets == ("operations.flights.departures",)
    assert port.version == "1.0.0"
    assert port.contract.id == "contract-departures"
    assert product.consumers == (
        Consumer(
            name="punctuality board",
            kind="dashboard",
            owner="team:analytics",
            uses=(
                ("operations.flights/departures", ()),
                ("operations.flights/departures", ("delay", "departures.origin")),
            ),
            url="https://bi.example.org/punctuality",
            span=SourceSpan(file=f"{FLIGHTS}/consumers.yaml", line=2, column=5),
        ),
    )


def test_mesh_settings_are_read(tmp_path: Path) -> None:
    settings = """\
meshwright: 1
name: aviation
domains: [domains/*]
store: "${env:STORE}"
state: sqlite:///${env:HOME}/state.db
engines:
  local: {type: duckdb, memory: 4GB}
  big: {type: duckdb, memory: 1.5GiB, threads: 8}
engine: big
executor: local
params: {currency: USD, least: {type: number, default: 3}}
environments:
  prod: {branch: main, protected: false, approvals: 0}
  qa-2: {branch: qa}
sandboxes: {expire_after: 7d}
http: {allow: [127.0.0.1/32]}
severity: {minor: log, error: warn}
retention: {generations: 90d, candidates: 14d, grace: 24h}
"""
    files = {**GOOD, "mesh.yaml": settings}
    pipeline = GOOD[f"{FLIGHTS}/pipeline.yaml"].replace("engine: local", "engine: big")
    files[f"{FLIGHTS}/pipeline.yaml"] = f"{pipeline}timeout: 30m\nconcurrency: 4\n"
    loaded = load_mesh(write_mesh(tmp_path, files))
    assert [(one.code, one.severity) for one in loaded.diagnostics] == []
    mesh = loaded.mesh
    assert mesh is not None
    product = mesh.product("operations.flights")
    assert product is not None
    assert product.concurrency == 4
    assert mesh.store == "${env:STORE}"
    assert mesh.state == "sqlite:///${env:HOME}/state.db"
    assert mesh.engines["local"].memory_bytes == 4_000_000_000
    assert mesh.engines["big"] == EngineSettings(name="big", type="duckdb", memory_bytes=3 * 2**29, threads=8)
    assert mesh.engine == "big"
    assert mesh.environments == ("prod", "qa-2")
    assert mesh.severity["minor"] is Action.LOG
    assert mesh.severity["error"] is Action.WARN
    assert (mesh.params["least"].type, mesh.params["least"].value) == ("number", 3.0)
    node = mesh.node("operations.flights.departures")
    assert node is not None
    # A plain value below takes the type that is declared above.
    assert (node.params["least"].type, node.params["least"].value) == ("number", 5.0)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.csv", "csv"),
        ("a.CSV.GZ", "csv"),
        ("data/*.csv.zip", "csv"),
        ("/abs/a.parquet", "parquet"),
        ("a/**/x.json", "json"),
        ("a.ndjson", "ndjson"),
        ("a.jsonl", "ndjson"),
    ],
)
def test_the_format_of_a_source_is_told_by_its_ending(path: str, kind: str, tmp_path: Path) -> None:
    pipeline = f"nodes:\n  raw: {{source: {{path: '{path}'}}}}\n"
    files = {**GOOD, "domains/analytics/reports/pipeline.yaml": pipeline}
    loaded = load_mesh(write_mesh(tmp_path, files))
    assert loaded.diagnostics == ()
    assert loaded.mesh is not None
    node = loaded.mesh.node("analytics.reports.raw")
    assert node is not None
    assert node.source is not None
    assert (node.source.format, node.source.nulls, node.source.has_header) == (kind, ("",), None)


def test_a_bare_and_a_full_name_of_the_same_dataset_mean_the_same(tmp_path: Path) -> None:
    one = load_mesh(write_mesh(tmp_path / "one", GOOD)).mesh
    model = f"{FLIGHTS}/models/departures.sql"
    written = GOOD[model].replace("from raw_flights", "from Operations.flights.RAW_FLIGHTS -- spelt out")
    two = load_mesh(write_mesh(tmp_path / "two", {**GOOD, model: written})).mesh
    assert one is not None
    assert two is not None
    first, second = (mesh.node("operations.flights.departures") for mesh in (one, two))
    assert first is not None
    assert second is not None
    assert first.sql is not None
    assert second.sql is not None
    assert (first.sql.fingerprint, first.reads) == (second.sql.fingerprint, second.reads)


def test_byte_order_marks_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    windows = {
        path: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() if path.endswith((".sql", ".yaml")) else text
        for path, text in GOOD.items()
    }
    plain = load_mesh(write_mesh(tmp_path / "plain", GOOD)).mesh
    loaded = load_mesh(write_mesh(tmp_path / "windows", windows))
    assert loaded.diagnostics == (), shown(loaded.diagnostics)
    assert plain is not None
    assert loaded.mesh is not None
    assert list(loaded.mesh.nodes()) == list(plain.nodes())
    product, other = loaded.mesh.product("operations.flights"), plain.product("operations.flights")
    assert product is not None
    assert other is not None
    assert product.sql_tests == other.sql_tests
    assert product.ports == other.ports


def test_a_node_may_be_declared_nondeterministic(tmp_path: Path) -> None:
    files = {
        **GOOD,
        "domains/analytics/reports/models/worst.sql": "select now() as at, * from operations.flights.departures",
        "domains/analytics/reports/pipeline.yaml": "nodes: {worst: {deterministic: false, as: table, refresh: on_change}}\n",
    }
    loaded = load_mesh(write_mesh(tmp_path, files))
    assert loaded.diagnostics == (), shown(loaded.diagnostics)
    assert loaded.mesh is not None
    node = loaded.mesh.node("analytics.reports.worst")
    assert node is not None
    assert node.is_opaque


def test_the_guarded_dataset_of_a_test_is_the_first_own_one_that_it_reads(tmp_path: Path) -> None:
    files = {
        **GOOD,
        "domains/analytics/reports/models/late.sql": "select 1 as a",
        "domains/analytics/reports/tests/t.sql": "select * from operations.flights.departures, late, worst",
    }
    mesh = load_mesh(write_mesh(tmp_path, files)).mesh
    assert mesh is not None
    product = mesh.product("analytics.reports")
    assert product is not None
    (test,) = product.sql_tests
    assert test.dataset == "analytics.reports.late"
    assert test.action is Action.STOP


def test_a_broken_model_is_kept_and_named_broken_so_that_its_readers_are_not_reported(tmp_path: Path) -> None:
    files = {**GOOD, f"{FLIGHTS}/models/departures.sql": "select from where"}
    loaded = load_mesh(write_mesh(tmp_path, files))
    assert {diagnostic.span.file for diagnostic in loaded.diagnostics if diagnostic.span} == {
        f"{FLIGHTS}/models/departures.sql"
    }
    assert loaded.broken == {"operations.flights.departures"}
    assert loaded.mesh is not None
    assert loaded.mesh.node("operations.flights.departures") is not None


def test_a_folder_of_data_that_a_source_reads_is_not_stray(tmp_path: Path) -> None:
    files = {
        **GOOD,
        "domains/analytics/reports/pipeline.yaml": (
            "nodes: {raw: {source: {path: 'domains/analytics/reports/data/*.csv'}}}\n"
        ),
        "domains/analytics/reports/data/a.csv": "a\n1\n",
    }
    assert load_mesh(write_mesh(tmp_path, files)).diagnostics == ()


@pytest.mark.parametrize("broken", ["nodes: [\n", "- a list\n", ""])
def test_an_unreadable_pipeline_is_one_finding_and_no_consequences(broken: str, tmp_path: Path) -> None:
    contract = f"{FLIGHTS}/contracts/departures.odcs.yaml"
    files = {
        **GOOD,
        f"{FLIGHTS}/pipeline.yaml": broken,
        contract: GOOD[contract].replace("- name: departures", "- name: raw_flights"),
        f"{FLIGHTS}/consumers.yaml": None,
        f"{FLIGHTS}/tests/raw.sql": "-- on: raw_flights\nselect * from raw_flights where year < $least_year",
    }
    loaded = load_mesh(write_mesh(tmp_path, files))
    assert {diagnostic.code[:4] for diagnostic in loaded.diagnostics} == {"MW-Y"}, shown(loaded.diagnostics)
    assert "operations.flights" in loaded.broken


def test_parameters_of_an_unreadable_domain_are_not_called_undeclared(tmp_path: Path) -> None:
    files = {
        **GOOD,
        "domains/operations/domain.yaml": "name: [",
        f"{FLIGHTS}/models/late.sql": "select $tz as tz",
    }
    loaded = load_mesh(write_mesh(tmp_path, files))
    assert {diagnostic.code[:4] for diagnostic in loaded.diagnostics} == {"MW-Y"}, shown(loaded.diagnostics)


def test_a_test_guards_a_dataset_that_exists_before_one_that_does_not(tmp_path: Path) -> None:
    files = {**GOOD, "domains/analytics/reports/tests/t.sql": "select * from wrost, worst"}
    mesh = load_mesh(write_mesh(tmp_path, files)).mesh
    assert mesh is not None
    product = mesh.product("analytics.reports")
    assert product is not None
    assert product.sql_tests[0].dataset == "analytics.reports.worst"


@pytest.mark.parametrize("word", ["log", "LOG", "Info", "minor", "MINOR"])
def test_a_test_file_and_a_rule_take_the_same_words_for_severity(word: str, tmp_path: Path) -> None:
    files = {
        **GOOD,
        "mesh.yaml": GOOD["mesh.yaml"] + "severity: {Minor: log}\n",
        f"{FLIGHTS}/pipeline.yaml": GOOD[f"{FLIGHTS}/pipeline.yaml"].replace("severity: warning", f"severity: {word}"),
        f"{FLIGHTS}/tests/no_negative.sql": GOOD[f"{FLIGHTS}/tests/no_negative.sql"].replace("warn\n", f"{word}\n"),
    }
    loaded = load_mesh(write_mesh(tmp_path, files))
    assert loaded.diagnostics == (), shown(loaded.diagnostics)
    assert loaded.mesh is not None
    product = loaded.mesh.product("operations.flights")
    assert product is not None
    assert product.sql_tests[0].action is Action.LOG
    assert product.tests[0].rules[0].action is Action.LOG


_READER = "domains/analytics/reports"


@pytest.mark.parametrize(
    ("files", "is_read"),
    [
        ({}, False),
        ({f"{_READER}/tests/t.sql": "select origin from worst, operations.flights.departures"}, True),
        ({f"{_READER}/tests/t.sql": "select a from worst"}, False),
        ({f"{_READER}/pipeline.yaml": "select count(*) from operations.flights.departures"}, True),
        ({f"{_READER}/pipeline.yaml": "select count(*) from {object}, Operations.Flights.Departures"}, True),
        ({f"{_READER}/pipeline.yaml": "select count(*) as flights from {object}"}, False),
        ({f"{_READER}/pipeline.yaml": "select count(*) frm flights {nonsense}"}, False),
    ],
)
def test_an_input_port_that_only_a_test_or_a_rule_reads_is_read(
    files: dict[str, str], is_read: bool, tmp_path: Path
) -> None:
    rules = {
        path: f"tests:\n  worst:\n    - {{type: sql, query: '{text}', mustBe: 0}}\n" if path.endswith(".yaml") else text
        for path, text in files.items()
    }
    document = (
        "apiVersion: v1.1.0\nkind: DataProduct\nid: product-reports\nstatus: active\n"
        "inputPorts:\n  - {name: flights, version: 1.0.0, contractId: contract-departures}\n"
    )
    own = {f"{_READER}/models/worst.sql": "select 1 as a", f"{_READER}/product.odps.yaml": document}
    root = write_mesh(tmp_path, {**GOOD, **own, **rules})
    with ParseCache.open(tmp_path / "cache") as cache:
        for _ in range(2):
            loaded = load_mesh(root, cache=cache)
            assert [one.code for one in loaded.diagnostics] == ([] if is_read else ["MW-M310"])

"""Loading through the parse cache gives what loading without it gives, and parses only what changed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from loader_cases import CASES
from mesh_folders import FLIGHTS, GOOD, write_mesh

from meshwright.files import statements
from meshwright.files.cache import ParseCache
from meshwright.files.loaded import LoadedMesh
from meshwright.files.loader import load_mesh
from meshwright.sql import ParsedStatement, parse_statement


def load(root: Path, cache: Path) -> LoadedMesh:
    with ParseCache.open(cache) as opened:
        return load_mesh(root, cache=opened)


@pytest.fixture
def parsed_texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of texts that were really parsed."""
    texts: list[str] = []

    def parse(text: str, dialect: str = "duckdb") -> ParsedStatement:
        texts.append(text)
        return parse_statement(text, dialect)

    monkeypatch.setattr(statements, "parse_statement", parse)
    return texts


def test_a_warm_cache_gives_the_same_mesh_without_parsing(tmp_path: Path, parsed_texts: list[str]) -> None:
    root, cache = write_mesh(tmp_path / "mesh", GOOD), tmp_path / "cache.db"
    cold = load(root, cache)
    assert len(parsed_texts) == 3
    warm = load(root, cache)
    assert len(parsed_texts) == 3
    assert warm == cold == load_mesh(root)
    assert repr(warm) == repr(cold)


def test_only_a_changed_model_is_parsed_again(tmp_path: Path, parsed_texts: list[str]) -> None:
    root, cache = write_mesh(tmp_path / "mesh", GOOD), tmp_path / "cache.db"
    load(root, cache)
    parsed_texts.clear()
    changed = "select 1 as origin, 2 as delay from raw_flights"
    write_mesh(root, {f"{FLIGHTS}/models/departures.sql": changed})
    loaded = load(root, cache)
    assert parsed_texts == [changed]
    assert loaded == load_mesh(root)


def test_findings_of_broken_files_come_from_the_cache_too(tmp_path: Path) -> None:
    wanted = {"two parts", "now()", "no objects", "tests of nothing", "object is no dataset", "input port of nothing"}
    for number, case in enumerate(case for case in CASES if case.name in wanted):
        root = write_mesh(tmp_path / str(number), {**GOOD, **case.files})
        cold, warm = load(root, tmp_path / "cache.db"), load(root, tmp_path / "cache.db")
        assert warm.diagnostics == cold.diagnostics == load_mesh(root).diagnostics
        assert warm.diagnostics


def test_the_same_text_in_another_product_means_its_own_datasets(tmp_path: Path) -> None:
    files = {
        **GOOD,
        "domains/analytics/reports/models/raw_flights.sql": "select 1 as origin",
        "domains/analytics/reports/models/copied.sql": "select * from raw_flights",
        f"{FLIGHTS}/models/copied.sql": "select * from raw_flights",
    }
    root = write_mesh(tmp_path / "mesh", files)
    for _ in range(2):
        mesh = load(root, tmp_path / "cache.db").mesh
        assert mesh is not None
        one, two = mesh.node("analytics.reports.copied"), mesh.node("operations.flights.copied")
        assert one is not None
        assert two is not None
        assert one.reads == ("analytics.reports.raw_flights",)
        assert two.reads == ("operations.flights.raw_flights",)
        assert one.sql is not None
        assert two.sql is not None
        assert one.sql.fingerprint != two.sql.fingerprint


def test_a_change_of_severity_words_reads_contracts_again(tmp_path: Path) -> None:
    root, cache = write_mesh(tmp_path / "mesh", GOOD), tmp_path / "cache.db"
    load(root, cache)
    write_mesh(root, {"mesh.yaml": GOOD["mesh.yaml"] + "severity: {warning: log}\n"})
    mesh = load(root, cache).mesh
    assert mesh is not None
    product = mesh.product("operations.flights")
    assert product is not None
    assert product.tests[0].rules[0].action == "log"


def test_a_damaged_entry_is_read_anew(tmp_path: Path) -> None:
    root, cache = write_mesh(tmp_path / "mesh", GOOD), tmp_path / "cache.db"
    cold = load(root, cache)
    with sqlite3.connect(cache) as connection:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
            if "value" in columns:
                connection.execute(f"update {table} set value = '[1]'")
    connection.close()
    assert load(root, cache) == cold


def test_a_warm_load_imports_neither_the_sql_parser_nor_the_schema_validator(tmp_path: Path) -> None:
    root, cache = write_mesh(tmp_path / "mesh", GOOD), tmp_path / "cache.db"
    load(root, cache)
    script = (
        "import sys; from pathlib import Path\n"
        "from meshwright.files.cache import ParseCache\n"
        "from meshwright.files.loader import load_mesh\n"
        f"with ParseCache.open(Path({str(cache)!r})) as cache:\n"
        f"    assert load_mesh(Path({str(root)!r}), cache=cache).diagnostics == ()\n"
        "print([name for name in ('sqlglot', 'jsonschema_rs', 'duckdb', 'pyarrow', 'sqlalchemy') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

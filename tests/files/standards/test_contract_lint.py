"""Contracts checked by themselves, and what reading the standards costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from contract_samples import FULL, HEAD

from meshwright.files.standards import lint_contract_files
from meshwright.files.standards.schemas import odcs_schema
from meshwright.files.yaml_bounds import MAX_BYTES


def test_findings_of_all_files_come_together(tmp_path: Path) -> None:
    good, bad, large = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "large.yaml"
    good.write_text(HEAD)
    bad.write_text(HEAD.replace("id: a\n", ""))
    large.write_bytes(b"a" * (MAX_BYTES + 10))
    paths = [tmp_path / "none.yaml", good, tmp_path, bad, large, bad, tmp_path / "a\0b"]
    findings = lint_contract_files(paths)
    assert [finding.code for finding in findings] == ["MW-C001", "MW-C001", "MW-C004", "MW-Y005", "MW-C001"]
    assert [finding.span.file for finding in findings if finding.span] == [
        path.as_posix() for path in (paths[0], tmp_path, bad, large, paths[-1])
    ]
    assert "there is no file" in findings[0].message
    assert "folder" in findings[1].message


def test_a_sound_contract_has_only_warnings(tmp_path: Path) -> None:
    path = tmp_path / "c.odcs.yaml"
    path.write_text(FULL)
    assert [finding.code for finding in lint_contract_files([path])] == ["MW-C043", "MW-C108"]


def test_reading_contracts_imports_neither_pydantic_nor_a_validator_before_it_is_needed() -> None:
    code = (
        "import sys; import meshwright.files.standards as s; "
        "assert not {'yaml', 'jsonschema_rs', 'sqlite3'} & set(sys.modules); "
        "s.read_contract(b'id: a', 'c', {}); s.read_product(b'id: a', 'p'); "
        "assert not {'pydantic', 'open_data_contract_standard', 'duckdb'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_schema_is_the_standards_own_but_for_one_condition() -> None:
    branches = odcs_schema().document["$defs"]["SchemaBaseProperty"]["allOf"]  # type: ignore[index, call-overload]
    assert {tuple(branch["if"].get("required", ())) for branch in branches if "if" in branch} == {("logicalType",)}
    assert "v3.2.0" in str(odcs_schema().document["properties"]["apiVersion"])  # type: ignore[index, call-overload]

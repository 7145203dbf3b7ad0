"""Every problem of a mesh's files is found at its place, with its fix, and nothing else is reported with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from incremental_cases import INCREMENTAL
from loader_cases import CASES, Case
from mesh_folders import GOOD, shown, write_mesh
from reporting_cases import REPORTING
from version_cases import VERSIONS

from meshwright.diagnostics.codes import all_codes
from meshwright.files.loader import load_mesh

ALL_CASES = (*CASES, *INCREMENTAL, *REPORTING, *VERSIONS)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name.replace(" ", "_"))
def test_a_broken_mesh_shows_exactly_its_problems(case: Case, tmp_path: Path) -> None:
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **case.files}))
    found = {(diagnostic.code, str(diagnostic.span)) for diagnostic in loaded.diagnostics}
    assert found == {(code, place) for code, place, _ in case.findings}, shown(loaded.diagnostics)
    for code, place, fix in case.findings:
        assert any(
            fix in (diagnostic.fix or "")
            for diagnostic in loaded.diagnostics
            if (diagnostic.code, str(diagnostic.span)) == (code, place)
        ), shown(loaded.diagnostics)


@pytest.mark.parametrize(
    ("path", "name"), [("mesh.yaml", "name: aviation"), ("domains/operations/domain.yaml", "name: operations")]
)
def test_a_name_of_any_length_makes_a_short_message(path: str, name: str, tmp_path: Path) -> None:
    text = GOOD[path].replace(name, f"name: {'x' * 10_000}", 1)
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, path: text}))
    assert loaded.diagnostics
    assert max(len(str(diagnostic)) for diagnostic in loaded.diagnostics) < 600


def test_case_names_are_told_apart() -> None:
    names = [case.name for case in ALL_CASES]
    assert len(names) == len(set(names))


def test_every_code_of_the_loader_has_a_case() -> None:
    # test_loader_disk.py, tests/app/test_units.py, test_limits.py, test_lists.py
    shown_elsewhere = {"MW-M001", "MW-M003", "MW-M004", "MW-M006", "MW-M246", "MW-M247", "MW-M420"}
    covered = {code for case in ALL_CASES for code, _, _ in case.findings} | shown_elsewhere
    assert {code for code in all_codes() if code.startswith("MW-M")} <= covered

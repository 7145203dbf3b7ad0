"""Projects of dbt and SQLMesh that lie beside products are none of them, and what they hold is no finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from mesh_folders import GOOD, shown, write_mesh

from meshwright.files.loader import load_mesh

_FOLDER = "domains/operations/other"
_DBT = {
    f"{_FOLDER}/dbt_project.yml": "name: other\n",
    f"{_FOLDER}/models/marts/late.sql": "select * from {{ ref('x') }}",
    f"{_FOLDER}/models/sources.yml": "version: 2\n",
    f"{_FOLDER}/tests/late.sql": "select 1 from {{ ref('late') }}",
    f"{_FOLDER}/seeds/titles.csv": "a\n1\n",
}
_SQLMESH = {
    f"{_FOLDER}/config.yaml": "model_defaults: {dialect: duckdb}\n",
    f"{_FOLDER}/models/late.sql": "MODEL (name a.late);\nSELECT 1 AS a",
    f"{_FOLDER}/audits/few.sql": "AUDIT (name few);\nSELECT 1",
}


@pytest.mark.parametrize("files", [_DBT, _SQLMESH], ids=["dbt", "sqlmesh"])
def test_a_project_of_another_tool_is_no_product(tmp_path: Path, files: dict[str, str]) -> None:
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **files}))
    assert loaded.diagnostics == (), shown(loaded.diagnostics)
    assert loaded.mesh is not None
    assert "operations.other" not in {product.address for product in loaded.mesh.products()}


@pytest.mark.parametrize(
    "files",
    [
        {**_DBT, f"{_FOLDER}/pipeline.yaml": "nodes: {}\n"},
        {f"{_FOLDER}/config.yaml": "a: 1\n", f"{_FOLDER}/pipeline.yaml": "nodes: {}\n"},
        {f"{_FOLDER}/config.yaml": "a: 1\n"},
    ],
    ids=["dbt with a pipeline", "a stray file in a product", "a stray file alone"],
)
def test_what_is_a_product_too_is_judged_as_one(tmp_path: Path, files: dict[str, str]) -> None:
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, **files}))
    assert any(finding.span is not None and finding.span.file.startswith(_FOLDER) for finding in loaded.diagnostics)

"""Archives of runs: whole, without data, the same each time; and a check that finds every change."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.run_archive import check_archive, export_run
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, WorldError
from tests.app.test_run_record import add_python
from tests.meshes import write_file, write_mesh

#: A value of the data that no file of the mesh has, and a rule that samples its row.
CANARY = "canary_customer"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    root = write_mesh(tmp_path / "shop")
    with (root / "data/orders.csv").open("a") as file:
        file.write(f"5,{CANARY},99.5,2026-01-04\n")
    write_file(
        root,
        "domains/sales/totals/tests/nobody_spends_much.sql",
        "-- severity: warn\nselect customer, total from per_customer where total > 90",
    )
    return open_workspace(root)


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(file: Path, found: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in found.items():
            archive.writestr(name, data)


def test_an_archive_holds_the_whole_record_and_no_data(shop: Workspace, tmp_path: Path) -> None:
    add_python(shop, "print('said by the node')")
    report = apply(shop, RunOptions(params={"currency": "USD"}))
    assert any(test.sample for test in report.tests)
    archived = export_run(shop, report.run_id[:14], tmp_path / "run.zip")
    assert (archived.run_id, archived.notes) == (report.run_id, ())
    found = members(tmp_path / "run.zip")
    assert len(found) == archived.members + 1
    assert found["files/mesh.yaml"] == (shop.root / "mesh.yaml").read_bytes()
    run = json.loads(found["run.json"])
    assert run["options"]["params"] == {"currency": "USD"}
    assert run["infrastructure"][0]["engine"]["kind"] == "duckdb"
    assert run["costs"]["total"]["cpu_s"] > 0
    steps = {step["key"]: step for step in json.loads(found["steps.json"])}
    assert steps["build:sales.totals.per_customer"]["inputs"].keys() == {"sales.orders.orders"}
    assert {version["id"] for version in json.loads(found["versions.json"])} >= {
        step["version"] for step in steps.values() if step["version"]
    }
    assert json.loads(found["plan/planned.json"])["schema"] == "meshwright/plan/1"
    assert {step["key"] for step in json.loads(found["plan/bound.json"])["steps"]} == steps.keys()
    assert len(json.loads(found["tests.json"])) == len(report.tests)
    assert b"said by the node" in found["log.ndjson"]
    assert len(found["openlineage.ndjson"].splitlines()) == 2 * (len(steps) + 1)
    assert [name for name, data in found.items() if CANARY.encode() in data] == []


def test_the_same_record_gives_the_same_bytes(shop: Workspace, tmp_path: Path) -> None:
    report = apply(shop, RunOptions())
    one, two = (export_run(shop, report.run_id, tmp_path / name) for name in ("one.zip", "two.zip"))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert one.sha256 == two.sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.zip", "shop", "two.zip"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda found: found | {"steps.json": found["steps.json"].replace(b"succeeded", b"succeedeD")},
            "is not what was",
        ),
        (lambda found: found | {"log.ndjson": b"more"}, "log.ndjson has another size"),
        (lambda found: {k: v for k, v in found.items() if k != "plan/bound.json"}, "plan/bound.json is missing"),
        (lambda found: found | {"files/extra.sql": b"select 1"}, "files/extra.sql is not in the manifest"),
    ],
)
def test_every_change_is_found(shop: Workspace, tmp_path: Path, change: object, problem: str) -> None:
    file = tmp_path / "run.zip"
    export_run(shop, apply(shop, RunOptions()).run_id, file)
    assert check_archive(file).ok
    rewrite(file, change(members(file)))  # type: ignore[operator]
    check = check_archive(file)
    assert not check.ok
    assert len(check.problems) == 1
    assert problem in check.problems[0]


def test_each_damaged_byte_is_found(shop: Workspace, tmp_path: Path) -> None:
    """A bit flips in a hundred places: the check says no, or that it is no archive; it never says yes."""
    file = tmp_path / "run.zip"
    export_run(shop, apply(shop, RunOptions()).run_id, file)
    whole, before = file.read_bytes(), members(file)
    for place in range(0, len(whole), max(1, len(whole) // 100)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            check = check_archive(file)
        except InputError:
            continue
        # What stands in headers of members and says nothing of their content may differ.
        assert not check.ok or members(file) == before


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "run.zip"
    file.write_bytes(content)
    with pytest.raises(InputError) as refused:
        check_archive(file)
    assert refused.value.first.code == "MW-R082"


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{", b'{"schema": "meshwright/archive/1", "run_id": "x", "members": {"a": 1}}']
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, manifest: bytes) -> None:
    rewrite(tmp_path / "run.zip", {"manifest.json": manifest})
    with pytest.raises(InputError) as refused:
        check_archive(tmp_path / "run.zip")
    assert refused.value.first.code == "MW-R082"


def test_what_cannot_be_written_leaves_what_stood_there(shop: Workspace, tmp_path: Path) -> None:
    report = apply(shop, RunOptions())
    with pytest.raises(WorldError) as failed:
        export_run(shop, report.run_id, tmp_path / "absent" / "run.zip")
    assert failed.value.first.code == "MW-R082"
    (tmp_path / "taken").mkdir()
    with pytest.raises(WorldError):
        export_run(shop, report.run_id, tmp_path / "taken")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop", "taken"]

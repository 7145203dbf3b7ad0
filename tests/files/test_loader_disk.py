"""What a disk can hold in place of a mesh's files: each is a finding, none a crash, a hang or a way out of the root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mesh_folders import FLIGHTS, GOOD, shown, write_mesh

from meshwright.diagnostics import InputError
from meshwright.files import reading
from meshwright.files.loaded import LoadedMesh, find_root
from meshwright.files.loader import load_mesh

MODEL = f"{FLIGHTS}/models/late.sql"


def codes(loaded: LoadedMesh) -> set[tuple[str, str]]:
    return {(diagnostic.code, str(diagnostic.span)) for diagnostic in loaded.diagnostics}


def test_the_root_is_the_nearest_mesh_upwards(tmp_path: Path) -> None:
    write_mesh(tmp_path, GOOD)
    assert find_root(tmp_path / FLIGHTS / "models") == tmp_path
    assert find_root(tmp_path) == tmp_path


def test_no_mesh_upwards_is_an_error_that_sees_a_misspelt_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_root(tmp_path)
    assert caught.value.first.code == "MW-M001"
    (tmp_path / "mesh.yml").write_text("meshwright: 1\n")
    with pytest.raises(InputError) as caught:
        find_root(tmp_path)
    assert "mesh.yml" in (caught.value.first.fix or "")


def test_a_folder_without_mesh_yaml_gives_no_mesh(tmp_path: Path) -> None:
    loaded = load_mesh(tmp_path)
    assert loaded.mesh is None
    assert codes(loaded) == {("MW-M002", "mesh.yaml:1:1")}


@pytest.mark.parametrize("path", [MODEL, f"{FLIGHTS}/pipeline.yaml", "domains/analytics/domain.yaml", "mesh.yaml"])
def test_a_folder_in_place_of_a_file_is_reported(path: str, tmp_path: Path) -> None:
    files = {**GOOD, path: None, f"{FLIGHTS}/models/departures.sql": "select 1 as origin"}
    write_mesh(tmp_path, files)
    (tmp_path / path).mkdir(parents=True)
    assert ("MW-M003", f"{path}:1:1") in codes(load_mesh(tmp_path))


def test_a_pipe_in_place_of_a_model_does_not_hang(tmp_path: Path) -> None:
    write_mesh(tmp_path, GOOD)
    os.mkfifo(tmp_path / MODEL)
    assert codes(load_mesh(tmp_path)) == {("MW-M003", f"{MODEL}:1:1")}


def test_a_link_to_nowhere_and_a_loop_of_links_are_reported(tmp_path: Path) -> None:
    write_mesh(tmp_path, GOOD)
    (tmp_path / MODEL).symlink_to("nothing.sql")
    loop = tmp_path / f"{FLIGHTS}/models/loop.sql"
    loop.symlink_to("loop.sql")
    found = codes(load_mesh(tmp_path))
    assert found == {("MW-M003", f"{MODEL}:1:1"), ("MW-M003", f"{FLIGHTS}/models/loop.sql:1:1")}


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../../outside.sql", "../../../.."])
def test_a_link_out_of_the_mesh_is_not_followed(target: str, tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "mesh", GOOD)
    (tmp_path / "outside.sql").write_text("select 1 as secret")
    (root / MODEL).symlink_to(target)
    loaded = load_mesh(root)
    assert codes(loaded) == {("MW-M004", f"{MODEL}:1:1")}
    assert MODEL not in loaded.contents


def test_a_domain_that_is_a_link_out_of_the_mesh_is_not_read(tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "mesh", GOOD)
    write_mesh(tmp_path / "other", {"domain.yaml": "name: other\npurpose: x\nowners: [team:x]\n"})
    (root / "domains/other").symlink_to(tmp_path / "other")
    loaded = load_mesh(root)
    assert codes(loaded) == {("MW-M004", "domains/other:1:1")}


def test_a_link_inside_the_mesh_is_followed(tmp_path: Path) -> None:
    root = write_mesh(tmp_path, {**GOOD, "shared/late.sql": "select 1 as a"})
    (root / MODEL).symlink_to(root / "shared/late.sql")
    loaded = load_mesh(root)
    assert loaded.diagnostics == (), shown(loaded.diagnostics)
    assert loaded.contents[MODEL] == b"select 1 as a"


def test_links_at_the_root_that_no_domain_needs_are_left_alone(tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "mesh", GOOD)
    (root / "data").symlink_to("/usr")
    assert load_mesh(root).diagnostics == ()


def test_a_mesh_reached_through_a_link_loads(tmp_path: Path) -> None:
    write_mesh(tmp_path / "real", GOOD)
    (tmp_path / "link").symlink_to("real")
    assert load_mesh(tmp_path / "link").diagnostics == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_reported(tmp_path: Path) -> None:
    write_mesh(tmp_path, {**GOOD, MODEL: "select 1 as a"})
    (tmp_path / MODEL).chmod(0)
    assert codes(load_mesh(tmp_path)) == {("MW-M002", f"{MODEL}:1:1")}


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 4096)
    loaded = load_mesh(write_mesh(tmp_path, {**GOOD, MODEL: "x" * 5000}))
    assert codes(loaded) == {("MW-M006", f"{MODEL}:1:1")}


def test_names_that_cannot_be_shown_are_escaped(tmp_path: Path) -> None:
    write_mesh(tmp_path, GOOD)
    folder = os.fsencode(tmp_path / FLIGHTS / "models")
    Path(os.fsdecode(folder + b"/a\nb.sql")).write_text("select 1")
    Path(os.fsdecode(folder + b"/\xff.sql")).write_text("select 1")
    loaded = load_mesh(tmp_path)
    assert {diagnostic.code for diagnostic in loaded.diagnostics} == {"MW-M007"}
    shown(loaded.diagnostics).encode()


def test_hidden_files_backups_and_notes_are_not_looked_at(tmp_path: Path) -> None:
    extra = [".git/x", "a.sql~", "README.md", "__pycache__/a.pyc", ".hidden.sql", "Notes.MD"]
    files = {**GOOD, **{f"{FLIGHTS}/{folder}{name}": "x" for name in extra for folder in ("", "models/", "contracts/")}}
    assert load_mesh(write_mesh(tmp_path, files)).diagnostics == ()

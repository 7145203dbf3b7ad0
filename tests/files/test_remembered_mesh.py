"""A mesh is taken over from the last command only while nothing that it was read from has changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mesh_folders import FLIGHTS, GOOD, write_mesh
from version_cases import FILE_2, ONE, SECOND, inputs

from meshwright.files import loader, marks, reading, remembered, snapshots, standing
from meshwright.files.cache import ParseCache
from meshwright.files.loaded import LoadedMesh

MODEL = f"{FLIGHTS}/models/departures.sql"
SNAPSHOT = ".meshwright/mesh.snapshot"


class Commands:
    """Loads a mesh again and again, as commands do, and counts how often its files were read."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.readings = 0
        self.monkeypatch = monkeypatch
        original = loader.load_mesh

        def counting(place: Path, **more: object) -> LoadedMesh:
            self.readings += 1
            return original(place, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(loader, "load_mesh", counting)

    def load(self) -> LoadedMesh:
        with ParseCache.open(self.root / ".meshwright" / "cache.db") as cache:
            loaded = remembered.remembered_mesh(self.root, self.root / ".meshwright", cache)
        assert loaded == loader.load_mesh(self.root)
        self.readings -= 1
        return loaded

    def load_later(self) -> LoadedMesh:
        """Load when the file system's clock has passed the moment in which two changes could look alike."""
        stamped = remembered._file_system_time

        def later_ns(folder: Path) -> int | None:
            found = stamped(folder)
            return None if found is None else found + 2_100_000_000

        with self.monkeypatch.context() as changed:
            changed.setattr(remembered, "_file_system_time", later_ns)
            return self.load()


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    write_mesh(tmp_path, GOOD)
    found = Commands(tmp_path, monkeypatch)
    found.load()
    found.load_later()  # keeps it: all that it was read from is old by now
    assert found.readings == 2
    found.load()
    assert found.readings == 2
    return found


def _rewrite_in_place(root: Path) -> None:
    """Same size, same modification time: as `touch -d` or an editor that keeps times leaves it."""
    path = root / MODEL
    status = path.stat()
    text = path.read_text()
    path.write_text(text.replace("select", "SELECT"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert path.stat().st_mtime_ns == status.st_mtime_ns


def _replace_by_move(root: Path) -> None:
    """An older file of the same size moved over it, as `rsync -t` and `git checkout` of times do."""
    path = root / MODEL
    other = root / ".other.sql"
    other.write_text(path.read_text().replace("select", "SELECT"))
    status = path.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def _add_a_model(root: Path) -> None:
    (root / FLIGHTS / "models" / "added.sql").write_text("select 1 as one")


def _remove_a_model(root: Path) -> None:
    (root / MODEL).unlink()


def _rename_a_model(root: Path) -> None:
    (root / MODEL).rename(root / FLIGHTS / "models" / "later.sql")


def _add_a_domain(root: Path) -> None:
    shutil.copytree(root / "domains" / FLIGHTS.split("/")[1], root / "domains" / "another")


def _swap_folders(root: Path) -> None:
    """Another folder with the very same files under the same name."""
    models = root / FLIGHTS / "models"
    shutil.copytree(models, root / FLIGHTS / ".copy", copy_function=shutil.copy2)
    shutil.rmtree(models)
    (root / FLIGHTS / ".copy").rename(models)


def _damage_the_snapshot(root: Path) -> None:
    data = bytearray((root / SNAPSHOT).read_bytes())
    data[len(data) // 2] ^= 1
    (root / SNAPSHOT).write_bytes(data)


def _cut_the_snapshot(root: Path) -> None:
    (root / SNAPSHOT).write_bytes((root / SNAPSHOT).read_bytes()[:-100])


def _empty_the_snapshot(root: Path) -> None:
    (root / SNAPSHOT).write_bytes(b"")


CHANGES = (
    _rewrite_in_place,
    _replace_by_move,
    _add_a_model,
    _remove_a_model,
    _rename_a_model,
    _add_a_domain,
    _swap_folders,
    _damage_the_snapshot,
    _cut_the_snapshot,
    _empty_the_snapshot,
)


def test_every_change_is_seen(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    # Marks of the changes themselves are young; here they are kept all the same, so that each change starts from a hit.
    monkeypatch.setattr(marks, "_TICK_NS", -60_000_000_000)
    pristine = commands.root.with_name("pristine")
    shutil.copytree(commands.root, pristine)
    for change in CHANGES:
        shutil.rmtree(commands.root)
        shutil.copytree(pristine, commands.root)
        commands.load()
        before = commands.readings
        commands.load()
        assert commands.readings == before, f"nothing changed before {change.__name__}"
        change(commands.root)
        commands.load()
        assert commands.readings == before + 1, change.__name__


def test_what_changed_within_the_last_tick_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's racily clean files: a second change in the same tick would leave every mark as it is."""
    for module in (reading, remembered, standing):  # a file system whose files look alike after such changes
        monkeypatch.setattr(module, "mark_of", lambda status: (1, 1, 1, 1, status.st_mtime_ns, status.st_mtime_ns))
    write_mesh(tmp_path, GOOD)
    found = Commands(tmp_path, monkeypatch)
    found.load()
    found.load()
    assert found.readings == 2
    status = (tmp_path / MODEL).stat()
    (tmp_path / MODEL).write_text((tmp_path / MODEL).read_text().replace("select", "SELECT"))
    os.utime(tmp_path / MODEL, ns=(status.st_atime_ns, status.st_mtime_ns))
    found.load()
    assert found.readings == 3


def test_another_program_reads_anew(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "program_identity", lambda: "another version of meshwright, a parser or Python")
    commands.load()
    assert commands.readings == 3


def test_the_program_is_its_version_its_files_and_the_packages_it_reads_with(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh: Callable[[], str] = marks.program_identity.__wrapped__
    assert fresh() == fresh()
    before = fresh()
    monkeypatch.setattr("meshwright.__version__", "99.0")
    assert fresh() != before
    monkeypatch.undo()
    monkeypatch.setattr(marks, "_READERS", marks._READERS[:1])
    assert fresh() == before, "they lie in one folder of packages"
    monkeypatch.setattr(marks, "_sources", lambda _folder: iter([["changed.py", 1, 1]]))
    assert fresh() != before


def test_a_mesh_with_errors_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_TICK_NS", -60_000_000_000)
    write_mesh(tmp_path, {**GOOD, MODEL: "select from"})
    Commands(tmp_path, monkeypatch).load()
    assert not (tmp_path / SNAPSHOT).exists()


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mesh(tmp_path, GOOD)
    (tmp_path / "file").write_text("")
    with ParseCache.open(tmp_path / "cache.db") as cache:
        loaded = remembered.remembered_mesh(tmp_path, tmp_path / "file" / "folder", cache)
    assert loaded == loader.load_mesh(tmp_path)


def test_what_a_product_chose_among_versions_is_forgotten_with_the_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader stands, and its record was kept with the choice."""
    write_mesh(tmp_path, {**GOOD, **inputs(f"name: flights, version: 1.0.0, {ONE}")})
    commands = Commands(tmp_path, monkeypatch)
    commands.load()
    kept = commands.load_later().mesh
    assert kept is not None
    port = "operations.flights/departures"
    assert dict(kept.domains["analytics"].products["reports"].chosen) == {port: port}
    (tmp_path / FILE_2).unlink()
    write_mesh(tmp_path, {path: GOOD[path] for path in SECOND if path in GOOD})
    commands.load()  # compares with the mesh as it is read anew

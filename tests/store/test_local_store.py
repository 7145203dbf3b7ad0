"""The store on a local path: placement, durability, checksums, and what the disk can do to it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import xxhash

from meshwright.diagnostics import InputError, MeshwrightError, WorldError
from meshwright.model import StoredFile
from meshwright.store.local import LocalStore
from meshwright.store.protocol import Store

DATASET = "sales.orders.orders"
VERSION = "5c1e" * 8


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "store"


@pytest.fixture
def store(root: Path) -> Store:
    return LocalStore(root)


def write(store: Store, data: bytes = b"PAR1", number: int = 0, **target: str) -> str:
    """Write a file as an engine would, and return its absolute path."""
    prefix = store.new_target(**({"dataset": DATASET, "version": VERSION, "attempt": "a1"} | target))
    Path(f"{prefix}-{number}.parquet").write_bytes(data)
    return f"{prefix}-{number}.parquet"


def code(action: Callable[[], object]) -> str:
    with pytest.raises(MeshwrightError) as refused:
        action()
    return refused.value.first.code


def test_a_target_is_an_absolute_prefix_in_a_folder_that_exists(store: Store, root: Path) -> None:
    target = store.new_target(DATASET, VERSION, "a1")
    assert target == str(root / "sales" / "orders" / "orders" / VERSION / "a1")
    assert Path(target).parent.is_dir()
    assert store.new_target(DATASET, VERSION, "a1") == target
    assert store.new_target(DATASET, "pending-a2", "a2").endswith("/pending-a2/a2")


@pytest.mark.parametrize(
    ("dataset", "version", "attempt"),
    [
        ("sales.orders", VERSION, "a1"),
        ("a.b.c.d", VERSION, "a1"),
        ("sales...orders", VERSION, "a1"),
        ("sales.orders.../..", VERSION, "a1"),
        ("Sales.orders.orders", VERSION, "a1"),
        ("sales.orders.main", VERSION, "a1"),
        (DATASET, "..", "a1"),
        (DATASET, ".", "a1"),
        (DATASET, "", "a1"),
        (DATASET, "a/b", "a1"),
        (DATASET, "/etc", "a1"),
        (DATASET, VERSION + "\n", "a1"),
        (DATASET, VERSION, "../a1"),
        (DATASET, VERSION, ".hidden"),
        (DATASET, VERSION, "a\0b"),
        (DATASET, VERSION, "x" * 300),
    ],
)
def test_a_name_that_could_leave_the_store_is_refused(
    store: Store, root: Path, dataset: str, version: str, attempt: str
) -> None:
    assert code(lambda: store.new_target(dataset, version, attempt)) == "MW-D405"
    assert not root.exists()


def test_sealed_files_are_described_in_order(store: Store) -> None:
    contents = [b"", b"x" * 10, os.urandom(3 * 1024 * 1024 + 17)]
    files = [(write(store, data, number), number) for number, data in enumerate(contents)]
    sealed = store.seal(files)
    assert sealed == tuple(
        StoredFile(
            path=f"sales/orders/orders/{VERSION}/a1-{number}.parquet",
            size_bytes=len(data),
            checksum=xxhash.xxh3_128_hexdigest(data),
            rows=number,
        )
        for number, data in enumerate(contents)
    )
    assert [store.absolute(file) for file in sealed] == [path for path, _ in files]
    assert [store.problem(file, deep=True) for file in sealed] == [None, None, None]


def test_many_small_files_of_many_datasets_are_sealed_at_once(store: Store) -> None:
    files = [(write(store, bytes([i]), dataset=f"sales.orders.x{i}"), 1) for i in range(60)]
    sealed = store.seal(iter(files))
    assert [file.path.split("/")[2] for file in sealed] == [f"x{i}" for i in range(60)]
    assert len({file.checksum for file in sealed}) == 60
    assert store.seal([]) == ()


def test_every_file_and_every_new_folder_entry_is_synced_before_seal_returns(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    path = write(store)
    assert str(root.parent) in synced  # the store's own folder was new
    synced.clear()
    store.seal([(path, 1)])
    version = Path(path).parent
    chain = [str(folder) for folder in (version, *version.parents) if folder.is_relative_to(root)]
    assert synced[0] == path
    assert set(synced[1:]) == set(chain)
    synced.clear()
    store.seal([(write(store, number=1), 1)])
    assert synced == [str(Path(path).with_name("a1-1.parquet")), str(version)]
    synced.clear()
    LocalStore(root).seal([(path, 1)])  # another process cannot know what is durable
    assert set(synced[1:]) == set(chain)


def test_sealed_files_cannot_be_written_by_accident_and_can_be_discarded(store: Store) -> None:
    path = write(store)
    store.seal([(path, 1)])
    assert Path(path).stat().st_mode & 0o222 == 0
    store.discard([(path, 1)])
    assert not Path(path).exists()
    store.discard([(path, 1)])


def test_discarding_the_last_file_of_a_pending_version_removes_its_folder_only(store: Store) -> None:
    files = [(write(store, number=n, version="pending-a1"), 1) for n in range(2)]
    kept = write(store)
    folder = Path(files[0][0]).parent
    store.discard(files[:1])
    assert folder.exists()
    store.discard(files[1:])
    assert not folder.exists()
    store.discard(files)
    store.discard([(kept, 1)])
    assert Path(kept).parent.exists()  # another attempt may be about to write here


def test_files_outside_the_store_are_neither_sealed_nor_discarded(store: Store, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.write_bytes(b"x")
    for path in (str(outside), f"{root}/../../precious", f"{root}-other/x", str(root), "relative", f"{root}/a\0b"):
        assert code(lambda path=path: store.seal([(path, 1)])) == "MW-D405"  # type: ignore[misc]
        assert code(lambda path=path: store.discard([(path, 1)])) == "MW-D405"  # type: ignore[misc]
    assert outside.exists()
    row = StoredFile(path="../../precious", size_bytes=1, checksum="", rows=1)
    assert code(lambda: store.absolute(row)) == "MW-D405"
    assert store.problem(row, deep=False) == "its path leads out of the store"


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_a_link_in_place_of_a_folder_is_refused(store: Store, root: Path, tmp_path: Path, level: int) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = root.joinpath(*[*DATASET.split("."), VERSION][:level])
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    assert code(lambda: store.new_target(DATASET, VERSION, "a1")) == "MW-D405"


def test_the_store_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store = LocalStore(tmp_path / "link")
    (sealed,) = store.seal([(write(store), 1)])
    assert (tmp_path / "real" / sealed.path).is_file()


def test_a_file_that_vanished_or_is_no_plain_file_cannot_be_sealed(store: Store) -> None:
    path = Path(write(store))
    path.unlink()
    assert code(lambda: store.seal([(str(path), 1)])) == "MW-D404"
    path.mkdir()
    assert code(lambda: store.seal([(str(path), 1)])) == "MW-D404"
    path.rmdir()
    path.symlink_to("/etc/passwd")
    assert code(lambda: store.seal([(str(path), 1)])) == "MW-D404"
    path.unlink()
    os.mkfifo(path)
    assert code(lambda: store.seal([(str(path), 1)])) == "MW-D404"


def _shorten(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"PAR")


def _flip(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"PAR2")


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _replace_by_socket(path: Path) -> None:
    path.unlink()
    here = Path.cwd()
    os.chdir(path.parent)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(path.name)
    os.chdir(here)


@pytest.mark.parametrize(
    ("harm", "shallow", "deep"),
    [
        (Path.unlink, "missing", "missing"),
        (_shorten, "its size is 3 bytes, 4 were written", "its size is 3 bytes, 4 were written"),
        (_flip, None, "its content changed: the checksum differs"),
        (_replace_by_folder, "not a plain file", "not a plain file"),
        (_replace_by_link, "not a plain file", "not a plain file"),
        (_replace_by_socket, "unreadable: No such device or address", "unreadable: No such device or address"),
    ],
)
def test_harm_to_a_stored_file_is_found(
    store: Store, harm: Callable[[Path], None], shallow: str | None, deep: str
) -> None:
    path = write(store)
    (sealed,) = store.seal([(path, 1)])
    harm(Path(path))
    assert store.problem(sealed, deep=False) == shallow
    assert store.problem(sealed, deep=True) == deep


def test_a_missing_folder_on_the_way_is_a_missing_file(store: Store) -> None:
    row = StoredFile(path="sales/orders/orders/x/a.parquet", size_bytes=1, checksum="", rows=1)
    assert store.problem(row, deep=False) == "missing"


def test_the_listing_names_every_file_with_its_size_in_order(store: Store, root: Path) -> None:
    assert list(store.listing()) == []
    paths = [write(store, b"x" * size, dataset=f"sales.orders.x{size}") for size in (3, 1, 2)]
    (root / "foreign.txt").write_bytes(b"12345")
    (root / "loop").symlink_to(root)
    found = {file.path: file.size_bytes for file in store.listing()}
    assert found.pop("loop") > 0
    assert found == {str(Path(path).relative_to(root)): Path(path).stat().st_size for path in paths} | {
        "foreign.txt": 5
    }
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, "MW-D401"),
        (errno.EDQUOT, "MW-D401"),
        (errno.EROFS, "MW-D402"),
        (errno.EACCES, "MW-D402"),
        (errno.EIO, "MW-D403"),
        (errno.ESTALE, "MW-D403"),
    ],
)
def test_a_failing_disk_is_a_world_error(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: int, expected: str
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    path = write(store)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(WorldError) as refused:
        store.seal([(path, 1), (write(store, number=1), 1)])
    assert refused.value.first.code == expected
    assert os.strerror(number) in refused.value.first.message
    assert refused.value.retryable


def test_groups_that_are_sealed_together_fail_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad, other = (write(store, number=number) for number in range(3))
    sync = os.fsync

    def fail_for_one(descriptor: int) -> None:
        if os.path.realpath(f"/proc/self/fd/{descriptor}") == bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_for_one)
    first, second, third = store.seal_each([[(good, 1)], [(other, 1), (bad, 1)], []])
    assert [store.absolute(file) for file in first] == [good]  # type: ignore[union-attr]
    assert isinstance(second, WorldError)
    assert bad in second.first.message
    assert third == ()


def test_a_folder_that_cannot_be_synced_fails_every_group_in_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write(store, version=version) for version in ("a" * 32, "b" * 32)]
    sync = os.fsync

    def fail_for_one(descriptor: int) -> None:
        if os.path.realpath(f"/proc/self/fd/{descriptor}") == str(Path(paths[0]).parent):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_for_one)
    first, second = store.seal_each([[(path, 1)] for path in paths])
    assert isinstance(first, WorldError)
    assert isinstance(second, tuple)


def test_files_that_are_sealed_together_sync_their_common_folders_once(
    store: Store, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write(store, version=version) for version in ("a" * 32, "b" * 32)]
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.path.realpath(f"/proc/self/fd/{descriptor}")))
    store.seal_each([[(path, 1)] for path in paths])
    assert len(synced) == len(set(synced))
    above = {str(folder) for path in paths for folder in Path(path).parents if folder.is_relative_to(root)}
    assert set(synced) == {*paths, *above}


def test_a_store_in_a_file_is_a_world_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = LocalStore(tmp_path / "file")
    assert code(lambda: store.new_target(DATASET, VERSION, "a1")).startswith("MW-D40")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes everywhere")
def test_a_store_without_permission_is_a_world_error(root: Path, store: Store) -> None:
    root.mkdir(parents=True)
    root.chmod(0o500)
    with pytest.raises(WorldError) as refused:
        store.new_target(DATASET, VERSION, "a1")
    root.chmod(0o700)
    assert refused.value.first.code == "MW-D402"
    with pytest.raises(InputError):
        store.new_target("x", VERSION, "a1")

"""Compaction moves rows and changes nothing that is said of them: not for readers, plans, tests, collections or repairs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from meshwright.app import compaction
from meshwright.app import repair as repairing
from meshwright.app.apply import RunOptions, apply
from meshwright.app.collection import CollectionOptions, collect
from meshwright.app.compaction import CompactionOptions, CompactionReport, compact
from meshwright.app.environments import OpenedState, open_state_alone
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.repair import repair
from meshwright.app.testing import TestOptions, test
from meshwright.app.verify import verify
from meshwright.app.workspace import open_workspace
from meshwright.engines.duckdb import DuckDBEngine
from meshwright.engines.protocol import Limits
from meshwright.faces.cli.main import main
from meshwright.model import Part, Version
from meshwright.plan.values import StepAction
from meshwright.run.parts import PartsReader, parts_relation
from meshwright.run.report import RunState
from meshwright.state.writer import DatabaseWriter
from tests.app.incremental_mesh import DAILY, add_day, write_air

#: 39 days on one page of the manifest, 6 on the next.
DAYS, FULL = 45, 39


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = write_air(tmp_path / "air", DAYS)
    assert apply(open_workspace(made), RunOptions()).state is RunState.SUCCEEDED
    return made


@contextmanager
def opened(root: Path) -> Iterator[tuple[OpenedState, Version, tuple[Part, ...]]]:
    """The state, what stands of the days' dataset, and its parts."""
    with open_state_alone(open_workspace(root)) as state:
        reader = state.state.reader
        version = reader.versions([reader.pointers("prod")[DAILY].revision]).popitem()[1]
        yield state, version, PartsReader(reader).of(version)


def rows(root: Path) -> list[tuple[object, ...]]:
    """What plain readers get."""
    with duckdb.connect(str(root / "environments/prod.duckdb"), read_only=True) as connection:
        return connection.execute("SELECT * FROM sales__flights.daily ORDER BY ALL").fetchall()


def digest(root: Path) -> str:
    with opened(root) as (state, version, parts), DuckDBEngine(threads=2).open(Limits(threads=2)) as session:
        return session.content_digest(parts_relation(version.columns, parts, state.store))


def compacted(root: Path, *select: str) -> CompactionReport:
    return compact(open_workspace(root), CompactionOptions(select=select))


def of_files(parts: Sequence[Part]) -> list[str]:
    return list(dict.fromkeys(file.path for part in parts for file in part.files))


def make_old(root: Path) -> None:
    """Let all files have been written long ago."""
    for path in (root / ".meshwright/store").rglob("*.parquet"):
        os.utime(path, (time.time() - 1e6, time.time() - 1e6))


def is_nothing_planned(root: Path) -> bool:
    planned = plan(open_workspace(root), PlanOptions())
    return all(step.action is StepAction.REUSE for step in planned.steps)


def test_rows_move_and_nothing_else_changes(root: Path) -> None:
    before = rows(root)
    with opened(root) as (_, version, parts):
        old = of_files(parts)
    assert len(old) == DAYS
    reading = duckdb.connect(str(root / "environments/prod.duckdb"), read_only=True)
    report = compacted(root)
    assert [(each.dataset, each.parts, each.files_before) for each in report.compacted] == [(DAILY, FULL, FULL)]
    assert (report.readers, report.failed, report.overtaken) == (("prod",), (), 0)
    assert reading.execute("SELECT * FROM sales__flights.daily ORDER BY ALL").fetchall() == before
    reading.close()  # DuckDB knows a file by its name for as long as one has it open
    with opened(root) as (_, now, parts):
        assert now == version
        assert of_files(parts) == [report.compacted[0].path, *old[FULL:]]
        assert sum(part.size_bytes for part in parts[:FULL]) <= report.compacted[0].bytes  # type: ignore[operator]
    assert digest(root) == version.content_digest
    assert rows(root) == before
    assert is_nothing_planned(root)
    assert {outcome.verdict for outcome in test(open_workspace(root), TestOptions()).tests} == {"pass"}
    found = verify(open_workspace(root))
    assert found.problems == ()
    assert found.files == 1 + DAYS - FULL + 1  # with the source's one part
    again = compacted(root)
    assert (again.compacted, again.readers) == ((), ())


def test_a_restated_day_touches_its_own_part(root: Path) -> None:
    compacted(root)
    with opened(root) as (_, _, before):
        shared = before[0].files
    add_day(root, 3, x=7)
    report = apply(open_workspace(root), RunOptions())
    assert report.state is RunState.SUCCEEDED
    with opened(root) as (_, version, parts):
        assert [now.id == then.id for now, then in zip(parts, before, strict=True)] == [n != 2 for n in range(DAYS)]
        assert [part.files == shared for part in parts[:FULL]] == [n != 2 for n in range(FULL)]
        assert not parts[2].is_shared
    assert digest(root) == version.content_digest
    assert len(rows(root)) == version.rows == 2 * DAYS + 2
    assert {outcome.verdict for outcome in test(open_workspace(root), TestOptions()).tests} == {"pass"}
    assert verify(open_workspace(root)).problems == ()
    assert apply(open_workspace(root), RunOptions()).published == ()


def test_a_file_goes_when_nobody_lists_it_and_not_before_the_grace(root: Path) -> None:
    make_old(root)
    with opened(root) as (_, _, parts):
        old = of_files(parts)
    (done,) = compacted(root).compacted
    store = root / ".meshwright/store"
    collect(open_workspace(root), CollectionOptions(grace_s=3600))
    assert all((store / path).exists() for path in old), "readers that are open lost their files"
    swept = collect(open_workspace(root), CollectionOptions(grace_s=0))
    assert sorted(orphan.path for orphan in swept.orphans) == sorted(old[:FULL])
    # A part goes, and its rows stay in the file of the others.
    add_day(root, 3, x=7)
    apply(open_workspace(root), RunOptions())
    (root / "mesh.yaml").write_text(
        (root / "mesh.yaml").read_text() + "retention: {generations: 0s, candidates: 0s, grace: 0s}\n"
    )
    for _ in range(2):
        collect(open_workspace(root), CollectionOptions(grace_s=0))
    assert done.path is not None
    with opened(root) as (state, version, parts):
        listed = {part.id for part in state.state.reader.all_parts() if part.dataset == DAILY}
        assert listed == {part.id for part in parts}
        assert (store / done.path).exists()
    assert verify(open_workspace(root)).problems == ()
    assert digest(root) == version.content_digest


def test_the_last_part_takes_a_shared_file_with_it(root: Path) -> None:
    (done,) = compacted(root).compacted
    assert done.path is not None
    mesh = root / "mesh.yaml"
    mesh.write_text(mesh.read_text() + "retention: {generations: 0s, candidates: 0s, grace: 0s}\n")
    model = root / "domains/sales/flights/models/daily.sql"
    model.write_text(model.read_text().replace("x * 2", "x * 3"))
    assert apply(open_workspace(root), RunOptions()).state is RunState.SUCCEEDED
    for _ in range(2):
        collect(open_workspace(root), CollectionOptions(grace_s=0))
    assert not (root / ".meshwright/store" / done.path).exists()
    assert verify(open_workspace(root)).problems == ()


def damage(root: Path, path: str | None) -> None:
    assert path is not None
    file = root / ".meshwright/store" / path
    file.chmod(0o644)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_damage_of_a_shared_file_is_told_of_every_part(root: Path) -> None:
    (done,) = compacted(root).compacted
    damage(root, done.path)
    found = verify(open_workspace(root)).problems
    assert len({problem.part for problem in found}) == len(found) == FULL
    assert {problem.path for problem in found} == {done.path}
    mended = repair(open_workspace(root))
    assert mended.repair is not None
    told = {each.version for each in (*mended.repair.repaired, *mended.repair.unrepaired)}
    assert told == {problem.part for problem in found}
    if mended.repair.unrepaired:
        assert {each.error.code for each in mended.repair.unrepaired} == {"MW-R061"}


def test_a_damaged_file_goes_to_quarantine_when_its_parts_are_built_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a builder of parts that copies what a damaged file still held."""
    with opened(root) as (_, _, parts):
        kept = {part.id: part for part in parts}
    originals = {id_: (root / ".meshwright/store" / part.files[0].path).read_bytes() for id_, part in kept.items()}
    (done,) = compacted(root).compacted
    damage(root, done.path)

    def build(work, _origin):  # type: ignore[no-untyped-def]
        with open_state_alone(open_workspace(root)) as state:
            target = state.store.new_target(DAILY, work.part.id, f"20200101T000000-abcdef-1-{work.number}")
            path = Path(f"{target}-0.parquet")
            path.write_bytes(originals[work.part.id])
            (file,) = state.store.seal([(str(path), work.part.rows)])
        from dataclasses import replace

        return replace(work.part, files=(file,))

    monkeypatch.setattr(repairing, "_origin_of", lambda *_: None)
    monkeypatch.setattr(repairing, "rebuild_part", build)
    mended = repair(open_workspace(root))
    assert mended.repair is not None
    assert len(mended.repair.repaired) == FULL
    assert [path for path, _ in mended.repair.quarantined].count(str(done.path)) == 1
    assert mended.problems == ()
    with opened(root) as (_, version, now):
        assert not any(part.is_shared for part in now)
    assert digest(root) == version.content_digest


def test_damaged_parts_are_not_written_together(root: Path) -> None:
    with opened(root) as (_, _, parts):
        damage(root, parts[4].files[0].path)
    report = compacted(root)
    assert [finding.code for finding in report.failed] == ["MW-S405"]
    assert report.compacted == ()
    with opened(root) as (_, _, now):
        assert now == parts


def test_a_part_that_changed_meanwhile_stops_its_group(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = compaction._written

    def then_another(*given):  # type: ignore[no-untyped-def]
        file = written(*given)
        monkeypatch.setattr(compaction, "_written", written)
        assert len(compacted(root).compacted) == 1
        return file

    monkeypatch.setattr(compaction, "_written", then_another)
    report = compacted(root)
    assert (report.compacted, report.overtaken) == ((), 1)
    with opened(root) as (_, version, _):
        pass
    assert digest(root) == version.content_digest
    found = verify(open_workspace(root))
    assert found.problems == ()
    assert len(found.orphans) == FULL, "the file that nobody lists was not removed"


def test_cut_off_before_the_rows_change_it_changed_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(DatabaseWriter, "share_file", die)
        with pytest.raises(Killed):
            compacted(root)
    with opened(root) as (_, version, parts):
        assert len(of_files(parts)) == DAYS
    assert verify(open_workspace(root)).problems == ()
    assert len(compacted(root).compacted) == 1
    assert digest(root) == version.content_digest


def test_cut_off_before_readers_are_told_the_same_command_tells_them(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(root)
    with monkeypatch.context() as patched:
        patched.setattr(compaction, "_readers", lambda _: ())
        compacted(root)
    assert rows(root) == before
    report = compacted(root)
    assert (report.compacted, report.readers) == ((), ("prod",))
    assert rows(root) == before


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    assert main(["compact", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "meshwright/compact/1"
    assert [(each["first"], each["last"], each["path"]) for each in told["compacted"]] == [
        ("2019-07-01", "2019-08-08", None)
    ]
    with opened(root) as (_, _, parts):
        assert len(of_files(parts)) == DAYS
    assert compacted(root, "sales.flights.raw").compacted == ()

"""Files that parts list: `verify` finds what is wrong with them, a repair puts them in place, a move looks at what differs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from meshwright.app import repair as repairing
from meshwright.app.apply import RunOptions, apply
from meshwright.app.collection import CollectionOptions, collect
from meshwright.app.environments import open_state_alone
from meshwright.app.explain import explain
from meshwright.app.parts import manifest_lines
from meshwright.app.rebuild import Origin
from meshwright.app.rebuild_part import PartRebuild
from meshwright.app.repair import repair
from meshwright.app.reports import VerifyReport
from meshwright.app.rollback import require_files
from meshwright.app.runs import show_run
from meshwright.app.show import show
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import Diagnostic, RefusedError, WorldError
from meshwright.faces.cli.main import main
from meshwright.model import Calendar, Column, Grain, Manifest, Part, StoredFile, Version, VersionClass
from meshwright.model.environments import Retention
from meshwright.model.parts import added, make_page, page_number
from meshwright.state.manifests import entries_of, parts_of
from meshwright.state.records import Definition, Environment, ObjectKind, Publication, RunState
from meshwright.store.local import LocalStore
from tests.garbage_model import NUMBERS, GarbageModel
from tests.meshes import write_mesh

DAILY = "sales.orders.daily"
DAYS = Calendar(grain=Grain.DAY)
FIRST = 739_000
COLUMNS = (Column(name="day", type="DATE"), Column(name="n", type="BIGINT"))
STORE = ".meshwright/store"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    return workspace


def written(store: LocalStore, part: str, number: int, attempt: str, rows: int = 2) -> tuple[StoredFile, ...]:
    """A real file of a part."""
    path = f"{store.new_target(DAILY, part, attempt)}-0.parquet"
    duckdb.sql(f"copy (select date '2024-04-24' as day, {number} + i as n from range({rows}) r(i)) to '{path}'")
    return store.seal([(path, rows)])


def commit(shop: Workspace, count: int = 3) -> tuple[Version, tuple[Part, ...]]:
    """A version of so many parts, the second of which was made from the first; the run that made it is the shop's."""
    with open_state_alone(shop, create=True) as opened:
        writer, reader = opened.state.writer, opened.state.reader
        [run] = reader.runs(1)
        writer.remember_definitions([Definition(fingerprint="f" * 32, text="select 1", dialect="duckdb", parser="1")])
        orders = reader.versions_of("sales.orders.orders")[0]
        ids = [f"{number:032x}" for number in range(count)]
        parts = tuple(
            Part(
                id=id_,
                dataset=DAILY,
                start=DAYS.start(FIRST + number),
                end=DAYS.start(FIRST + number + 1),
                columns=COLUMNS,
                files=written(opened.store, id_, number, f"{run.id}-1"),
                rows=2,
                sums=(2**63 + number, number),
                fingerprint="f" * 32,
                inputs={"sales.orders.orders": (orders.id,)} | ({DAILY: (ids[0],)} if number == 1 else {}),
                run_id=run.id,
            )
            for number, id_ in enumerate(ids)
        )
        entries: dict[int, list[tuple[int, str]]] = {}
        for number, part in enumerate(parts, FIRST):
            entries.setdefault(page_number(number), []).append((number, part.id))
        pages = {page: make_page(DAILY, tuple(listed)) for page, listed in entries.items()}
        manifest = Manifest(
            version_class=VersionClass.AS_OF,
            by="day",
            calendar=DAYS,
            pages=tuple((number, page.id) for number, page in pages.items()),
            first=FIRST,
            last=FIRST + count - 1,
            count=count,
            sums=added(*(part.sums for part in parts)),
            size_bytes=sum(part.size_bytes for part in parts),
            earlier={"e" * 32: 1},
        )
        version = Version(
            id="a" * 32,
            dataset=DAILY,
            columns=COLUMNS,
            files=(),
            rows=2 * count,
            content_digest="d" * 32,
            fingerprint="f" * 32,
            node_kind="sql",
            is_opaque=False,
            run_id=run.id,
            created_at=run.started_at,
            manifest=manifest,
        )
        writer.commit_parts(parts)
        assert writer.commit_manifest(version, tuple(pages.values())) == version
    return version, parts


def file_of(shop: Workspace, part: Part) -> Path:
    return shop.root / STORE / part.files[0].path


def execute(shop: Workspace, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(shop.root / ".meshwright/state.db")) as connection, connection:
        connection.execute(statement, values)


def told(report: VerifyReport) -> list[tuple[str, str | None, str | None]]:
    return [(each.kind, each.version, each.part) for each in report.problems if each.kind != "outdated"]


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(bytes(data))


# What verify finds


@pytest.mark.parametrize(("harm", "kind"), [(Path.unlink, "missing"), (flip, "damaged")])
def test_a_file_of_a_part_is_found_to_be_harmed(
    shop: Workspace, harm: Callable[[Path], object], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    version, parts = commit(shop)
    whole = verify(shop)
    assert (whole.ok, whole.versions, whole.parts, whole.files, whole.orphans) == (True, 5, 3, 7, ())
    with open_state_alone(shop, create=True) as opened:
        opened.state.writer.create_sandbox(Environment(name="box", base="prod"))
        moves = {DAILY: (ObjectKind.DATASET, version.id)}
        shown = Publication(environment="box", base="prod", by="a", reason="", expected={}, moves=moves)
        opened.state.writer.publish(shown, opened.state.reader.runs(1)[0].started_at)
    harm(file_of(shop, parts[1]))
    found = verify(shop)
    assert told(found) == [(kind, None, parts[1].id)]
    [problem] = [each for each in found.problems if each.part]
    assert (problem.dataset, problem.environments) == (DAILY, ("box",))
    assert main(["-C", str(shop.root), "verify"]) == 1
    assert f"({DAILY}, part {parts[1].id})" in capsys.readouterr().out


def test_wrong_rows_of_a_part_are_found(shop: Workspace) -> None:
    version, parts = commit(shop)
    execute(shop, "update parts set rows = 3 where id = ?", parts[0].id)
    assert told(verify(shop)) == [("miscounted", None, parts[0].id), ("miscounted", version.id, None)]
    assert told(verify(shop, deep=False)) == [("miscounted", version.id, None)]
    execute(shop, "update parts set rows = 2, files = replace(files, ',2]', ',5]') where id = ?", parts[0].id)
    assert told(verify(shop)) == [("miscounted", None, parts[0].id)] * 2


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update versions set rows = 7 where manifest is not null", "its parts are 3 with 6 rows, 3 with 7 rows"),
        ("update versions set manifest = replace(manifest, '\"count\":3', '\"count\":4')", "its parts are 3 with"),
        (f"update versions set manifest = replace(manifest, '\"first\":{FIRST}', '\"first\":1')", "are those of"),
        ("update parts set sum_b = 9 where id like '%2'", "hashes"),
        ("update parts set sum_a = 9 where id like '%2'", "hashes"),
    ],
)
def test_a_manifest_that_does_not_add_up_is_found(shop: Workspace, statement: str, words: str) -> None:
    version, _ = commit(shop)
    execute(shop, statement)
    report = verify(shop, deep=False)
    assert told(report) == [("miscounted", version.id, None)]
    assert words in report.problems[0].detail


@pytest.mark.parametrize(
    ("statement", "words"),
    [("delete from pages", "1 of its 1 pages"), ("delete from parts where id like '%2'", "1 of its 3 parts")],
)
def test_a_page_or_a_part_that_is_listed_and_not_there_is_found(shop: Workspace, statement: str, words: str) -> None:
    version, _ = commit(shop)
    execute(shop, statement)
    report = verify(shop, deep=False)
    assert told(report) == [("unrecorded", version.id, None)]
    assert words in report.problems[0].detail
    with open_state_alone(shop) as opened:
        reader = opened.state.reader
        with pytest.raises(WorldError, match="is not recorded"):
            parts_of(reader, reader.versions([version.id]).values())


def test_files_of_parts_are_no_waste(shop: Workspace) -> None:
    _, parts = commit(shop)
    execute(shop, "delete from parts where id = ?", parts[2].id)
    assert [orphan.path for orphan in verify(shop).orphans] == [parts[2].files[0].path]


def test_a_collection_leaves_files_that_parts_list(shop: Workspace) -> None:
    version, parts = commit(shop)
    waste = file_of(shop, parts[0]).with_name(f"{version.run_id}-9-0.parquet")
    waste.write_bytes(b"cut off")
    report = collect(shop, CollectionOptions(grace_s=0))
    assert ([each.path.rpartition("/")[2] for each in report.orphans], report.deleted) == ([waste.name], ())
    assert all(file_of(shop, part).exists() for part in parts)
    assert verify(shop).ok


# Repair


@pytest.fixture
def builds() -> list[PartRebuild]:
    return []


BuildPart = Callable[[PartRebuild, Origin], Part]
Repair = Callable[[BuildPart], VerifyReport]


@pytest.fixture
def repaired(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> Repair:
    """Repair, where the parts come of no run: what builds one again is stood in for. See `test_incremental_repair`."""

    def with_build(build: BuildPart) -> VerifyReport:
        monkeypatch.setattr(repairing, "_origin_of", lambda *_: None)
        monkeypatch.setattr(repairing, "rebuild_part", build)
        return repair(shop)

    return with_build


def builder(shop: Workspace, builds: list[PartRebuild], **changes: object) -> BuildPart:
    """A build that writes what was there, or something else."""

    def build(work: PartRebuild, _origin: Origin) -> Part:
        builds.append(work)
        store = LocalStore(shop.root / STORE)
        files = written(store, work.part.id, int(work.part.id, 16), f"20300101T000000-aaaaaa-9-{work.number}")
        return replace(work.part, files=files, **changes)  # type: ignore[arg-type]

    return build


def test_parts_are_built_again_after_what_they_are_made_from_and_put_in_place(
    shop: Workspace, repaired: Repair, builds: list[PartRebuild], capsys: pytest.CaptureFixture[str]
) -> None:
    version, parts = commit(shop)
    flip(file_of(shop, parts[0]))
    file_of(shop, parts[1]).unlink()
    report = repaired(builder(shop, builds))
    assert report.ok, report.problems
    assert [work.part.id for work in builds] == [parts[0].id, parts[1].id]
    made = builds[1]
    assert made.definition.text == "select 1"
    assert made.inputs[DAILY] == (replace(parts[0], files=made.inputs[DAILY][0].files),)  # type: ignore[index]
    assert isinstance(made.inputs["sales.orders.orders"], Version)
    assert report.repair is not None
    assert [(done.version, done.is_part, done.rows) for done in report.repair.repaired] == [
        (parts[0].id, True, 2),
        (parts[1].id, True, 2),
    ]
    assert [path for path, _ in report.repair.quarantined] == [parts[0].files[0].path]
    with open_state_alone(shop) as opened:
        there = parts_of(opened.state.reader, [version])[version.id]
        run = opened.state.reader.runs(1)[0].id
    assert [replace(part, files=()) for part in there] == [replace(part, files=()) for part in parts]
    assert [part.files[0].path.endswith("aaaaaa-9-1-0.parquet") for part in there] == [True, False, False]
    assert any(f"part {parts[0].id} again" in line.text for line in show_run(shop, run).logs)


@pytest.mark.parametrize("changes", [{"rows": 3}, {"sums": (1, 1)}, {"columns": COLUMNS[:1]}, {"id": "b" * 32}])
def test_other_rows_are_refused_and_their_files_go(
    shop: Workspace, repaired: Repair, builds: list[PartRebuild], changes: dict[str, object]
) -> None:
    _, parts = commit(shop)
    file_of(shop, parts[2]).unlink()
    report = repaired(builder(shop, builds, **changes))
    assert report.repair is not None
    [failed] = report.repair.unrepaired
    assert (failed.version, failed.is_part, failed.error.code) == (parts[2].id, True, "MW-R063")
    assert told(report) == [("missing", None, parts[2].id)]
    assert report.orphans == ()


def test_a_part_whose_input_cannot_be_repaired_waits_for_it(
    shop: Workspace, repaired: Repair, builds: list[PartRebuild]
) -> None:
    _, parts = commit(shop)
    for part in parts[:2]:
        file_of(shop, part).unlink()
    good = builder(shop, builds)

    def build(work: PartRebuild, origin: Origin) -> Part:
        if work.part.id == parts[0].id:
            raise RefusedError(Diagnostic(code="MW-R062", message="changed", fix="put it back"))
        return good(work, origin)

    report = repaired(build)
    assert report.repair is not None
    assert [(each.version, each.error.code) for each in report.repair.unrepaired] == [
        (parts[0].id, "MW-R062"),
        (parts[1].id, "MW-R064"),
    ]
    assert f"made from part {parts[0].id}" in report.repair.unrepaired[1].error.message
    assert builds == []


@pytest.mark.parametrize("lost", ['update parts set inputs = \'{"d.p.x":["gone"]}\''])
def test_a_part_that_is_not_recorded_with_what_it_was_made_from_is_refused(
    shop: Workspace, repaired: Repair, builds: list[PartRebuild], lost: str
) -> None:
    _, parts = commit(shop)
    file_of(shop, parts[2]).unlink()
    execute(shop, lost)
    report = repaired(builder(shop, builds))
    assert report.repair is not None
    assert [each.error.code for each in report.repair.unrepaired] == ["MW-R061"]
    assert builds == []


# Moves of pointers


@pytest.fixture
def model(tmp_path: Path) -> Iterator[GarbageModel]:
    (tmp_path / "mesh.yaml").write_text("meshwright: 1\nname: shop\ndomains: [domains/*]\n")
    with open_state_alone(open_workspace(tmp_path), create=True) as opened:
        yield GarbageModel(opened, Retention())


def test_a_move_looks_at_the_files_of_pages_that_differ_from_what_stands(
    model: GarbageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model.build_manifest("d.p.a", None, {}, None) is None
    [old] = model.versions
    assert model.build_manifest("d.p.a", old, {NUMBERS[0]: None}, None) is None
    new = list(model.versions)[-1]
    opened, reader = model.opened, model.opened.state.reader
    entries = dict(entries_of(reader, reader.versions([old]).values())[old])
    parts = reader.parts(entries.values())
    looked: list[str] = []

    problem = LocalStore.problem

    def looking(store: LocalStore, file: StoredFile, *, deep: bool) -> str | None:
        looked.append(file.path)
        return problem(store, file, deep=deep)

    monkeypatch.setattr(LocalStore, "problem", looking)
    require_files(opened, {"d.p.a": old}, {"d.p.a": new})
    assert len(looked) == 3, "of six parts those on the one page that differs"
    require_files(opened, {"d.p.a": old}, {"d.p.a": old})
    assert len(looked) == 3
    require_files(opened, {"d.p.a": old, "d.p.b": None}, {})
    assert len(looked) == 9
    Path(opened.store.absolute(parts[entries[NUMBERS[0]]].files[0])).unlink()
    with pytest.raises(WorldError) as lost:
        require_files(opened, {"d.p.a": old}, {"d.p.a": new})
    assert lost.value.first.code == "MW-R017"


# What is told


def test_a_version_of_parts_is_told_in_words_and_counted_in_documents(
    shop: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    version, _ = commit(shop)
    lines = (
        "3 parts by day, each a day UTC: 2024-04-24 to 2024-04-26",
        "as of: what each part gave when it was built",
        f"1 of an earlier definition, {'e' * 32}",
    )
    assert manifest_lines(version.manifest) == lines  # type: ignore[arg-type]
    assert set(lines) <= set(explain(shop, version.id).lines)
    card = show(shop, version.id)
    assert (card.parts, card.files) == (lines, ())  # type: ignore[union-attr]
    assert main(["-C", str(shop.root), "show", version.id]) == 0
    shown = capsys.readouterr().out
    assert "in 3 parts" in shown
    assert all(line in shown for line in lines)


def test_gaps_and_appended_parts_have_words_of_their_own() -> None:
    manifest = Manifest(version_class=VersionClass.PURE, by="day", calendar=DAYS, first=FIRST, last=FIRST + 9, count=4)
    assert "in between 6 are missing" in manifest_lines(manifest)
    appended = Manifest(version_class=VersionClass.STATEFUL, first=0, last=0, count=1)
    assert manifest_lines(appended)[0] == "1 part in order of arrival"
    assert manifest_lines(replace(appended, first=None, last=None, count=0))[0] == "0 parts in order of arrival"

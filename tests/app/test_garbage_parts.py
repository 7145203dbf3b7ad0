"""Collections and versions that share parts: who comes between loses nothing, and what is told counts each part once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshwright.app import collection
from meshwright.app.collection import CollectionOptions, collect, collect_at
from meshwright.app.environments import open_state_alone
from meshwright.app.keepers import explain_kept
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.diagnostics import InputError
from meshwright.faces.cli.main import main
from meshwright.model.environments import Retention
from meshwright.plan.retention import Keeper
from meshwright.state.manifests import parts_of
from tests.garbage_model import NUMBERS, GarbageModel

DATASET = "d.p.a"
NOTHING = Retention(generations_s=0, candidates_s=0, grace_s=0)
NOW_OR_NEVER = "retention: {generations: 0s, candidates: 0s, grace: 0s}\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "mesh.yaml").write_text(f"meshwright: 1\nname: shop\ndomains: [domains/*]\n{NOW_OR_NEVER}")
    return open_workspace(tmp_path)


@pytest.fixture
def model(workspace: Workspace) -> Iterator[GarbageModel]:
    with open_state_alone(workspace, create=True) as opened:
        made = GarbageModel(opened, NOTHING)
        made.now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)  # long before the clock by which the verb goes
        yield made


def build(model: GarbageModel, base: str | None = None, *changed: int) -> str:
    """Make a version of parts, those of `base` but for the changed numbers."""
    assert model.build_manifest(DATASET, base, dict.fromkeys(changed), None) is None
    return list(model.versions)[-1]


def parts(model: GarbageModel, version: str) -> list[str]:
    """The parts that a version has now; raises where one is not there."""
    found = model.opened.state.reader.versions([version])
    return [part.id for part in parts_of(model.opened.state.reader, found.values())[version]]


def stored(model: GarbageModel) -> set[str]:
    return {file.path for file in model.opened.store.listing()}


def between(monkeypatch: pytest.MonkeyPatch, point: str, act: Callable[[], object]) -> None:
    """Act once when a collection comes by a crash point, or has just looked at everything (``looked``)."""
    waiting = [act]

    def then(*_: object) -> None:
        if waiting:
            waiting.pop()()

    if point == "looked":
        judged = collection.deletable

        def looked(*given: object) -> object:
            found = judged(*given)  # type: ignore[arg-type]
            then()
            return found

        monkeypatch.setattr(collection, "deletable", looked)
        return
    monkeypatch.setattr(collection, "reached", lambda at: then() if at == CrashPoint(point) else None)


POINTS = ["gc.marked", "looked", "gc.deleted", "gc.unlisted"]


@pytest.mark.parametrize("point", POINTS)
def test_a_version_made_meanwhile_over_parts_that_are_about_to_go_keeps_them_or_is_not_made(
    model: GarbageModel, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """It shares two pages of three with a version that is being deleted, and gives only the third, as a run does."""
    old = build(model)
    before = dict(model.versions[old].parts)
    made: list[str] = []

    def meanwhile() -> None:
        problem = model.build_manifest(DATASET, old, {NUMBERS[-1]: None}, None)
        made.extend([list(model.versions)[-1]] if problem is None else [])

    between(monkeypatch, point, meanwhile)
    collect_at(model.opened, NOTHING, model.now)
    if point == "gc.unlisted":  # the pages are gone: the run hears of it, and builds again what is missing
        assert made == []
        assert model.opened.state.reader.versions([old]) == {}
        return
    if point != "gc.marked":  # seen by the second look, it is needless as well
        assert parts(model, made[0]) == [*list(before.values())[:-1], model.versions[made[0]].parts[NUMBERS[-1]]]
        assert {file.path for part in model.opened.state.reader.all_parts() for file in part.files} == stored(model)


@pytest.mark.parametrize("point", POINTS)
def test_a_version_that_is_taken_up_meanwhile_keeps_its_parts(
    model: GarbageModel, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    old = build(model)
    run = model.start_run("prod")
    gone: list[frozenset[str]] = []
    lease = model.runs[run].lease
    between(monkeypatch, point, lambda: gone.append(model.opened.state.writer.hold_versions(lease, {old})))
    collect_at(model.opened, NOTHING, model.now)
    if point in {"gc.marked", "looked"}:
        assert gone == [frozenset()]
        assert parts(model, old) == list(model.versions[old].parts.values())
    else:
        assert gone == [{old}]
        assert list(model.opened.state.reader.all_parts()) == []
        assert stored(model) == set()


@pytest.mark.parametrize("point", POINTS)
def test_a_collection_that_is_cut_off_is_finished_by_the_next(
    model: GarbageModel, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    build(model, build(model), NUMBERS[0])

    def die() -> None:
        raise KeyboardInterrupt

    between(monkeypatch, point, die)
    with pytest.raises(KeyboardInterrupt):
        collect_at(model.opened, NOTHING, model.now)
    monkeypatch.undo()
    collect_at(model.opened, NOTHING, model.now)
    assert list(model.opened.state.reader.all_parts()) == []
    assert model.opened.state.collector.inventory(model.now, lambda _: False).pages == {}
    assert stored(model) == set()


def test_shared_parts_are_counted_once_and_what_only_the_old_version_had_goes(
    model: GarbageModel, workspace: Workspace
) -> None:
    old = build(model)
    new = build(model, old, NUMBERS[0])
    model.publish("prod", {DATASET: old})
    model.publish("qa", {DATASET: new})
    kept = collect(workspace, CollectionOptions(is_dry_run=True)).kept
    assert [(each.environment, each.versions, each.parts, each.bytes) for each in kept] == [
        ("prod", 1, 6, 24),
        ("qa", 1, 1, 4),
    ]
    model.publish("prod", {DATASET: new})
    foreseen = collect(workspace, CollectionOptions(is_dry_run=True))
    assert [(each.is_part, each.bytes) for each in foreseen.deleted] == [(False, 0), (True, 4)]
    assert foreseen.bytes_deleted == 4
    done = collect(workspace, CollectionOptions())
    assert (done.deleted[0].version, done.deleted[1].version) == (old, model.versions[old].parts[NUMBERS[0]])
    assert done.kept == foreseen.kept
    assert len(stored(model)) == 6


def test_an_explanation_of_a_part_says_which_versions_list_it_and_why_these_are_kept(
    model: GarbageModel, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    old = build(model)
    new = build(model, old, NUMBERS[0])
    model.publish("prod", {DATASET: new})
    shared, replaced = model.versions[old].parts[NUMBERS[1]], model.versions[old].parts[NUMBERS[0]]
    [found] = explain_kept(workspace, shared)
    assert (found.is_part, found.bytes, found.dataset) == (True, 4, DATASET)
    assert [kept.words for kept in found.kept] == [
        f"version {new} of {DATASET} lists it, which is kept: pointer prod {DATASET} since generation 1"
    ]
    assert explain_kept(workspace, replaced)[0].kept == ()
    assert [(each.version, each.bytes) for each in explain_kept(workspace, DATASET)] == [(old, 24), (new, 24)]
    assert main(["-C", str(workspace.root), "gc", "--explain", shared]) == 0
    assert f"{shared}, a part of {DATASET}, 4 B" in capsys.readouterr().out
    with pytest.raises(InputError):
        explain_kept(workspace, "f" * 32)


def test_parts_of_a_run_that_goes_on_and_young_ones_stay_without_a_version(model: GarbageModel) -> None:
    run = model.start_run("prod", 3600)
    [own] = model.build_parts(DATASET, (), 1, run)
    [other] = model.build_parts(DATASET, (), 1, None)
    model.build_parts(DATASET, [other], 0, run)
    [young] = model.build_parts(DATASET, (), 1, None)
    retention = Retention(generations_s=0, candidates_s=0, grace_s=60)
    collect_at(model.opened, retention, model.now)
    assert set(model.opened.state.reader.parts([own, other, young])) == {own, other, young}
    report = collect_at(model.opened, NOTHING, model.now)
    assert [each.version for each in report.deleted] == [young]
    assert [(each.by, each.parts) for each in report.kept] == [(Keeper.RUN, 2)]

"""Sandboxes that are provisioned: all of it is done, or none; what is done is undone, wherever somebody is killed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.collection import CollectionOptions, collect
from meshwright.app.component_locking import lock_components
from meshwright.app.provision_cards import ProvisionedWith, provisioned_with
from meshwright.app.runs import list_runs, run_log
from meshwright.app.sandboxes import SandboxWish, create_sandbox, delete_sandbox, list_environments
from meshwright.app.standing import show_environment
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError, MeshwrightError, RefusedError, WorldError
from meshwright.state.records import RunState
from tests.app.provisioned_mesh import (
    COMPONENT,
    MESH,
    SCRATCH,
    did,
    make,
    places,
    provisioned_mesh,
    write_component,
)
from tests.meshes import write_file
from tests.tools.web import running_web

DONE = ["folder", "first", "second"]
UNDONE = ["undo second", "undo first", "undo folder"]


def codes(error: pytest.ExceptionInfo[MeshwrightError]) -> list[str]:
    return [found.code for found in error.value.diagnostics]


def standing(workspace: Workspace) -> dict[str, str | None]:
    return {
        found.environment.name: found.state.value if found.state else None for found in list_environments(workspace)
    }


def shown(workspace: Workspace, name: str = "ana") -> ProvisionedWith:
    (found,) = provisioned_with(show_environment(workspace, name).provisioning)
    return found


def states(workspace: Workspace) -> dict[str, str]:
    return {node.name: node.state for node in shown(workspace).nodes}


def test_a_sandbox_is_provisioned_when_it_is_made_and_undone_in_reverse_when_it_goes(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    made = make(workspace)
    assert made.environment.is_sandbox
    assert (did(workspace), places(workspace)) == (DONE, ["ana", "ana/first", "ana/second"])
    assert (tmp_path / "places/ana/first").read_text() == "prod\n"
    gone = delete_sandbox(workspace, "ana")
    assert (did(workspace), places(workspace), gone.notes) == (DONE + UNDONE, [], ())
    assert standing(workspace) == {"prod": None}
    assert list(tmp_path.glob(".meshwright/jobs/*")) == list(tmp_path.glob(".meshwright/provisions/*")) == []


def test_parameters_come_from_the_mesh_from_the_command_and_from_defaults(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    made = make(workspace, pieces="3")
    written = (tmp_path / "places/ana/second").read_text().split()
    assert written == [made.environment.created_by, "blue", "3", "small"]
    assert shown(workspace).params == {
        "owner": made.environment.created_by,
        "team": "blue",
        "pieces": 3,
        "size": "small",
    }


def test_a_parameter_of_the_mesh_has_the_value_that_it_has_in_the_base(tmp_path: Path) -> None:
    mesh = MESH + "    environments: {qa: {params: {team: green}}}\n"
    workspace = provisioned_mesh(tmp_path, mesh=mesh)
    create_sandbox(workspace, SandboxWish(name="ana", base="qa", params={"scratch.size": "small"}))
    assert shown(workspace).params["team"] == "green"
    assert (tmp_path / "places/ana/first").read_text() == "qa\n"


def test_what_it_is_provisioned_with_is_shown(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    make(workspace)
    found = shown(workspace)
    assert (found.name, found.component) == ("scratch", "scratch@1.0.0")
    assert [(node.name, node.state, dict(node.values)) for node in found.nodes] == [
        ("folder", "done", {"path": f"{tmp_path}/places/ana"}),
        ("first", "done", {}),
        ("second", "done", {}),
    ]
    assert standing(workspace) == {"prod": None, "ana": "made"}
    (run,) = list_runs(workspace)
    assert (run.state, run.environment, run.id) == (RunState.SUCCEEDED, "ana", found.nodes[0].run_id)


def test_only_what_has_no_value_is_asked_for_until_it_fits(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    asked: list[tuple[str, str, str | None]] = []
    answers = iter(["huge", "small"])

    def ask(parameter: object, problem: str | None) -> str:
        asked.append((parameter.name, parameter.words, problem))  # type: ignore[attr-defined]
        return next(answers)

    create_sandbox(workspace, SandboxWish(name="ana"), ask)
    words = "string, one of small, large. How large it is."
    assert asked == [("size", words, None), ("size", words, "'huge' is none of the values that it may have")]


@pytest.mark.parametrize(
    ("params", "found", "place"),
    [
        ({}, "'size' of scratch 1.0.0 is not given: string, one of small, large. How large it is.", f"{COMPONENT}:6:3"),
        ({"size": "huge"}, "'huge' is none of the values", f"{COMPONENT}:6:3"),
        ({"size": "small", "pieces": "few"}, "'few' is not of type integer", f"{COMPONENT}:7:3"),
        ({"size": "small", "piecs": "2"}, "sandboxes have no parameter 'piecs'", None),
        ({"size": "small", "owner": "ben"}, "parameter 'owner' is set by mesh.yaml", None),
        ({"size": "small", "other.pieces": "2"}, "sandboxes have no parameter 'other.pieces'", None),
    ],
)
def test_a_wrong_parameter_is_named_and_nothing_is_done(
    tmp_path: Path, params: dict[str, str], found: str, place: str | None
) -> None:
    workspace = provisioned_mesh(tmp_path)
    with pytest.raises(InputError) as error:
        create_sandbox(workspace, SandboxWish(name="ana", params=params))
    assert codes(error) == ["MW-K083"]
    assert found in error.value.first.message
    assert error.value.first.fix
    assert place is None or str(error.value.first.span) == place
    assert (did(workspace), standing(workspace), list_runs(workspace)) == ([], {"prod": None}, ())


def test_a_parameter_is_refused_where_sandboxes_are_provisioned_with_nothing(tmp_path: Path) -> None:
    write_file(tmp_path, "mesh.yaml", "meshwright: 1\nname: try\n")
    with pytest.raises(InputError) as error:
        make(provisioned_mesh(tmp_path, mesh="meshwright: 1\nname: try\n"))
    assert codes(error) == ["MW-K083"]


def test_a_reference_to_a_secret_is_no_value(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path, SCRATCH.replace("enum: [small, large], ", ""))
    with pytest.raises(InputError) as error:
        make(workspace, size="${env:HOME}")
    assert "a secret is no parameter" in error.value.first.message


def test_where_a_node_fails_what_was_done_is_undone_and_there_is_no_sandbox(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    with pytest.raises(WorldError) as error:
        make(workspace, size="large")
    assert codes(error) == ["MW-K084"]
    assert "too large" in error.value.first.message
    assert "what had been done was undone" in error.value.first.message
    assert (did(workspace), places(workspace)) == (DONE + UNDONE, [])
    assert standing(workspace) == {"prod": None}
    (run,) = list_runs(workspace)
    assert run.state is RunState.FAILED
    assert any("too large" in line.text for line in run_log(workspace, run.id).lines)
    make(workspace)
    assert standing(workspace) == {"prod": None, "ana": "made"}


def test_a_node_that_failed_and_whose_undo_needs_its_value_is_told(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    (tmp_path / "places/ana").mkdir()
    with pytest.raises(WorldError) as error:
        make(workspace)
    assert "what 'scratch.folder' did stays: its undo needs a value" in error.value.first.message
    assert (did(workspace), standing(workspace)) == (["folder"], {"prod": None})


def test_an_undo_that_fails_keeps_the_sandbox_and_is_tried_again(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    make(workspace)
    write_file(tmp_path, "places/ana/of_ana", "mine")
    with pytest.raises(WorldError) as error:
        delete_sandbox(workspace, "ana")
    assert codes(error) == ["MW-K085"]
    assert "--leave scratch.folder" in str(error.value.first.fix)
    assert standing(workspace) == {"prod": None, "ana": "leaving"}
    assert states(workspace) == {"folder": "undoing", "first": "undone", "second": "undone"}
    for refused in (lambda: apply(workspace, RunOptions(environment="ana")), lambda: make(workspace)):
        with pytest.raises(RefusedError) as refusal:
            refused()
        assert codes(refusal) == ["MW-K086"]
    (tmp_path / "places/ana/of_ana").unlink()
    delete_sandbox(workspace, "ana")
    assert (did(workspace), places(workspace)) == ([*DONE, *UNDONE, "undo folder"], [])
    assert standing(workspace) == {"prod": None}


def test_what_is_undone_by_hand_is_left(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    make(workspace)
    write_file(tmp_path, "places/ana/of_ana", "mine")
    with pytest.raises(WorldError):
        delete_sandbox(workspace, "ana")
    with pytest.raises(InputError) as error:
        delete_sandbox(workspace, "ana", ["scratch.foldr"])
    assert "did you mean 'scratch.folder'" in str(error.value.first.fix)
    gone = delete_sandbox(workspace, "ana", ["scratch.folder"])
    assert gone.notes == ("what 'scratch.folder' did stays: it is left as you asked",)
    assert (places(workspace), standing(workspace)) == (["ana", "ana/of_ana"], {"prod": None})


def test_where_the_undo_of_a_failure_fails_too_both_are_told(tmp_path: Path) -> None:
    workspace = provisioned_mesh(
        tmp_path, SCRATCH.replace("rmdir ${node:folder.value.path}", "test ! -d ${node:folder.value.path}")
    )
    with pytest.raises(WorldError) as error:
        make(workspace, size="large")
    assert codes(error) == ["MW-K084", "MW-K085"]
    assert standing(workspace) == {"prod": None, "ana": "leaving"}


def test_the_undo_is_what_the_component_said_when_it_was_done(tmp_path: Path) -> None:
    component = SCRATCH.replace('shell: "echo undo first', 'shell: "sh undo_first.sh; echo undo first')
    workspace = provisioned_mesh(tmp_path, component)
    write_file(tmp_path, "components/scratch/undo_first.sh", f"echo as it was >> {tmp_path}/did\n")
    make(workspace)
    write_file(tmp_path, "components/scratch/undo_first.sh", f"echo as it is now >> {tmp_path}/did\n")
    write_component(tmp_path, SCRATCH.replace("1.0.0", "1.1.0").replace("undo second", "another undo"))
    write_file(tmp_path, "mesh.yaml", "meshwright: 1\nname: try\n")
    delete_sandbox(workspace, "ana")
    assert did(workspace) == [*DONE, "undo second", "as it was", "undo first", "undo folder"]


def test_the_locked_version_runs(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    lock_components(workspace)
    assert "provision.scratch: scratch@1.0.0" in (tmp_path / "components.lock").read_text()
    newer = SCRATCH.replace("1.0.0", "1.1.0").replace("echo second", "echo newer")
    write_component(tmp_path, newer)
    lock_components(workspace)
    make(workspace)
    assert (shown(workspace).component, did(workspace)) == ("scratch@1.0.0", DONE)


def test_what_was_locked_runs_though_its_files_changed(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    lock_components(workspace)
    write_component(tmp_path, SCRATCH.replace("echo second", "echo newer"))
    make(workspace)
    assert did(workspace) == DONE
    (tmp_path / "components/scratch@1.0.0/component.yaml").unlink()
    with pytest.raises(InputError) as error:
        make(workspace, "ben")
    assert "MW-K005" in codes(error)
    assert did(workspace) == DONE


def test_a_node_is_tried_as_often_as_it_says(tmp_path: Path) -> None:
    component = SCRATCH.replace('shell: "echo first', 'retry: {attempts: 3, backoff: 1ms}\n        shell: "echo first')
    flaky = component.replace(
        "echo first >> ROOT/did;", "echo first >> ROOT/did; test $(grep -c ^first ROOT/did) = 3 &&"
    )
    workspace = provisioned_mesh(tmp_path, flaky)
    make(workspace)
    assert did(workspace) == ["folder", "first", "first", "first", "second"]


def test_a_node_that_takes_too_long_is_cancelled_and_undone(tmp_path: Path) -> None:
    slow = SCRATCH.replace("after: [first]", "after: [first]\n        timeout: 300ms").replace(
        "test ${param:size} = small", "sleep 60"
    )
    workspace = provisioned_mesh(tmp_path, slow)
    with pytest.raises(WorldError) as error:
        make(workspace)
    assert "took longer than 0.3 s" in error.value.first.message
    assert (did(workspace), places(workspace)) == (DONE + UNDONE, [])


def test_a_node_without_an_undo_is_left_and_told(tmp_path: Path) -> None:
    kept = SCRATCH.replace('first: {shell: "echo undo', 'first: none\n      not: {shell: "echo undo', 1)
    workspace = provisioned_mesh(tmp_path, "\n".join(line for line in kept.splitlines() if "not: {" not in line))
    make(workspace)
    (tmp_path / "places/ana/first").unlink()
    gone = delete_sandbox(workspace, "ana")
    assert gone.notes == ("what 'scratch.first' did stays: it has no undo",)
    assert did(workspace) == [*DONE, "undo second", "undo folder"]


def test_several_components_are_undone_the_last_first(tmp_path: Path) -> None:
    mesh = MESH + "        other: {component: other@1}\n"
    workspace = provisioned_mesh(tmp_path, mesh=mesh)
    other = f"""
        name: other
        version: 1.0.0
        nodes: {{only: {{shell: "echo other >> {tmp_path}/did"}}}}
        undo: {{only: "echo"}}
    """
    write_file(
        tmp_path,
        "components/other/component.yaml",
        other.replace('"echo"', f'{{shell: "echo undo other >> {tmp_path}/did"}}'),
    )
    make(workspace)
    delete_sandbox(workspace, "ana")
    assert did(workspace) == [*DONE, "other", "undo other", *UNDONE]


def test_values_of_an_interface_are_used_and_its_secret_is_kept_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = "canary-5d1f0c77-of-the-token"
    monkeypatch.setenv("API_TOKEN", canary)
    with running_web() as web:
        web.answers({"id": 7, "said": f"hello {canary}"})
        component = f"""
            name: scratch
            version: 1.0.0
            params: {{size: {{type: string}}}}
            nodes:
              place:
                http:
                  url: {web.url}/places
                  method: POST
                  headers: {{Authorization: "Bearer ${{env:API_TOKEN}}"}}
                  json: {{name: "${{sandbox:name}}"}}
                  values: {{id: $.id, said: $.said}}
            undo:
              place:
                http:
                  url: "{web.url}/places/${{node:place.value.id}}"
                  method: DELETE
                  headers: {{Authorization: "Bearer ${{env:API_TOKEN}}"}}
        """
        mesh = MESH.replace('params: {owner: "${sandbox:who}", team: "${param:team}"}', "params: {}")
        workspace = provisioned_mesh(tmp_path, component, mesh + "    http: {allow: [127.0.0.1/32]}\n")
        make(workspace)
        assert shown(workspace).nodes[0].values["id"] == 7
        delete_sandbox(workspace, "ana")
    assert [(each.method, each.path) for each in web.asked] == [("POST", "/places"), ("DELETE", "/places/7")]
    assert {each.headers["authorization"] for each in web.asked} == {f"Bearer {canary}"}
    kept = [
        path
        for path in (tmp_path / ".meshwright").rglob("*")
        if path.is_file() and canary.encode() in path.read_bytes()
    ]
    assert kept == []


def test_a_secret_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    component = SCRATCH.replace("echo second >>", "echo ${env:NOT_THERE_AT_ALL} second >>")
    workspace = provisioned_mesh(tmp_path, component)
    with pytest.raises(InputError) as error:
        make(workspace)
    assert "NOT_THERE_AT_ALL" in error.value.first.message
    assert (did(workspace), places(workspace)) == (["folder", "first", "undo first", "undo folder"], [])
    assert standing(workspace) == {"prod": None}


KILLED = """
import os, pathlib, signal, sys
from meshwright.app.sandboxes import SandboxWish, create_sandbox, delete_sandbox
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import EVENT

root, point, count, verb = sys.argv[1:]
left = int(count)

def hook(event, args):
    global left
    if event == EVENT and args[0] == point:
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
workspace = open_workspace(pathlib.Path(root))
if verb == "make":
    create_sandbox(workspace, SandboxWish(name="ana", params={"size": "small"}))
else:
    delete_sandbox(workspace, "ana")
"""


def killed(workspace: Workspace, point: str, count: int, verb: str) -> None:
    code = [sys.executable, "-c", KILLED, str(workspace.root), point, str(count), verb]
    done = subprocess.run(code, cwd=Path(__file__).parents[2], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL


MAKING = [
    ("provision.recorded", 1),
    ("provision.begun", 2),
    ("job.recorded", 2),
    ("job.started", 2),
    ("job.known", 3),
    ("job.ended", 1),
    ("provision.done", 2),
    ("provision.whole", 1),
    ("provision.shown", 1),
]
UNDOING = [
    ("sandbox.leaving", 1),
    ("provision.undo-begun", 1),
    ("job.recorded", 1),
    ("job.started", 2),
    ("job.ended", 3),
    ("provision.undo-done", 2),
    ("provision.undo-whole", 1),
]


@pytest.mark.parametrize(("point", "count"), MAKING)
def test_making_goes_on_wherever_it_was_killed_and_does_nothing_twice(tmp_path: Path, point: str, count: int) -> None:
    workspace = provisioned_mesh(tmp_path)
    killed(workspace, point, count, "make")
    if point != "provision.shown":
        assert standing(workspace) == {"prod": None, "ana": "making"}
        with pytest.raises(RefusedError) as error:
            apply(workspace, RunOptions(environment="ana"))
        assert codes(error) == ["MW-K086"]
    assert make(workspace).environment.is_sandbox
    assert did(workspace) == DONE
    assert standing(workspace) == {"prod": None, "ana": "made"}


@pytest.mark.parametrize(("point", "count"), MAKING)
def test_what_was_done_is_undone_wherever_making_was_killed(tmp_path: Path, point: str, count: int) -> None:
    workspace = provisioned_mesh(tmp_path)
    killed(workspace, point, count, "make")
    delete_sandbox(workspace, "ana")
    found = did(workspace)
    begun = [name for name in found if not name.startswith("undo ")]
    assert begun == DONE[: len(begun)]
    assert found[len(begun) :] == [f"undo {name}" for name in reversed(begun)]
    assert (places(workspace), standing(workspace)) == ([], {"prod": None})


@pytest.mark.parametrize(("point", "count"), UNDOING)
def test_giving_up_goes_on_wherever_it_was_killed(tmp_path: Path, point: str, count: int) -> None:
    workspace = provisioned_mesh(tmp_path)
    make(workspace)
    killed(workspace, point, count, "undo")
    assert standing(workspace)["ana"] in {"made", "leaving"}
    delete_sandbox(workspace, "ana")
    assert did(workspace) == DONE + UNDONE
    assert (places(workspace), standing(workspace)) == ([], {"prod": None})


def test_a_sandbox_that_was_begun_otherwise_is_not_gone_on_with(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    killed(workspace, "provision.done", 1, "make")
    for wish in (
        SandboxWish(name="ana", params={"size": "large"}),
        SandboxWish(name="ana", rows=10),
        SandboxWish(name="ana", expires="1d"),
        SandboxWish(name="ana", select=("sales",)),
    ):
        with pytest.raises(RefusedError) as error:
            create_sandbox(workspace, wish)
        assert codes(error) == ["MW-K088"]
    create_sandbox(workspace, SandboxWish(name="ana"))
    assert did(workspace) == DONE


def test_two_at_once_do_it_once(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path, SCRATCH.replace("echo folder >>", "sleep 1; echo folder >>"))
    code = [sys.executable, "-c", KILLED, str(tmp_path), "", "0", "make"]
    started = [
        subprocess.Popen(code, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    told = [process.communicate(timeout=120)[1] for process in started]
    assert sorted(process.returncode for process in started) == [0, 1, 1]
    assert all("MW-K086" in words or "MW-S101" in words for words in told if words)
    assert (did(workspace), standing(workspace)) == (DONE, {"prod": None, "ana": "made"})


def _expire(workspace: Workspace) -> None:
    with sqlite3.connect(workspace.root / ".meshwright/state.db") as connection:
        connection.execute("UPDATE environments SET touched_at = 1")
        connection.execute("UPDATE provisionings SET begun_at = 1")
    connection.close()


def test_a_sandbox_that_expired_is_undone_by_gc(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    make(workspace)
    assert collect(workspace, CollectionOptions()).expired == ()
    _expire(workspace)
    assert collect(workspace, CollectionOptions(is_dry_run=True)).expired == ("ana",)
    assert did(workspace) == DONE
    report = collect(workspace, CollectionOptions())
    assert (report.expired, report.failed) == (("ana",), ())
    assert (did(workspace), places(workspace), standing(workspace)) == (DONE + UNDONE, [], {"prod": None})


def test_what_gc_cannot_undo_it_tells_and_tries_again(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    make(workspace)
    write_file(tmp_path, "places/ana/of_ana", "mine")
    _expire(workspace)
    report = collect(workspace, CollectionOptions())
    assert (report.expired, [found.code for found in report.failed]) == ((), ["MW-K085"])
    assert standing(workspace) == {"prod": None, "ana": "leaving"}
    (tmp_path / "places/ana/of_ana").unlink()
    assert collect(workspace, CollectionOptions()).expired == ("ana",)
    assert standing(workspace) == {"prod": None}


def test_what_was_broken_off_and_forgotten_is_undone_by_gc(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    killed(workspace, "provision.done", 2, "make")
    assert collect(workspace, CollectionOptions()).expired == ()
    _expire(workspace)
    assert collect(workspace, CollectionOptions()).expired == ("ana",)
    assert (places(workspace), standing(workspace)) == ([], {"prod": None})


def test_a_run_of_a_provisioning_is_not_resumed(tmp_path: Path) -> None:
    from meshwright.app.apply import resume

    workspace = provisioned_mesh(tmp_path)
    killed(workspace, "provision.done", 1, "make")
    (run,) = list_runs(workspace)
    assert run.state is RunState.INTERRUPTED
    with pytest.raises(InputError) as error:
        resume(workspace, run.id)
    assert codes(error) == ["MW-R010"]
    assert "mw env create ana" in str(error.value.first.fix)


def test_what_is_provisioned_is_the_same_on_a_server(boxed: Workspace) -> None:
    with (boxed.root / "mesh.yaml").open("a") as mesh:
        mesh.write("sandboxes: {provision: {scratch: {component: scratch@1, params: {owner: me}}}}\n")
    write_component(boxed.root, SCRATCH)
    (boxed.root / "places").mkdir()
    make(boxed)
    assert standing(boxed) == {"prod": None, "ana": "made"}
    delete_sandbox(boxed, "ana")
    assert (did(boxed), places(boxed)) == (DONE + UNDONE, [])


def test_sandboxes_without_provisions_are_as_they_were(tmp_path: Path) -> None:
    write_file(tmp_path, "mesh.yaml", "meshwright: 1\nname: try\n")
    workspace = provisioned_mesh(tmp_path, mesh="meshwright: 1\nname: try\n")
    made = create_sandbox(workspace, SandboxWish(name="ana"))
    assert (made.provisioning, list_runs(workspace)) == (None, ())
    delete_sandbox(workspace, "ana")
    assert standing(workspace) == {"prod": None}

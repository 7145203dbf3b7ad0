"""Parameters of components that are secrets: the value reaches the call that needs it, and nothing that is kept or told.

Canary: the secret is a word that stands nowhere else; after everything that could keep it was made, all bytes are looked through.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.run_archive import export_run
from meshwright.app.runs import run_log
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError, Severity
from meshwright.faces.cli.main import main
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import mesh_of, rows, states
from tests.meshes import write_file

CANARY = "canary-4f1e77b09c"
COMPONENT = "components/sealed/component.yaml"

SEALED = """
    name: sealed
    version: 1.0.0
    inputs: {rows: {a: BIGINT}}
    params:
      salt: {type: secret, description: What is hashed with every value.}
      width: {type: integer, default: 64}
    outputs: [hashed, deep]
    nodes:
      called: {python: "code.py:called", inputs: [hashed]}
      told: {python: "code.py:told", as: none}
      sent:
        shell:
          command: |
            echo sending $TOKEN ${param:salt}
            printf '{"said": "%s"}' ${param:salt} > $MESHWRIGHT_VALUES
            env | grep -c MESHWRIGHT_PARAM_SALT || true
          variables: {TOKEN: "${param:salt}"}
        effects: external
        after: [hashed]
      deep: {component: inner@1, inputs: {rows: hashed}, params: {key: "${param:salt}"}}
    """
INNER = """
    name: inner
    version: 1.0.0
    inputs: {rows: {a: BIGINT}}
    params: {key: {type: secret}}
    outputs: [keyed]
    """
CODE = """
    def called(hashed, salt: str):
        print("python prints", salt)
        return hashed.append_column("n", [[len(salt)] * len(hashed)])

    def told(salt: str):
        return {"said": salt}
    """
USES = """
    nodes:
      raw: {source: {path: raw.csv}}
      one: {component: sealed@1, inputs: {rows: raw}, params: {salt: "${env:SEALED_SALT}"}}
    variations:
      canary: {}
    """


def sealed_mesh(root: Path, uses: str = USES, **changed: str) -> Workspace:
    write_file(root, "raw.csv", "a\n1\n2\n")
    files = {
        COMPONENT: SEALED,
        "components/sealed/models/hashed.sql": "select a, left(sha256($salt || a), $width) as h from rows",
        "components/sealed/code.py": CODE,
        "components/inner/component.yaml": INNER,
        "components/inner/models/keyed.sql": "select a, sha256($key || 'x') as k from rows",
        **changed,
    }
    for path, text in files.items():
        write_file(root, path, text)
    return mesh_of(root, uses)


def errors(workspace: Workspace) -> list[tuple[str, str, str]]:
    found = [each for each in check(workspace).diagnostics if each.severity is Severity.ERROR]
    return [(each.code, str(each.span), each.message) for each in found]


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def found_in(root: Path, word: str) -> list[str]:
    """Return every file below `root` that holds a word, members of archives among them."""
    places = []
    for path in root.rglob("*"):
        if not path.is_file():
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                places += [f"{path}!{name}" for name in archive.namelist() if word.encode() in archive.read(name)]
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as tar:
                for member in tar.getmembers():
                    held = tar.extractfile(member)
                    if held is not None and word.encode() in held.read():
                        places.append(f"{path}!{member.name}")
        elif word.encode() in path.read_bytes():
            places.append(str(path))
    return places


def test_the_value_reaches_what_needs_it_and_no_place_that_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEALED_SALT", CANARY)
    workspace = sealed_mesh(tmp_path)
    path = workspace.root / "mesh.yaml"
    path.write_text(path.read_text() + "openlineage: {file: lineage.ndjson}\n")
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED, report.steps
    assert states(report)["one__sent"] == "succeeded"
    assert rows(workspace, "select a, h from ops.flights.one order by a") == [
        {"a": 1, "h": hashed(f"{CANARY}1")},
        {"a": 2, "h": hashed(f"{CANARY}2")},
    ]
    assert rows(workspace, "select distinct k from ops.flights.one__deep") == [{"k": hashed(f"{CANARY}x")}]
    assert rows(workspace, "select distinct n from ops.flights.one__called") == [{"n": len(CANARY)}]
    lines = [line.text for line in run_log(workspace).lines]
    assert "python prints ${env:SEALED_SALT}" in lines
    assert "sending ${env:SEALED_SALT} ${env:SEALED_SALT}" in lines
    assert "0" in lines, "a job is told of a secret only where an option names it"
    varied = apply(workspace, RunOptions(variation="canary"))
    assert varied.state is RunState.SUCCEEDED

    export_run(workspace, report.run_id, tmp_path / "run.zip")
    shown = []
    capsys.readouterr()
    monkeypatch.chdir(workspace.root)
    for words in (
        ["plan", "--resolved"], ["explain", "ops.flights.one"], ["runs", "show", report.run_id, "--json"],
        ["runs", "logs", report.run_id], ["runs", "openlineage", report.run_id], ["show", "ops.flights.one", "--json"],
        ["component", "show", "sealed", "--json"], ["check", "--json"], ["show", "ops.flights.one__told", "--json"],
        ["show", "ops.flights.one__sent", "--json"], ["plan", "--variation", "canary", "--resolved", "--json"],
    ):  # fmt: skip
        assert main(words) == 0, (words, capsys.readouterr())
        shown.append(capsys.readouterr())
    printed = "".join(each.out + each.err for each in shown)
    assert "${env:SEALED_SALT}" in printed
    assert CANARY not in printed
    assert "canary-4f1e" not in printed
    assert found_in(tmp_path, CANARY) == []


def test_the_identity_of_a_version_is_that_of_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALED_SALT", CANARY)
    workspace = sealed_mesh(tmp_path)
    apply(workspace, RunOptions())
    before = rows(workspace, "select h from ops.flights.one")
    monkeypatch.setenv("SEALED_SALT", "rotated-88124")
    steps = {step.dataset: step.action.value for step in plan(workspace, PlanOptions()).steps if step.dataset}
    assert steps["ops.flights.one"] == "reuse"
    monkeypatch.setenv("SEALED_SALT_2", "rotated-88124")
    write_file(workspace.root, "domains/ops/flights/pipeline.yaml", USES.replace("SEALED_SALT", "SEALED_SALT_2"))
    apply(workspace, RunOptions())
    after = rows(workspace, "select h from ops.flights.one")
    assert after != before


def test_what_an_engine_says_of_a_value_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALED_SALT", CANARY)
    text = "select a, cast($salt as integer) as h from rows where $width > 0"
    workspace = sealed_mesh(tmp_path, **{"components/sealed/models/hashed.sql": text})
    report = apply(workspace, RunOptions())
    assert report.state is not RunState.SUCCEEDED
    [error] = [step.error for step in report.steps if step.dataset == "ops.flights.one"]
    assert error is not None
    assert "${env:SEALED_SALT}" in str(error)
    assert found_in(tmp_path, CANARY) == []


def test_what_a_function_raises_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALED_SALT", CANARY)
    code = CODE.replace("return {", "raise ValueError(salt + ' is wrong')\n        return {")
    workspace = sealed_mesh(tmp_path, **{"components/sealed/code.py": code})
    report = apply(workspace, RunOptions())
    [error] = [step.error for step in report.steps if step.dataset == "ops.flights.one__told"]
    assert "${env:SEALED_SALT} is wrong" in str(error)
    assert found_in(tmp_path, CANARY) == []


def test_a_secret_that_is_not_there_is_told_at_the_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEALED_SALT", raising=False)
    report = apply(sealed_mesh(tmp_path), RunOptions())
    errors = {step.dataset: step.error for step in report.steps if step.error is not None}
    found = errors["ops.flights.one"]
    assert (found.code, str(found.span)) == ("MW-X602", "domains/ops/flights/pipeline.yaml:3:60")


@pytest.mark.parametrize(
    ("salt", "code", "words"),
    [
        ("plain-pepper", "MW-K012", "text is not of type secret"),
        ("'a ${env:SALT}'", "MW-K012", "is not of type secret"),
        ("'${param:word}'", "MW-K012", "'salt' is a secret, and 'word' is none"),
        ("'${param:nowhere}'", "MW-K012", "'nowhere' is not declared"),
        ("'${node:raw.rows}'", "MW-M404", "cannot stand here"),
        ("'${vault:kv}'", "MW-X651", "does not say which key"),
        ("'${env:A}${env:B}'", "MW-K012", "is not of type secret"),
        ("7", "MW-K012", "is not of type secret"),
        ("[a]", "MW-K012", "is not of type secret"),
        ("null", "MW-K012", "is not of type secret"),
        ("{a: b}", "MW-K012", "is not of type secret"),
    ],
)
def test_only_a_reference_is_given_for_a_secret(tmp_path: Path, salt: str, code: str, words: str) -> None:
    uses = USES.replace('"${env:SEALED_SALT}"', salt).replace(
        "\n    nodes:", "\n    params: {word: pepper}\n    nodes:", 1
    )
    found = errors(sealed_mesh(tmp_path, uses))
    assert any(each[0] == code and words in each[2] for each in found), found
    assert all(each[1].startswith("domains/ops/flights/pipeline.yaml:4:") for each in found), found
    assert "plain-pepper" not in json.dumps(found), "what was written for a secret may be one"


def test_a_reference_is_no_value_of_another_type(tmp_path: Path) -> None:
    uses = USES.replace('SEALED_SALT}"', "SEALED_SALT}\", width: '${env:WIDTH}'")
    [(code, place, message)] = errors(sealed_mesh(tmp_path, uses))
    assert (code, place) == ("MW-M404", "domains/ops/flights/pipeline.yaml:3:95")
    assert "parameter 'width' of sealed 1.0.0 is no secret" in message


@pytest.mark.parametrize(
    ("was", "becomes", "place", "words"),
    [
        ("salt: {type: secret,", "salt: {type: secret, default: x,", "5:24", "has no 'default'"),
        ("salt: {type: secret,", "salt: {type: secret, enum: [x],", "5:24", "has no 'enum'"),
        ("called: {", "hashed: {as: view}\n      called: {", "9:3", "cannot stand in a view"),
        ("as: none}", "as: none, when: \"param.salt = 'x'\"}", "10:50", "cannot stand in a condition"),
        (
            "    nodes:",
            "    tests: {rows: [{metric: rowCount, mustBe: $salt}]}\n    nodes:",
            "8:43",
            "cannot stand in a test",
        ),
        (
            "    nodes:",
            "    tests: {rows: [{metric: invalidValues, property: a, arguments: {validValues: [$salt]}, mustBe: 0}]}\n    nodes:",
            "8:79",
            "cannot stand in a test",
        ),
    ],
)
def test_a_secret_stands_nowhere_where_it_would_be_seen(
    tmp_path: Path, was: str, becomes: str, place: str, words: str
) -> None:
    changed = {COMPONENT: SEALED.replace(was, becomes, 1)}
    found = [each for each in errors(sealed_mesh(tmp_path, **changed)) if each[0] == "MW-J080"]
    assert [(each[1], words in each[2]) for each in found] == [(f"{COMPONENT}:{place}", True)]


def test_a_run_gives_no_value_to_a_secret(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        apply(sealed_mesh(tmp_path), RunOptions(params={"salt": "x"}))
    assert refused.value.first.code == "MW-R014"


def test_a_product_has_no_secret_parameters(tmp_path: Path) -> None:
    uses = "params: {salt: {type: secret, default: '${env:X}'}}\n" + "nodes: {raw: {source: {path: raw.csv}}}"
    found = errors(sealed_mesh(tmp_path, uses))
    assert {each[0] for each in found} == {"MW-M104", "MW-M404"}

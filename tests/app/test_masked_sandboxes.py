"""Sandboxes over personal data: what is classified, and all that it is made from or makes, is nowhere to be read in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.observing import read_published
from meshwright.app.opened import open_mesh
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.readers import readers_problem
from meshwright.app.repair import repair
from meshwright.app.repeat import repeat
from meshwright.app.reports import DatasetCard, VersionCard
from meshwright.app.rule_history import list_rules, show_rule
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.show import show
from meshwright.app.standing import show_environment
from meshwright.app.testing import TestOptions, test
from meshwright.app.veils import veil_of
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.app.worlds import utc_now
from meshwright.diagnostics import InputError, RefusedError
from meshwright.model import Version
from meshwright.plan.values import StepAction
from meshwright.run.documents import run_document
from meshwright.run.report import RunReport
from meshwright.state.records import ObjectKind, Publication, RunState
from tests.app.people_mesh import CANARIES, PEOPLE
from tests.meshes import agree_to_changes, write_file, write_mesh

RAW, PEOPLE_ = "crm.customers.raw_people", "crm.customers.people"
ADDRESSES, PER_CITY, CITIES = "mail.letters.addresses", "mail.letters.per_city", "mail.letters.cities"
ADDRESSES_FILE = "domains/mail/letters/models/addresses.sql"
CONTRACT = "domains/crm/customers/contracts/people.odcs.yaml"
CHANGED = "select person_id, upper(email) as address, city from crm.customers.people"


@pytest.fixture
def mesh(tmp_path: Path) -> Workspace:
    """A published mesh with a sandbox over it."""
    workspace = open_workspace(write_mesh(tmp_path / "people", PEOPLE))
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    create_sandbox(workspace, SandboxWish(name="box"))
    return workspace


def run(workspace: Workspace, environment: str = "box") -> RunReport:
    return apply(workspace, RunOptions(environment=environment))


def rows(workspace: Workspace, text: str, environment: str = "box", **options: object) -> list[dict[str, object]]:
    answer = query(workspace, QueryOptions(text=text, environment=environment, **options))  # type: ignore[arg-type]
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def is_clean(shown: object) -> bool:
    return not any(canary in str(shown).lower() for canary in CANARIES)


def built(report: RunReport) -> set[str | None]:
    return {step.dataset for step in report.steps if step.action is StepAction.BUILD}


def versions(workspace: Workspace, environment: str = "box") -> dict[str, Version]:
    with open_mesh(workspace, environment) as opened:
        return dict(read_published(opened.state.reader, environment).versions)


def everything_shown(workspace: Workspace) -> Iterator[object]:
    """What a sandbox shows of every dataset, by every way of reading."""
    found = versions(workspace)
    for dataset, version in found.items():
        yield rows(workspace, f"select * from {dataset}")
        yield rows(workspace, f"select * from {dataset}", version=version.id)
        yield show(workspace, dataset, "box")
    with open_mesh(workspace, "box") as opened:
        newest = opened.state.reader.generation("box")
    for number in range(1, newest + 1):
        for dataset in found:
            yield rows(workspace, f"select * from {dataset}", generation=number)
    yield test(workspace, TestOptions(environment="box"))
    folder = workspace.root / "environments"
    if (folder / "box.duckdb").exists():
        yield (folder / "box.sql").read_text()
        with duckdb.connect(str(folder / "box.duckdb"), read_only=True) as connection:
            names = connection.execute(
                "select schema_name, view_name from duckdb_views() where not internal"
            ).fetchall()
            assert names
            for schema, name in names:
                yield connection.execute(f'from "{schema}"."{name}"').fetchall()


def files_of(workspace: Workspace, version: Version) -> Iterator[object]:
    store = workspace.root / ".meshwright/store"
    for file in version.files:
        yield pq.read_table(store / file.path).to_pylist()


def test_an_unchanged_sandbox_builds_nothing_and_shows_no_hidden_value(mesh: Workspace) -> None:
    report = run(mesh)
    assert built(report) == set()
    assert versions(mesh) == versions(mesh, "prod")
    assert all(map(is_clean, everything_shown(mesh)))
    assert not is_clean(rows(mesh, f"select * from {PEOPLE_}", "prod"))
    assert [row["city"] for row in rows(mesh, f"select city from {PEOPLE_} order by person_id")] == [
        "Kassel", "Kassel", "Bremen", "Bremen",
    ]  # fmt: skip


def test_what_is_built_in_a_sandbox_is_built_from_pseudonyms_and_is_restricted(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, CHANGED)
    report = run(mesh)
    assert report.state is RunState.SUCCEEDED
    assert built(report) == {ADDRESSES, PER_CITY}
    found = versions(mesh)
    assert {dataset for dataset, version in found.items() if version.is_restricted} == {ADDRESSES, PER_CITY}
    assert found[CITIES].id == versions(mesh, "prod")[CITIES].id
    assert found[ADDRESSES].restricted is not None
    assert found[ADDRESSES].restricted.reasons == (f"masked: email of {PEOPLE_} (pii)",)
    assert found[PER_CITY].restricted is not None
    assert found[PER_CITY].restricted.reasons == (f"made from {ADDRESSES}, which is restricted",)
    assert all(is_clean(shown) for dataset in (ADDRESSES, PER_CITY) for shown in files_of(mesh, found[dataset]))
    assert all(map(is_clean, everything_shown(mesh)))
    assert is_clean(json.dumps(run_document(report)))
    card = show(mesh, found[ADDRESSES].id, "box")
    assert isinstance(card, VersionCard)
    assert card.version.is_restricted
    assert any("advisory" in note for note in report.notes)
    assert any(f"email of {PEOPLE_} (pii)" in note for note in report.notes)
    assert any(ADDRESSES in note and "for sandboxes alone" in note for note in report.notes)
    assert run(mesh).generation == report.generation


def test_pseudonyms_join(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, "select person_id, email as address, city from crm.customers.people")
    run(mesh)
    joined = rows(mesh, f"select count(*) as n from {ADDRESSES} a join {PEOPLE_} p on a.address = p.email")
    assert joined == [{"n": 4}]


def test_prod_builds_from_everything_what_a_sandbox_built_from_pseudonyms(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, CHANGED)
    run(mesh)
    in_box = versions(mesh)[ADDRESSES]
    assert built(run(mesh, "prod")) == {ADDRESSES, PER_CITY}
    in_prod = versions(mesh, "prod")[ADDRESSES]
    assert in_prod.id != in_box.id
    assert not in_prod.is_restricted
    assert not is_clean(rows(mesh, f"select * from {ADDRESSES}", "prod"))
    assert is_clean(rows(mesh, f"select * from {ADDRESSES}"))


def test_no_environment_but_sandboxes_points_to_a_restricted_version(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, CHANGED)
    run(mesh)
    moved = versions(mesh)[ADDRESSES]
    before = versions(mesh, "prod")
    with open_mesh(mesh, "prod", create_state=True) as opened:
        publication = Publication(
            environment="prod",
            by="ana",
            reason="by hand",
            expected={ADDRESSES: before[ADDRESSES].id},
            moves={ADDRESSES: (ObjectKind.DATASET, moved.id)},
        )
        with pytest.raises(RefusedError) as caught:
            opened.state.writer.publish(publication, utc_now())
    assert caught.value.first.code == "MW-S301"
    assert versions(mesh, "prod") == before


@pytest.mark.parametrize(
    "loosen",
    [
        {CONTRACT: PEOPLE[CONTRACT].replace("classification: pii", "classification: public")},
        {CONTRACT: PEOPLE[CONTRACT].replace("classification: pii", "description: harmless")},
        {"mesh.yaml": PEOPLE["mesh.yaml"].replace("sandboxes: {mask: [pii]}", "")},
        {
            "domains/crm/customers/models/people.sql": "select person_id, email, city, born, email as mail from raw_people",
            CONTRACT: PEOPLE[CONTRACT].replace(
                "- {name: born", "- {name: mail, logicalType: string}\n              - {name: born"
            ),
        },
    ],
)
def test_a_sandboxes_own_files_unmask_nothing(mesh: Workspace, loosen: dict[str, str]) -> None:
    for name, text in {**loosen, ADDRESSES_FILE: CHANGED}.items():
        write_file(mesh.root, name, text)
    report = run(mesh)
    assert ADDRESSES in built(report)
    assert all(map(is_clean, everything_shown(mesh)))
    assert all(is_clean(shown) for dataset in built(report) for shown in files_of(mesh, versions(mesh)[str(dataset)]))


def test_a_source_under_another_name_of_a_column_stays_masked(mesh: Workspace) -> None:
    lines = (mesh.root / "data/people.csv").read_text().replace("email", "mail")
    (mesh.root / "data/people.csv").write_text(lines)
    write_file(
        mesh.root,
        "domains/crm/customers/models/people.sql",
        "select person_id, mail as email, city, born from raw_people",
    )
    run(mesh)
    assert all(map(is_clean, everything_shown(mesh)))


def test_a_sandboxes_own_contract_masks_more(mesh: Workspace) -> None:
    write_file(mesh.root, CONTRACT, PEOPLE[CONTRACT].replace("classification: public", "classification: PII"))
    assert "Kassel" not in str(rows(mesh, f"select * from {PEOPLE_}"))
    assert "Kassel" not in str(rows(mesh, f"select * from {CITIES}"))


def test_the_base_has_the_say_as_it_stands_now(mesh: Workspace) -> None:
    agree_to_changes(mesh.root, "crm")
    second = PEOPLE[CONTRACT].replace("version: 1.0.0", "version: 2.0.0")
    write_file(mesh.root, CONTRACT, second.replace("classification: public", "classification: pii"))
    run(mesh, "prod")
    write_file(mesh.root, CONTRACT, PEOPLE[CONTRACT])
    assert "Kassel" not in str(rows(mesh, f"select * from {PEOPLE_}"))
    third = PEOPLE[CONTRACT].replace("version: 1.0.0", "version: 3.0.0")
    write_file(mesh.root, CONTRACT, third.replace("classification: pii", "classification: internal"))
    run(mesh, "prod")
    assert not is_clean(rows(mesh, f"select * from {PEOPLE_}"))


def test_views_hide_what_they_are_bound_to(mesh: Workspace) -> None:
    write_file(mesh.root, "domains/mail/letters/pipeline.yaml", "nodes:\n  addresses: {as: view}\n")
    report = run(mesh)
    assert built(report) == {ADDRESSES, PER_CITY}
    assert versions(mesh)[ADDRESSES].view is not None
    assert versions(mesh)[ADDRESSES].is_restricted
    assert all(map(is_clean, everything_shown(mesh)))


def test_views_of_the_base_are_read_masked_and_are_in_no_file_that_would_uncover_them(mesh: Workspace) -> None:
    pipeline = "nodes:\n  addresses: {as: view}\n  cities: {as: view}\n"
    write_file(mesh.root, "domains/mail/letters/pipeline.yaml", pipeline)
    write_file(mesh.root, "domains/mail/letters/models/below.sql", "select address as it from addresses")
    run(mesh, "prod")
    create_sandbox(mesh, SandboxWish(name="later"))
    for dataset in (ADDRESSES, CITIES, "mail.letters.below"):
        assert is_clean(rows(mesh, f"select * from {dataset}", "later"))
    pipeline += "  below: {as: view}\n"
    write_file(mesh.root, "domains/mail/letters/pipeline.yaml", pipeline)
    run(mesh, "later")
    assert versions(mesh, "later")["mail.letters.below"].is_restricted
    assert is_clean(rows(mesh, "select * from mail.letters.below", "later"))
    with duckdb.connect(str(mesh.root / "environments/later.duckdb"), read_only=True) as connection:
        names = connection.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall()
        assert ("crm__customers", "people") in names
        assert not {("mail__letters", name) for name in ("addresses", "cities", "below")} & set(names)
        for schema, name in names:
            assert is_clean(connection.execute(f'from "{schema}"."{name}"').fetchall())


def test_python_nodes_get_pseudonyms_and_what_they_make_of_them_is_hidden(mesh: Workspace) -> None:
    code = "def build(people):\n    return people.rename_columns(['a', 'b', 'c', 'd'])\n"
    pipeline = "nodes:\n  coded: {python: 'coded.py:build', inputs: [crm.customers.people]}\n"
    (mesh.root / "domains/mail/letters/coded.py").write_text(code)
    (mesh.root / "domains/mail/letters/pipeline.yaml").write_text(pipeline)
    run(mesh, "prod")
    assert not is_clean(rows(mesh, "select * from mail.letters.coded", "prod"))
    create_sandbox(mesh, SandboxWish(name="later"))
    (shown, *_) = rows(mesh, "select * from mail.letters.coded", "later")
    assert is_clean(rows(mesh, "select * from mail.letters.coded", "later"))
    assert (shown["c"], shown["a"]) != ("Kassel", 1)
    (mesh.root / "domains/mail/letters/coded.py").write_text(code.replace("'d'", "'e'"))
    apply(mesh, RunOptions(environment="later"))
    version = versions(mesh, "later")["mail.letters.coded"]
    assert version.is_restricted
    assert all(map(is_clean, files_of(mesh, version)))


def test_opaque_nodes_are_built_from_pseudonyms_under_names_of_their_own(mesh: Workspace) -> None:
    write_file(mesh.root, "domains/mail/letters/pipeline.yaml", "nodes:\n  cities: {deterministic: false}\n")
    assert CITIES in built(run(mesh))
    assert versions(mesh)[CITIES].is_restricted
    assert built(run(mesh)) == set()
    run(mesh, "prod")
    assert versions(mesh, "prod")[CITIES].content_digest == versions(mesh)[CITIES].content_digest
    assert versions(mesh, "prod")[CITIES].id != versions(mesh)[CITIES].id
    create_sandbox(mesh, SandboxWish(name="later"))
    assert built(run(mesh, "later")) == set()


def test_reader_files_are_what_a_sandbox_shows(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, CHANGED)
    run(mesh)
    with open_mesh(mesh, "prod") as opened:
        published = read_published(opened.state.reader, "box")
        assert readers_problem(opened, "box", published) is None
    assert (mesh.root / "environments/box.sql").exists()


def test_samples_of_failing_rows_are_masked(mesh: Workspace) -> None:
    samples = [row for outcome in test(mesh, TestOptions(environment="box")).tests for row in outcome.sample]
    assert {"person_id": 3, "email": "(masked)", "city": "Bremen", "born": "1992-03-03"} in samples
    assert {"whoever": "(masked)", "city": "(masked)"} in samples
    card = show(mesh, PEOPLE_, "box")
    assert isinstance(card, DatasetCard)
    assert any(outcome.sample for outcome in card.tests)
    assert is_clean(card.tests)
    assert not is_clean(test(mesh, TestOptions()).tests)


def test_a_mesh_that_masks_nothing_has_no_veil(tmp_path: Path) -> None:
    plain = PEOPLE["mesh.yaml"].replace("sandboxes: {mask: [pii]}", "")
    workspace = open_workspace(write_mesh(tmp_path / "people", {**PEOPLE, "mesh.yaml": plain}))
    run(workspace, "prod")
    create_sandbox(workspace, SandboxWish(name="box"))
    for environment in ("prod", "box"):
        with open_mesh(workspace, environment) as opened:
            assert veil_of(opened) is None
    assert not is_clean(rows(workspace, f"select * from {PEOPLE_}"))


def test_samples_in_the_history_of_a_rule_are_masked(mesh: Workspace) -> None:
    """Those of production too, looked at from the sandbox."""
    test(mesh, TestOptions(environment="box"))
    rules = [rule for rule in list_rules(mesh, PEOPLE_, "box").rules if rule.latest and rule.latest.outcome.sample]
    assert rules
    for rule in rules:
        history = show_rule(mesh, PEOPLE_, rule.id, "box")
        assert {entry.environment for entry in history.entries} == {"box", "prod"}
        assert is_clean((rule.latest, *history.entries))
        assert any("(masked)" in row.values() for entry in history.entries for row in entry.outcome.sample)
    assert not is_clean(show_rule(mesh, PEOPLE_, "no_cem", "prod").entries)


@pytest.mark.parametrize("wish", [SandboxWish(name="few", sample="50%"), SandboxWish(name="few", rows=2)])
def test_a_sampled_sandbox_sees_fewer_rows_and_keeps_what_it_builds(mesh: Workspace, wish: SandboxWish) -> None:
    (mesh.root / "data/people.csv").write_text(
        "person_id,email,city,born\n"
        + "".join(f"{n},canary-ana{n}@example.org,Kassel,1990-01-01\n" for n in range(1, 201))
    )
    run(mesh, "prod")
    create_sandbox(mesh, wish)
    text = f"select count(*) as n from {PEOPLE_}"
    (seen,) = rows(mesh, text, "few")
    assert 0 < seen["n"] < 150  # type: ignore[operator]
    assert rows(mesh, text, "few") == [seen]
    assert built(run(mesh, "few")) == set()
    write_file(mesh.root, ADDRESSES_FILE, CHANGED)
    report = run(mesh, "few")
    assert built(report) == {ADDRESSES, PER_CITY}
    sampled = versions(mesh, "few")[ADDRESSES]
    assert sampled.rows == seen["n"]
    assert sampled.is_restricted
    assert any(word.startswith("sampled: ") for word in sampled.restricted.reasons)  # type: ignore[union-attr]
    assert any(note.startswith("sampled in this sandbox") for note in report.notes)
    assert built(run(mesh, "prod")) == {ADDRESSES, PER_CITY}
    assert versions(mesh, "prod")[ADDRESSES].rows == 200
    assert show_environment(mesh, "few").environment.options != "{}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sample": "half"},
        {"sample": "0%"},
        {"sample": "101%"},
        {"sample": "1"},
        {"rows": 0},
        {"sample": "1%", "rows": 1},
    ],
)
def test_a_wrong_sample_is_refused(mesh: Workspace, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        create_sandbox(mesh, replace(SandboxWish(name="other"), **wrong))  # type: ignore[arg-type]
    assert caught.value.first.code == "MW-S302"


def test_a_plan_says_why_what_is_hidden_changes_builds(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, CHANGED)
    run(mesh)
    write_file(mesh.root, CONTRACT, PEOPLE[CONTRACT].replace("classification: public", "classification: pii"))
    steps = {
        step.dataset: step
        for step in plan(mesh, PlanOptions(environment="box")).steps
        if step.action is StepAction.BUILD
    }
    assert steps[ADDRESSES].reasons == (f"what is hidden of {PEOPLE_} changed",)


def test_a_damaged_restricted_version_is_built_again_from_what_its_build_saw(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, CHANGED)
    run(mesh)
    version = versions(mesh)[ADDRESSES]
    write_file(mesh.root, ADDRESSES_FILE, PEOPLE[ADDRESSES_FILE])
    (mesh.root / ".meshwright/store" / version.files[0].path).unlink()
    report = repair(mesh, environment="box")
    assert [found.version for found in report.repair.repaired] == [version.id]  # type: ignore[union-attr]
    assert not report.problems
    again = versions(mesh)[ADDRESSES]
    assert (again.id, again.content_digest) == (version.id, version.content_digest)
    assert all(map(is_clean, files_of(mesh, again)))


def test_a_run_into_a_masked_sandbox_is_repeated_to_the_same_versions(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, CHANGED)
    assert repeat(mesh, run(mesh).run_id).is_same


def test_a_rule_that_compares_what_was_built_with_what_stands_compares_pseudonyms(mesh: Workspace) -> None:
    write_file(mesh.root, ADDRESSES_FILE, "select person_id, email as address, city from crm.customers.people")
    write_file(
        mesh.root,
        "domains/mail/letters/tests/known.sql",
        "select address from addresses where address not in (select email from crm.customers.people)",
    )
    report = run(mesh)
    assert versions(mesh)[ADDRESSES].is_restricted
    assert [(outcome.id, outcome.verdict) for outcome in report.tests] == [("file:known", "pass")]
    assert run(mesh, "prod").state is RunState.SUCCEEDED

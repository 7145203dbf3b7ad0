"""Examples of policies: what differs is told by place, and a file that cannot be used or proves nothing is an error."""

# Texts of files stand on one line each.
# ruff: noqa: E501

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from meshwright.app.check import check
from meshwright.app.policy_examples import test_examples as run_all_examples
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.faces.cli.main import main
from tests.meshes import write_file, write_mesh

HEAD = "-- level: warn\n-- why: Consumers plan around freshness.\n-- fix: Promise one.\n"
POLICY = (
    f"{HEAD}select port, file, line, 'no freshness of ' || name as message from mesh.ports where freshness_s is null\n"
)
GOOD = """
    examples:
      - name: promised
        given:
          mesh.ports: [{port: a.b/c, name: c, freshness_s: 60, datasets: [a.b.d]}]
        violations: []
      - name: not promised
        given:
          mesh.ports: [{port: a.b/c, name: c}, {port: a.b/e, name: e}]
        violations: [a.b/e, {object: a.b/c, message: freshness of c}]
    """
FILE = "policies/fresh.test.yaml"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    root = write_mesh(tmp_path / "shop")
    write_file(root, "policies/fresh.sql", POLICY)
    write_file(root, FILE, GOOD)
    return open_workspace(root)


def refused(workspace: Workspace) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as found:
        run_all_examples(workspace)
    return [(each.code, str(each.span)) for each in found.value.diagnostics]


def command(workspace: Workspace, *words: str) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = main(["-C", str(workspace.root), *words])
    return status, out.getvalue()


def test_examples_that_are_as_expected_pass_and_are_no_finding_of_check(shop: Workspace) -> None:
    report = run_all_examples(shop)
    assert report.ok
    assert [len(tested.outcomes) for tested in report.policies] == [2]
    assert [found.code for found in check(shop).diagnostics] == ["MW-V101"]
    assert command(shop, "policy", "test", "--all")[0] == 0


def test_what_is_missing_and_what_was_not_expected_is_told(shop: Workspace) -> None:
    text = GOOD.replace("freshness_s: 60", "freshness_s: null").replace("freshness of c", "freshness of x")
    write_file(shop.root, FILE, text)
    (tested,) = run_all_examples(shop).policies
    first, second = tested.outcomes
    assert [(each.object, each.message) for each in first.unexpected] == [("a.b/c", "no freshness of c")]
    assert [str(each.span) for each in second.missing] == [f"{FILE}:9:25"]
    assert [each.object for each in second.unexpected] == ["a.b/c"]
    status, lines = command(shop, "policy", "test", "--all")
    assert status == 1
    assert f"not found: a.b/c with 'freshness of x' ({FILE}:9:25)" in lines
    assert "not expected: a.b/c: no freshness of c" in lines
    status, lines = command(shop, "policy", "test", "fresh", "--json")
    assert status == 1
    assert [example["ok"] for example in json.loads(lines)["examples"]] == [False, False]


def test_a_violation_that_is_found_twice_is_expected_twice(shop: Workspace) -> None:
    write_file(
        shop.root, FILE, GOOD.replace("{port: a.b/e, name: e}", "{port: a.b/e, name: e}, {port: a.b/e, name: f}")
    )
    (tested,) = run_all_examples(shop).policies
    assert [each.message for each in tested.outcomes[1].unexpected] == ["no freshness of f"]


def test_a_policy_that_is_kept_fails_by_its_examples(shop: Workspace) -> None:
    write_file(shop.root, "policies/fresh.sql", POLICY.replace("is null", "< 0"))
    status, lines = command(shop, "policy", "test", "fresh")
    assert status == 1
    assert "it is kept, but its examples are not as expected" in lines


def test_the_day_of_an_example_is_what_it_says(shop: Workspace) -> None:
    body = "select dataset, 'old' as message from mesh.versions where built_at < $today - interval 30 days"
    write_file(shop.root, "policies/fresh.sql", f"{HEAD}{body}\n")
    text = """
        examples:
          - name: a month
            today: 2026-02-01
            given: {mesh.versions: [{dataset: a.b.c, built_at: 2026-01-01T00:00:00}, {dataset: a.b.d, built_at: 2026-01-20T00:00}]}
            violations: [a.b.c]
        """
    write_file(shop.root, FILE, text)
    assert run_all_examples(shop).ok
    write_file(shop.root, FILE, text.replace("2026-02-01", "2026-01-02"))
    assert not run_all_examples(shop).ok
    write_file(shop.root, FILE, text.replace("            today: 2026-02-01\n", ""))
    assert refused(shop) == [("MW-L037", f"{FILE}:2:5")]
    write_file(shop.root, FILE, text.replace("2026-02-01", "soon"))
    assert refused(shop) == [("MW-L037", f"{FILE}:3:12")]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("freshness_s: 60", "freshnes_s: 60", [("MW-L037", f"{FILE}:4:43")]),
        ("freshness_s: 60", "freshness_s: an hour", [("MW-L037", f"{FILE}:4:56")]),
        ("name: c, freshness_s", "name: 7, freshness_s", [("MW-L037", f"{FILE}:4:40")]),
        ("datasets: [a.b.d]", "datasets: a.b.d", [("MW-L037", f"{FILE}:4:70")]),
        ("mesh.ports: [{port: a.b/c, name: c, ", "ports: [{port: a.b/c, name: c, ", [("MW-L037", f"{FILE}:4:7"), ("MW-L037", f"{FILE}:4:7")]),
        ("violations: []", "violations: none", [("MW-M103", f"{FILE}:5:17")]),
        ("violations: []", "violation: []", [("MW-M102", f"{FILE}:2:5"), ("MW-M101", f"{FILE}:5:5")]),
        ("- name: promised", "- today: 2026-01-01\n        name: promised", [("MW-L037", f"{FILE}:2:12")]),
        ("[{port: a.b/c, name: c, freshness_s: 60, datasets: [a.b.d]}]", "{port: a.b/c}", [("MW-L037", f"{FILE}:4:19")]),
        ("[{port: a.b/c, name: c, freshness_s: 60, datasets: [a.b.d]}]", "[a.b/c]", [("MW-L037", f"{FILE}:4:20")]),
        ("examples:", "exmaples:", [("MW-M101", f"{FILE}:1:1"), ("MW-M102", f"{FILE}:1:1")]),
        ("[a.b/e, {object: a.b/c, message: freshness of c}]", "[]", [("MW-L038", f"{FILE}:2:3")]),
        ("[a.b/e, {object: a.b/c, message: freshness of c}]", "[3]", [("MW-M103", f"{FILE}:9:18")]),
        (GOOD, "examples: []", [("MW-L038", f"{FILE}:1:11")]),
        (GOOD, "examples: [3]", [("MW-M103", f"{FILE}:1:12")]),
        (GOOD, "- examples", [("MW-Y018", f"{FILE}:1:1")]),
        (GOOD, "examples: [", [("MW-Y003", f"{FILE}:2:1")]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_by_place(
    shop: Workspace, before: str, after: str, found: list[tuple[str, str]]
) -> None:
    assert before in GOOD
    write_file(shop.root, FILE, GOOD.replace(before, after))
    assert refused(shop) == found
    assert command(shop, "policy", "test", "fresh")[0] == command(shop, "policy", "test", "--all")[0] == 2


def test_a_policy_that_cannot_be_read_is_not_passed_over(shop: Workspace) -> None:
    write_file(shop.root, "policies/other.sql", POLICY)
    write_file(shop.root, "policies/fresh.sql", POLICY.replace("from mesh.ports", "from mesh.prots"))
    assert [code for code, _ in refused(shop)] == ["MW-Q501"]


def test_a_policy_that_the_engine_cannot_answer_fails_its_examples(shop: Workspace) -> None:
    write_file(shop.root, "policies/fresh.sql", POLICY.replace("freshness_s is null", "fresh is null"))
    (tested,) = run_all_examples(shop).policies
    assert [outcome.problem.code if outcome.problem else "" for outcome in tested.outcomes] == ["MW-V104", "MW-V104"]


def test_nothing_to_test_is_no_success(shop: Workspace) -> None:
    (shop.root / FILE).unlink()
    assert refused(shop) == [("MW-L038", "None")]
    (shop.root / "policies/fresh.sql").unlink()
    assert refused(shop) == [("MW-L038", "None")]


def test_examples_of_nothing_are_told_by_check(shop: Workspace) -> None:
    (shop.root / FILE).rename(shop.root / "policies/fesh.test.yaml")
    write_file(shop.root, "policies/fresh.test.yml", GOOD)
    found = [(each.code, str(each.span), each.fix) for each in check(shop).diagnostics if each.code == "MW-M007"]
    assert [(code, place) for code, place, _ in found] == [
        ("MW-M007", "policies/fesh.test.yaml:1:1"),
        ("MW-M007", "policies/fresh.test.yml:1:1"),
    ]
    assert found[1][2] == "rename it to 'fresh.test.yaml'"


def test_policies_without_examples_are_named(shop: Workspace) -> None:
    write_file(shop.root, "policies/other.sql", POLICY)
    write_file(shop.root, "domains/sales/policies/own.sql", POLICY)
    assert run_all_examples(shop).untested == ("other", "sales.own")
    assert "without examples: other, sales.own" in command(shop, "policy", "test", "--all")[1]


def test_a_draft_has_the_examples_beside_it(shop: Workspace, tmp_path: Path) -> None:
    draft = write_file(tmp_path, "drafts/fresh.sql", POLICY)
    write_file(tmp_path, "drafts/fresh.test.yaml", GOOD.replace("[a.b/e, {", "[{"))
    status, lines = command(shop, "policy", "test", str(draft))
    assert status == 1
    assert "not expected: a.b/e" in lines

"""What is wrong in one place is told once: options that the mesh sets for a tool, and what lies inside a component."""

from __future__ import annotations

from pathlib import Path

from meshwright.app.check import check
from meshwright.app.reports import CheckReport
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import Severity
from tests.app.component_shop import BEST, BEST_SHOP, PIPELINE, RANKED, best_shop
from tests.meshes import write_file

THREE_USES = """
    nodes:
      one: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: customer, n: 1}}
      two: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: customer}}
      three: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: order_id}}
    variations:
      canary: {}
    """


def errors(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(each.code, str(each.span), each.message) for each in report.diagnostics if each.severity is Severity.ERROR]


def used_shop(folder: Path, **changed: str) -> Path:
    shop = {PIPELINE: THREE_USES, "domains/sales/totals/models/leftover.sql": "select 1 as n", **changed}
    return best_shop(folder, **shop)


def test_an_unknown_column_in_a_component_is_told_once_with_its_uses(tmp_path: Path) -> None:
    root = used_shop(tmp_path, **{RANKED: "select *, 1 as place, colour from rows"})
    assert errors(check(open_workspace(root))) == [
        (
            "MW-T001",
            f"{RANKED}:1:23",
            "'colour' is not among the columns that the inputs of ranked have (component best 1.0.0, 3 uses: "
            "sales.totals.one, sales.totals.three, sales.totals.two)",
        )
    ]


def test_one_use_and_its_variation_are_told_once(tmp_path: Path) -> None:
    pipeline = "\n".join(line for line in THREE_USES.splitlines() if "two:" not in line and "three:" not in line)
    root = used_shop(tmp_path, **{PIPELINE: pipeline, RANKED: "select *, 1 as place, colour from rows"})
    [(code, place, message)] = errors(check(open_workspace(root)))
    assert (code, place) == ("MW-T001", f"{RANKED}:1:23")
    assert "sales.totals.one" in message
    assert "@canary" not in message


def test_what_a_tool_finds_in_a_component_is_told_once_under_the_names_inside(tmp_path: Path) -> None:
    component = str(BEST_SHOP[BEST]).replace("nodes:\n", "nodes:\n      job: {shell: {command: 'true', envv: 1}}\n")
    root = used_shop(tmp_path, **{BEST: component})
    found = errors(check(open_workspace(root)))
    assert [(code, place.partition(":")[0]) for code, place, _ in found] == [("MW-J002", BEST)]
    assert found[0][2] == (
        "unknown key 'envv' ('shell' of node 'job') (component best 1.0.0, 3 uses: "
        "sales.totals.one, sales.totals.three, sales.totals.two)"
    )


def test_uses_beyond_the_third_are_counted(tmp_path: Path) -> None:
    nodes = "".join(
        f"  n{number}: {{component: best@1, inputs: {{rows: sales.orders.orders}}, params: {{key: customer}}}}\n"
        for number in range(5)
    )
    root = used_shop(tmp_path, **{PIPELINE: f"nodes:\n{nodes}", RANKED: "select *, 1 as place, colour from rows"})
    [(_, _, message)] = errors(check(open_workspace(root)))
    assert message.endswith("5 uses: sales.totals.n0, sales.totals.n1, sales.totals.n2 and 2 more)")


def test_what_differs_from_use_to_use_is_told_of_each(tmp_path: Path) -> None:
    pipeline = THREE_USES.replace("key: order_id", "key: colour").replace("key: customer}", "key: size}")
    root = used_shop(tmp_path, **{PIPELINE: pipeline})
    assert [(code, place.rpartition(":")[0]) for code, place, _ in errors(check(open_workspace(root)))] == [
        ("MW-K014", f"{PIPELINE}:3"),
        ("MW-K014", f"{PIPELINE}:4"),
    ]


def tool_mesh(root: Path, tools: str, *, second: str = "shell: 'true'") -> Path:
    write_file(root, "mesh.yaml", f"meshwright: 1\nname: try\ntools:\n{tools}\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    pipeline = f"nodes:\n  a: {{shell: 'true'}}\n  b: {{{second}}}\n"
    write_file(root, "domains/ops/one/pipeline.yaml", pipeline)
    write_file(root, "domains/ops/two/pipeline.yaml", "nodes:\n  c: {shell: 'true'}\n")
    return root


def test_a_wrong_option_of_the_mesh_is_told_once_where_the_mesh_says_it(tmp_path: Path) -> None:
    root = tool_mesh(tmp_path, "  shell: {variables: {A: x},\n          comand: x}")
    assert errors(check(open_workspace(root))) == [
        ("MW-J002", "mesh.yaml:5:19", "unknown key 'comand' ('tools: shell')")
    ]


def test_an_option_that_the_node_says_itself_is_told_at_the_node(tmp_path: Path) -> None:
    root = tool_mesh(tmp_path, "  shell: {variables: {A: x}}", second="shell: {command: 'true', variables: 7}")
    [(code, place, message)] = errors(check(open_workspace(root)))
    assert (code, place) == ("MW-J002", "domains/ops/one/pipeline.yaml:3:43")
    assert "node 'b'" in message


def test_options_of_a_tool_that_is_not_there_are_told(tmp_path: Path) -> None:
    root = tool_mesh(tmp_path, "  shel: {variables: {A: x}}")
    [found] = check(open_workspace(root)).diagnostics
    assert (found.code, str(found.span), found.severity) == ("MW-M420", "mesh.yaml:4:3", Severity.WARNING)


def test_a_warning_of_the_mesh_moves_with_its_line(tmp_path: Path) -> None:
    """Products that stand keep their findings, those about the mesh among them: a line more, and they are read again."""
    root = tool_mesh(tmp_path, "  shell: {comand: x}")
    check(open_workspace(root))
    write_file(root, "mesh.yaml", "meshwright: 1\nname: try\n# more\ntools:\n  shell: {comand: x}\n")
    assert [place for _, place, _ in errors(check(open_workspace(root)))] == ["mesh.yaml:5:19"]

"""Components from files into published data: who moves, who stays, and what others see of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.component_locking import UpdateWish, lock_components, update_components
from meshwright.app.components import list_components, show_component
from meshwright.app.explain import explain
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.reports import CheckReport
from meshwright.app.show import show
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, WorldError
from meshwright.plan.values import Plan, StepAction
from meshwright.state.records import RunState
from tests.app.component_shop import BEST, BEST_SHOP, PIPELINE, RANKED, best_shop
from tests.meshes import write_file

NODE = "sales.totals.best_orders"


def shop(tmp_path: Path, **changed: str) -> Workspace:
    return open_workspace(best_shop(tmp_path, **changed))


def values(workspace: Workspace, text: str) -> list[tuple[object, ...]]:
    answer = query(workspace, QueryOptions(text=text))
    try:
        return [tuple(row.values()) for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def built(planned: Plan) -> list[str]:
    return sorted(
        step.dataset for step in planned.steps if step.dataset and step.action in {StepAction.BUILD, StepAction.PENDING}
    )


def errors(report: CheckReport) -> list[tuple[str, str]]:
    return [(found.code, str(found.span)) for found in report.diagnostics if found.severity == "error"]


def raise_version(root: Path, version: str = "1.1.0", order: str = "asc") -> None:
    write_file(root, BEST, BEST_SHOP[BEST].replace("1.0.0", version))
    write_file(root, RANKED, BEST_SHOP[RANKED].replace("desc", order))


def test_a_component_is_built_tested_and_published_as_the_nodes_it_became(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED, report
    assert {outcome.dataset for outcome in report.tests if outcome.id in {"some", "whole"}} == {NODE, f"{NODE}__rows"}
    assert values(workspace, f"select order_id from {NODE} order by 1") == [(1,), (2,), (4,)]
    assert values(workspace, "select n from sales.totals.leftover") == [(1,)]
    assert not built(plan(workspace, PlanOptions()))


def test_a_test_on_an_input_stops_what_the_component_would_publish_and_not_the_supplier(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    write_file(workspace.root, BEST, BEST_SHOP[BEST].replace("mustBeGreaterThan: 0", "mustBeGreaterThan: 99"))
    report = apply(workspace, RunOptions())
    assert report.state is RunState.PARTIAL
    assert "sales.orders" in report.published
    assert [(item.product, item.blocking_test) for item in report.not_published] == [
        ("sales.totals", f"{NODE}__rows: some")
    ]


def test_a_component_sees_what_its_node_binds_and_nothing_else(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    write_file(workspace.root, PIPELINE, BEST_SHOP[PIPELINE].replace(", n: 1", ""))
    mesh = "\n        ".join(
        ("meshwright: 1", "name: shop", "params: {currency: EUR, n: 1}", "environments: {prod: {params: {n: 0}}}")
    )
    write_file(workspace.root, "mesh.yaml", f"\n        {mesh}\n")
    apply(workspace, RunOptions())
    assert values(workspace, f"select count(*) from {NODE}") == [(4,)], "its own default, two of each"
    apply(workspace, RunOptions(params={"n": "1"}))
    assert values(workspace, f"select count(*) from {NODE}") == [(4,)]


def test_a_parameter_of_a_component_alone_cannot_be_overridden(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no parameter 'n'"):
        plan(shop(tmp_path), PlanOptions(params={"n": "1"}))


REFERRING = """
    params: {top: 1}
    nodes:
      best_orders: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: customer, n: "${param:top}"}}
    """


def test_a_parameter_that_is_bound_follows_the_pipelines(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    write_file(workspace.root, PIPELINE, REFERRING)
    apply(workspace, RunOptions())
    assert values(workspace, f"select count(*) from {NODE}") == [(3,)]
    planned = plan(workspace, PlanOptions(params={"top": "2"}))
    assert f"{NODE}__ranked" not in built(planned)
    assert built(planned) == [NODE, f"{NODE}__rest", "sales.totals.leftover"]
    assert not planned.notes
    apply(workspace, RunOptions(params={"top": "2"}))
    assert values(workspace, f"select count(*) from {NODE}") == [(4,)]
    lines = "\n".join(explain(workspace, "top").lines)
    assert f"1 in {NODE}, {NODE}__rest: set by pipeline sales.totals" in lines
    codes = {found.code for found in check(workspace).diagnostics}
    assert "MW-G107" not in codes, "what a component uses is used"


def test_columns_of_inputs_are_held_against_what_a_component_asks_for(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    text = (
        "nodes:\n  best_orders: {component: best@1, inputs: {rows: per_customer}, params: {key: [customer, custmer]}}\n"
    )
    write_file(workspace.root, PIPELINE, text)
    report = check(workspace)
    assert errors(report) == [("MW-K013", f"{PIPELINE}:2:51"), ("MW-K014", f"{PIPELINE}:2:80")]
    (lacking, unknown) = [found for found in report.diagnostics if found.severity == "error"]
    assert "per_customer has no column 'amount', which input 'rows' of best 1.0.0 asks for" in lacking.message
    assert unknown.fix is not None
    assert unknown.fix.startswith("did you mean 'customer'?")


@pytest.mark.parametrize(
    ("kind", "fits"),
    [
        ("amount DOUBLE", True),
        ("amount INTEGER", True),
        ("amount DECIMAL(9,2)", True),
        ("amount FLOAT", True),
        ("amount VARCHAR", False),
        ("amount DATE", False),
        ("amount DOUBLE[]", False),
    ],
)
def test_a_column_fits_where_there_is_room_for_it(tmp_path: Path, kind: str, fits: bool) -> None:
    workspace = shop(tmp_path)
    name, _, sql = kind.partition(" ")
    write_file(
        workspace.root,
        "domains/sales/totals/models/typed.sql",
        f"select 'x' as customer, cast(null as {sql}) as {name}",
    )
    text = "nodes:\n  best_orders: {component: best@1, inputs: {rows: typed}, params: {key: customer}}\n"
    write_file(workspace.root, PIPELINE, text)
    assert errors(check(workspace)) == ([] if fits else [("MW-K013", f"{PIPELINE}:2:51")])


def test_an_input_that_is_not_there_is_told_where_it_is_given(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    write_file(workspace.root, PIPELINE, BEST_SHOP[PIPELINE].replace("sales.orders.orders", "sales.orders.ordrs"))
    assert errors(check(workspace)) == [("MW-G101", f"{PIPELINE}:2:51")]


def test_what_does_not_bind_inside_a_component_is_told_in_its_file_with_who_uses_it(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    write_file(workspace.root, RANKED, BEST_SHOP[RANKED].replace("by amount", "by amont"))
    (found,) = [each for each in check(workspace).diagnostics if each.severity == "error"]
    assert (found.code, str(found.span)) == ("MW-T001", f"{RANKED}:1:57")
    assert "(component best 1.0.0, used by sales.totals.best_orders)" in found.message


TWO = """
    nodes:
      best_orders: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: customer, n: 1}}
      other_orders: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: placed}}
    """


def test_a_selection_shows_what_is_wrong_with_the_components_that_it_uses(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    write_file(workspace.root, BEST, BEST_SHOP[BEST].replace("default: 2", "default: two"))
    assert errors(check(workspace, ("sales.totals",))) == [("MW-M210", f"{BEST}:9:31")]
    assert not check(workspace, ("sales.orders",)).diagnostics


def test_users_that_are_locked_stay_until_they_move_and_the_plan_says_who_could(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    root = workspace.root
    write_file(root, PIPELINE, TWO)
    assert {found.code for found in check(workspace).diagnostics} == {"MW-K010"}
    report = lock_components(workspace)
    assert report.written == ("components.lock", "components/best@1.0.0/")
    assert [move.node for move in report.moves] == [NODE, "sales.totals.other_orders"]
    assert not check(workspace).diagnostics
    assert not lock_components(workspace).written, "twice is once"
    apply(workspace, RunOptions())
    raise_version(root)
    planned = plan(workspace, PlanOptions())
    assert not built(planned), "a component that changes changes nobody"
    told = {move.node: (move.version, move.newest, move.datasets) for move in planned.moves}
    mine = (NODE, f"{NODE}__ranked", f"{NODE}__rest", "sales.totals.leftover")
    theirs = tuple(f"sales.totals.other_orders{inner}" for inner in ("", "__ranked", "__rest"))
    assert told == {NODE: ("1.0.0", "1.1.0", mine), "sales.totals.other_orders": ("1.0.0", "1.1.0", theirs)}
    assert update_components(workspace, UpdateWish(names=(NODE,), is_dry=True)).is_dry
    assert not built(plan(workspace, PlanOptions())), "a dry run writes nothing"
    moved = update_components(workspace, UpdateWish(names=(NODE,)))
    assert [(move.node, move.version, move.newest, move.datasets) for move in moved.moves] == [
        (NODE, "1.0.0", "1.1.0", mine)
    ]
    assert (moved.written, moved.removed) == (("components.lock", "components/best@1.1.0/"), ())
    planned = plan(workspace, PlanOptions())
    assert tuple(built(planned)) == mine, "exactly who moved is built"
    assert [move.node for move in planned.moves] == ["sales.totals.other_orders"]
    last = update_components(workspace, UpdateWish(names=("best",)))
    assert last.removed == ("components/best@1.0.0/",), "what nobody uses is not kept"
    assert sorted(path.name for path in (root / "components").iterdir()) == ["best", "best@1.1.0"]
    assert not plan(workspace, PlanOptions()).moves


def test_locking_changes_nothing_of_what_is_published(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    apply(workspace, RunOptions())
    lock_components(workspace)
    assert plan(workspace, PlanOptions()).is_empty


def test_a_new_version_that_means_the_same_builds_nothing(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    lock_components(workspace)
    apply(workspace, RunOptions())
    raise_version(workspace.root, order="desc")
    (move,) = plan(workspace, PlanOptions()).moves
    assert (move.newest, move.datasets) == ("1.1.0", ())
    update_components(workspace, UpdateWish())
    assert not built(plan(workspace, PlanOptions()))


def test_a_version_out_of_range_is_told_and_not_taken(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    lock_components(workspace)
    raise_version(workspace.root, "2.0.0")
    (move,) = plan(workspace, PlanOptions()).moves
    assert (move.newest, move.is_in_range) == ("2.0.0", False)
    report = update_components(workspace, UpdateWish())
    assert not report.moves
    assert [(each.node, each.version, each.newest) for each in report.beyond] == [(NODE, "1.0.0", "2.0.0")]
    with pytest.raises(InputError) as refused:
        update_components(workspace, UpdateWish(to="2.0.0"))
    assert refused.value.diagnostics[0].fix == "write best@2 in the pipeline"
    write_file(workspace.root, PIPELINE, BEST_SHOP[PIPELINE].replace("best@1", "best@2"))
    assert lock_components(workspace).removed == ("components/best@1.0.0/",)
    assert not check(workspace).diagnostics


def test_a_version_whose_files_change_is_refused(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    root = workspace.root
    lock_components(workspace)
    write_file(root, RANKED, BEST_SHOP[RANKED].replace("desc", "asc"))
    assert errors(check(workspace)) == [("MW-K005", f"{BEST}:1:1")]
    with pytest.raises(InputError, match=r"still called 1\.0\.0"):
        lock_components(workspace)
    raise_version(root)
    assert not errors(check(workspace))
    kept = root / "components/best@1.0.0/models/chosen.sql"
    kept.write_text(kept.read_text().replace("<=", "<"))
    assert errors(check(workspace)) == [("MW-K005", "components/best@1.0.0/component.yaml:1:1")]


def test_a_version_with_an_error_in_its_files_is_not_kept(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    write_file(workspace.root, RANKED, "select from where")
    with pytest.raises(InputError) as caught:
        lock_components(workspace)
    assert caught.value.first.span is not None
    assert caught.value.first.span.file == RANKED
    assert not (workspace.root / "components.lock").exists()
    write_file(workspace.root, RANKED, BEST_SHOP[RANKED])
    assert lock_components(workspace).written


def test_a_locked_version_that_is_gone_is_told_and_can_be_left(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    root = workspace.root
    lock_components(workspace)
    raise_version(root)
    subprocess.run(["rm", "-r", str(root / "components/best@1.0.0")], check=True)
    assert errors(check(workspace)) == [("MW-K004", f"{PIPELINE}:2:28")]
    with pytest.raises(InputError, match="is not there"):
        lock_components(workspace)
    update_components(workspace, UpdateWish(names=(NODE,)))
    assert not check(workspace).diagnostics


def test_an_update_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    root = workspace.root
    lock_components(workspace)
    apply(workspace, RunOptions())
    write_file(
        root,
        BEST,
        BEST_SHOP[BEST]
        .replace("1.0.0", "1.1.0")
        .replace("n: {type: integer, default: 2}", "n: {type: integer, default: 2}\n      m: {type: integer}"),
    )
    (move,) = plan(workspace, PlanOptions()).moves
    assert move.problem is not None
    assert move.problem.startswith("MW-K012 parameter 'm' of best 1.1.0 has no default")
    before = (root / "components.lock").read_text()
    with pytest.raises(InputError, match="nothing was moved"):
        update_components(workspace, UpdateWish())
    assert (root / "components.lock").read_text() == before
    assert not (root / "components/best@1.1.0").exists()


def test_names_that_are_nothing_are_told(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    with pytest.raises(InputError, match="no component and no use of one is called 'bset'") as refused:
        show_component(workspace, "bset")
    assert refused.value.diagnostics[0].fix is not None
    assert refused.value.diagnostics[0].fix.startswith("did you mean 'best'?")
    with pytest.raises(InputError, match="MW-K016"):
        update_components(workspace, UpdateWish(names=("nobody",)))
    with pytest.raises(InputError, match="there is no such version"):
        update_components(workspace, UpdateWish(to="7.0.0"))


def test_lists_show_and_explain_tell_components(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    states = {state.name: state for state in list_components(workspace).components}
    assert [use.node for use in states["best"].uses] == [NODE]
    assert "std.deduplicate" in states
    assert show_component(workspace, NODE).components[0].name == "best"
    first = explain(workspace, f"{NODE}__ranked").lines[0]
    assert first == (
        f"node ranked of component best 1.0.0 ({RANKED}:1:1), used as best@1 (not locked) by {NODE} ({PIPELINE}:2:28)"
    )
    card = show(workspace, NODE)
    assert card.origin is not None  # type: ignore[union-attr]
    assert card.origin.label == "best 1.0.0"  # type: ignore[union-attr]


def test_what_ships_with_meshwright_is_used_as_it_is_and_frozen_with_a_run(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    given = "inputs: {rows: sales.orders.orders}, params: {key: customer, by: amount, n: 1}"
    text = f"nodes:\n  best_orders: {{component: std.top_n@1, {given}}}\n"
    write_file(workspace.root, PIPELINE, text)
    (workspace.root / "domains/sales/totals/models/leftover.sql").unlink()
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED, report
    assert values(workspace, f"select order_id from {NODE} order by 1") == [(1,), (2,), (4,)]
    from meshwright.app.runs import show_run

    files = show_run(workspace, report.run_id).run.files
    assert "components/std.top_n@1.0.0/models/top.sql" in files
    apply(workspace, RunOptions())
    write_file(workspace.root, "domains/finance/report/models/revenue.sql", "select 1 as one")
    again = apply(workspace, RunOptions())
    assert "components/std.top_n@1.0.0/models/top.sql" in show_run(workspace, again.run_id).run.files, (
        "of a product that was taken over as well"
    )


def repository(folder: Path, files: Mapping[str, str], *, tag: str) -> str:
    for name, text in files.items():
        write_file(folder, name, text)
    git = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    if not (folder / ".git").exists():
        subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "x"], check=True)
    subprocess.run([*git, "tag", tag], check=True)
    return folder.as_uri()


def shared(version: str = "1.0.0", comparison: str = ">") -> dict[str, str]:
    component = f"""
        name: positive
        version: {version}
        inputs:
          rows: {{amount: DOUBLE}}
        outputs: [kept]
        nodes:
          kept: {{component: filtered@1, inputs: {{rows: rows}}}}
        """
    inner = f"""
        name: filtered
        version: {version}
        inputs:
          rows: {{amount: DOUBLE}}
        outputs: [kept]
        """
    return {
        "lib/positive/component.yaml": component,
        "lib/filtered/component.yaml": inner,
        "lib/filtered/models/kept.sql": f"select * from rows where amount {comparison} 0\n",
        "README.md": "Shared.",
    }


LIB = "nodes:\n  positive_orders: {component: lib.positive@1, inputs: {rows: sales.orders.orders}}\n"


def with_sources(root: Path, said: str) -> None:
    write_file(root, "mesh.yaml", f"meshwright: 1\nname: shop\nparams: {{currency: EUR}}\ncomponents:\n  - {said}\n")


def test_components_of_another_repository_are_fetched_once_locked_and_moved(tmp_path: Path) -> None:
    url = repository(tmp_path / "shared", shared(), tag="v1")
    workspace = shop(tmp_path)
    root = workspace.root
    (root / "domains/sales/totals/models/leftover.sql").unlink()
    with_sources(root, f"{{git: {url}, ref: v1, path: lib, as: lib}}")
    write_file(root, PIPELINE, LIB)
    assert errors(check(workspace)) == [("MW-K002", f"{PIPELINE}:2:32")]
    report = lock_components(workspace)
    assert report.written == ("components.lock", "components/lib.filtered@1.0.0/", "components/lib.positive@1.0.0/")
    text = (root / "components.lock").read_text()
    commit = subprocess.run(
        ["git", "-C", str(tmp_path / "shared"), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert f'git: "{url}", ref: "v1", commit: "{commit}", path: "lib/positive"' in text
    assert not check(workspace).diagnostics
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    (tmp_path / "shared").rename(tmp_path / "away")
    assert not built(plan(workspace, PlanOptions())), "nothing is fetched when anything is planned or run"
    assert not lock_components(workspace).written, "nor where all is locked"
    with pytest.raises(WorldError, match="cannot be fetched"):
        update_components(workspace, UpdateWish())
    assert (root / "components.lock").read_text() == text
    (tmp_path / "away").rename(tmp_path / "shared")
    repository(tmp_path / "shared", shared("1.1.0", ">="), tag="v2")
    assert not update_components(workspace, UpdateWish()).moves, "the ref still is v1"
    with_sources(root, f"{{git: {url}, ref: v2, path: lib, as: lib}}")
    assert not built(plan(workspace, PlanOptions()))
    moved = update_components(workspace, UpdateWish())
    assert {move.node: move.newest for move in moved.moves} == {
        "sales.totals.positive_orders": "1.1.0",
        "sales.totals.positive_orders__kept": "1.1.0",
    }
    assert moved.removed == ("components/lib.filtered@1.0.0/", "components/lib.positive@1.0.0/")
    assert built(plan(workspace, PlanOptions())) == ["sales.totals.positive_orders"]


def test_a_version_that_changed_where_it_comes_from_is_not_taken(tmp_path: Path) -> None:
    url = repository(tmp_path / "shared", shared(), tag="v1")
    workspace = shop(tmp_path)
    root = workspace.root
    (root / "domains/sales/totals/models/leftover.sql").unlink()
    with_sources(root, f"{{git: {url}, ref: v1, path: lib, as: lib}}")
    write_file(root, PIPELINE, LIB)
    lock_components(workspace)
    before = (root / "components/lib.filtered@1.0.0/models/kept.sql").read_text()
    repository(tmp_path / "shared", shared("1.0.0", "<"), tag="v2")
    with_sources(root, f"{{git: {url}, ref: v2, path: lib, as: lib}}")
    report = update_components(workspace, UpdateWish())
    assert not report.moves
    assert (root / "components/lib.filtered@1.0.0/models/kept.sql").read_text() == before


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{git: 'https://me:secret@example.org/x', ref: v1}", "MW-K018"),
        ("{git: 'ext::sh -c id', ref: v1}", "MW-K018"),
        ("{git: '--upload-pack=id', ref: v1}", "MW-K018"),
        ("{git: 'https://example.org/x', ref: '--all'}", "MW-K018"),
        ("{git: 'https://example.org/x', ref: v1, path: ../up}", "MW-K018"),
        ("{git: 'https://example.org/x', ref: v1, as: std}", "MW-K018"),
        ("{git: 'https://example.org/x'}", "MW-M102"),
        ("{git: 'https://example.org/x', ref: v1, branch: x}", "MW-M101"),
        ("somewhere", "MW-M103"),
    ],
)
def test_sources_that_cannot_be_are_told_and_never_asked(tmp_path: Path, said: str, code: str) -> None:
    workspace = shop(tmp_path)
    with_sources(workspace.root, said)
    found = [each for each in check(workspace).diagnostics if each.severity == "error"]
    assert [each.code for each in found] == [code]
    assert str(found[0].span).startswith("mesh.yaml:5:")
    assert "secret" not in found[0].message


def test_components_of_an_installed_package_are_found_by_their_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    write_file(site, "acme_parts/__init__.py", "raise SystemExit('nobody imports a package to read its files')\n")
    for name, text in shared().items():
        if name.startswith("lib/"):
            write_file(site, f"acme_parts/{name.removeprefix('lib/')}", text)
    write_file(site, "acme_parts-3.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: acme-parts\nVersion: 3.1\n")
    write_file(site, "acme_parts-3.1.dist-info/entry_points.txt", "[meshwright.components]\nacme = acme_parts\n")
    monkeypatch.syspath_prepend(str(site))
    workspace = shop(tmp_path)
    (workspace.root / "domains/sales/totals/models/leftover.sql").unlink()
    write_file(workspace.root, PIPELINE, LIB.replace("lib.positive", "acme.positive"))
    lock_components(workspace)
    assert 'package: "acme_parts", release: "3.1"' in (workspace.root / "components.lock").read_text()
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED


def test_a_lock_file_that_cannot_be_read_is_told_and_not_written_over(tmp_path: Path) -> None:
    workspace = shop(tmp_path)
    lock_components(workspace)
    place = workspace.root / "components.lock"
    place.write_text(place.read_text().replace("best@1.0.0\n", "best\n"))
    assert [code for code, _ in errors(check(workspace))] == ["MW-M103"]
    place.write_text("meshwright: 2\n")
    assert [code for code, _ in errors(check(workspace))] == ["MW-M104"]
    with pytest.raises(InputError, match="MW-M104"):
        lock_components(workspace)
    assert place.read_text() == "meshwright: 2\n"


def test_a_plan_document_tells_moves(tmp_path: Path) -> None:
    from meshwright.plan.documents import plan_document

    workspace = shop(tmp_path)
    lock_components(workspace)
    raise_version(workspace.root)
    (move,) = json.loads(json.dumps(plan_document(plan(workspace, PlanOptions()))))["moves"]
    assert (move["node"], move["component"], move["version"], move["newest"], move["in_range"], move["problem"]) == (
        NODE,
        "best",
        "1.0.0",
        "1.1.0",
        True,
        None,
    )

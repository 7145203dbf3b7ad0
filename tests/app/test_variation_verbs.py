"""Variations beside production: compared, promoted, dropped, listed, written out whole; and side by side in processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.varied_diff import VariationDiffWish, diff_variation
from meshwright.app.varied_drop import drop_variation, list_variations
from meshwright.app.varied_promotion import promote_variation
from meshwright.app.varied_resolved import resolve_pipelines
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import InputError, MeshwrightError, RefusedError
from meshwright.faces.documents.variations import resolved_document, variation_diff_document
from meshwright.faces.text.resolved import resolved_lines
from meshwright.faces.text.terminal import Look
from meshwright.files.yaml import parse_yaml, to_plain
from meshwright.plan.values import StepAction
from meshwright.state.records import RunState
from tests.app.varied_shop import FILES, PIPELINE, built, one, varied_shop
from tests.meshes import write_file

CANARY = "sales.orders@canary"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return varied_shop(tmp_path)


@pytest.fixture
def canary(shop: Workspace) -> Workspace:
    """The shop with the plain pipeline and the canary published."""
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    assert apply(shop, RunOptions(variation="canary")).state is RunState.SUCCEEDED
    return shop


def failure(call: object, kind: type[MeshwrightError] = MeshwrightError) -> tuple[str, str]:
    with pytest.raises(kind) as caught:
        call()  # type: ignore[operator]
    return caught.value.first.code, f"{caught.value.first.message} {caught.value.first.fix}"


# --- diff


def test_a_canary_is_compared_with_its_product(canary: Workspace) -> None:
    diff = diff_variation(canary, VariationDiffWish(variation=CANARY))
    assert (diff.other, [one.dataset for one in diff.datasets]) == (
        "sales.orders",
        ["sales.orders.daily", "sales.orders.orders"],
    )
    daily, orders = diff.datasets
    assert orders.making.parameters == {"least": (0.0, 8.0)}
    assert orders.rows is not None
    assert (orders.rows.rows_before, orders.rows.rows_after, orders.rows.removed, orders.rows.changed) == (4, 2, 2, 0)
    assert orders.rows.key == ("order_id",), "the key of the product's contract"
    distances = {column.name: column.distribution.distance for column in orders.rows.columns if column.distribution}
    assert distances == {"order_id": 0.5, "customer": 0.25, "amount": 0.5, "placed": 0.5}
    assert [(rule.id, rule.before is not None, rule.after is not None) for rule in daily.tests] == [("few", True, True)]
    verdicts = {
        rule.id: (rule.before.verdict, rule.after.verdict) for rule in daily.tests if rule.before and rule.after
    }
    assert verdicts == {"few": ("pass", "log")}
    assert not diff.is_empty
    assert json.loads(json.dumps(variation_diff_document(diff), allow_nan=False))["with"] == "sales.orders"


def test_one_dataset_and_another_variation_may_be_named(canary: Workspace) -> None:
    apply(canary, RunOptions(variation="full"))
    alone = diff_variation(canary, VariationDiffWish(variation="sales.orders.daily@canary", has_data=False))
    assert [(one.dataset, one.rows) for one in alone.datasets] == [("sales.orders.daily", None)]
    same = diff_variation(canary, VariationDiffWish(variation=CANARY, other="full"))
    assert same.is_empty
    assert same.other == "sales.orders@full"
    beside = diff_variation(canary, VariationDiffWish(variation="sales.orders@full", other="canary"))
    raw = next(one for one in beside.datasets if one.dataset.endswith("raw_orders"))
    assert raw.before is None, "the canary builds no source of its own"


@pytest.mark.parametrize(
    ("wish", "code", "words"),
    [
        (VariationDiffWish(variation="sales.orders"), "MW-V001", "does not name a variation"),
        (VariationDiffWish(variation="canary"), "MW-V001", "does not name a variation"),
        (VariationDiffWish(variation="a@b@c"), "MW-V001", "does not name a variation"),
        (VariationDiffWish(variation="sales.orders@cannary"), "MW-V001", "did you mean 'sales.orders@canary'"),
        (VariationDiffWish(variation="sales.orders@full"), "MW-V002", "mw run sales.orders --variation full"),
        (VariationDiffWish(variation=CANARY, other="full"), "MW-V002", "mw run sales.orders --variation full"),
        (VariationDiffWish(variation=CANARY, other="no"), "MW-V001", "no variation 'no'"),
        (VariationDiffWish(variation="sales.orders.dayly@canary"), "MW-V001", "did you mean"),
        (VariationDiffWish(variation=CANARY, environment="qa"), "MW-V002", "--env qa"),
        (VariationDiffWish(variation=CANARY, environment="no"), "MW-R013", "no environment"),
        (VariationDiffWish(variation=CANARY, key=("no",)), "MW-S115", "no dataset"),
        (VariationDiffWish(variation=CANARY, tolerance=-1), "MW-S116", "no tolerance"),
    ],
)
def test_what_cannot_be_compared_is_told(canary: Workspace, wish: VariationDiffWish, code: str, words: str) -> None:
    found, told = failure(lambda: diff_variation(canary, wish), InputError)
    assert found == code
    assert words in told


# --- promote


def test_promotion_writes_the_values_and_the_next_run_builds_nothing(canary: Workspace) -> None:
    file = canary.root / PIPELINE
    before = file.read_text()
    dry = promote_variation(canary, CANARY, is_dry=True)
    assert (dry.is_written, file.read_text()) == (False, before)
    made = promote_variation(canary, CANARY)
    assert made.is_written
    [change] = made.changes
    assert (change.parameter, change.before, change.after, change.level) == ("least", 0.0, 8.0, "pipeline sales.orders")
    assert file.read_text() == before.replace("default: 0,", "default: 8,")
    assert made.counts[StepAction.BUILD.value] == 0
    report = apply(canary, RunOptions(select=("sales.orders",)))
    # The contract of the product is a gate for what comes from a variation as for everything else: it wants three rows.
    assert (report.state, built(report)) == (RunState.FAILED, [])
    assert one(canary, "select count(*) from sales.orders.orders") == 4
    again = promote_variation(canary, CANARY)
    assert (again.changes, again.is_written) == ((), False)


def test_a_promotion_that_passes_the_gate_publishes_the_canary_s_versions(tmp_path: Path) -> None:
    name = "domains/sales/orders/contracts/orders.odcs.yaml"
    canary = varied_shop(tmp_path, **{name: FILES[name].replace("mustBeGreaterThan: 2", "mustBeGreaterThan: 1")})
    apply(canary, RunOptions())
    apply(canary, RunOptions(variation="canary"))
    promote_variation(canary, CANARY)
    report = apply(canary, RunOptions(select=("sales.orders",)))
    assert (report.state, built(report)) == (RunState.SUCCEEDED, [])
    assert one(canary, "select count(*) from sales.orders.orders") == 2
    assert diff_variation(canary, VariationDiffWish(variation=CANARY)).is_empty


def test_what_is_not_published_as_its_files_say_is_not_promoted(canary: Workspace) -> None:
    write_file(
        canary.root, PIPELINE, FILES[PIPELINE].replace("{params: {least: 8}, nodes", "{params: {least: 9}, nodes")
    )
    code, told = failure(lambda: promote_variation(canary, CANARY), RefusedError)
    assert code == "MW-V003"
    assert "2 to build" in told or "1 to build" in told
    write_file(canary.root, PIPELINE, FILES[PIPELINE])
    assert failure(lambda: promote_variation(canary, "sales.orders@full"))[0] == "MW-V002"
    assert failure(lambda: promote_variation(canary, "sales.orders@same"))[0] == "MW-V005"
    assert failure(lambda: promote_variation(canary, "sales.orders@no"))[0] == "MW-V001"


def test_sources_that_changed_since_are_not_promoted_unseen(canary: Workspace) -> None:
    with (canary.root / "data/orders.csv").open("a") as file:
        file.write("5,dan,30.0,2026-01-04\n")
    assert failure(lambda: promote_variation(canary, CANARY))[0] == "MW-V003"


def test_a_value_that_the_environment_sets_is_not_promoted_in_it(shop: Workspace) -> None:
    apply(shop, RunOptions(environment="qa"))
    apply(shop, RunOptions(environment="qa", variation="canary"))
    code, told = failure(lambda: promote_variation(shop, CANARY, "qa"), RefusedError)
    assert code == "MW-V004"
    assert "environment qa sets least to 6" in told


@pytest.mark.parametrize(
    ("params", "after"),
    [
        ("", "params: {least: 8}\n"),
        ("params:\n  # all of ours\n  other: 1\n", "params:\n  # all of ours\n  least: 8\n  other: 1\n"),
    ],
)
def test_a_value_that_is_declared_above_is_written_into_the_pipeline(tmp_path: Path, params: str, after: str) -> None:
    rest = FILES[PIPELINE].split("Smallest amount to keep.}\n", 1)[1]
    mesh = FILES["mesh.yaml"].replace("{currency: EUR}", "{currency: EUR, least: {type: number, default: 0}}")
    shop = varied_shop(tmp_path, **{"mesh.yaml": mesh, PIPELINE: rest})
    file = shop.root / PIPELINE
    file.write_text(params + file.read_text())
    apply(shop, RunOptions())
    apply(shop, RunOptions(variation="canary"))
    made = promote_variation(shop, CANARY)
    assert file.read_text().startswith(after)
    assert made.counts[StepAction.BUILD.value] == 0
    assert check(shop).ok


def test_a_value_of_a_node_is_written_there(tmp_path: Path) -> None:
    text = FILES[PIPELINE].replace(
        "raw_orders: {source: {path: data/orders.csv, format: csv}}",
        "raw_orders: {source: {path: data/orders.csv, format: csv}}\n          orders: {params: {least: 1}}  # its own",
    )
    shop = varied_shop(tmp_path, **{PIPELINE: text})
    apply(shop, RunOptions())
    apply(shop, RunOptions(variation="canary"))
    made = promote_variation(shop, CANARY)
    assert [change.level for change in made.changes] == ["node sales.orders.orders", "pipeline sales.orders"]
    assert "orders: {params: {least: 8}}  # its own" in (shop.root / PIPELINE).read_text()
    assert made.counts[StepAction.BUILD.value] == 0


def test_a_file_that_cannot_be_changed_alone_stays_as_it_is(tmp_path: Path) -> None:
    text = (
        FILES[PIPELINE]
        .replace("default: 0, description", "default: &zero 0, description")
        .replace("mustBe: 0, severity: log", "mustBe: *zero, severity: log")
    )
    shop = varied_shop(tmp_path, **{PIPELINE: text})
    apply(shop, RunOptions())
    apply(shop, RunOptions(variation="canary"))
    before = (shop.root / PIPELINE).read_bytes()
    code, told = failure(lambda: promote_variation(shop, CANARY), InputError)
    assert code == "MW-V006"
    assert "least: 8" in told
    assert (shop.root / PIPELINE).read_bytes() == before


def test_what_else_uses_a_value_is_named(shop: Workspace) -> None:
    text = FILES[PIPELINE].replace("nodes: [orders+]", "nodes: [orders]")
    model = "select placed, count(*) as n from sales.orders.orders where amount > $least group by placed\n"
    write_file(shop.root, PIPELINE, text)
    write_file(shop.root, "domains/sales/orders/models/daily.sql", model)
    apply(shop, RunOptions())
    apply(shop, RunOptions(variation="canary"))
    made = promote_variation(shop, CANARY)
    assert made.unbuilt == ("sales.orders.daily",)
    assert made.counts[StepAction.BUILD.value] == 1


# --- list and drop


def test_a_variation_is_dropped_whole_and_comes_back_without_a_build(canary: Workspace) -> None:
    listed = {one.address: (one.is_declared, len(one.published)) for one in list_variations(canary).variations}
    assert listed == {CANARY: (True, 2), "sales.orders@full": (True, 0), "sales.orders@same": (True, 0)}
    made = drop_variation(canary, CANARY, reason="it was worse")
    assert made.changed == ("sales.orders.daily@canary", "sales.orders.orders@canary", CANARY)
    assert plan(canary, PlanOptions()).is_empty, "the product stands as it did"
    with pytest.raises(InputError):
        one(canary, 'select count(*) from sales.orders."orders@canary"')
    assert not next(one for one in list_variations(canary).variations if one.address == CANARY).published
    assert failure(lambda: drop_variation(canary, CANARY), InputError)[0] == "MW-V002"
    report = apply(canary, RunOptions(variation="canary"))
    assert (built(report), report.published) == ([], (CANARY,))


def test_a_variation_that_the_files_have_no_more_is_listed_and_dropped(canary: Workspace) -> None:
    text = FILES[PIPELINE].replace("canary: {params: {least: 8}, nodes: [orders+]}", "")
    write_file(canary.root, PIPELINE, text)
    found = next(one for one in list_variations(canary).variations if one.address == CANARY)
    assert (found.is_declared, len(found.published)) == (False, 2)
    assert drop_variation(canary, CANARY).changed


def test_what_is_no_whole_variation_is_not_dropped(canary: Workspace) -> None:
    assert failure(lambda: drop_variation(canary, "sales.orders.daily@canary"))[0] == "MW-V001"
    assert failure(lambda: drop_variation(canary, "sales.orders"))[0] == "MW-V001"
    assert failure(lambda: drop_variation(canary, "sales.orders@full"))[0] == "MW-V002"


# --- resolved


def test_a_variation_is_written_out_with_the_origin_of_every_value(shop: Workspace) -> None:
    found = resolve_pipelines(shop, (), "canary")
    [pipeline] = found.pipelines
    assert pipeline.left_out == ("raw_orders",)
    daily, orders = pipeline.nodes
    setting = orders.params["least"]
    assert (setting.parameter.value, setting.level) == (8.0, "variation canary of sales.orders")
    assert str(setting.parameter.span).startswith(f"{PIPELINE}:9:")
    assert orders.code == ("domains/sales/orders/models/orders.sql",)
    assert (orders.engine.value, orders.engine.level) == ("local", "default")
    assert [(spec.id, spec.params) for spec in daily.tests] == [("few", {"least": 8.0})]
    document = json.loads(json.dumps(resolved_document(found), allow_nan=False))
    assert document["pipelines"][0]["nodes"][1]["params"]["least"]["file"] == PIPELINE


def test_what_is_written_out_is_yaml(shop: Workspace) -> None:
    for select, variation in (((), "canary"), (("sales.orders",), None), ((), None)):
        lines = resolved_lines(resolve_pipelines(shop, select, variation), Look())
        document, findings = parse_yaml("\n".join(lines).encode(), "resolved.yaml")
        assert findings == ()
        assert document is not None
        plain = to_plain(document.root)
        assert isinstance(plain, dict)
        pipelines = plain["pipelines"]
        assert isinstance(pipelines, dict)
        assert ("sales.orders@canary" if variation else "sales.orders") in pipelines


def test_secrets_stay_references_and_limits_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "sqlite:///canary-7731.db")
    text = FILES[PIPELINE].replace(
        "raw_orders: {source: {path: data/orders.csv, format: csv}}",
        "raw_orders: {source: {path: data/orders.csv, format: csv}}\n"
        "          far: {source: {database: '${env:SHOP_URL}', table: t}, columns: {x: INTEGER}, refresh: always}\n"
        "        retry: {attempts: 3}\n        concurrency: 2",
    )
    shop = varied_shop(tmp_path, **{PIPELINE: text})
    found = resolve_pipelines(shop, ("sales.orders",), None)
    [pipeline] = found.pipelines
    far = next(node for node in pipeline.nodes if node.node.address.endswith("far"))
    assert far.settings["source"].value == {"database": "${env:SHOP_URL}", "table": "t"}
    assert far.settings["refresh"].value == "always"
    assert (far.settings["retry"].value, far.settings["retry"].level) == ({"attempts": 3}, "pipeline sales.orders")
    assert pipeline.settings["concurrency"].value == 2
    text = "\n".join(resolved_lines(found, Look()))
    assert "${env:SHOP_URL}" in text
    assert "canary-7731" not in text + json.dumps(resolved_document(found))


def test_settings_of_tools_stand_beside_those_of_nodes(tmp_path: Path) -> None:
    text = FILES[PIPELINE].replace(
        "raw_orders: {source: {path: data/orders.csv, format: csv}}",
        "raw_orders: {source: {path: data/orders.csv, format: csv}}\n"
        "          tell: {shell: {command: 'echo ${env:HOOK}'}, after: [orders]}",
    )
    name = "        name: shop\n"
    mesh = FILES["mesh.yaml"].replace(name, name + "        tools: {shell: {variables: {A: '${env:SECRET}'}}}\n")
    shop = varied_shop(tmp_path, **{PIPELINE: text, "mesh.yaml": mesh})
    [pipeline] = resolve_pipelines(shop, ("sales.orders",), None).pipelines
    tell = next(node for node in pipeline.nodes if node.node.address.endswith("tell"))
    assert tell.settings["shell"].value == {"command": "echo ${env:HOOK}"}
    assert (tell.settings["tools.shell"].value, tell.settings["tools.shell"].level) == (
        {"variables": {"A": "${env:SECRET}"}},
        "mesh",
    )


def test_an_engine_that_a_variation_maps_is_told_from_there(tmp_path: Path) -> None:
    text = FILES[PIPELINE].replace(
        "canary: {params: {least: 8}", "canary: {engines: {local: local}, params: {least: 8}"
    )
    shop = varied_shop(tmp_path, **{PIPELINE: text})
    [pipeline] = resolve_pipelines(shop, (), "canary").pipelines
    assert {node.engine.level for node in pipeline.nodes} == {"variation canary of sales.orders"}


# --- side by side


@pytest.mark.slow
def test_two_variations_and_the_plain_pipeline_run_at_once_in_processes_of_their_own(shop: Workspace) -> None:
    runs = (("--variation", "canary"), ("--variation", "full"), ())
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "meshwright", "run", *words, "--json", "-q"],
            cwd=shop.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in runs
    ]
    answers = []
    for process in started:
        out, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
        answers.append(json.loads(out))
    assert {answer["state"] for answer in answers} == {"succeeded"}
    assert len({answer["run_id"] for answer in answers}) == 3
    published = [name for answer in answers for name in answer["published"]]
    # The canary is made from the plain source, so its run may publish that as well.
    assert {"sales.orders", "sales.orders@canary", "sales.orders@full"} <= set(published)
    counts = {
        name: one(shop, f'select count(*) from sales.orders."{name}"')
        for name in ("orders", "orders@canary", "orders@full", "raw_orders@full")
    }
    assert counts == {"orders": 4, "orders@canary": 2, "orders@full": 2, "raw_orders@full": 4}
    # Whoever came second to a version took the first one's: canary and full are one recipe.
    assert diff_variation(shop, VariationDiffWish(variation=CANARY, other="full")).is_empty
    for variation in ("canary", "full", None):
        assert plan(shop, PlanOptions(variation=variation)).is_empty


def test_nodes_that_yield_no_dataset_hold_no_promotion_up(tmp_path: Path) -> None:
    root = tmp_path / "mesh"
    write_file(root, "mesh.yaml", "meshwright: 1\nname: try\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    pipeline = (
        "params: {n: 3}\nnodes:\n  note: {shell: 'true', after: [numbers]}\nvariations:\n  canary: {params: {n: 5}}\n"
    )
    write_file(root, "domains/ops/p/pipeline.yaml", pipeline)
    write_file(root, "domains/ops/p/models/numbers.sql", "select $n as n")
    workspace = Workspace(root=root, tree=root)
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert apply(workspace, RunOptions(variation="canary")).state is RunState.SUCCEEDED
    assert promote_variation(workspace, "ops.p@canary").is_written
    assert "params: {n: 5}" in (root / "domains/ops/p/pipeline.yaml").read_text()


def test_a_value_that_a_node_takes_from_the_pipeline_stays_a_reference(tmp_path: Path) -> None:
    root = tmp_path / "mesh"
    write_file(root, "mesh.yaml", "meshwright: 1\nname: try\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    component = "std.top_n@1, inputs: {rows: numbers}, params: {key: k, by: n, n: '${param:n}'}"
    pipeline = (
        f"params: {{n: 1}}\nnodes:\n  best: {{component: {component}}}\nvariations:\n  canary: {{params: {{n: 2}}}}\n"
    )
    write_file(root, "domains/ops/p/pipeline.yaml", pipeline)
    write_file(root, "domains/ops/p/models/numbers.sql", "select 1 as k, unnest([1, 2, 3]) as n")
    workspace = Workspace(root=root, tree=root)
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    assert apply(workspace, RunOptions(variation="canary")).state is RunState.SUCCEEDED
    assert [change.level for change in promote_variation(workspace, "ops.p@canary").changes] == ["pipeline ops.p"]
    text = (root / "domains/ops/p/pipeline.yaml").read_text()
    assert "params: {n: 2}" in text
    assert "n: '${param:n}'" in text

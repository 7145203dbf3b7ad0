"""Components in a mesh's files: what uses become, and what is wrong with them, each at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.diagnostics import Severity
from meshwright.files.cache import ParseCache
from meshwright.files.loaded import LoadedMesh
from meshwright.files.loader import load_mesh
from meshwright.model import Mesh
from tests.app.component_shop import BEST, BEST_SHOP, COMPONENT, PIPELINE, RANKED, best_shop
from tests.meshes import write_file

USE = "nodes:\n  best_orders: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: customer}}\n"


def mesh_of(root: Path) -> Mesh:
    loaded = load_mesh(root)
    assert loaded.mesh is not None
    assert not errors_of(loaded), errors_of(loaded)
    return loaded.mesh


def errors_of(loaded: LoadedMesh) -> list[str]:
    return [str(found) for found in loaded.diagnostics if found.severity is Severity.ERROR]


def found_in(root: Path, **files: str) -> list[tuple[str, str]]:
    """Return code and place of every error after writing `files`, which are named by constants here."""
    for name, text in files.items():
        write_file(root, name, text)
    loaded = load_mesh(root)
    return [(found.code, str(found.span)) for found in loaded.diagnostics if found.severity is Severity.ERROR]


def test_a_use_becomes_ordinary_nodes(tmp_path: Path) -> None:
    mesh = mesh_of(best_shop(tmp_path))
    product = mesh.product("sales.totals")
    assert product is not None
    made = {name: node for name, node in product.nodes.items() if node.origin is not None}
    assert sorted(made) == ["best_orders", "best_orders__ranked", "best_orders__rest", "best_orders__rows"]
    assert [name for name, node in made.items() if node.origin and node.origin.is_output] == [
        "best_orders",
        "best_orders__rest",
    ]
    assert made["best_orders__ranked"].reads == ("sales.totals.best_orders__rows",)
    assert made["best_orders__rows"].reads == ("sales.orders.orders",)
    assert [name for name, node in made.items() if node.is_view] == ["best_orders__rest", "best_orders__rows"]
    ranked = made["best_orders__ranked"]
    assert ranked.sql is not None
    assert 'partition by "customer" order' in ranked.sql.text
    assert str(ranked.span) == f"{RANKED}:1:1"
    assert ranked.origin is not None
    assert (ranked.origin.label, ranked.origin.node, ranked.origin.inner) == (
        "best 1.0.0",
        "sales.totals.best_orders",
        "ranked",
    )
    assert {tests.dataset: [rule.id for rule in tests.rules] for tests in product.tests} == {
        "sales.totals.best_orders": ["whole"],
        "sales.totals.best_orders__rows": ["some"],
    }
    assert {file.path for file in product.files} >= {BEST, RANKED}, "the product's code is the component's as well"


def test_a_component_of_the_domain_comes_before_one_of_the_mesh_and_others_name_the_domain(tmp_path: Path) -> None:
    own = {
        path.replace("components/", "domains/sales/components/"): BEST_SHOP[path]
        for path in BEST_SHOP
        if path.startswith("components/")
    }
    root = best_shop(tmp_path)
    for path, text in own.items():
        write_file(root, path, text.replace("1.0.0", "1.3.0"))
    write_file(
        root,
        "domains/finance/report/pipeline.yaml",
        "nodes:\n"
        "  theirs: {component: sales.best@1, inputs: {rows: sales.orders.orders}, params: {key: customer}}\n"
        "  shared: {component: best@1, inputs: {rows: sales.orders.orders}, params: {key: customer}}\n",
    )
    uses = {use.node: f"{use.component} {use.version}" for use in mesh_of(root).uses()}
    assert uses == {
        "sales.totals.best_orders": "sales.best 1.3.0",
        "finance.report.theirs": "sales.best 1.3.0",
        "finance.report.shared": "best 1.0.0",
    }


def test_components_are_made_of_components(tmp_path: Path) -> None:
    root = best_shop(tmp_path)
    write_file(
        root,
        "components/twice/component.yaml",
        """
        name: twice
        version: 2.0.0
        inputs:
          rows:
        params:
          by: {type: column, of: rows}
          most: {type: integer, default: 3}
        outputs: [outer, between]
        nodes:
          inner: {component: best@1.0, inputs: {rows: rows}, params: {key: $by, n: "${param:most}"}}
          outer: {component: best@1, inputs: {rows: between}, params: {key: [$by]}}
        """,
    )
    write_file(root, "components/twice/models/between.sql", "select * exclude (place) from inner__rest\n")
    write_file(
        root,
        PIPELINE,
        """
        params: {top: 1}
        nodes:
          mine: {component: twice@2, inputs: {rows: sales.orders.orders}, params: {by: customer, most: "${param:top}"}}
        """,
    )
    (root / "domains/sales/totals/models/leftover.sql").unlink()
    mesh = mesh_of(root)
    product = mesh.product("sales.totals")
    assert product is not None
    outputs = {name: node.origin.is_output for name, node in product.nodes.items() if node.origin}
    assert outputs == {
        "mine": True,
        "mine__between": True,
        "mine__inner": False,
        "mine__inner__ranked": False,
        "mine__inner__rest": False,
        "mine__inner__rows": False,
        "mine__outer__ranked": False,
        "mine__outer__rest": False,
        "mine__outer__rows": False,
    }
    assert product.nodes["mine__between"].reads == ("sales.totals.mine__inner__rest",)
    assert product.nodes["mine__outer__rows"].reads == ("sales.totals.mine__between",)
    inner = product.nodes["mine__inner"]
    assert inner.origin is not None
    assert dict(inner.origin.references) == {"n": "top"}
    assert inner.outer_param_names == ("top",)
    assert {use.node: use.outer for use in product.uses} == {
        "sales.totals.mine": None,
        "sales.totals.mine__inner": "sales.totals.mine",
        "sales.totals.mine__outer": "sales.totals.mine",
    }


BAD_USES = [
    ("component: bst@1", "MW-K002", "2:28"),
    ("component: best@2", "MW-K003", "2:28"),
    ("component: best@1.1", "MW-K003", "2:28"),
    ("component: best", "MW-K009", "2:28"),
    ("component: best@01", "MW-K009", "2:28"),
    ("component: [best]", "MW-K009", "2:28"),
    ("component: std.nothing@1", "MW-K002", "2:28"),
    ("component: other.best@1", "MW-K002", "2:28"),
]


@pytest.mark.parametrize(("said", "code", "place"), BAD_USES)
def test_what_names_no_component_is_told_where_it_stands(tmp_path: Path, said: str, code: str, place: str) -> None:
    root = best_shop(tmp_path)
    text = USE.replace("component: best@1", said)
    (root / "domains/sales/totals/models/leftover.sql").unlink()
    assert found_in(root, **{PIPELINE: text}) == [(code, f"{PIPELINE}:{place}")]


BAD_GIFTS = [
    ("inputs: {rows: sales.orders.orders}", "inputs: {row: sales.orders.orders}", ["MW-K011", "MW-K011"]),
    ("inputs: {rows: sales.orders.orders}", "inputs: {}", ["MW-K011"]),
    ("inputs: {rows: sales.orders.orders}", "inputs: {rows: sales.orders}", ["MW-K011"]),
    ("inputs: {rows: sales.orders.orders}", "inputs: {rows: 'a b'}", ["MW-K011"]),
    ("inputs: {rows: sales.orders.orders}", "inputs: [rows]", ["MW-M103"]),
    ("params: {key: customer}", "params: {}", ["MW-K012"]),
    ("params: {key: customer}", "params: {ky: customer}", ["MW-K012", "MW-K012"]),
    ("params: {key: customer}", "params: {key: [customer, customer]}", ["MW-K012"]),
    ("params: {key: customer}", "params: {key: []}", ["MW-K012"]),
    ("params: {key: customer}", "params: {key: 7}", ["MW-K012"]),
    ("params: {key: customer}", 'params: {key: "a\\nb"}', ["MW-K012"]),
    ("params: {key: customer}", "params: {key: '${param:currency}'}", ["MW-K012"]),
    ("params: {key: customer}", "params: {key: customer, n: '5'}", ["MW-K012"]),
    ("params: {key: customer}", "params: {key: customer, n: '${param:currency}'}", ["MW-K012"]),
    ("params: {key: customer}", "params: {key: customer, n: '${param:none}'}", ["MW-K012"]),
    ("params: {key: customer}", "params: {key: customer, n: '${env:N}'}", ["MW-M404"]),
    ("params: {key: customer}", "params: {key: customer}, as: view", ["MW-M101"]),
    ("params: {key: customer}", "params: {key: customer}, after: [nobody]", ["MW-M209"]),
]


@pytest.mark.parametrize(("written", "instead", "codes"), BAD_GIFTS)
def test_what_does_not_fit_a_component_is_told_where_it_is_given(
    tmp_path: Path, written: str, instead: str, codes: list[str]
) -> None:
    root = best_shop(tmp_path)
    (root / "domains/sales/totals/models/leftover.sql").unlink()
    found = [each for each in found_in(root, **{PIPELINE: USE.replace(written, instead)}) if each[0] != "MW-K001"]
    assert sorted(code for code, _ in found) == codes
    assert all(place.startswith(f"{PIPELINE}:2:") for _, place in found)


BAD_COMPONENTS = [
    (BEST, "name: best", "name: bst", ("MW-K001", f"{BEST}:1:7")),
    (BEST, "version: 1.0.0", "version: 1.0", ("MW-M104", f"{BEST}:2:10")),
    (BEST, "version: 1.0.0\n", "\n", ("MW-M102", f"{BEST}:1:1")),
    (BEST, "rest: others", "rest: other", ("MW-K006", f"{BEST}:10:31")),
    (BEST, "rest: others", "ranked: others", ("MW-K006", f"{BEST}:10:33")),
    (BEST, "rest: others", "rest: chosen", ("MW-K006", f"{BEST}:10:31")),
    (BEST, "of: rows", "of: row", ("MW-K006", f"{BEST}:8:28")),
    (BEST, "default: 2", "default: two", ("MW-M210", f"{BEST}:9:31")),
    (BEST, "default: 2", "default: 2, enum: [1, 3]", ("MW-M210", f"{BEST}:9:31")),
    (BEST, "type: integer", "type: integr", ("MW-M104", f"{BEST}:9:13")),
    (BEST, "amount: DOUBLE", "amount: 'DOUBLE; x'", ("MW-M206", f"{BEST}:6:18")),
    (BEST, "      chosen: [", "      chsen: [", ("MW-K006", f"{BEST}:15:3")),
    (BEST, "arguments: {properties: [$key, place]}", "column: $key", ("MW-K007", f"{BEST}:15:57")),
    (BEST, "metric: duplicateValues", "metric: duplicatedValues", ("MW-C021", f"{BEST}:15:32")),
    (BEST, "others: {as: view}", "others: {as: veiw}", ("MW-M104", f"{BEST}:12:16")),
    (BEST, "others: {as: view}", "others: {as: view, after: [x]}", ("MW-K006", f"{BEST}:12:30")),
    (BEST, "owners: [team:sales]", "owners: [sales]", ("MW-M104", f"{BEST}:4:9")),
    (RANKED, "from rows", "from orders", ("MW-K006", f"{RANKED}:2:6")),
    (RANKED, "from rows", "from sales.orders.orders", ("MW-K006", f"{RANKED}:2:6")),
    (RANKED, "from rows", "from rows where amount > $m", ("MW-M212", f"{RANKED}:2:26")),
    (RANKED, "by $key", "by $ky", ("MW-M212", f"{RANKED}:1:43")),
    (RANKED, "by $key", "by $key || 'x'", ("MW-K007", f"{RANKED}:1:43")),
    (RANKED, "from rows", "from rows where", ("MW-Q102", f"{RANKED}:2:11")),
]


@pytest.mark.parametrize(("path", "written", "instead", "expected"), BAD_COMPONENTS)
def test_what_is_wrong_with_a_component_is_told_in_its_own_files_and_once(
    tmp_path: Path, path: str, written: str, instead: str, expected: tuple[str, str]
) -> None:
    root = best_shop(tmp_path)
    text = BEST_SHOP[path]
    assert written in text
    found = found_in(root, **{path: text.replace(written, instead)})
    assert found == [expected]


def test_what_lies_inside_a_component_is_not_read_from_outside(tmp_path: Path) -> None:
    root = best_shop(tmp_path)
    leftover = "domains/sales/totals/models/leftover.sql"
    found = found_in(root, **{leftover: "select 1 as one,\n  n.* from best_orders__ranked as n\n"})
    assert found == [("MW-K015", f"{leftover}:2:12")]


def test_components_on_a_cycle_are_named_whether_they_are_used_or_not(tmp_path: Path) -> None:
    root = best_shop(tmp_path)
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        write_file(
            root,
            f"components/{name}/component.yaml",
            f"""
            name: {name}
            version: 1.0.0
            inputs:
              rows:
            outputs: [{name}_rows]
            nodes:
              {name}_rows: {{component: {other}@1, inputs: {{rows: rows}}}}
            """,
        )
    loaded = load_mesh(root)
    (found,) = [each for each in loaded.diagnostics if each.severity is Severity.ERROR]
    assert found.code == "MW-K008"
    assert "a@1.0.0 -> b@1.0.0 -> c@1.0.0 -> a@1.0.0" in found.message
    assert str(found.span) == "components/a/component.yaml:7:23"
    write_file(root, PIPELINE, "nodes:\n  x: {component: a@1, inputs: {rows: sales.orders.orders}}\n")
    (root / "domains/sales/totals/models/leftover.sql").unlink()
    assert [code for code, _ in found_in(root)] == ["MW-K008"], "an endless expansion ends"


def test_folders_that_are_no_components_are_told(tmp_path: Path) -> None:
    root = best_shop(tmp_path)
    write_file(root, "components/empty/models/x.sql", "select 1 as x")
    write_file(root, "components/near/component.yml", "name: near")
    write_file(root, "components/best/models/notes.txt", "hello")
    write_file(root, "components/Bad/component.yaml", "name: Bad")
    write_file(root, "domains/sales/totals/components/best/component.yaml", "name: best")
    loaded = load_mesh(root)
    found = {(each.code, str(each.span)): each.fix for each in loaded.diagnostics if each.code != "MW-K010"}
    assert set(found) == {
        ("MW-K001", "components/empty:1:1"),
        ("MW-K001", "components/near:1:1"),
        ("MW-M008", "components/best/models/notes.txt:1:1"),
        ("MW-M105", "components/Bad:1:1"),
        ("MW-M007", "domains/sales/totals/components:1:1"),
    }
    assert found["MW-K001", "components/near:1:1"] == "rename component.yml to component.yaml"


def test_a_component_that_changes_is_read_again_by_those_who_use_it(tmp_path: Path) -> None:
    root = best_shop(tmp_path)
    with ParseCache.open(tmp_path / "cache.db") as cache:
        first = load_mesh(root, cache=cache)
        write_file(root, RANKED, BEST_SHOP[RANKED].replace("desc", "asc"))
        second = load_mesh(root, cache=cache, before=first)
        fresh = load_mesh(root)
    assert first.mesh is not None
    assert second.mesh == fresh.mesh
    before, after = (
        first.mesh.node("sales.totals.best_orders__ranked"),
        second.mesh and second.mesh.node("sales.totals.best_orders__ranked"),
    )
    assert before is not None
    assert before.sql is not None
    assert after is not None
    assert after.sql is not None
    assert before.sql.fingerprint != after.sql.fingerprint


def test_a_component_that_comes_before_the_one_in_use_is_taken_by_products_that_stand(tmp_path: Path) -> None:
    root = best_shop(tmp_path)
    first = load_mesh(root)
    for path, text in BEST_SHOP.items():
        if path.startswith("components/"):
            write_file(root, f"domains/sales/{path}", text.replace("1.0.0", "1.3.0"))
    again = load_mesh(root, before=first)
    assert again.mesh is not None
    assert [(use.component, use.version) for use in again.mesh.uses()] == [("sales.best", "1.3.0")]


def test_a_component_that_is_laid_out_otherwise_means_the_same(tmp_path: Path) -> None:
    root = best_shop(tmp_path)
    before = mesh_of(root).node("sales.totals.best_orders__ranked")
    write_file(root, RANKED, BEST_SHOP[RANKED].replace("from rows", "-- all of them\n        FROM rows"))
    after = mesh_of(root).node("sales.totals.best_orders__ranked")
    assert before is not None
    assert before.sql is not None
    assert after is not None
    assert after.sql is not None
    assert before.sql.fingerprint == after.sql.fingerprint


def test_python_modules_of_a_component_lie_in_its_folder(tmp_path: Path) -> None:
    root = best_shop(tmp_path)
    write_file(
        root,
        BEST,
        COMPONENT.replace("others: {as: view}", "others: {python: code/rest.py:build, inputs: [ranked]}"),
    )
    (root / "components/best/models/others.sql").unlink()
    write_file(
        root,
        "components/best/code/rest.py",
        "import bounds\n\n\ndef build(ranked, n):\n    return bounds.over(ranked, n)\n",
    )
    write_file(root, "components/best/bounds.py", "def over(rows, n):\n    return rows\n")
    write_file(root, "domains/sales/bounds.py", "raise SystemExit('another module of that name')\n")
    node = mesh_of(root).node("sales.totals.best_orders__rest")
    assert node is not None
    assert node.python is not None
    assert node.python.params == ("n",)
    assert [given.dataset for given in node.python.inputs] == ["sales.totals.best_orders__ranked"]
    assert '"components/best/bounds.py"' in node.python.definition

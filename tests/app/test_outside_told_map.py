"""One node for each dataset, whatever it is called; joined to ours by its names, aliases, places and sources."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from meshwright.app.outside_told_map import JoinedMap, join_map
from meshwright.app.outside_told_names import OwnNames, own_names
from meshwright.files.loader import load_mesh
from meshwright.files.standards.dataset_names import normal_name
from meshwright.model import Mesh
from meshwright.model.told import (
    Direction,
    OutsideDataset,
    OutsideEdge,
    OutsideJob,
    OutsideMap,
    ToldLink,
    ToldName,
    dataset_id,
    job_id,
)
from tests.meshes import write_file, write_mesh

OWN = "meshwright://shop"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    root = write_mesh(tmp_path_factory.mktemp("shop"))
    write_file(root, "domains/sales/totals/pipeline.yaml", "aliases:\n  per_customer: ['s3://lake/totals']\n")
    write_file(
        root,
        "domains/sales/orders/pipeline.yaml",
        """
        nodes:
          raw_orders: {source: {path: data/orders.csv, format: csv}}
          many: {source: {path: "/landing/**/part-*.parquet", format: parquet}, columns: {a: INTEGER}}
          table: {source: {database: "postgresql://ana:${env:X}@DB/shop", table: customers}}
        """,
    )
    loaded = load_mesh(root)
    assert loaded.mesh is not None
    assert [each for each in loaded.diagnostics if each.severity == "error" and each.code[:4] == "MW-O"] == []
    return loaded.mesh


@pytest.fixture
def names(mesh: Mesh) -> OwnNames:
    return own_names(mesh, PurePath("/work/shop"), "prod")


def told(
    *edges: tuple[str, str, tuple[str, str]],
    links: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = (),
    parents: dict[str, tuple[str, str]] | None = None,
) -> OutsideMap:
    """Edges are (job, reads or writes, dataset)."""
    datasets = [name for _, _, name in edges] + [name for link in links for name in link]
    made = [normal(each) for each in datasets]
    jobs = [ToldName(namespace="t", name=job) for job, _, _ in edges]
    above = {job: ToldName(namespace=name[0], name=name[1]) for job, name in (parents or {}).items()}
    return OutsideMap(
        jobs={
            job_id(name): OutsideJob(id=job_id(name), name=name, producer="", parent=above.get(name.name))
            for name in jobs
        },
        datasets={dataset_id(name): OutsideDataset(id=dataset_id(name), name=name) for name in made},
        edges=tuple(
            OutsideEdge(
                job=job_id(ToldName(namespace="t", name=job)),
                dataset=dataset_id(normal(name)),
                direction=Direction(direction),
            )
            for job, direction, name in edges
        ),
        links=tuple(
            ToldLink(dataset=min(pair), other=max(pair))
            for link in links
            for pair in [(dataset_id(normal(link[0])), dataset_id(normal(link[1])))]
        ),
    )


def normal(name: tuple[str, str]) -> ToldName:
    return normal_name(ToldName(namespace=name[0], name=name[1]))


def works(joined: JoinedMap) -> dict[str, tuple[list[str], list[str]]]:
    return {
        work.job.name.name if work.job else work.id: (
            [joined.nodes[key].shown for key in work.reads],
            [joined.nodes[key].shown for key in work.writes],
        )
        for work in joined.works.values()
    }


PER_CUSTOMER = [
    (OWN, "sales.totals.per_customer"),
    ("MESHWRIGHT://shop/", "sales.totals.per_customer"),
    ("s3a://lake", "/totals/"),
    ("file", "/work/shop/.meshwright/store/sales/totals/per_customer"),
    ("file", "/work/shop/.meshwright/store/sales/totals/per_customer/0123/a-0.parquet"),
    ("duckdb:///work/shop/environments/prod.duckdb", "prod.sales__totals.per_customer"),
    ("duckdb:///work/shop/environments/prod.duckdb", "sales__totals.per_customer"),
]


@pytest.mark.parametrize("name", PER_CUSTOMER)
def test_a_dataset_of_ours_is_known_by_all_of_its_names(names: OwnNames, name: tuple[str, str]) -> None:
    joined = join_map(told(("reader", "reads", name)), names)
    assert [node.shown for node in joined.nodes.values()] == ["sales.totals.per_customer"]
    assert joined.outside == ()
    assert works(joined) == {"reader": (["sales.totals.per_customer"], [])}


def test_all_names_at_once_are_one_node(names: OwnNames) -> None:
    joined = join_map(told(*((f"job{n}", "reads", name) for n, name in enumerate(PER_CUSTOMER))), names)
    [node] = joined.nodes.values()
    assert len(node.names) == len({normal(name) for name in PER_CUSTOMER})
    assert len(joined.works_on("sales.totals.per_customer", Direction.READS)) == len(PER_CUSTOMER)


@pytest.mark.parametrize(
    "name",
    [
        (OWN, "sales.totals.gone"),
        (OWN, "sales"),
        ("meshwright://other", "sales.totals.per_customer"),
        ("s3://lake", "totals2"),
        ("file", "/work/shop/.meshwright/store2/sales/totals/per_customer"),
        ("file", "/work/shop/.meshwright/store/sales/totals"),
        ("duckdb:///work/shop/environments/x/prod.duckdb", "prod.sales__totals.per_customer"),
        ("duckdb:///work/shop/environments/prod.duckdb", "prod.sales__totals.other"),
    ],
)
def test_what_only_looks_like_ours_is_outside(names: OwnNames, name: tuple[str, str]) -> None:
    joined = join_map(told(("reader", "reads", name)), names)
    assert [node.address for node in joined.nodes.values()] == [None]


def test_datasets_of_other_environments_are_neither_ours_nor_outside(names: OwnNames) -> None:
    joined = join_map(
        told(
            ("j", "reads", (f"{OWN}/qa", "sales.totals.per_customer")),
            ("k", "reads", ("duckdb:///work/shop/environments/qa.duckdb", "qa.sales__totals.per_customer")),
        ),
        names,
    )
    assert joined.nodes == {}
    assert works(joined) == {"j": ([], []), "k": ([], [])}


def test_symlinks_make_one_node_outside_and_of_ours(names: OwnNames) -> None:
    a, b, c = ("hive://m", "db.a"), ("s3://w", "a"), ("glue", "a")
    joined = join_map(told(("j", "writes", a), ("k", "reads", c), links=((a, b), (b, c))), names)
    [node] = joined.outside
    assert set(node.names) == {normal(a), normal(b), normal(c)}
    assert works(joined) == {"j": ([], [node.shown]), "k": ([node.shown], [])}
    ours = ("s3://lake", "totals")
    joined = join_map(told(("j", "writes", a), ("k", "reads", ours), links=((a, b), (b, ours))), names)
    assert [node.shown for node in joined.nodes.values()] == ["sales.totals.per_customer"]


def test_symlinks_that_would_make_two_datasets_of_ours_one_are_not_believed(names: OwnNames) -> None:
    one, two, x = (OWN, "sales.totals.per_customer"), (OWN, "sales.orders.orders"), ("s3://w", "x")
    joined = join_map(told(("j", "reads", x), links=((one, x), (two, x))), names)
    assert sorted(node.shown for node in joined.nodes.values()) == [
        "s3://w/x",
        "sales.orders.orders",
        "sales.totals.per_customer",
    ]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (("file", "/work/shop/data/orders.csv"), "sales.orders.raw_orders"),
        (("file://localhost/", "/work/shop/data/./orders.csv"), "sales.orders.raw_orders"),
        (("file", "/landing/2026/05/part-1.parquet"), "sales.orders.many"),
        (("file", "/landing/part-1.parquet"), "sales.orders.many"),
        (("file:", "/landing/"), "sales.orders.many"),
        (("postgres://db:5432", "shop.public.customers"), "sales.orders.table"),
        (("postgresql://db", "shop.public.customers"), "sales.orders.table"),
    ],
)
def test_what_a_source_reads_is_a_dataset_outside_that_feeds_it(
    names: OwnNames, name: tuple[str, str], source: str
) -> None:
    joined = join_map(told(("writer", "writes", name)), names)
    [node] = joined.outside
    assert joined.feeds == {node.key: (source,)}


def test_files_beside_a_pattern_feed_nothing(names: OwnNames) -> None:
    others = [
        ("file", "/landing/x/other.parquet"),
        ("file", "/landing2/part-1.parquet"),
        ("s3://b", "landing/part-1.parquet"),
    ]
    assert join_map(told(*(("w", "writes", name) for name in others)), names).feeds == {}


def test_jobs_inside_of_a_node_of_ours_are_known_by_their_parents(names: OwnNames) -> None:
    node = (OWN, "sales.totals.per_customer")
    joined = join_map(
        told(
            ("inner", "reads", ("s3://w", "x")),
            ("innermost", "reads", ("s3://w", "x")),
            ("lone", "reads", ("s3://w", "x")),
            ("circle", "reads", ("s3://w", "x")),
            ("rule", "reads", ("s3://w", "x")),
            parents={
                "inner": node,
                "innermost": ("t", "inner"),
                "lone": ("t", "elsewhere"),
                "circle": ("t", "circle"),
                "rule": (f"{OWN}/qa", "sales.totals.per_customer/test"),
            },
        ),
        names,
    )
    within = {work.job.name.name: work.within for work in joined.works.values() if work.job}
    assert within == {
        "inner": "sales.totals.per_customer",
        "innermost": "sales.totals.per_customer",
        "lone": None,
        "circle": None,
        "rule": "sales.totals.per_customer",
    }


def test_a_mesh_may_have_a_namespace_of_its_own(mesh: Mesh, tmp_path: Path) -> None:
    root = write_mesh(tmp_path)
    text = (root / "mesh.yaml").read_text()
    write_file(root, "mesh.yaml", f"{text}\nopenlineage: {{file: x.ndjson, namespace: Aviation}}\n")
    named = load_mesh(root).mesh
    assert named is not None
    names = own_names(named, PurePath("/work/shop"), "qa")
    assert [names.environment_of(each) for each in ("Aviation", "Aviation/qa", "Aviation/a/b", "other")] == [
        "prod", "qa", None, None,
    ]  # fmt: skip
    assert names.names_of("sales.totals.per_customer")[0] == ToldName(
        namespace="Aviation/qa", name="sales.totals.per_customer"
    )

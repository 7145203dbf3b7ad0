"""Addresses of variations, and products derived from them: only names differ."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.model import (
    ByInterval,
    Calendar,
    Depends,
    Domain,
    Grain,
    Mesh,
    Node,
    Product,
    PythonInput,
    PythonModel,
    SqlModel,
    Variation,
    dataset_address,
    dataset_name,
    domain_of,
    plain_address,
    product_of,
    variation_of,
    varied_address,
)
from meshwright.model.variations import plain_node, plain_reads, with_variations

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
VARIATIONS = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)


@settings(max_examples=50, deadline=None)
@given(domain=NAMES, product=NAMES, name=NAMES, variation=st.none() | VARIATIONS)
def test_an_address_is_taken_apart_and_put_together(
    domain: str, product: str, name: str, variation: str | None
) -> None:
    plain = f"{domain}.{product}.{name}"
    address = varied_address(plain, variation)
    assert (plain_address(address), variation_of(address)) == (plain, variation)
    assert (domain_of(address), dataset_name(address)) == (domain, name)
    assert product_of(address) == varied_address(f"{domain}.{product}", variation)
    assert dataset_address(product_of(address), name) == address


def cut(by: str, *reads: str) -> ByInterval:
    """Intervals that depend on `reads`, each of which has the column."""
    return ByInterval(
        by=by,
        calendar=Calendar(grain=Grain.DAY),
        depends={"*": Depends.WHOLE, **dict.fromkeys(reads, Depends.INTERVAL)},
        time_columns=dict.fromkeys(reads, by),
    )


def sql(name: str, *reads: str, after: tuple[str, ...] = ()) -> Node:
    model = SqlModel(text=f"text of {name}", dialect="duckdb", fingerprint=name, canonical=name, reads=reads)
    return Node(address=f"d.p.{name}", kind="sql", sql=model, after=after, incremental=cut("t", *reads))


NODES = {
    "a": sql("a", "d.q.x"),
    "b": sql("b", "d.p.a", "d.q.x", after=("d.p.a",)),
    "c": Node(
        address="d.p.c",
        kind="python",
        python=PythonModel(
            file="c.py",
            function="c",
            inputs=(PythonInput(argument="one", dataset="d.p.b"), PythonInput(argument="two", dataset="d.p.a")),
            fingerprint="c",
            definition="c",
        ),
    ),
}


@settings(max_examples=30, deadline=None)
@given(chosen=st.sets(st.sampled_from(sorted(NODES)), min_size=1))
def test_a_variation_changes_names_alone(chosen: set[str]) -> None:
    variation = Variation(name="v", nodes=tuple(sorted(chosen)))
    product = Product(address="d.p", nodes=NODES, variations={"v": variation})
    mesh = with_variations(
        Mesh(name="m", domains={"d": Domain(name="d", purpose="", owners=(), products={"p": product})})
    )
    derived = mesh.product("d.p@v")
    assert derived is not None
    assert derived.datasets == tuple(f"d.p.{name}@v" for name in sorted(chosen))
    assert list(mesh.nodes()) == list(NODES.values()), "the plain mesh is as it was"
    for name, node in derived.nodes.items():
        assert mesh.node(node.address) is node
        assert plain_node(node) == NODES[name]
        assert node.intervals is None or set(node.intervals.time_columns) == set(node.reads)
        assert node.intervals is None or set(node.intervals.depends) == {"*", *node.reads}
        for plain, read in plain_reads(node).items():
            is_chosen = product_of(plain) == "d.p" and dataset_name(plain) in chosen
            assert read == (f"{plain}@v" if is_chosen else plain)

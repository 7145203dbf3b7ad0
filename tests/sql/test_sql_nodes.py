"""The nodes of a tree by class are those that the parser's own search finds, in its order."""

from __future__ import annotations

import pytest
from sqlglot import exp

from meshwright.sql.parse import Tree, read_tree


@pytest.mark.parametrize(
    "text",
    [
        "select a, t.b, count(*) over (partition by c order by d) from t join (select 1 as x) u on t.a = u.x",
        "with recursive r as (select 1 as n union all select n + 1 from r where n < $most) from r select max(n) limit 3",
        "select * exclude (a), columns('b.*'), list_transform(l, e -> e + 1), {'k': [1, 2]} from s.d.t using sample 3",
    ],
)
@pytest.mark.parametrize(
    "classes",
    [(exp.Column,), (exp.Func,), (exp.Query, exp.Table), (exp.Star, exp.Identifier), (exp.Insert,), (exp.Expr,)],
)
def test_nodes_are_found_as_the_parser_finds_them(text: str, classes: tuple[type[exp.Expr], ...]) -> None:
    tree = read_tree(text, "duckdb")
    assert isinstance(tree, Tree)
    expected = list(tree.root.find_all(*classes))
    assert list(map(id, tree.nodes.of(*classes))) == list(map(id, expected))
    assert tree.nodes.have(*classes) is bool(expected)

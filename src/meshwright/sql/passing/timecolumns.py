"""The inputs whose column becomes the column that cuts a statement's result into intervals."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from meshwright.model import Calendar
from meshwright.sql.parse import read_tree
from meshwright.sql.passing.cuts import Cuts
from meshwright.sql.passing.queries import PassingFollower
from meshwright.sql.values import SqlProblem


def find_time_columns(
    text: str, dialect: str, *, by: str, calendar: Calendar, addresses: Mapping[tuple[str, ...], str]
) -> dict[str, str]:
    """Return input -> its column that becomes `by`; see `meshwright.sql.time_columns`."""
    tree = read_tree(text, dialect)
    if isinstance(tree, SqlProblem):
        return {}
    follower = PassingFollower(addresses, Cuts(calendar, tree.tokens))
    try:
        relation = follower.follow(tree.root, {})
    except RecursionError:
        return {}
    return dict(sorted((relation.find(by, is_result=isinstance(tree.root, exp.Select)) or {}).items()))

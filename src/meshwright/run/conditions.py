"""Whether the condition of a node (``when:``) holds. Imported by runs that meet one: it needs the parser of SQL."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.model import Node, dataset_address, product_of
from meshwright.run.board import Board
from meshwright.run.facts import ONE_ROW, NodeFacts
from meshwright.run.world import RunWorld
from meshwright.sql.conditions import Fact, condition_query, parse_condition


def holds(node: Node, board: Board, world: RunWorld) -> bool:
    """Whether the condition of a node holds. Raises InputError (MW-J013) where it is NULL or cannot be evaluated."""
    assert node.when is not None
    assert world.ask is not None  # an opened mesh brings it
    values = {fact: _fact_value(fact, node, board) for fact in parse_condition(node.when.text).facts}
    answer = world.ask(condition_query(node.when.text, values, ONE_ROW))
    if isinstance(answer, bool):
        return answer
    shown = ", ".join(f"{_written(fact)} is {value!r}" for fact, value in values.items()) or "it asks for nothing"
    why = "is NULL" if answer is None else f"cannot be evaluated: {answer}"
    raise InputError(
        Diagnostic(
            code="MW-J013",
            message=f"the condition of {node.address} {why} ({shown})",
            span=node.when.span or node.span,
            fix="say what is meant then: coalesce(..., false)",
            object=node.address,
        )
    )


def _fact_value(fact: Fact, node: Node, board: Board) -> object:
    if fact.kind == "param":
        return board.param(node.address, fact.name)
    facts = NodeFacts(dataset_address(product_of(node.address), fact.name), board)
    match fact.field:
        case "state":
            return facts.state
        case "tests":
            return facts.tests
        case "rows":
            return facts.rows
    found: object = facts.values
    for key in fact.path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _written(fact: Fact) -> str:
    return ".".join(part for part in (fact.kind, fact.name, fact.field, *fact.path) if part)

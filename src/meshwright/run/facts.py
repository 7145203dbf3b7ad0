"""What became of nodes, as values: for conditions (`run.conditions`), and for references in the options of tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any  # values of others

from meshwright.checks.verdict import verdict_word
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.model import Node, dataset_address, plain_address, product_of
from meshwright.model.outside import MAX_ITEMS, outcome_of
from meshwright.plan.nodes import node_key
from meshwright.run.board import Board
from meshwright.run.report import StepState

#: From good to bad.
_VERDICTS = ("pass", "log", "warn", "error", "stop")
#: The table of one row that a condition is asked over.
ONE_ROW = "facts.one"


def used_facts(node: Node, board: Board) -> dict[str, Any]:
    """Return the values of the nodes that the options of a node refer to: ``node:delays.rows`` -> 7."""
    work = node.outside
    assert work is not None
    params = {f"param:{name}": value for name, value in board.desired.nodes[node.address].params.items()}
    return params | {
        f"node:{name}": NodeFacts(dataset_address(product_of(node.address), name), board).everything()
        for name in work.uses
    }


def fanned_items(node: Node, facts: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return the items over which a node fans out; None for one that does not. Raises InputError (MW-J015)."""
    work = node.outside
    if work is None or work.for_each is None:
        return None
    written = work.for_each.items
    if not written.startswith("${"):
        return tuple(json.loads(written))
    name, *path = written.removeprefix("${node:").removesuffix("}").split(".")
    found = fact_at(facts[f"node:{name}"], path)
    items = found if isinstance(found, list | tuple) else [None]
    if len(items) <= MAX_ITEMS and all(isinstance(item, str | int | float | bool) for item in items):
        return tuple(items)
    raise InputError(
        Diagnostic(
            code="MW-J015",
            message=f"{node.address} fans out over {written}, which is no list of at most {MAX_ITEMS:,} plain values",
            span=node.span,
            fix=f"let '{name}' leave a list of texts or numbers",
            object=node.address,
        )
    )


class NodeFacts:
    """What became of one node, as far as the run knows it now."""

    def __init__(self, address: str, board: Board) -> None:
        nodes = board.desired.nodes
        self._address = address if address in nodes else plain_address(address)
        self._board = board
        self._report = board.ended.get(node_key(self._address))
        is_good = self._report is None or self._report.state is StepState.SUCCEEDED
        self._version = board.version_of(self._address) if is_good else None

    @property
    def state(self) -> str | None:
        """How its step ended; what is not in the run and has a version succeeded before."""
        if self._report is not None:
            return self._report.state.value
        return StepState.SUCCEEDED.value if self._version is not None else None

    @property
    def rows(self) -> int | None:
        """Rows of its dataset."""
        is_dataset = self._board.desired.nodes[self._address].node.has_dataset
        return self._version.rows if self._version is not None and is_dataset else None

    @property
    def tests(self) -> str | None:
        """The worst verdict of its rules; ``pass`` where there is none."""
        if self._version is None:
            return None
        specs = self._board.desired.nodes[self._address].checks
        found = self._board.evidence_for(specs)
        words = [verdict_word(spec, each) for spec, each in zip(specs, found, strict=True) if each is not None]
        return max(words, key=_VERDICTS.index, default="pass")

    @property
    def values(self) -> Mapping[str, Any]:
        """The values that its job left."""
        if self._version is None or self._version.outcome is None:
            return {}
        return outcome_of(self._version.outcome).values

    def everything(self) -> Mapping[str, Any]:
        """Return all of it, by field."""
        return {"state": self.state, "rows": self.rows, "tests": self.tests, "value": self.values}


def fact_at(everything: Mapping[str, Any], path: Sequence[str]) -> object:
    """Return what stands under ``rows`` or ``value.<key>...``; a lone name that is no field is a value's."""
    found: object = everything
    if path and path[0] not in everything:
        found = everything.get("value", {})
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found

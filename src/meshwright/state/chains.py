"""Chains of causes as they are recorded: a run's stands in its options, what it did is told with it (`model.chains`)."""

from __future__ import annotations

import json
from collections.abc import Collection

from meshwright.model.chains import NO_CHAIN, Chain, chain_of_event
from meshwright.state.connection import Connection

#: Runs inside runs; deeper ones are not there.
_MOST_LEVELS = 20


def chain_of_options(options: str) -> Chain | None:
    """Return the chain that a run's recorded options tell of; None where nothing but a person started it."""
    cause = json.loads(options).get("cause")
    if not cause:
        return None
    causes = cause["events"]
    return Chain(
        depth=cause.get("depth", 0), correlation=cause.get("correlation", ""), causation=causes[0] if causes else ""
    )


def chain_of_run(connection: Connection, run_id: str) -> Chain:
    """Return the chain of a run, or of the run that it is a part of."""
    for _ in range(_MOST_LEVELS):
        row = connection.first("SELECT options, parent FROM runs WHERE id = ?", (run_id,))
        if row is None:
            return NO_CHAIN
        options, parent = row
        if (chain := chain_of_options(options)) is not None:
            return chain
        if not parent:
            return NO_CHAIN
        run_id = parent
    return NO_CHAIN


def chain_of_names(connection: Connection, environment: str, names: Collection[str]) -> Chain:
    """Return the longest chain among what a firing rests on, which it then follows (`Chain.after`)."""
    found = NO_CHAIN
    for name in names:
        chain = _chain_of_name(connection, environment, name)
        if chain.depth >= found.depth:
            found = chain
    return found


def _chain_of_name(connection: Connection, environment: str, name: str) -> Chain:
    source, _, id_ = name.partition(" ")
    if id_:  # no blank stands in a source, nor in a publication's name
        document = connection.value("SELECT document FROM events WHERE source = ? AND id = ?", (source, id_))
        return NO_CHAIN if document is None else chain_of_event(json.loads(document))
    address, _, mark = name.rpartition("@")
    run_id = None
    if mark.isascii() and mark.isdigit() and len(mark) < 15:
        query = "SELECT run_id FROM generations WHERE environment = ? AND number = ?"
        run_id = connection.value(query, (environment, int(mark)))
    if run_id is None:  # joined on intervals: the beginning of a version's id
        query = "SELECT run_id FROM versions WHERE dataset = ? AND substr(id, 1, ?) = ?"
        run_id = connection.value(query, (address, len(mark), mark))
    return NO_CHAIN if run_id is None else chain_of_run(connection, run_id)

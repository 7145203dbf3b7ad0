"""Time limits of models: what the engine computes for one attempt, or for one part, is stopped when it takes too long."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from meshwright.engines.protocol import TimeLimit
from meshwright.model import Node
from meshwright.run.world import RunWorld


def time_limit(node: Node, world: RunWorld) -> AbstractContextManager[None]:
    """Let what the engine does for a model in a block take no longer than the node's `timeout`; raises as `Session.within`.

    The time of a Python node is that of its call, which its worker process watches over.
    """
    if node.sql is None or node.timeout_s is None:
        return nullcontext()
    limit = TimeLimit(seconds=node.timeout_s, dataset=node.address, span=node.timeout_span or node.span)
    return world.session.within(limit)

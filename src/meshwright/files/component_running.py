"""What the use of a component says of how its nodes run: it holds for each of them, beside what the component says itself.

``when`` and ``run_if`` are those of every node inside, so that a component is skipped as a whole; ``retry``, ``timeout`` and
``pool`` hold for the nodes that say nothing themselves. A condition asks about nodes and parameters that are known where it is
written, so its parameters come along under names of their own (``use1__limit``), which no component can declare.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.files.component_outside import renamed_condition
from meshwright.files.parameters import NO_PARAMETERS, Parameters, merge
from meshwright.files.pipeline import NodeEntry
from meshwright.files.running import Running
from meshwright.frozen import dataclass
from meshwright.model import Node, product_of
from meshwright.model.names import COMPONENT_SIGN
from meshwright.model.outside import Condition, RunIf

#: A parameter in a condition, and texts in quotes, which are left alone.
_PARAM = re.compile(r"""'(?:[^']|'')*'|(?<![\w.])(?:param|"param")\.("?)([A-Za-z_][A-Za-z0-9_]*)\1""")


@dataclass(frozen=True, kw_only=True, slots=True)
class UseRunning:
    """What the uses around a node say, the nearest stronger."""

    #: What must hold, under the names of the product.
    when: Condition | None = None
    #: The parameters that it asks for, and those among them that are the product's, by its names.
    params: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    run_if: RunIf = RunIf.SUCCESS
    running: Running = field(default_factory=Running)
    pool: str | None = None
    #: How many uses lie around.
    depth: int = 0

    def within(
        self, entry: NodeEntry, called: Mapping[str, str], params: Parameters, references: Mapping[str, str]
    ) -> UseRunning:
        """Return what holds inside the use `entry`, which stands among nodes `called` so and sees `params`.

        `references` are those of its parameters that are the product's, by the product's names.
        """
        depth = self.depth + 1
        own = renamed_condition(entry.when, called) if entry.when is not None else None
        fresh = {name: f"use{depth}{COMPONENT_SIGN}{name}" for name in (own.params if own is not None else ())}
        asked = {fresh[name]: replace(params[name], name=fresh[name]) for name in fresh if name in params}
        return UseRunning(
            when=both(self.when, _with_params(own, fresh) if own is not None else None),
            params=merge(self.params, MappingProxyType(asked)),
            references=MappingProxyType(
                {**self.references, **{new: references[name] for name, new in fresh.items() if name in references}}
            ),
            run_if=entry.run_if if entry.run_if is not RunIf.SUCCESS else self.run_if,
            running=Running(
                retry=entry.retry or self.running.retry,
                timeout_s=entry.timeout_s or self.running.timeout_s,
                timeout_span=entry.timeout_span if entry.timeout_s else self.running.timeout_span,
            ),
            pool=entry.pool or self.pool,
            depth=depth,
        )

    def applied(self, node: Node) -> Node:
        """Return a node inside with what the uses around it say."""
        product = product_of(node.address)
        asked = tuple(f"{product}.{name}" for name in (self.when.nodes if self.when is not None else ()))
        is_limited = node.timeout_s is None and node.source is None
        return replace(
            node,
            when=both(self.when, node.when),
            run_if=node.run_if if node.run_if is not RunIf.SUCCESS else self.run_if,
            retry=node.retry or self.running.retry,
            timeout_s=self.running.timeout_s if is_limited else node.timeout_s,
            timeout_span=self.running.timeout_span if is_limited else node.timeout_span,
            pool=node.pool or self.pool,
            params=merge(self.params, node.params),
            after=tuple(dict.fromkeys((*node.after, *asked))),
        )


def waits_for_itself(entry: NodeEntry) -> bool:
    """Whether a use comes after itself, or asks about itself: told where it says so, and never expanded."""
    asked = entry.when.nodes if entry.when is not None else ()
    return entry.name in {*asked, *(name for name, _ in entry.after)}


def product_references(params: Parameters) -> Mapping[str, str]:
    """Return the references of what a product's own pipeline sees: each parameter is the product's."""
    return {name: name for name in params}


def both(outer: Condition | None, inner: Condition | None) -> Condition | None:
    """Return the condition that holds where both do; the place is that of the outer one."""
    if outer is None or inner is None:
        return outer or inner
    return Condition(
        text=f"({outer.text}) and ({inner.text})",
        nodes=tuple(sorted({*outer.nodes, *inner.nodes})),
        params=tuple(sorted({*outer.params, *inner.params})),
        span=outer.span,
    )


def _with_params(condition: Condition, fresh: Mapping[str, str]) -> Condition:
    """Return a condition that asks for parameters by their new names."""

    def renamed(found: re.Match[str]) -> str:
        name = found[2]
        return found[0] if name is None else f"param.{fresh.get(name, name)}"

    return replace(
        condition,
        text=_PARAM.sub(renamed, condition.text),
        params=tuple(sorted(fresh.get(name, name) for name in condition.params)),
    )

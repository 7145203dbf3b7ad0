"""Variations in the graph: the plain part of it, and the datasets of a variation among what is selected.

A selection speaks of plain datasets; those of a variation are chosen by ``@variation`` after a name, or all at once by
`of_variation`. Plain datasets never read a variation's, so the plain part is closed under "made from".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.graph.dag import Graph
from meshwright.graph.walk import ancestors, descendants
from meshwright.model import dataset_name, plain_address, product_of, variation_of, varied_address
from meshwright.model.names import VARIATION_SIGN


@dataclass(frozen=True, kw_only=True, slots=True)
class VariedWord:
    """A word of a selection that names datasets of a variation: ``+operations.flights@canary``."""

    written: str
    #: The word without the variation and without ``+``.
    plain: str
    variation: str
    with_ancestors: bool
    with_descendants: bool


def is_plain(address: str) -> bool:
    """Whether an address names no variation."""
    return VARIATION_SIGN not in address


def plain_graph(graph: Graph) -> Graph:
    """Return the graph without the datasets of variations; the same one where there are none."""
    if all(is_plain(dataset) for dataset in graph.order):
        return graph
    return Graph(
        order=tuple(filter(is_plain, graph.order)),
        parents={dataset: found for dataset, found in graph.parents.items() if is_plain(dataset)},
        children={
            dataset: tuple(filter(is_plain, found)) for dataset, found in graph.children.items() if is_plain(dataset)
        },
        units=tuple(unit for found in graph.units if (unit := tuple(filter(is_plain, found)))),
    )


def without_echoes(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the findings without those about variations that say, of the same place, what is said of the plain node."""
    told = tuple(findings)
    plain = {(found.code, found.span) for found in told if is_plain(found.object or "")}
    return tuple(found for found in told if is_plain(found.object or "") or (found.code, found.span) not in plain)


def read_varied(written: str) -> VariedWord | None:
    """Read a word with an ``@``; None for one without, which is about plain datasets."""
    if is_plain(written):
        return None
    name, _, variation = written.strip("+").partition(VARIATION_SIGN)
    return VariedWord(
        written=written,
        plain=name,
        variation=variation,
        with_ancestors=written.startswith("+"),
        with_descendants=written.endswith("+"),
    )


def varied(graph: Graph, word: VariedWord, matched: Collection[str]) -> frozenset[str]:
    """Return the datasets that a word names, given the plain ones that its plain part matches.

    Raises InputError (MW-G204) where none of these has the variation.
    """
    chosen = of_variation(graph, matched, word.variation)
    if word.with_ancestors:
        chosen |= ancestors(graph, chosen)
    if word.with_descendants:
        chosen |= descendants(graph, chosen)
    return chosen


def of_variation(graph: Graph, matched: Collection[str], variation: str) -> frozenset[str]:
    """Return the datasets of `variation` that stand beside the plain ones in `matched`.

    Raises InputError (MW-G204) where none does.
    """
    names = {varied_address(plain_address(dataset), variation) for dataset in matched} if variation else ()
    found = frozenset(name for name in names if name in graph.parents)
    if not found:
        raise InputError(_no_variation(graph, matched, variation))
    return found


def _no_variation(graph: Graph, matched: Collection[str], variation: str) -> Diagnostic:
    products = {product_of(plain_address(dataset)) for dataset in matched}
    here = {
        name
        for dataset in graph.parents
        if (name := variation_of(dataset)) and product_of(plain_address(dataset)) in products
    }
    listed = ", ".join(sorted(products)[:_LISTED])
    if variation in here:
        chosen = sorted(
            {
                dataset_name(dataset)
                for dataset in graph.parents
                if variation_of(dataset) == variation and product_of(plain_address(dataset)) in products
            }
        )
        message = f"variation '{variation}' of {listed} leaves out everything that is selected"
        fix = f"it has: {', '.join(chosen)}"
    else:
        message = f"nothing that is selected has a variation '{variation}'"
        declared = {dataset: name for dataset in graph.parents if (name := variation_of(dataset))}
        having = {product_of(plain_address(dataset)) for dataset, name in declared.items() if name == variation}
        if having:
            fix = f"select something of {', '.join(sorted(having)[:_LISTED])}, which has it"
        elif declared:
            fix = known_names_hint(variation, here or set(declared.values()), what="variations")
        else:
            fix = "declare it under 'variations' of a pipeline.yaml"
    return Diagnostic(code="MW-G204", message=message, fix=fix)


#: How many products a message lists.
_LISTED = 8

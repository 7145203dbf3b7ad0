"""The selection syntax of the command line: ``operations.flights+ tag:hourly``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.graph.dag import Graph
from meshwright.graph.walk import ancestors, descendants
from meshwright.model import Mesh, Node, domain_of, product_of

_TERM = re.compile(r"(?P<up>\+?)(?P<name>[^+]+)(?P<down>\+?)")
_NAME = re.compile(r"[a-z0-9_*]+(\.[a-z0-9_*]+){0,2}")
_FORM = "write domain, domain.product or domain.product.dataset, with '*' in any part, tag:x or owner:x, and '+' before or after"


@dataclass(frozen=True, slots=True)
class _Term:
    written: str
    name: str
    with_ancestors: bool
    with_descendants: bool


def select(graph: Graph, mesh: Mesh, expression: str) -> frozenset[str]:
    """Return the datasets that `expression` names: the union of its terms, separated by spaces or commas.

    Raises InputError: MW-G201 for a term that matches nothing, MW-G202 for one that cannot be read,
    MW-G203 for ``changed``.
    """
    written = [part for part in re.split(r"[\s,]+", expression) if part]
    if not written:
        raise InputError(_unreadable(expression))
    chosen: set[str] = set()
    for term in [_read(part) for part in written]:
        matched = _matched(graph, mesh, term)
        chosen |= matched
        if term.with_ancestors:
            chosen |= ancestors(graph, matched)
        if term.with_descendants:
            chosen |= descendants(graph, matched)
    return frozenset(chosen)


def _unreadable(written: str) -> Diagnostic:
    message = f"the selection '{written}' cannot be read" if written.strip() else "the selection is empty"
    return Diagnostic(code="MW-G202", message=message, fix=_FORM)


def _read(written: str) -> _Term:
    match = _TERM.fullmatch(written)
    if match is None:
        raise InputError(_unreadable(written))
    name = match["name"]
    kind, colon, word = name.partition(":")
    if name == "changed":
        raise InputError(
            Diagnostic(
                code="MW-G203",
                message="the selection 'changed' is not supported yet",
                fix="name the datasets; 'mw plan' without a selection builds only what changed",
            )
        )
    if (colon and (kind not in {"tag", "owner"} or not word)) or (not colon and not _NAME.fullmatch(name)):
        raise InputError(_unreadable(written))
    return _Term(written, name, bool(match["up"]), bool(match["down"]))


def _matched(graph: Graph, mesh: Mesh, term: _Term) -> frozenset[str]:
    kind, colon, word = term.name.partition(":")
    if colon and kind == "tag":
        return _by_label(mesh, term, lambda node: _tags(mesh, node), word, "tags")
    if colon:
        return _by_label(mesh, term, lambda node: mesh.domains[domain_of(node.address)].owners, word, "owners")
    return _by_address(graph, term)


def _by_label(
    mesh: Mesh, term: _Term, labels: Callable[[Node], tuple[str, ...]], word: str, what: str
) -> frozenset[str]:
    found = frozenset(node.address for node in mesh.nodes() if any(fnmatchcase(label, word) for label in labels(node)))
    if not found:
        known = {label for node in mesh.nodes() for label in labels(node)}
        raise InputError(_no_match(term, known_names_hint(word, known, what=what)))
    return found


def _tags(mesh: Mesh, node: Node) -> tuple[str, ...]:
    product = mesh.product(product_of(node.address))
    return (*node.tags, *(product.tags if product else ()))


def _by_address(graph: Graph, term: _Term) -> frozenset[str]:
    patterns = term.name.split(".")
    if "*" not in term.name and len(patterns) == 3:
        found = frozenset({term.name} if term.name in graph.parents else ())
    else:
        found = frozenset(
            address
            for address in graph.parents
            if all(fnmatchcase(part, pattern) for part, pattern in zip(address.split("."), patterns, strict=False))
        )
    if not found:
        depth = len(patterns)
        known = {".".join(address.split(".")[:depth]) for address in graph.parents}
        what = {1: "domains", 2: "products"}.get(depth, "datasets")
        raise InputError(_no_match(term, known_names_hint(term.name, known, what=what)))
    return found


def _no_match(term: _Term, fix: str) -> Diagnostic:
    return Diagnostic(code="MW-G201", message=f"the selection '{term.written}' matches nothing", fix=fix)

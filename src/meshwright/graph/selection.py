"""The selection syntax of the command line: ``operations.flights+ tag:hourly``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint, nearest_name
from meshwright.frozen import dataclass
from meshwright.graph.dag import Graph
from meshwright.graph.variations import VariedWord, is_plain, of_variation, plain_graph, read_varied, varied
from meshwright.graph.walk import ancestors, descendants
from meshwright.model import Mesh, Node, domain_of, plain_address, product_of, variation_of

CHANGED = "changed"
#: What may stand before a colon.
LABELS = ("tag", "owner")
_TERM = re.compile(r"(?P<up>\+?)(?P<name>[^+]+)(?P<down>\+?)")
_NAME = re.compile(r"[a-z0-9_*]+(\.[a-z0-9_*]+){0,2}")
_DEPTH = re.compile(r"\d+\+.*|.*\+\d+")
_SEPARATOR = re.compile(r"[\s,]+")
_FORM = (
    "write domain, domain.product or domain.product.dataset, with '*' in any part, tag:x, owner:x or changed, and '+' "
    "before or after"
)


@dataclass(frozen=True, slots=True)
class _Term:
    written: str
    name: str
    with_ancestors: bool
    with_descendants: bool


def select(
    graph: Graph,
    mesh: Mesh,
    expression: str,
    *,
    changed: frozenset[str] | None = None,
    beside: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Return the datasets that `expression` names: the union of its terms, separated by spaces or commas.

    `changed` holds what differs from the environment, of variations too, None where nobody looked; it may be empty. `beside`
    holds addresses that are in no graph and may be named all the same: of datasets that cannot be loaded, and of
    products and domains without datasets. A name stands for plain datasets; ``@variation`` after it, for those of the
    variation. Raises InputError: MW-G201 for a term that matches nothing, MW-G202 for one that cannot be read,
    MW-G203 for ``changed`` where nobody looked, MW-G204 for a variation that nothing named has.
    """
    written = split_words((expression,))
    if not written:
        raise InputError(_unreadable(expression))
    known = _Known(graph=plain_graph(graph), mesh=mesh, changed=changed, beside=beside)
    chosen: set[str] = set()
    for part in written:
        word = read_varied(part)
        if word is not None:
            matched = _matched(known, _read(word.plain))
            if word.plain == CHANGED:
                matched = _changed_in(graph, known, word)
            chosen |= varied(graph, word, matched) if matched else matched
            continue
        term = _read(part)
        matched = _matched(known, term)
        chosen |= matched
        inside = matched & known.graph.parents.keys() if beside else matched
        if term.with_ancestors:
            chosen |= ancestors(known.graph, inside)
        if term.with_descendants:
            chosen |= descendants(known.graph, inside)
    return frozenset(chosen)


def names_changed(words: Sequence[str]) -> bool:
    """Whether a selection asks for what differs from the environment."""
    return any(part.strip("+").partition("@")[0] == CHANGED for part in split_words(words))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What terms may name."""

    graph: Graph
    mesh: Mesh
    changed: frozenset[str] | None
    beside: frozenset[str]


def split_words(words: Sequence[str]) -> list[str]:
    """Return the words of a selection, which spaces and commas separate."""
    return [part for word in words for part in _SEPARATOR.split(word) if part]


def _unreadable(written: str) -> Diagnostic:
    message = f"the selection '{written}' cannot be read" if written.strip() else "the selection is empty"
    return Diagnostic(code="MW-G202", message=message, fix=_FORM)


def _read(written: str) -> _Term:
    match = _TERM.fullmatch(written)
    if match is None:
        if _DEPTH.fullmatch(written):
            raise InputError(_with_depth(written))
        raise InputError(_unreadable(written))
    name = match["name"]
    kind, colon, word = name.partition(":")
    if colon and word and kind not in LABELS:
        raise InputError(_unknown_label(written, kind))
    if (colon and not word) or (not colon and not _NAME.fullmatch(name)):
        raise InputError(_unreadable(written))
    return _Term(written, name, bool(match["up"]), bool(match["down"]))


def _with_depth(written: str) -> Diagnostic:
    plain = re.sub(r"^\d+(?=\+)|(?<=\+)\d+$", "", written)
    return Diagnostic(
        code="MW-G202",
        message=f"the selection '{written}' names a number of steps, and there is no such form: '+' is all the way",
        fix=f"write '{plain}', or name the datasets",
    )


def _unknown_label(written: str, kind: str) -> Diagnostic:
    return Diagnostic(
        code="MW-G202",
        message=f"the selection '{written}' cannot be read: '{kind}:' is nothing to select by",
        fix=known_names_hint(f"{kind}:", [*(f"{label}:" for label in LABELS), CHANGED], what="words"),
    )


def _matched(known: _Known, term: _Term) -> frozenset[str]:
    kind, colon, word = term.name.partition(":")
    if term.name == CHANGED:
        if known.changed is None:
            raise InputError(_nobody_looked(term))
        return frozenset(filter(is_plain, known.changed))
    if colon and kind == "tag":
        tags = _Tags(known.mesh)
        return _by_label(known, term, tags.of, word, "tags")
    if colon:
        return _by_label(known, term, lambda node: _owners(known.mesh, node), word, "owners")
    return _by_address(known, term)


def _changed_in(graph: Graph, known: _Known, word: VariedWord) -> frozenset[str]:
    """Return the plain names of what differs in a variation. Raises InputError (MW-G204) where nothing has it."""
    if not any(variation_of(dataset) == word.variation for dataset in graph.parents):
        return of_variation(graph, known.graph.parents, word.variation)
    changed = known.changed or ()
    return frozenset(plain_address(dataset) for dataset in changed if variation_of(dataset) == word.variation)


def _by_label(
    known: _Known, term: _Term, labels: Callable[[Node], Iterable[str]], word: str, what: str
) -> frozenset[str]:
    nodes = tuple(known.mesh.nodes())
    found = frozenset(node.address for node in nodes if any(_is_called(label, word, what) for label in labels(node)))
    if not found:
        names = {label for node in nodes for label in labels(node)}
        raise InputError(_no_match(term, known_names_hint(word, names, what=what)))
    return found


def _is_called(label: str, word: str, what: str) -> bool:
    """Whether a label is what was written; an owner's kind (``team:``) may be left out."""
    if fnmatchcase(label, word):
        return True
    return what == "owners" and ":" not in word and fnmatchcase(label.partition(":")[2], word)


class _Tags:
    """Tags of a dataset: its own, its product's, and those of the contracts that it stands in."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._of_contracts: dict[str, set[str]] = {}
        for product in mesh.products():
            for port in product.ports.values():
                for dataset in port.datasets:
                    self._of_contracts.setdefault(dataset, set()).update(port.contract.tags)
                for described in port.contract.objects:
                    self._of_contracts.setdefault(f"{product.address}.{described.dataset}", set()).update(
                        described.tags
                    )

    def of(self, node: Node) -> set[str]:
        """Return the tags of a node's dataset."""
        product = self._mesh.product(product_of(node.address))
        return {*node.tags, *(product.tags if product else ()), *self._of_contracts.get(node.address, ())}


def _owners(mesh: Mesh, node: Node) -> tuple[str, ...]:
    return mesh.domains[domain_of(node.address)].owners


def _by_address(known: _Known, term: _Term) -> frozenset[str]:
    patterns = term.name.split(".")
    graph = known.graph
    if "*" not in term.name and len(patterns) == 3:
        found = frozenset({term.name} if term.name in graph.parents or term.name in known.beside else ())
    else:
        found = frozenset(
            address for address in (*graph.parents, *known.beside) if _is_within(address.split("."), patterns)
        )
    if not found:
        raise InputError(_no_match(term, _nearest(known, term.name, len(patterns))))
    return found


def _is_within(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    return len(parts) >= len(patterns) and all(map(fnmatchcase, parts, patterns))


def _nearest(known: _Known, name: str, depth: int) -> str:
    """Say what may have been meant: a name of the same depth, or another word of the syntax."""
    names = {".".join(address.split(".")[:depth]) for address in (*known.graph.parents, *known.beside)}
    if depth == 1 and nearest_name(name, [CHANGED, *names]) == CHANGED:
        return f"did you mean '{CHANGED}'?"
    return known_names_hint(name, names, what={1: "domains", 2: "products"}.get(depth, "datasets"))


def _nobody_looked(term: _Term) -> Diagnostic:
    return Diagnostic(
        code="MW-G203",
        message=f"'{term.written}' needs an environment to compare with, and this command looks at none",
        fix="name the datasets; plan, run, test and check understand 'changed'",
    )


def _no_match(term: _Term, fix: str) -> Diagnostic:
    return Diagnostic(code="MW-G201", message=f"the selection '{term.written}' matches nothing", fix=fix)

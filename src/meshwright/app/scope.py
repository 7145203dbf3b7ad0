"""What a verb is about: the datasets that a selection and a variation name, and all that they are made from."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.app.opened import OpenedMesh
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.graph import CHANGED, ancestors, is_plain, of_variation, select, split_words
from meshwright.model import variation_of
from meshwright.model.variations import variation_names


def selected_datasets(
    opened: OpenedMesh,
    words: Sequence[str],
    variation: str | None = None,
    *,
    changed: frozenset[str] | None = None,
    beside: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Return the datasets that a selection names; no words stand for everything that is plain.

    With `variation` those of it that stand beside the ones named. `changed` and `beside` are what `select` takes.
    Raises InputError for what matches nothing.
    """
    plain = frozenset(filter(is_plain, opened.graph.order))
    text = " ".join(words if variation is None else _of_variation(words, variation))
    chosen = select(opened.graph, opened.mesh, text, changed=changed, beside=beside) if words else plain
    if variation is None:
        return chosen
    known = variation_names(opened.mesh)
    if variation not in known:
        fix = (
            known_names_hint(variation, known, what="variations")
            if known
            else "declare it under 'variations' of a pipeline.yaml"
        )
        raise InputError(Diagnostic(code="MW-G204", message=f"no product has a variation '{variation}'", fix=fix))
    others = {name for dataset in chosen if (name := variation_of(dataset)) and name != variation}
    if others:
        raise InputError(
            Diagnostic(
                code="MW-G204",
                message=f"the selection names variation '{min(others)}', and --variation names '{variation}'",
                fix="leave out one of the two",
            )
        )
    return of_variation(opened.graph, chosen, variation) if chosen or not words else chosen


def _of_variation(words: Sequence[str], variation: str) -> list[str]:
    """Let ``changed`` be what differs in the variation, not what differs beside it."""
    return [
        part.replace(CHANGED, f"{CHANGED}@{variation}") if part.strip("+") == CHANGED else part
        for part in split_words(words)
    ]


def buildable_datasets(
    opened: OpenedMesh,
    words: Sequence[str],
    variation: str | None,
    *,
    only: bool,
    changed: frozenset[str] | None = None,
) -> frozenset[str]:
    """Return the datasets that a run may build: what is selected and, without `only`, all that it is made from."""
    chosen = selected_datasets(opened, words, variation, changed=changed)
    if not (words or variation):
        return chosen
    return chosen | (_items(opened, chosen) if only else ancestors(opened.graph, chosen))


def _items(opened: OpenedMesh, chosen: frozenset[str]) -> frozenset[str]:
    """Return the items of what fans out over a list: to whoever wrote it, it is one node."""
    nodes = (opened.mesh.node(read) for dataset in chosen for read in opened.graph.parents.get(dataset, ()))
    return frozenset(node.address for node in nodes if node is not None and node.item and node.item.node in chosen)

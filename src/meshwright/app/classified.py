"""What contracts and `mesh.yaml` say of a sandbox's columns: which classifications are masked, and which columns have them.

The base has the say, as it stands now; a sandbox's own files can only add to it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from meshwright.app.opened import OpenedMesh
from meshwright.files.places import MESH_FILE
from meshwright.graph.derivation import ColumnName
from meshwright.model import bytes_identity, dataset_address
from meshwright.model.portoffers import dataset_behind
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind, Pointer

#: Generations of a base that are looked through for the run that made one.
_LOOKED_THROUGH = 50


def masked_classes(opened: OpenedMesh, base: str) -> frozenset[str]:
    """Return the classifications that are masked, without letter case: those that the base's code names, and the tree's."""
    found = {*opened.mesh.sandboxes.mask, *_published_mask(opened, base)}
    return frozenset(name.casefold() for name in found)


def _published_mask(opened: OpenedMesh, base: str) -> tuple[str, ...]:
    """Return what the `mesh.yaml` says that the newest run into the base was made from."""
    reader = opened.state.reader
    # The newest generation is a run's nearly always, and to read more of them costs more than the rest.
    for limit in (1, _LOOKED_THROUGH):
        for generation in reader.generations(base, limit):
            record = reader.run(generation.run_id) if generation.run_id else None
            digest = record.files.get(MESH_FILE) if record is not None else None
            if digest is not None:
                return _mask_of(opened, digest)
    return ()


def _mask_of(opened: OpenedMesh, digest: str) -> tuple[str, ...]:
    """Return what a recorded `mesh.yaml` says is masked; nothing where it is the tree's own."""
    if digest == bytes_identity(opened.contents.get(MESH_FILE, b"")):
        return ()
    text = opened.state.reader.blobs([digest]).get(digest)
    if text is None:
        return ()
    from meshwright.files.reading import MeshReader  # lazy: only where the tree's mesh.yaml is another one
    from meshwright.files.settings import read_settings

    with tempfile.TemporaryDirectory(prefix="meshwright-") as folder:
        (Path(folder) / MESH_FILE).write_bytes(text)
        settings = read_settings(MeshReader.open(Path(folder)))
    return settings.sandboxes.mask if settings is not None else ()


def published_classes(reader: Reader, pointers: Mapping[str, Pointer]) -> dict[ColumnName, frozenset[str]]:
    """Return the classifications of columns by the contracts that stand."""
    ports = {name: each.revision for name, each in pointers.items() if each.kind is ObjectKind.PORT}
    revisions = reader.revisions(set(ports.values()))
    documents = {
        name: json.loads(revisions[revision].document) for name, revision in ports.items() if revision in revisions
    }
    return _classes((name.partition("/")[0], each["datasets"], each["contract"]) for name, each in documents.items())


def written_classes(opened: OpenedMesh) -> dict[ColumnName, frozenset[str]]:
    """Return the classifications of columns by the contracts of the tree."""
    return _classes(
        (product.address, port.datasets, json.loads(port.contract.document))
        for product in opened.mesh.products()
        for port in product.ports.values()
    )


def _classes(contracts: Iterable[tuple[str, Collection[str], object]]) -> dict[ColumnName, frozenset[str]]:
    """Return column -> its classifications, without letter case, from (product, datasets of the port, ODCS document)."""
    found: dict[ColumnName, frozenset[str]] = {}
    for product, held, contract in contracts:
        for promised in _objects(contract, "schema"):
            dataset = dataset_address(product, dataset_behind(promised, held))
            for column in _objects(promised, "properties"):
                name = (dataset, str(column.get("name")).casefold())
                if classes := frozenset(_within(column)):
                    found[name] = found.get(name, frozenset()) | classes
    return found


def _within(column: Mapping[str, object]) -> Iterator[str]:
    """Yield the classifications of a property and of all that is nested in it."""
    waiting = [column]
    while waiting:
        each = waiting.pop()
        if isinstance(each.get("classification"), str):
            yield str(each["classification"]).casefold()
        waiting.extend(_objects(each, "properties"))
        items = each.get("items")
        held = each.get("map")
        both = (held.get("key"), held.get("value")) if isinstance(held, dict) else ()
        waiting.extend(inner for inner in (items, *both) if isinstance(inner, dict))


def _objects(document: object, key: str) -> list[Mapping[str, object]]:
    """Return the objects in a list of a document; none where it has no such list."""
    listed = document.get(key) if isinstance(document, Mapping) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []

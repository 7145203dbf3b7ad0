"""The verb `check`: everything that can be known to be wrong before anything runs."""

from __future__ import annotations

from pathlib import PurePosixPath

from meshwright.app.desired import judge_mesh
from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.reports import CheckReport
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, sort_diagnostics
from meshwright.files.settings import MESH_FILE
from meshwright.graph import select
from meshwright.model import Mesh, domain_of, product_of


def check(workspace: Workspace, selection: tuple[str, ...] = (), *, environment: str = "prod") -> CheckReport:
    """Check the mesh and return all findings; with a selection, those of what is selected.

    Reads no data but the head of a source that was not built yet.
    """
    try:
        with open_mesh(workspace, environment) as opened:
            published = read_published(opened.state.reader, environment)
            judged = judge_mesh(opened, published.versions, {})
            findings = _of_selection(opened, selection, judged.diagnostics)
            return CheckReport(diagnostics=sort_diagnostics(findings), counts=_counts(opened))
    except InputError as error:
        if any(found.span is None for found in error.diagnostics):
            raise  # not a finding in a file: an option, or no mesh at all
        return CheckReport(diagnostics=sort_diagnostics(error.diagnostics))


def _of_selection(
    opened: OpenedMesh, selection: tuple[str, ...], findings: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    if not selection:
        return findings
    datasets = select(opened.graph, opened.mesh, " ".join(selection))
    products = {product_of(dataset) for dataset in datasets}
    objects = datasets | products | {domain_of(product) for product in products}
    places = _places(opened.mesh, products)
    return tuple(
        found
        for found in findings
        if (found.object or "").partition("/")[0] in objects
        or (found.span is not None and _is_within(found.span.file, places))
    )


def _places(mesh: Mesh, products: set[str]) -> frozenset[str]:
    """Return the folders of the products, and the files that speak for them: those of their domains and of the mesh."""
    found = [mesh.product(address) for address in products]
    folders = {product.folder for product in found if product is not None and product.folder}
    spans = {mesh.domains[domain_of(address)].span for address in products}
    return frozenset({MESH_FILE, *folders, *(span.file for span in spans if span is not None)})


def _is_within(path: str, places: frozenset[str]) -> bool:
    """Whether `path` is one of `places`, or lies in one."""
    return path in places or any(str(folder) in places for folder in PurePosixPath(path).parents)


def _counts(opened: OpenedMesh) -> dict[str, int]:
    products = tuple(opened.mesh.products())
    return {
        "domains": len(opened.mesh.domains),
        "products": len(products),
        "datasets": sum(len(product.nodes) for product in products),
        "ports": sum(len(product.ports) for product in products),
        "files": len(opened.contents),
    }

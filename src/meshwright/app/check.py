"""The verb `check`: everything that can be known to be wrong before anything runs."""

from __future__ import annotations

from meshwright.app.desired import judge_mesh
from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.reports import CheckReport
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, sort_diagnostics
from meshwright.graph import select
from meshwright.model import domain_of, product_of


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
    domains = {domain_of(product) for product in products}
    folders = _folders(opened, products)
    return tuple(
        found
        for found in findings
        if found.object in datasets
        or (found.object or "").partition("/")[0] in products | domains
        or (found.span is not None and found.span.file.startswith(folders))
    )


def _folders(opened: OpenedMesh, products: set[str]) -> tuple[str, ...]:
    """Return the folders that the products' files lie in, each with a closing slash."""
    folders = set()
    for address in products:
        product = opened.mesh.product(address)
        for file in product.files if product else ():
            head, found, _ = file.path.partition(f"/{address.partition('.')[2]}/")
            folders.add(head + found if found else file.path)
    return tuple(sorted(folders))


def _counts(opened: OpenedMesh) -> dict[str, int]:
    products = tuple(opened.mesh.products())
    return {
        "domains": len(opened.mesh.domains),
        "products": len(products),
        "datasets": sum(len(product.nodes) for product in products),
        "ports": sum(len(product.ports) for product in products),
        "files": len(opened.contents),
    }

"""The verb `check`: everything that can be known to be wrong before anything runs."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from meshwright.app.changed import changed_datasets
from meshwright.app.clock import utc_now
from meshwright.app.judged import judge_mesh
from meshwright.app.judged_mesh import Judged
from meshwright.app.observing import Published, read_published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.reports import CheckReport
from meshwright.app.scope import selected_datasets
from meshwright.app.workspace import Workspace
from meshwright.checks.consequences import consequences
from meshwright.diagnostics import Diagnostic, InputError, sort_diagnostics
from meshwright.files.places import MESH_FILE, POLICIES_FOLDER
from meshwright.model import Mesh, domain_of, product_of

if TYPE_CHECKING:
    from meshwright.checks.policies import Verdict

#: A dataset's address has two dots, a product's one; what cannot be loaded may be a product or domain alone.
_DOTS_OF_A_DATASET = 2


def check(workspace: Workspace, selection: tuple[str, ...] = (), *, environment: str = "prod") -> CheckReport:
    """Check the mesh and return all findings; with a selection, those of what is selected.

    Reads no data but the head of a source that was not built yet.
    """
    try:
        with open_mesh(workspace, environment) as opened:
            published = read_published(opened.state.reader, environment)
            judged = judge_mesh(opened, published.versions, {})
            governed, explained = _governed(opened, judged, published)
            chosen = _chosen(opened, judged, published, selection)
            findings = _of_selection(opened, chosen, (*judged.diagnostics, *governed))
            return CheckReport(
                diagnostics=sort_diagnostics(findings), counts=_counts(opened), consequences=frozenset(explained)
            )
    except InputError as error:
        if any(found.span is None for found in error.diagnostics):
            raise  # not a finding in a file: an option, or no mesh at all
        return CheckReport(diagnostics=sort_diagnostics(error.diagnostics))


def _governed(
    opened: OpenedMesh, judged: Judged, published: Published
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """Return the findings of policies and exemptions, and the errors of the files that come of what policies refuse."""
    verdicts: tuple[Verdict, ...] = ()
    explained: tuple[Diagnostic, ...] = ()
    if published.pointers:
        # lazy: what plans are made of; nothing changes of nothing
        from meshwright.app.landing import broken_consumers, judge_landing, landing_of_files

        landing = landing_of_files(opened, judged, published)
        verdicts = judge_landing(opened, landing, utc_now().date())
        explained = consequences(judged.diagnostics, broken_consumers(landing))
    if not opened.mesh.is_governed and not any(verdict.violations for verdict in verdicts):
        return (), explained
    from meshwright.app.policies import judge_policies, utc_day  # lazy: the tables that policies read

    return judge_policies(opened, judged, published, utc_day(), built_in=verdicts).findings, explained


def _chosen(
    opened: OpenedMesh, judged: Judged, published: Published, selection: tuple[str, ...]
) -> frozenset[str] | None:
    """Return what a selection names, that which cannot be loaded among it; None where there is no selection."""
    if not selection:
        return None
    changed = changed_datasets(opened, judged, published, selection, {})
    broken = frozenset(address for address in opened.broken if "/" not in address)
    empty = {product.address for product in opened.mesh.products() if not product.nodes}
    empty |= {name for name, domain in opened.mesh.domains.items() if not domain.products}
    return selected_datasets(
        opened, selection, changed=changed if changed is None else changed | broken, beside=broken | empty
    )


def _of_selection(
    opened: OpenedMesh, chosen: frozenset[str] | None, findings: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    if chosen is None:
        return findings
    products = {address if address.count(".") < _DOTS_OF_A_DATASET else product_of(address) for address in chosen}
    objects = chosen | products | {domain_of(product) for product in products}
    places = _places(opened.mesh, products)
    return tuple(
        found
        for found in findings
        if (found.object or "").partition("/")[0] in objects
        or (found.span is not None and _is_within(found.span.file, places))
    )


def _places(mesh: Mesh, products: set[str]) -> frozenset[str]:
    """Return the folders of the products and of what they use, and the files that speak for them: of domains and mesh."""
    found = [mesh.product(address) for address in products]
    folders = {product.folder for product in found if product is not None and product.folder}
    spans = {mesh.domains[domain].span for domain in map(domain_of, products) if domain in mesh.domains}
    files = {span.file for span in spans if span is not None}
    policies = {f"{file.rpartition('/')[0]}/{POLICIES_FOLDER}" for file in files}
    used = {f"{use.component}@{use.version}" for product in found if product is not None for use in product.uses}
    components = {each.folder for each in mesh.components if each.reference in used}
    return frozenset({MESH_FILE, POLICIES_FOLDER, *folders, *files, *policies, *components})


def _is_within(path: str, places: frozenset[str]) -> bool:
    """Whether `path` is one of `places`, or lies in one."""
    return path in places or any(str(folder) in places for folder in PurePosixPath(path).parents)


def _counts(opened: OpenedMesh) -> dict[str, int]:
    products = tuple(opened.mesh.products())
    return {
        "domains": len(opened.mesh.domains),
        "products": len(products),
        "datasets": sum(len(product.datasets) for product in products),
        "ports": sum(len(product.ports) for product in products),
        "files": len(opened.contents),
    }

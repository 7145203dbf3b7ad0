"""Protected environments: code that is new there runs only where it was promoted, or is the tip of the environment's branch.

Data runs always: whoever builds with the recipes that stand, from newer sources, changes no code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from meshwright.app.opened import OpenedMesh
from meshwright.app.planning import Prepared
from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.model import EnvironmentSettings
from meshwright.plan.values import DesiredNode, StepKind
from meshwright.state.records import ObjectKind
from meshwright.tools.git import branch_tip, code_state

#: Products that a refusal names.
_NAMED = 5


def require_allowed_code(opened: OpenedMesh, prepared: Prepared, overrides: Mapping[str, str]) -> None:
    """Raise RefusedError (MW-S120) where a run would bring code into a protected environment that may not run there."""
    settings = _protection(opened)
    changed = tuple(_changed(opened, prepared)) if settings is not None else ()
    if settings is None or not changed:
        return
    why = _why_not_the_tip(opened, settings.branch, overrides)
    if why is None:
        return
    more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
    raise RefusedError(
        Diagnostic(
            code="MW-S120",
            message=f"{opened.environment} is protected, and this run would change the code of "
            f"{', '.join(changed[:_NAMED])}{more}: {why}; nothing was changed",
            fix=f"build it in a sandbox and promote that: mw env create NAME --from {opened.environment}; or commit it, "
            f"and run from the tip of branch {settings.branch}",
            object=changed[0],
        )
    )


def why_not_allowed(opened: OpenedMesh, overrides: Mapping[str, str]) -> str | None:
    """Say why code that is new in the environment may not run there; None where all may."""
    settings = _protection(opened)
    return None if settings is None else _why_not_the_tip(opened, settings.branch, overrides)


def _protection(opened: OpenedMesh) -> EnvironmentSettings | None:
    """Return the settings of the environment where it is protected."""
    settings = opened.mesh.environment_settings.get(opened.environment)
    return settings if opened.sandbox is None and settings is not None and settings.is_protected else None


def _changed(opened: OpenedMesh, prepared: Prepared) -> Iterator[str]:
    """Yield the products that the plan publishes with other code, or with other recipes of their datasets."""
    products = [name for step in prepared.plan.steps if step.kind is StepKind.PUBLISH for name in step.products]
    pointers = prepared.published.pointers
    standing = {name: pointers[name].revision for name in products if name in pointers}
    revisions = opened.state.reader.revisions(set(standing.values()))
    for name in products:
        revision = revisions.get(standing.get(name, ""))
        code = json.loads(revision.document).get("code") if revision and revision.kind is ObjectKind.PRODUCT else None
        product = opened.mesh.product(name)
        datasets = product.datasets if product else ()
        if (
            code is None
            or code != prepared.desired.code.get(name)
            or any(_is_another_recipe(prepared.desired.nodes[dataset], prepared) for dataset in datasets)
        ):
            yield name


def _is_another_recipe(node: DesiredNode, prepared: Prepared) -> bool:
    """Whether a dataset is built otherwise than what stands was: `mesh.yaml` and the domain have a say as well."""
    version = prepared.published.versions.get(node.node.address)
    if version is None or node.node.address not in prepared.desired.scope:
        return False
    return (version.fingerprint, dict(version.params), version.engine) != (
        node.fingerprint,
        dict(node.params),
        node.engine,
    )


def _why_not_the_tip(opened: OpenedMesh, branch: str, overrides: Mapping[str, str]) -> str | None:
    """Say why the files are not the tip of a branch; None where they are."""
    if overrides:
        return "parameters given to a run are nobody's code"
    code = code_state(opened.workspace.root, opened.contents.keys())
    if code is None:
        return "it was not promoted, and the mesh is not in git"
    if code.uncommitted:
        return f"it was not promoted, and {code.uncommitted[0]} is not committed"
    tip = branch_tip(opened.workspace.root, branch)
    if tip is None:
        return f"it was not promoted, and there is no branch {branch}"
    return None if tip == code.commit else f"it was not promoted, and is not the tip of branch {branch}"

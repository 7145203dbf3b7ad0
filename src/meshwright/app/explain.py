"""The verb `explain`: why this value, this version, this rebuild, this refusal."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.app.judged_kept import look
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.parts import manifest_lines, named_by
from meshwright.app.planning import PlanOptions, prepare
from meshwright.app.reports import Explanation
from meshwright.app.resolved import (
    parameter_lines,
    parameter_names,
    pipeline_lines,
    resolved_parameter,
    resolved_pipeline,
)
from meshwright.app.show import find_version
from meshwright.app.workspace import Workspace
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.model import Version
from meshwright.plan.explain import explain_dataset

_SHORTEST_PREFIX = 6


def explain(workspace: Workspace, name: str, environment: str = "prod") -> Explanation:
    """Explain a dataset (or node), a product's pipeline, a parameter, or a version; those of variations as well.

    Raises InputError (MW-R011) for anything else.
    """
    with open_mesh(workspace, environment) as opened:
        if opened.mesh.node(name) is not None:
            prepared = prepare(opened, PlanOptions(select=(name,), environment=environment))
            planned = prepared.observation.resolution.intervals.get(name)
            windowed = planned.windowed if planned is not None else None
            lines = explain_dataset(prepared.plan, prepared.desired, prepared.observation.observed, name, windowed)
            return Explanation(object=name, kind="dataset", lines=(*_origin_lines(opened, name), *lines))
        if (product := opened.mesh.product(name)) is not None:
            pipeline = resolved_pipeline(opened.mesh, product, _checks(opened))
            return Explanation(
                object=name,
                kind="pipeline",
                lines=pipeline_lines(opened.mesh, pipeline),
                nodes=pipeline.nodes,
                parameters=pipeline.parameters,
            )
        if name in parameter_names(opened.mesh):
            parameters = resolved_parameter(opened.mesh, name, _checks(opened))
            return Explanation(object=name, kind="parameter", lines=parameter_lines(parameters), parameters=parameters)
        if len(name) >= _SHORTEST_PREFIX and set(name) <= set("0123456789abcdef"):
            version = find_version(opened, name)
            return Explanation(object=version.id, kind="version", lines=_version_lines(version))
        products = (product.address for product in opened.mesh.all_products())
        known = {*opened.graph.order, *products, *parameter_names(opened.mesh)}
        raise InputError(
            Diagnostic(
                code="MW-R011",
                message=f"no dataset, product, parameter or version is called {name!r}",
                fix=known_names_hint(name, known, what="names"),
            )
        )


def _origin_lines(opened: OpenedMesh, dataset: str) -> tuple[str, ...]:
    """Say which component a dataset comes of, at which version, and what its code is."""
    node = opened.mesh.node(dataset)
    origin = node.origin if node is not None else None
    if origin is None or node is None:
        return ()
    users = {use.node: use for use in opened.mesh.uses()}
    use = users.get(origin.node)
    asked = f" as {use.asked} ({'locked' if use.is_locked else 'not locked'})" if use is not None else ""
    role = "output" if origin.is_output else "node"
    return (
        f"{role} {origin.inner} of component {origin.label} ({node.span}), used{asked} by {origin.node}"
        + (f" ({use.span})" if use is not None else ""),
    )


def _checks(opened: OpenedMesh) -> Mapping[str, tuple[CheckSpec, ...]]:
    """Return the compiled rules by dataset, which use parameters as nodes do."""
    return look(opened).judged.checks


def _version_lines(version: Version) -> tuple[str, ...]:
    how = named_by(version)
    held = f"{version.rows} rows in {len(version.files)} file(s), {version.size_bytes} bytes"
    if version.manifest is not None:
        held = f"{version.rows} rows, {version.size_bytes} bytes"
    if version.view is not None:
        held = f"a view: {version.rows} rows when it was built, computed from its inputs whenever it is read"
    lines = [
        f"version {version.id} of {version.dataset}, named by {how}",
        f"built by run {version.run_id}, {held}",
        f"fingerprint {version.fingerprint}, engine {version.engine}, content digest {version.content_digest}",
    ]
    lines.extend(manifest_lines(version.manifest) if version.manifest is not None else ())
    lines.extend(f"input {dataset} at {found}" for dataset, found in sorted(version.inputs.items()))
    lines.extend(f"parameter {name} = {value!r}" for name, value in sorted(version.params.items()))
    lines.append(f"definition: {version.definition}")
    return tuple(lines)

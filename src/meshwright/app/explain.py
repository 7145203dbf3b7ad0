"""The verb `explain`: why this value, this version, this rebuild, this refusal."""

from __future__ import annotations

from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.planning import PlanOptions, prepare
from meshwright.app.reports import Explanation
from meshwright.app.show import find_version
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.model import Version, product_of
from meshwright.model.parameters import declared_parameters
from meshwright.plan.explain import explain_dataset

_SHORTEST_PREFIX = 6


def explain(workspace: Workspace, name: str, environment: str = "prod") -> Explanation:
    """Explain a dataset (or node), a parameter, or a version. Raises InputError (MW-R011) for anything else."""
    with open_mesh(workspace, environment) as opened:
        if opened.mesh.node(name) is not None:
            prepared = prepare(opened, PlanOptions(select=(name,), environment=environment))
            lines = explain_dataset(prepared.plan, prepared.desired, prepared.observation.observed, name)
            return Explanation(object=name, kind="dataset", lines=lines)
        lines = _parameter_lines(opened, name)
        if lines:
            return Explanation(object=name, kind="parameter", lines=lines)
        if len(name) >= _SHORTEST_PREFIX and set(name) <= set("0123456789abcdef"):
            version = find_version(opened, name)
            return Explanation(object=version.id, kind="version", lines=_version_lines(version))
        known = {*opened.graph.order, *_parameters(opened)}
        raise InputError(
            Diagnostic(
                code="MW-R011",
                message=f"no dataset, parameter or version is called {name!r}",
                fix=known_names_hint(name, known, what="names"),
            )
        )


def _parameters(opened: OpenedMesh) -> set[str]:
    return {
        name
        for node in opened.mesh.nodes()
        for name in declared_parameters(opened.mesh, product_of(node.address), node)
    }


def _parameter_lines(opened: OpenedMesh, name: str) -> tuple[str, ...]:
    """Say which value each node that reads the parameter gets, and from which level."""
    by_value: dict[tuple[str, str], list[str]] = {}
    for node in opened.mesh.nodes():
        if node.sql is None or name not in node.sql.params:
            continue
        parameter, level = declared_parameters(opened.mesh, product_of(node.address), node)[name]
        by_value.setdefault((repr(parameter.value), level), []).append(node.address)
    lines = [
        f"{value} in {', '.join(sorted(nodes))}: set by {level}" for (value, level), nodes in sorted(by_value.items())
    ]
    if not lines and name in _parameters(opened):
        lines = ["declared, and read by no node"]
    if lines:
        lines.append("the strongest level wins: run (--param), node, pipeline, domain, mesh")
    return tuple(lines)


def _version_lines(version: Version) -> tuple[str, ...]:
    how = "its content (an opaque node)" if version.is_opaque else "its recipe (a pure node)"
    lines = [
        f"version {version.id} of {version.dataset}, named by {how}",
        f"built by run {version.run_id}, {version.rows} rows in {len(version.files)} file(s), {version.size_bytes} bytes",
        f"fingerprint {version.fingerprint}, engine {version.engine}, content digest {version.content_digest}",
    ]
    lines.extend(f"input {dataset} at {found}" for dataset, found in sorted(version.inputs.items()))
    lines.extend(f"parameter {name} = {value!r}" for name, value in sorted(version.params.items()))
    lines.append(f"definition: {version.definition}")
    return tuple(lines)

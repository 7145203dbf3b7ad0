"""What runs use of tools and references, put together from an opened mesh."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # options are JSON of others

from meshwright.app.holding import lease_name
from meshwright.app.opened import OpenedMesh
from meshwright.app.run_finding import is_live
from meshwright.app.toolbox import find_tool
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.engines.protocol import SmallLimits, SmallQuery, SmallTable
from meshwright.model import Column
from meshwright.model.references import Reference
from meshwright.plan.nodes import node_key
from meshwright.run.facts import ONE_ROW, fact_at
from meshwright.run.outside import Ask, Facts, Need
from meshwright.secrets import Need as SecretNeed
from meshwright.secrets import Secrets
from meshwright.state.protocol import Reader
from meshwright.tools.protocol import Tool

_LIMITS = SmallLimits(seconds=10.0, memory_bytes=256 * 1024 * 1024, rows=1)
_ONE_ROW = SmallTable(name=ONE_ROW, columns=(Column(name="one", type="BIGINT"),), rows=((1,),))


class OutsideOfMesh:
    """Implements `run.outside.Outside`."""

    def __init__(
        self,
        root: Path,
        private: Path,
        variables: Mapping[str, str],
        secrets: Secrets,
        reader: Reader,
        mesh: tuple[str, str | None],
    ) -> None:
        """`mesh` is the mesh's name, and its namespace in OpenLineage where it has one of its own."""
        self._reader = reader
        self.root = root
        self.scratch = private / "jobs"
        self.variables = variables
        self._secrets = secrets
        self._mesh = mesh

    def tool(self, name: str) -> Tool:
        """Return a tool. Raises InputError (MW-J001) where it is not installed."""
        found = find_tool(name)
        if found is None:
            raise InputError(
                Diagnostic(
                    code="MW-J001",
                    message=f"no installed tool is called '{name}'",
                    fix=known_names_hint(name, (), what="tools"),
                )
            )
        return found

    def resolved(self, options: Mapping[str, Any], facts: Facts, need: Need) -> Mapping[str, Any]:
        """Return options with their references replaced by their values, secrets asked for anew.

        Raises InputError (MW-J014, MW-X602, MW-X66x), WorldError where a store of secrets may answer later.
        """
        secret_need = SecretNeed(by=f"node {need.node}", span=need.span, object=need.node)
        found = self._secrets.fresh().resolved_value(
            options, secret_need, lambda reference: _fact(reference, facts, need)
        )
        assert isinstance(found, Mapping)
        return found

    def parentage(self, node: str, run_id: str, environment: str) -> Mapping[str, str]:
        """Return the variables by which what a job starts can tell OpenLineage that it runs inside of a node."""
        from meshwright.files.standards.openlineage.names import job_namespace, step_uuid  # lazy: only jobs need them

        name, namespace = self._mesh
        parent = {
            "run": {"runId": step_uuid(name, run_id, node_key(node))},
            "job": {"namespace": job_namespace(name, namespace, environment), "name": node},
        }
        return {"OPENLINEAGE_CONTEXT": json.dumps({"parent": parent})}

    def is_carried_out(self, run_id: str) -> bool:
        """Whether the lease of a run is held by a process that lives, as far as can be told here."""
        lease = self._reader.lease(lease_name(run_id))
        return lease is not None and is_live(lease)

    def hidden(self, text: str) -> str:
        """Return a text without any secret that was resolved."""
        return self._secrets.hidden(text)


class SecretsOfMesh:
    """Implements `run.outside.SecretTexts`; what is resolved here is hidden by all that share `secrets`."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def text(self, reference: str, need: Need) -> str:
        """Return what a reference leads to, asked for anew: it may have changed since the step before."""
        return self._secrets.fresh().resolved_text(
            reference, SecretNeed(by=f"node {need.node}", span=need.span, object=need.node)
        )

    def hidden(self, text: str) -> str:
        """Return a text without any secret that was resolved."""
        return self._secrets.hidden(text)


def _fact(reference: Reference, facts: Facts, need: Need) -> Any:
    if reference.kind == "item":
        return facts["item"]
    if reference.kind in {"param", "sandbox"}:
        return facts[f"{reference.kind}:{reference.name}"]
    node, *path = reference.name.split(".")
    value = fact_at(facts[f"node:{node}"], path)
    if value is None:
        raise InputError(
            Diagnostic(
                code="MW-J014",
                message=f"{need.node} uses {reference}, and there is no such value",
                span=need.span,
                fix=f"let '{node}' leave it, or take another value",
                object=need.node,
            )
        )
    return value


def secrets_of(opened: OpenedMesh) -> Secrets:
    """Return what asks for the secrets of an opened mesh."""
    return Secrets(opened.workspace.root, os.environ)


def outside_of(opened: OpenedMesh, secrets: Secrets) -> OutsideOfMesh | None:
    """Return what runs use of tools; None where no node needs one."""
    if all(node.outside is None for node in opened.mesh.nodes()):
        return None
    workspace = opened.workspace
    mesh = (opened.mesh.name, opened.mesh.openlineage.namespace)
    return OutsideOfMesh(workspace.root, workspace.private, os.environ, secrets, opened.state.reader, mesh)


def ask_of(opened: OpenedMesh) -> Ask | None:
    """Return what answers the conditions of nodes; None where no node has one."""
    if all(node.when is None for node in opened.mesh.nodes()):
        return None

    def ask(text: str) -> bool | str | None:
        (answer,) = opened.engine.ask((SmallQuery(text=text, wanted=("holds",)),), (_ONE_ROW,), _LIMITS)
        if answer.problem is not None:
            return answer.problem.message
        shown = answer.rows[0][0]
        return None if shown is None else shown == "true"

    return ask

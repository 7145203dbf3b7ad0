"""What the mesh's own rules say, by URL: findings, policies, exemptions; why things are as they are; components, variations."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from meshwright.access import Action
from meshwright.app.check import check
from meshwright.app.components import list_components, show_component
from meshwright.app.explain import explain
from meshwright.app.governance import judge_policy, list_exemptions, list_policies
from meshwright.app.policy_examples import test_examples
from meshwright.app.varied_drop import list_variations
from meshwright.faces.documents.components import component_document, components_document
from meshwright.faces.documents.explain import explanation_document
from meshwright.faces.documents.policies import (
    examples_document,
    exemptions_document,
    policies_document,
    policy_test_document,
)
from meshwright.faces.documents.variations import variation_list_document
from meshwright.faces.documents.verbs import check_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.parameters import DEFAULT_ENVIRONMENT, EnvironmentName
from meshwright.faces.http.rendered import rendered, respond_kept
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.status import answer_status, check_status
from meshwright.faces.text.components import component_lines, components_lines
from meshwright.faces.text.policies import examples_lines, exemptions_lines, policies_lines, policy_test_lines
from meshwright.faces.text.variations import variation_list_lines
from meshwright.faces.text.verbs import check_lines, explanation_lines

router = ruled_router()


@router.get("/check", summary="Find what is wrong", **ruled(Action.READ_CATALOG))
def get_check(
    request: Request,
    server: Served,
    select: Annotated[
        list[str] | None,
        Query(description="Domains, products, datasets as a selection; may be given several times.", max_length=100),
    ] = None,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """Find what is wrong with the server's files as they are now: references, standards, types of columns, policies.

    The answer is 200 whatever is found; `ok` says whether anything is wrong.
    """

    def make() -> Response:
        report = check(server.current(), tuple(select or ()), environment=env)
        return respond(
            request,
            status=check_status(report),
            document=lambda: check_document(report),
            lines=lambda look: check_lines(report, look),
        )

    return rendered(request, None, make)


@router.get("/policies", summary="List policies", **ruled(Action.READ_CATALOG))
def get_policies(request: Request, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT) -> Response:
    """List the policies of the mesh and its domains, each with what it finds now."""
    return respond_kept(
        request, None, lambda: list_policies(workspace, env), document=policies_document, lines=policies_lines
    )


@router.get("/policies/{policy}", summary="Judge a policy", **ruled(Action.READ_CATALOG))
def get_policy(
    request: Request,
    server: Served,
    policy: Annotated[
        str,
        Path(
            max_length=300,
            description="A policy as the list of policies names it; of a domain `domain.name`.",
            examples=["breaking_changes"],
        ),
    ],
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """Judge one policy, and tell everything that it finds, and what it finds in its examples.

    The answer is 200 whatever is found; `ok` says whether it is kept, and finds in its examples what it is to find.
    """
    report = judge_policy(server.current(), policy, env)
    return respond(
        request,
        status=answer_status(report),
        document=lambda: policy_test_document(report),
        lines=lambda look: policy_test_lines(report, look),
    )


@router.get("/policy-examples", summary="Run the examples of policies", **ruled(Action.READ_CATALOG))
def get_policy_examples(request: Request, server: Served) -> Response:
    """Run the examples of every policy: made-up rows, and what is to be found in them. Nothing of the mesh is judged."""
    report = test_examples(server.current())
    return respond(
        request,
        status=answer_status(report),
        document=lambda: examples_document(report),
        lines=lambda look: examples_lines(report, look),
    )


@router.get("/exemptions", summary="List exemptions", **ruled(Action.READ_CATALOG))
def get_exemptions(
    request: Request, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """List the exemptions from policies, with who granted each, why, and until when."""
    return respond_kept(
        request, None, lambda: list_exemptions(workspace, env), document=exemptions_document, lines=exemptions_lines
    )


@router.get("/explain/{object}", summary="Say why", **ruled(Action.READ_CATALOG))
def get_explanation(
    request: Request,
    workspace: ServedWorkspace,
    name: Annotated[
        str,
        Path(
            alias="object",
            max_length=300,
            description="A dataset, a product (its pipeline, resolved), a parameter or the id of a version.",
            examples=["operations.flights.departures"],
        ),
    ],
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """Say why: this version, this rebuild, this value of a parameter."""
    return respond_kept(
        request, None, lambda: explain(workspace, name, env), document=explanation_document, lines=explanation_lines
    )


@router.get("/components", summary="List components", **ruled(Action.READ_CATALOG))
def get_components(request: Request, workspace: ServedWorkspace) -> Response:
    """List the components that pipelines may use, with their versions and who uses them."""
    return respond_kept(
        request, None, lambda: list_components(workspace), document=components_document, lines=components_lines
    )


@router.get("/components/{component}", summary="Show a component", **ruled(Action.READ_CATALOG))
def get_component(
    request: Request,
    workspace: ServedWorkspace,
    component: Annotated[
        str, Path(max_length=300, description="A component, or a node that is one.", examples=["top_n"])
    ],
) -> Response:
    """Show what a component asks for and gives: inputs, outputs, parameters, versions, users."""
    return respond_kept(
        request, None, lambda: show_component(workspace, component), document=component_document, lines=component_lines
    )


@router.get("/variations", summary="List variations", **ruled(Action.READ_CATALOG))
def get_variations(
    request: Request, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """List the variations of pipelines: those that are declared, and those of which something stands."""
    return respond_kept(
        request,
        None,
        lambda: list_variations(workspace, env),
        document=variation_list_document,
        lines=variation_list_lines,
    )

"""Variations of pipelines by URL: compared, promoted, dropped. `governance` lists them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Annotated

from fastapi import Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from meshwright.access import Action
from meshwright.app.sandboxes import EnvironmentAnswer
from meshwright.app.varied_diff import VariationDiffWish, diff_variation
from meshwright.app.varied_drop import drop_variation
from meshwright.app.varied_promotion import VariationPromotion, promote_variation
from meshwright.faces.documents.variations import variation_diff_document, variation_promotion_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.keyed import Finished, Key, Made, Work, respond_once
from meshwright.faces.http.moved import moving
from meshwright.faces.http.parameters import DEFAULT_ENVIRONMENT, EnvironmentName
from meshwright.faces.http.permits import permit_of
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.http.touched import record_call
from meshwright.faces.text.variations import variation_diff_lines, variation_drop_lines, variation_promotion_lines
from meshwright.model import domain_of

router = ruled_router("/variations/{variation}")

_READ, _CHANGE = Action.READ_ENVIRONMENTS, Action.CHANGE_ENVIRONMENTS
#: Two that change one file must not both begin from what it was.
_writing = threading.Lock()

VariationName = Annotated[
    str,
    Path(
        alias="variation",
        max_length=300,
        description="`domain.product@variation`; for a comparison of one dataset `domain.product.dataset@variation`.",
        examples=["operations.flights@canary"],
    ),
]
_Environment = Annotated[str, Field(max_length=48, description="Where it stands.", examples=["prod"])]


class VariationPromotionBody(BaseModel):
    """How a variation is to be promoted."""

    model_config = ConfigDict(extra="forbid")

    environment: _Environment = DEFAULT_ENVIRONMENT
    dry_run: Annotated[bool, Field(description="Only say what would be written.")] = False


class VariationDropBody(BaseModel):
    """Where, and why, a variation is to be dropped."""

    model_config = ConfigDict(extra="forbid")

    environment: _Environment = DEFAULT_ENVIRONMENT
    reason: Annotated[
        str, Field(max_length=2000, description="Why; it is recorded.", examples=["The canary is over."])
    ] = ""


@router.get("/diff", summary="Compare a variation with its product", **ruled(_READ))
def diff_of_variation(  # noqa: PLR0913, PLR0917 - one for each parameter
    request: Request,
    name: VariationName,
    caller: Caller,
    workspace: ServedWorkspace,
    other: Annotated[
        str | None,
        Query(
            alias="with", max_length=48, description="Another variation of the product; by default the product itself."
        ),
    ] = None,
    key: Annotated[
        str | None,
        Query(max_length=1000, description="Columns, parted by commas, that name a row where no contract does."),
    ] = None,
    tolerance: Annotated[float, Query(description="Relative and absolute distance at which floats are equal.")] = 0.0,
    data: Annotated[bool, Query(description="Compare rows; everything else reads none.")] = True,
    sample: Annotated[int, Query(ge=0, le=1000, description="Rows of each kind that are shown.")] = 5,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """Compare a variation with its product, as both stand: parameters, schema, rows, distributions, verdicts of tests."""
    caller.may(_READ)
    wish = VariationDiffWish(
        variation=name,
        other=other,
        environment=env,
        key=() if key is None else tuple(column.strip() for column in key.split(",")),
        tolerance=tolerance,
        has_data=data,
        sample_rows=sample,
    )
    found = diff_variation(workspace, wish)
    return respond(
        request,
        document=lambda: variation_diff_document(found),
        lines=lambda look: variation_diff_lines(found, look),
    )


@router.post("/promote", summary="Promote a variation", **ruled(_CHANGE))
def promote_of_variation(
    request: Request,
    name: VariationName,
    caller: Caller,
    server: Served,
    body: Annotated[VariationPromotionBody, Body(default_factory=VariationPromotionBody)],
    key: Key = None,
) -> Response:
    """Write what a variation sets into the pipeline.yaml of its product, in the server's folder; the next run publishes it.

    It changes a file: where that is kept in git, somebody commits it there.
    """
    domain = domain_of(name)
    record_call(request, name, {domain}, action="promote")
    principal = caller.may(_CHANGE, {domain})

    def do() -> VariationPromotion:
        with _writing:
            made = promote_variation(server.afresh(), name, body.environment, is_dry=body.dry_run)
        if made.is_written:
            server.kept.look()
        return made

    def told(made: VariationPromotion) -> Made:
        return Made(
            document=lambda: variation_promotion_document(made),
            lines=lambda look: variation_promotion_lines(made, look),
        )

    def finish(_document: Mapping[str, object]) -> Finished:
        made = do()  # writes what was not written yet; the changes are those that were noted
        return Finished(fields={"counts": variation_promotion_document(made)["counts"]})

    return respond_once(request, server, principal, key, body, Work(do=do, made=told, finish=finish))


@router.post("/drop", summary="Take a variation out of an environment", **ruled(_CHANGE))
def drop_of_variation(
    request: Request,
    name: VariationName,
    caller: Caller,
    server: Served,
    body: Annotated[VariationDropBody, Body(default_factory=VariationDropBody)],
    key: Key = None,
) -> Response:
    """Take a variation's datasets out of an environment: one move, nothing is deleted, and its declaration stays."""
    principal = caller.may(_CHANGE)
    domain = domain_of(name)
    record_call(request, name, {domain}, action="drop")

    def do() -> EnvironmentAnswer:
        permit_of(caller, server.workspace, body.environment)(frozenset({domain}))
        return drop_variation(server.workspace, name, body.environment, body.reason)

    work = moving(server, body.environment, do, lambda made, look: variation_drop_lines(name, made, look))
    return respond_once(request, server, principal, key, body, work)

"""Versions by URL."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response

from meshwright.access import Action
from meshwright.app.reports import VersionCard
from meshwright.app.show import show_kind
from meshwright.faces.documents.show import card_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.parameters import DEFAULT_ENVIRONMENT, EnvironmentName, link
from meshwright.faces.http.rendered import rendered
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import ServedWorkspace
from meshwright.faces.text.show import card_lines

router = ruled_router()

VersionId = Annotated[
    str, Path(max_length=100, description="Id of a version, or a beginning of it that no other one has.")
]


@router.get("/versions/{version}", summary="Show a version", **ruled(Action.READ_CATALOG))
def get_version(
    request: Request, version: VersionId, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """Show a version, published or not: columns, files, inputs, and the evidence that is recorded on it."""

    def make() -> Response:
        card = show_kind(workspace, "version", version, env)
        assert isinstance(card, VersionCard)  # what `show_kind` says
        links = {
            "self": link("versions", card.version.id, environment=env),
            "dataset": link("datasets", card.version.dataset, environment=env),
            "run": link("runs", card.version.run_id),
            "inputs": {
                dataset: link("versions", made_from.partition(" ")[0][:32], environment=env)
                for dataset, made_from in card.version.inputs.items()
            },
        }
        return respond(
            request,
            document=lambda: {**card_document(card), "links": links},
            lines=lambda look: card_lines(card, look),
        )

    return rendered(request, None, make)

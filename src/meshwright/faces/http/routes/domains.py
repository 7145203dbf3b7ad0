"""Domains by URL."""

from __future__ import annotations

from fastapi import Request, Response

from meshwright.access import Action
from meshwright.app.catalog_lists import list_domains
from meshwright.app.catalog_stamps import shown_stamp
from meshwright.app.show import show_kind
from meshwright.faces.documents.show import card_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.catalog_documents import domains_document
from meshwright.faces.http.lists import next_links, wish_of
from meshwright.faces.http.paging import DEFAULT_LIMIT, CursorText, Limit, asked_of
from meshwright.faces.http.parameters import DEFAULT_ENVIRONMENT, DomainName, EnvironmentName, link
from meshwright.faces.http.rendered import rendered, respond_kept
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import ServedWorkspace
from meshwright.faces.text.catalog import domains_lines
from meshwright.faces.text.show import card_lines

router = ruled_router()


@router.get("/domains", summary="List domains", **ruled(Action.READ_CATALOG))
def get_domains(
    request: Request,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List the domains of the mesh by name, with their purpose, owners and products."""
    query = asked_of(request, "domains", env)
    return respond_kept(
        request,
        shown_stamp(workspace, env),
        lambda: list_domains(workspace, env, wish_of(cursor, limit, query)),
        document=domains_document,
        lines=domains_lines,
        more=lambda page: next_links(request, page.next, query),
    )


@router.get("/domains/{domain}", summary="Show a domain", **ruled(Action.READ_CATALOG))
def get_domain(
    request: Request, domain: DomainName, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """Show a domain: its purpose, owners and products."""

    def make() -> Response:
        card = show_kind(workspace, "domain", domain, env)
        links = {
            "self": link("domains", domain, environment=env),
            "products": f"{link('products')}?domain={domain}" + ("" if env == DEFAULT_ENVIRONMENT else f"&env={env}"),
        }
        return respond(
            request,
            document=lambda: {**card_document(card), "links": links},
            lines=lambda look: card_lines(card, look),
        )

    return rendered(request, shown_stamp(workspace, env), make)

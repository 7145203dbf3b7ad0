"""Search by URL."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from meshwright.access import Action
from meshwright.app.catalog_lists import Kind, Question, find
from meshwright.app.catalog_stamps import shown_stamp
from meshwright.faces.http.answering import respond
from meshwright.faces.http.catalog_documents import search_document
from meshwright.faces.http.lists import next_cursor, next_url, wish_of
from meshwright.faces.http.paging import CursorText, Limit, asked_of
from meshwright.faces.http.parameters import DEFAULT_ENVIRONMENT, EnvironmentName, link
from meshwright.faces.http.rendered import rendered
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import ServedWorkspace
from meshwright.faces.text.catalog import search_lines

router = ruled_router()

_LIMIT = 20
_COLLECTIONS = {
    Kind.DOMAIN: ("domains",),
    Kind.PRODUCT: ("products",),
    Kind.DATASET: ("datasets",),
    Kind.OUTSIDE_DATASET: ("outside", "datasets"),
    Kind.OUTSIDE_JOB: ("jobs",),
}


@router.get("/search", summary="Search the catalog", **ruled(Action.READ_CATALOG))
def get_search(  # noqa: PLR0913 - one for each parameter
    request: Request,
    workspace: ServedWorkspace,
    *,
    q: Annotated[str, Query(min_length=1, max_length=200, description="Words.", examples=["flight delays"])],
    kind: Annotated[
        list[Kind] | None, Query(description="Only this kind of thing; may be given several times.", max_length=7)
    ] = None,
    domain: Annotated[
        list[str] | None, Query(description="Only what is in this domain; may be given several times.", max_length=50)
    ] = None,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    limit: Limit = _LIMIT,
    cursor: CursorText = None,
) -> Response:
    """Find domains, products, ports, datasets and columns by their names, titles, tags, owners and descriptions, and the
    datasets and jobs that outside tools told of.

    Best first. Letter case and accents do not count; the beginning of a word finds it; one that is nowhere finds what is
    written almost like it (`meant` says what). `highlights` say where the words stand: characters from, and up to.
    """
    question = Question(text=q, kinds=frozenset(kind) if kind else None, domains=frozenset(domain) if domain else None)
    query = asked_of(request, "search", env, q, *sorted(question.kinds or ()), "in", *sorted(question.domains or ()))

    def make() -> Response:
        page = find(workspace, question, env, wish_of(cursor, limit, query))
        links = {hit.address: _link(hit.kind, hit.id or hit.address, env) for hit in page.answer.hits}
        more = next_cursor(page.next, query)
        following = {"next": next_url(request, more)} if more is not None else {}
        return respond(
            request,
            document=lambda: {**search_document(page), "next": more, "links": {"hits": links, **following}},
            lines=lambda look: search_lines(page, look),
        )

    return rendered(request, shown_stamp(workspace, env), make)


def _link(kind: Kind, address: str, environment: str) -> str:
    return link(*_path(kind, address), environment=environment)


def _path(kind: Kind, address: str) -> tuple[str, ...]:
    if kind is Kind.PORT:
        product, *port = address.split("/")
        return ("products", product, "ports", *port)
    if kind is Kind.COLUMN:
        dataset = ".".join(address.split(".", 3)[:3])
        return ("datasets", dataset, "columns", address[len(dataset) + 1 :])
    return (*_COLLECTIONS[kind], address)

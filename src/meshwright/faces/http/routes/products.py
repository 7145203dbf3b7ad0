"""Products by URL: lists, their records, how they were published, who uses them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from meshwright.access import Action
from meshwright.app.catalog_details import product_consumers, product_description, product_history
from meshwright.app.catalog_lists import ProductFilter, list_products
from meshwright.app.catalog_stamps import shown_stamp
from meshwright.app.reports import ProductCard
from meshwright.app.show import show_kind
from meshwright.faces.documents.show import card_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.catalog_documents import (
    consumers_document,
    history_document,
    products_document,
    publication_documents,
)
from meshwright.faces.http.lists import next_links, next_url, wish_of
from meshwright.faces.http.paging import (
    DEFAULT_LIMIT,
    Cursor,
    CursorText,
    Limit,
    asked_of,
    bad_cursor,
    decode_cursor,
    encode_cursor,
)
from meshwright.faces.http.parameters import (
    DEFAULT_ENVIRONMENT,
    EnvironmentName,
    GenerationNumber,
    ProductName,
    link,
)
from meshwright.faces.http.rendered import rendered, respond_kept
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import ServedWorkspace
from meshwright.faces.http.standards import answers_standard, respond_standard
from meshwright.faces.text.catalog import consumers_lines, history_lines, products_lines
from meshwright.faces.text.show import card_lines

router = ruled_router()

Text = Annotated[
    str | None, Query(max_length=200, description="Words, or beginnings of words, that all are written of it.")
]


@router.get("/products", summary="List products", **ruled(Action.READ_CATALOG))
def get_products(  # noqa: PLR0913 - one for each parameter
    request: Request,
    workspace: ServedWorkspace,
    *,
    domain: Annotated[str | None, Query(max_length=100, description="Only those of this domain.")] = None,
    tag: Annotated[str | None, Query(max_length=200, description="Only those with this tag.")] = None,
    owner: Annotated[str | None, Query(max_length=200, description="Only those of this owner.")] = None,
    status: Annotated[str | None, Query(max_length=100, description="Only those of this status.")] = None,
    text: Text = None,
    published: Annotated[bool | None, Query(description="Only those that are published, or are not.")] = None,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List the products of the mesh by address. All filters must hold; they are blind to letter case and accents.

    The pages of one list are of one generation, whatever is published meanwhile.
    """
    wanted = ProductFilter(domain=domain, tag=tag, owner=owner, status=status, text=text, published=published)
    query = asked_of(request, "products", env, domain, tag, owner, status, text, published)
    return respond_kept(
        request,
        shown_stamp(workspace, env),
        lambda: list_products(workspace, wanted, env, wish_of(cursor, limit, query)),
        document=products_document,
        lines=products_lines,
        more=lambda page: next_links(request, page.next, query),
    )


@router.get("/products/{product}", summary="Show a product", **ruled(Action.READ_CATALOG))
def get_product(
    request: Request,
    product: ProductName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    generation: GenerationNumber = None,
) -> Response:
    """Show a product: what is written of it, and the manifest of its publication, now or in an older `generation`.

    `history` are its newest publications; all of them are at `links.history`.
    """

    def make() -> Response:
        card = show_kind(workspace, "product", product, env, generation=generation)
        assert isinstance(card, ProductCard)  # what `show_kind` says
        history = product_history(workspace, product, env)
        return respond(
            request,
            document=lambda: {
                **card_document(card),
                "history": publication_documents(history),
                "links": _links(card, env),
            },
            lines=lambda look: card_lines(card, look),
        )

    return rendered(request, shown_stamp(workspace, env), make)


def _links(card: ProductCard, environment: str) -> dict[str, object]:
    own = ("products", card.address)
    return {
        "self": link(*own, environment=environment),
        "domain": link("domains", card.address.partition(".")[0], environment=environment),
        "history": link(*own, "history", environment=environment),
        "ports": {
            port.address: link(*own, "ports", *port.address.split("/")[1:], environment=environment)
            for port in card.ports
        },
        "datasets": {dataset: link("datasets", dataset, environment=environment) for dataset in card.datasets},
        "consumers": link(*own, "consumers", environment=environment),
        "description": link(*own, "description", environment=environment),
    }


@router.get("/products/{product}/history", summary="List publications of a product", **ruled(Action.READ_CATALOG))
def get_product_history(
    request: Request,
    product: ProductName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List how a product was published, newest first: generation, when, by whom, in which run, as which version.

    The product as it was then is at `/products/{product}?generation=`.
    """
    query = asked_of(request, "history", product, env)

    def make() -> Response:
        found = decode_cursor(cursor, query)
        before = _generation_of(found) if found is not None else None
        history = product_history(workspace, product, env, before=before, limit=limit)
        more = encode_cursor(Cursor(after="", generation=history.next), query) if history.next is not None else None
        links = {
            str(each.publication.generation): f"{link('products', product)}?generation={each.publication.generation}"
            + ("" if env == DEFAULT_ENVIRONMENT else f"&env={env}")
            for each in history.publications
            if each.publication.revision is not None
        }
        return respond(
            request,
            document=lambda: {
                **history_document(history),
                "next": more,
                "links": {"generations": links, **({"next": next_url(request, more)} if more else {})},
            },
            lines=lambda look: history_lines(history, look),
        )

    return rendered(request, shown_stamp(workspace, env), make)


def _generation_of(cursor: Cursor) -> int:
    if cursor.generation is None:
        raise bad_cursor("this is no cursor")
    return cursor.generation


@router.get("/products/{product}/consumers", summary="List who uses a product", **ruled(Action.READ_CATALOG))
def get_consumers(
    request: Request, product: ProductName, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """List who uses a product: products that read it, and the dashboards, reports and applications that are declared."""
    return respond_kept(
        request,
        shown_stamp(workspace, env),
        lambda: product_consumers(workspace, product, env),
        document=consumers_document,
        lines=consumers_lines,
    )


@router.get(
    "/products/{product}/description",
    summary="Read a product's description (ODPS)",
    **answers_standard(ruled(Action.READ_CATALOG), "ProductDescription"),
)
def get_description(
    request: Request,
    product: ProductName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    generation: GenerationNumber = None,
) -> Response:
    """Read the Open Data Product Standard document of a product, as JSON or (`Accept: application/yaml`) as YAML.

    It is the one that is published, now or in an older `generation`; of what was never published, the one in the files.
    """

    def make() -> Response:
        found = product_description(workspace, product, env, generation=generation)
        return respond_standard(request, found)

    return rendered(request, shown_stamp(workspace, env), make)

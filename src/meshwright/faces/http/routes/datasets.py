"""Datasets by URL: lists, records, versions, columns, rules with their verdicts, intervals."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Path, Query, Request, Response

from meshwright.access import Action
from meshwright.app.catalog_details import dataset_column, dataset_columns, dataset_versions
from meshwright.app.catalog_lists import DatasetFilter, list_datasets
from meshwright.app.catalog_stamps import evidence_stamp, shown_stamp
from meshwright.app.interval_listing import list_intervals
from meshwright.app.rule_history import list_rules, show_rule
from meshwright.app.show import show_kind
from meshwright.faces.documents.intervals import intervals_document
from meshwright.faces.documents.rules import rule_document, rules_document
from meshwright.faces.documents.show import card_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.catalog_documents import (
    column_document,
    columns_document,
    datasets_document,
    versions_document,
)
from meshwright.faces.http.lists import next_links, next_url, wish_of
from meshwright.faces.http.paging import (
    DEFAULT_LIMIT,
    Asked,
    Cursor,
    CursorText,
    Limit,
    asked_of,
    bad_cursor,
    decode_cursor,
    encode_cursor,
)
from meshwright.faces.http.parameters import DEFAULT_ENVIRONMENT, DatasetName, EnvironmentName, link
from meshwright.faces.http.rendered import rendered, respond_kept
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import ServedWorkspace
from meshwright.faces.text.catalog import column_lines, columns_lines, datasets_lines, versions_lines
from meshwright.faces.text.intervals import intervals_lines
from meshwright.faces.text.rules import rule_lines, rules_lines
from meshwright.faces.text.show import card_lines
from meshwright.model import product_of

router = ruled_router()

ColumnName = Annotated[str, Path(max_length=300, description="Name of a column.", examples=["carrier"])]
RuleId = Annotated[
    str, Path(max_length=1000, description="Id of a rule, as the list of rules has it.", examples=["test:rowCount"])
]
#: Between creation and id in the cursor of a list of versions.
_BETWEEN = " "


@router.get("/datasets", summary="List datasets", **ruled(Action.READ_CATALOG))
def get_datasets(  # noqa: PLR0913 - one for each parameter
    request: Request,
    workspace: ServedWorkspace,
    *,
    domain: Annotated[str | None, Query(max_length=100, description="Only those of this domain.")] = None,
    product: Annotated[str | None, Query(max_length=300, description="Only those of this product.")] = None,
    tag: Annotated[str | None, Query(max_length=200, description="Only those with this tag.")] = None,
    owner: Annotated[str | None, Query(max_length=200, description="Only those of this owner.")] = None,
    kind: Annotated[
        str | None, Query(max_length=100, description="Only those that this makes: `sql`, `python`, `source` ...")
    ] = None,
    column: Annotated[str | None, Query(max_length=300, description="Only those with a column of this name.")] = None,
    text: Annotated[
        str | None, Query(max_length=200, description="Words, or beginnings of words, that all are written of it.")
    ] = None,
    published: Annotated[bool | None, Query(description="Only those that are published, or are not.")] = None,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List the datasets of the mesh by address, with their columns and what is published of them. All filters must hold."""
    wanted = DatasetFilter(
        domain=domain, product=product, tag=tag, owner=owner, kind=kind, column=column, text=text, published=published
    )
    query = asked_of(request, "datasets", env, domain, product, tag, owner, kind, column, text, published)
    return respond_kept(
        request,
        shown_stamp(workspace, env),
        lambda: list_datasets(workspace, wanted, env, wish_of(cursor, limit, query)),
        document=datasets_document,
        lines=datasets_lines,
        more=lambda page: next_links(request, page.next, query),
    )


@router.get("/datasets/{dataset}", summary="Show a dataset", **ruled(Action.READ_CATALOG))
def get_dataset(
    request: Request, dataset: DatasetName, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """Show a dataset: what is published with its columns, what else is kept, what it reads, who reads it, its tests."""

    def make() -> Response:
        card = show_kind(workspace, "dataset", dataset, env)
        own = ("datasets", dataset)
        links = {
            "self": link(*own, environment=env),
            "product": link("products", product_of(dataset), environment=env),
            "versions": link(*own, "versions", environment=env),
            "columns": link(*own, "columns", environment=env),
            "rules": link(*own, "rules", environment=env),
            "lineage": link("lineage", dataset, environment=env),
            "impact": link("impact", dataset, environment=env),
        }
        return respond(
            request,
            document=lambda: {**card_document(card), "links": links},
            lines=lambda look: card_lines(card, look),
        )

    return rendered(request, evidence_stamp(workspace, env, dataset), make)


@router.get("/datasets/{dataset}/versions", summary="List versions of a dataset", **ruled(Action.READ_CATALOG))
def get_versions(
    request: Request,
    dataset: DatasetName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorText = None,
) -> Response:
    """List the versions of a dataset that are kept, newest first, candidates among them."""
    query = asked_of(request, "versions", dataset, env)

    def make() -> Response:
        page = dataset_versions(workspace, dataset, env, before=_place(cursor, query), limit=limit)
        more = None
        if page.next is not None:
            at, id_ = page.next
            more = encode_cursor(Cursor(after=f"{at.isoformat() if at else ''}{_BETWEEN}{id_}"), query)
        links = {version.id: link("versions", version.id, environment=env) for version in page.versions}
        return respond(
            request,
            document=lambda: {
                **versions_document(page),
                "next": more,
                "links": {"versions": links, **({"next": next_url(request, more)} if more else {})},
            },
            lines=lambda look: versions_lines(page, look),
        )

    return rendered(request, None, make)


def _place(text: str | None, query: Asked) -> tuple[dt.datetime | None, str] | None:
    found = decode_cursor(text, query)
    if found is None:
        return None
    at, between, id_ = found.after.partition(_BETWEEN)
    try:
        moment = dt.datetime.fromisoformat(at) if at else None
    except ValueError:
        raise bad_cursor("this is no cursor") from None
    if not between or (moment is not None and moment.tzinfo is None):
        raise bad_cursor("this is no cursor")
    return moment, id_


@router.get("/datasets/{dataset}/columns", summary="List columns of a dataset", **ruled(Action.READ_CATALOG))
def get_columns(
    request: Request, dataset: DatasetName, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """List the columns of a dataset: types, what contracts promise of each, and the rules on it."""
    return respond_kept(
        request,
        evidence_stamp(workspace, env, dataset),
        lambda: dataset_columns(workspace, dataset, env),
        document=columns_document,
        lines=columns_lines,
    )


@router.get("/datasets/{dataset}/columns/{column}", summary="Show a column", **ruled(Action.READ_CATALOG))
def get_column(
    request: Request,
    dataset: DatasetName,
    column: ColumnName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """Show a column: its type, what contracts promise of it, the rules on it; what it is made from is at `links.lineage`."""

    def make() -> Response:
        card = dataset_column(workspace, dataset, column, env)
        address = f"{dataset}.{column}"
        links = {
            "dataset": link("datasets", dataset, environment=env),
            "lineage": link("lineage", address, environment=env),
            "impact": link("impact", address, environment=env),
        }
        return respond(
            request,
            document=lambda: {**column_document(card), "links": links},
            lines=lambda look: column_lines(card, look),
        )

    return rendered(request, evidence_stamp(workspace, env, dataset), make)


@router.get("/datasets/{dataset}/rules", summary="List rules of a dataset", **ruled(Action.READ_CATALOG))
def get_rules(
    request: Request, dataset: DatasetName, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """List the rules of a dataset, each with its latest verdict."""

    def make() -> Response:
        listing = list_rules(workspace, dataset, env)
        links = {rule.id: link("datasets", dataset, "rules", rule.id, environment=env) for rule in listing.rules}
        return respond(
            request,
            document=lambda: {**rules_document(listing), "links": {"rules": links}},
            lines=lambda look: rules_lines(listing, look),
        )

    return rendered(request, evidence_stamp(workspace, env, dataset), make)


@router.get("/datasets/{dataset}/rules/{rule:path}", summary="Show the history of a rule", **ruled(Action.READ_CATALOG))
def get_rule(
    request: Request,
    dataset: DatasetName,
    rule: RuleId,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    is_whole: Annotated[
        bool, Query(alias="all", description="The whole history, and not only its newest part.")
    ] = False,
) -> Response:
    """Show the history of one rule, through edits and new names, with the rows that failed it last."""
    return respond_kept(
        request,
        evidence_stamp(workspace, env, dataset),
        lambda: show_rule(workspace, dataset, rule, env, is_whole=is_whole),
        document=rule_document,
        lines=rule_lines,
    )


@router.get("/datasets/{dataset}/intervals", summary="List intervals of a dataset", **ruled(Action.READ_CATALOG))
def get_intervals(
    request: Request, dataset: DatasetName, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """List the parts of a dataset that is built in parts: which intervals are there, and which are missing."""
    listing = list_intervals(workspace, dataset, env)
    return respond(
        request,
        document=lambda: intervals_document(listing),
        lines=lambda look: intervals_lines(listing, look, is_all=False),
    )

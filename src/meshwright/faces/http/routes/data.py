"""Data query: the rows of a published port, by URL."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from meshwright import __version__
from meshwright.access import Action
from meshwright.access.datasets import data_scope
from meshwright.app.data import MOST_ROWS, DataOptions, FoundData, find_data
from meshwright.app.data_cursors import read_cursor
from meshwright.app.serving import Server
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.http.answering import accepted
from meshwright.faces.http.callers import Caller, CallerView
from meshwright.faces.http.etags import etag_of, is_known
from meshwright.faces.http.letting_in import until_refused
from meshwright.faces.http.problems import PROBLEM_RESPONSES
from meshwright.faces.http.rows import RowsAnswering, RowsResponse
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served
from meshwright.faces.rows import Form
from meshwright.frozen import dataclass

router = ruled_router()

#: The media types of the forms; the first is what is meant where anything is taken.
MEDIA_TYPES = {
    Form.JSON: "application/json",
    Form.NDJSON: "application/x-ndjson",
    Form.CSV: "text/csv; charset=utf-8",
    Form.PARQUET: "application/vnd.apache.parquet",
    Form.ARROW: "application/vnd.apache.arrow.stream",
}
_SAME = "private, no-cache"
_FOREVER = "private, max-age=31536000, immutable"


class DataParameters(BaseModel):
    """What to read of the rows, and how to write them."""

    model_config = ConfigDict(extra="forbid")

    columns: Annotated[
        str | None, Field(description="Names, comma-separated; all in the contract's order without it.")
    ] = None
    filter: Annotated[
        str | None,
        Field(description="Which rows: `customer = 'ana' and amount >= 10`.", examples=["amount >= 10"]),
    ] = None
    order: Annotated[str | None, Field(description="`placed desc, amount`; the rows' own order without it.")] = None
    limit: Annotated[
        int | None, Field(ge=0, le=MOST_ROWS, description="At most so many rows; a Link leads to the next.")
    ] = None
    cursor: Annotated[str | None, Field(description="Where to go on, from the Link of the page before.")] = None
    format: Annotated[Form | None, Field(description="json, ndjson, csv, parquet or arrow; else what Accept says.")] = (
        None
    )
    env: Annotated[str, Field(pattern="^[a-z][a-z0-9_-]{0,47}$", description="The environment.")] = "prod"
    generation: Annotated[int | None, Field(ge=1, lt=2**53, description="The environment as of this generation.")] = (
        None
    )
    version: Annotated[
        str | None, Field(pattern="^[0-9a-f]{6,32}$", description="A version that is or was published here.")
    ] = None


Asked = Annotated[DataParameters, Query()]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asking:
    """Who asks, of whom."""

    request: Request
    server: Server
    caller: CallerView


def _asking(request: Request, server: Served, caller: Caller) -> _Asking:
    return _Asking(request=request, server=server, caller=caller)


Asking = Annotated[_Asking, Depends(_asking)]


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0]


def _content() -> dict[str, Any]:
    rows = {"type": "array", "items": {"type": "object"}}
    example = [{"order_id": 1, "customer": "ana", "amount": 10.5, "placed": "2026-01-01"}]
    content: dict[str, Any] = {MEDIA_TYPES[Form.JSON]: {"schema": rows, "example": example}}
    for form in (Form.NDJSON, Form.CSV):
        content[_bare(MEDIA_TYPES[form])] = {"schema": {"type": "string"}}
    for form in (Form.PARQUET, Form.ARROW):
        content[MEDIA_TYPES[form]] = {"schema": {"type": "string", "format": "binary"}}
    return content


_HEADERS = {
    "ETag": "Names these rows in this form.",
    "Link": 'The next page: `<...>; rel="next"`.',
    "Meshwright-Environment": "The environment that was read.",
    "Meshwright-Generation": "Its generation.",
    "Meshwright-Version": "The version of the dataset.",
    "Meshwright-Port": "The version of the port whose contract holds.",
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The rows. `Link` leads to the next page, where a limit cut them.",
        "content": _content(),
        "headers": {name: {"schema": {"type": "string"}, "description": told} for name, told in _HEADERS.items()},
    },
    304: {"description": "These rows are known already (`If-None-Match`)."},
    410: {**PROBLEM_RESPONSES[404], "description": "It was there, and is not kept any more."},
    504: {**PROBLEM_RESPONSES[503], "description": "The first rows took too long."},
}
_RULED = ruled(Action.READ_DATA)
_RULED = {**_RULED, "responses": {**_RULED["responses"], **_RESPONSES}}


@router.get("/products/{product}/ports/{port}/data", summary="Rows of a port", **_RULED)
def read_port(asking: Asking, product: str, port: str, asked: Asked) -> Response:
    """Read the rows of a port that holds one dataset, in the version whose address names no number."""
    return _answer(asking, product, (port,), asked)


@router.get("/products/{product}/ports/{port}/{part}/data", summary="Rows of a part of a port", **_RULED)
def read_port_part(asking: Asking, product: str, port: str, part: str, asked: Asked) -> Response:
    """Read the rows of a version of a port (`v2`), or of one of the datasets that it holds."""
    return _answer(asking, product, (port, part), asked)


@router.get(
    "/products/{product}/ports/{port}/{port_version}/{dataset}/data", summary="Rows of a dataset of a port", **_RULED
)
def read_port_dataset(
    asking: Asking, product: str, port: str, port_version: str, dataset: str, asked: Asked
) -> Response:
    """Read the rows of one dataset of one version of a port."""
    return _answer(asking, product, (port, port_version, dataset), asked)


def _answer(asking: _Asking, product: str, words: tuple[str, ...], asked: DataParameters) -> Response:
    request, server = asking.request, asking.server
    _require_once(request)
    form = asked.format or accepted_form(request)
    options = DataOptions(
        product=product,
        scope=data_scope(asking.caller.may(Action.READ_DATA)),
        words=words,
        environment=asked.env,
        generation=asked.generation,
        version=asked.version,
        columns=asked.columns,
        filter=asked.filter,
        order=asked.order,
        limit=asked.limit,
        cursor=None if asked.cursor is None else read_cursor(asked.cursor, server.seal),
    )
    found = find_data(server.workspace, options)
    etag = etag_of("data", __version__, found.identity, form.value)
    headers = _headers(found, form, etag)
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    answering = RowsAnswering(
        found=found,
        form=form,
        readers=server.data,
        room=request.app.state.data_room,
        seal=server.seal,
        next_page=_next_page(request),
        is_head=request.method == "HEAD",
        until_refused=lambda: until_refused(request),
    )
    return RowsResponse(answering, media_type=MEDIA_TYPES[form], headers=headers)


def _headers(found: FoundData, form: Form, etag: str) -> dict[str, str]:
    return {
        "ETag": etag if found.is_exact else f"W/{etag}",
        "Cache-Control": _FOREVER if found.is_immutable else _SAME,
        "Vary": "Accept, Authorization, Cookie",
        "Content-Disposition": f'inline; filename="{found.promised.name}.{form.value}"',
        "Meshwright-Environment": found.environment,
        "Meshwright-Generation": str(found.generation),
        "Meshwright-Version": found.version,
        "Meshwright-Port": found.promised.port,
    }


def accepted_form(request: Request) -> Form:
    """Return the form that Accept names. Raises InputError (MW-H111)."""
    offers = {_bare(kind): form for form, kind in MEDIA_TYPES.items()}
    wanted = accepted(request, offers)
    if wanted is None:
        raise InputError(
            Diagnostic(
                code="MW-H111",
                message=f"none of what Accept names is written: {request.headers.get('accept', '')[:100]!r}",
                fix=f"accept one of {', '.join(offers)}, or say format={'|'.join(Form)}",
            )
        )
    return offers[wanted]


def _require_once(request: Request) -> None:
    """Raise InputError (MW-H105) where a parameter is given twice: one of them would be passed over."""
    for name in request.query_params:
        if len(request.query_params.getlist(name)) > 1:
            raise InputError(
                Diagnostic(code="MW-H105", message=f"parameter {name!r} is given twice", fix="give it once")
            )


def _next_page(request: Request) -> str:
    """Return the request's own target without its cursor, which comes at the end."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{quote(request.url.path)}?{urlencode([*kept, ('cursor', '')])}"

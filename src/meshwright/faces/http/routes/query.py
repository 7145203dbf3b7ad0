"""Data query by SQL: one SELECT over all that the caller may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from anyio import CapacityLimiter
from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from meshwright import __version__
from meshwright.access import Action
from meshwright.access.datasets import data_scope
from meshwright.app.query_apart import ApartAnswer, ApartOptions, Unchanged, query_apart
from meshwright.diagnostics import Diagnostic, InputError, RefusedError
from meshwright.faces.http.answering import accepted, look_of_request
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.etags import etag_of, is_known
from meshwright.faces.http.letting_in import until_refused
from meshwright.faces.http.problems import PROBLEM_RESPONSES
from meshwright.faces.http.queried import QueryResponse, document_pieces
from meshwright.faces.http.routes.data import MEDIA_TYPES, accepted_form
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served
from meshwright.faces.http.touched import record_call
from meshwright.faces.rows import Form, Piece, Rows, encoded
from meshwright.faces.rows.tables import table_limit, table_pieces
from meshwright.frozen import dataclass
from meshwright.model import domain_of

router = ruled_router()

_EXAMPLE: dict[str, Any] = {
    "sql": "select customer, sum(amount) as total from sales.orders.orders where placed >= $since::date group by customer",
    "params": {"since": "2026-01-01"},
}


class QueryWish(BaseModel):
    """What is asked, and of what."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    sql: Annotated[str, Field(description="One SELECT in DuckDB's SQL; datasets by their full names.")]
    params: Annotated[
        dict[str, Any],
        Field(description="Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them."),
    ] = {}
    environment: Annotated[
        str, Field(pattern="^[a-z][a-z0-9_-]{0,47}$", description="The environment to read.", examples=["prod"])
    ] = "prod"
    generation: Annotated[int | None, Field(ge=1, lt=2**53, description="The environment as of this generation.")] = (
        None
    )
    version: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-f]{6,32}$",
            description="A version that is or was published here, by its id or the beginning of it; read under its dataset's name.",
        ),
    ] = None
    limit: Annotated[int | None, Field(ge=0, lt=2**53, description="At most so many rows.")] = None


def _content() -> dict[str, Any]:
    example = {
        "schema": "meshwright/query/1",
        "columns": [{"name": "customer", "type": "VARCHAR"}, {"name": "total", "type": "DOUBLE"}],
        "rows": [{"customer": "ana", "total": 15.75}],
    }
    rows = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
    content: dict[str, Any] = {
        MEDIA_TYPES[Form.JSON]: {
            # With `format=json` the rows alone.
            "schema": {"anyOf": [{"$ref": "#/components/schemas/Query"}, rows]},
            "example": example,
        }
    }
    for form in (Form.NDJSON, Form.CSV):
        content[MEDIA_TYPES[form].partition(";")[0]] = {"schema": {"type": "string"}}
    for form in (Form.PARQUET, Form.ARROW):
        content[MEDIA_TYPES[form]] = {"schema": {"type": "string", "format": "binary"}}
    content["text/plain"] = {"schema": {"type": "string"}}
    return content


_TEXT = "text/plain"
_MOST_TABLE_ROWS = 10_000
_RULED = ruled(Action.QUERY_DATA)
_HEADERS = {
    "ETag": "Names the rows, their order aside, in this form; absent where equal data may give other rows.",
    "Meshwright-Environment": "The environment that was read.",
    "Meshwright-Generation": "Its generation.",
}
_RULED = {
    **_RULED,
    "responses": {
        **_RULED["responses"],
        200: {
            "description": "The rows: the document of `mw query --json`, or what `format` or Accept names; as text the table of "
            "`mw query`, 40 rows unless `limit` says otherwise.",
            "content": _content(),
            "headers": {name: {"schema": {"type": "string"}, "description": told} for name, told in _HEADERS.items()},
        },
        410: {**PROBLEM_RESPONSES[404], "description": "The generation is not kept any more."},
        412: {**PROBLEM_RESPONSES[409], "description": "The answer is the one that `If-None-Match` names."},
    },
}


@router.post("/query", summary="Query with SQL", **_RULED)
async def query(
    request: Request,
    body: QueryWish,
    caller: Caller,
    server: Served,
    form: Annotated[
        Form | None,
        Query(
            alias="format",
            description="json (an array of objects), ndjson, csv, parquet or arrow; else what Accept says.",
        ),
    ] = None,
) -> Response:
    """Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is published).

    It runs in a process of its own, without files, network, settings or environment, within limits of time, memory and
    size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its table.
    """
    written = _written(request, body, form)
    options = ApartOptions(
        text=body.sql,
        scope=data_scope(caller.may(Action.QUERY_DATA)),
        params=body.params,
        environment=body.environment,
        generation=body.generation,
        version=body.version,
        limit=written.limit,
    )

    def tag(identity: str) -> str:
        return etag_of("query", __version__, identity, written.name)

    def ask(is_gone: Any) -> ApartAnswer:
        try:
            return query_apart(
                server.workspace,
                options,
                server.queries,
                is_gone=is_gone,
                is_known=lambda identity: is_known(request, tag(identity)),
            )
        except Unchanged:
            raise _unchanged() from None

    def headers(answer: ApartAnswer) -> dict[str, str]:
        for domain in {domain_of(dataset) for dataset in answer.datasets}:
            read = [dataset for dataset in answer.datasets if domain_of(dataset) == domain]
            record_call(request, ", ".join(read), (domain,))
        told = {
            "Cache-Control": "private, no-cache",
            "Vary": "Accept, Authorization, Cookie",
            "Meshwright-Environment": options.environment,
            "Meshwright-Generation": str(answer.generation),
        }
        return told if answer.identity is None else {**told, "ETag": f"W/{tag(answer.identity)}"}

    return QueryResponse(
        ask,
        write=written.write,
        media_type=written.media_type,
        headers=headers,
        threads=_threads(request),
        until_refused=lambda: until_refused(request),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Written:
    """How rows are written."""

    #: Tells answers apart that are written differently.
    name: str
    media_type: str
    write: Callable[[Rows], Iterator[Piece]]
    #: Rows that are asked for.
    limit: int | None


def _written(request: Request, body: QueryWish, form: Form | None) -> _Written:
    """Return how rows are written: as `format` says, else as Accept does. Raises InputError (MW-H111, MW-U103)."""
    if form is None and accepted(request, (*(kind.partition(";")[0] for kind in MEDIA_TYPES.values()), _TEXT)) == _TEXT:
        _require_few(body.limit)
        look = look_of_request(request)
        return _Written(
            name=f"table {look} {body.limit}",
            media_type=f"{_TEXT}; charset=utf-8",
            write=lambda rows: table_pieces(rows, look, body.limit),
            limit=table_limit(body.limit),
        )
    chosen = form or accepted_form(request)
    if form is None and chosen is Form.JSON:
        return _Written(name="document", media_type=MEDIA_TYPES[chosen], write=document_pieces, limit=body.limit)
    return _Written(
        name=chosen.value,
        media_type=MEDIA_TYPES[chosen],
        write=lambda rows: encoded(rows, chosen),
        limit=body.limit,
    )


def _require_few(limit: int | None) -> None:
    """Raise InputError (MW-U103) for a table of many rows: its columns are as wide as the widest cell, so it is held as a whole."""
    if limit is not None and limit > _MOST_TABLE_ROWS:
        raise InputError(
            Diagnostic(
                code="MW-U103",
                message=f"a table shows {_MOST_TABLE_ROWS:,} rows at most, and {limit:,} were asked for",
                fix="ask for csv, ndjson, parquet or arrow (mw query --format csv), which stream",
            )
        )


def _threads(request: Request) -> CapacityLimiter:
    """Return the threads in which queries wait: their own, so that other requests never wait for these."""
    state, limits = request.app.state, request.app.state.server.queries.limits
    if not hasattr(state, "query_threads"):
        state.query_threads = CapacityLimiter(limits.at_once + limits.waiting + 1)
    found: CapacityLimiter = state.query_threads
    return found


def _unchanged() -> RefusedError:
    return RefusedError(
        Diagnostic(code="MW-H212", message="the answer is the one that you have", fix="use the answer that you have")
    )

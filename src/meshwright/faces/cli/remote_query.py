"""`mw query` through a server: the rows as they come, into the same forms and files as where the mesh lies."""

from __future__ import annotations

import itertools
from dataclasses import replace

from meshwright.client.outgoing import Outgoing, present
from meshwright.faces.cli.formats import open_target
from meshwright.faces.cli.invocation import Invocation
from meshwright.faces.cli.options import DEFAULT_ENVIRONMENT, RowFormat
from meshwright.faces.cli.questions import Question, form_of, settled
from meshwright.faces.cli.remote_connection import Connection, in_form
from meshwright.faces.cli.remote_transport import GENERATION, not_ours
from meshwright.faces.cli.remote_verbs import Parameters

_QUERY = "/api/v1/query"


def query_through(given: Parameters, invocation: Invocation) -> None:
    """Ask a server, and write its rows. Raises MeshwrightError; a file is written whole or not at all."""
    asked = Question(
        text=given["text"],
        environment=given["environment"] or DEFAULT_ENVIRONMENT,
        generation=given["generation"],
        version=given["version"],
        limit=given["limit"],
        form=form_of(given["form"], invocation),
        output=given["output"],
    )
    asked = settled(asked, invocation)
    assert invocation.server is not None  # who calls this has looked
    with Connection(invocation.server) as connection, connection.reading(_request(asked, invocation)) as found:
        kind = found.headers.get("content-type", "").partition(";")[0].strip()
        if GENERATION not in found.headers or kind != _KINDS[RowFormat.JSON if invocation.is_json else asked.form]:
            raise not_ours(connection.server, found.request, found)
        pieces = found.iter_bytes()
        first = next(pieces, b"")  # before anything is written
        with open_target(asked.output) as target:
            invocation.is_answering = asked.output is None
            for piece in itertools.chain((first,), pieces):
                target.write(piece)


#: What rows come as.
_KINDS = {
    RowFormat.TABLE: "text/plain",
    RowFormat.JSON: "application/json",
    RowFormat.CSV: "text/csv",
    RowFormat.NDJSON: "application/x-ndjson",
    RowFormat.PARQUET: "application/vnd.apache.parquet",
    RowFormat.ARROW: "application/vnd.apache.arrow.stream",
}


def _request(asked: Question, invocation: Invocation) -> Outgoing:
    body = {
        "sql": asked.text,
        "environment": asked.environment,
        "generation": asked.generation,
        "version": asked.version,
        "limit": asked.limit,
    }
    outgoing = Outgoing(method="POST", template=_QUERY, json=present(body))
    if invocation.is_json or asked.form is RowFormat.TABLE:
        return in_form(outgoing, invocation)
    return replace(outgoing, query={"format": asked.form.value}, accept="*/*")

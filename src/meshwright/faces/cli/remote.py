"""A command through a server: the same answer, text, document and exit status, made there and written here.

Most are one request and its answer (`remote_verbs`); those on runs and queries have modules of their own.
"""

from __future__ import annotations

import json

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.cli.invocation import Invocation
from meshwright.faces.cli.remote_answers import answer, no_json
from meshwright.faces.cli.remote_connection import Connection
from meshwright.faces.cli.remote_places import refused
from meshwright.faces.cli.remote_query import query_through
from meshwright.faces.cli.remote_records import RECORDS, carry_out_record
from meshwright.faces.cli.remote_runs import RUNS, run_through
from meshwright.faces.cli.remote_verbs import VERBS, Parameters

#: Commands that a server carries out. Of all others `remote_places` says why it does not.
THROUGH = frozenset({*VERBS, *RUNS, *RECORDS, "query"})


def carry_out(words: str, given: Parameters, invocation: Invocation) -> None:
    """Carry a command out through the server that the call names. Raises MeshwrightError as the command does."""
    try:
        _carry_out("plan" if words == "run" and given["dry_run"] else words, given, invocation)
    except UnicodeEncodeError as error:  # words of the shell that are bytes of no text
        raise InputError(
            Diagnostic(
                code="MW-L003",
                message=f"a word of the command is no text in UTF-8: {error.object[error.start : error.end]!r} is in it",
                fix="a server is sent text alone: write the word in UTF-8",
            )
        ) from None
    except json.JSONDecodeError as error:
        raise no_json(str(invocation.server), error) from error


def _carry_out(words: str, given: Parameters, invocation: Invocation) -> None:
    assert invocation.server is not None  # who calls this has looked
    if words in RUNS:
        asked = RUNS[words](given)
        with Connection(invocation.server) as connection:
            run_through(connection, asked, given, invocation)
    elif words in RECORDS:
        with Connection(invocation.server) as connection:
            carry_out_record(words, connection, given, invocation)
    elif words == "query":
        query_through(given, invocation)
    elif words in VERBS:
        outgoing = VERBS[words](given)
        with Connection(invocation.server) as connection:
            answer(invocation, connection.ask(outgoing, invocation))
    else:
        raise refused(words)

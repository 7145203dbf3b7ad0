"""The process that makes one call of an ``http`` node: ``python -m meshwright.tools.http_process FOLDER``.

It is given the node's options in environment variables, as they may hold secrets and must reach no file, and leaves what came
of the call in the folder: ``answer.json``, or ``refusal.json`` where it was refused.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from meshwright.tools.http_answer import document_of, picked, refuse_unexpected, status_words
from meshwright.tools.http_guard import guarded, read_ranges
from meshwright.tools.http_options import call_of, plain
from meshwright.tools.protocol import Json, ToolFailed
from meshwright.tools.requests import Connections

ANSWER, REFUSAL = "answer.json", "refusal.json"
_VARIABLE = "MESHWRIGHT_HTTP"
#: Characters of one variable: the system takes 128 KB.
_PIECE = 100_000


def as_variables(options: Mapping[str, Json], key: str) -> dict[str, str]:
    """Return environment variables that carry a node's options and the idempotency key."""
    text = json.dumps({"key": key, "options": plain(options)})
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    return {f"{_VARIABLE}_{number}": piece for number, piece in enumerate(pieces)}


def main(folder: Path, variables: Mapping[str, str]) -> int:
    """Make the call; return the process's status."""
    number, pieces = 0, []
    while (piece := variables.get(f"{_VARIABLE}_{number}")) is not None:
        pieces.append(piece)
        number += 1
    given = json.loads("".join(pieces))
    options = given["options"]
    try:
        call = call_of(options, key=given["key"])
        _tell(f"{call.request.method} {call.shown}")
        with closing(Connections(resolve=guarded(read_ranges(options.get("allow", ()))))) as connections:
            answer = connections.call(call.server, call.request)
        _tell(f"{status_words(answer.status)}, {len(answer.body)} bytes")
        refuse_unexpected(answer, call, options.get("expect"))
        values: dict[str, Json] = {"status": answer.status}
        if options.get("values"):
            values |= picked(document_of(answer, call), options["values"], where=call.shown)
    except ToolFailed as failure:
        _leave(folder / REFUSAL, {"message": str(failure), "is_retryable": failure.is_retryable, "fix": failure.fix})
        return 1
    _leave(folder / ANSWER, values)
    return 0


def _tell(line: str) -> None:
    """Write a line of the job's log."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _leave(path: Path, content: Mapping[str, Json]) -> None:
    """Write a file that appears whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content), "utf-8")
    new.replace(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), os.environ))

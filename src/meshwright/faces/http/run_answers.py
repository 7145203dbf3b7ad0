"""What came of a run as an answer: the document and text of the command that carried it out, and its exit status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fastapi import Request, Response

from meshwright.app.run_answers import Promotion, Repetition, RunAnswer
from meshwright.app.values import run_document
from meshwright.faces.documents.environments import promotion_document
from meshwright.faces.documents.plainvalues import Document, plain_document
from meshwright.faces.documents.state import repetition_document
from meshwright.faces.http.answering import respond
from meshwright.faces.status import repetition_status, run_status
from meshwright.faces.text.environments import promotion_lines
from meshwright.faces.text.run import run_lines
from meshwright.faces.text.state import repetition_lines
from meshwright.faces.text.terminal import Look


def respond_with(
    request: Request,
    found: RunAnswer,
    *,
    codes: Mapping[int, int] | None = None,
    otherwise: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render what came of a run; `codes` gives HTTP's status by the exit status, where it is not `otherwise`."""
    document, lines, status = _rendered(found)
    code = (codes or {}).get(status, otherwise)
    return respond(request, document=document, lines=lines, status=status, code=code, headers=headers)


def _rendered(found: RunAnswer) -> tuple[Callable[[], Document], Callable[[Look], Iterable[str]], int]:
    match found:
        case Promotion():
            return lambda: promotion_document(found), lambda look: promotion_lines(found, look), run_status(found.report)
        case Repetition():
            return (
                lambda: repetition_document(found),
                lambda look: repetition_lines(found, look),
                repetition_status(found),
            )
        case _:
            return lambda: plain_document(run_document(found)), lambda look: run_lines(found, look), run_status(found)

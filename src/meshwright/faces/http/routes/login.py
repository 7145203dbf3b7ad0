"""Coming in by the one-time link that the server prints when it starts."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse

from meshwright.app.tokens import use_link
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.documents.tokens import new_token_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import SESSION_COOKIE, is_of_own_page
from meshwright.faces.http.pages import login_page
from meshwright.faces.http.problems import PROBLEM_RESPONSES
from meshwright.faces.http.ruled import open_to_all, ruled_router
from meshwright.faces.http.served import ServedWorkspace

router = ruled_router()
pages = ruled_router()

_SESSION_S = 12 * 3600
_MOST_BYTES = 1000


class Login(BaseModel):
    """The code of a one-time link."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(max_length=200, description="What stands behind `code=` in the link.")]


@router.post(
    "/login", summary="Change the one-time link for a token", **{**open_to_all(), "responses": PROBLEM_RESPONSES}
)
def log_in(request: Request, body: Login, workspace: ServedWorkspace) -> Response:
    """Let an administrator in once: what `mw login` does."""
    made = use_link(workspace, body.code, is_session=False)
    return respond(request, document=lambda: new_token_document(made), headers={"Cache-Control": "no-store"})


@pages.get("/login", include_in_schema=False, **open_to_all())
def show_login(code: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Ask for a click."""
    return login_page(code)


@pages.post("/login", include_in_schema=False, **open_to_all())
async def enter(request: Request, workspace: ServedWorkspace) -> Response:
    """Begin a browser's session."""
    if not is_of_own_page(request.headers, otherwise=True):
        raise InputError(
            Diagnostic(
                code="MW-H023",
                message="the form was sent by a page of another server",
                fix="open the link that 'mw serve' printed, and log in there",
            )
        )
    form = parse_qs((await request.body())[:_MOST_BYTES].decode("utf-8", "replace"), max_num_fields=5)
    made = use_link(workspace, form.get("code", [""])[0], is_session=True)
    answer = RedirectResponse("/api/v1/docs", status_code=303)
    answer.set_cookie(SESSION_COOKIE, made.secret, max_age=_SESSION_S, httponly=True, samesite="strict", path="/")
    answer.headers["Cache-Control"] = "no-store"
    return answer

"""Commands on logins at servers: `login` and `logout`."""

from __future__ import annotations

import os
import sys
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import JsonOption


def login(
    context: typer.Context,
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="The link that 'mw serve' prints, good once; or the server's address."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Log in at a server, for commands with --server.

    With the one-time link an administrator is let in, for 90 days. With the server's address alone a token of 'mw token create'
    is asked for, or read from standard input. It is kept in the user's own folder (~/.config/meshwright/servers.json, mode 0600).
    """
    from meshwright.faces.cli.credentials import Credential, keep, server_address
    from meshwright.faces.cli.remote_login import log_in

    invocation = begin(context, None, is_json=as_json)
    server = server_address(url)
    code = parse_qs(urlsplit(url).query).get("code", [""])[0]
    found = log_in(server, code=code) if code else log_in(server, token=_token())
    path = keep(server, Credential(token=found.token, id=found.id, role=found.role), os.environ)
    domain = f" of {found.domain}" if found.domain else ""
    answer(
        invocation,
        status=0,
        document=lambda: {
            "schema": "meshwright/login/1",
            "server": server,
            "mesh": found.mesh,
            "id": found.id,
            "role": found.role,
            "domain": found.domain,
            "file": str(path),
        },
        lines=lambda look: [
            f"{look.paint(look.marks.ok, 'green')} logged in at {server} ({found.mesh}) as {found.role}{domain}, token {found.id}",
            f"next: mw --server {server} env list; or export MESHWRIGHT_SERVER={server}",
        ],
    )


def logout(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Argument(metavar="[URL]", help="The server's address. Default: --server, or MESHWRIGHT_SERVER."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Forget the token of a server. It stays good until it expires: 'mw token revoke' ends it.

    Status 2: there is none.
    """
    from meshwright.faces.cli.credentials import forget, server_address

    invocation = begin(context, None, is_json=as_json)
    server = server_address(url or invocation.server or "")
    gone = forget(server, os.environ)
    if gone is None:
        raise InputError(
            Diagnostic(code="MW-U026", message=f"nobody is logged in at {server}", fix="there is nothing to forget")
        )
    answer(
        invocation,
        status=0,
        document=lambda: {"schema": "meshwright/logout/1", "server": server, "id": gone.get("id")},
        lines=lambda look: [
            f"{look.paint(look.marks.ok, 'green')} forgot the token {gone.get('id')} of {server}",
            f"it is good until it expires: mw token revoke {gone.get('id')} ends it, where the mesh lies",
        ],
    )


def _token() -> str:
    """Return a token from the terminal, unseen, or the first line of standard input. Raises InputError (MW-U028)."""
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass  # beside its one use: few log in

        given = getpass("token: ").strip()
    else:
        given = (sys.stdin.readline() if sys.stdin is not None else "").strip()
    if not given:
        raise InputError(
            Diagnostic(
                code="MW-U028",
                message="there is no token on standard input",
                fix="mw token create makes one where the mesh lies; or give the one-time link that mw serve prints",
            )
        )
    return given

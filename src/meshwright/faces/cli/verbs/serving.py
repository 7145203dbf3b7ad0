"""Commands around the server: `serve`, `token create|list|revoke`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin, tell
from meshwright.faces.cli.options import DirectoryOption, JsonOption

_MB = 1_000_000


def serve(  # noqa: PLR0913 - each is an option of the command
    context: typer.Context,
    *,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; loopback addresses only.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port; 0 takes any that is free.")
    ] = 8080,
    api_only: Annotated[
        bool, typer.Option("--api-only", help="Answer requests, and leave schedules and runs to 'mw worker' elsewhere.")
    ] = False,
    parallel: Annotated[int, typer.Option("--parallel", metavar="N", min=1, max=1000, help="Runs at once.")] = 4,
    data_memory: Annotated[
        int,
        typer.Option(
            "--data-memory",
            metavar="MB",
            min=96,
            help="Memory in which all rows that are read by URL are put in order.",
        ),
    ] = 160,
    query_memory: Annotated[
        int,
        typer.Option("--query-memory", metavar="MB", min=64, help="Memory of each query with SQL; four run at once."),
    ] = 1000,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Serve the mesh by URL until interrupted: metadata, data, runs, events and sandboxes under /api/v1.

    A link is printed that lets an administrator in once. Programs send tokens: mw token create.
    A worker runs beside it, which starts what is asked for, and what schedules say in prod and in every environment that is
    protected. SIGTERM or Ctrl-C ends both; runs that go on go on, and the next server finds them.
    """
    from meshwright.app.allocation import settle_allocation
    from meshwright.app.serving import BesideOptions, ServingMemory, beside, open_server
    from meshwright.app.tokens import create_link
    from meshwright.faces.http.server import ServeOptions, listen, url_of
    from meshwright.faces.http.server import serve as answer_requests

    settle_allocation()
    invocation = begin(context, directory, is_json=as_json)
    listening = listen(ServeOptions(host=host, port=port))
    options = BesideOptions(is_api_only=api_only, parallel=parallel)
    memory = ServingMemory(data_bytes=data_memory * _MB, query_bytes=query_memory * _MB)
    with (
        listening,
        open_server(invocation.start, memory=memory) as opened,
        beside(opened, options) as server,
    ):
        url = url_of(listening)

        def announce() -> None:
            link = f"{url}/login?code={create_link(server.workspace).secret}"
            answer(
                invocation,
                status=0,
                document=lambda: {"schema": "meshwright/serve/1", "url": url, "login": link, "mesh": server.name},
                lines=lambda look: [
                    f"{look.paint(look.marks.ok, 'green')} {server.name} is served at {url}; its API: {url}/api/v1/docs",
                    f"log in once as administrator, within 15 minutes: {link}",
                ],
            )

        answer_requests(server, listening, announce)
    tell(["the server has ended"])


def token_create(
    context: typer.Context,
    *,
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="administrator or viewer.")],
    domain: Annotated[
        str | None,
        typer.Option(
            "--domain",
            metavar="NAME",
            help="The domain that calls; an administrator's token then changes what is the domain's only.",
            show_default=False,
        ),
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires", metavar="TIME", help="How long it is good: 90d (default), 12h, never.", show_default=False
        ),
    ] = None,
    purpose: Annotated[
        str,
        typer.Option("--purpose", metavar="TEXT", help="What it is for, for whoever lists tokens.", show_default=False),
    ] = "",
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Make a token with which programs call the server. It is written to the state; no server need run.

    The secret is told once; what is kept is a digest of it.
    """
    from meshwright.app.tokens import TokenOptions, create_token
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.tokens import new_token_document
    from meshwright.faces.text.tokens import new_token_lines

    invocation = begin(context, directory, is_json=as_json)
    options = TokenOptions(role=role, domain=domain, expires=expires, purpose=purpose)
    made = create_token(open_workspace(invocation.start), options)
    answer(
        invocation, status=0, document=lambda: new_token_document(made), lines=lambda look: new_token_lines(made, look)
    )


def token_list(context: typer.Context, *, as_json: JsonOption = False, directory: DirectoryOption = None) -> None:
    """List tokens: whose they are, until when they are good, which were revoked."""
    from meshwright.app.tokens import list_tokens
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.tokens import tokens_document
    from meshwright.faces.text.tokens import token_lines

    invocation = begin(context, directory, is_json=as_json)
    tokens = list_tokens(open_workspace(invocation.start))
    answer(invocation, status=0, document=lambda: tokens_document(tokens), lines=lambda look: token_lines(tokens, look))


def token_revoke(
    context: typer.Context,
    token_id: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as 'mw token list' shows it.")],
    *,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Let a token end: from now on it lets nobody in. Revoked again it stays as it is."""
    from meshwright.app.tokens import revoke_token
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.tokens import token_document
    from meshwright.faces.text.tokens import token_lines

    invocation = begin(context, directory, is_json=as_json)
    token = revoke_token(open_workspace(invocation.start), token_id)
    answer(invocation, status=0, document=lambda: token_document(token), lines=lambda look: token_lines([token], look))

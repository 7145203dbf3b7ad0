"""Commands on the state database itself: `state migrate`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption


def state_migrate(
    context: typer.Context,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL",
            help="Copy the whole state into this empty database: 'sqlite:///FILE' or 'postgresql+psycopg://USER@HOST/DATABASE'. "
            "'${env:NAME}' is filled in; put it in single quotes.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Bring the state up to this release, or move it into another database.

    Without --to: upgrades the tables of the database that `state` in mesh.yaml names (a SQLite file is copied aside
    first). With --to: copies everything (versions, pointers with their history, runs, files, evidence) into an empty
    database and compares the two; nothing is taken from the old one, and `state` in mesh.yaml is for you to change.
    """
    from meshwright.app.state_migration import migrate_state
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.state import migration_document
    from meshwright.faces.text.state import migration_lines

    invocation = begin(context, directory, is_json=as_json)
    migration = migrate_state(open_workspace(invocation.start), to)
    answer(
        invocation,
        status=0,
        document=lambda: migration_document(migration),
        lines=lambda look: migration_lines(migration, look),
    )

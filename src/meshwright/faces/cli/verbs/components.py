"""Commands on components: `component list|show|lock|update`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption


def component_list(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List the components that pipelines may use, with their versions and who uses them.

    Those of the mesh, of its domains, those that were fetched, and those that ship with meshwright (std).
    """
    from meshwright.app.components import list_components
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.components import components_document
    from meshwright.faces.text.components import components_lines

    invocation = begin(context, directory, is_json=as_json)
    report = list_components(open_workspace(invocation.start))
    answer(
        invocation,
        status=0,
        document=lambda: components_document(report),
        lines=lambda look: components_lines(report, look),
    )


def component_show(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A component as 'mw component list' shows it, or a node that is one.")
    ],
    *,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Show what a component asks for and gives: inputs, outputs, parameters, versions, users."""
    from meshwright.app.components import show_component
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.components import component_document
    from meshwright.faces.text.components import component_lines

    invocation = begin(context, directory, is_json=as_json)
    report = show_component(open_workspace(invocation.start), name)
    answer(
        invocation,
        status=0,
        document=lambda: component_document(report),
        lines=lambda look: component_lines(report, look),
    )


def component_lock(
    context: typer.Context,
    *,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Write down which version each node uses, and keep those versions: from then on nobody moves by accident.

    Writes components.lock and a folder components/NAME@VERSION for each version that is used: commit both. Fetches what
    nodes use of other repositories ('components' of mesh.yaml) and installed packages. Uses that are locked stay.
    """
    from meshwright.app.component_locking import lock_components
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.components import lock_document
    from meshwright.faces.text.components import lock_lines

    invocation = begin(context, directory, is_json=as_json)
    report = lock_components(open_workspace(invocation.start))
    answer(
        invocation,
        status=0,
        document=lambda: lock_document(report),
        lines=lambda look: lock_lines(report, look),
    )


def component_update(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NODE|COMPONENT]...",
            help="Nodes that use components, or components whose users all move. Default: everybody.",
            show_default=False,
        ),
    ] = None,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="VERSION", help="Move to this version. Default: the newest in range.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would move, and write nothing.")] = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Move users of components to the newest version that they ask for ('name@1': the newest 1.x).

    Edits components.lock, and keeps and drops versions as 'mw component lock' does. Nothing is built: 'mw plan' shows what
    would be. Repositories and packages are looked at anew.
    """
    from meshwright.app.component_locking import UpdateWish, update_components
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.components import lock_document
    from meshwright.faces.text.components import lock_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = UpdateWish(names=tuple(names or ()), to=to, is_dry=dry_run)
    report = update_components(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: lock_document(report, "meshwright/component-update/1"),
        lines=lambda look: lock_lines(report, look),
    )

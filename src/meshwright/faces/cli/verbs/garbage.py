"""The commands `gc` and `compact`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import Invocation, answer, begin
from meshwright.faces.cli.options import DirectoryOption, EnvironmentOption, JsonOption, SelectArgument, exclusive


def collect_garbage(
    context: typer.Context,
    *,
    is_dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be deleted now, what waits, and what is kept why.")
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="VERSION|DATASET|JOB",
            help="Say everything that keeps a version (id or its beginning), each version of a node, or a job. Deletes nothing.",
            show_default=False,
        ),
    ] = None,
    grace: Annotated[
        str | None,
        typer.Option(
            "--grace",
            metavar="DURATION",
            help="In place of retention.grace of mesh.yaml. 0s deletes at once what is needless now, under readers too.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Delete what nothing keeps any more, and say what is kept and why.

    Kept is what a pointer, a generation in retention, a sandbox, a pin, a view or a running build needs; a version that was
    never published for retention.candidates. What is needless is marked, and deleted by a collection after retention.grace.
    Jobs of tools that are over are forgotten after retention.jobs, events, firings of triggers and what outside tools told
    after retention.events.
    Status 1: another collection is at work; 3: a file could not be deleted.
    """
    if is_dry_run and explain is not None:
        raise exclusive("--dry-run", "--explain")
    invocation = begin(context, directory, is_json=as_json)
    if explain is not None:
        _explain(invocation, explain, grace)
        return
    from meshwright.app.collection import CollectionOptions, collect
    from meshwright.app.repair import age_s
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.garbage import collection_document
    from meshwright.faces.status import DONE, WORLD_FAILED
    from meshwright.faces.text.garbage import collection_lines

    options = CollectionOptions(is_dry_run=is_dry_run, grace_s=None if grace is None else age_s(grace))
    report = collect(open_workspace(invocation.start), options)
    answer(
        invocation,
        status=WORLD_FAILED if report.failed else DONE,
        document=lambda: collection_document(report),
        lines=lambda look: collection_lines(report, look),
    )


def _explain(invocation: Invocation, name: str, grace: str | None) -> None:
    from meshwright.app.keepers import explain_kept
    from meshwright.app.repair import age_s
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.garbage import keepers_document
    from meshwright.faces.text.garbage import keepers_lines

    found = explain_kept(open_workspace(invocation.start), name, None if grace is None else age_s(grace))
    answer(
        invocation,
        status=0,
        document=lambda: keepers_document(found),
        lines=lambda look: keepers_lines(found, look),
    )


def compact_parts(
    context: typer.Context,
    select: SelectArgument = None,
    *,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written together.")] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Write many small files of datasets made of intervals together into few. Rows, versions and plans stay as they are.

    Of what stands in the environment, stretches of 128 intervals that have 8 small files (below 16 MB) or more get one file
    each; the newest stretch is left. 'mw gc' deletes the old files after retention.grace: whoever reads them goes on until then.
    Status 3: something could not be written together, and stays as it is.
    """
    invocation = begin(context, directory, is_json=as_json)
    from meshwright.app.compaction import CompactionOptions, compact
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.garbage import compaction_document
    from meshwright.faces.status import DONE, WORLD_FAILED
    from meshwright.faces.text.garbage import compaction_lines

    options = CompactionOptions(select=tuple(select or ()), environment=environment or "prod", is_dry_run=is_dry_run)
    report = compact(open_workspace(invocation.start), options)
    answer(
        invocation,
        status=WORLD_FAILED if report.failed else DONE,
        document=lambda: compaction_document(report),
        lines=lambda look: compaction_lines(report, look),
    )

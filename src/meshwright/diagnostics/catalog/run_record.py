"""Codes MW-R077 to MW-R099: the record of runs, what it is told to others, and what is asked of runs that go on."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-R077",
        title="no name of a unit",
        meaning="`prices` of mesh.yaml names a unit that no cost can have.",
        fix="Units of meshwright are cpu_s, bytes_read, bytes_written and rows_written; tools bring units of their own.",
        example="'CPU seconds' cannot be a unit: a lower-case letter, then lower-case letters, digits and '_'",
    ),
    Code(
        code="MW-R078",
        title="events go nowhere",
        meaning="`openlineage` of mesh.yaml does not say where events are to go.",
        fix="Write `url`, the address of a receiver, or `file`, or both.",
        example="openlineage names neither a url nor a file: events would go nowhere",
    ),
    Code(
        code="MW-R079",
        title="no place for events",
        meaning="What `openlineage` of mesh.yaml names cannot take events: no address, no header, no file.",
        fix="Write an http or https address without a password, and the path of a file.",
        example="'url' of openlineage is no http or https address",
    ),
    Code(
        code="MW-R080",
        title="nothing to stop",
        meaning="The run has ended, or nobody carries it out any more.",
        fix="`mw runs show RUN` shows how it ended; `mw runs resume RUN` goes on with one that was interrupted.",
        example="run 20261121T101502-4f0c2a has succeeded",
    ),
    Code(
        code="MW-R081",
        title="no such step to begin from",
        meaning="The run that is to go on from a node has no step of that node.",
        fix="`mw runs show RUN` lists its steps.",
        example="run 20261121T101502-4f0c2a has no step for dataset 'operations.flights.departurs'",
    ),
    Code(
        code="MW-R082",
        title="archive cannot be read or written",
        meaning="The archive of a run cannot be opened or written, or is none.",
        fix="Give the path of a file that `mw runs export` wrote, or a folder with room for one.",
        example="run.zip is no archive of a run: it is no zip file",
    ),
    Code(
        code="MW-R083",
        title="arguments do not go together",
        meaning="A command on runs was given arguments that exclude each other, or lacks one that it needs.",
        fix="`--help` of the command shows what it takes.",
        example="--follow prints lines as they come, and --json prints one document",
    ),
)

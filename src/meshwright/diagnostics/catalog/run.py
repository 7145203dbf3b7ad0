"""Codes MW-Rxxx: runs."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-R001",
        title="source files not found",
        meaning="The path or glob of a source node matches no file, so the source cannot be observed.",
        fix="Correct `source.path` (it is relative to the mesh root), or put the file there.",
        example="no file matches 'data/flights.csv.zip' for source operations.flights.raw_flights",
    ),
    Code(
        code="MW-R002",
        title="source file cannot be read",
        meaning="A file of a source node is there, but the system refuses to read it.",
        fix="Give the user that runs meshwright the right to read the file.",
        example="cannot read data/flights.csv.zip: Permission denied",
    ),
    Code(
        code="MW-R003",
        title="source kept changing",
        meaning="A source file changed while it was read, twice in a row. Nothing was taken from it.",
        fix="Run again when whatever writes the file has finished; let writers replace files by renaming.",
        example="data/bookings.csv changed while it was read",
    ),
    Code(
        code="MW-R004",
        title="run is held",
        meaning="Another live process coordinates this run; two may never do so at once.",
        fix="Wait for it, or stop that process; its lease then ends by itself.",
        example="run 20261121T101502-4f0c2a is held by ana@build1 (pid 4121)",
    ),
    Code(
        code="MW-R005",
        title="run not found",
        meaning="No run has this id or prefix.",
        fix="`mw runs list` shows the recent ones.",
        example="no run '2025'",
    ),
    Code(
        code="MW-R006",
        title="interrupted",
        meaning="A person or the system stopped the command. What was built is kept, what was not published is unchanged.",
        fix="`mw runs resume RUN`, or the same command again, goes on where it stopped.",
        example="interrupted; 14 steps are done",
    ),
    Code(
        code="MW-R007",
        title="blocked",
        meaning="A step could not start because something it needs failed, was stopped by a test, or was not published.",
        fix="Mend what the message names; what is downstream follows by itself.",
        example="blocked by operations.flights.departures",
    ),
    Code(
        code="MW-R008",
        title="lease lost",
        meaning="This process was silent for too long and another one took the run over; it may publish nothing any more.",
        fix="Look at `mw runs show RUN`: the other process goes on with it.",
        example="the lease of run 20261121T101502-4f0c2a was taken over",
    ),
    Code(
        code="MW-R009",
        title="environment kept moving",
        meaning="Other runs published what this run read or writes, again and again. Nothing of it was published.",
        fix="Run again: what was built is reused.",
        example="operations.flights was published by others while this run went on",
    ),
    Code(
        code="MW-R010",
        title="run cannot be resumed",
        meaning="The run ended by itself, so there is nothing left to go on with.",
        fix="Start a new run with `mw run`; finished work is reused.",
        example="run 20261121T101502-4f0c2a has succeeded",
    ),
    Code(
        code="MW-R011",
        title="object not found",
        meaning="No domain, product, port, dataset or version has this address or id.",
        fix="Check the spelling; `mw show DOMAIN` lists what is there.",
        example="nothing is called 'operations.flight.departures'",
    ),
    Code(
        code="MW-R012",
        title="nothing published",
        meaning="The dataset has no version in the environment, so there is nothing to read.",
        fix="Build and publish it: `mw run DATASET`.",
        example="operations.flights.departures was never published in prod",
    ),
    Code(
        code="MW-R013",
        title="unknown environment",
        meaning="The mesh declares no environment of this name.",
        fix="Use one that `mesh.yaml` lists under `environments`.",
        example="no environment 'prd'",
    ),
    Code(
        code="MW-R014",
        title="wrong parameter",
        meaning="A parameter that was given is declared nowhere, or its value does not fit its type.",
        fix="Use a declared name and a value of its type.",
        example="no parameter 'min_distnce' is declared in what is selected",
    ),
    Code(
        code="MW-R015",
        title="unexpected failure of a step",
        meaning="A step failed in a way that meshwright did not foresee. The run goes on with what does not need it.",
        fix="Report it with the details in `mw runs show RUN`; it is a bug.",
        example="unexpected KeyError in build:operations.flights.departures",
    ),
    Code(
        code="MW-R016",
        title="setting refers to a missing variable",
        meaning="`mesh.yaml` takes a setting from the environment with ${env:NAME}, and that variable is not set.",
        fix="Set the variable, or write the setting out.",
        example="environment variable 'MESH_STATE' is not set",
    ),
    Code(
        code="MW-R017",
        title="version file damaged",
        meaning="A step would read, or publish, a version with a file that is missing or not as it was written. The step "
        "failed before it read anything.",
        fix="`mw verify --repair` builds the version again; then run the command again.",
        example="version 5c1e09 of operations.flights.departures cannot be read: "
        "operations/flights/departures/5c1e09/20261121T101502-4f0c2a-1-0-0.parquet is missing",
    ),
    Code(
        code="MW-R018",
        title="stopped by a test",
        meaning="A rule whose action is stop does not hold on a candidate. The candidate is kept, nothing of its product is "
        "published, and what is built from it is blocked.",
        fix="Look at the candidate with `mw show VERSION` and `mw query --version VERSION`; mend the data, the model or the rule.",
        example="test 'contract:required(carrier)' stopped operations.flights.departures: required on `carrier`: 12 rows",
    ),
    Code(
        code="MW-R019",
        title="uncommitted files",
        meaning="The environment was published from committed files, and the mesh files here are not committed. A run would "
        "publish code that nobody else has.",
        fix="Commit the files, or say that you mean it by writing the environment out: `mw run --env prod`.",
        example="prod was published from git, and 1 mesh file(s) are not committed, domains/sales/orders/models/orders.sql among them",
    ),
    Code(
        code="MW-R061",
        title="version cannot be rebuilt",
        meaning="A repair builds a version, or a part of one, from what was recorded with it: the files of its run, its "
        "parameters, its inputs, the settings of its engine. Some of that is not there any more, or does not give the same "
        "recipe in this release.",
        fix="Put the file back from a copy into its place in the store (`mw verify` then finds it whole); or change "
        "the node, and `mw run` makes a new version.",
        example="version 5c1e09 of sales.orders.orders cannot be built as it was: it was built by duckdb:1, and the "
        "engine here is duckdb:2",
    ),
    Code(
        code="MW-R062",
        title="source changed since",
        meaning="The lost version was read from a source that holds something else now, or is gone. What is there today "
        "is another version, so the repair did not take it.",
        fix="`mw run` reads the source into a new version and publishes that. To keep the old one, put the old source "
        "or the stored file back from a copy.",
        example="the source of sales.orders.raw_orders is not what version 5c1e09 was read from",
    ),
    Code(
        code="MW-R063",
        title="rebuilt to other rows",
        meaning="The version, or the part, was built again of the same definition, parameters and inputs, and the rows differ from what "
        "was recorded. The node depends on something else: an order that it does not name, the time, chance. The new "
        "rows were thrown away, as a version never changes.",
        fix="Make the node repeatable (an ORDER BY in a window or a LIMIT), or declare `deterministic: false`; then `mw "
        "run` makes a new version.",
        example="version 5c1e09 of sales.orders.sample was built again and gave other values",
    ),
    Code(
        code="MW-R064",
        title="input could not be repaired",
        meaning="The version, or the part, is made from another damaged one, and that could not be built again.",
        fix="Mend the other one first; it is named in the message and has a finding of its own.",
        example="version 77a0c2 of sales.totals.per_customer is made from version 5c1e09 of sales.orders.orders, which "
        "could not be repaired",
    ),
    Code(
        code="MW-R065",
        title="the system failed under a step",
        meaning="The operating system reported an error to a step, at a place where none was expected: a folder for "
        "temporary files, a process that could not be started. Nothing of the step counts.",
        fix="Check the disk, its free space and the system's log, then run the command again.",
        example="the system failed in build:sales.orders.orders at '/srv/mesh/.meshwright/spill': Input/output error",
    ),
)

"""Codes MW-H3xx: runs that are asked for, and followed, by URL."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-H301",
        title="key of another request",
        meaning=(
            "The `Idempotency-Key` of this request was given to another one before: the same key and body are one run, forever. "
            "Callers of one domain share their keys, and so do all whose tokens are of none."
        ),
        fix="To ask for the same run, send the same body again. For another one take a new key, for example a UUID.",
        example="MW-H301 this Idempotency-Key was given to another request already: that of run 20260131T050000-0a1b2c3d4e5f",
    ),
    Code(
        code="MW-H302",
        title="no key",
        meaning="The header `Idempotency-Key` is empty, longer than 255 characters, or holds others than visible ones of ASCII.",
        fix="Send a UUID, or leave the header away: then every request is a run of its own.",
        example="MW-H302 the header Idempotency-Key is no key",
    ),
    Code(
        code="MW-H303",
        title="too many runs wait",
        meaning="Runs begin in turn, a few at a time. So many wait already that no more are recorded.",
        fix="Send the request again later. `GET /api/v1/runs?state=waiting` lists those that wait; they can be stopped.",
        example="MW-H303 10000 runs wait for their turn already; nothing was recorded",
    ),
    Code(
        code="MW-H304",
        title="not the words of a run",
        meaning="A selection, a parameter or a value holds control characters, or all together are too long.",
        fix="Select by domain, product or tag instead of naming every dataset; pass large values by a file that a node reads.",
        example="MW-H304 the request is longer than the 65536 bytes that the words of a run may take",
    ),
    Code(
        code="MW-H305",
        title="no such state of runs",
        meaning="Runs were to be listed by a state that none ever has.",
        fix="Take one that the message names.",
        example="MW-H305 no state 'runing' of runs",
    ),
    Code(
        code="MW-H306",
        title="no id of an event",
        meaning="The header `Last-Event-ID` is none that a stream of runs gives to its events.",
        fix="Send the id of the last event that came, as browsers do, or leave the header away.",
        example="MW-H306 the header Last-Event-ID is no id of an event of this stream",
    ),
    Code(
        code="MW-H307",
        title="too many streams",
        meaning="So many streams are open at once that no more are taken.",
        fix="Close some. A run that is looked at every few seconds needs no stream: `GET /api/v1/runs/{id}`.",
        example="MW-H307 too many streams are open: 100 of one token, 400 of all",
    ),
    Code(
        code="MW-H308",
        title="traces cannot be made",
        meaning="OpenTelemetry's variables ask for traces, and what makes them is not installed. The server does not start so.",
        fix="Install the extra: `pip install 'meshwright[otel]'`; or unset the variables, or set `OTEL_TRACES_EXPORTER=none`.",
        example="MW-H308 traces are asked for (OTEL_...), and OpenTelemetry is not installed",
    ),
    Code(
        code="MW-H309",
        title="a run has not ended",
        meaning="The answer of a run is asked for, and the run waits or goes on.",
        fix="Follow it, or ask again in a moment; with `Prefer: wait=SECONDS` a request waits for the end of the run that it asks for.",
        example="MW-H309 run 20260131T050000-0a1b2c3d4e5f has not ended",
    ),
    Code(
        code="MW-H310",
        title="a run left no answer",
        meaning="The run was cut off, or could not be carried out, again and again: nothing tells how it ended. What was committed is kept.",
        fix="Look at what it has done (`mw runs show`), then go on with it (`mw runs resume`) or ask for it again.",
        example="MW-H310 run 20260131T050000-0a1b2c3d4e5f was cut off, and left no answer",
    ),
    Code(
        code="MW-H311",
        title="a run was stopped before it began",
        meaning="The run waited for its turn when somebody asked that it stops. Nothing was done.",
        fix="Ask for it again.",
        example="MW-H311 run 20260131T050000-0a1b2c3d4e5f was stopped before it began: nothing was done",
    ),
    Code(
        code="MW-H312",
        title="parameters of a list that do not go together",
        meaning="Runs are listed as trees, and that takes no filter and no cursor.",
        fix="Leave `tree` away, or the other parameters.",
        example="MW-H312 'tree' goes with 'limit' alone",
    ),
    Code(
        code="MW-H313",
        title="a sandbox holds more by now",
        meaning="A promotion was asked for by URL, for the domains that the sandbox had changes of then. Before it began, changes of "
        "others came into the sandbox. Nothing was changed.",
        fix="Look at the sandbox again, and ask again.",
        example="MW-H313 sandbox 'box' holds changes of finance by now, which were not asked to be promoted; nothing was changed",
    ),
    Code(
        code="MW-H314",
        title="no worker is running",
        meaning="A run or a promotion was asked for by URL, and recorded; no worker was seen within the last half minute that could carry "
        "it out. It begins when one comes.",
        fix="Start one where the mesh lies: `mw worker`; or `mw serve` without `--api-only`.",
        example="MW-H314 queued: no worker is running, and nothing that is asked for begins without one",
    ),
)

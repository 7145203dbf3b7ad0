"""Codes MW-S0xx: triggers, the scheduler, and runs that others than persons start."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-S001",
        title="run id taken",
        meaning=(
            "A run was to begin under an id that its starter chose (`mw run --run-id`), and a run of this id is recorded "
            "already. It is refused, so that one start is one run however often it is asked for."
        ),
        fix="Look at the run that there is: `mw runs show ID`. For another run take another id.",
        example="MW-S001 there is a run 20260131T050000-load already; nothing was started",
    ),
    Code(
        code="MW-S002",
        title="no id of a run",
        meaning="The value of `--run-id` cannot be an id: 6 to 64 letters, digits, `.`, `_` or `-`, the first a letter or digit.",
        fix="Take another id, or leave it away.",
        example="MW-S002 'my run' cannot be the id of a run",
    ),
    Code(
        code="MW-S003",
        title="cause of a run cannot be read",
        meaning="A program that starts a run said why in a form that is not the one of causes.",
        fix="Give an object with `kind`, `name`, `at` (with a time zone), `events` and `key`.",
        example="MW-S003 '--cause' cannot be read: 'name'",
    ),
    Code(
        code="MW-S010",
        title="no cron expression",
        meaning=(
            "A schedule is none of cron: five fields (minute, hour, day of the month, month, day of the week), or a macro such as "
            "`@daily`. The message names the field. Lists (`1,15`), ranges (`1-5`), steps (`*/15`), names (`MON`, `JAN`), `L`, "
            "`LW`, `5L` and `MON#1` are understood."
        ),
        fix="Correct the field that the message names.",
        example=(
            "MW-S010 domains/fleet/planes/pipeline.yaml:3:20 'cron' of 'schedule' of the pipeline '61 5 * * *' is none of "
            "cron: '61' is no minute (0 to 59)"
        ),
    ),
    Code(
        code="MW-S011",
        title="schedule never fires",
        meaning="A cron expression can be read, and no day for 50 years is what it asks for: 30 February, for example.",
        fix="Ask for a day that comes; `L` is the last day of a month.",
        example=(
            "MW-S011 domains/fleet/planes/pipeline.yaml:3:20 'cron' of 'schedule' of the pipeline '0 0 30 2 *' never fires: "
            "no month 2 has a day 30 that is any day of the week"
        ),
    ),
    Code(
        code="MW-S012",
        title="unknown time zone",
        meaning="`timezone` of a schedule is no name of the IANA time zone data base.",
        fix="Write a name such as `Europe/Berlin` or `UTC`.",
        example="MW-S012 domains/fleet/planes/pipeline.yaml:4:13 there is no time zone 'Europe/Berln'",
    ),
    Code(
        code="MW-S013",
        title="trigger without a kind",
        meaning="A trigger or schedule says nothing that it fires at, or several things at once.",
        fix="Write one of `cron`, `every`, `on`, `event`, `file`; for several write several triggers.",
        example="MW-S013 domains/fleet/planes/pipeline.yaml:3:5 a trigger says nothing that it fires at",
    ),
    Code(
        code="MW-S014",
        title="trigger waits for nothing that is there",
        meaning="`on` of a trigger names a product or dataset that the mesh does not have, or none.",
        fix="Name a product (`domain.product`) or a dataset (`domain.product.dataset`) of the mesh.",
        example=(
            "MW-S014 domains/fleet/planes/pipeline.yaml:3:5 trigger 'weather.observations' of fleet.planes waits for "
            "'weather.observations': there is no product 'weather.observations'"
        ),
    ),
    Code(
        code="MW-S015",
        title="trigger starts itself",
        meaning="A trigger waits for a publication of its own product, or publications of several products start each other in a circle.",
        fix="Wait for products that are read, and start one product of the circle by a schedule.",
        example=(
            "MW-S015 domains/fleet/planes/pipeline.yaml:3:5 publications start each other in a circle: fleet.planes waits for "
            "fleet.trips waits for fleet.planes"
        ),
    ),
    Code(
        code="MW-S016",
        title="nothing to join on",
        meaning="`join: interval` names what is no dataset cut into intervals, or datasets that are cut differently.",
        fix="Name datasets that are `incremental: {by, grain}` with the same grain and time zone, or write `join: all`.",
        example=(
            "MW-S016 domains/fleet/planes/pipeline.yaml:3:5 trigger 'daily' of fleet.planes joins on the interval, but "
            "weather.observations.hourly is not cut into intervals"
        ),
    ),
    Code(
        code="MW-S017",
        title="two triggers of one name",
        meaning="Triggers are paused, listed and recorded by their name; without `name` it is what they fire at.",
        fix="Give one of them a `name`.",
        example="MW-S017 domains/fleet/planes/pipeline.yaml:4:5 two triggers are called 'cron', the other one stands at ...",
    ),
    Code(
        code="MW-S018",
        title="key without meaning beside another",
        meaning="A key of a trigger says something about another kind of triggers: `missed` is about schedules, `params` about events.",
        fix="Remove the key.",
        example="MW-S018 domains/fleet/planes/pipeline.yaml:3:40 'missed' of a trigger has no meaning beside 'on'",
    ),
    Code(
        code="MW-S019",
        title="no place in an event",
        meaning="`filter` and `params` of a trigger name a CloudEvents attribute (`subject`) or a path into the data (`data.region`).",
        fix="Write the attribute, or `data.` and the names of keys with dots between.",
        example="MW-S019 domains/fleet/planes/pipeline.yaml:4:14 'Region' of a trigger is no place in an event",
    ),
    Code(
        code="MW-S020",
        title="event sets an undeclared parameter",
        meaning="`params` of a trigger names a parameter that nothing declares in the product.",
        fix="Correct the name, or declare the parameter under `params` of the pipeline.",
        example=(
            "MW-S020 domains/fleet/planes/pipeline.yaml:4:14 a trigger sets parameter 'dey', which is declared nowhere in fleet.planes"
        ),
    ),
    Code(
        code="MW-S021",
        title="files that cannot be watched",
        meaning="`file` of a trigger names a place that cannot be listed: an address of the web, or no whole address.",
        fix="Name a local path or a store (`s3://bucket/in/*.csv`), or let the sender send an event and write `event:`.",
        example=(
            "MW-S021 domains/fleet/planes/pipeline.yaml:3:12 'file' of a trigger names 'https://example.org/*.csv': there is "
            "nothing to list there"
        ),
    ),
    Code(
        code="MW-S080",
        title="too many objects to watch",
        meaning=(
            "Where the pattern of a trigger's `file` begins, a store elsewhere holds more than 100,000 objects. They are not gone "
            "through at each look; files of this trigger are not seen."
        ),
        fix="Let more of the pattern's beginning be fixed, for example a folder for what is new, or let the store send an event.",
        example=(
            "MW-S080 more than 100,000 objects lie where 's3://lake/**/*.csv' begins: trigger fleet.planes:incoming does not see them"
        ),
    ),
    Code(
        code="MW-S081",
        title="store of arriving files not listed",
        meaning=(
            "A store elsewhere, in which a trigger waits for files, could not be listed. The worker says so once and goes on; what "
            "arrives meanwhile is seen when the store answers again. `mw gc` keeps the events of its files."
        ),
        fix="Check the place, its options and the rights.",
        example=(
            "MW-S081 's3://in/*.csv' cannot be listed for trigger fleet.planes:incoming: EndpointConnectionError: Could not connect "
            "to the endpoint URL"
        ),
    ),
    Code(
        code="MW-S030",
        title="no such trigger",
        meaning="No trigger has this address, and no product of this name has triggers.",
        fix="`mw schedule list` shows all triggers.",
        example="MW-S030 no trigger and no product with triggers is called 'fleet.plains'",
    ),
    Code(
        code="MW-S031",
        title="no event",
        meaning=(
            "What was sent is no event of CloudEvents 1.0 in JSON, or a batch holds one that is none. Nothing of the file was "
            "taken in."
        ),
        fix="Correct what the message names.",
        example="MW-S031 closed.json:1:1 event 3: 'source' is missing",
    ),
    Code(
        code="MW-S032",
        title="events cannot be read",
        meaning="The file of events is not there, is too large, or the system refuses to read it.",
        fix="Name a file with one event or a list of them, or `-` for standard input.",
        example="MW-S032 'closed.json' cannot be read: No such file or directory",
    ),
    Code(
        code="MW-S033",
        title="not paused",
        meaning="What is to be resumed is not paused under this name: a product and its triggers are paused apart.",
        fix="`mw schedule list` shows what is paused under which name.",
        example="MW-S033 'fleet.planes' is not paused in prod",
    ),
    Code(
        code="MW-S040",
        title="joined versions do not agree",
        meaning=(
            "The run was started because several products were published that belong together (`join: all`), and since then one of "
            "them was published anew: what they were made from is not the same version any more. The run would have mixed "
            "generations, so it did not begin, or ended before it published."
        ),
        fix="Nothing: it starts again by itself when all of them are of one generation.",
        example=(
            "MW-S040 what shop.report:both joins was published anew and does not belong together any more: raw.orders.orders: "
            "3f2a9c01 beneath left.side, 77d01e22 beneath right.side"
        ),
    ),
    Code(
        code="MW-S041",
        title="the mesh could not be looked at",
        meaning=(
            "A worker looks at the mesh in a process of its own, when files changed or something was published, and that process "
            "ended before it had an answer: it was killed, memory ran out, or it could not be started. Until it is looked at, what "
            "was known before goes on; runs that were started go on as well."
        ),
        fix="It is tried again by itself. Where memory is short, give the host more, or run `mw worker` on another one.",
        example="MW-S041 the process that looks at the mesh for the worker gave no answer: it was killed",
    ),
)

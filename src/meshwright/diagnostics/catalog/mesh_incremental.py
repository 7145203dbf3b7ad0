"""Codes MW-M5xx: ``incremental`` of nodes."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M501",
        title="two ways of building in parts",
        meaning=(
            "`incremental` mixes keys of two of its forms: `by` and `grain` (an interval of time after the other), "
            "`append` (what is new is added), `key` and `merge` (rows meet those of the version before)."
        ),
        fix="Keep one form; a second model that reads the first can have another one.",
        example=("MW-M501 domains/fleet/planes/pipeline.yaml:4:33 'incremental' of node 'flown' has 'by' and 'append'"),
    ),
    Code(
        code="MW-M502",
        title="no way of building in parts",
        meaning="`incremental` is there and says none of its forms.",
        fix="Write `{by: <time column>, grain: day}`, `{append: true}` or `{key: [<columns>], merge: upsert}`.",
        example=(
            "MW-M502 domains/fleet/planes/pipeline.yaml:4:26 'incremental' of node 'flown' does not say how it is built "
            "in parts"
        ),
    ),
    Code(
        code="MW-M503",
        title="key of another way of building in parts",
        meaning="A key of `incremental` belongs to another of its forms, and would have no effect here.",
        fix="Remove it.",
        example=(
            "MW-M503 domains/fleet/planes/pipeline.yaml:4:41 'lookback' of 'incremental' of node 'flown' has no meaning "
            "beside 'append'"
        ),
    ),
    Code(
        code="MW-M504",
        title="parts are kept too short",
        meaning=(
            "`keep` is shorter than `lookback`. Intervals inside the lookback are built again when their inputs change, "
            "so they must still be there."
        ),
        fix="Keep at least as much as `lookback` says.",
        example=(
            "MW-M504 domains/fleet/planes/pipeline.yaml:4:66 'keep' of 'incremental' of node 'flown' is shorter than "
            "'lookback': intervals would be gone that are still to be rebuilt"
        ),
    ),
    Code(
        code="MW-M505",
        title="start inside an interval",
        meaning=(
            "`start` is the first moment of the first interval, and lies inside one: hours begin at full hours of UTC, "
            "days, weeks (on Monday) and months at midnight in `timezone`. A start with an offset is a moment of UTC."
        ),
        fix="Write the first moment of the interval, or of the next one; the finding names both.",
        example=(
            "MW-M505 domains/fleet/planes/pipeline.yaml:4:62 'start: 2013-01-02' of 'incremental' of node 'flown' is not "
            "where a month begins"
        ),
    ),
    Code(
        code="MW-M506",
        title="time zone that cannot be",
        meaning=(
            "`timezone` names no time zone of the tz database, or stands beside `grain: hour`: hours are those of UTC, "
            "wherever days begin."
        ),
        fix="Write a name such as Europe/Berlin; remove it beside hours.",
        example=(
            "MW-M506 domains/fleet/planes/pipeline.yaml:4:62 'Europe/Berln' of 'incremental' of node 'flown' is no time "
            "zone"
        ),
    ),
    Code(
        code="MW-M507",
        title="columns of a key",
        meaning=(
            "`key` names no column, one twice (letter case aside), or one that means something else: `deleted`, "
            "`valid_from`, or a column that `scd2` adds."
        ),
        fix="Name the columns that tell rows apart, each once.",
        example=(
            "MW-M507 domains/fleet/planes/pipeline.yaml:4:37 'key' of 'incremental' of node 'flown' names column 'id' twice"
        ),
    ),
    Code(
        code="MW-M508",
        title="key of another merge",
        meaning=(
            "`valid_from` and `close_absent` are about `merge: scd2`, which closes rows and opens others. `deleted` is "
            "about the other merges, which take rows away."
        ),
        fix="Remove the key, or choose the merge that it is about.",
        example=(
            "MW-M508 domains/fleet/planes/pipeline.yaml:4:60 'deleted' of 'incremental' of node 'flown' has no meaning "
            "with 'merge: scd2'"
        ),
    ),
    Code(
        code="MW-M509",
        title="node that cannot be built in parts",
        meaning=(
            "A view holds no rows, so that it has no parts. A source cannot be cut into intervals: it is read as a whole, "
            "or its files are appended."
        ),
        fix="Write `as: table`; cut a model that reads the source.",
        example=(
            "MW-M509 domains/fleet/planes/pipeline.yaml:4:26 node 'flown' is a view, which holds no rows that could be "
            "built in parts"
        ),
    ),
    Code(
        code="MW-M510",
        title="intervals of a node that is not deterministic",
        meaning=(
            "A node cut into intervals builds those whose recipe or inputs changed. Of a node with "
            "`deterministic: false` these do not tell what its rows are, so that nobody could say which interval is up to "
            "date. It can append or merge."
        ),
        fix="Remove `deterministic: false` and what depends on when the node runs, or append or merge.",
        example=(
            "MW-M510 domains/fleet/planes/pipeline.yaml:4:26 node 'flown' is cut into intervals and not deterministic: "
            "nobody could tell which interval is up to date"
        ),
    ),
    Code(
        code="MW-M511",
        title="source whose new rows nobody can tell",
        meaning=(
            "A source that reads files can append those that it has not read yet. A table or a database gives all its "
            "rows, and which of them are new cannot be told."
        ),
        fix="Merge by a key: `{key: [<columns>], merge: upsert}`.",
        example=(
            "MW-M511 domains/fleet/planes/pipeline.yaml:4:30 node 'flown' reads no files, so meshwright cannot tell which "
            "rows are new"
        ),
    ),
    Code(
        code="MW-M512",
        title="dependence on an unknown input",
        meaning=(
            "`depends` names a dataset that the node does not read, or one twice: under its name in the product and under "
            "its address."
        ),
        fix='Name datasets that the node reads, each once; `"*"` stands for those that are not named.',
        example=(
            "MW-M512 domains/fleet/planes/pipeline.yaml:4:62 'depends' names 'plans', which fleet.planes.flown does not "
            "read"
        ),
    ),
    Code(
        code="MW-M513",
        title="parameter that an interval hides",
        meaning=(
            "A node that is cut into intervals declares a parameter `start` or `end`. In its code these are the moments of "
            "the interval that is built, so the parameter could never be seen."
        ),
        fix="Give the parameter another name.",
        example=(
            "MW-M513 domains/fleet/planes/pipeline.yaml:5:16 parameter 'start' of node 'flown' is hidden: there $start is a "
            "moment of the interval"
        ),
    ),
)

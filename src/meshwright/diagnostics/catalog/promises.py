"""Codes MW-C040, MW-C042 to MW-C059 and MW-C130 to MW-C159: relationships, service levels, schedules and options of contracts."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-C040",
        title="relationship of keys of different length",
        meaning="A relationship lists more properties under `from` than under `to`, or fewer. A key of two properties refers to two.",
        fix="List as many properties under `to` as under `from`, in the same order.",
        example="MW-C040 contracts/orders.odcs.yaml:31:13 a key of 2 properties refers to one of 3",
    ),
    Code(
        code="MW-C042",
        title="service level that is no duration",
        meaning="`freshness`, `latency`, `frequency` and `retention` are compared with a duration: a number and a unit, or ISO 8601. "
        "This value is none, so the service level is not measured. This is a warning.",
        fix="Give a number as `value` and one of s, min, h, d, w, mo, y as `unit`.",
        example="MW-C042 contracts/orders.odcs.yaml:52:5 latency of 3 is no duration: it is not measured",
    ),
    Code(
        code="MW-C043",
        title="service level by an element that is no time",
        meaning="The `element` of `freshness`, `latency`, `frequency` or `retention` names no property of the contract, or one whose "
        "logical type is no time. The service level cannot be measured by it. This is a warning.",
        fix="Name a property of logical type date or timestamp, as `object.property`.",
        example="MW-C043 contracts/orders.odcs.yaml:52:5 the element 'orders.plced' is no property of 'orders': latency is not "
        "measured",
    ),
    Code(
        code="MW-C044",
        title="bound that is no date or time",
        meaning="`minimum`, `maximum`, `exclusiveMinimum` or `exclusiveMaximum` of a property of logical type date, timestamp or time is "
        "a text that is none of it, so that no value could be compared with it.",
        fix="Write the bound in the form of ISO 8601: 2026-01-31, 2026-01-31T08:00:00, 08:00:00.",
        example="MW-C044 contracts/orders.odcs.yaml:19:36 'minimum' '31.1.2026' is no date",
    ),
    Code(
        code="MW-C045",
        title="query about the items of a list",
        meaning="The query of a quality rule uses `{property}`, and the rule stands on what is inside of an array or a map: a row holds "
        "several of it, so it has no name in SQL.",
        fix="Unnest the column in the query, without `{property}`.",
        example="MW-C045 contracts/orders.odcs.yaml:33:20 the query uses {property}, but a row holds several of 'tags[]'",
    ),
    Code(
        code="MW-C046",
        title="schedule that is none",
        meaning="A quality rule or service level has a `schedule` of the scheduler cron (the default) which cron does not understand, "
        "or a `scheduler` without a schedule. Schedules are read and kept; nothing runs by them yet. This is a warning.",
        fix="Write five fields: minute, hour, day of the month, month, day of the week.",
        example="MW-C046 contracts/orders.odcs.yaml:27:23 the schedule '0 30 * * *' is none of cron: '30' is no hour (0 to 23)",
    ),
    Code(
        code="MW-C130",
        title="A relationship refers to nothing",
        meaning=(
            "A `relationships` entry names a contract, an object or a property that is not there, or a `from` that is not of the "
            "object under which it stands. References are names (`customers.id`) or ids (`schema/customers_tbl/properties/id_pk`), the latter "
            "also in another contract (`customers.odcs.yaml#/schema/...`)."
        ),
        fix="Correct the name; the message lists the ones that are there.",
        example="'to: customers.custmer_id': 'customers' has no property 'custmer_id'",
    ),
    Code(
        code="MW-C131",
        title="A relationship refers past ports",
        meaning=(
            "A relationship refers to a dataset of another domain that no port of its product holds. What a port does not hold is "
            "the other domain's own affair, for relationships as for models (MW-G102)."
        ),
        fix="Refer to a dataset that a port holds, or ask the owners whom the message names to put it into a port.",
        example=(
            "the relationship of 'tail_number' reads 'fleet.aircraft.raw_planes' of domain 'fleet' past its ports: no port of "
            "'fleet.aircraft' holds it; it offers fleet.aircraft/aircraft (aircraft)"
        ),
    ),
    Code(
        code="MW-C132",
        title="A relationship of types that cannot be equal",
        meaning=(
            "The column of a relationship and what it refers to are of different kinds, such as a number and a text. Comparing them would "
            "need a cast that fails, or finds `1` and `01` to be different."
        ),
        fix="Cast one of them in its model.",
        example="'customer' is VARCHAR, and what it refers to, 'id' of sales.customers.customers, is BIGINT",
    ),
    Code(
        code="MW-C133",
        title="A relationship that leads out of the mesh",
        meaning=(
            "A relationship refers to a contract by an http address, and no contract of the mesh lies at the end of it. It describes, "
            "and nothing tests it: a mesh reads no contract from the network. This is a warning."
        ),
        fix="Refer to a contract of the mesh by its path, if it is one.",
        example="the relationship is not tested: 'https://example.com/profiles.odcs.yaml' is no contract of this mesh",
    ),
    Code(
        code="MW-C134",
        title="Relationships that make products wait for each other",
        meaning=(
            "A relationship is proved on what will stand, so its product is published after the product that it refers to. Here that one "
            "is published after the first, because it is built from it or its own rules read it. Neither could be first."
        ),
        fix="Leave one direction out, or put the datasets into one product.",
        example=(
            "the relationship of 'order_id' makes sales.orders wait for finance.report, which waits for it: none of them can be "
            "published first"
        ),
    ),
)

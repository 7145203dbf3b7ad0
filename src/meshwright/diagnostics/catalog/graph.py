"""Codes MW-Gxxx: dependencies and selection."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-G101",
        title="Reference to nothing",
        meaning=(
            "A model, a test or an `after:` names a dataset that no node of the mesh yields. One name means a dataset of the "
            "same product; any other dataset is named domain.product.dataset."
        ),
        fix="Correct the name, or write the full address of another product's dataset.",
        example="MW-G101 domains/fleet/planes/models/used.sql:3:6 'fleet.planes.used' reads 'departure', which does not exist",
    ),
    Code(
        code="MW-G102",
        title="Read past the ports",
        meaning=(
            "A dataset of another domain is read, and no port of its product holds it. Ports are what a domain promises to "
            "others, with a contract; everything else may change without notice. Inside a domain every dataset may be read."
        ),
        fix="Read a dataset that a port holds, or ask the owners named in the message to publish this one through a port.",
        example=(
            "MW-G102 domains/fleet/planes/models/used.sql:3:6 'fleet.planes.used' reads 'operations.flights.raw_flights' of "
            "domain 'operations' past its ports"
        ),
    ),
    Code(
        code="MW-G103",
        title="Self-reference",
        meaning="A node reads, or waits for, the dataset that it yields.",
        fix="Read another dataset; a dataset of the same name in another product needs its full address.",
        example="MW-G103 domains/fleet/planes/models/used.sql:3:6 'fleet.planes.used' reads itself",
    ),
    Code(
        code="MW-G104",
        title="Cycle of datasets",
        meaning="Datasets need each other in a circle, so none of them can be built first. The message names the whole way round.",
        fix="Break the circle: let one of them read what the others are made from, or split it in two.",
        example="MW-G104 models/a.sql:1:15 datasets wait for each other: x.y.a reads x.y.b reads x.y.a",
    ),
    Code(
        code="MW-G105",
        title="Cycle of products between domains",
        meaning=(
            "Products of different domains read each other in a circle, though their datasets do not. They could only be "
            "published together, and domains publish on their own. Inside one domain such products publish as one unit."
        ),
        fix="Move what both sides need into a product of its own, or into one of the two domains.",
        example="MW-G105 models/a.sql:1:15 products of several domains read each other in a circle",
    ),
    Code(
        code="MW-G106",
        title="Variation read by a model",
        meaning=(
            "A model, Python node or test names a dataset of a variation (`...@canary`). A variation is built beside the "
            "product and is not there for others: its own nodes read each other by their plain names."
        ),
        fix="Write the dataset's plain name.",
        example=(
            "MW-G106 domains/sales/totals/models/daily.sql:2:6 'sales.totals.daily' reads "
            "'sales.orders.orders@canary', a dataset of a variation"
        ),
    ),
    Code(
        code="MW-G108",
        title="a node without rows is read",
        meaning="A node reads another one that yields no dataset: a node of a tool without datasets, or a Python node `as: none`.",
        fix="Come after it (`after: [...]`), or let it yield a dataset.",
        example="MW-G108 domains/ops/flights/models/sums.sql:1:15 'ops.flights.sums' reads 'ops.flights.tell', a node that yields no dataset",
    ),
    Code(
        code="MW-G107",
        title="unused parameter",
        meaning=(
            "A parameter is declared, and no model, Python function, test or rule below the level that declares it uses it. "
            "A warning: it changes nothing."
        ),
        fix="Use it as `$name`, or remove it.",
        example=(
            "MW-G107 domains/fleet/planes/pipeline.yaml:2:3 parameter 'least' of pipeline fleet.planes is used by nothing"
        ),
    ),
    Code(
        code="MW-G201",
        title="Selection matches nothing",
        meaning=(
            "A part of a selection names no dataset of the mesh. A selection is domain, domain.product or "
            "domain.product.dataset, with `*` in any part, `tag:x`, `owner:x` or `changed`, and `+` before or after for what "
            "is up or down stream. `changed` alone may name nothing: then nothing differs, and that is no error."
        ),
        fix="Correct the name; `mw show` lists what there is.",
        example="MW-G201 the selection 'operation' matches nothing",
    ),
    Code(
        code="MW-G202",
        title="Selection cannot be read",
        meaning=(
            "A selection is empty, or is not of the form [+]name[.name[.name]][@variation][+], [+]tag:x[+], [+]owner:x[+] or "
            "[+]changed[+]. There is no number of steps beside `+`, no exclusion and no other word before a colon."
        ),
        fix="Write, for example, `operations.flights+`, `+analytics.punctuality.daily`, `tag:hourly` or `changed+`.",
        example="MW-G202 the selection 'a..b' cannot be read",
    ),
    Code(
        code="MW-G203",
        title="Nothing to compare with",
        meaning="`changed` is what differs from an environment, and the command looks at none.",
        fix="Name the datasets; `plan`, `run`, `test` and `check` understand `changed`.",
        example="MW-G203 'changed' needs an environment to compare with, and this command looks at none",
    ),
    Code(
        code="MW-G204",
        title="Unknown variation",
        meaning=(
            "A selection or `--variation` names a variation that nothing selected has, or that leaves out everything "
            "selected."
        ),
        fix="Name a variation of the product; `mw show domain.product` lists them.",
        example="MW-G204 nothing that is selected has a variation 'canry'",
    ),
)

"""Codes MW-M3xx: products, ports and consumers."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M301",
        title="port without a contract",
        meaning=(
            "The ODPS document declares an output port, and there is no `contracts/<port>.odcs.yaml`, or for a further "
            "version of it no `contracts/<port>.v2.odcs.yaml`."
        ),
        fix="Write the contract, or remove the port.",
        example=(
            "MW-M301 domains/fleet/planes/product.odps.yaml:8:5 port 'planes' has no contract: there is"
            " no domains/fleet/planes/contracts/planes.odcs.yaml"
        ),
    ),
    Code(
        code="MW-M302",
        title="contract without a port",
        meaning="A contract file has the name, or the version, of no output port of the ODPS document.",
        fix="Add the output port, or rename the file.",
        example=(
            "MW-M302 domains/fleet/planes/contracts/plane.odcs.yaml:1:1 the contract 'plane' belongs to"
            " no port: product.odps.yaml declares no output port of that name"
        ),
    ),
    Code(
        code="MW-M303",
        title="ports without a product document",
        meaning=(
            "A product has contracts, but no `product.odps.yaml`. What others read is described in the "
            "Open Data Product Standard."
        ),
        fix="Write `product.odps.yaml` with an output port for each contract.",
        example=(
            "MW-M303 domains/fleet/planes/product.odps.yaml:1:1 fleet.planes has contracts, but no "
            "product.odps.yaml that declares ports"
        ),
    ),
    Code(
        code="MW-M304",
        title="contract id differs",
        meaning=("An output port names a contract by an id that is not that of the contract file of its name."),
        fix="Make both the same.",
        example=(
            "MW-M304 domains/fleet/planes/product.odps.yaml:8:5 port 'planes' names contract 'a1', but "
            "domains/fleet/planes/contracts/planes.odcs.yaml has the id 'b2'"
        ),
    ),
    Code(
        code="MW-M305",
        title="schema object is no dataset",
        meaning=(
            "A schema object of a contract has the name of no dataset of the product. Each object "
            "promises the dataset that its `physicalName` names, else the one of its own name."
        ),
        fix="Name a dataset of the product, or add the node that yields it.",
        example=(
            "MW-M305 domains/fleet/planes/contracts/planes.odcs.yaml:9:5 schema object 'plans' is no "
            "dataset of fleet.planes"
        ),
    ),
    Code(
        code="MW-M306",
        title="port without datasets",
        meaning="A contract has no schema objects, so its port holds nothing that could be read.",
        fix="Add `schema:` with an object named like the dataset.",
        example=(
            "MW-M306 domains/fleet/planes/contracts/planes.odcs.yaml:1:1 the contract of port 'planes' "
            "holds no dataset: it has no schema objects"
        ),
    ),
    Code(
        code="MW-M307",
        title="port declared twice",
        meaning=(
            "The ODPS document declares two output ports of one name whose versions have the same first number. Versions of a "
            "port stand side by side where that number differs; what is of one major version replaces what was before."
        ),
        fix="Keep one, or give it a version with another first number.",
        example=(
            "MW-M307 domains/fleet/planes/product.odps.yaml:12:5 port 'planes' is declared twice at version 1: "
            "1.0.0 and 1.1.0"
        ),
    ),
    Code(
        code="MW-M308",
        title="id used twice",
        meaning=(
            "Two products, or two contracts, have the same `id`. Other files refer to them by id. Versions of one port may "
            "share the id of their contract."
        ),
        fix="Give each its own id.",
        example=(
            "MW-M308 domains/fleet/planes/product.odps.yaml:1:1 the product id 'planes' is that of "
            "fleet.registry already"
        ),
    ),
    Code(
        code="MW-M309",
        title="unknown contract of an input port",
        meaning="An ODPS input port names a contract that no port of the mesh has.",
        fix="Name the contract id of a port of the mesh.",
        example=(
            "MW-M309 domains/fleet/planes/product.odps.yaml:6:5 input port 'flights' names contract "
            "'flihgts', which no port of the mesh has"
        ),
    ),
    Code(
        code="MW-M310",
        title="input port is not read",
        meaning=(
            "An ODPS input port is declared, but no node of the product reads from it. Dependencies "
            "come from the SQL; the declaration misleads its readers."
        ),
        fix="Remove the input port, or read from it.",
        example=(
            "MW-M310 domains/fleet/planes/product.odps.yaml:6:5 input port 'flights' is declared, but "
            "fleet.planes reads no dataset of operations.flights/flights"
        ),
    ),
    Code(
        code="MW-M311",
        title="input port at another version",
        meaning="An ODPS input port is declared at another version than the port has.",
        fix="Check that the product can read the port's version, then write it.",
        example=(
            "MW-M311 domains/fleet/planes/product.odps.yaml:6:5 input port 'flights' is declared at "
            "version 1.0.0, but operations.flights/flights is at 2.0.0"
        ),
    ),
    Code(
        code="MW-M312",
        title="unknown port of a consumer",
        meaning="A consumer in `consumers.yaml` uses a port that does not exist.",
        fix="Write the name of a port of the product, or domain.product/port.",
        example="MW-M312 domains/fleet/planes/consumers.yaml:6:9 there is no port 'plane'",
    ),
    Code(
        code="MW-M313",
        title="unknown column of a consumer",
        meaning=(
            "A consumer in `consumers.yaml` uses a dataset or column that the contract of the port does not promise."
        ),
        fix="Name a promised column, as `column` or `dataset.column`.",
        example=(
            "MW-M313 domains/fleet/planes/consumers.yaml:7:20 the contract of port 'planes' promises no"
            " column 'tailnumber'"
        ),
    ),
    Code(
        code="MW-M314",
        title="consumer declared twice",
        meaning="Two consumers of a product have the same name.",
        fix="Keep one of the two, or rename one.",
        example=(
            "MW-M314 domains/fleet/planes/consumers.yaml:9:5 consumer 'fleet_board' is declared twice: "
            "first at domains/fleet/planes/consumers.yaml:2:5"
        ),
    ),
)

"""Codes MW-M315 to MW-M319 and MW-G121: versions of a port side by side, and who reads which."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M315",
        title="version of a contract file",
        meaning=(
            "The file of a contract says by its name, `<port>.v2.odcs.yaml`, which version of the port it is, and what it says "
            "is no version, or not the first number of the contract's `version`."
        ),
        fix="Write the same number in both, or rename the file.",
        example=(
            "MW-M315 domains/sales/orders/contracts/orders.v2.odcs.yaml:1:1 domains/sales/orders/contracts/orders.v2.odcs.yaml "
            "is of version 2 by its name, and its contract is at version 1.0.0"
        ),
    ),
    Code(
        code="MW-M316",
        title="two files of one version",
        meaning=(
            "`<port>.odcs.yaml` is at a version for which there is a file of its own, so that it is not known what that version is."
        ),
        fix="Keep one of the two, or write in each the version that it is of.",
        example=(
            "MW-M316 domains/sales/orders/contracts/orders.odcs.yaml:1:1 domains/sales/orders/contracts/orders.odcs.yaml and "
            "domains/sales/orders/contracts/orders.v2.odcs.yaml both are version 2 of port 'orders'"
        ),
    ),
    Code(
        code="MW-M317",
        title="physicalName is no dataset",
        meaning=(
            "`physicalName` of a schema object names the dataset behind it, and the product has no such dataset. In a contract "
            "file without a version it is passed over where the object's own name is a dataset: there it may be the name of a "
            "table elsewhere."
        ),
        fix="Name a dataset of the product, or remove `physicalName`: the object is then the dataset of its own name.",
        example=(
            "MW-M317 domains/sales/orders/contracts/orders.v2.odcs.yaml:9:5 physicalName 'order_v2' of schema object 'orders' is "
            "no dataset of sales.orders"
        ),
    ),
    Code(
        code="MW-M318",
        title="name that means several datasets",
        meaning=(
            "Two objects of a contract are one dataset, or two ports of a product offer different datasets under one name. Whoever "
            "reads that name could get either. Versions of one port may offer different datasets under one name."
        ),
        fix="Rename one of the objects, or give it another `physicalName`.",
        example=(
            "MW-M318 domains/sales/orders/contracts/archive.odcs.yaml:9:5 'sales.orders.orders' is offered by ports 'orders' and "
            "'archive', and means several datasets: old_orders, orders"
        ),
    ),
    Code(
        code="MW-M319",
        title="input port at no version",
        meaning=(
            "An input port names a port of the mesh at a version that is not there, names the contract of one version and the "
            "number of another, or chooses another version than a second input port does."
        ),
        fix="Write `contractId` and `version` of one of the versions that the message lists.",
        example=(
            "MW-M319 domains/finance/billing/product.odps.yaml:9:5 input port 'orders' names sales.orders/orders at version "
            "3.0.0, which there is not"
        ),
    ),
    Code(
        code="MW-G121",
        title="not in the chosen version",
        meaning=(
            "A product chooses a version of a port by an input port, and reads something that only another version of the port "
            "offers. Without a choice it would get the newest active version that offers it."
        ),
        fix="Read what the chosen version offers, or choose the other one.",
        example=(
            "MW-G121 domains/finance/billing/models/bills.sql:2:6 'finance.billing.bills' reads 'sales.orders.returns', which "
            "sales.orders/orders/v2, chosen by an input port, does not offer; sales.orders/orders does"
        ),
    ),
)

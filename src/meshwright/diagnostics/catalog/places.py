"""Codes MW-X6xx: sources that are no plain files of this machine, and formats that a library reads."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-X601",
        title="a package is missing",
        meaning="Sources of some kinds are read through a library that is not installed with meshwright itself.",
        fix="Install the extra that the message names, where meshwright runs.",
        example="MW-X601 domains/sales/orders/pipeline.yaml:2:3 source sales.orders.book needs the package "
        "'python-calamine', which is not installed",
    ),
    Code(
        code="MW-X602",
        title="a reference cannot be resolved",
        meaning="A setting takes its value from an environment variable or a file (`${env:X}`, `${file:path}`) "
        "that is not there.",
        fix="Set the variable, or put the file there; its path is relative to the mesh root.",
        example="MW-X602 domains/sales/orders/pipeline.yaml:2:3 environment variable 'WAREHOUSE_URL' is not set, and source "
        "sales.orders.raw needs it",
    ),
    Code(
        code="MW-X603",
        title="a place cannot be reached",
        meaning="A server does not answer in time, refuses the connection, or answers that it cannot serve now, even after "
        "several attempts.",
        fix="Check the address and the network, and run again.",
        example="MW-X603 domains/sales/orders/pipeline.yaml:2:3 https://data.example.org/rates.csv cannot be reached: timed out",
    ),
    Code(
        code="MW-X604",
        title="there is nothing at a place",
        meaning="The server was reached, and has no such file, object, table or snapshot.",
        fix="Correct what the source names.",
        example="MW-X604 domains/sales/orders/pipeline.yaml:2:3 https://data.example.org/rates.csv is not there: 404 Not Found",
    ),
    Code(
        code="MW-X605",
        title="a place may not be read",
        meaning="The server wants credentials, or those given do not allow reading.",
        fix="Give credentials as references (`headers`, `options`, the address of the database), or ask for the right.",
        example="MW-X605 domains/sales/orders/pipeline.yaml:2:3 https://data.example.org/rates.csv may not be read: 401",
    ),
    Code(
        code="MW-X606",
        title="a download was cut off",
        meaning="Fewer bytes came than the server announced. Nothing of it is used.",
        fix="Run again.",
        example="MW-X606 domains/sales/orders/pipeline.yaml:2:3 https://data.example.org/rates.csv was cut off: 512 bytes "
        "of 1,024 came",
    ),
    Code(
        code="MW-X607",
        title="a library cannot read a source",
        meaning="The library that reads this kind of source failed; the message is its own, without secrets.",
        fix="Check the place, its options and the rights.",
        example="MW-X607 domains/sales/orders/pipeline.yaml:2:3 s3://lake/orders/*.parquet cannot be read: ...",
    ),
    Code(
        code="MW-X608",
        title="columns of a large file elsewhere",
        meaning="Some formats show their columns only where the whole file is there, and `check` downloads no more than 64 MB.",
        fix="Declare `columns` of the source, or build it once.",
        example="MW-X608 domains/sales/orders/pipeline.yaml:2:3 https://data.example.org/all.csv.zip is larger than 64 MB",
    ),
    Code(
        code="MW-X609",
        title="no room for what a source holds",
        meaning="Sources that are no plain files are brought to `.meshwright/spill` first, and writing there failed.",
        fix="Make room on the disk.",
        example="MW-X609 domains/sales/orders/pipeline.yaml:2:3 the rows of sales.orders.raw cannot be written: No space left "
        "on device",
    ),
    Code(
        code="MW-X611",
        title="a workbook cannot be read",
        meaning="The file is no spreadsheet, is damaged, has a password, or unpacks to far more than its size.",
        fix="Get the file again, or save it without a password.",
        example="MW-X611 data/prices.xlsx:1:1 the workbook cannot be read: invalid Zip archive",
    ),
    Code(
        code="MW-X612",
        title="which sheet is not clear",
        meaning="A workbook with several visible sheets needs `sheet`, and the sheet that is named must be there.",
        fix="Name one of the sheets that the message lists.",
        example="MW-X612 data/prices.xlsx:1:1 the workbook has 2 visible sheets: 'Prices', 'Notes'",
    ),
    Code(
        code="MW-X613",
        title="cells of a column do not agree",
        meaning="A column holds cells of kinds that no one type keeps, or a cell is not of the declared type.",
        fix="Correct the cell that the message names, or declare the column as VARCHAR.",
        example="MW-X613 data/prices.xlsx:1:1 sheet 'Prices': column 'price' mixes kinds: a number in C2 and a text in C17",
    ),
    Code(
        code="MW-X614",
        title="a cell has no value of its own",
        meaning="Merged cells leave open which rows have the value; an error (#N/A) and a formula that was never calculated "
        "have none. Reading them as empty would lose that in silence.",
        fix="Correct the workbook, or leave the cells out with `range`.",
        example="MW-X614 data/prices.xlsx:4:1 sheet 'Prices': cells A4:A6 are merged",
    ),
    Code(
        code="MW-X621",
        title="an Avro file cannot be read",
        meaning="The file is no Avro, is cut off or damaged, or is packed with a codec whose package is missing.",
        fix="Get the file again.",
        example="MW-X621 data/events.avro:1:1 the file is no readable Avro: cannot read header",
    ),
    Code(
        code="MW-X622",
        title="a type of a file has no column type",
        meaning="A type of the file cannot be a column without loss: a union of several types, a type that holds itself, a "
        "decimal of more than 38 digits.",
        fix="Write the file with one type there.",
        example="MW-X622 data/events.avro:1:1 field 'value' is a union of string and long, which no column type holds",
    ),
    Code(
        code="MW-X641",
        title="a database refuses a statement",
        meaning="The table, column or query of a database source is not what the database knows; the message is its own.",
        fix="Correct `table`, `query` or `watermark`.",
        example='MW-X641 domains/sales/orders/pipeline.yaml:2:3 the database refuses: relation "ordrs" does not exist',
    ),
    Code(
        code="MW-X642",
        title="a value of a database cannot be kept",
        meaning="A value has no place in the type of its column: NaN in a numeric, infinity or a year before Christ in a date, "
        "more digits than DECIMAL(38) has, a text in a number of SQLite.",
        fix="Cast or filter it in `query`, or declare the column with a type that holds it.",
        example="MW-X642 domains/sales/orders/pipeline.yaml:2:3 column 'amount' holds NaN, which DECIMAL(18,2) cannot",
    ),
    Code(
        code="MW-X643",
        title="an address is no database's",
        meaning="The address of a database source is not of the form that SQLAlchemy reads, or names a kind of database that "
        "cannot be read. The address is not repeated: it may hold a password.",
        fix="Write for example postgresql://user:${env:PASSWORD}@host/database, or sqlite:///data/shop.db.",
        example="MW-X643 domains/sales/orders/pipeline.yaml:2:3 the address of source sales.orders.raw is no database's",
    ),
)

"""Codes MW-C100 to MW-C199: promised columns against real ones, and rules on data."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-C104",
        title="A promised column is not in the dataset",
        meaning=(
            "The contract of a port lists a property, and the dataset of the port has no column of that name. The columns "
            "come from binding the model, so this is found before anything is built. Names must match letter for letter."
        ),
        fix="Correct the name in the contract, or let the model give the column.",
        example="column 'custmer_id' is not in dataset sales.orders.orders",
    ),
    Code(
        code="MW-C105",
        title="A column is not promised",
        meaning=(
            "The dataset has a column that the contract of its port does not list. A contract that lists properties must list "
            "all columns: what is readable but not promised is used all the same, and breaks someone when it goes."
        ),
        fix="Add a property for the column, or leave the column out of the dataset. A contract without properties constrains none.",
        example="column 'tmp_flag' of dataset sales.orders.orders is not in the contract of port sales.orders/orders",
    ),
    Code(
        code="MW-C106",
        title="A column has another type than promised",
        meaning=(
            "The stored type of a column is not the `physicalType` of its property (aliases and letter case aside), or, "
            "without a physicalType, does not belong to the family of its `logicalType`. The family of integer holds every "
            "integer type and DECIMAL(n,0); that of number all of these, DECIMAL, FLOAT and DOUBLE."
        ),
        fix="Change the type in the contract, or cast the column in the model.",
        example="column 'placed_at' is VARCHAR, promised is TIMESTAMP (dataset sales.orders.orders)",
    ),
    Code(
        code="MW-C108",
        title="A custom rule is not executed",
        meaning=(
            "A quality rule of type `custom` is written for another tool. What rules of Great Expectations, Soda and dbt mean is "
            "known as far as the table in the reference of formats says, and is executed; this rule is none of them, or says more. "
            "It guards nothing here, and `mw contract test` calls it an error."
        ),
        fix="Correct the name that is not known, or write the rule as `library` or `sql`, or as a test file.",
        example="rule 'soda_freshness' for engine 'soda' on sales.orders.orders is of type custom and is not executed: "
        "the check 'freshnes' is not known",
    ),
    Code(
        code="MW-C110",
        title="The query of a rule cannot be used",
        meaning=(
            "A rule of type `sql` has no query, an unknown placeholder, a syntax error, or something that is not one SELECT. "
            "A query may use {object} for the dataset and, under a property, {property} for the column."
        ),
        fix="Give one SELECT that returns one value.",
        example="the query of rule 'no_gaps' cannot be used: expected an expression after 'where' (line 3 of the query)",
    ),
    Code(
        code="MW-C111",
        title="The query of a rule reads an unknown dataset",
        meaning=(
            "A table in the query of a rule is no dataset of the mesh. A bare name is a dataset of the rule's own product, three "
            "parts name a dataset of any product, {object} is the dataset that the rule guards."
        ),
        fix="Correct the name; the nearest known one is shown.",
        example="the query of rule 'known_carriers' reads 'carriers', which is no dataset of the mesh",
    ),
    Code(
        code="MW-C112",
        title="Unknown metric",
        meaning="A rule of type `library` names a metric that the Open Data Contract Standard does not have.",
        fix="Use nullValues, missingValues, invalidValues, duplicateValues or rowCount, or write the rule in SQL.",
        example="unknown metric 'nullCount'",
    ),
    Code(
        code="MW-C113",
        title="A rule does not say which column it is about",
        meaning="All metrics but rowCount measure a column. The rule stands on the whole dataset and names none.",
        fix="Put the rule under a property, give `column` in pipeline.yaml, or list `arguments: {properties: [...]}` for duplicates.",
        example="rule 'nullValues' does not say which column it is about",
    ),
    Code(
        code="MW-C114",
        title="A rule is about an unknown column",
        meaning="A rule names a column that the dataset does not have. The columns come from binding the model.",
        fix="Correct the name; the nearest known one is shown.",
        example="rule 'nullValues' is about column 'carier', which the dataset does not have",
    ),
    Code(
        code="MW-C115",
        title="A rule does not say what the value must be",
        meaning=(
            "Row counts and queries give a number that is neither good nor bad by itself, so the rule needs an operator. The other "
            "metrics count bad rows: without an operator they demand that there are none."
        ),
        fix="Give one operator, for example `mustBeGreaterThan: 0`.",
        example="rule 'rowCount' does not say what the value must be",
    ),
    Code(
        code="MW-C116",
        title="A bound that cannot be used",
        meaning=(
            "The bound of a rule is no number, has the wrong count of values, has its ends in the wrong order, or is no "
            "percentage. No value could keep it, or all would."
        ),
        fix="Give one number, or `[lowest, highest]` for the two operators with Between.",
        example="no value lies between 10 and 5 (rule 'rowCount')",
    ),
    Code(
        code="MW-C117",
        title="A row count in percent",
        meaning="A rowCount rule has `unit: percent`. The count of all rows is always 100 percent of all rows.",
        fix="Leave `unit` out, or compare with another dataset in a rule of type sql.",
        example="rule 'rowCount' counts all rows: that is always 100 percent",
    ),
    Code(
        code="MW-C118",
        title="A rule does not say which values are valid",
        meaning="An invalidValues rule has no arguments, so every value would be valid and the rule could never fail.",
        fix="Give `arguments` with validValues, pattern, minimum, maximum, minLength or maxLength.",
        example="rule 'invalidValues' does not say which values are valid",
    ),
    Code(
        code="MW-C119",
        title="Unknown argument of a rule",
        meaning="A metric does not know an argument. It would be ignored, and the rule would be weaker than it reads.",
        fix="Correct the argument's name, or leave it out.",
        example="rule 'carriers' has argument 'validValue', which invalidValues does not know",
    ),
    Code(
        code="MW-C120",
        title="The query of a rule gives another result at every run",
        meaning=(
            "The verdict of a rule on a version is recorded and used again, so its query may depend on nothing but data. "
            "now(), random() and the like are refused."
        ),
        fix="Pass the value as a parameter.",
        example="the query of rule 'fresh' calls now(), which gives another result at every run",
    ),
    Code(
        code="MW-C121",
        title="The query of a rule uses an unknown parameter",
        meaning="A `$name` in the query of a rule is declared in none of pipeline.yaml, domain.yaml and mesh.yaml.",
        fix="Declare the parameter, or correct its name.",
        example="the query of rule 'far_enough' uses parameter 'min_distanc', which is declared nowhere",
    ),
    Code(
        code="MW-C122",
        title="The query of a rule reads past ports",
        meaning=(
            "A rule of type `sql` reads a dataset of another domain that no port of its product holds. What a port does not hold "
            "is the other domain's own affair and may change without notice, for rules as for models (MW-G102)."
        ),
        fix="Read a dataset that a port holds, or ask the owners whom the message names to put it into a port.",
        example=(
            "the query of rule 'known_planes' reads 'fleet.aircraft.raw_planes' of domain 'fleet' past its ports: no port of "
            "'fleet.aircraft' holds it; it offers fleet.aircraft/aircraft (aircraft)"
        ),
    ),
)

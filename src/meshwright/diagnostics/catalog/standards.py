"""Codes MW-Cxxx: contracts and products.

MW-C001 to MW-C099 are about documents by themselves; from MW-C100 on, promises against real columns.
"""

from meshwright.diagnostics.catalog.entry import Code

_DOCUMENTS: tuple[Code, ...] = (
    Code(
        code="MW-C001",
        title="contract file that cannot be read",
        meaning="A file named to `mw contract lint` is missing, is a folder, or may not be read.",
        fix="Check the path and the file's rights.",
        example="MW-C001 contracts/orders.odcs.yaml:1:1 there is no file 'contracts/orders.odcs.yaml'",
    ),
    Code(
        code="MW-C002",
        title="standard or version that is not read",
        meaning="Contracts are read in ODCS 3.0.x, 3.1.0 and 3.2.0, products in ODPS 1.0.0 and 1.1.0 of Bitol. Older "
        "versions and other standards of similar names have another structure.",
        fix="Convert the document to the newest version.",
        example="MW-C002 contracts/orders.odcs.yaml:1:13 ODCS v2.2.2 is not read; versions read: v3.2.0, v3.1.0, ...",
    ),
    Code(
        code="MW-C003",
        title="unknown version of the standard",
        meaning="`apiVersion` names no version of the standard that exists, so that nobody can say what the document "
        "means. The version starts with a 'v' and has three numbers.",
        fix="Write a version that is read, for example v3.2.0 for a contract.",
        example="MW-C003 contracts/orders.odcs.yaml:1:13 there is no version 'v3.3.0' of ODCS that is known",
    ),
    Code(
        code="MW-C004",
        title="missing key",
        meaning="The standard requires the key here.",
        fix="Add the key with its value.",
        example="MW-C004 contracts/orders.odcs.yaml:1:1 'version' is missing in the contract",
    ),
    Code(
        code="MW-C005",
        title="unknown key",
        meaning="The standard knows no such key here. Most are misspelt; an unknown key would silently promise nothing.",
        fix="Use the key that is offered, or put own fields under `customProperties`.",
        example="MW-C005 contracts/orders.odcs.yaml:14:9 unknown key 'requird' in property 'carrier'",
    ),
    Code(
        code="MW-C006",
        title="value of the wrong type",
        meaning="The key holds a value of another type than the standard says. Text that looks like a number, such as a "
        "version, needs quotes.",
        fix="Write the value in the type that is named.",
        example="MW-C006 contracts/orders.odcs.yaml:4:10 'version' must be text, not a number",
    ),
    Code(
        code="MW-C007",
        title="value that is not in the list",
        meaning="The standard lists the values that the key may have, and this is none of them.",
        fix="Use one of the values that are listed.",
        example="MW-C007 contracts/orders.odcs.yaml:16:22 'int' is not a value of 'logicalType'",
    ),
    Code(
        code="MW-C008",
        title="value that breaks a limit of the standard",
        meaning="The value has the right type, but not the form, size or range that the standard asks for.",
        fix="Correct the value as the fix says.",
        example="MW-C008 contracts/orders.odcs.yaml:9:9 'id' 'a b' holds characters that it may not",
    ),
    Code(
        code="MW-C009",
        title="key in the wrong place",
        meaning="The standard knows the key, but not beside what else is written here: nested `properties` need "
        "`logicalType: object`, a `query` needs a rule of type sql, arguments of a metric stand below `arguments`.",
        fix="Remove the key, move it, or write what it needs.",
        example="MW-C009 contracts/orders.odcs.yaml:20:13 key 'query' does not belong to a quality rule of type library",
    ),
    Code(
        code="MW-C010",
        title="number that is not finite",
        meaning="'.nan' and '.inf' are YAML, but have no form in JSON, in which documents are kept and compared, and no "
        "value can be compared with them.",
        fix="Write a finite number, or put it in quotes if it is text.",
        example="MW-C010 contracts/orders.odcs.yaml:22:20 .nan is not a finite number",
    ),
    Code(
        code="MW-C011",
        title="two objects of one name",
        meaning="A contract names each dataset once.",
        fix="Give each object a name of its own.",
        example="MW-C011 contracts/orders.odcs.yaml:30:5 object 'orders' is there twice: first in line 9, column 5",
    ),
    Code(
        code="MW-C012",
        title="two properties of one name",
        meaning="An object names each column once.",
        fix="Give each property a name of its own.",
        example="MW-C012 contracts/orders.odcs.yaml:18:9 property 'id' of 'orders' is there twice: first in line 12",
    ),
    Code(
        code="MW-C013",
        title="primary key positions that do not fit",
        meaning="The columns of a primary key may say their order by `primaryKeyPosition`: from 1, none twice, and only "
        "where `primaryKey` is true (-1 means none).",
        fix="Number the key's columns from 1.",
        example="MW-C013 contracts/orders.odcs.yaml:15:9 properties 'a' and 'b' both have primary key position 1",
    ),
    Code(
        code="MW-C014",
        title="enum value listed twice",
        meaning="The list of allowed values names a value twice, perhaps with different labels.",
        fix="Keep each value once.",
        example="MW-C014 contracts/orders.odcs.yaml:17:20 enum lists 'EWR' twice",
    ),
    Code(
        code="MW-C015",
        title="rule about an unknown property",
        meaning="A quality rule names a property that its object does not promise.",
        fix="Use a property's name as the contract writes it.",
        example="MW-C015 contracts/orders.odcs.yaml:40:9 the rule is about property 'oder_id', which the object does not "
        "have",
    ),
    Code(
        code="MW-C016",
        title="key inside a nested value",
        meaning="A property inside an object, an array or a map says `primaryKey: true`. Rows have keys, made of whole columns; what is "
        "promised inside of columns is tested by `required` and `unique`. This is a warning: silence would read as a pass.",
        fix="Write `required: true` and `unique: true` instead.",
        example="MW-C016 contracts/orders.odcs.yaml:25:13 'primaryKey' of 'code' inside a nested value is not tested",
    ),
    Code(
        code="MW-C017",
        title="options that no value can meet",
        meaning="A least value, length or size is more than the greatest, so that every row would break the contract.",
        fix="Exchange or correct the two.",
        example="MW-C017 contracts/orders.odcs.yaml:19:13 'minimum' 10.0 is more than 'maximum' 1.0: no value can be "
        "valid",
    ),
    Code(
        code="MW-C018",
        title="pattern that engines cannot match",
        meaning="The text is no regular expression, or one with look-around or back-references, which engines that match "
        "in linear time (RE2, as DuckDB has it) do not know.",
        fix="Correct the pattern, or use a quality rule of type sql.",
        example="MW-C018 contracts/orders.odcs.yaml:19:22 pattern '[A-Z' is no regular expression that engines can match",
    ),
    Code(
        code="MW-C019",
        title="empty text",
        meaning="A name, id, version or query is there but says nothing.",
        fix="Write the text.",
        example="MW-C019 contracts/orders.odcs.yaml:3:5 the id of the contract is empty",
    ),
)

_RULES: tuple[Code, ...] = (
    Code(
        code="MW-C020",
        title="rule that measures nothing",
        meaning="A quality rule names a library metric, or has a type: sql, text or custom.",
        fix="Add 'metric: ...', or 'type: sql' with a query.",
        example="MW-C020 pipeline.yaml:9:18 the rule has neither a metric nor a type",
    ),
    Code(
        code="MW-C021",
        title="unknown metric",
        meaning="ODCS has five library metrics: nullValues, missingValues, invalidValues, duplicateValues, rowCount.",
        fix="Use one of them, or a rule of type sql.",
        example="MW-C021 pipeline.yaml:9:27 there is no metric 'rowcount'",
    ),
    Code(
        code="MW-C022",
        title="rule without an operator",
        meaning="What is measured must be compared with something, by exactly one operator such as mustBe.",
        fix="Add an operator, for example 'mustBe: 0'.",
        example="MW-C022 pipeline.yaml:9:18 metric 'rowCount' is compared with nothing: it has no operator",
    ),
    Code(
        code="MW-C023",
        title="rule with several operators",
        meaning="A rule has exactly one operator. For a range there is mustBeBetween.",
        fix="Keep one, or write two rules.",
        example="MW-C023 pipeline.yaml:9:60 the rule has several operators: 'mustBeGreaterThan' and 'mustBeLessThan'",
    ),
    Code(
        code="MW-C024",
        title="bound of the wrong type",
        meaning="Library metrics are numbers, so their bound is one. A query may also give text, true or false, to be "
        "compared by mustBe or mustNotBe. An empty value is no bound.",
        fix="Write a number without quotes.",
        example="MW-C024 pipeline.yaml:9:37 'mustBe' needs a number, not text",
    ),
    Code(
        code="MW-C025",
        title="range that is none",
        meaning="mustBeBetween and mustNotBeBetween take a list of two different finite numbers, the smaller first.",
        fix="Write 'mustBeBetween: [low, high]'.",
        example="MW-C025 pipeline.yaml:9:44 'mustBeBetween' needs the smaller number first and two that differ",
    ),
    Code(
        code="MW-C027",
        title="metric at the wrong level",
        meaning="nullValues, missingValues and invalidValues are about one property, rowCount about a whole dataset; "
        "duplicateValues may stand on either.",
        fix="Move the rule to the 'quality' of the property, or of the object.",
        example="MW-C027 contracts/orders.odcs.yaml:22:19 metric 'rowCount' is about the whole dataset, but the rule "
        "stands on property 'id'",
    ),
    Code(
        code="MW-C028",
        title="argument that does not fit the metric",
        meaning="missingValues takes the list `missingValues`; invalidValues takes the list `validValues` or a `pattern`; "
        "duplicateValues on a whole dataset takes the list `properties`; the others take none.",
        fix="Correct, add or remove the argument.",
        example="MW-C028 contracts/orders.odcs.yaml:23:15 metric 'invalidValues' takes no argument 'validvalues'",
    ),
    Code(
        code="MW-C029",
        title="unit that does not fit",
        meaning="Library metrics count 'rows' (the default) or 'percent' of all rows; a row count has no percentage.",
        fix="Write 'unit: rows' or 'unit: percent', or remove it.",
        example="MW-C029 contracts/orders.odcs.yaml:24:15 unit 'percentage' is not known",
    ),
    Code(
        code="MW-C030",
        title="unknown severity",
        meaning="What a failing rule does is log, warn or stop. Other words map through `severity` in mesh.yaml; info, "
        "warning and error are mapped already. A word that maps to nothing would leave the gate undecided.",
        fix="Use a known word, or map this one in mesh.yaml.",
        example="MW-C030 contracts/orders.odcs.yaml:25:19 severity 'critical' is not known",
    ),
    Code(
        code="MW-C031",
        title="rule of ODCS 3.0 without a metric",
        meaning="ODCS 3.0 left the names of library rules open. nullCheck, duplicateCount, uniqueCheck, validValues and "
        "rowCount are read as the metrics that replaced them; this one has no such metric.",
        fix="Write it as a rule of type sql.",
        example="MW-C031 contracts/orders.odcs.yaml:20:17 rule 'minCheck' has no library metric that equals it",
    ),
    Code(
        code="MW-C032",
        title="rule named in the words of ODCS 3.0",
        meaning="Since ODCS 3.1 a library check is named by `metric`. `rule` is only read in contracts of 3.0.x.",
        fix="Write the metric that is offered.",
        example="MW-C032 contracts/orders.odcs.yaml:20:11 a library check is named by 'metric'; 'rule' is the word of "
        "ODCS 3.0",
    ),
    Code(
        code="MW-C034",
        title="{property} without a property",
        meaning="In a query {property} stands for the column that the rule is written under; this rule stands on the "
        "whole dataset.",
        fix="Name the column in the query, or move the rule to the 'quality' of a property.",
        example="MW-C034 contracts/orders.odcs.yaml:33:16 the query uses {property}, but the rule stands on the whole "
        "dataset",
    ),
)

_PRODUCTS: tuple[Code, ...] = (
    Code(
        code="MW-C041",
        title="port declared twice",
        meaning="A product names each port once for each of its versions.",
        fix="Remove one, or give it a version of its own.",
        example="MW-C041 product.odps.yaml:14:5 output port 'departures 1.0.0' is there twice: first in line 9",
    ),
    Code(
        code="MW-C099",
        title="schema of a standard is not installed",
        meaning="Documents are validated against the standards' own JSON schemas, which come with meshwright and its "
        "dependencies. One cannot be found: the installation is damaged.",
        fix="Install meshwright again with its dependencies.",
        example="MW-C099 the standard's schema schema.json is not installed with meshwright",
    ),
)

CODES: tuple[Code, ...] = (*_DOCUMENTS, *_RULES, *_PRODUCTS)

"""The example mesh on its data, with plain DuckDB: contracts hold, and only the rules fire that the README names."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from . import plain_duckdb as plain

#: Rules that fail on the data, on purpose, so that a user sees what a warning looks like.
FIRING = {
    ("weather.observations.raw_weather", "wind_is_possible", "warn"),
    ("operations.flights", "destinations_are_known", "warn"),
    ("fleet.utilisation.unregistered", "every_aircraft_is_registered", "log"),
    ("reference.airports", "airports_lie_in_their_hemisphere", "log"),
}
#: What DuckDB has no exact Parquet type for is stored as this.
STORED = {"HUGEINT": "DECIMAL(38,0)"}


def promised_objects(root: Path) -> list[tuple[str, plain.Document]]:
    """Dataset address and ODCS object of everything that a contract promises."""
    found = []
    for path, contract in plain.documents(root, "domains/*/*/contracts/*.odcs.yaml").items():
        _, domain, product, *_ = path.split("/")
        found += [(f"{domain}.{product}.{entry['name']}", entry) for entry in contract["schema"]]
    return found


def columns_of(connection: duckdb.DuckDBPyConnection, address: str) -> list[tuple[str, str]]:
    rows = connection.execute(f"describe {address}").fetchall()
    return [(row[0], STORED.get(row[1], row[1])) for row in rows]


def test_every_contract_promises_exactly_what_is_built(aviation: Path, built: duckdb.DuckDBPyConnection) -> None:
    for address, entry in promised_objects(aviation):
        listed = [(column["name"], column["physicalType"]) for column in entry["properties"]]
        assert listed == columns_of(built, address), address


def test_no_dataset_is_empty_and_none_needs_a_type_that_cannot_be_stored(
    aviation: Path, built: duckdb.DuckDBPyConnection
) -> None:
    for address in [*plain.sources_of(aviation), *plain.models_of(aviation)]:
        assert plain.row_count(built, "reference.airports", f"from {address}") > 0, address
        assert "DECIMAL(38,0)" not in dict(columns_of(built, address)).values(), f"{address}: cast the sum"


def test_keys_required_unique_enumerations_and_limits_hold(aviation: Path, built: duckdb.DuckDBPyConnection) -> None:
    broken = []
    for address, entry in promised_objects(aviation):
        for name, condition in _violations(entry):
            found = built.execute(f"select count(*) from {address} where {condition}").fetchone()
            if found and found[0]:
                broken.append(f"{address}: {name}: {found[0]} rows")
        keys = [column["name"] for column in entry["properties"] if column.get("primaryKey")]
        for key in [keys, *([column["name"]] for column in entry["properties"] if column.get("unique"))]:
            names = ", ".join(key)
            repeated = f"select {names} from {address} group by {names} having count(*) > 1"
            if built.execute(repeated).fetchall():
                broken.append(f"{address}: ({names}) repeats")
    assert broken == []


def test_exactly_the_rules_fire_that_the_readme_names(aviation: Path, built: duckdb.DuckDBPyConnection) -> None:
    failing = set()
    for folder in plain.product_folders(aviation):
        product = plain.address_of(folder)
        for dataset, rules in plain.pipeline_of(folder).get("tests", {}).items():
            failing |= _failing(built, f"{product}.{dataset}", None, rules)
        for file in folder.glob("tests/*.sql"):
            rows = plain.row_count(built, product, file.read_text())
            severity = file.read_text().splitlines()[0].removeprefix("-- severity: ")
            failing |= {(product, file.stem, severity)} if rows else set()
    for address, entry in promised_objects(aviation):
        failing |= _failing(built, address, None, entry.get("quality", []))
        for column in entry["properties"]:
            failing |= _failing(built, address, column["name"], column.get("quality", []))
    assert failing == FIRING
    readme = (aviation / "README.md").read_text()
    assert [name for _, name, _ in FIRING if f"`{name}`" not in readme] == []


def test_results_do_not_depend_on_threads(aviation: Path, built: duckdb.DuckDBPyConnection) -> None:
    # A model that neither groups nor ranks treats each row alone, in any order.
    ordered = [model for model in plain.models_of(aviation).values() if re.search(r"group by| over ", model.text)]
    assert len(ordered) > 10
    built.execute("set threads = 1")
    for model in ordered:
        built.execute(f"use {model.product}")
        again = f"(from ({model.text}) except all from {model.address})"
        found = built.execute(f"select count(*) from {again}", model.values or None).fetchone()
        assert found == (0,), model.address
    built.execute("reset threads")


def _violations(entry: plain.Document) -> list[tuple[str, str]]:
    found = []
    for column in entry["properties"]:
        name, options = column["name"], column.get("logicalTypeOptions", {})
        if column.get("required"):
            found.append((f"{name} is null", f'"{name}" is null'))
        if "enum" in column:
            values = ", ".join(f"'{value['value']}'" for value in column["enum"])
            found.append((f"{name} is not listed", f'"{name}" not in ({values})'))
        for option, condition in (
            ("minimum", "{} < {}"),
            ("maximum", "{} > {}"),
            ("minLength", "length({}) < {}"),
            ("maxLength", "length({}) > {}"),
        ):
            if option in options:
                found.append((f"{name} {option}", condition.format(f'"{name}"', options[option])))
    return found


def _failing(
    connection: duckdb.DuckDBPyConnection, address: str, column: str | None, rules: list[plain.Document]
) -> set[tuple[str, str, str]]:
    failing = set()
    for rule in rules:
        if rule.get("type") == "text":
            continue
        product = address.rpartition(".")[0]
        value = plain.first_value(connection, product, _measure(address, column, rule))
        if not _keeps(rule, value):
            name = rule.get("name") or f"{rule.get('metric')} {column or ''}".strip()
            failing.add((address, name, rule.get("severity", "stop")))
    return failing


def _measure(address: str, column: str | None, rule: plain.Document) -> str:
    """SQL of one rule of the ODCS library, written out independently of meshwright."""
    arguments = rule.get("arguments", {})
    match rule.get("metric"):
        case None:
            return str(rule["query"]).replace("{object}", address).replace("{property}", f'"{column}"')
        case "rowCount":
            return f"select count(*) from {address}"
        case "duplicateValues":
            names = ", ".join(arguments.get("properties", [column]))
            return f"select count(*) - count(distinct ({names})) from {address}"
        case "nullValues":
            condition = f'"{column}" is null'
        case "missingValues":
            listed = ", ".join(f"'{value}'" for value in arguments["missingValues"] if value is not None)
            condition = f'"{column}" is null or "{column}" in ({listed})'
        case "invalidValues" if "pattern" in arguments:
            condition = f"not regexp_matches(\"{column}\", '{arguments['pattern']}')"
        case "invalidValues":
            listed = ", ".join(f"'{value}'" for value in arguments["validValues"])
            condition = f'"{column}" not in ({listed})'
        case other:
            raise AssertionError(f"unknown metric {other}")
    share = "100.0 / count(*) * " if rule.get("unit") == "percent" else ""
    return f"select {share}count(*) filter (where {condition}) from {address}"


def _keeps(rule: plain.Document, value: object) -> bool:
    assert isinstance(value, int | float) or hasattr(value, "as_tuple"), f"{rule} measured {value!r}"
    number = float(value)  # type: ignore[arg-type]
    comparisons = {
        "mustBe": lambda bound: number == bound,
        "mustBeGreaterThan": lambda bound: number > bound,
        "mustBeGreaterOrEqualTo": lambda bound: number >= bound,
        "mustBeLessThan": lambda bound: number < bound,
        "mustBeLessOrEqualTo": lambda bound: number <= bound,
        "mustBeBetween": lambda bound: bound[0] <= number <= bound[1],
    }
    operators = comparisons.keys() & rule.keys()
    assert len(operators) == 1, f"{rule} compares with {sorted(operators)}"
    operator = operators.pop()
    return bool(comparisons[operator](rule[operator]))

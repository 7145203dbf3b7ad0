"""Sound contracts become records, whatever version of ODCS 3 they are written in."""

from __future__ import annotations

import json

import pytest
from contract_samples import FULL, HEAD, with_rule

from meshwright.diagnostics import Severity
from meshwright.files.codecs.contracts import decode_contract, encode_contract
from meshwright.files.standards import DEFAULT_SEVERITIES, read_contract
from meshwright.model import Action, Contract, Operator, identity


def read(text: str) -> Contract:
    contract, findings = read_contract(text.encode(), "c.yaml", DEFAULT_SEVERITIES)
    assert [str(finding) for finding in findings if finding.severity is Severity.ERROR] == []
    assert contract is not None
    return contract


def test_a_whole_contract_is_read() -> None:
    contract = read(FULL)
    assert (contract.id, contract.version, contract.api_version) == ("operations-departures", "1.2.0", "v3.2.0")
    assert (contract.name, contract.status, contract.tags) == ("Departures", "active", ("flights", "hourly"))
    assert contract.description == "One row a departure.\nUsage: Join on flight_id.\nLimitations: Only New York."
    (departures,) = contract.objects
    assert (departures.name, departures.description, departures.tags) == ("departures", "Every departure.", ("core",))
    flight, origin, note, address = departures.properties
    assert (flight.logical_type, flight.physical_type, flight.classification) == ("integer", "BIGINT", "public")
    assert (flight.is_required, flight.is_unique, flight.is_primary_key, flight.primary_key_position) == (True,) * 3 + (
        1,
    )
    assert dict(flight.logical_type_options) == {"minimum": 1}
    assert str(flight.span) == "c.yaml:21:9"
    assert origin.enum == ("EWR", "JFK")
    assert (origin.description, origin.tags) == ("Airport of departure.", ("geo",))
    assert (note.logical_type, note.physical_type, note.is_required) == (None, "VARCHAR", False)
    assert address.logical_type == "object"
    freshness, end = contract.sla
    assert (freshness.property, freshness.value, freshness.unit) == ("freshness", 1, "d")
    assert (freshness.element, freshness.driver) == ("departures.flight_id", "operational")
    assert (end.value, end.unit) == ("2032-05-12", None)


def test_rules_carry_metric_operator_bound_and_action() -> None:
    (departures,) = read(FULL).objects
    nulls, invalid = departures.properties[0].quality
    assert (nulls.metric, nulls.column, nulls.operator, nulls.bound) == ("nullValues", "flight_id", Operator.MUST_BE, 0)
    assert (nulls.action, nulls.id, nulls.name, nulls.unit) == (Action.WARN, "no_nulls", "No nulls", "rows")
    assert (invalid.bound, invalid.unit, invalid.action) == (1.5, "percent", Action.STOP)
    assert dict(invalid.arguments) == {"validValues": (1, 2, 3), "pattern": "^[0-9]+$"}
    count, duplicates, sql, text, custom = departures.quality
    assert (count.operator, count.bound) == (Operator.MUST_BE_BETWEEN, (10, 20))
    assert dict(duplicates.arguments) == {"properties": ("flight_id", "origin")}
    assert duplicates.action is Action.LOG
    assert (sql.type, sql.metric) == ("sql", None)
    assert sql.query == "SELECT count(*) FROM {object} WHERE origin IS NULL"
    assert (text.type, text.description, text.operator) == ("text", "Delays are plausible.", None)
    assert (custom.type, custom.engine, custom.action) == ("custom", "soda", Action.LOG)
    assert str(count.span) == "c.yaml:52:9"


NESTED = (
    HEAD.replace("logicalType: string", "logicalType: object")
    + """\
        properties:
          - {name: city, id: city_id, required: true, logicalTypeOptions: {minLength: 1}}
          - name: lines
            logicalType: array
            items:
              logicalType: object
              properties: [{name: code, unique: true, quality: [{metric: nullValues, mustBe: 0}]}]
          - name: labels
            logicalType: map
            map: {key: {logicalType: string}, value: {logicalType: integer, enum: [{value: 1}]}}
        relationships: [{to: t.c.city, id: own}]
    relationships: [{from: [t.c, t.c], to: [schema/t/properties/c, schema/t/properties/c]}]
"""
)


def test_what_is_inside_of_columns_is_read() -> None:
    (promised,) = read(NESTED).objects
    (column,) = promised.properties
    city, lines, labels = column.properties
    assert (city.name, city.id, city.is_required, dict(city.logical_type_options)) == (
        "city",
        "city_id",
        True,
        {"minLength": 1},
    )
    assert lines.items is not None
    (code,) = lines.items.properties
    assert (lines.items.name, code.is_unique, code.quality[0].metric) == ("", True, "nullValues")
    assert labels.key is not None
    assert labels.value is not None
    assert (labels.key.logical_type, labels.value.enum) == ("string", (1,))
    assert [(each.to, each.origin, each.id) for each in column.relationships] == [(("t.c.city",), (), "own")]
    (key,) = promised.relationships
    assert (key.origin, len(key.to), str(key.span)) == (("t.c", "t.c"), 2, "c.yaml:21:40")
    assert decode_contract(encode_contract((read(NESTED), ())))[0] == read(NESTED)


def test_a_key_inside_of_a_column_is_a_warning() -> None:
    inner = "        properties: [{name: d, primaryKey: true}]\n"
    _, findings = read_contract((HEAD.replace("string", "object") + inner).encode(), "c.yaml", DEFAULT_SEVERITIES)
    assert [(f.code, f.severity, str(f.span)) for f in findings] == [("MW-C016", Severity.WARNING, "c.yaml:10:32")]


def test_schedules_are_kept() -> None:
    rule = "{metric: nullValues, mustBe: 0, schedule: '0 20 * * 1-5', scheduler: cron}"
    level = "slaProperties: [{property: latency, value: 1, unit: d, schedule: '@daily', id: fresh}]\n"
    contract = read(with_rule(rule) + level)
    (found,) = contract.objects[0].properties[0].quality
    assert (found.schedule, found.scheduler) == ("0 20 * * 1-5", "cron")
    assert (contract.sla[0].schedule, contract.sla[0].scheduler, contract.sla[0].id) == ("@daily", None, "fresh")


@pytest.mark.parametrize(
    ("level", "code", "words"),
    [
        ("{property: latency, value: 3}", "MW-C042", "latency of 3 is no duration"),
        ("{property: ly, value: soon, unit: d}", "MW-C042", "no duration"),
        ("{property: freshness, value: 1, unit: d, element: t.d}", "MW-C043", "'t.d' is no property of 't'"),
        ("{property: retention, value: 1, unit: y, element: t.c}", "MW-C043", "of logical type string"),
        ("{property: frequency, value: 1, unit: d, element: c.x}", "MW-C043", "'c.x' is no property of 't.c'"),
    ],
)
def test_a_service_level_that_cannot_be_measured_as_it_is_written_is_a_warning(
    level: str, code: str, words: str
) -> None:
    text = f"{HEAD}slaProperties:\n  - {level}\n"
    contract, findings = read_contract(text.encode(), "c.yaml", DEFAULT_SEVERITIES)
    assert contract is not None
    assert [(f.code, f.severity, str(f.span)) for f in findings] == [(code, Severity.WARNING, "c.yaml:11:5")]
    assert words in findings[0].message


def test_the_digest_is_blind_to_order_and_comments_but_not_to_content() -> None:
    first = read("apiVersion: v3.2.0\nkind: DataContract\nid: a\nversion: '1'\n")
    again = read("# hi\n\nversion: '1'\nid:   a\nkind: 'DataContract'\napiVersion: v3.2.0\n")
    other = read("apiVersion: v3.2.0\nkind: DataContract\nid: a\nversion: '2'\n")
    assert first.digest == again.digest
    assert first.digest != other.digest
    document = json.loads(first.document)
    assert document == {"apiVersion": "v3.2.0", "id": "a", "kind": "DataContract", "version": "1"}
    assert first.digest == identity("mwcontract1", document)


@pytest.mark.parametrize("version", ["v3.0.0", "v3.0.1", "v3.0.2", "v3.0.3", "v3.0.17", "v3.1.0", "v3.2.0"])
def test_every_version_of_odcs_3_that_exists_is_read(version: str) -> None:
    contract = read(HEAD.replace("v3.2.0", version))
    assert contract.api_version == version
    assert version in contract.document


@pytest.mark.parametrize("type_line", ["", "        physicalType: VARCHAR\n"])
def test_a_property_needs_no_type(type_line: str) -> None:
    contract = read(HEAD.replace("        logicalType: string\n", type_line))
    assert contract.objects[0].properties[0].logical_type is None


@pytest.mark.parametrize(
    ("rule", "metric", "operator", "bound"),
    [
        ("{rule: nullCheck}", "nullValues", "mustBe", 0),
        ("{rule: nullCheck, type: library, mustBeLessThan: 3}", "nullValues", "mustBeLessThan", 3),
        ("{rule: duplicateCount, mustBeLessThan: 10, unit: rows}", "duplicateValues", "mustBeLessThan", 10),
        ("{rule: uniqueCheck, mustBe: 0}", "duplicateValues", "mustBe", 0),
        ("{rule: validValues, validValues: [a, b]}", "invalidValues", "mustBe", 0),
    ],
)
def test_rules_of_odcs_3_0_are_read_as_metrics(rule: str, metric: str, operator: str, bound: int) -> None:
    contract = read(with_rule(rule).replace("v3.2.0", "v3.0.2"))
    (found,) = contract.objects[0].properties[0].quality
    assert (found.type, found.metric, found.operator, found.bound) == ("library", metric, operator, bound)
    if metric == "invalidValues":
        assert dict(found.arguments) == {"validValues": ("a", "b")}


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("{maximum: 5, exclusiveMaximum: true}", {"exclusiveMaximum": 5}),
        ("{minimum: 1, exclusiveMinimum: false}", {"minimum": 1}),
        ("{exclusiveMinimum: true}", {}),
    ],
)
def test_bounds_of_odcs_3_0_say_with_a_flag_that_they_exclude_themselves(
    written: str, read_as: dict[str, object]
) -> None:
    options = f"        logicalType: integer\n        logicalTypeOptions: {written}\n"
    contract = read(HEAD.replace("        logicalType: string\n", options).replace("v3.2.0", "v3.0.2"))
    assert contract.objects[0].properties[0].logical_type_options == read_as


def test_the_default_element_of_odcs_3_0_goes_to_service_levels_without_one() -> None:
    sla = "slaDefaultElement: t.c\nslaProperties:\n- {property: latency, value: 4}\n- {property: x, value: y, element: z}\n"
    contract = read(HEAD.replace("v3.2.0", "v3.0.1") + sla)
    assert [one.element for one in contract.sla] == ["t.c", "z"]


@pytest.mark.parametrize(
    ("word", "action"),
    [("log", Action.LOG), ("warn", Action.WARN), ("stop", Action.STOP), ("ERROR", Action.STOP), ("minor", Action.LOG)],
)
def test_severities_map_as_the_mesh_says(word: str, action: Action) -> None:
    text = with_rule(f"{{metric: nullValues, mustBe: 0, severity: {word}}}")
    contract, findings = read_contract(text.encode(), "c", {"minor": Action.LOG, "error": Action.STOP})
    assert not findings
    assert contract is not None
    assert contract.objects[0].properties[0].quality[0].action is action


def test_a_contract_with_a_slip_is_still_given_so_that_more_can_be_checked() -> None:
    contract, findings = read_contract((HEAD + "        requird: true\n").encode(), "c", DEFAULT_SEVERITIES)
    assert [finding.code for finding in findings] == ["MW-C005"]
    assert contract is not None
    assert contract.objects[0].properties[0].name == "c"


def test_a_contract_with_a_nameless_property_is_not_given() -> None:
    contract, findings = read_contract((HEAD + "      - logicalType: string\n").encode(), "c", DEFAULT_SEVERITIES)
    assert [finding.code for finding in findings] == ["MW-C004"]
    assert contract is None

"""Every kind of change of a contract: what is edited, and what is found. The page on compatibility lists the same kinds."""

# Each case stands on few lines: a table.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Edit = Callable[[Document], object]


def contract() -> Document:
    """A contract that promises a little of everything."""
    return {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "orders",
        "name": "Orders",
        "version": "1.0.0",
        "status": "active",
        "domain": "sales",
        "dataProduct": "orders",
        "tenant": "acme",
        "tags": ["money", "restricted"],
        "description": {"purpose": "Orders.", "usage": "Reports.", "limitations": "Not for marketing."},
        "authoritativeDefinitions": [{"type": "businessDefinition", "url": "https://example.org/a"}],
        "customProperties": [{"property": "cost_centre", "value": 7}],
        "price": {"priceAmount": 10, "priceCurrency": "EUR", "priceUnit": "month"},
        "team": {"name": "orders", "members": [{"username": "ana"}]},
        "roles": [{"role": "reader", "access": "read", "firstLevelApprovers": "ana"}, {"role": "clerk"}],
        "support": [{"channel": "chat", "url": "https://example.org/chat"}],
        "servers": [
            {
                "server": "prod",
                "type": "postgresql",
                "environment": "prod",
                "host": "db",
                "port": 5432,
                "database": "d",
                "schema": "s",
            },
            {"server": "files", "type": "local", "path": "/data", "format": "csv"},
        ],
        "schema": [
            {
                "name": "orders",
                "id": "obj_orders",
                "physicalType": "table",
                "physicalName": "orders_1",
                "businessName": "Orders",
                "properties": [
                    {"name": "id", "physicalType": "INTEGER", "primaryKey": True, "primaryKeyPosition": 1},
                    {
                        "name": "state",
                        "logicalType": "string",
                        "required": True,
                        "enum": ["new", {"value": "paid", "label": "Paid"}],
                        "logicalTypeOptions": {"minLength": 2, "maxLength": 9, "format": "slug"},
                        "examples": ["new"],
                    },
                    {
                        "name": "mail",
                        "id": "col_mail",
                        "logicalType": "string",
                        "unique": True,
                        "classification": "pii",
                        "criticalDataElement": True,
                        "encryptedName": "mail_key",
                        "tags": ["pii", "contact"],
                    },
                    {
                        "name": "amount",
                        "physicalType": "DECIMAL(10,2)",
                        "logicalTypeOptions": {"minimum": 0, "maximum": 99, "multipleOf": 4, "pattern": "a"},
                        "quality": [{"metric": "nullValues", "mustBeLessThan": 5, "unit": "percent"}],
                    },
                    {"name": "kind", "logicalType": "number", "businessName": "Kind"},
                    {
                        "name": "address",
                        "logicalType": "object",
                        "logicalTypeOptions": {"minProperties": 1, "required": ["city"]},
                        "properties": [
                            {"name": "city", "logicalType": "string"},
                            {"name": "zip", "logicalType": "string"},
                        ],
                    },
                    {
                        "name": "tags",
                        "logicalType": "array",
                        "logicalTypeOptions": {"maxItems": 5, "uniqueItems": True},
                        "items": {"logicalType": "string"},
                    },
                    {
                        "name": "names",
                        "logicalType": "map",
                        "map": {"key": {"logicalType": "string"}, "value": {"logicalType": "integer"}},
                    },
                    {
                        "name": "placed",
                        "logicalType": "timestamp",
                        "logicalTypeOptions": {"timezone": True, "minimum": "2020-01-01T00:00:00Z"},
                        "partitioned": True,
                        "partitionKeyPosition": 1,
                    },
                    {"name": "sum", "semanticType": "measure", "transformLogic": "sum(amount)"},
                    {"name": "made", "transformLogic": "a + b", "transformDescription": "Both."},
                    {"name": "customer", "logicalType": "integer", "relationships": [{"to": "customers.id"}]},
                    {"name": "count", "logicalType": "integer", "logicalTypeOptions": {"format": "i32", "minimum": 1}},
                    {
                        "name": "vec",
                        "logicalType": "vector",
                        "logicalTypeOptions": {"dimensions": 8, "normalized": True},
                    },
                    {"name": "old", "deprecated": True, "synonyms": [{"synonym": "ancient"}]},
                ],
                "relationships": [{"id": "fk", "from": ["orders.id", "orders.kind"], "to": ["lines.a", "lines.b"]}],
                "quality": [
                    {
                        "id": "enough",
                        "metric": "rowCount",
                        "mustBeGreaterThan": 10,
                        "schedule": "0 5 * * *",
                        "scheduler": "cron",
                    },
                    {
                        "name": "sums",
                        "type": "sql",
                        "query": "select count(*) from {object}",
                        "mustBe": 0,
                        "severity": "warn",
                    },
                    {
                        "name": "valid",
                        "metric": "duplicateValues",
                        "arguments": {"properties": ["id", "state"]},
                        "mustBe": 0,
                    },
                    {"name": "odd", "type": "custom", "engine": "soda", "implementation": "checks: a"},
                ],
            },
            {"name": "lines", "properties": [{"name": "a", "primaryKey": True}, {"name": "b", "primaryKey": True}]},
        ],
        "slaProperties": [
            {"property": "freshness", "value": 1, "unit": "h", "schedule": "0 * * * *"},
            {"property": "availability", "value": 99.5, "unit": "percent"},
            {"property": "timeOfAvailability", "value": "09:00-08:00"},
            {"property": "mood", "value": 3, "unit": "smiles"},
            {"property": "retention", "value": 1, "unit": "y"},
            {"property": "latency", "value": 2, "unit": "d"},
            {"property": "frequency", "value": 1, "unit": "d"},
            {"property": "throughput", "value": 100, "unit": "rows"},
            {"property": "errorRate", "value": 1, "unit": "%"},
            {"property": "endOfSupport", "value": "2030-01-01"},
            {"property": "timeToRepair", "value": 4, "unit": "h"},
        ],
    }


def column(document: Document, name: str) -> Document:
    """A column of the first dataset."""
    return next(item for item in document["schema"][0]["properties"] if item["name"] == name)  # type: ignore[no-any-return]


def options(document: Document, name: str) -> Document:
    """The options of a column's type."""
    return column(document, name)["logicalTypeOptions"]  # type: ignore[no-any-return]


def rule(document: Document, place: int) -> Document:
    """A quality rule of the first dataset."""
    return document["schema"][0]["quality"][place]  # type: ignore[no-any-return]


def sla(document: Document, name: str) -> Document:
    """A service level."""
    return next(item for item in document["slaProperties"] if item["property"] == name)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Case:
    """One edit of `contract`, and the only change that is found."""

    kind: str
    level: str
    path: str
    edit: Edit
    is_policy: bool = False

    @property
    def name(self) -> str:
        """For test ids."""
        return f"{self.kind} {self.level} {self.path}"


AT = "schema/orders/properties"
OBJECT = "schema/orders"
POLICY = True

STRUCTURE = [
    Case("dataset_added", "minor", "schema/more", lambda c: c["schema"].append({"name": "more"})),
    Case("dataset_removed", "major", "schema/lines", lambda c: c["schema"].pop(1)),
    Case("dataset_renamed", "major", OBJECT, lambda c: c["schema"][0].update(name="sales", relationships=[{"id": "fk", "from": ["orders.id", "orders.kind"], "to": ["lines.a", "lines.b"]}]) or column(c, "customer").update(relationships=[]) or c["schema"][0]["relationships"].append({"from": "orders.customer", "to": "customers.id"})),
    Case("physical_name_changed", "major", f"{OBJECT}/physicalName", lambda c: c["schema"][0].update(physicalName="orders_2")),
    Case("physical_name_changed", "major", f"{AT}/kind/physicalName", lambda c: column(c, "kind").update(physicalName="k")),
    Case("storage_changed", "patch", f"{OBJECT}/physicalType", lambda c: c["schema"][0].update(physicalType="view")),
    Case("property_added", "minor", f"{AT}/n", lambda c: c["schema"][0]["properties"].append({"name": "n"})),
    Case("property_added", "minor", f"{AT}/n", lambda c: c["schema"][0]["properties"].append({"name": "n", "required": True})),
    Case("property_added", "minor", f"{AT}/address/properties/street", lambda c: column(c, "address")["properties"].append({"name": "street"})),
    Case("property_removed", "major", f"{AT}/kind", lambda c: c["schema"][0]["properties"].pop(4)),
    Case("property_removed", "major", f"{AT}/address/properties/zip", lambda c: column(c, "address")["properties"].pop(1)),
    Case("property_renamed", "major", f"{AT}/mail", lambda c: column(c, "mail").update(name="email")),
    Case("properties_reordered", "patch", f"{OBJECT}/properties", lambda c: c["schema"][0]["properties"].reverse()),
    Case("deprecation_announced", "minor", f"{AT}/kind/deprecated", lambda c: column(c, "kind").update(deprecated=True)),
    Case("deprecation_announced", "minor", f"{OBJECT}/deprecated", lambda c: c["schema"][0].update(deprecated=True)),
    Case("deprecation_withdrawn", "minor", f"{AT}/old/deprecated", lambda c: column(c, "old").update(deprecated=False)),
    Case("stable_id_changed", "minor", f"{AT}/mail/id", lambda c: column(c, "mail").update(id="col_email")),
    Case("stable_id_changed", "patch", f"{AT}/kind/id", lambda c: column(c, "kind").update(id="col_kind")),
    Case("semantic_type_changed", "major", f"{AT}/kind/semanticType", lambda c: column(c, "kind").update(semanticType="dimension")),
    Case("measure_changed", "major", f"{AT}/sum/transformLogic", lambda c: column(c, "sum").update(transformLogic="avg(amount)")),
    Case("transform_changed", "patch", f"{AT}/made/transformLogic", lambda c: column(c, "made").update(transformLogic="a - b")),
    Case("transform_changed", "patch", f"{AT}/made/transformDescription", lambda c: column(c, "made").update(transformDescription="Less.")),
    Case("transform_changed", "patch", f"{AT}/made/transformSourceObjects", lambda c: column(c, "made").update(transformSourceObjects=["a"])),
    Case("partitioning_changed", "patch", f"{AT}/placed/partitionKeyPosition", lambda c: column(c, "placed").update(partitionKeyPosition=2)),
    Case("relationship_added", "minor", f"{AT}/kind/relationships", lambda c: column(c, "kind").update(relationships=[{"to": "kinds.id"}])),
    Case("relationship_removed", "major", f"{AT}/customer/relationships", lambda c: column(c, "customer").pop("relationships")),
    Case("relationship_removed", "major", f"{OBJECT}/relationships", lambda c: c["schema"][0].pop("relationships")),
    Case("relationship_changed", "major", f"{AT}/customer/relationships", lambda c: column(c, "customer")["relationships"][0].update(to="clients.id")),
    Case("relationship_changed", "major", f"{OBJECT}/relationships", lambda c: c["schema"][0]["relationships"][0].update(to=["lines.b", "lines.a"])),
]  # fmt: skip

VALUES = [
    Case("type_widened", "minor", f"{AT}/id/physicalType", lambda c: column(c, "id").update(physicalType="BIGINT")),
    Case("type_changed", "major", f"{AT}/id/physicalType", lambda c: column(c, "id").update(physicalType="SMALLINT")),
    Case("type_changed", "major", f"{AT}/id/physicalType", lambda c: column(c, "id").pop("physicalType")),
    Case("type_changed", "major", f"{AT}/kind/logicalType", lambda c: column(c, "kind").update(logicalType="string")),
    Case("type_changed", "major", f"{AT}/kind/logicalType", lambda c: column(c, "kind").pop("logicalType")),
    Case("type_changed", "major", f"{AT}/kind/physicalType", lambda c: column(c, "kind").update(physicalType="DATE")),
    Case("type_changed", "major", f"{AT}/tags/items/logicalType", lambda c: column(c, "tags")["items"].update(logicalType="date")),
    Case("type_changed", "major", f"{AT}/names/map/value/logicalType", lambda c: column(c, "names")["map"]["value"].update(logicalType="string")),
    Case("type_changed", "major", f"{AT}/names/map/key/logicalType", lambda c: column(c, "names")["map"]["key"].update(logicalType="date")),
    Case("type_changed", "major", f"{AT}/address/properties/city/logicalType", lambda c: column(c, "address")["properties"][0].update(logicalType="integer")),
    Case("type_tightened", "minor", f"{AT}/kind/logicalType", lambda c: column(c, "kind").update(logicalType="integer")),
    Case("type_tightened", "minor", f"{AT}/kind/physicalType", lambda c: column(c, "kind").update(physicalType="DOUBLE")),
    Case("logical_type_changed", "patch", f"{AT}/id/logicalType", lambda c: column(c, "id").update(logicalType="integer")),
    Case("required_added", "minor", f"{AT}/mail/required", lambda c: column(c, "mail").update(required=True)),
    Case("required_added", "minor", f"{AT}/tags/items/required", lambda c: column(c, "tags")["items"].update(required=True)),
    Case("required_removed", "major", f"{AT}/state/required", lambda c: column(c, "state").update(required=False)),
    Case("unique_added", "minor", f"{AT}/state/unique", lambda c: column(c, "state").update(unique=True)),
    Case("unique_removed", "major", f"{AT}/mail/unique", lambda c: column(c, "mail").pop("unique")),
    Case("enum_widened", "major", f"{AT}/state/enum", lambda c: column(c, "state")["enum"].append("sent")),
    Case("enum_narrowed", "minor", f"{AT}/state/enum", lambda c: column(c, "state")["enum"].pop(1)),
    Case("enum_removed", "major", f"{AT}/state/enum", lambda c: column(c, "state").pop("enum")),
    Case("enum_added", "minor", f"{AT}/kind/enum", lambda c: column(c, "kind").update(enum=[1, 2])),
    Case("enum_words_changed", "patch", f"{AT}/state/enum", lambda c: column(c, "state").update(enum=["new", {"value": "paid", "label": "Settled"}])),
    Case("enum_words_changed", "patch", f"{AT}/state/enum", lambda c: column(c, "state").update(enum=[{"value": "paid", "label": "Settled"}, "new"])),
    Case("options_tightened", "minor", f"{AT}/amount/logicalTypeOptions/minimum", lambda c: options(c, "amount").update(minimum=1)),
    Case("options_tightened", "minor", f"{AT}/amount/logicalTypeOptions/maximum", lambda c: options(c, "amount").update(maximum=98.5)),
    Case("options_tightened", "minor", f"{AT}/amount/logicalTypeOptions/exclusiveMinimum", lambda c: (options(c, "amount").pop("minimum"), options(c, "amount").update(exclusiveMinimum=0))),
    Case("options_tightened", "minor", f"{AT}/amount/logicalTypeOptions/exclusiveMaximum", lambda c: (options(c, "amount").pop("maximum"), options(c, "amount").update(exclusiveMaximum=99))),
    Case("options_tightened", "minor", f"{AT}/amount/logicalTypeOptions/multipleOf", lambda c: options(c, "amount").update(multipleOf=8)),
    Case("options_tightened", "minor", f"{AT}/state/logicalTypeOptions/minLength", lambda c: options(c, "state").update(minLength=3)),
    Case("options_tightened", "minor", f"{AT}/state/logicalTypeOptions/maxLength", lambda c: options(c, "state").update(maxLength=8)),
    Case("options_tightened", "minor", f"{AT}/state/logicalTypeOptions/pattern", lambda c: options(c, "state").update(pattern="[a-z]+")),
    Case("options_tightened", "minor", f"{AT}/tags/logicalTypeOptions/minItems", lambda c: options(c, "tags").update(minItems=1)),
    Case("options_tightened", "minor", f"{AT}/tags/logicalTypeOptions/maxItems", lambda c: options(c, "tags").update(maxItems=4)),
    Case("options_tightened", "minor", f"{AT}/address/logicalTypeOptions/maxProperties", lambda c: options(c, "address").update(maxProperties=2)),
    Case("options_tightened", "minor", f"{AT}/address/logicalTypeOptions/required", lambda c: options(c, "address").update(required=["zip", "city"])),
    Case("options_tightened", "minor", f"{AT}/placed/logicalTypeOptions/minimum", lambda c: options(c, "placed").update(minimum="2021-01-01T00:00:00Z")),
    Case("options_loosened", "major", f"{AT}/amount/logicalTypeOptions/minimum", lambda c: options(c, "amount").pop("minimum")),
    Case("options_loosened", "major", f"{AT}/amount/logicalTypeOptions/maximum", lambda c: options(c, "amount").update(maximum=100)),
    Case("options_loosened", "major", f"{AT}/amount/logicalTypeOptions/multipleOf", lambda c: options(c, "amount").update(multipleOf=2)),
    Case("options_loosened", "major", f"{AT}/amount/logicalTypeOptions/pattern", lambda c: options(c, "amount").pop("pattern")),
    Case("options_loosened", "major", f"{AT}/state/logicalTypeOptions/minLength", lambda c: options(c, "state").update(minLength=1)),
    Case("options_loosened", "major", f"{AT}/state/logicalTypeOptions/maxLength", lambda c: options(c, "state").pop("maxLength")),
    Case("options_loosened", "major", f"{AT}/tags/logicalTypeOptions/maxItems", lambda c: options(c, "tags").update(maxItems=6)),
    Case("options_loosened", "major", f"{AT}/tags/logicalTypeOptions/uniqueItems", lambda c: options(c, "tags").update(uniqueItems=False)),
    Case("options_loosened", "major", f"{AT}/address/logicalTypeOptions/minProperties", lambda c: options(c, "address").pop("minProperties")),
    Case("options_loosened", "major", f"{AT}/address/logicalTypeOptions/required", lambda c: options(c, "address").pop("required")),
    Case("options_loosened", "major", f"{AT}/count/logicalTypeOptions/exclusiveMinimum", lambda c: (options(c, "count").pop("minimum"), options(c, "count").update(exclusiveMinimum=-1))),
    Case("options_loosened", "major", f"{AT}/vec/logicalTypeOptions/normalized", lambda c: options(c, "vec").pop("normalized")),
    Case("options_changed", "major", f"{AT}/amount/logicalTypeOptions/pattern", lambda c: options(c, "amount").update(pattern="b")),
    Case("options_changed", "major", f"{AT}/amount/logicalTypeOptions/multipleOf", lambda c: options(c, "amount").update(multipleOf=3)),
    Case("options_changed", "major", f"{AT}/address/logicalTypeOptions/required", lambda c: options(c, "address").update(required=["zip"])),
    Case("options_changed", "major", f"{AT}/placed/logicalTypeOptions/minimum", lambda c: options(c, "placed").update(minimum="2020-01-01")),
    Case("format_added", "minor", f"{AT}/amount/logicalTypeOptions/format", lambda c: options(c, "amount").update(format="f64")),
    Case("format_removed", "major", f"{AT}/state/logicalTypeOptions/format", lambda c: options(c, "state").pop("format")),
    Case("format_changed", "major", f"{AT}/state/logicalTypeOptions/format", lambda c: options(c, "state").update(format="email")),
    Case("format_changed", "major", f"{AT}/count/logicalTypeOptions/format", lambda c: options(c, "count").update(format="f32")),
    Case("format_widened", "minor", f"{AT}/count/logicalTypeOptions/format", lambda c: options(c, "count").update(format="i64")),
    Case("format_narrowed", "minor", f"{AT}/count/logicalTypeOptions/format", lambda c: options(c, "count").update(format="i16")),
    Case("timezone_changed", "major", f"{AT}/placed/logicalTypeOptions/timezone", lambda c: options(c, "placed").update(timezone=False)),
    Case("timezone_changed", "major", f"{AT}/placed/logicalTypeOptions/defaultTimezone", lambda c: options(c, "placed").update(defaultTimezone="Europe/Berlin")),
    Case("vector_changed", "major", f"{AT}/vec/logicalTypeOptions/dimensions", lambda c: options(c, "vec").update(dimensions=16)),
    Case("vector_changed", "major", f"{AT}/vec/logicalTypeOptions/embeddingModel", lambda c: options(c, "vec").update(embeddingModel="m")),
]  # fmt: skip

PROTECTION = [
    Case("classification_added", "minor", f"{AT}/state/classification", lambda c: column(c, "state").update(classification="public"), POLICY),
    Case("classification_removed", "major", f"{AT}/mail/classification", lambda c: column(c, "mail").pop("classification"), POLICY),
    Case("classification_changed", "major", f"{AT}/mail/classification", lambda c: column(c, "mail").update(classification="public"), POLICY),
    Case("classification_added", "minor", f"{AT}/address/properties/zip/classification", lambda c: column(c, "address")["properties"][1].update(classification="pii"), POLICY),
    Case("critical_element_added", "minor", f"{AT}/kind/criticalDataElement", lambda c: column(c, "kind").update(criticalDataElement=True), POLICY),
    Case("critical_element_removed", "major", f"{AT}/mail/criticalDataElement", lambda c: column(c, "mail").update(criticalDataElement=False), POLICY),
    Case("encryption_added", "minor", f"{AT}/kind/encryptedName", lambda c: column(c, "kind").update(encryptedName="k"), POLICY),
    Case("encryption_removed", "major", f"{AT}/mail/encryptedName", lambda c: column(c, "mail").pop("encryptedName"), POLICY),
    Case("encryption_changed", "major", f"{AT}/mail/encryptedName", lambda c: column(c, "mail").update(encryptedName="m"), POLICY),
    Case("sensitive_tag_added", "minor", f"{AT}/kind/tags", lambda c: column(c, "kind").update(tags=["PII"]), POLICY),
    Case("sensitive_tag_removed", "major", f"{AT}/mail/tags", lambda c: column(c, "mail").update(tags=["contact"]), POLICY),
    Case("sensitive_tag_removed", "major", "tags", lambda c: c.update(tags=["money"]), POLICY),
    Case("tags_changed", "patch", f"{AT}/mail/tags", lambda c: column(c, "mail").update(tags=["pii"])),
    Case("tags_changed", "patch", f"{OBJECT}/tags", lambda c: c["schema"][0].update(tags=["sales"])),
]  # fmt: skip

QUALITY = [
    Case("quality_loosened", "major", f"{OBJECT}/quality/enough", lambda c: rule(c, 0).update(mustBeGreaterThan=5)),
    Case("quality_tightened", "minor", f"{OBJECT}/quality/enough", lambda c: rule(c, 0).update(mustBeGreaterThan=50)),
    Case("quality_loosened", "major", f"{OBJECT}/quality/enough", lambda c: rule(c, 0).update(severity="warn")),
    Case("quality_tightened", "minor", f"{OBJECT}/quality/sums", lambda c: rule(c, 1).update(severity="error")),
    Case("quality_changed", "major", f"{OBJECT}/quality/sums", lambda c: rule(c, 1).update(query="select 0")),
    Case("quality_changed", "major", f"{OBJECT}/quality/sums", lambda c: rule(c, 1).update(mustBe="none")),
    Case("quality_changed", "major", f"{OBJECT}/quality/enough", lambda c: rule(c, 0).update(metric="duplicateValues")),
    Case("quality_changed", "major", f"{OBJECT}/quality/enough", lambda c: rule(c, 0).update(unit="percent")),
    Case("quality_changed", "major", f"{OBJECT}/quality/odd", lambda c: rule(c, 3).update(engine="greatExpectations")),
    Case("quality_changed", "major", f"{OBJECT}/quality/odd", lambda c: rule(c, 3).update(implementation="checks: b")),
    Case("quality_tightened", "minor", f"{OBJECT}/quality/valid", lambda c: rule(c, 2)["arguments"].update(properties=["id"])),
    Case("quality_tightened", "minor", f"{AT}/amount/quality/nullValues", lambda c: column(c, "amount")["quality"][0].update(mustBeLessThan=2)),
    Case("quality_removed", "major", f"{OBJECT}/quality/enough", lambda c: c["schema"][0]["quality"].pop(0)),
    Case("quality_removed", "major", f"{OBJECT}/quality/odd", lambda c: c["schema"][0]["quality"].pop(3)),
    Case("quality_added", "minor", f"{OBJECT}/quality/rowCount", lambda c: c["schema"][0]["quality"].append({"metric": "rowCount", "mustBeLessThan": 9})),
    Case("quality_schedule_changed", "minor", f"{OBJECT}/quality/enough/schedule", lambda c: rule(c, 0).update(schedule="0 6 * * *")),
    Case("quality_schedule_changed", "minor", f"{OBJECT}/quality/sums/scheduler", lambda c: rule(c, 1).update(scheduler="cron")),
    Case("quality_renamed", "patch", f"{OBJECT}/quality/sums_up/name", lambda c: rule(c, 1).update(name="sums_up")),
    Case("quality_renamed", "patch", f"{OBJECT}/quality/enough/name", lambda c: rule(c, 0).update(name="Enough of them")),
    Case("words_changed", "patch", f"{OBJECT}/quality/enough/businessImpact", lambda c: rule(c, 0).update(businessImpact="Much.")),
    Case("words_changed", "patch", f"{OBJECT}/quality/enough/dimension", lambda c: rule(c, 0).update(dimension="completeness")),
]  # fmt: skip

SERVICE = [
    Case("sla_loosened", "major", "slaProperties/freshness", lambda c: sla(c, "freshness").update(value=7, unit="d")),
    Case("sla_tightened", "minor", "slaProperties/freshness", lambda c: sla(c, "freshness").update(value=30, unit="min")),
    Case("sla_tightened", "minor", "slaProperties/freshness", lambda c: sla(c, "freshness").update(value=300, unit="ms")),
    Case("sla_loosened", "major", "slaProperties/availability", lambda c: sla(c, "availability").update(value=99)),
    Case("sla_tightened", "minor", "slaProperties/availability", lambda c: sla(c, "availability").update(value="99.9")),
    Case("sla_loosened", "major", "slaProperties/latency", lambda c: sla(c, "latency").update(value=49, unit="hours")),
    Case("sla_tightened", "minor", "slaProperties/latency", lambda c: sla(c, "latency").update(value=47, unit="hours")),
    Case("sla_loosened", "major", "slaProperties/frequency", lambda c: sla(c, "frequency").update(unit="w")),
    Case("sla_tightened", "minor", "slaProperties/frequency", lambda c: sla(c, "frequency").update(unit="h")),
    Case("sla_loosened", "major", "slaProperties/throughput", lambda c: sla(c, "throughput").update(value=99)),
    Case("sla_tightened", "minor", "slaProperties/errorRate", lambda c: sla(c, "errorRate").update(value=0.5)),
    Case("sla_loosened", "major", "slaProperties/errorRate", lambda c: sla(c, "errorRate").update(value=2)),
    Case("sla_loosened", "major", "slaProperties/timeToRepair", lambda c: sla(c, "timeToRepair").update(value=5)),
    Case("sla_loosened", "major", "slaProperties/endOfSupport", lambda c: sla(c, "endOfSupport").update(value="2029-12-31")),
    Case("sla_tightened", "minor", "slaProperties/endOfSupport", lambda c: sla(c, "endOfSupport").update(value="2030-12-31")),
    Case("sla_loosened", "major", "slaProperties/retention", lambda c: sla(c, "retention").update(value=364, unit="d"), POLICY),
    Case("sla_tightened", "minor", "slaProperties/retention", lambda c: sla(c, "retention").update(value=2), POLICY),
    Case("sla_tightened", "minor", "slaProperties/timeOfAvailability", lambda c: sla(c, "timeOfAvailability").update(value="08:00-08:00")),
    Case("sla_changed", "major", "slaProperties/timeOfAvailability", lambda c: sla(c, "timeOfAvailability").update(value="08:00+02:00")),
    Case("sla_changed", "major", "slaProperties/timeOfAvailability", lambda c: sla(c, "timeOfAvailability").update(value="08:00-05:00")),
    Case("sla_changed", "major", "slaProperties/mood", lambda c: sla(c, "mood").update(value=4)),
    Case("sla_changed", "major", "slaProperties/throughput", lambda c: sla(c, "throughput").update(unit="bytes")),
    Case("sla_changed", "major", "slaProperties/latency", lambda c: sla(c, "latency").update(valueExt=3)),
    Case("sla_removed", "major", "slaProperties/mood", lambda c: c["slaProperties"].pop(3)),
    Case("sla_added", "minor", "slaProperties/timeToDetect", lambda c: c["slaProperties"].append({"property": "timeToDetect", "value": 1, "unit": "d"})),
    Case("sla_added", "minor", "slaProperties/latency(orders.placed)", lambda c: c["slaProperties"].append({"property": "latency", "value": 1, "unit": "d", "element": "orders.placed"})),
    Case("sla_schedule_changed", "minor", "slaProperties/freshness/schedule", lambda c: sla(c, "freshness").update(schedule="0 5 * * *")),
    Case("words_changed", "patch", "slaProperties/freshness/driver", lambda c: sla(c, "freshness").update(driver="regulatory")),
    Case("status_deprecated", "minor", "status", lambda c: c.update(status="deprecated")),
    Case("status_retired", "major", "status", lambda c: c.update(status="retired")),
    Case("status_changed", "major", "status", lambda c: c.update(status="draft")),
    Case("status_changed", "major", "status", lambda c: c.update(status="proposed")),
]  # fmt: skip

TERMS = [
    Case("limitations_changed", "minor", "description/limitations", lambda c: c["description"].update(limitations="None."), POLICY),
    Case("limitations_removed", "minor", "description/limitations", lambda c: c["description"].pop("limitations"), POLICY),
    Case("usage_changed", "minor", "description/usage", lambda c: c["description"].update(usage="Audits."), POLICY),
    Case("usage_removed", "minor", "description/usage", lambda c: c["description"].pop("usage"), POLICY),
    Case("price_raised", "major", "price", lambda c: c["price"].update(priceAmount=10.5), POLICY),
    Case("price_lowered", "minor", "price", lambda c: c["price"].update(priceAmount=9), POLICY),
    Case("price_changed", "major", "price", lambda c: c["price"].update(priceUnit="day"), POLICY),
    Case("price_removed", "minor", "price", lambda c: c.pop("price"), POLICY),
    Case("role_added", "minor", "roles/auditor", lambda c: c["roles"].append({"role": "auditor"}), POLICY),
    Case("role_removed", "major", "roles/clerk", lambda c: c["roles"].pop(1), POLICY),
    Case("role_access_changed", "major", "roles/reader/access", lambda c: c["roles"][0].update(access="none"), POLICY),
    Case("role_approvers_changed", "minor", "roles/reader/firstLevelApprovers", lambda c: c["roles"][0].update(firstLevelApprovers="ben"), POLICY),
    Case("server_added", "minor", "servers/test", lambda c: c["servers"].append({"server": "test", "type": "local"})),
    Case("server_removed", "major", "servers/files", lambda c: c["servers"].pop(1)),
    Case("server_moved", "major", "servers/prod/host", lambda c: c["servers"][0].update(host="other")),
    Case("server_moved", "major", "servers/prod/schema", lambda c: c["servers"][0].update(schema="t")),
    Case("server_moved", "major", "servers/files/path", lambda c: c["servers"][1].update(path="/elsewhere")),
    Case("server_type_changed", "major", "servers/prod/type", lambda c: c["servers"][0].update(type="redshift")),
    Case("server_environment_changed", "minor", "servers/prod/environment", lambda c: c["servers"][0].update(environment="uat")),
    Case("role_added", "minor", "servers/prod/roles/reader", lambda c: c["servers"][0].update(roles=[{"role": "reader"}]), POLICY),
    Case("words_changed", "patch", "servers/prod/description", lambda c: c["servers"][0].update(description="Here.")),
    Case("tenant_changed", "minor", "tenant", lambda c: c.update(tenant="other"), POLICY),
    Case("contract_id_changed", "major", "id", lambda c: c.update(id="others")),
]  # fmt: skip

PEOPLE_AND_WORDS = [
    Case("contract_name_changed", "patch", "name", lambda c: c.update(name="All orders")),
    Case("domain_changed", "patch", "domain", lambda c: c.update(domain="finance")),
    Case("data_product_changed", "patch", "dataProduct", lambda c: c.update(dataProduct="sales")),
    Case("team_changed", "patch", "team", lambda c: c["team"]["members"].append({"username": "ben"})),
    Case("support_added", "patch", "support/mail", lambda c: c["support"].append({"channel": "mail"})),
    Case("support_removed", "minor", "support/chat", lambda c: c["support"].pop(0)),
    Case("support_changed", "patch", "support/chat", lambda c: c["support"][0].update(url="https://example.org/new")),
    Case("definitions_changed", "patch", "authoritativeDefinitions", lambda c: c["authoritativeDefinitions"][0].update(url="https://example.org/b")),
    Case("custom_property_added", "minor", "customProperties/colour", lambda c: c["customProperties"].append({"property": "colour", "value": "red"})),
    Case("custom_property_removed", "minor", "customProperties/cost_centre", lambda c: c["customProperties"].pop(0)),
    Case("custom_property_changed", "minor", "customProperties/cost_centre/value", lambda c: c["customProperties"][0].update(value=8)),
    Case("custom_property_added", "minor", f"{AT}/kind/customProperties/a", lambda c: column(c, "kind").update(customProperties=[{"property": "a", "value": 1}])),
    Case("context_changed", "patch", "context", lambda c: c.update(context="What it is about.")),
    Case("business_name_changed", "patch", f"{AT}/kind/businessName", lambda c: column(c, "kind").update(businessName="Sort")),
    Case("business_name_changed", "patch", f"{OBJECT}/businessName", lambda c: c["schema"][0].pop("businessName")),
    Case("synonyms_changed", "patch", f"{AT}/old/synonyms", lambda c: column(c, "old").pop("synonyms")),
    Case("examples_changed", "patch", f"{AT}/state/examples", lambda c: column(c, "state").update(examples=["paid"])),
    Case("words_changed", "patch", "description/purpose", lambda c: c["description"].update(purpose="All orders.")),
    Case("words_changed", "patch", f"{AT}/kind/description", lambda c: column(c, "kind").update(description="What it is.")),
    Case("words_changed", "patch", f"{OBJECT}/dataGranularityDescription", lambda c: c["schema"][0].update(dataGranularityDescription="One row an order.")),
    Case("words_changed", "patch", "status", lambda c: c.update(status="Active")),
    Case("other", "minor", "novelty", lambda c: c.update(novelty=1)),
    Case("other", "minor", f"{AT}/kind/novelty", lambda c: column(c, "kind").update(novelty="x")),
    Case("other", "minor", f"{AT}/vec/logicalTypeOptions/distanceMetric", lambda c: options(c, "vec").update(distanceMetric="cosine")),
]  # fmt: skip

CASES: list[Case] = [*STRUCTURE, *VALUES, *PROTECTION, *QUALITY, *SERVICE, *TERMS, *PEOPLE_AND_WORDS]

#: What a contract gains that lacks something: the edit makes the *standing* contract, and the full one follows.
GAINS: list[Case] = [
    Case("limitations_added", "major", "description/limitations", lambda c: c["description"].pop("limitations"), POLICY),
    Case("usage_added", "minor", "description/usage", lambda c: c["description"].pop("usage"), POLICY),
    Case("price_added", "major", "price", lambda c: c.pop("price"), POLICY),
    Case("status_changed", "minor", "status", lambda c: c.update(status="draft")),
    Case("status_changed", "minor", "status", lambda c: c.update(status="proposed")),
    Case("type_tightened", "minor", f"{AT}/kind/logicalType", lambda c: column(c, "kind").pop("logicalType")),
    Case("format_added", "minor", f"{AT}/state/logicalTypeOptions/format", lambda c: options(c, "state").pop("format")),
    Case("options_tightened", "minor", f"{AT}/vec/logicalTypeOptions/normalized", lambda c: options(c, "vec").pop("normalized")),
    Case("sla_added", "minor", "slaProperties/retention", lambda c: c["slaProperties"].pop(4), POLICY),
]  # fmt: skip

#: Kinds that come with others, or not from two contracts alone; each has a test of its own beside the tables.
ELSEWHERE: dict[str, set[tuple[str, bool]]] = {
    "primary_key_added": {("minor", False)},
    "primary_key_removed": {("major", False)},
    "primary_key_changed": {("patch", False), ("minor", False), ("major", False)},
    "type_reordered": {("patch", False)},
    "port_added": {("minor", False)},
    "port_removed": {("major", False)},
    "sla_removed": {("major", True)},
}

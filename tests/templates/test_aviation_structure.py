"""The example mesh as files: its documents keep the standards, its names agree, its domains respect each other."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema_rs

from . import plain_duckdb as plain

ODPS_SCHEMAS = Path(__file__).parents[2] / "src" / "meshwright" / "files" / "standards" / "schemas"


def odcs_validator() -> Any:
    files = metadata.files("open-data-contract-standard") or []
    schema = next(file for file in files if str(file) == "open_data_contract_standard/schema.json")
    return jsonschema_rs.validator_for(json.loads(Path(str(schema.locate())).read_text()), validate_formats=True)


def contracts(root: Path) -> dict[str, plain.Document]:
    return plain.documents(root, "domains/*/*/contracts/*.odcs.yaml")


def products(root: Path) -> dict[str, plain.Document]:
    return plain.documents(root, "domains/*/*/product.odps.yaml")


def promised(root: Path) -> dict[str, str]:
    """Dataset that some contract promises -> address of its port."""
    found = {}
    for path, contract in contracts(root).items():
        _, domain, product, _, file = path.split("/")
        port = f"{domain}.{product}/{file.removesuffix('.odcs.yaml')}"
        found |= {f"{domain}.{product}.{entry['name']}": port for entry in contract["schema"]}
    return found


def test_the_example_is_as_large_as_promised(aviation: Path) -> None:
    folders = plain.product_folders(aviation)
    assert {folder.parent.name for folder in folders} == {"reference", "weather", "operations", "fleet", "analytics"}
    assert len(folders) >= 8
    assert len(plain.models_of(aviation)) + len(plain.sources_of(aviation)) >= 30


def test_every_contract_keeps_the_standard(aviation: Path) -> None:
    validator = odcs_validator()
    found = contracts(aviation)
    wrong = [f"{path}: {error}" for path, document in found.items() for error in validator.iter_errors(document)]
    assert wrong == []
    assert {document["apiVersion"] for document in found.values()} == {"v3.2.0", "v3.1.0", "v3.0.2"}


def test_every_product_keeps_the_standard(aviation: Path) -> None:
    found = products(aviation)
    for path, document in found.items():
        name = f"odps-{document['apiVersion'].removeprefix('v')}.schema.json"
        schema = next(ODPS_SCHEMAS.rglob(name), None)
        assert schema, f"{path} is of a version whose schema {name} is not there"
        assert list(jsonschema_rs.validator_for(json.loads(schema.read_text())).iter_errors(document)) == [], path
    assert {document["apiVersion"] for document in found.values()} == {"v1.1.0", "v1.0.0"}


def test_every_product_has_a_document_and_every_port_a_contract(aviation: Path) -> None:
    for folder in plain.product_folders(aviation):
        document = products(aviation)[f"domains/{folder.parent.name}/{folder.name}/product.odps.yaml"]
        ports = {port["name"]: port for port in document["outputPorts"]}
        files = {file.name.removesuffix(".odcs.yaml"): file for file in folder.glob("contracts/*")}
        assert ports.keys() == files.keys(), folder
        assert document["domain"] == folder.parent.name
        for name, file in files.items():
            contract = contracts(aviation)[str(file.relative_to(aviation))]
            assert (contract["id"], contract["version"]) == (ports[name]["contractId"], ports[name]["version"]), file
            assert (contract["domain"], contract["dataProduct"]) == (folder.parent.name, folder.name)


def test_ids_are_unique(aviation: Path) -> None:
    for found in (contracts(aviation), products(aviation)):
        ids = [document["id"] for document in found.values()]
        assert len(ids) == len(set(ids))


def test_other_domains_are_read_through_ports_only(aviation: Path) -> None:
    ports = promised(aviation)
    known = plain.models_of(aviation).keys() | plain.sources_of(aviation).keys()
    for model in plain.models_of(aviation).values():
        assert model.reads <= known, f"{model.address} reads {sorted(model.reads - known)}"
        foreign = {read for read in model.reads if read.partition(".")[0] != model.address.partition(".")[0]}
        assert foreign <= ports.keys(), f"{model.address} reads {sorted(foreign - ports.keys())} past its ports"


def test_declared_input_ports_are_the_ones_that_are_read(aviation: Path) -> None:
    ports = promised(aviation)
    ids = {
        f"{path.split('/')[1]}.{path.split('/')[2]}/{path.split('/')[4].removesuffix('.odcs.yaml')}": document
        for path, document in contracts(aviation).items()
    }
    for folder in plain.product_folders(aviation):
        address, domain = plain.address_of(folder), folder.parent.name
        document = products(aviation)[f"domains/{domain}/{folder.name}/product.odps.yaml"]
        reads = {
            read for model in plain.models_of(aviation).values() if model.product == address for read in model.reads
        }
        read_ports = {ports[read] for read in reads if not read.startswith(f"{address}.") and read in ports}
        declared = {(port["contractId"], port["version"]) for port in document.get("inputPorts", [])}
        expected = {(ids[port]["id"], ids[port]["version"]) for port in read_ports if not port.startswith(f"{domain}.")}
        assert expected <= declared, address
        assert declared <= {(ids[port]["id"], ids[port]["version"]) for port in read_ports}, address


def test_every_contract_is_worth_copying(aviation: Path) -> None:
    for path, contract in contracts(aviation).items():
        assert contract["description"]["purpose"], path
        assert contract["team"], path
        assert contract["support"], path
        assert {"freshness", "retention", "availability"} <= {sla["property"] for sla in contract["slaProperties"]}, (
            path
        )
        for entry in contract["schema"]:
            properties = entry["properties"]
            assert entry["description"], path
            assert any(column.get("primaryKey") for column in properties), f"{path}: {entry['name']} has no key"
            for column in properties:
                missing = {"description", "logicalType", "physicalType", "classification"} - column.keys()
                assert not missing, f"{path}: {entry['name']}.{column['name']} lacks {sorted(missing)}"


def test_every_kind_of_rule_and_every_action_is_shown(aviation: Path) -> None:
    in_contracts = [rule for contract in contracts(aviation).values() for rule in _rules(contract["schema"])]
    in_pipelines = [
        (dataset, rule)
        for folder in plain.product_folders(aviation)
        for dataset, rules in plain.pipeline_of(folder).get("tests", {}).items()
        for rule in rules
    ]
    headers = {file.read_text().splitlines()[0] for file in aviation.glob("domains/*/*/tests/*.sql")}
    metrics = {rule.get("metric", rule.get("type")) for rule in in_contracts}
    assert metrics == {
        "nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount", "sql", "text",
    }  # fmt: skip
    assert {rule.get("unit", "rows") for rule in in_contracts} == {"rows", "percent"}
    assert {"log", "warn", "stop"} <= {rule.get("severity") for rule in in_contracts}
    at_sources = {rule["severity"] for dataset, rule in in_pipelines if dataset.startswith("raw_")}
    at_nodes = {rule["severity"] for dataset, rule in in_pipelines if not dataset.startswith("raw_")}
    assert {"warn", "stop"} <= at_sources
    assert at_nodes == {"log", "warn", "stop"}
    assert headers == {"-- severity: log", "-- severity: warn", "-- severity: stop"}


def test_consumers_use_columns_that_are_promised(aviation: Path) -> None:
    by_port = {
        f"{path.split('/')[1]}.{path.split('/')[2]}/{path.split('/')[4].removesuffix('.odcs.yaml')}": {
            f"{entry['name']}.{column['name']}" for entry in document["schema"] for column in entry["properties"]
        }
        for path, document in contracts(aviation).items()
    }
    found = plain.documents(aviation, "domains/*/*/consumers.yaml")
    consumers = [consumer for document in found.values() for consumer in document["consumers"]]
    assert len(consumers) >= 2
    for consumer in consumers:
        for use in consumer["ports"]:
            assert set(use["columns"]) <= by_port[use["port"]], consumer["name"]


def test_outputs_name_their_columns(aviation: Path) -> None:
    for address, model in plain.models_of(aviation).items():
        final = model.text.rpartition("\nselect")[2]
        assert not final.lstrip().startswith("*"), address


def test_a_template_holds_no_data_and_nothing_hidden(aviation: Path) -> None:
    names = [file.name for file in aviation.rglob("*")]
    assert not [name for name in names if name.startswith(".") or name.endswith((".csv", ".zip", ".parquet"))]
    assert (aviation / "gitignore").read_text().count("\n.meshwright/\n") == 1
    assert (aviation / "README.md").is_file()


def _rules(schema: list[plain.Document]) -> list[plain.Document]:
    found = []
    for entry in schema:
        found += entry.get("quality", [])
        for column in entry["properties"]:
            found += column.get("quality", [])
    return found

"""Meshes whose port has two versions, broken: what is changed, and every finding that must come of it."""

# One case a line, however long: a table is read by columns.
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

from collections.abc import Mapping

from loader_cases import CONSUMERS, CONTRACT_FILE, ODPS, Case, one
from mesh_folders import CONTRACT, FLIGHTS, GOOD, PRODUCT

Files = Mapping[str, str | bytes | None]

FILE_2 = f"{FLIGHTS}/contracts/departures.v2.odcs.yaml"
MODEL_2 = f"{FLIGHTS}/models/departures_v2.sql"
CONTRACT_2 = (
    CONTRACT.format(port="departures", dataset="departures\n    physicalName: departures_v2")
    .replace("contract-departures", "contract-departures-2")
    .replace("version: 1.0.0", "version: 2.0.0")
)
ODPS_2 = GOOD[ODPS] + "  - name: departures\n    version: 2.0.0\n    contractId: contract-departures-2\n"
#: What makes a second version of the good mesh's port.
SECOND: Files = {ODPS: ODPS_2, FILE_2: CONTRACT_2, MODEL_2: "select * from departures"}

REPORTS = "domains/analytics/reports"
READER = f"{REPORTS}/product.odps.yaml"


def with_second(files: Files) -> Files:
    """Return the change of the good mesh on top of the second version."""
    return {**SECOND, **files}


def contract(old: str, new: str) -> Files:
    """Return the second contract with one change."""
    assert old in CONTRACT_2
    return with_second({FILE_2: CONTRACT_2.replace(old, new, 1)})


def inputs(*ports: str) -> Files:
    """Return a reader with input ports, the first of which stands in line 10."""
    head = PRODUCT.format(name="reports", port="worst").partition("outputPorts")[0].replace("v1.0.0", "v1.1.0", 1)
    return with_second({
        READER: head + "inputPorts:\n" + "".join(f"  - {{{port}}}\n" for port in ports),
        f"{REPORTS}/models/worst.sql": "select * from operations.flights.departures",
    })


ONE, TWO = "contractId: contract-departures", "contractId: contract-departures-2"
SHARED: Files = {FILE_2: CONTRACT_2.replace("contract-departures-2", "contract-departures"), ODPS: ODPS_2.replace("contract-departures-2", "contract-departures")}
ARCHIVE = f"{FLIGHTS}/contracts/archive.odcs.yaml"

VERSIONS = (
    Case("two versions", SECOND, ()),
    Case("two versions in one dataset", with_second({FILE_2: CONTRACT_2.replace("    physicalName: departures_v2\n", ""), MODEL_2: None}), ()),
    Case("only a file with a number", {**SECOND, CONTRACT_FILE: None, CONSUMERS: None, ODPS: GOOD[ODPS].replace("version: 1.0.0\n    contractId: contract-departures", "version: 2.0.0\n    contractId: contract-departures-2")}, ()),
    Case("a foreign physical name", {CONTRACT_FILE: GOOD[CONTRACT_FILE].replace("- name: departures\n", "- name: departures\n    physicalName: DWH.DEPARTURES\n", 1)}, ()),
    one("suffix is no version", {**SECOND, FILE_2: None, f"{FLIGHTS}/contracts/departures.two.odcs.yaml": CONTRACT_2, ODPS: GOOD[ODPS]}, "MW-M315", f"{FLIGHTS}/contracts/departures.two.odcs.yaml:1:1", "contracts/departures.v2.odcs.yaml"),
    one("suffix v0", {**SECOND, FILE_2: None, f"{FLIGHTS}/contracts/departures.v0.odcs.yaml": CONTRACT_2, ODPS: GOOD[ODPS]}, "MW-M315", f"{FLIGHTS}/contracts/departures.v0.odcs.yaml:1:1", "rename the file"),
    one("version suffix misspelt", {f"{FLIGHTS}/contracts/departures.v2.odcs.yml": CONTRACT_2}, "MW-M007", f"{FLIGHTS}/contracts/departures.v2.odcs.yml:1:1", "rename it to 'departures.v2.odcs.yaml'"),
    one("version beside contracts", {f"{FLIGHTS}/departures.v2.odcs.yaml": CONTRACT_2}, "MW-M007", f"{FLIGHTS}/departures.v2.odcs.yaml:1:1", "contracts/departures.v2.odcs.yaml"),
    Case("version in the name", with_second({FILE_2: None, f"{FLIGHTS}/contracts/departures_v2.odcs.yaml": CONTRACT_2}), (
        ("MW-M302", f"{FLIGHTS}/contracts/departures_v2.odcs.yaml:1:1", "rename it to departures.v2.odcs.yaml"),
        ("MW-M301", f"{ODPS}:13:5", "write contracts/departures.v2.odcs.yaml"),
    )),
    one("suffix and contract differ", contract("version: 2.0.0", "version: 3.1.0"), "MW-M315", f"{FILE_2}:1:1", "write 'version: 2.0.0', or rename the file to departures.v3.odcs.yaml"),
    one("contract at no number", contract("version: 2.0.0", "version: next"), "MW-M315", f"{FILE_2}:1:1", "write 'version: 2.0.0'"),
    one("two files of a version", with_second({CONTRACT_FILE: GOOD[CONTRACT_FILE].replace("version: 1.0.0", "version: 2.3.0")}), "MW-M316", f"{CONTRACT_FILE}:1:1", "keep one of the two"),
    one("second version undeclared", with_second({ODPS: GOOD[ODPS]}), "MW-M302", f"{FILE_2}:1:1", "add an output port 'departures' with version: 2.0.0"),
    one("second version without a file", with_second({FILE_2: None}), "MW-M301", f"{ODPS}:13:5", "write contracts/departures.v2.odcs.yaml"),
    Case("declared at another version", with_second({ODPS: ODPS_2.replace("version: 2.0.0", "version: 3.0.0")}), (
        ("MW-M301", f"{ODPS}:13:5", "write contracts/departures.v3.odcs.yaml"),
        ("MW-M302", f"{FILE_2}:1:1", "version: 2.0.0"),
    )),
    one("second contract of another id", with_second({ODPS: ODPS_2.replace("departures-2", "departures-3")}), "MW-M304", f"{ODPS}:15:5", "contractId: contract-departures-2"),
    one("physical name is nothing", contract("departures_v2", "departures_v3"), "MW-M317", f"{FILE_2}:8:5", "did you mean 'departures_v2'?"),
    one("physical name and name are nothing", {CONTRACT_FILE: GOOD[CONTRACT_FILE].replace("- name: departures\n", "- name: flown\n    physicalName: departurs\n", 1), CONSUMERS: None}, "MW-M317", f"{CONTRACT_FILE}:8:5", "did you mean 'departures'?"),
    one("two objects of a dataset", with_second({FILE_2: CONTRACT_2 + "  - name: again\n    physicalName: departures_v2\n"}), "MW-M318", f"{FILE_2}:17:5", "another physicalName"),
    one("a name of two ports", with_second({
        ODPS: ODPS_2 + "  - name: archive\n    version: 1.0.0\n    contractId: contract-archive\n",
        ARCHIVE: CONTRACT.format(port="archive", dataset="departures"),
    }), "MW-M318", f"{CONTRACT_FILE}:8:5", "versions of one name belong to one port"),
    Case("chosen by id", inputs(f"name: flights, version: 2.0.0, {TWO}"), ()),
    Case("chosen by address", inputs("name: operations.flights/departures/v2"), ()),
    Case("chosen by address and version", inputs("name: operations.flights/departures, version: 2.0.0"), ()),
    Case("named and not chosen", inputs("name: operations.flights/departures"), ()),
    Case("one id and two versions", {**inputs(f"name: flights, version: 2.0.0, {ONE}"), **SHARED}, ()),
    one("one id and no version", {**inputs(f"name: flights, {ONE}"), **SHARED}, "MW-M319", f"{READER}:10:5", "v1: version 1.0.0, contractId contract-departures; v2: version 2.0.0, contractId contract-departures"),
    one("chosen version is nothing", inputs("name: operations.flights/departures, version: 3.0.0"), "MW-M319", f"{READER}:10:5", "versions of operations.flights/departures are v1: version 1.0.0, contractId contract-departures; v2: version 2.0.0"),
    one("chosen address is nothing", inputs("name: operations.flights/departures/v7"), "MW-M319", f"{READER}:10:5", "v2: version 2.0.0"),
    Case("id of one version, number of another", inputs(f"name: flights, version: 1.0.0, {TWO}"), (
        ("MW-M319", f"{READER}:10:5", "v1: version 1.0.0, contractId contract-departures"),
        ("MW-M311", f"{READER}:10:5", "can read version 2.0.0"),
    )),
    one("both versions chosen", inputs(f"name: old, version: 1.0.0, {ONE}", f"name: new, version: 2.0.0, {TWO}"), "MW-M319", f"{READER}:11:5", "operations.flights.departures_v2"),
    Case("consumer of a version", with_second({CONSUMERS: GOOD[CONSUMERS].replace("- departures", "- departures/v2")}), ()),
    one("consumer of no version", with_second({CONSUMERS: GOOD[CONSUMERS].replace("- departures", "- departures/v3")}), "MW-M312", f"{CONSUMERS}:7:9", "departures/v2"),
)

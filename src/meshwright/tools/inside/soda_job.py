"""Verifies datasets with Soda: a contract (Soda 4), or checks in SodaCL (Soda 3). Run under the Python that Soda is installed in.

The inputs are views of a DuckDB in memory, under the names that the node gives them.
"""

from __future__ import annotations

import json
import logging
import os
import re
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

_DATASET = re.compile(r"^dataset:.*$", re.MULTILINE)
_COUNTS = ("missing_count", "invalid_count", "duplicate_count", "failed_rows_count")
_MESSAGE = 500
_VERDICTS = {"pass": "pass", "warn": "warn", "fail": "stop", "passed": "pass", "failed": "stop"}


class WrongInput(Exception):
    """Something that the user has to change."""


def main(request_file: str) -> int:
    """Verify what a request names; return the status."""
    place = Path(request_file).parent
    request = json.loads(Path(request_file).read_text("utf-8"))
    sys.path[:] = [path for path in sys.path if path != str(Path(__file__).parent)]
    os.environ.setdefault("SODA_CORE_TELEMETRY_ENABLED", "false")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    kind = "contract" if request["contract"] else "checks"
    try:
        import duckdb

        verify = _contract() if kind == "contract" else _checks()
    except ImportError as error:
        wanted = "Soda 4 with DuckDB" if kind == "contract" else "Soda 3 with DuckDB"
        print(f"{wanted} is not installed in {sys.executable}: {error}", flush=True)
        return 97
    status = 0
    try:
        connection = duckdb.connect()
        for name, files in request["inputs"].items():
            listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            connection.execute(f'create view "{name}" as select * from read_parquet([{listed}])')
        tests = verify(request, connection, place)
        if not tests:
            raise WrongInput(f"there is no check in {Path(request[kind]).name}")  # noqa: TRY301 - told as any other
        for test in tests:
            print(f"{test['verdict']:5} {test['name']}: {test['message']}", flush=True)
        (place / "tests.json").write_text(json.dumps(tests), "utf-8")
        passed = sum(test["verdict"] == "pass" for test in tests)
        values = {"checks": len(tests), "passed": passed, "success": passed == len(tests)}
        (place / "values.json").write_text(json.dumps(values), "utf-8")
    except WrongInput as error:
        (place / "error.txt").write_text(str(error), "utf-8")
        print(error, flush=True)
        status = 98
    except Exception as error:  # noqa: BLE001 - the border of a program: all of it is told
        traceback.print_exc()
        (place / "error.txt").write_text(f"{type(error).__name__}: {error}", "utf-8")
        status = 1
    used = resource.getrusage(resource.RUSAGE_SELF)
    (place / "costs.json").write_text(json.dumps({"cpu_s": round(used.ru_utime + used.ru_stime, 3)}), "utf-8")
    return status


def _contract() -> Any:
    """Return what verifies a contract. Raises ImportError where Soda 4 is not there."""
    # In this order: the plugin of DuckDB cannot be imported before what it plugs into.
    from soda_core.contracts import verify_contract_locally  # isort: skip
    from soda_duckdb.common.data_sources.duckdb_data_source import DuckDBDataSourceImpl  # isort: skip

    def verify(request: dict[str, Any], connection: Any, place: Path) -> list[dict[str, Any]]:
        text = Path(request["contract"]).read_text("utf-8")
        # A contract names its data where it lies; here that is the dataset that the node gives.
        ours, count = _DATASET.subn(f"dataset: meshwright/main/{request['dataset']}", text, count=1)
        if not count:
            raise WrongInput(f"{Path(request['contract']).name} does not begin with a dataset")
        path = place / "contract.yml"
        path.write_text(ours, "utf-8")
        source = DuckDBDataSourceImpl.from_existing_cursor(connection, "meshwright")
        found = verify_contract_locally(
            contract_file_path=str(path), data_sources=[source], variables=request["variables"], publish=False
        )
        tests = [
            _test_of_contract(each)
            for result in found.contract_verification_results
            for each in result.check_results
            if each.outcome.name != "EXCLUDED"
        ]
        if found.has_errors and all(test["verdict"] != "error" for test in tests):
            # An error that no check shows would be passed over otherwise.
            raise WrongInput(found.get_errors_str())
        return tests

    return verify


def _test_of_contract(each: Any) -> dict[str, Any]:
    measured = each.diagnostic_metric_values or {}
    words = [f"{key} {value}" for key, value in measured.items() if isinstance(value, (int, float))]
    return {
        "name": each.check.check_path,
        "column": each.check.column_name,
        "verdict": _VERDICTS.get(
            each.outcome.name.lower(), "error" if each.outcome.name == "NOT_EVALUATED" else "warn"
        ),
        "failing_rows": next((measured[key] for key in _COUNTS if measured.get(key) is not None), None),
        "message": ", ".join([str(each.check.name or each.check.type), *words])[:_MESSAGE],
    }


def _checks() -> Any:
    """Return what runs checks in SodaCL. Raises ImportError where Soda 3 is not there."""
    from soda.scan import Scan

    def verify(request: dict[str, Any], connection: Any, place: Path) -> list[dict[str, Any]]:
        del place
        scan = Scan()
        scan.disable_telemetry()
        scan.set_data_source_name("meshwright")
        scan.add_duckdb_connection(connection, data_source_name="meshwright")
        scan.add_variables(request["variables"])
        scan.add_sodacl_yaml_file(request["checks"])
        scan.execute()
        results = scan.get_scan_results()["checks"]
        tests = [_test_of_checks(each) for each in results]
        if scan.has_error_logs() and all(test["verdict"] != "error" for test in tests):
            raise WrongInput(_first_error(scan.get_error_logs_text()))
        return tests

    return verify


def _test_of_checks(each: dict[str, Any]) -> dict[str, Any]:
    told = each.get("diagnostics") or {}
    rows = [block["totalFailingRows"] for block in told.get("blocks", ()) if "totalFailingRows" in block]
    words = [f"value {told['value']}"] if isinstance(told.get("value"), (int, float)) else []
    reasons = [
        str(reason.get("message", reason)) for reason in each.get("outcomeReasons", ()) if isinstance(reason, dict)
    ]
    return {
        "name": " ".join(str(each.get("name")).split()),
        "dataset": each.get("table"),
        "column": each.get("column"),
        "verdict": _VERDICTS.get(str(each.get("outcome")), "error"),
        "failing_rows": rows[0] if rows else None,
        "message": ", ".join([*words, *reasons])[:_MESSAGE],
    }


def _first_error(text: str | None) -> str:
    """Return the first of Soda's errors without its query."""
    first = (text or "").split("\nERROR", 1)[0]
    return first.removeprefix("ERROR").lstrip(" |").split("\nLINE ", 1)[0].strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

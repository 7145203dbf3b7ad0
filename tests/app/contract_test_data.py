"""A contract and data that keeps it, in every format, for the tests of `contract test`."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from meshwright.app.contract_testing import ContractTestOptions, ContractTestReport, contract_test
from meshwright.app.contract_testing_places import DataOptions
from tests.meshes import write_file

#: Rules of every kind; `ROWS` keep all of them.
CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: shop-orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true}
      - {name: customer, logicalType: string, required: true, logicalTypeOptions: {minLength: 2, pattern: "^[a-z]+$"}}
      - {name: amount, logicalType: number, physicalType: "decimal(10,2)", logicalTypeOptions: {minimum: 0}}
      - {name: placed, logicalType: date}
      - name: state
        logicalType: string
        enum: [{value: new}, {value: paid}]
        quality:
          - {id: states, type: library, metric: nullValues, mustBe: 0, severity: warning}
    quality:
      - {type: library, metric: rowCount, mustBeGreaterThan: 2}
      - {id: dear, type: sql, query: "select count(*) from orders where amount > 1000", mustBe: 0}
"""
Row = dict[str, Any]
ROWS: tuple[Row, ...] = (
    {"id": 1, "customer": "ana", "amount": Decimal("12.50"), "placed": dt.date(2026, 1, 1), "state": "new"},
    {"id": 2, "customer": "ben", "amount": Decimal("7.00"), "placed": dt.date(2026, 1, 2), "state": "paid"},
    {"id": 3, "customer": "cem", "amount": Decimal("0.10"), "placed": dt.date(2026, 1, 3), "state": "paid"},
)
#: Breaks `required(customer)`, `enum(state)` and `options(amount)`, each once.
BAD_ROW: Row = {"id": 4, "customer": None, "amount": Decimal("-1.00"), "placed": dt.date(2026, 1, 4), "state": "lost"}
BROKEN = {"contract:required(customer)", "contract:enum(state)", "contract:options(amount)"}


def arrow(rows: Sequence[Row] = ROWS) -> Any:
    """The rows as an Arrow table."""
    import pyarrow as pa

    fields = {
        "id": pa.int64(),
        "customer": pa.string(),
        "amount": pa.decimal128(10, 2),
        "placed": pa.date32(),
        "state": pa.string(),
    }
    return pa.Table.from_pylist(list(rows), schema=pa.schema(list(fields.items())))


def write_parquet(path: Path, rows: Sequence[Row] = ROWS) -> None:
    """Write the rows as one Parquet file."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(arrow(rows), path)


def csv_text(rows: Sequence[Row] = ROWS, delimiter: str = ",") -> str:
    """The rows as CSV."""
    lines = [list(ROWS[0]), *(["" if value is None else str(value) for value in row.values()] for row in rows)]
    return "".join(f"{delimiter.join(line)}\n" for line in lines)


def json_rows(rows: Sequence[Row] = ROWS) -> list[Row]:
    """The rows as JSON has them."""
    return [{**row, "amount": float(row["amount"]), "placed": str(row["placed"])} for row in rows]


def write_ndjson(path: Path, rows: Sequence[Row] = ROWS) -> None:
    """Write the rows as newline JSON, packed where the name says so."""
    data = "".join(f"{json.dumps(row)}\n" for row in json_rows(rows)).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_contract(root: Path, text: str = CONTRACT) -> Path:
    """Write the contract into a folder."""
    write_file(root, "orders.odcs.yaml", text)
    return root / "orders.odcs.yaml"


def judged(root: Path, *data: str, **options: Any) -> ContractTestReport:
    """Test the folder's contract."""
    how = {name: options.pop(name) for name in tuple(options) if name in DataOptions.__dataclass_fields__}
    return contract_test(
        ContractTestOptions(contract=Path("orders.odcs.yaml"), data=data, base=root, how=DataOptions(**how), **options)
    )


def verdicts(report: ContractTestReport) -> Mapping[str, str]:
    """Rule -> verdict, of the rules that did not pass."""
    return {test.id: test.verdict for test in report.tests if test.verdict != "pass"}


def errors(report: ContractTestReport) -> Mapping[str, str]:
    """Rule -> why it could not be measured."""
    return {test.id: test.error for test in report.tests if test.error is not None}

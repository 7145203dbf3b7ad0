"""The mesh that consumers query: what a viewer may see, and canaries in all that it may not.

| what | where its canary is |
|---|---|
| a dataset that no port holds, of a domain of its own and of the queried product | `vault.keys.secret`, `ops.flights.hidden` |
| what a port's view is computed from, and the rows and columns that the view leaves out | `ops.flights.people` |
| a column that the contract promised in generation 3 and does not now | `ops.flights.t`, column `ssn` |
| a candidate that a test stopped | `ops.flights.t`, marks in `tail` |
| a sandbox's own port over a dataset that the base's ports do not hold | `vault.keys.secret` in `box` |
| files beside the data, and a variable of the server's environment | `data/canary.*`, `MESHWRIGHT_CANARY` |
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from meshwright.app.apply import RunOptions, apply
from meshwright.app.observing import read_published
from meshwright.app.opened import open_mesh
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.meshes import agree_to_changes, write_file, write_mesh

#: Stands in every value that nobody who may not see it must be told, and nowhere else.
CANARY = "canary7f3a9c"
#: A number that is nothing else.
CANARY_NUMBER = 7_391_846_205_517
#: The generation in which `ops.flights.t` has the column `ssn`: each product is published in one of its own.
WIDER = 3
T, PORTS, PEOPLE = "ops.flights.t", "ops.flights.ports", "ops.flights.people"
HIDDEN, SECRET, FOREIGN = "ops.flights.hidden", "vault.keys.secret", "shop.goods.items"

_T = """
    select id, origin, tail, delay, day, legs, doc, place{ssn}
    from (values
      (1, 'EWR', 'N14228', 10.5::double, date '2020-01-01', [1, 2],
       '{{"kind": "a", "n": 2, "l": [1, 2]}}'::json, {{'town': 'A', 'gate': 1}}),
      (2, 'JFK', 'N2', 'nan'::double, date '2020-01-02', [2], '{{"kind": "b", "n": 1, "l": []}}'::json, {{'town': 'B', 'gate': 2}}),
      (3, 'JFK', null, -3.0::double, date '2020-01-02', null, '{{"kind": "c", "n": 0}}'::json, null),
      (4, 'XXX', 'n9{mark}', 99.0::double, date '2020-01-05', [], null, {{'town': 'C', 'gate': null}})
    ) v(id, origin, tail, delay, day, legs, doc, place)
    """
_COLUMNS = ("id", "origin", "tail", "delay", "day", "legs", "doc", "place")


def _contract(name: str, objects: str) -> str:
    return f"apiVersion: v3.2.0\nkind: DataContract\nid: {name}\nversion: 1.0.0\nstatus: active\nschema:\n{objects}"


def _object(name: str, columns: tuple[str, ...]) -> str:
    types = {
        "id": "integer",
        "number": "integer",
        "delay": "number",
        "day": "date",
        "legs": "array",
        "place": "object",
        "price": "number",
    }
    lines = "".join(
        f"      - {{name: {column}, logicalType: {types.get(column, 'string')}{', required: true' if column == 'id' else ''}}}\n"
        for column in columns
    )
    return f"  - name: {name}\n    properties:\n{lines}"


def _product(name: str, port: str) -> str:
    return (
        f"apiVersion: v1.1.0\nkind: DataProduct\nid: {name}\nname: {name}\nversion: 1.0.0\nstatus: active\n"
        f"outputPorts: [{{name: {port}, version: 1.0.0, contractId: {port}}}]\n"
    )


def _flights(root: Path, *, ssn: str = "", mark: str = "") -> None:
    write_file(root, "domains/ops/flights/models/t.sql", _T.format(ssn=ssn, mark=mark))
    columns = (*_COLUMNS, "ssn") if ssn else _COLUMNS
    objects = _object("t", columns) + _object("ports", ("code",)) + _object("people", ("id", "origin"))
    write_file(root, "domains/ops/flights/contracts/flights.odcs.yaml", _contract("flights", objects))


def write_consumer_mesh(root: Path) -> Path:
    """Write the mesh as its first generation is made of."""
    write_mesh(root, {"mesh.yaml": "meshwright: 1\nname: consumers\ndomains: [domains/*]\n"})
    for domain in ("ops", "vault", "shop"):
        write_file(root, f"domains/{domain}/domain.yaml", f"name: {domain}\npurpose: Proof.\nowners: [team:{domain}]\n")
    write_file(root, "domains/ops/flights/product.odps.yaml", _product("flights", "flights"))
    write_file(root, "domains/shop/goods/product.odps.yaml", _product("goods", "items"))
    write_file(
        root, "domains/shop/goods/contracts/items.odcs.yaml", _contract("items", _object("items", ("id", "price")))
    )
    write_file(
        root,
        "domains/ops/flights/pipeline.yaml",
        "nodes:\n  people: {as: view}\n"
        "tests:\n  t: [{type: sql, query: \"select count(*) from t where tail like '%mark%'\", mustBe: 0}]\n",
    )
    models = {
        "ops/flights/models/ports": "select unnest(['EWR', 'JFK', 'LGA']) as code",
        "ops/flights/models/hidden": f"""
            select * from (values (1, 'EWR', '{CANARY}-name', {CANARY_NUMBER}), (2, '{CANARY}-origin', 'ana', 2),
              (3, 'JFK', '{CANARY}-third', 3)) v(id, origin, name, salary)
            """,
        "ops/flights/models/people": f"select id, origin from hidden where origin <> '{CANARY}-origin'",
        "vault/keys/models/secret": f"select 1 as id, '{CANARY}-key' as mark, {CANARY_NUMBER} as number",
        "shop/goods/models/items": "select range + 1 as id, (range * 1.5)::double as price from range(5)",
    }
    for path, text in models.items():
        write_file(root, f"domains/{path}.sql", text)
    _flights(root, ssn=f", '{CANARY}-ssn' as ssn")
    return root


def build_consumer_mesh(root: Path) -> Workspace:
    """Write the mesh, publish its two generations and a sandbox, and leave a candidate that was stopped. Some seconds."""
    agree_to_changes(write_consumer_mesh(root), "ops", "vault", "shop")
    workspace = open_workspace(root)
    _require(apply(workspace, RunOptions()), RunState.SUCCEEDED)
    _flights(root)
    _require(apply(workspace, RunOptions()), RunState.SUCCEEDED)
    _flights(root, mark=f"{CANARY}-mark")
    _require(apply(workspace, RunOptions()), RunState.FAILED)
    _flights(root)
    _sandbox(root, workspace)
    _canaries(root)
    return workspace


def _sandbox(root: Path, workspace: Workspace) -> None:
    """Publish into a sandbox a port over what no port of the base holds, and take it out of the tree again."""
    create_sandbox(workspace, SandboxWish(name="box"))
    odps, contract = "domains/vault/keys/product.odps.yaml", "domains/vault/keys/contracts/keys.odcs.yaml"
    write_file(root, odps, _product("keys", "keys"))
    write_file(root, contract, _contract("keys", _object("secret", ("id", "mark", "number"))))
    _require(apply(workspace, RunOptions(environment="box")), RunState.SUCCEEDED)
    for name in (odps, contract):
        (root / name).unlink()


def _canaries(root: Path) -> None:
    os.environ["MESHWRIGHT_CANARY"] = f"{CANARY}-variable"
    data = root / "data"
    data.mkdir(exist_ok=True)
    for ending in ("csv", "txt", "json"):
        text = f'{{"id": "{CANARY}-file"}}' if ending == "json" else f"id\n{CANARY}-file\n"
        (data / f"canary.{ending}").write_text(text, encoding="utf-8")
    duckdb.execute(f"COPY (SELECT '{CANARY}-file' AS id) TO '{data}/canary.parquet'")


def _require(report: RunReport, state: RunState) -> None:
    if report.state is not state:
        said = [step.error.message for step in report.steps if step.error is not None]
        raise RuntimeError(f"the mesh of the proof cannot be built: {report.error}, {said}")


def candidate_of(workspace: Workspace) -> str:
    """Return the id of the candidate that was stopped."""
    with open_mesh(workspace, "prod") as opened:
        published = read_published(opened.state.reader, "prod").versions[T].id
        kept = opened.state.reader.versions_of(T)
        first = opened.state.reader.pointers("prod", WIDER)[T].revision
        return next(version.id for version in kept if version.id not in {published, first})


def version_of(workspace: Workspace, dataset: str) -> str:
    """Return the id of a dataset's published version."""
    with open_mesh(workspace, "prod") as opened:
        return read_published(opened.state.reader, "prod").versions[dataset].id

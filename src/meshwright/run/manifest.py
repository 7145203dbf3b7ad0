"""The manifest: what a product is at the moment of its publication, for the registry.

Canonical JSON ``{product, name, version, status, generation_before, run, at, by, code, commit, spec, consumers: [{name, kind,
owner, url, description, uses: [{port, columns}]}], datasets: {address: {version, columns, rows, size_bytes, content_digest,
inputs, tests}}, ports: {address: {revision, contract}}}``. A later change is judged against these consumers: see
`plan.impact`.
"""

from __future__ import annotations

import json

from meshwright.checks.verdict import rule_words, verdict_word
from meshwright.model import Consumer, canonical_json
from meshwright.plan.moves import ProductMoves
from meshwright.run.board import Board
from meshwright.run.world import RunWorld


def manifest_document(move: ProductMoves, board: Board, world: RunWorld) -> str:
    """Describe a product as it will stand after `move`, as canonical JSON."""
    product = board.desired.mesh.product(move.product)
    assert product is not None
    return canonical_json(
        {
            "product": product.address,
            "name": product.name,
            "version": product.version,
            "status": product.status,
            "generation_before": board.generation,
            "run": world.run_id,
            "at": world.now().isoformat(),
            "by": world.by,
            "code": board.desired.code[product.address],
            "commit": world.commit,
            "spec": json.loads(product.document),
            "consumers": [_consumer_entry(consumer) for consumer in product.consumers],
            "datasets": {
                dataset: _dataset_entry(dataset, version, board) for dataset, version in move.standing_datasets.items()
            },
            "ports": {
                address: {
                    "revision": revision,
                    "contract": json.loads(product.ports[address.partition("/")[2]].contract.document),
                }
                for address, revision in move.standing_ports.items()
                if address.partition("/")[2] in product.ports
            },
        }
    )


def _consumer_entry(consumer: Consumer) -> dict[str, object]:
    return {
        "name": consumer.name,
        "kind": consumer.kind,
        "owner": consumer.owner,
        "url": consumer.url,
        "description": consumer.description,
        "uses": [{"port": port, "columns": list(columns)} for port, columns in consumer.uses],
    }


def _dataset_entry(dataset: str, version_id: str, board: Board) -> dict[str, object]:
    version = board.version(version_id)
    if version is None:
        return {"version": version_id}
    desired = board.desired.nodes.get(dataset)
    specs = desired.checks if desired and board.version_of(dataset) == version else ()
    return {
        "version": version.id,
        "columns": [{"name": column.name, "type": column.type} for column in version.columns],
        "rows": version.rows,
        "size_bytes": version.size_bytes,
        "content_digest": version.content_digest,
        "inputs": dict(version.inputs),
        "tests": [
            {
                "id": spec.id,
                "check": spec.fingerprint,
                "rule": rule_words(spec),
                "action": spec.action.value,
                "verdict": verdict_word(spec, evidence) if evidence else None,
                "value": evidence.value if evidence else None,
                "failing_rows": evidence.failing_rows if evidence else None,
            }
            for spec, evidence in zip(specs, board.evidence_for(specs), strict=True)
        ],
    }

"""What is said of single contracts, as JSON documents."""

from __future__ import annotations

from meshwright.app.contract_diff import ContractDiff
from meshwright.faces.documents.findings import Document, diagnostic_document
from meshwright.plan.documents import change_document


def contract_diff_document(diff: ContractDiff) -> Document:
    """`contract diff`."""
    return {
        "schema": "meshwright/contract-diff/1",
        "ok": diff.ok,
        "level": diff.level.value,
        "policy": diff.is_policy,
        "version": {
            "before": diff.version.before,
            "after": diff.version.after,
            "least": diff.version.least,
            "verdict": diff.version.verdict.value,
        },
        "changes": [change_document(change) for change in diff.changes],
        "diagnostics": [diagnostic_document(finding) for finding in diff.findings],
    }

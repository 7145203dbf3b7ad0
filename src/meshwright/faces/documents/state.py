"""Answers about the state and its runs' repetition as JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.repeat import Repetition
from meshwright.app.state_migration import StateMigration
from meshwright.app.values import run_document
from meshwright.faces.documents.plainvalues import Document, plain_document

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import runs


def migration_document(migration: StateMigration) -> Document:
    """`state migrate`."""
    return {
        "schema": "meshwright/state-migrate/1",
        "place": migration.place,
        "schema_before": migration.schema_before,
        "schema_after": migration.schema,
        "backup": migration.backup,
        "target": migration.target,
        "state": migration.address,
        "copied": dict(migration.copied),
        "digest": migration.digest,
    }


def repetition_document(repetition: Repetition) -> runs.RunsRepeat:
    """`runs repeat`."""
    return {
        "schema": "meshwright/runs-repeat/1",
        "repeated": repetition.repeated,
        "same": repetition.is_same,
        "versions": [
            {
                "dataset": one.dataset,
                "recorded": one.recorded,
                "version": one.version,
                "same": one.is_same,
                "reasons": list(one.reasons),
            }
            for one in repetition.versions
        ],
        "notes": list(repetition.notes),
        "run": plain_document(run_document(repetition.report)),
    }

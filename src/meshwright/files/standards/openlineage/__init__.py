"""OpenLineage: runs and their steps, as values, become events of its core 2-0-2 with facets of their own versions.

Pure: the same values give the same events, byte for byte. Who makes the values and who sends the events is `app`'s matter.
"""

from meshwright.files.standards.openlineage.events import run_ended, run_started, step_ended, step_started
from meshwright.files.standards.openlineage.names import (
    DatasetName,
    job_namespace,
    named_dataset,
    named_source,
    run_uuid,
    step_uuid,
)
from meshwright.files.standards.openlineage.values import (
    Assertion,
    ColumnInput,
    Field,
    LineageDataset,
    LineageJob,
    LineageRun,
    LineageStep,
    ParentRun,
    Tag,
)

__all__ = [
    "Assertion",
    "ColumnInput",
    "DatasetName",
    "Field",
    "LineageDataset",
    "LineageJob",
    "LineageRun",
    "LineageStep",
    "ParentRun",
    "Tag",
    "job_namespace",
    "named_dataset",
    "named_source",
    "run_ended",
    "run_started",
    "run_uuid",
    "step_ended",
    "step_started",
    "step_uuid",
]

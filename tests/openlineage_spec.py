"""What OpenLineage's own client says an event must be: JSON schemas, made from the classes that it generates from the spec's.

The spec's schemas are in no package of the registries; the client's classes are generated from them, name for name and type for
type. Here they are made strict: a key that the spec does not know is an error, and so is a facet of another version.
"""

from __future__ import annotations

import enum
import functools
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import attr
import jsonschema_rs
from openlineage.client import event_v2, facet_v2
from openlineage.client.generated import (
    column_lineage_dataset,
    data_quality_assertions_dataset,
    data_quality_metrics_input_dataset,
    dataset_type_dataset,
    dataset_version_dataset,
    documentation_dataset,
    documentation_job,
    error_message_run,
    input_statistics_input_dataset,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    ownership_dataset,
    ownership_job,
    parent_run,
    processing_engine_run,
    schema_dataset,
    source_code_location_job,
    sql_job,
    symlinks_dataset,
    tags_dataset,
    tags_job,
    tags_run,
)

Schema = dict[str, Any]

RUN_FACETS: Mapping[str, type] = {
    "parent": parent_run.ParentRunFacet,
    "nominalTime": nominal_time_run.NominalTimeRunFacet,
    "errorMessage": error_message_run.ErrorMessageRunFacet,
    "processing_engine": processing_engine_run.ProcessingEngineRunFacet,
    "tags": tags_run.TagsRunFacet,
}
JOB_FACETS: Mapping[str, type] = {
    "jobType": job_type_job.JobTypeJobFacet,
    "ownership": ownership_job.OwnershipJobFacet,
    "documentation": documentation_job.DocumentationJobFacet,
    "sql": sql_job.SQLJobFacet,
    "sourceCodeLocation": source_code_location_job.SourceCodeLocationJobFacet,
    "tags": tags_job.TagsJobFacet,
}
DATASET_FACETS: Mapping[str, type] = {
    "schema": schema_dataset.SchemaDatasetFacet,
    "version": dataset_version_dataset.DatasetVersionDatasetFacet,
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
    "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet,
    "ownership": ownership_dataset.OwnershipDatasetFacet,
    "documentation": documentation_dataset.DocumentationDatasetFacet,
    "symlinks": symlinks_dataset.SymlinksDatasetFacet,
    "tags": tags_dataset.TagsDatasetFacet,
}
INPUT_FACETS: Mapping[str, type] = {
    "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
    "dataQualityMetrics": data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet,
    "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
}
OUTPUT_FACETS: Mapping[str, type] = {
    "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
}
_PLAIN: Mapping[object, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Any: {},
}
_TIMES = {"eventTime", "nominalStartTime", "nominalEndTime", "lastUpdated"}


def problems(event: Mapping[str, object]) -> list[str]:
    """Return what is wrong with an event, by its place; nothing where it is as the spec has it."""
    return sorted(f"{list(error.instance_path)}: {error.message}" for error in _validator().iter_errors(event))


def facets_of(event: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the facets of an event, with what they are of."""
    yield from (f"run.{name}" for name in event["run"]["facets"])
    yield from (f"job.{name}" for name in event["job"]["facets"])
    for side in ("input", "output"):
        for dataset in event[f"{side}s"]:
            yield from (f"dataset.{name}" for name in dataset["facets"])
            yield from (f"{side}.{name}" for name in dataset.get(f"{side}Facets", {}))


@functools.cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    event = _class_schema(event_v2.RunEvent)
    event["properties"]["eventType"] = {"enum": [kind.value for kind in event_v2.RunState]}
    event["properties"]["schemaURL"] = {"const": event_v2.RunEvent._get_schema()}
    event["required"] = sorted({*event["required"], "producer", "schemaURL", "eventType"})
    properties = event["properties"]
    properties["run"]["properties"]["facets"] = _facets(RUN_FACETS)
    properties["run"]["properties"]["runId"] = {"type": "string", "format": "uuid"}
    properties["job"]["properties"]["facets"] = _facets(JOB_FACETS)
    for side, own in (("input", INPUT_FACETS), ("output", OUTPUT_FACETS)):
        dataset = properties[f"{side}s"]["items"]["properties"]
        dataset["facets"] = _facets(DATASET_FACETS)
        dataset[f"{side}Facets"] = _facets(own)
    return jsonschema_rs.Draft202012Validator(event, validate_formats=True)


def _facets(classes: Mapping[str, type]) -> Schema:
    found: Schema = {"type": "object", "additionalProperties": False, "properties": {}}
    for name, cls in classes.items():
        schema = _class_schema(cls)
        schema["properties"] |= {
            "_producer": {"type": "string", "format": "uri"},
            "_schemaURL": {"const": cls._get_schema()},  # type: ignore[attr-defined]
        }
        schema["required"] = sorted({*schema["required"], "_producer", "_schemaURL"})
        found["properties"][name] = schema
    return found


def _class_schema(cls: type) -> Schema:
    hints = typing.get_type_hints(cls)
    fields = [field for field in attr.fields(cls) if not field.name.startswith("_")]  # type: ignore[arg-type]
    properties = {field.name: _schema(hints[field.name], cls) for field in fields}
    properties |= {name: {"type": "string", "format": "date-time"} for name in _TIMES & properties.keys()}
    required = sorted(field.name for field in fields if field.default is attr.NOTHING)
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def _schema(hint: Any, within: type) -> Schema:
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        # The spec knows no nulls: what may be absent is left out.
        (only,) = [argument for argument in arguments if argument is not type(None)]
        return _schema(only, within)
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0], within)}
    if origin is dict:
        value = {} if arguments[1] in _FACETS else _schema(arguments[1], within)
        return {"type": "object", "additionalProperties": value}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [member.value for member in hint]}
    # The fields of a struct are fields again, which would go on for ever; none are sent.
    return {"not": {}} if hint is within else _class_schema(hint)


_FACETS = {
    facet_v2.RunFacet,
    facet_v2.JobFacet,
    facet_v2.DatasetFacet,
    facet_v2.InputDatasetFacet,
    facet_v2.OutputDatasetFacet,
}

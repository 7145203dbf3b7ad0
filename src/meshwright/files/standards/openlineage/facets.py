"""Facets: what is said of runs, jobs and datasets. Each carries the version of its own schema (openlineage.io/spec/facets)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from meshwright.files.standards.openlineage.values import (
    Assertion,
    ColumnInput,
    LineageDataset,
    LineageJob,
    LineageRun,
    LineageStep,
    ParentRun,
    Tag,
)

Facet = dict[str, object]

_SPEC = "https://openlineage.io/spec/facets"
#: Where tags and job types come from.
_INTEGRATION = "MESHWRIGHT"
#: A rule that stops is an error to others, one that warns a warning.
_SEVERITIES = {"stop": "error", "warn": "warn", "log": "info"}


def run_facets(run: LineageRun, producer: str) -> dict[str, Facet]:
    """Return what is said of a run of meshwright itself."""
    facets = {
        "processing_engine": _processing_engine(run, producer),
        "tags": _tags(run.tags, "TagsRunFacet", producer),
    }
    if run.parent is not None:
        facets["parent"] = parent_facet(run.parent, run.root or run.parent, producer)
    if run.nominal_start is not None:
        facets["nominalTime"] = _nominal_time(run.nominal_start, run.nominal_end, producer)
    return facets


def step_facets(run: LineageRun, step: LineageStep, producer: str) -> dict[str, Facet]:
    """Return what is said of every step of a run."""
    return {
        "parent": parent_facet(step.parent or run.itself, run.root or run.itself, producer),
        "processing_engine": _processing_engine(run, producer),
    }


def parent_facet(parent: ParentRun, root: ParentRun, producer: str) -> Facet:
    """Return the run that this one is part of, and the one at the top."""
    return _facet(
        "ParentRunFacet",
        "1-2-0",
        producer,
        run={"runId": parent.uuid},
        job={"namespace": parent.namespace, "name": parent.job},
        root={"run": {"runId": root.uuid}, "job": {"namespace": root.namespace, "name": root.job}},
    )


def error_facet(message: str, producer: str) -> Facet:
    """Return why a run or step did not end well."""
    return _facet("ErrorMessageRunFacet", "1-0-1", producer, message=message, programmingLanguage="PYTHON")


def job_facets(job: LineageJob, producer: str) -> dict[str, Facet]:
    """Return what is said of a job."""
    facets = {
        "jobType": _facet(
            "JobTypeJobFacet",
            "2-0-4",
            producer,
            processingType="BATCH",
            integration=_INTEGRATION,
            jobType=job.type,
        )
    }
    if job.owners:
        facets["ownership"] = _ownership(job.owners, "OwnershipJobFacet", producer)
    if job.description:
        facets["documentation"] = _facet("DocumentationJobFacet", "1-1-0", producer, description=job.description)
    if job.tags:
        facets["tags"] = _tags(job.tags, "TagsJobFacet", producer)
    if job.sql is not None:
        facets["sql"] = _facet("SQLJobFacet", "1-1-0", producer, query=job.sql, dialect=job.dialect)
    if job.code_url is not None and job.commit is not None:
        facets["sourceCodeLocation"] = _facet(
            "SourceCodeLocationJobFacet",
            "1-1-0",
            producer,
            type="git",
            url=job.code_url,
            path=job.code_path,
            version=job.commit,
        )
    return facets


def dataset_facets(dataset: LineageDataset, producer: str) -> dict[str, Facet]:
    """Return what is said of a dataset, whoever reads or writes it."""
    facets: dict[str, Facet] = {}
    if dataset.fields:
        facets["schema"] = _schema(dataset, producer)
        facets["datasetType"] = _facet(
            "DatasetTypeDatasetFacet", "1-0-1", producer, datasetType="VIEW" if dataset.is_view else "TABLE"
        )
    if dataset.version is not None:
        facets["version"] = _facet("DatasetVersionDatasetFacet", "1-0-1", producer, datasetVersion=dataset.version)
    if dataset.lineage:
        facets["columnLineage"] = _column_lineage(dataset.lineage, producer)
    if dataset.owners:
        facets["ownership"] = _ownership(dataset.owners, "OwnershipDatasetFacet", producer)
    if dataset.description:
        facets["documentation"] = _facet(
            "DocumentationDatasetFacet", "1-1-0", producer, description=dataset.description
        )
    if dataset.tags:
        facets["tags"] = _tags(dataset.tags, "TagsDatasetFacet", producer)
    if dataset.location is not None:
        location = {"namespace": dataset.location.namespace, "name": dataset.location.name, "type": "LOCATION"}
        facets["symlinks"] = _facet("SymlinksDatasetFacet", "1-0-1", producer, identifiers=[location])
    return facets


def input_facets(dataset: LineageDataset, producer: str) -> dict[str, Facet]:
    """Return what is said of what a step reads: how much there is of it, and what was tested on it."""
    facets: dict[str, Facet] = {}
    counts = _counts(dataset)
    if counts:
        facets["inputStatistics"] = _facet("InputStatisticsInputDatasetFacet", "1-0-0", producer, **counts)
    if dataset.assertions:
        facets["dataQualityAssertions"] = _facet(
            "DataQualityAssertionsDatasetFacet",
            "1-1-0",
            producer,
            assertions=[_assertion(assertion) for assertion in dataset.assertions],
        )
        facets["dataQualityMetrics"] = _facet(
            "DataQualityMetricsInputDatasetFacet",
            "1-0-3",
            producer,
            columnMetrics=_null_counts(dataset.assertions),
            rowCount=dataset.rows,
            bytes=dataset.size_bytes,
            fileCount=dataset.files,
        )
    return facets


def output_facets(dataset: LineageDataset, producer: str) -> dict[str, Facet]:
    """Return what is said of what a step wrote; nothing of what was there already."""
    counts = _counts(dataset)
    if not counts or not dataset.is_written:
        return {}
    return {"outputStatistics": _facet("OutputStatisticsOutputDatasetFacet", "1-0-2", producer, **counts)}


def moment_text(moment: dt.datetime) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _processing_engine(run: LineageRun, producer: str) -> Facet:
    return _facet(
        "ProcessingEngineRunFacet",
        "1-1-1",
        producer,
        name=run.engine,
        version=run.engine_release,
        openlineageAdapterVersion=run.release,
    )


def _nominal_time(start: dt.datetime, end: dt.datetime | None, producer: str) -> Facet:
    return _facet(
        "NominalTimeRunFacet",
        "1-0-1",
        producer,
        nominalStartTime=moment_text(start),
        nominalEndTime=None if end is None else moment_text(end),
    )


def _schema(dataset: LineageDataset, producer: str) -> Facet:
    fields = [
        _present(name=each.name, type=each.type, description=each.description, ordinal_position=place)
        for place, each in enumerate(dataset.fields, 1)
    ]
    return _facet("SchemaDatasetFacet", "1-2-0", producer, fields=fields)


def _column_lineage(lineage: Mapping[str, tuple[ColumnInput, ...]], producer: str) -> Facet:
    """Return the lineage of columns; what decides on all of them is said once, of the dataset.

    A grouping column decides on every column, itself among them, which is also made from it: that counts as decided on.
    """
    reached = [{(each.dataset, each.column) for each in inputs} for inputs in lineage.values()]
    of_all = {
        each
        for inputs in lineage.values()
        for each in inputs
        if not each.is_direct and all((each.dataset, each.column) in one for one in reached)
    }
    fields = {
        column: {"inputFields": [_input_field(each) for each in sorted(inputs) if each not in of_all]}
        for column, inputs in sorted(lineage.items())
    }
    return _facet(
        "ColumnLineageDatasetFacet",
        "1-2-0",
        producer,
        fields=fields,
        dataset=[_input_field(each) for each in sorted(of_all)],
    )


def _input_field(each: ColumnInput) -> dict[str, object]:
    return {
        "namespace": each.dataset.namespace,
        "name": each.dataset.name,
        "field": each.column,
        "transformations": [{"type": "DIRECT" if each.is_direct else "INDIRECT"}],
    }


def _assertion(assertion: Assertion) -> dict[str, object]:
    return _present(
        assertion=assertion.metric,
        name=assertion.name,
        success=assertion.is_kept,
        severity=_SEVERITIES.get(assertion.action, assertion.action),
        column=assertion.column,
        description=assertion.description,
        expected=assertion.expected,
        actual=assertion.actual,
    )


def _null_counts(assertions: Iterable[Assertion]) -> dict[str, object]:
    """Return the number of nulls of the columns for which a rule counted them."""
    found: dict[str, object] = {}
    for each in assertions:
        if each.metric == "nullValues" and each.column and each.actual is not None and each.actual.isdigit():
            found[each.column] = {"nullCount": int(each.actual)}
    return found


def _ownership(owners: Iterable[str], name: str, producer: str) -> Facet:
    return _facet(name, "1-0-1", producer, owners=[{"name": owner, "type": "OWNER"} for owner in owners])


def _tags(tags: Iterable[Tag], name: str, producer: str) -> Facet:
    return _facet(
        name,
        "1-0-0",
        producer,
        tags=[_present(key=tag.key, value=tag.value, source=_INTEGRATION, field=tag.column) for tag in tags],
    )


def _counts(dataset: LineageDataset) -> dict[str, object]:
    return _present(rowCount=dataset.rows, size=dataset.size_bytes, fileCount=dataset.files)


def _facet(name: str, version: str, producer: str, /, **values: object) -> Facet:
    return {
        "_producer": producer,
        "_schemaURL": f"{_SPEC}/{version}/{name}.json#/$defs/{name}",
        **_present(**values),
    }


def _present(**values: object) -> dict[str, object]:
    """Leave out what is not known: the schemas have no nulls."""
    return {key: value for key, value in values.items() if value is not None}

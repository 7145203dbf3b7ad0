"""Asking Dagster for a run: which repository has the job, what is asked, and which run came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.tools.dagster_api import JOB_TAG, Api, FoundRun, Repository
from meshwright.tools.protocol import Job, Json, ToolFailed

#: Dagster's name for the job that all assets are in.
_ASSET_JOB = "__ASSET_JOB"
#: How long a run that was asked for without an answer is looked for.
_APPEARS_S = 5.0


def own(runs: Iterable[FoundRun]) -> Sequence[FoundRun]:
    """Leave out the runs that were started again from another, which carry its tags."""
    return [each for each in runs if not each.is_again]


def appeared(api: Api, job_id: str) -> FoundRun | None:
    """Look for a run that was asked for without an answer: Dagster may have launched it, and may be at it still."""
    until = time.monotonic() + _APPEARS_S
    while True:
        with suppress(ToolFailed):
            if found := own(api.runs_of(job_id)):
                return found[0]
        if time.monotonic() > until:
            return None
        time.sleep(0.5)


def repository_of(api: Api, options: Mapping[str, Json]) -> Repository:
    """Return the repository that has the job, or the assets. Raises ToolFailed where none has, or several have."""
    every = api.repositories()
    here = [
        each
        for each in every
        if options.get("location") in {None, each.location} and options.get("repository") in {None, each.name}
    ]
    if not here:
        raise ToolFailed(
            "Dagster has no such location or repository",
            is_retryable=False,
            fix=f"there are: {', '.join(f'location {each.location}, repository {each.name}' for each in every)}",
        )
    job = str(options.get("job", _ASSET_JOB))
    found = [each for each in here if job in each.jobs]
    assets = _assets(options)
    if assets:
        known = {each: api.asset_keys(each) for each in (found or here)}
        missing = [key for key in assets if not any(key in keys for keys in known.values())]
        if missing:
            raise ToolFailed(
                f"Dagster has no asset {missing[0]!r}",
                is_retryable=False,
                fix=known_names_hint(missing[0], {key for keys in known.values() for key in keys}, what="assets"),
            )
        found = [each for each in found if set(assets) <= known[each]]
    if not found:
        names = {name for each in here for name in each.jobs if not name.startswith("__")}
        raise ToolFailed(
            f"Dagster has no job {job!r}", is_retryable=False, fix=known_names_hint(job, names, what="jobs")
        )
    if len(found) > 1:
        where = ", ".join(f"{each.location} ({each.name})" for each in found)
        raise ToolFailed(
            f"the job {job!r} is in several locations: {where}", is_retryable=False, fix="write location: NAME"
        )
    return found[0]


def params_of(job: Job, repository: Repository) -> Mapping[str, Json]:
    """Return what is asked of Dagster: what to run, with which config, under which tags."""
    selector: dict[str, Json] = {
        "jobName": str(job.options.get("job", _ASSET_JOB)),
        "repositoryName": repository.name,
        "repositoryLocationName": repository.location,
    }
    if assets := _assets(job.options):
        selector["assetSelection"] = [{"path": key.split("/")} for key in assets]
    given = job.options.get("tags") or {}
    assert isinstance(given, Mapping)
    tags = {
        **{str(name): str(value) for name, value in given.items()},
        JOB_TAG: job.id,
        "meshwright/node": job.node,
        "meshwright/environment": job.environment,
        **({"meshwright/run": job.run_id} if job.run_id else {}),
    }
    return {
        "selector": selector,
        "runConfigData": job.options.get("config") or {},
        "executionMetadata": {"tags": [{"key": name, "value": value} for name, value in tags.items()]},
    }


def _assets(options: Mapping[str, Json]) -> Sequence[str]:
    given = options.get("assets") or ()
    return [str(each) for each in given] if isinstance(given, list | tuple) else ()

"""Domain query: what the catalog knows. Written by scripts/write_api.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import cast

from meshwright.client.models import (
    Job,
    Jobs,
    JobsJob,
    OutsideDataset,
    OutsideDatasets,
    OutsideDatasetsDataset,
    OutsideRun,
)
from meshwright.client.outgoing import Outgoing
from meshwright.client.transport import AsyncTransport, Transport


class Domain:
    """Domain query: what the catalog knows."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_outside_jobs(
        self,
        *,
        namespace: str | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Jobs:
        """List the jobs of outside tools.

        List what outside tools told of, by name: what each job reads and writes, and how its newest run is.

        GET /api/v1/jobs

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/jobs",
            query={"namespace": namespace, "env": env, "limit": limit, "cursor": cursor},
        )
        answer = self._transport.send(sent)
        return cast("Jobs", answer.json())

    def all_outside_jobs(
        self, *, namespace: str | None = None, env: str | None = None, limit: int | None = None
    ) -> Iterator[JobsJob]:
        """List the jobs of outside tools, page after page.

        List what outside tools told of, by name: what each job reads and writes, and how its newest run is.

        GET /api/v1/jobs

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        """
        cursor: str | None = None
        while True:
            page = self.list_outside_jobs(namespace=namespace, env=env, limit=limit, cursor=cursor)
            yield from page["jobs"]
            cursor = page["next"]
            if cursor is None:
                return

    def show_outside_job(self, job_id: str, *, env: str | None = None) -> Job:
        """A job of an outside tool.

        Show a job: its facets, its newest runs, and what was told of it.

        GET /api/v1/jobs/{job_id}

        - job_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(method="GET", template="/api/v1/jobs/{job_id}", path={"job_id": job_id}, query={"env": env})
        answer = self._transport.send(sent)
        return cast("Job", answer.json())

    def show_run_outside(self, run_id: str, *, env: str | None = None) -> OutsideRun:
        """A run of an outside tool.

        Show a run: its state, its datasets with what was told of them, metrics, messages and outcomes of tests.

        GET /api/v1/outside/runs/{run_id}

        - run_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/outside/runs/{run_id}", path={"run_id": run_id}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("OutsideRun", answer.json())

    def list_datasets_outside(
        self, *, env: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> OutsideDatasets:
        """List datasets outside.

        List the datasets that outside tools told of and that are none of this mesh's.

        GET /api/v1/outside/datasets

        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/outside/datasets", query={"env": env, "limit": limit, "cursor": cursor}
        )
        answer = self._transport.send(sent)
        return cast("OutsideDatasets", answer.json())

    def all_datasets_outside(
        self, *, env: str | None = None, limit: int | None = None
    ) -> Iterator[OutsideDatasetsDataset]:
        """List datasets outside, page after page.

        List the datasets that outside tools told of and that are none of this mesh's.

        GET /api/v1/outside/datasets

        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        """
        cursor: str | None = None
        while True:
            page = self.list_datasets_outside(env=env, limit=limit, cursor=cursor)
            yield from page["datasets"]
            cursor = page["next"]
            if cursor is None:
                return

    def show_dataset_outside(self, dataset_id: str, *, env: str | None = None) -> OutsideDataset:
        """A dataset outside.

        Show a dataset outside: its names, columns and facets, who reads and who writes it.

        GET /api/v1/outside/datasets/{dataset_id}

        - dataset_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/outside/datasets/{dataset_id}",
            path={"dataset_id": dataset_id},
            query={"env": env},
        )
        answer = self._transport.send(sent)
        return cast("OutsideDataset", answer.json())


class AsyncDomain:
    """Domain query: what the catalog knows."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list_outside_jobs(
        self,
        *,
        namespace: str | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Jobs:
        """List the jobs of outside tools.

        List what outside tools told of, by name: what each job reads and writes, and how its newest run is.

        GET /api/v1/jobs

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/jobs",
            query={"namespace": namespace, "env": env, "limit": limit, "cursor": cursor},
        )
        answer = await self._transport.send(sent)
        return cast("Jobs", answer.json())

    async def all_outside_jobs(
        self, *, namespace: str | None = None, env: str | None = None, limit: int | None = None
    ) -> AsyncIterator[JobsJob]:
        """List the jobs of outside tools, page after page.

        List what outside tools told of, by name: what each job reads and writes, and how its newest run is.

        GET /api/v1/jobs

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        """
        cursor: str | None = None
        while True:
            page = await self.list_outside_jobs(namespace=namespace, env=env, limit=limit, cursor=cursor)
            for item in page["jobs"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def show_outside_job(self, job_id: str, *, env: str | None = None) -> Job:
        """A job of an outside tool.

        Show a job: its facets, its newest runs, and what was told of it.

        GET /api/v1/jobs/{job_id}

        - job_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(method="GET", template="/api/v1/jobs/{job_id}", path={"job_id": job_id}, query={"env": env})
        answer = await self._transport.send(sent)
        return cast("Job", answer.json())

    async def show_run_outside(self, run_id: str, *, env: str | None = None) -> OutsideRun:
        """A run of an outside tool.

        Show a run: its state, its datasets with what was told of them, metrics, messages and outcomes of tests.

        GET /api/v1/outside/runs/{run_id}

        - run_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/outside/runs/{run_id}", path={"run_id": run_id}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("OutsideRun", answer.json())

    async def list_datasets_outside(
        self, *, env: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> OutsideDatasets:
        """List datasets outside.

        List the datasets that outside tools told of and that are none of this mesh's.

        GET /api/v1/outside/datasets

        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/outside/datasets", query={"env": env, "limit": limit, "cursor": cursor}
        )
        answer = await self._transport.send(sent)
        return cast("OutsideDatasets", answer.json())

    async def all_datasets_outside(
        self, *, env: str | None = None, limit: int | None = None
    ) -> AsyncIterator[OutsideDatasetsDataset]:
        """List datasets outside, page after page.

        List the datasets that outside tools told of and that are none of this mesh's.

        GET /api/v1/outside/datasets

        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        """
        cursor: str | None = None
        while True:
            page = await self.list_datasets_outside(env=env, limit=limit, cursor=cursor)
            for item in page["datasets"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def show_dataset_outside(self, dataset_id: str, *, env: str | None = None) -> OutsideDataset:
        """A dataset outside.

        Show a dataset outside: its names, columns and facets, who reads and who writes it.

        GET /api/v1/outside/datasets/{dataset_id}

        - dataset_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/outside/datasets/{dataset_id}",
            path={"dataset_id": dataset_id},
            query={"env": env},
        )
        answer = await self._transport.send(sent)
        return cast("OutsideDataset", answer.json())

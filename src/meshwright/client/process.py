"""Process query: runs, started, followed, stopped. Written by scripts/write_api.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import cast

from meshwright.client.models import (
    Grouping,
    ListedRun,
    RunLog,
    RunRecord,
    RunRequest,
    Runs,
    RunsCost,
    RunsDiff,
    RunsOpenlineage,
    RunStop,
    SchedulePause,
    Schedules,
)
from meshwright.client.outgoing import Outgoing, present
from meshwright.client.streams import ServerEvent, document_of
from meshwright.client.transport import AsyncTransport, Transport


class Process:
    """Process query: runs, started, followed, stopped."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def follow_run(self, run_id: str, *, last_event_id: str | None = None) -> Iterator[ServerEvent]:
        """Follow a run.

        Follow a run by server-sent events: `run` (its state), `step`, `log`, and `end` when it has ended.

        It begins with the whole present state, or behind the event that `Last-Event-ID` names; nothing is left out, and
        nothing told twice. Where all has been told and the run has ended, the answer is 204: there is nothing to come
        back for.

        GET /api/v1/runs/{run_id}/stream

        - run_id: Id of a run, or its unique beginning.
        - last_event_id: Id of the last event that came: it is gone on behind it.
        """
        yield from self._transport.follow(
            Outgoing(
                method="GET",
                template="/api/v1/runs/{run_id}/stream",
                path={"run_id": run_id},
                headers={"Last-Event-ID": last_event_id},
                accept="text/event-stream",
            )
        )

    def list_runs(
        self,
        *,
        state: str | None = None,
        environment: str | None = None,
        product: str | None = None,
        since: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Runs:
        """List runs.

        List runs, newest first; those that wait to begin are among them.

        GET /api/v1/runs

        - state: One of waiting, running, succeeded, partial, failed, stopped, interrupted.
        - environment: An environment.
        - product: `domain.product`: runs with a step of it.
        - since: Began then or later.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/runs",
            query={
                "state": state,
                "environment": environment,
                "product": product,
                "since": since,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer = self._transport.send(sent)
        return cast("Runs", document_of(answer))

    def all_runs(
        self,
        *,
        state: str | None = None,
        environment: str | None = None,
        product: str | None = None,
        since: str | None = None,
        page_size: int | None = None,
    ) -> Iterator[ListedRun]:
        """List runs, page after page.

        List runs, newest first; those that wait to begin are among them.

        GET /api/v1/runs

        - state: One of waiting, running, succeeded, partial, failed, stopped, interrupted.
        - environment: An environment.
        - product: `domain.product`: runs with a step of it.
        - since: Began then or later.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.list_runs(
                state=state, environment=environment, product=product, since=since, limit=page_size, cursor=cursor
            )
            yield from page["runs"]
            cursor = page["next"]
            if cursor is None:
                return

    def start_run(
        self,
        *,
        select: str | list[str] | None = None,
        variation: str | None = None,
        params: dict[str, str | bool | int | float] | None = None,
        environment: str | None = None,
        interval: str | None = None,
        only: bool | None = None,
        retest: bool | None = None,
        refresh: bool | None = None,
        idempotency_key: str | None = None,
    ) -> RunRequest:
        """Start a run.

        Ask for a run. It is checked and recorded before this is answered, and begins at once, or in its turn.

        What no run could begin with (a selection that matches nothing, a parameter that nobody declares, an environment
        that is not there, a mesh with errors) is refused, and nothing is recorded.

        POST /api/v1/runs

        - select: What: a domain, product or dataset, with `+` for what is up or down stream; several words, or a list
          of them, are added together. Default: the whole mesh.
        - variation: Build this variation of what is selected.
        - params: Values of parameters, by name.
        - environment: An environment, or a sandbox. Default: prod, as without --env.
        - interval: `A..B`, half-open: intervals that are built again.
        - only: Build just what is selected, and read all else as published.
        - retest: Measure every rule again.
        - refresh: Run opaque nodes again.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "select": select,
                    "variation": variation,
                    "params": params,
                    "environment": environment,
                    "interval": interval,
                    "only": only,
                    "retest": retest,
                    "refresh": refresh,
                }
            ),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("RunRequest", document_of(answer))

    def get_run(self, run_id: str) -> RunRecord:
        """A run's record.

        Show a run: its steps, tests, log, and what was asked for. One that has not begun waits, with no steps yet.

        GET /api/v1/runs/{run_id}

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="GET", template="/api/v1/runs/{run_id}", path={"run_id": run_id})
        answer = self._transport.send(sent)
        return cast("RunRecord", document_of(answer))

    def get_run_log(
        self,
        run_id: str,
        *,
        after: int | None = None,
        limit: int | None = None,
        dataset: str | None = None,
        search: str | None = None,
    ) -> RunLog:
        """A run's log.

        Read the log of a run, so many lines at a time.

        GET /api/v1/runs/{run_id}/log

        - run_id: Id of a run, or its unique beginning.
        - after: Lines behind the one of this number: `next_after` of the page before.
        - limit: At most so many.
        - dataset: Only what the steps of this node said.
        - search: Only lines that hold this text, in whatever case.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/runs/{run_id}/log",
            path={"run_id": run_id},
            query={"after": after, "limit": limit, "dataset": dataset, "search": search},
        )
        answer = self._transport.send(sent)
        return cast("RunLog", document_of(answer))

    def stop_run(self, run_id: str) -> RunStop:
        """Stop a run.

        Ask that a run stops, and do not wait for it; one that waits never begins. One that has ended stays as it is.

        POST /api/v1/runs/{run_id}/stop

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="POST", template="/api/v1/runs/{run_id}/stop", path={"run_id": run_id})
        answer = self._transport.send(sent)
        return cast("RunStop", document_of(answer))

    def resume_run(self, run_id: str, *, from_: str | None = None, idempotency_key: str | None = None) -> RunRequest:
        """Go on with a run.

        Go on with a run that was interrupted, from its own frozen files; finished work is not repeated.

        With `from` it is about that node and what is made from it; of a run that has ended a new one is made, and
        answered. A run that goes on already is answered as it stands.

        POST /api/v1/runs/{run_id}/resume

        - run_id: Id of a run, or its unique beginning.
        - from_: From this node on: it, and all below it, again. Also of a run that has ended.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/resume",
            path={"run_id": run_id},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"from": from_}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("RunRequest", document_of(answer))

    def repeat_run(self, run_id: str, *, idempotency_key: str | None = None) -> RunRequest:
        """Make a run again.

        Make a recorded run again from its own files and parameters, by a new run that publishes nothing.

        POST /api/v1/runs/{run_id}/repeat

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/repeat",
            path={"run_id": run_id},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("RunRequest", document_of(answer))

    def get_run_openlineage(self, run_id: str) -> RunsOpenlineage:
        """A run's OpenLineage events.

        Give the OpenLineage events of a recorded run.

        GET /api/v1/runs/{run_id}/openlineage

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="GET", template="/api/v1/runs/{run_id}/openlineage", path={"run_id": run_id})
        answer = self._transport.send(sent)
        return cast("RunsOpenlineage", document_of(answer))

    def diff_runs(self, run_id: str, other_id: str) -> RunsDiff:
        """Compare two runs.

        Compare two recorded runs: code, options, versions, steps, verdicts and costs.

        GET /api/v1/runs/{run_id}/diff/{other_id}

        - run_id: Id of a run, or its unique beginning.
        - other_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/runs/{run_id}/diff/{other_id}",
            path={"run_id": run_id, "other_id": other_id},
        )
        answer = self._transport.send(sent)
        return cast("RunsDiff", document_of(answer))

    def get_costs(self, *, by: Grouping | None = None, since: str | None = None) -> RunsCost:
        """What runs cost.

        Sum what runs cost, by product or by domain.

        GET /api/v1/costs

        - by: What costs are summed by.
        - since: How long ago they began at most.
        """
        sent = Outgoing(method="GET", template="/api/v1/costs", query={"by": by, "since": since})
        answer = self._transport.send(sent)
        return cast("RunsCost", document_of(answer))

    def get_schedules(self, *, name: str | None = None, next_: int | None = None, env: str | None = None) -> Schedules:
        """List schedules.

        List what starts runs by itself: what will happen when and why, what happened last, and whether anybody is
        there.

        GET /api/v1/schedules

        - name: Only this trigger, or those of a product.
        - next_: How many moments to come.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/schedules", query={"name": name, "next": next_, "env": env})
        answer = self._transport.send(sent)
        return cast("Schedules", document_of(answer))

    def pause_schedule(self, name: str, *, reason: str, env: str | None = None) -> SchedulePause:
        """Pause a schedule.

        Let a trigger, or all those of a product, start nothing until it is resumed. What is paused already keeps its
        reason.

        POST /api/v1/schedules/{name}/pause

        - name: A trigger, or a product for all of its triggers.
        - reason: Why, for whoever asks later.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/schedules/{name}/pause",
            path={"name": name},
            query={"env": env},
            json=present({"reason": reason}),
        )
        answer = self._transport.send(sent)
        return cast("SchedulePause", document_of(answer))

    def resume_schedule(self, name: str, *, catch_up: bool | None = None, env: str | None = None) -> SchedulePause:
        """Resume a schedule.

        Let go on what was paused; moments that fell into the pause are passed over unless they are to be caught up
        with.

        POST /api/v1/schedules/{name}/resume

        - name: A trigger, or a product for all of its triggers.
        - catch_up: Make up for what was missed, as the schedule says.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/schedules/{name}/resume",
            path={"name": name},
            query={"env": env},
            json=present({"catch_up": catch_up}),
        )
        answer = self._transport.send(sent)
        return cast("SchedulePause", document_of(answer))


class AsyncProcess:
    """Process query: runs, started, followed, stopped."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def follow_run(self, run_id: str, *, last_event_id: str | None = None) -> AsyncIterator[ServerEvent]:
        """Follow a run.

        Follow a run by server-sent events: `run` (its state), `step`, `log`, and `end` when it has ended.

        It begins with the whole present state, or behind the event that `Last-Event-ID` names; nothing is left out, and
        nothing told twice. Where all has been told and the run has ended, the answer is 204: there is nothing to come
        back for.

        GET /api/v1/runs/{run_id}/stream

        - run_id: Id of a run, or its unique beginning.
        - last_event_id: Id of the last event that came: it is gone on behind it.
        """
        async for event in self._transport.follow(
            Outgoing(
                method="GET",
                template="/api/v1/runs/{run_id}/stream",
                path={"run_id": run_id},
                headers={"Last-Event-ID": last_event_id},
                accept="text/event-stream",
            )
        ):
            yield event

    async def list_runs(
        self,
        *,
        state: str | None = None,
        environment: str | None = None,
        product: str | None = None,
        since: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Runs:
        """List runs.

        List runs, newest first; those that wait to begin are among them.

        GET /api/v1/runs

        - state: One of waiting, running, succeeded, partial, failed, stopped, interrupted.
        - environment: An environment.
        - product: `domain.product`: runs with a step of it.
        - since: Began then or later.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/runs",
            query={
                "state": state,
                "environment": environment,
                "product": product,
                "since": since,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer = await self._transport.send(sent)
        return cast("Runs", document_of(answer))

    async def all_runs(
        self,
        *,
        state: str | None = None,
        environment: str | None = None,
        product: str | None = None,
        since: str | None = None,
        page_size: int | None = None,
    ) -> AsyncIterator[ListedRun]:
        """List runs, page after page.

        List runs, newest first; those that wait to begin are among them.

        GET /api/v1/runs

        - state: One of waiting, running, succeeded, partial, failed, stopped, interrupted.
        - environment: An environment.
        - product: `domain.product`: runs with a step of it.
        - since: Began then or later.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.list_runs(
                state=state, environment=environment, product=product, since=since, limit=page_size, cursor=cursor
            )
            for item in page["runs"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def start_run(
        self,
        *,
        select: str | list[str] | None = None,
        variation: str | None = None,
        params: dict[str, str | bool | int | float] | None = None,
        environment: str | None = None,
        interval: str | None = None,
        only: bool | None = None,
        retest: bool | None = None,
        refresh: bool | None = None,
        idempotency_key: str | None = None,
    ) -> RunRequest:
        """Start a run.

        Ask for a run. It is checked and recorded before this is answered, and begins at once, or in its turn.

        What no run could begin with (a selection that matches nothing, a parameter that nobody declares, an environment
        that is not there, a mesh with errors) is refused, and nothing is recorded.

        POST /api/v1/runs

        - select: What: a domain, product or dataset, with `+` for what is up or down stream; several words, or a list
          of them, are added together. Default: the whole mesh.
        - variation: Build this variation of what is selected.
        - params: Values of parameters, by name.
        - environment: An environment, or a sandbox. Default: prod, as without --env.
        - interval: `A..B`, half-open: intervals that are built again.
        - only: Build just what is selected, and read all else as published.
        - retest: Measure every rule again.
        - refresh: Run opaque nodes again.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "select": select,
                    "variation": variation,
                    "params": params,
                    "environment": environment,
                    "interval": interval,
                    "only": only,
                    "retest": retest,
                    "refresh": refresh,
                }
            ),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("RunRequest", document_of(answer))

    async def get_run(self, run_id: str) -> RunRecord:
        """A run's record.

        Show a run: its steps, tests, log, and what was asked for. One that has not begun waits, with no steps yet.

        GET /api/v1/runs/{run_id}

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="GET", template="/api/v1/runs/{run_id}", path={"run_id": run_id})
        answer = await self._transport.send(sent)
        return cast("RunRecord", document_of(answer))

    async def get_run_log(
        self,
        run_id: str,
        *,
        after: int | None = None,
        limit: int | None = None,
        dataset: str | None = None,
        search: str | None = None,
    ) -> RunLog:
        """A run's log.

        Read the log of a run, so many lines at a time.

        GET /api/v1/runs/{run_id}/log

        - run_id: Id of a run, or its unique beginning.
        - after: Lines behind the one of this number: `next_after` of the page before.
        - limit: At most so many.
        - dataset: Only what the steps of this node said.
        - search: Only lines that hold this text, in whatever case.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/runs/{run_id}/log",
            path={"run_id": run_id},
            query={"after": after, "limit": limit, "dataset": dataset, "search": search},
        )
        answer = await self._transport.send(sent)
        return cast("RunLog", document_of(answer))

    async def stop_run(self, run_id: str) -> RunStop:
        """Stop a run.

        Ask that a run stops, and do not wait for it; one that waits never begins. One that has ended stays as it is.

        POST /api/v1/runs/{run_id}/stop

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="POST", template="/api/v1/runs/{run_id}/stop", path={"run_id": run_id})
        answer = await self._transport.send(sent)
        return cast("RunStop", document_of(answer))

    async def resume_run(
        self, run_id: str, *, from_: str | None = None, idempotency_key: str | None = None
    ) -> RunRequest:
        """Go on with a run.

        Go on with a run that was interrupted, from its own frozen files; finished work is not repeated.

        With `from` it is about that node and what is made from it; of a run that has ended a new one is made, and
        answered. A run that goes on already is answered as it stands.

        POST /api/v1/runs/{run_id}/resume

        - run_id: Id of a run, or its unique beginning.
        - from_: From this node on: it, and all below it, again. Also of a run that has ended.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/resume",
            path={"run_id": run_id},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"from": from_}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("RunRequest", document_of(answer))

    async def repeat_run(self, run_id: str, *, idempotency_key: str | None = None) -> RunRequest:
        """Make a run again.

        Make a recorded run again from its own files and parameters, by a new run that publishes nothing.

        POST /api/v1/runs/{run_id}/repeat

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/repeat",
            path={"run_id": run_id},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("RunRequest", document_of(answer))

    async def get_run_openlineage(self, run_id: str) -> RunsOpenlineage:
        """A run's OpenLineage events.

        Give the OpenLineage events of a recorded run.

        GET /api/v1/runs/{run_id}/openlineage

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="GET", template="/api/v1/runs/{run_id}/openlineage", path={"run_id": run_id})
        answer = await self._transport.send(sent)
        return cast("RunsOpenlineage", document_of(answer))

    async def diff_runs(self, run_id: str, other_id: str) -> RunsDiff:
        """Compare two runs.

        Compare two recorded runs: code, options, versions, steps, verdicts and costs.

        GET /api/v1/runs/{run_id}/diff/{other_id}

        - run_id: Id of a run, or its unique beginning.
        - other_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/runs/{run_id}/diff/{other_id}",
            path={"run_id": run_id, "other_id": other_id},
        )
        answer = await self._transport.send(sent)
        return cast("RunsDiff", document_of(answer))

    async def get_costs(self, *, by: Grouping | None = None, since: str | None = None) -> RunsCost:
        """What runs cost.

        Sum what runs cost, by product or by domain.

        GET /api/v1/costs

        - by: What costs are summed by.
        - since: How long ago they began at most.
        """
        sent = Outgoing(method="GET", template="/api/v1/costs", query={"by": by, "since": since})
        answer = await self._transport.send(sent)
        return cast("RunsCost", document_of(answer))

    async def get_schedules(
        self, *, name: str | None = None, next_: int | None = None, env: str | None = None
    ) -> Schedules:
        """List schedules.

        List what starts runs by itself: what will happen when and why, what happened last, and whether anybody is
        there.

        GET /api/v1/schedules

        - name: Only this trigger, or those of a product.
        - next_: How many moments to come.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/schedules", query={"name": name, "next": next_, "env": env})
        answer = await self._transport.send(sent)
        return cast("Schedules", document_of(answer))

    async def pause_schedule(self, name: str, *, reason: str, env: str | None = None) -> SchedulePause:
        """Pause a schedule.

        Let a trigger, or all those of a product, start nothing until it is resumed. What is paused already keeps its
        reason.

        POST /api/v1/schedules/{name}/pause

        - name: A trigger, or a product for all of its triggers.
        - reason: Why, for whoever asks later.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/schedules/{name}/pause",
            path={"name": name},
            query={"env": env},
            json=present({"reason": reason}),
        )
        answer = await self._transport.send(sent)
        return cast("SchedulePause", document_of(answer))

    async def resume_schedule(
        self, name: str, *, catch_up: bool | None = None, env: str | None = None
    ) -> SchedulePause:
        """Resume a schedule.

        Let go on what was paused; moments that fell into the pause are passed over unless they are to be caught up
        with.

        POST /api/v1/schedules/{name}/resume

        - name: A trigger, or a product for all of its triggers.
        - catch_up: Make up for what was missed, as the schedule says.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/schedules/{name}/resume",
            path={"name": name},
            query={"env": env},
            json=present({"catch_up": catch_up}),
        )
        answer = await self._transport.send(sent)
        return cast("SchedulePause", document_of(answer))

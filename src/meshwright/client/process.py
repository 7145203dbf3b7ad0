"""Process query: runs, started, followed, stopped. Written by scripts/write_api.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal, cast

from meshwright.client.models import (
    Grouping,
    ListedRun,
    Run,
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
    Test,
)
from meshwright.client.outgoing import Outgoing, present
from meshwright.client.streams import ServerEvent, document_of
from meshwright.client.transport import AsyncTransport, Transport


class Process:
    """Process query: runs, started, followed, stopped."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_runs(
        self,
        *,
        state: str | None = None,
        environment: str | None = None,
        product: str | None = None,
        since: str | None = None,
        tree: bool | None = None,
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
        - tree: Below each run those that it started, and those that repeat it; `limit` alone goes with it.
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
                "tree": tree,
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
        tree: bool | None = None,
        page_size: int | None = None,
    ) -> Iterator[ListedRun]:
        """List runs, page after page.

        List runs, newest first; those that wait to begin are among them.

        GET /api/v1/runs

        - state: One of waiting, running, succeeded, partial, failed, stopped, interrupted.
        - environment: An environment.
        - product: `domain.product`: runs with a step of it.
        - since: Began then or later.
        - tree: Below each run those that it started, and those that repeat it; `limit` alone goes with it.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.list_runs(
                state=state,
                environment=environment,
                product=product,
                since=since,
                tree=tree,
                limit=page_size,
                cursor=cursor,
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
        prefer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Run | RunRequest:
        """Start a run.

        Ask for a run. It is checked and recorded before this is answered, and begins at once, or in its turn.

        What no run could begin with (a selection that matches nothing, a parameter that nobody declares, an environment
        that is not there, a mesh with errors, a built-in policy that is not kept) is refused, and nothing is recorded.
        With `Prefer: wait=SECONDS` it is answered when the run has ended: 200, with what `GET /runs/{run_id}/report`
        tells.

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
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs",
            headers={"Prefer": prefer, "Idempotency-Key": idempotency_key},
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
        return cast("Run | RunRequest", document_of(answer))

    def stop_run(self, run_id: str, *, prefer: str | None = None, idempotency_key: str | None = None) -> RunStop:
        """Stop a run.

        Ask that a run stops; one that waits never begins. One that has ended stays as it is: `asked` is empty then.

        With `Prefer: wait=SECONDS` it is answered when the run has ended, and how.

        POST /api/v1/runs/{run_id}/stop

        - run_id: Id of a run, or its unique beginning.
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/stop",
            path={"run_id": run_id},
            headers={"Prefer": prefer, "Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("RunStop", document_of(answer))

    def resume_run(
        self, run_id: str, *, from_: str | None = None, prefer: str | None = None, idempotency_key: str | None = None
    ) -> Run | RunRequest:
        """Go on with a run.

        Go on with a run that was interrupted, from its own frozen files; finished work is not repeated.

        With `from` it is about that node and what is made from it; of a run that has ended a new one is made, and
        answered. A run that goes on already is answered as it stands.

        POST /api/v1/runs/{run_id}/resume

        - run_id: Id of a run, or its unique beginning.
        - from_: From this node on: it, and all below it, again. Also of a run that has ended.
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/resume",
            path={"run_id": run_id},
            headers={"Prefer": prefer, "Idempotency-Key": idempotency_key},
            json=present({"from": from_}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Run | RunRequest", document_of(answer))

    def repeat_run(
        self, run_id: str, *, prefer: str | None = None, idempotency_key: str | None = None
    ) -> dict[str, Any] | RunRequest:
        """Make a run again.

        Make a recorded run again from its own files and parameters, by a new run that publishes nothing.

        POST /api/v1/runs/{run_id}/repeat

        - run_id: Id of a run, or its unique beginning.
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/repeat",
            path={"run_id": run_id},
            headers={"Prefer": prefer, "Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("dict[str, Any] | RunRequest", document_of(answer))

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

    def get_run(self, run_id: str) -> RunRecord:
        """A run's record.

        Show a run: its steps, tests, log, and what was asked for. One that has not begun waits, with no steps yet.

        GET /api/v1/runs/{run_id}

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="GET", template="/api/v1/runs/{run_id}", path={"run_id": run_id})
        answer = self._transport.send(sent)
        return cast("RunRecord", document_of(answer))

    def get_run_report(self, run_id: str) -> Run:
        """What came of a run.

        Give the document that the command which carried a run out ends with: of `mw run`, `runs repeat` or `promote`.

        409 while the run waits or goes on; what refused it before it began is told as it would be told there.

        GET /api/v1/runs/{run_id}/report

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="GET", template="/api/v1/runs/{run_id}/report", path={"run_id": run_id})
        answer = self._transport.send(sent)
        return cast("Run", document_of(answer))

    def get_run_archive_bytes(self, run_id: str, *, accept: Literal["application/zip"]) -> Iterator[bytes]:
        """A run's archive, as bytes of another form.

        Give the whole record of a run as `mw runs export` writes it: a zip file without data and without secrets.

        The same record gives the same bytes; `mw runs export --check` holds one against its manifest.

        GET /api/v1/runs/{run_id}/archive

        - run_id: Id of a run, or its unique beginning.
        """
        with self._transport.stream(
            Outgoing(method="GET", template="/api/v1/runs/{run_id}/archive", path={"run_id": run_id}, accept=accept)
        ) as answer:
            yield from answer.iter_bytes()

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

    def pause_schedule(
        self, name: str, *, reason: str, env: str | None = None, idempotency_key: str | None = None
    ) -> SchedulePause:
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
            headers={"Idempotency-Key": idempotency_key},
            json=present({"reason": reason}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("SchedulePause", document_of(answer))

    def resume_schedule(
        self, name: str, *, catch_up: bool | None = None, env: str | None = None, idempotency_key: str | None = None
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
            headers={"Idempotency-Key": idempotency_key},
            json=present({"catch_up": catch_up}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("SchedulePause", document_of(answer))

    def run_tests(
        self,
        environment: str,
        *,
        select: str | list[str] | None = None,
        variation: str | None = None,
        params: dict[str, str] | None = None,
        units: bool | None = None,
        data: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Test:
        """Test what is there.

        Run the unit tests, and measure the rules on the versions that are there, without building anything.

        The answer comes when all is measured, which takes what it takes: a client must wait for it. Sent again with the
        same `Idempotency-Key`, a request whose answer was lost is answered without measuring again. It is 200 whatever
        the verdicts are: `ok` says whether one stops.

        POST /api/v1/environments/{environment}/test

        - environment: Name of the environment.
        - select: By default the whole mesh.
        - variation: The variation of this name, of all that is selected and has it.
        - params: Parameters, as texts.
        - units: Run unit tests: on the rows of the tests, beside no data.
        - data: Measure rules on the versions that are there.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/test",
            path={"environment": environment},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"select": select, "variation": variation, "params": params, "units": units, "data": data}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Test", document_of(answer))


class AsyncProcess:
    """Process query: runs, started, followed, stopped."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list_runs(
        self,
        *,
        state: str | None = None,
        environment: str | None = None,
        product: str | None = None,
        since: str | None = None,
        tree: bool | None = None,
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
        - tree: Below each run those that it started, and those that repeat it; `limit` alone goes with it.
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
                "tree": tree,
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
        tree: bool | None = None,
        page_size: int | None = None,
    ) -> AsyncIterator[ListedRun]:
        """List runs, page after page.

        List runs, newest first; those that wait to begin are among them.

        GET /api/v1/runs

        - state: One of waiting, running, succeeded, partial, failed, stopped, interrupted.
        - environment: An environment.
        - product: `domain.product`: runs with a step of it.
        - since: Began then or later.
        - tree: Below each run those that it started, and those that repeat it; `limit` alone goes with it.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.list_runs(
                state=state,
                environment=environment,
                product=product,
                since=since,
                tree=tree,
                limit=page_size,
                cursor=cursor,
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
        prefer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Run | RunRequest:
        """Start a run.

        Ask for a run. It is checked and recorded before this is answered, and begins at once, or in its turn.

        What no run could begin with (a selection that matches nothing, a parameter that nobody declares, an environment
        that is not there, a mesh with errors, a built-in policy that is not kept) is refused, and nothing is recorded.
        With `Prefer: wait=SECONDS` it is answered when the run has ended: 200, with what `GET /runs/{run_id}/report`
        tells.

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
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs",
            headers={"Prefer": prefer, "Idempotency-Key": idempotency_key},
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
        return cast("Run | RunRequest", document_of(answer))

    async def stop_run(self, run_id: str, *, prefer: str | None = None, idempotency_key: str | None = None) -> RunStop:
        """Stop a run.

        Ask that a run stops; one that waits never begins. One that has ended stays as it is: `asked` is empty then.

        With `Prefer: wait=SECONDS` it is answered when the run has ended, and how.

        POST /api/v1/runs/{run_id}/stop

        - run_id: Id of a run, or its unique beginning.
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/stop",
            path={"run_id": run_id},
            headers={"Prefer": prefer, "Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("RunStop", document_of(answer))

    async def resume_run(
        self, run_id: str, *, from_: str | None = None, prefer: str | None = None, idempotency_key: str | None = None
    ) -> Run | RunRequest:
        """Go on with a run.

        Go on with a run that was interrupted, from its own frozen files; finished work is not repeated.

        With `from` it is about that node and what is made from it; of a run that has ended a new one is made, and
        answered. A run that goes on already is answered as it stands.

        POST /api/v1/runs/{run_id}/resume

        - run_id: Id of a run, or its unique beginning.
        - from_: From this node on: it, and all below it, again. Also of a run that has ended.
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/resume",
            path={"run_id": run_id},
            headers={"Prefer": prefer, "Idempotency-Key": idempotency_key},
            json=present({"from": from_}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Run | RunRequest", document_of(answer))

    async def repeat_run(
        self, run_id: str, *, prefer: str | None = None, idempotency_key: str | None = None
    ) -> dict[str, Any] | RunRequest:
        """Make a run again.

        Make a recorded run again from its own files and parameters, by a new run that publishes nothing.

        POST /api/v1/runs/{run_id}/repeat

        - run_id: Id of a run, or its unique beginning.
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/runs/{run_id}/repeat",
            path={"run_id": run_id},
            headers={"Prefer": prefer, "Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("dict[str, Any] | RunRequest", document_of(answer))

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

    async def get_run(self, run_id: str) -> RunRecord:
        """A run's record.

        Show a run: its steps, tests, log, and what was asked for. One that has not begun waits, with no steps yet.

        GET /api/v1/runs/{run_id}

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="GET", template="/api/v1/runs/{run_id}", path={"run_id": run_id})
        answer = await self._transport.send(sent)
        return cast("RunRecord", document_of(answer))

    async def get_run_report(self, run_id: str) -> Run:
        """What came of a run.

        Give the document that the command which carried a run out ends with: of `mw run`, `runs repeat` or `promote`.

        409 while the run waits or goes on; what refused it before it began is told as it would be told there.

        GET /api/v1/runs/{run_id}/report

        - run_id: Id of a run, or its unique beginning.
        """
        sent = Outgoing(method="GET", template="/api/v1/runs/{run_id}/report", path={"run_id": run_id})
        answer = await self._transport.send(sent)
        return cast("Run", document_of(answer))

    async def get_run_archive_bytes(self, run_id: str, *, accept: Literal["application/zip"]) -> AsyncIterator[bytes]:
        """A run's archive, as bytes of another form.

        Give the whole record of a run as `mw runs export` writes it: a zip file without data and without secrets.

        The same record gives the same bytes; `mw runs export --check` holds one against its manifest.

        GET /api/v1/runs/{run_id}/archive

        - run_id: Id of a run, or its unique beginning.
        """
        async with self._transport.stream(
            Outgoing(method="GET", template="/api/v1/runs/{run_id}/archive", path={"run_id": run_id}, accept=accept)
        ) as answer:
            async for data in answer.aiter_bytes():
                yield data

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

    async def pause_schedule(
        self, name: str, *, reason: str, env: str | None = None, idempotency_key: str | None = None
    ) -> SchedulePause:
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
            headers={"Idempotency-Key": idempotency_key},
            json=present({"reason": reason}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("SchedulePause", document_of(answer))

    async def resume_schedule(
        self, name: str, *, catch_up: bool | None = None, env: str | None = None, idempotency_key: str | None = None
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
            headers={"Idempotency-Key": idempotency_key},
            json=present({"catch_up": catch_up}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("SchedulePause", document_of(answer))

    async def run_tests(
        self,
        environment: str,
        *,
        select: str | list[str] | None = None,
        variation: str | None = None,
        params: dict[str, str] | None = None,
        units: bool | None = None,
        data: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Test:
        """Test what is there.

        Run the unit tests, and measure the rules on the versions that are there, without building anything.

        The answer comes when all is measured, which takes what it takes: a client must wait for it. Sent again with the
        same `Idempotency-Key`, a request whose answer was lost is answered without measuring again. It is 200 whatever
        the verdicts are: `ok` says whether one stops.

        POST /api/v1/environments/{environment}/test

        - environment: Name of the environment.
        - select: By default the whole mesh.
        - variation: The variation of this name, of all that is selected and has it.
        - params: Parameters, as texts.
        - units: Run unit tests: on the rows of the tests, beside no data.
        - data: Measure rules on the versions that are there.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/test",
            path={"environment": environment},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"select": select, "variation": variation, "params": params, "units": units, "data": data}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Test", document_of(answer))

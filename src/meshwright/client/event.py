"""Event linkage: CloudEvents in and out, subscriptions, deliveries. Written by scripts/write_api.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from meshwright.client.models import (
    Deliveries,
    Delivery,
    DeliveryState,
    Events,
    EventSend,
    ListedDatasetOperation,
    ListedDelivery,
    ListedEvent,
    ListedMessageLog,
    ListedMetricLog,
    ListedRunStatus,
    ListedTestOutcomes,
    OutsideName,
    StartWish,
    Subscription,
    SubscriptionDelete,
    Subscriptions,
    Taken,
    TellLineageDataset,
    TellLineageInput,
    TellLineageJob,
    TellLineageOutput,
    TellLineageRun,
    TestOutcome,
)
from meshwright.client.outgoing import Outgoing, event_content, present
from meshwright.client.streams import ServerEvent, document_of
from meshwright.client.transport import AsyncTransport, Transport


class Event:
    """Event linkage: CloudEvents in and out, subscriptions, deliveries."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get_deliveries(
        self,
        *,
        subscription: str | None = None,
        state: DeliveryState | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Deliveries:
        """List deliveries.

        List deliveries, newest first: their tries, what came of them, and when the next one is.

        GET /api/v1/deliveries

        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/deliveries",
            query={"subscription": subscription, "state": state, "limit": limit, "cursor": cursor},
        )
        answer = self._transport.send(sent)
        return cast("Deliveries", document_of(answer))

    def all_deliveries(
        self, *, subscription: str | None = None, state: DeliveryState | None = None, page_size: int | None = None
    ) -> Iterator[ListedDelivery]:
        """List deliveries, page after page.

        List deliveries, newest first: their tries, what came of them, and when the next one is.

        GET /api/v1/deliveries

        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_deliveries(subscription=subscription, state=state, limit=page_size, cursor=cursor)
            yield from page["deliveries"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_delivery(self, delivery_id: str) -> Delivery:
        """A delivery.

        Show a delivery with its tries.

        GET /api/v1/deliveries/{delivery_id}
        """
        sent = Outgoing(method="GET", template="/api/v1/deliveries/{delivery_id}", path={"delivery_id": delivery_id})
        answer = self._transport.send(sent)
        return cast("Delivery", document_of(answer))

    def replay(self, delivery_id: str, *, idempotency_key: str | None = None) -> Delivery:
        """Send once more.

        Send a delivery that has ended once more, under its own id and beside the order of its product.

        POST /api/v1/deliveries/{delivery_id}/replay
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/deliveries/{delivery_id}/replay",
            path={"delivery_id": delivery_id},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Delivery", document_of(answer))

    def list_events(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        type_: list[str] | None = None,
        source: list[str] | None = None,
        subject: list[str] | None = None,
        product: list[str] | None = None,
        domain: list[str] | None = None,
        environment: list[str] | None = None,
    ) -> Events:
        """List events.

        List events, newest first: those that were sent, and those that meshwright tells. A page may be short, and not
        the last.

        GET /api/v1/events

        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        - type_: Types; `org.example.*` is all that begin so.
        - product: Products that our own events are about.
        - domain: Domains of those products.
        - environment: Environments; all where none is named.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/events",
            query={
                "limit": limit,
                "cursor": cursor,
                "type": type_,
                "source": source,
                "subject": subject,
                "product": product,
                "domain": domain,
                "environment": environment,
            },
        )
        answer = self._transport.send(sent)
        return cast("Events", document_of(answer))

    def all_events(
        self,
        *,
        page_size: int | None = None,
        type_: list[str] | None = None,
        source: list[str] | None = None,
        subject: list[str] | None = None,
        product: list[str] | None = None,
        domain: list[str] | None = None,
        environment: list[str] | None = None,
    ) -> Iterator[ListedEvent]:
        """List events, page after page.

        List events, newest first: those that were sent, and those that meshwright tells. A page may be short, and not
        the last.

        GET /api/v1/events

        - page_size: Items that are fetched at a time.
        - type_: Types; `org.example.*` is all that begin so.
        - product: Products that our own events are about.
        - domain: Domains of those products.
        - environment: Environments; all where none is named.
        """
        cursor: str | None = None
        while True:
            page = self.list_events(
                limit=page_size,
                type_=type_,
                source=source,
                subject=subject,
                product=product,
                domain=domain,
                environment=environment,
                cursor=cursor,
            )
            yield from page["events"]
            cursor = page["next"]
            if cursor is None:
                return

    def send_events(
        self,
        events: bytes | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        content_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> EventSend:
        """Send events.

        Take events in, all or none: CloudEvents 1.0 in structured, batched or binary mode. One that is known stays as
        it is.

        POST /api/v1/events

        - events: One CloudEvent, or several; or bytes, of `content_type`.
        """
        content, content_type = event_content(events, content_type)
        sent = Outgoing(
            method="POST",
            template="/api/v1/events",
            headers={"Idempotency-Key": idempotency_key},
            content=content,
            content_type=content_type,
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("EventSend", document_of(answer))

    def follow_events(
        self,
        *,
        subscription: str | None = None,
        after: int | None = None,
        type_: list[str] | None = None,
        source: list[str] | None = None,
        subject: list[str] | None = None,
        product: list[str] | None = None,
        domain: list[str] | None = None,
        environment: list[str] | None = None,
        last_event_id: str | None = None,
    ) -> Iterator[ServerEvent]:
        """Follow events.

        Send events as they come, as server-sent events: `id` is the number, `data` the CloudEvent as JSON.

        A client that comes again with `Last-Event-ID` misses nothing.

        GET /api/v1/events/stream

        - subscription: Whose filter to take.
        - after: Number of the last event that is known, as `Last-Event-ID`.
        - type_: Types; `org.example.*` is all that begin so.
        - product: Products that our own events are about.
        - domain: Domains of those products.
        - environment: Environments; all where none is named.
        - last_event_id: Number of the last event that came.
        """
        yield from self._transport.follow(
            Outgoing(
                method="GET",
                template="/api/v1/events/stream",
                query={
                    "subscription": subscription,
                    "after": after,
                    "type": type_,
                    "source": source,
                    "subject": subject,
                    "product": product,
                    "domain": domain,
                    "environment": environment,
                },
                headers={"Last-Event-ID": last_event_id},
                accept="text/event-stream",
            )
        )

    def observe_run_status(
        self,
        *,
        job: OutsideName,
        run: str,
        status: Literal["started", "running", "succeeded", "warned", "failed", "stopped"],
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        dataset: OutsideName | str | None = None,
        event: Literal["run-status"] | None = None,
        text: str | None = None,
        url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell how a run is.

        Tell of a run of an outside job. What has ended does not go on, however late an event comes.

        POST /api/v1/observe/run-status

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - dataset: The dataset that it is about: an address of this mesh, or a name outside.
        - url: Where it is shown.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/run-status",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "status": status,
                    "text": text,
                    "url": url,
                }
            ),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Taken", document_of(answer))

    def observe_dataset_operation(
        self,
        *,
        dataset: OutsideName | str,
        operation: Literal["reads", "writes"],
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        job: OutsideName | None = None,
        run: str | None = None,
        event: Literal["dataset-operation"] | None = None,
        text: str | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell what was done with a dataset.

        Tell that a job read or wrote a dataset: an edge of lineage.

        POST /api/v1/observe/dataset-operation

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - job: The job that it is about.
        - run: What the tool calls the run.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/dataset-operation",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "operation": operation,
                    "text": text,
                }
            ),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Taken", document_of(answer))

    def observe_metric_log(
        self,
        *,
        name: str,
        value: float,
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        job: OutsideName | None = None,
        run: str | None = None,
        dataset: OutsideName | str | None = None,
        event: Literal["metric-log"] | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell a figure.

        Tell a figure of a job, a run or a dataset.

        POST /api/v1/observe/metric-log

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - job: The job that it is about.
        - run: What the tool calls the run.
        - dataset: The dataset that it is about: an address of this mesh, or a name outside.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/metric-log",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "name": name,
                    "value": value,
                }
            ),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Taken", document_of(answer))

    def observe_message_log(
        self,
        *,
        text: str,
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        job: OutsideName | None = None,
        run: str | None = None,
        dataset: OutsideName | str | None = None,
        event: Literal["message-log"] | None = None,
        level: Literal["debug", "info", "warning", "error"] | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell a line of a log.

        Tell what a job, or a run of it, says.

        POST /api/v1/observe/message-log

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - job: The job that it is about.
        - run: What the tool calls the run.
        - dataset: The dataset that it is about: an address of this mesh, or a name outside.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/message-log",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "level": level,
                    "text": text,
                }
            ),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Taken", document_of(answer))

    def observe_test_outcomes(
        self,
        *,
        outcomes: list[TestOutcome],
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        job: OutsideName | None = None,
        run: str | None = None,
        dataset: OutsideName | str | None = None,
        event: Literal["test-outcomes"] | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell what tests found.

        Tell what the tests of an outside tool found.

        POST /api/v1/observe/test-outcomes

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - job: The job that it is about.
        - run: What the tool calls the run.
        - dataset: The dataset that it is about: an address of this mesh, or a name outside.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/test-outcomes",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "outcomes": outcomes,
                }
            ),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Taken", document_of(answer))

    def observe_events(
        self,
        body: list[ListedRunStatus | ListedDatasetOperation | ListedMetricLog | ListedMessageLog | ListedTestOutcomes],
    ) -> Taken:
        """Tell many things at once.

        Tell several events of any kind, each with its `event`: all are taken in or, where one is wrong, none.

        POST /api/v1/observe
        """
        sent = Outgoing(method="POST", template="/api/v1/observe", json=body)
        answer = self._transport.send(sent)
        return cast("Taken", document_of(answer))

    def get_subscriptions(self) -> Subscriptions:
        """List subscriptions.

        List all subscriptions, with what waits for them; no secrets.

        GET /api/v1/subscriptions
        """
        sent = Outgoing(method="GET", template="/api/v1/subscriptions")
        answer = self._transport.send(sent)
        return cast("Subscriptions", document_of(answer))

    def subscribe(
        self,
        *,
        description: str | None = None,
        owner: str | None = None,
        types: list[str] | None = None,
        sources: list[str] | None = None,
        subjects: list[str] | None = None,
        products: list[str] | None = None,
        domains: list[str] | None = None,
        environments: list[str] | None = None,
        filters: list[Any] | None = None,
        sink: str | None = None,
        mode: Literal["binary", "structured"] | None = None,
        secret: str | None = None,
        timeout: str | None = None,
        attempts: int | None = None,
        backoff: str | None = None,
        start: StartWish | None = None,
        idempotency_key: str | None = None,
    ) -> Subscription:
        """Subscribe.

        Subscribe to what happens from now on. The secret that signs is told here and never again.

        Sent again with the same `Idempotency-Key` no second subscription is made; where a secret was told it is refused
        (MW-U007), for that is kept nowhere: make another one by `PATCH`, with a new key.

        POST /api/v1/subscriptions

        - owner: The domain that it belongs to; by default the caller's.
        - types: Types of events; `meshwright.*` is all that begin so.
        - products: Products that our own events are about.
        - domains: Domains of those products.
        - environments: Environments; `*` is all.
        - filters: Filter expressions of CloudEvents' Subscriptions API, all of which must fit: `exact`, `prefix`,
          `suffix`, `all`, `any`, `not`.
        - sink: Where events are sent to.
        - secret: `${env:MESHWRIGHT_WEBHOOK_...}`; by default one is made, and told once.
        - backoff: The pause after the first try; it doubles.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/subscriptions",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "description": description,
                    "owner": owner,
                    "types": types,
                    "sources": sources,
                    "subjects": subjects,
                    "products": products,
                    "domains": domains,
                    "environments": environments,
                    "filters": filters,
                    "sink": sink,
                    "mode": mode,
                    "secret": secret,
                    "timeout": timeout,
                    "attempts": attempts,
                    "backoff": backoff,
                    "start": start,
                }
            ),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Subscription", document_of(answer))

    def get_subscription(self, subscription_id: str) -> Subscription:
        """A subscription.

        Show a subscription, with what waits for it.

        GET /api/v1/subscriptions/{subscription_id}
        """
        sent = Outgoing(
            method="GET", template="/api/v1/subscriptions/{subscription_id}", path={"subscription_id": subscription_id}
        )
        answer = self._transport.send(sent)
        return cast("Subscription", document_of(answer))

    def unsubscribe(self, subscription_id: str, *, idempotency_key: str | None = None) -> SubscriptionDelete:
        """Unsubscribe.

        Forget a subscription with its deliveries. Runs that it ordered stay ordered.

        DELETE /api/v1/subscriptions/{subscription_id}
        """
        sent = Outgoing(
            method="DELETE",
            template="/api/v1/subscriptions/{subscription_id}",
            path={"subscription_id": subscription_id},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("SubscriptionDelete", document_of(answer))

    def change_subscription(
        self,
        subscription_id: str,
        *,
        state: Literal["active", "paused"] | None = None,
        reason: str | None = None,
        secret: Literal["rotate"] | None = None,
        idempotency_key: str | None = None,
    ) -> Subscription:
        """Pause, resume, rotate.

        Pause a subscription, let it go on, or change its secret: for a day both sign. All of it is done, or nothing.

        Sent again with the same `Idempotency-Key` a changed secret is not changed again, nor told again (MW-U007).

        PATCH /api/v1/subscriptions/{subscription_id}

        - reason: Why it is paused.
        - secret: Make another secret, and tell it.
        """
        sent = Outgoing(
            method="PATCH",
            template="/api/v1/subscriptions/{subscription_id}",
            path={"subscription_id": subscription_id},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"state": state, "reason": reason, "secret": secret}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Subscription", document_of(answer))

    def tell_lineage(
        self,
        *,
        event_time: str,
        producer: str,
        schema_url: str,
        event_type: Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"] | None = None,
        run: TellLineageRun | None = None,
        job: TellLineageJob | None = None,
        dataset: TellLineageDataset | None = None,
        inputs: list[TellLineageInput] | None = None,
        outputs: list[TellLineageOutput] | None = None,
    ) -> Taken:
        """Tell of a run, a job or a dataset.

        Take in one OpenLineage event. The same event again, or one that comes late, changes nothing that is newer.

        POST /openlineage/api/v1/lineage
        """
        sent = Outgoing(
            method="POST",
            template="/openlineage/api/v1/lineage",
            json=present(
                {
                    "eventTime": event_time,
                    "producer": producer,
                    "schemaURL": schema_url,
                    "eventType": event_type,
                    "run": run,
                    "job": job,
                    "dataset": dataset,
                    "inputs": inputs,
                    "outputs": outputs,
                }
            ),
        )
        answer = self._transport.send(sent)
        return cast("Taken", document_of(answer))

    def tell_lineage_batch(self, body: list[Any]) -> Taken:
        """Tell of many at once.

        Take in a list of OpenLineage events: all of them or, where one is none, not any.

        POST /openlineage/api/v1/lineage/batch
        """
        sent = Outgoing(method="POST", template="/openlineage/api/v1/lineage/batch", json=body)
        answer = self._transport.send(sent)
        return cast("Taken", document_of(answer))


class AsyncEvent:
    """Event linkage: CloudEvents in and out, subscriptions, deliveries."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get_deliveries(
        self,
        *,
        subscription: str | None = None,
        state: DeliveryState | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Deliveries:
        """List deliveries.

        List deliveries, newest first: their tries, what came of them, and when the next one is.

        GET /api/v1/deliveries

        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/deliveries",
            query={"subscription": subscription, "state": state, "limit": limit, "cursor": cursor},
        )
        answer = await self._transport.send(sent)
        return cast("Deliveries", document_of(answer))

    async def all_deliveries(
        self, *, subscription: str | None = None, state: DeliveryState | None = None, page_size: int | None = None
    ) -> AsyncIterator[ListedDelivery]:
        """List deliveries, page after page.

        List deliveries, newest first: their tries, what came of them, and when the next one is.

        GET /api/v1/deliveries

        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_deliveries(subscription=subscription, state=state, limit=page_size, cursor=cursor)
            for item in page["deliveries"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def get_delivery(self, delivery_id: str) -> Delivery:
        """A delivery.

        Show a delivery with its tries.

        GET /api/v1/deliveries/{delivery_id}
        """
        sent = Outgoing(method="GET", template="/api/v1/deliveries/{delivery_id}", path={"delivery_id": delivery_id})
        answer = await self._transport.send(sent)
        return cast("Delivery", document_of(answer))

    async def replay(self, delivery_id: str, *, idempotency_key: str | None = None) -> Delivery:
        """Send once more.

        Send a delivery that has ended once more, under its own id and beside the order of its product.

        POST /api/v1/deliveries/{delivery_id}/replay
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/deliveries/{delivery_id}/replay",
            path={"delivery_id": delivery_id},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Delivery", document_of(answer))

    async def list_events(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        type_: list[str] | None = None,
        source: list[str] | None = None,
        subject: list[str] | None = None,
        product: list[str] | None = None,
        domain: list[str] | None = None,
        environment: list[str] | None = None,
    ) -> Events:
        """List events.

        List events, newest first: those that were sent, and those that meshwright tells. A page may be short, and not
        the last.

        GET /api/v1/events

        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        - type_: Types; `org.example.*` is all that begin so.
        - product: Products that our own events are about.
        - domain: Domains of those products.
        - environment: Environments; all where none is named.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/events",
            query={
                "limit": limit,
                "cursor": cursor,
                "type": type_,
                "source": source,
                "subject": subject,
                "product": product,
                "domain": domain,
                "environment": environment,
            },
        )
        answer = await self._transport.send(sent)
        return cast("Events", document_of(answer))

    async def all_events(
        self,
        *,
        page_size: int | None = None,
        type_: list[str] | None = None,
        source: list[str] | None = None,
        subject: list[str] | None = None,
        product: list[str] | None = None,
        domain: list[str] | None = None,
        environment: list[str] | None = None,
    ) -> AsyncIterator[ListedEvent]:
        """List events, page after page.

        List events, newest first: those that were sent, and those that meshwright tells. A page may be short, and not
        the last.

        GET /api/v1/events

        - page_size: Items that are fetched at a time.
        - type_: Types; `org.example.*` is all that begin so.
        - product: Products that our own events are about.
        - domain: Domains of those products.
        - environment: Environments; all where none is named.
        """
        cursor: str | None = None
        while True:
            page = await self.list_events(
                limit=page_size,
                type_=type_,
                source=source,
                subject=subject,
                product=product,
                domain=domain,
                environment=environment,
                cursor=cursor,
            )
            for item in page["events"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def send_events(
        self,
        events: bytes | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        content_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> EventSend:
        """Send events.

        Take events in, all or none: CloudEvents 1.0 in structured, batched or binary mode. One that is known stays as
        it is.

        POST /api/v1/events

        - events: One CloudEvent, or several; or bytes, of `content_type`.
        """
        content, content_type = event_content(events, content_type)
        sent = Outgoing(
            method="POST",
            template="/api/v1/events",
            headers={"Idempotency-Key": idempotency_key},
            content=content,
            content_type=content_type,
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("EventSend", document_of(answer))

    async def follow_events(
        self,
        *,
        subscription: str | None = None,
        after: int | None = None,
        type_: list[str] | None = None,
        source: list[str] | None = None,
        subject: list[str] | None = None,
        product: list[str] | None = None,
        domain: list[str] | None = None,
        environment: list[str] | None = None,
        last_event_id: str | None = None,
    ) -> AsyncIterator[ServerEvent]:
        """Follow events.

        Send events as they come, as server-sent events: `id` is the number, `data` the CloudEvent as JSON.

        A client that comes again with `Last-Event-ID` misses nothing.

        GET /api/v1/events/stream

        - subscription: Whose filter to take.
        - after: Number of the last event that is known, as `Last-Event-ID`.
        - type_: Types; `org.example.*` is all that begin so.
        - product: Products that our own events are about.
        - domain: Domains of those products.
        - environment: Environments; all where none is named.
        - last_event_id: Number of the last event that came.
        """
        async for event in self._transport.follow(
            Outgoing(
                method="GET",
                template="/api/v1/events/stream",
                query={
                    "subscription": subscription,
                    "after": after,
                    "type": type_,
                    "source": source,
                    "subject": subject,
                    "product": product,
                    "domain": domain,
                    "environment": environment,
                },
                headers={"Last-Event-ID": last_event_id},
                accept="text/event-stream",
            )
        ):
            yield event

    async def observe_run_status(
        self,
        *,
        job: OutsideName,
        run: str,
        status: Literal["started", "running", "succeeded", "warned", "failed", "stopped"],
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        dataset: OutsideName | str | None = None,
        event: Literal["run-status"] | None = None,
        text: str | None = None,
        url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell how a run is.

        Tell of a run of an outside job. What has ended does not go on, however late an event comes.

        POST /api/v1/observe/run-status

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - dataset: The dataset that it is about: an address of this mesh, or a name outside.
        - url: Where it is shown.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/run-status",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "status": status,
                    "text": text,
                    "url": url,
                }
            ),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Taken", document_of(answer))

    async def observe_dataset_operation(
        self,
        *,
        dataset: OutsideName | str,
        operation: Literal["reads", "writes"],
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        job: OutsideName | None = None,
        run: str | None = None,
        event: Literal["dataset-operation"] | None = None,
        text: str | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell what was done with a dataset.

        Tell that a job read or wrote a dataset: an edge of lineage.

        POST /api/v1/observe/dataset-operation

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - job: The job that it is about.
        - run: What the tool calls the run.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/dataset-operation",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "operation": operation,
                    "text": text,
                }
            ),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Taken", document_of(answer))

    async def observe_metric_log(
        self,
        *,
        name: str,
        value: float,
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        job: OutsideName | None = None,
        run: str | None = None,
        dataset: OutsideName | str | None = None,
        event: Literal["metric-log"] | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell a figure.

        Tell a figure of a job, a run or a dataset.

        POST /api/v1/observe/metric-log

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - job: The job that it is about.
        - run: What the tool calls the run.
        - dataset: The dataset that it is about: an address of this mesh, or a name outside.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/metric-log",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "name": name,
                    "value": value,
                }
            ),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Taken", document_of(answer))

    async def observe_message_log(
        self,
        *,
        text: str,
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        job: OutsideName | None = None,
        run: str | None = None,
        dataset: OutsideName | str | None = None,
        event: Literal["message-log"] | None = None,
        level: Literal["debug", "info", "warning", "error"] | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell a line of a log.

        Tell what a job, or a run of it, says.

        POST /api/v1/observe/message-log

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - job: The job that it is about.
        - run: What the tool calls the run.
        - dataset: The dataset that it is about: an address of this mesh, or a name outside.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/message-log",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "level": level,
                    "text": text,
                }
            ),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Taken", document_of(answer))

    async def observe_test_outcomes(
        self,
        *,
        outcomes: list[TestOutcome],
        id_: str | None = None,
        time: str | None = None,
        tool: str | None = None,
        job: OutsideName | None = None,
        run: str | None = None,
        dataset: OutsideName | str | None = None,
        event: Literal["test-outcomes"] | None = None,
        idempotency_key: str | None = None,
    ) -> Taken:
        """Tell what tests found.

        Tell what the tests of an outside tool found.

        POST /api/v1/observe/test-outcomes

        - id_: Idempotency key.
        - time: When it happened; now, where it is absent.
        - tool: Who tells.
        - job: The job that it is about.
        - run: What the tool calls the run.
        - dataset: The dataset that it is about: an address of this mesh, or a name outside.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/observe/test-outcomes",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "id": id_,
                    "time": time,
                    "tool": tool,
                    "job": job,
                    "run": run,
                    "dataset": dataset,
                    "event": event,
                    "outcomes": outcomes,
                }
            ),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Taken", document_of(answer))

    async def observe_events(
        self,
        body: list[ListedRunStatus | ListedDatasetOperation | ListedMetricLog | ListedMessageLog | ListedTestOutcomes],
    ) -> Taken:
        """Tell many things at once.

        Tell several events of any kind, each with its `event`: all are taken in or, where one is wrong, none.

        POST /api/v1/observe
        """
        sent = Outgoing(method="POST", template="/api/v1/observe", json=body)
        answer = await self._transport.send(sent)
        return cast("Taken", document_of(answer))

    async def get_subscriptions(self) -> Subscriptions:
        """List subscriptions.

        List all subscriptions, with what waits for them; no secrets.

        GET /api/v1/subscriptions
        """
        sent = Outgoing(method="GET", template="/api/v1/subscriptions")
        answer = await self._transport.send(sent)
        return cast("Subscriptions", document_of(answer))

    async def subscribe(
        self,
        *,
        description: str | None = None,
        owner: str | None = None,
        types: list[str] | None = None,
        sources: list[str] | None = None,
        subjects: list[str] | None = None,
        products: list[str] | None = None,
        domains: list[str] | None = None,
        environments: list[str] | None = None,
        filters: list[Any] | None = None,
        sink: str | None = None,
        mode: Literal["binary", "structured"] | None = None,
        secret: str | None = None,
        timeout: str | None = None,
        attempts: int | None = None,
        backoff: str | None = None,
        start: StartWish | None = None,
        idempotency_key: str | None = None,
    ) -> Subscription:
        """Subscribe.

        Subscribe to what happens from now on. The secret that signs is told here and never again.

        Sent again with the same `Idempotency-Key` no second subscription is made; where a secret was told it is refused
        (MW-U007), for that is kept nowhere: make another one by `PATCH`, with a new key.

        POST /api/v1/subscriptions

        - owner: The domain that it belongs to; by default the caller's.
        - types: Types of events; `meshwright.*` is all that begin so.
        - products: Products that our own events are about.
        - domains: Domains of those products.
        - environments: Environments; `*` is all.
        - filters: Filter expressions of CloudEvents' Subscriptions API, all of which must fit: `exact`, `prefix`,
          `suffix`, `all`, `any`, `not`.
        - sink: Where events are sent to.
        - secret: `${env:MESHWRIGHT_WEBHOOK_...}`; by default one is made, and told once.
        - backoff: The pause after the first try; it doubles.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/subscriptions",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "description": description,
                    "owner": owner,
                    "types": types,
                    "sources": sources,
                    "subjects": subjects,
                    "products": products,
                    "domains": domains,
                    "environments": environments,
                    "filters": filters,
                    "sink": sink,
                    "mode": mode,
                    "secret": secret,
                    "timeout": timeout,
                    "attempts": attempts,
                    "backoff": backoff,
                    "start": start,
                }
            ),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Subscription", document_of(answer))

    async def get_subscription(self, subscription_id: str) -> Subscription:
        """A subscription.

        Show a subscription, with what waits for it.

        GET /api/v1/subscriptions/{subscription_id}
        """
        sent = Outgoing(
            method="GET", template="/api/v1/subscriptions/{subscription_id}", path={"subscription_id": subscription_id}
        )
        answer = await self._transport.send(sent)
        return cast("Subscription", document_of(answer))

    async def unsubscribe(self, subscription_id: str, *, idempotency_key: str | None = None) -> SubscriptionDelete:
        """Unsubscribe.

        Forget a subscription with its deliveries. Runs that it ordered stay ordered.

        DELETE /api/v1/subscriptions/{subscription_id}
        """
        sent = Outgoing(
            method="DELETE",
            template="/api/v1/subscriptions/{subscription_id}",
            path={"subscription_id": subscription_id},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("SubscriptionDelete", document_of(answer))

    async def change_subscription(
        self,
        subscription_id: str,
        *,
        state: Literal["active", "paused"] | None = None,
        reason: str | None = None,
        secret: Literal["rotate"] | None = None,
        idempotency_key: str | None = None,
    ) -> Subscription:
        """Pause, resume, rotate.

        Pause a subscription, let it go on, or change its secret: for a day both sign. All of it is done, or nothing.

        Sent again with the same `Idempotency-Key` a changed secret is not changed again, nor told again (MW-U007).

        PATCH /api/v1/subscriptions/{subscription_id}

        - reason: Why it is paused.
        - secret: Make another secret, and tell it.
        """
        sent = Outgoing(
            method="PATCH",
            template="/api/v1/subscriptions/{subscription_id}",
            path={"subscription_id": subscription_id},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"state": state, "reason": reason, "secret": secret}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Subscription", document_of(answer))

    async def tell_lineage(
        self,
        *,
        event_time: str,
        producer: str,
        schema_url: str,
        event_type: Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"] | None = None,
        run: TellLineageRun | None = None,
        job: TellLineageJob | None = None,
        dataset: TellLineageDataset | None = None,
        inputs: list[TellLineageInput] | None = None,
        outputs: list[TellLineageOutput] | None = None,
    ) -> Taken:
        """Tell of a run, a job or a dataset.

        Take in one OpenLineage event. The same event again, or one that comes late, changes nothing that is newer.

        POST /openlineage/api/v1/lineage
        """
        sent = Outgoing(
            method="POST",
            template="/openlineage/api/v1/lineage",
            json=present(
                {
                    "eventTime": event_time,
                    "producer": producer,
                    "schemaURL": schema_url,
                    "eventType": event_type,
                    "run": run,
                    "job": job,
                    "dataset": dataset,
                    "inputs": inputs,
                    "outputs": outputs,
                }
            ),
        )
        answer = await self._transport.send(sent)
        return cast("Taken", document_of(answer))

    async def tell_lineage_batch(self, body: list[Any]) -> Taken:
        """Tell of many at once.

        Take in a list of OpenLineage events: all of them or, where one is none, not any.

        POST /openlineage/api/v1/lineage/batch
        """
        sent = Outgoing(method="POST", template="/openlineage/api/v1/lineage/batch", json=body)
        answer = await self._transport.send(sent)
        return cast("Taken", document_of(answer))

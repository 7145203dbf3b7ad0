"""Small valid records for tests of the state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from meshwright.checks.spec import Evidence, Outcome
from meshwright.model import (
    Calendar,
    Column,
    Grain,
    Manifest,
    Page,
    Part,
    StoredFile,
    Version,
    VersionClass,
    identity,
)
from meshwright.model.causes import CauseKind
from meshwright.model.firings import Firing, FiringState, Pause, ReceivedEvent, Watched
from meshwright.model.parts import added, make_page, page_number
from meshwright.model.provisions import ProvisioningState
from meshwright.model.requests import RequestedRun, RequestKind
from meshwright.model.subscriptions import (
    Delivery,
    DeliveryState,
    EventFilter,
    SendMode,
    Subscription,
    Webhook,
    delivery_id,
)
from meshwright.state.protocol import State
from meshwright.state.records import (
    Lease,
    ObjectKind,
    Provisioning,
    Publication,
    Revision,
    RunRecord,
    RunState,
    StepRecord,
    Trigger,
)

NOW = dt.datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def make_version(name: str, dataset: str = "sales.orders.orders", **changes: object) -> Version:
    """A version whose id comes from `name`, with something in every field."""
    id_ = identity("test", dataset, name)
    values: dict[str, object] = {
        "id": id_,
        "dataset": dataset,
        "columns": (Column(name="id", type="BIGINT"), Column(name="Größe", type="STRUCT(a INTEGER, b VARCHAR[])")),
        "files": (
            StoredFile(path=f"sales/orders/orders/{id_}/a-0.parquet", size_bytes=10, checksum="ab" * 16, rows=2),
            StoredFile(path=f"sales/orders/orders/{id_}/a-1.parquet", size_bytes=2**40, checksum="cd" * 16, rows=1),
        ),
        "rows": 3,
        "content_digest": "d" * 32,
        "fingerprint": "f" * 32,
        "node_kind": "sql",
        "is_opaque": False,
        "inputs": {"sales.orders.raw": "1" * 32},
        "params": {"n": 2**70, "x": 0.1, "s": "ü'\"", "t": True, "none": None},
        "engine": "duckdb:1",
        "definition": "select 1",
        "run_id": "run-1",
        "created_at": NOW,
        "seconds": 1.25,
    }
    return Version(**(values | changes))  # type: ignore[arg-type]


DAYS = Calendar(grain=Grain.DAY, timezone="Europe/Berlin")
#: 2013-01-01.
FIRST_DAY = 734869


def make_part(name: str, dataset: str = "sales.orders.daily", number: int = FIRST_DAY, **changes: object) -> Part:
    """A part of one day, with something in every field."""
    id_ = identity("testpart", dataset, name)
    values: dict[str, object] = {
        "id": id_,
        "dataset": dataset,
        "start": DAYS.start(number),
        "end": DAYS.start(number + 1),
        "columns": (Column(name="day", type="DATE"), Column(name="Größe", type="HUGEINT")),
        "files": (StoredFile(path=f"sales/orders/daily/{id_}/a-0.parquet", size_bytes=10, checksum="ab" * 16, rows=2),),
        "rows": 2,
        "sums": (2**64 - 1 - number % 1000, number),
        "fingerprint": "f" * 32,
        "inputs": {"sales.orders.raw": ("1" * 32, "2" * 32), "sales.orders.list": ("3" * 32,)},
        "params": {"n": 2**70, "s": "ü'\"", "none": None},
        "engine": "duckdb:1",
        "run_id": "run-1",
        "created_at": NOW,
        "seconds": 0.25,
    }
    return Part(**(values | changes))  # type: ignore[arg-type]


def make_manifest(
    name: str, days: int, dataset: str = "sales.orders.daily", *, changed: Mapping[int, str] | None = None
) -> tuple[Version, tuple[Page, ...], tuple[Part, ...]]:
    """A version of `days` parts from 2013 on, its pages and its parts; those of the days `changed` are of another name."""
    named = {number: (changed or {}).get(number, "part") for number in range(days)}
    parts = [make_part(f"{word} {number}", dataset, FIRST_DAY + number) for number, word in named.items()]
    return manifest_of(name, dataset, parts)


def manifest_of(
    name: str, dataset: str, parts: Sequence[Part], first: int = FIRST_DAY, **changes: object
) -> tuple[Version, tuple[Page, ...], tuple[Part, ...]]:
    """A version over parts that follow each other, with its pages."""
    entries: dict[int, list[tuple[int, str]]] = {}
    for number, part in enumerate(parts, first):
        entries.setdefault(page_number(number), []).append((number, part.id))
    pages = {number: make_page(dataset, tuple(listed)) for number, listed in entries.items()}
    manifest = Manifest(
        version_class=VersionClass.AS_OF,
        by="day",
        calendar=DAYS,
        pages=tuple((number, page.id) for number, page in pages.items()),
        first=first if parts else None,
        last=first + len(parts) - 1 if parts else None,
        count=len(parts),
        sums=added(*(part.sums for part in parts)),
        size_bytes=sum(part.size_bytes for part in parts),
        earlier={"e" * 32: 1},
    )
    values: dict[str, object] = {"files": (), "manifest": manifest, "rows": sum(part.rows for part in parts)} | changes
    return make_version(name, dataset, **values), tuple(pages.values()), tuple(parts)


def make_trigger(key: str, version: Version, **changes: str) -> Trigger:
    values = {"fingerprint": "f", "observation": "o", "observed": "3 files"} | changes
    return Trigger(key=key, dataset=version.dataset, version=version.id, **values)


def make_evidence(version: str = "v", check: str = "c", others: str = "", **changes: object) -> Evidence:
    values: dict[str, object] = {"outcome": Outcome.PASS, "value": 0, "run_id": "run-1"} | changes
    return Evidence(version=version, check=check, others=others, **values)  # type: ignore[arg-type]


def make_run(id_: str = "run-000001", **changes: object) -> RunRecord:
    values: dict[str, object] = {
        "environment": "prod",
        "state": RunState.RUNNING,
        "options": "{}",
        "by": "ana@alpha",
        "started_at": NOW,
    } | changes
    return RunRecord(id=id_, **values)  # type: ignore[arg-type]


def make_step(key: str, **changes: object) -> StepRecord:
    values: dict[str, object] = {"dataset": key.partition(":")[2], "action": "build", "state": "waiting"} | changes
    return StepRecord(key=key, **values)  # type: ignore[arg-type]


def take(state: State, name: str = "run", holder: str = "alpha:1", now: dt.datetime = NOW) -> Lease:
    lease = state.writer.take_lease(name, holder, now, 60)
    assert lease is not None
    return lease


def make_firing(name: str = "a", **changes: object) -> Firing:
    """A firing whose key comes from `name`, with something in every field."""
    values: dict[str, object] = {
        "key": f"prod d.p:ü {name}",
        "environment": "prod",
        "trigger": "d.p:ü",
        "kind": CauseKind.EVENT,
        "at": NOW,
        "recorded_at": NOW + SECOND,
        "state": FiringState.WAITING,
        "reason": "because 'ü'",
        "events": ("/ü 1", "/ü 2"),
        "params": {"day": "2026-01-01", "ü": "\0"},
        "missed": 2**40,
        "attempts": 1,
        "process": '{"pid": 1}',
        "late_at": NOW + 2 * SECOND,
    }
    return Firing(**(values | changes))  # type: ignore[arg-type]


def make_request(name: str = "a", **changes: object) -> RequestedRun:
    """A request whose key and run come from `name`, with something in every field."""
    values: dict[str, object] = {
        "key": f"key {name}",
        "digest": "d1",
        "kind": RequestKind.RUN,
        "run_id": f"run-00000{name}",
        "environment": "prod",
        "asked": '{"select":["ü"]}',
        "caller": "operations",
        "by": "token of ü",
        "requested_at": NOW,
        "changed_at": NOW,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    return RequestedRun(**(values | changes))  # type: ignore[arg-type]


def make_watched(trigger: str = "d.p:ü", **changes: object) -> Watched:
    values: dict[str, object] = {
        "environment": "prod",
        "trigger": trigger,
        "definition": "d" * 32,
        "since": NOW,
        "cursor": NOW + SECOND,
        "mark": {"a.b": 7, "a.b.c": "1" * 32},
    }
    return Watched(**(values | changes))  # type: ignore[arg-type]


def make_event(id_: str = "1", **changes: object) -> ReceivedEvent:
    values: dict[str, object] = {
        "source": "/ü",
        "id": id_,
        "type": "org.example.x",
        "document": '{"id":"ü"}',
        "received_at": NOW,
        "by": "ana@build1",
    }
    return ReceivedEvent(**(values | changes))  # type: ignore[arg-type]


def make_pause(object_: str = "d.p:ü", **changes: object) -> Pause:
    values: dict[str, object] = {"environment": "prod", "object": object_, "since": NOW, "by": "ana", "reason": "ü"}
    return Pause(**(values | changes))  # type: ignore[arg-type]


def make_provisioning(sandbox: str = "ana", **changes: object) -> Provisioning:
    """What a sandbox is provisioned with, with something in every field."""
    values: dict[str, object] = {
        "sandbox": sandbox,
        "id": f"mw-{sandbox}",
        "state": ProvisioningState.MAKING,
        "base": "prod",
        "expire_after_s": 60,
        "options": '{"select":["sales"]}',
        "document": '[{"name":"scratch \u20ac"}]',
        "progress": "{}",
        "begun_at": NOW,
        "begun_by": "ana@alpha",
        "run_id": "run-1",
    }
    return Provisioning(**{**values, **changes})  # type: ignore[arg-type]


HOOK = Webhook(
    url="https://example.org/ü",
    mode=SendMode.STRUCTURED,
    timeout_s=2.5,
    attempts=3,
    backoff_s=0.5,
    secret="${env:HOOK}",
    secret_number=4,
    key_name="k",
    both_until=NOW,
)
FILTER = EventFilter(
    types=("org.x.*",), sources=("/a",), subjects=("s",), products=("d.p",), domains=("d",), environments=("*",)
)


def make_subscription(id_: str = "sub_a", **changes: object) -> Subscription:
    values: dict[str, object] = {
        "id": id_, "owner": "finance", "description": "why 'ü'", "filter": FILTER, "target": HOOK, "created_at": NOW,
        "by": "ana@host",
    }  # fmt: skip
    return Subscription(**(values | changes))  # type: ignore[arg-type]


def make_delivery(number: int, lane: str = "d.p", subscription: str = "sub_a", **changes: object) -> Delivery:
    values: dict[str, object] = {
        "id": delivery_id(subscription, "/s", str(number)), "subscription": subscription, "event": number, "source": "/s",
        "event_id": str(number), "type": "org.x.y", "lane": lane, "state": DeliveryState.WAITING, "created_at": NOW,
    }  # fmt: skip
    return Delivery(**(values | changes))  # type: ignore[arg-type]


def make_publication(
    lease: Lease,
    moves: Mapping[str, str | None],
    expected: Mapping[str, str | None],
    *,
    revisions: tuple[Revision, ...] = (),
    environment: str = "prod",
    kind: ObjectKind = ObjectKind.PORT,
) -> Publication:
    """Of ports by default, whose revisions come along: what a dataset's pointer names must be there before."""
    if kind is not ObjectKind.DATASET:
        named = {revision for revision in moves.values() if revision is not None} - {each.id for each in revisions}
        plain = (Revision(id=each, kind=kind, object="d.p/port", document="{}") for each in sorted(named))
        revisions = (*revisions, *plain)
    return Publication(
        environment=environment,
        run_id="run-1",
        lease=lease,
        by="ana@alpha",
        reason="sales.orders",
        expected=expected,
        moves={object_: (kind, revision) for object_, revision in moves.items()},
        revisions=revisions,
    )


def standing(state: State, environment: str = "prod", generation: int | None = None) -> dict[str, str]:
    """Object -> revision, as it stands or stood."""
    return {name: pointer.revision for name, pointer in state.reader.pointers(environment, generation).items()}

"""The verbs `event send` and `event list`: events come in once, by their source and id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.app.clock import utc_now
from meshwright.app.environments import open_state_alone
from meshwright.app.idempotency import settles
from meshwright.app.workspace import Workspace, who
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, WorldError
from meshwright.frozen import dataclass
from meshwright.model import canonical_json
from meshwright.model.chains import DEPTH, NO_CHAIN, Chain, depth_problem
from meshwright.model.firings import ReceivedEvent
from meshwright.model.happenings import is_own

if TYPE_CHECKING:  # read by the verbs that need it
    from meshwright.files.standards.cloudevents import CloudEvent

#: Of a file, or of standard input.
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class SentEvent:
    """An event that was sent, and whether it was not there yet."""

    event: ReceivedEvent
    is_new: bool


def event_bytes(file: Path, stdin: Iterable[bytes]) -> bytes:
    """Read what is sent; ``-`` is standard input. Raises InputError, WorldError (MW-S032)."""
    if str(file) == "-":
        return b"".join(stdin)
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise _unreadable(InputError, file, f"it is larger than {_MOST_BYTES:,} bytes")
        return file.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise _unreadable(InputError, file, error.strerror or "it is not there") from error
    except OSError as error:
        raise _unreadable(WorldError, file, error.strerror or str(error)) from error


def _unreadable(kind: type[InputError | WorldError], file: Path, words: str) -> InputError | WorldError:
    return kind(
        Diagnostic(
            code="MW-S032",
            message=f"'{file}' cannot be read: {words}",
            fix="name a file with one event or a list of them, or '-' for standard input",
        )
    )


def send_events(workspace: Workspace, data: bytes, name: str) -> tuple[SentEvent, ...]:
    """Take events in, all or none. What is there already stays as it is. Raises InputError (MW-S031) for what is no event."""
    return receive_events(workspace, _read(data, name))


def receive_events(
    workspace: Workspace, events: Sequence[CloudEvent], chain: Chain = NO_CHAIN
) -> tuple[SentEvent, ...]:
    """Record events that came from outside, all or none, and say of each whether it is new. Raises RefusedError (MW-B007).

    `chain` is what led to those that say nothing of it themselves.
    """
    for event in events:
        _refuse_untrue(event)
    now, by = utc_now(), who()
    received = [
        ReceivedEvent(
            source=event.source,
            id=event.id,
            type=event.type,
            document=_caused(event.document, chain),
            received_at=now,
            by=by,
        )
        for event in events
    ]
    with open_state_alone(workspace, create=True) as opened, settles(lambda new: _sent(received, new)):
        new = opened.state.schedules.receive(received)
    return _sent(received, new)


def _sent(received: Sequence[ReceivedEvent], new: Sequence[bool]) -> tuple[SentEvent, ...]:
    return tuple(SentEvent(event=event, is_new=is_new) for event, is_new in zip(received, new, strict=True))


def _caused(document: str, chain: Chain) -> str:
    """Return an event that says what led to it; what it says already stays."""
    if not chain.attributes:
        return document
    found = json.loads(document)
    return document if DEPTH in found else canonical_json({**found, **chain.attributes})


def event_batch(data: bytes, name: str) -> bytes:
    """Return what is sent as one batch of CloudEvents, for a server. Raises what `send_events` raises for what is no event."""
    events = _read(data, name)
    for event in events:
        _refuse_untrue(event)
    return f"[{','.join(event.document for event in events)}]".encode()


def _read(data: bytes, name: str) -> tuple[CloudEvent, ...]:
    from meshwright.files.standards.cloudevents import read_events  # lazy: no other verb reads events

    events, findings = read_events(data, name)
    if findings:
        raise InputError(*findings)
    return events


def list_events(workspace: Workspace, limit: int) -> tuple[ReceivedEvent, ...]:
    """Return the newest events, newest first; what meshwright recorded itself among them."""
    with open_state_alone(workspace) as opened:
        return opened.state.schedules.events(limit)


def _refuse_untrue(event: CloudEvent) -> None:
    """Raise RefusedError (MW-B007) for an event from outside that says of itself that it is meshwright's own.

    Raises InputError (MW-S031) for one that does not say how long its chain of causes is where it says something of it.
    """
    if problem := depth_problem(json.loads(event.document)):
        fix = "pass on what came with the event that it follows, or leave it away"
        raise InputError(Diagnostic(code="MW-S031", message=f"event {event.id[:80]!r}: {problem}", fix=fix))
    type_, source = event.type, event.source
    if is_own(type_, source):
        raise RefusedError(
            Diagnostic(
                code="MW-B007",
                message=f"an event of type {type_[:80]!r} from {source[:80]!r} would pass for one of meshwright's own; none was "
                "taken in",
                fix="types that begin with 'meshwright.' and sources that begin with '/meshwright/' are told by meshwright alone",
            )
        )

"""Events: which triggers want which, what they take from them. Files that arrived are events as well."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from meshwright.model.firings import FILE_ARRIVED, FiringState, ReceivedEvent
from meshwright.model.identity import identity
from meshwright.model.triggers import OnEvent, OnFile, Overlap, Trigger
from meshwright.plan.firing.making import Occasion, by_overlap, fired
from meshwright.plan.firing.taking import AbsentValue, parameter_text, value_at
from meshwright.plan.firing.values import NOTHING, Answer, Situation


def decide_events(situation: Situation, trigger: Trigger) -> Answer:
    """Say what comes of the events that were not handled, one firing each."""
    fires = trigger.fires
    assert isinstance(fires, OnEvent)  # the caller sorts triggers by what fires them
    occasions: list[Occasion] = []
    failed = []
    for event in situation.events:
        document = json.loads(event.document)
        if not wants(fires, document):
            continue
        occasion = Occasion(key=f"event {event.name}", at=event.received_at, events=(event.name,))
        try:
            params = tuple(sorted((name, parameter_text(document, path)) for name, path in fires.params.items()))
        except AbsentValue as absent:
            failed.append(fired(situation, trigger, occasion, FiringState.FAILED, str(absent)))
            continue
        occasions.append(
            Occasion(
                key=occasion.key, at=occasion.at, events=occasion.events, params=params, waits=_never_lost(trigger)
            )
        )
    answer = by_overlap(situation, trigger, occasions)
    return Answer(firings=(*failed, *answer.firings), gives_way=answer.gives_way)


def _never_lost(trigger: Trigger) -> bool:
    return trigger.overlap is Overlap.QUEUE


def file_source(environment: str, trigger: str) -> str:
    """Return the source of the events that tell a trigger of files."""
    return f"/meshwright/{environment}/{trigger}"


def decide_files(situation: Situation, trigger: Trigger) -> Answer:
    """Say what comes of the files that have arrived: one firing for all of them together."""
    assert isinstance(trigger.fires, OnFile)  # as above
    source = file_source(situation.environment, trigger.address)
    arrived = [event for event in situation.events if event.type == FILE_ARRIVED and event.source == source]
    if not arrived:
        return NOTHING
    occasion = Occasion(
        key=f"files {identity('mwfiles1', sorted(event.id for event in arrived))}",
        at=max(event.received_at for event in arrived),
        events=tuple(_file_words(arrived)),
    )
    return by_overlap(situation, trigger, [occasion])


def _file_words(events: Sequence[ReceivedEvent]) -> list[str]:
    return sorted(str(json.loads(event.document).get("subject", event.id)) for event in events)


def wants(fires: OnEvent, document: Mapping[str, object]) -> bool:
    """Whether an event is one that a trigger is for."""
    kind = str(document.get("type", ""))
    if fires.type.endswith(".*"):
        if not kind.startswith(fires.type.removesuffix("*")):
            return False
    elif kind != fires.type:
        return False
    if fires.source is not None and document.get("source") != fires.source:
        return False
    return all(_holds(document, path, values) for path, values in fires.filter.items())


def _holds(document: Mapping[str, object], path: str, values: Sequence[object]) -> bool:
    try:
        found = value_at(document, path)
    except AbsentValue:
        return False
    # True is 1 in Python, and not in an event.
    return any(found == value and isinstance(found, bool) == isinstance(value, bool) for value in values)

"""Events of a run of Dagster: as lines of a log, as values, as tests, as the words of a failure. Pure."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.tools.protocol import InnerTest, Json, ToolFailed
from meshwright.tools.replies import short

_LONGEST_LINE = 4000
_TOLD_LEVELS = frozenset({"INFO", "WARNING", "ERROR", "CRITICAL"})
_LIMIT_BYTES = 64 * 1024
_LAST_LINES = 10
Event = Mapping[str, Any]


def lines_of(events: Iterable[Event]) -> Iterator[str]:
    """Write events as lines: ``[load] 11:29:02 WARNING careful``. What is for debugging is left out."""
    for event in events:
        level, message = str(event.get("level") or "INFO"), str(event.get("message") or "")
        if level not in _TOLD_LEVELS:
            continue
        head = f"[{event.get('stepKey') or 'run'}] {_time(event)}" + ("" if level == "INFO" else f" {level}")
        texts = message.splitlines() + [line for error in errors_of(event) for line in error.splitlines()]
        yield from (f"{head} {line[:_LONGEST_LINE]}".rstrip() for line in texts if line.strip())


def errors_of(event: Event) -> Iterator[str]:
    """Return what an event that tells of an error says: the error, and those that it came from."""
    error = event.get("error")
    if not isinstance(error, Mapping):
        return
    chain = [link.get("error") for link in error.get("errorChain") or () if isinstance(link, Mapping)]
    for each in (error, *chain):
        if isinstance(each, Mapping) and (text := str(each.get("message") or "").strip()):
            yield text


def failures_of(events: Iterable[Event]) -> Mapping[str, str]:
    """Return what each step that failed failed of; of the run itself under the empty name."""
    found = {}
    for event in events:
        if event.get("__typename") not in {"ExecutionStepFailureEvent", "RunFailureEvent"}:
            continue
        told = list(errors_of(event)) or [str(event.get("message") or "it failed without a word")]
        found[str(event.get("stepKey") or "")] = short(told[-1])  # the last of the chain is the user's own
    return found


def failure_words(events: Iterable[Event]) -> str:
    """Say in Dagster's words how a run failed: the steps that failed and why, and the last lines of its log."""
    every = list(events)
    failures = failures_of(every)
    steps = [f"step {key!r} failed: {why}" for key, why in failures.items() if key]
    head = steps or [failures.get("", "the run failed without a word in its log")]
    return "\n".join([*head, *list(lines_of(every))[-_LAST_LINES:]])


def checks_of(events: Iterable[Event]) -> tuple[InnerTest, ...]:
    """Return asset checks as tests. A failed one of severity WARN warns, one of ERROR stops."""
    found = []
    for event in events:
        told = event.get("evaluation")
        if event.get("__typename") != "AssetCheckEvaluationEvent" or not isinstance(told, Mapping):
            continue
        verdict = "pass" if told.get("success") is True else "warn" if told.get("severity") == "WARN" else "stop"
        message = str(told.get("description") or "") or str(event.get("message") or "")
        found.append(
            InnerTest(
                name=str(told.get("checkName")),
                verdict=verdict,
                dataset=_asset(told),
                message=None if verdict == "pass" else short(message),
            )
        )
    return tuple(found)


def assets_of(events: Iterable[Event]) -> tuple[str, ...]:
    """Return the keys of the assets that were materialised, ``mart/daily``."""
    return tuple(sorted({key for event in events if _is_materialisation(event) and (key := _asset(event))}))


def values_of(wanted: Mapping[str, str], events: Iterable[Event]) -> Mapping[str, Json]:
    """Return the metadata that are wanted: ``orders.rows`` is ``rows`` of the asset, or of the output of the step, ``orders``.

    Raises ToolFailed where there is none of that name, or the values are too large.
    """
    told = _metadata(events) if wanted else {}
    found = {}
    for name, path in wanted.items():
        owner, label = _split(path, told)
        if label not in told[owner]:
            raise ToolFailed(
                f"the value {name!r} is not there: {owner!r} told no {label!r}",
                is_retryable=False,
                fix=known_names_hint(label, told[owner], what=f"metadata of {owner}"),
            )
        found[name] = told[owner][label]
    if (size := len(json.dumps(found))) > _LIMIT_BYTES:
        raise ToolFailed(
            f"the values are {size:,} bytes as JSON, more than {_LIMIT_BYTES:,}",
            is_retryable=False,
            fix="values are small; leave large results in a table or a file",
        )
    return found


def _metadata(events: Iterable[Event]) -> Mapping[str, Mapping[str, Json]]:
    """Return metadata by the asset or step that they are of; what was told last holds."""
    steps: dict[str, dict[str, Json]] = {}
    assets: dict[str, dict[str, Json]] = {}
    for event in events:
        entries = event.get("metadataEntries") or ()
        told = {str(each["label"]): _value(each) for each in entries if isinstance(each, Mapping) and "label" in each}
        if _is_materialisation(event) and (key := _asset(event)):
            assets.setdefault(key, {}).update(told)
        elif event.get("__typename") == "ExecutionStepOutputEvent" and event.get("stepKey"):
            steps.setdefault(str(event["stepKey"]), {}).update(told)
    return steps | assets


def _value(entry: Mapping[str, Any]) -> Json:
    kind = entry.get("__typename")
    if kind == "IntMetadataEntry":
        return int(str(entry.get("intRepr")))
    if kind == "JsonMetadataEntry":
        try:
            found: Json = json.loads(str(entry.get("jsonString")))
        except (ValueError, RecursionError):
            found = str(entry.get("jsonString"))
        return found
    names = ("floatValue", "boolValue", "text", "url", "path", "mdStr", "timestamp", "runId")
    value: Json = next((entry[name] for name in names if entry.get(name) is not None), None)
    return value


def _split(path: str, told: Mapping[str, object]) -> tuple[str, str]:
    """Take asset and label apart, both of which may have dots: the longest asset or step that there is."""
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        if ".".join(parts[:end]) in told:
            return ".".join(parts[:end]), ".".join(parts[end:])
    raise ToolFailed(
        f"no asset or step told metadata of which {path!r} would be a value",
        is_retryable=False,
        fix=known_names_hint(path.rpartition(".")[0], told, what="assets and steps"),
    )


def _is_materialisation(event: Event) -> bool:
    return event.get("__typename") == "MaterializationEvent"


def _asset(found: Mapping[str, Any]) -> str | None:
    key = found.get("assetKey")
    path = key.get("path") if isinstance(key, Mapping) else None
    return "/".join(map(str, path)) if isinstance(path, list) and path else None


def _time(event: Event) -> str:
    """Return the time of an event, which comes as milliseconds in a text."""
    try:
        return f"{dt.datetime.fromtimestamp(int(str(event.get('timestamp'))) / 1000, dt.UTC):%H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return "--:--:--"

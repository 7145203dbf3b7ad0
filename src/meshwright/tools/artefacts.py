"""What programs of `tools.inside` leave in a job's folder, as values of the protocol.

``steps.jsonl`` grows while the program runs, ``result.json`` or ``failure.json`` comes last and whole. A file that is not as
it should be is told as ToolFailed, whoever broke it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshwright.tools.protocol import (
    InnerStep,
    InnerTable,
    InnerTest,
    Job,
    Outcome,
    Outline,
    OutlinedDataset,
    Table,
    ToolFailed,
)


def left_failure(place: Path) -> ToolFailed | None:
    """Return why a program failed, as it says itself; None where it did not come to say so."""
    found = _document(place / "failure.json")
    if not isinstance(found, dict) or not isinstance(found.get("error"), str):
        return None
    fix = found.get("fix")
    return ToolFailed(
        found["error"],
        is_retryable=found.get("is_retryable") is True,
        fix=fix if isinstance(fix, str) else None,
        is_refused=found.get("is_refused") is True,
    )


def left_steps(place: Path) -> tuple[InnerStep, ...]:
    """Return the steps as they stand; a last line that is not whole yet is left for the next look."""
    try:
        lines = (place / "steps.jsonl").read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return ()
    found: dict[str, InnerStep] = {}
    for line in lines:
        try:
            fields = json.loads(line)
            found[fields["name"]] = InnerStep(
                name=_text(fields["name"]), kind=_text(fields["kind"]), state=_text(fields["state"]),
                after=tuple(_text(each) for each in fields.get("after", ())), dataset=_optional(fields.get("dataset")),
                started_at=_instant(fields.get("started_at")), ended_at=_instant(fields.get("ended_at")),
                error=_optional(fields.get("error")),
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable("steps.jsonl", error) from error
    return tuple(found.values())


def left_outcome(job: Job) -> Outcome:
    """Return what a program that succeeded left. Raises ToolFailed where a wanted dataset is not among it."""
    found = _result(job.scratch)
    try:
        outcome = Outcome(
            values=_mapping(found.get("values", {})),
            tables={name: _table(each) for name, each in _mapping(found["tables"]).items()},
            steps=left_steps(job.scratch),
            tests=tuple(_test(each) for each in found["tests"]),
            inside=tuple(_inner_table(each) for each in found.get("inside", ())),
            costs={name: float(value) for name, value in _mapping(found.get("costs", {})).items()},
            unmanaged=tuple(_text(each) for each in found.get("unmanaged", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable("result.json", error) from error
    missing = [name for name in job.datasets if name not in outcome.tables]
    if missing:
        raise ToolFailed(f"it left no table {', '.join(map(repr, missing))}", is_retryable=False)
    for table in outcome.tables.values():
        for file in table.files:
            if not file.is_file():
                raise ToolFailed(f"it left no file {file.name!r}, which its result names", is_retryable=False)
    return outcome


def left_outline(place: Path) -> Outline:
    """Return the outline that a program left."""
    found = _result(place)
    try:
        datasets = tuple(
            OutlinedDataset(
                name=_text(each["name"]), description=_optional(each.get("description")),
                columns={name: _text(kind) for name, kind in _mapping(each.get("columns", {})).items()},
                after=tuple(_text(name) for name in each.get("after", ())),
            )
            for each in found["datasets"]
        )  # fmt: skip
        return Outline(datasets=datasets, inputs=tuple(_text(each) for each in found["inputs"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable("result.json", error) from error


def _result(place: Path) -> dict[str, Any]:
    found = _document(place / "result.json")
    if not isinstance(found, dict):
        raise ToolFailed("it ended well and left no result", is_retryable=False)
    return found


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise _unreadable(path.name, error) from error


def _unreadable(name: str, error: Exception) -> ToolFailed:
    return ToolFailed(f"{name} that it left is not readable: {type(error).__name__}: {error}", is_retryable=False)


def _inner_table(found: Any) -> InnerTable:
    return InnerTable(
        name=_texts(found["name"]), columns=_texts(found.get("columns", ())), dataset=_optional(found.get("dataset")),
        input=_optional(found.get("input")), query=_optional(found.get("query")),
        reads=tuple(_texts(each) for each in found.get("reads", ())),
    )  # fmt: skip


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(_text(each) for each in found)


def _table(found: Any) -> Table:
    files = tuple(Path(_text(file)) for file in found["files"])
    return Table(files=files, columns={name: _text(kind) for name, kind in _mapping(found["columns"]).items()})


def _test(found: Any) -> InnerTest:
    failing = found.get("failing_rows")
    if failing is not None and (not isinstance(failing, int) or isinstance(failing, bool)):
        raise TypeError(f"failing_rows is {failing!r}")
    return InnerTest(
        name=_text(found["name"]), verdict=_text(found["verdict"]), dataset=_optional(found.get("dataset")),
        column=_optional(found.get("column")), failing_rows=failing, message=_optional(found.get("message")),
    )  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no object")
    return value


def _instant(value: Any) -> dt.datetime | None:
    return None if value is None else dt.datetime.fromisoformat(_text(value))

"""XComs of a DAG run as values: ``load.rows`` is the key ``rows`` of the task ``load``, ``load`` what it returned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.tools.airflow_api import Api
from meshwright.tools.airflow_steps import Instance
from meshwright.tools.protocol import Json, ToolFailed

_RETURNED = "return_value"
#: Of all values together, as JSON.
_LIMIT_BYTES = 64 * 1024


def values_of(
    api: Api, dag: str, run_id: str, wanted: Mapping[str, str], instances: Sequence[Instance]
) -> Mapping[str, Json]:
    """Return the values that are wanted. That of a mapped task is a list, by index; that of a skipped task is null.

    Raises ToolFailed where a task or a key is not there, or the values are too large.
    """
    found: dict[str, Json] = {}
    size = 0
    for name, path in wanted.items():
        task, key = _split(path, [each.task for each in instances])
        mine = sorted((each for each in instances if each.task == task), key=lambda each: each.index)
        values: list[Json] = []
        for each in mine:
            values.append(None if each.state == "skipped" else _value(api, dag, run_id, each, key, name))
            size += len(json.dumps(values[-1]))
            if size > _LIMIT_BYTES:
                raise ToolFailed(
                    f"the values are larger than {_LIMIT_BYTES:,} bytes as JSON, with {name!r} ({path})",
                    is_retryable=False,
                    fix="values are small; leave large results in a table or a file",
                )
        found[name] = values if mine[0].index >= 0 else values[0]
    return found


def _value(api: Api, dag: str, run_id: str, one: Instance, key: str, name: str) -> Json:
    is_there, value = api.xcom(dag, run_id, one.task, key, one.index)
    if is_there:
        return value
    # A task that returns a map leaves its entries alone only where it is said to have several outputs.
    is_there, returned = api.xcom(dag, run_id, one.task, _RETURNED, one.index)
    if is_there and isinstance(returned, Mapping) and key in returned:
        return returned[key]
    keys = {*api.xcom_keys(dag, run_id, one.task), *(returned if isinstance(returned, Mapping) else ())}
    raise ToolFailed(
        f"the value {name!r} is not there: task {one.name!r} left no XCom {key!r}",
        is_retryable=False,
        fix=known_names_hint(key, map(str, keys), what="XComs of the task"),
    )


def _split(path: str, tasks: Iterable[str]) -> tuple[str, str]:
    """Take task and key apart, both of which may have dots: the longest name of a task that there is."""
    known = set(tasks)
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        if ".".join(parts[:end]) in known:
            return ".".join(parts[:end]), ".".join(parts[end:]) or _RETURNED
    raise ToolFailed(
        f"there is no task of which {path!r} would be a value",
        is_retryable=False,
        fix=known_names_hint(path.partition(".")[0], known, what="tasks"),
    )

"""The description of a job's life over HTTP: which calls start it, find it, look at it, and what their answers mean.

Every text of a call may hold ``{id}``, the id that meshwright gave the job, and, once it was started, ``{handle}``, what the
server calls it; a log's address also ``{offset}``, the number of lines that are known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlsplit

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.tools.http_guard import url_problem
from meshwright.tools.http_options import CALL_KEYS, allow_problems, call_problems, has_reference, path_problems
from meshwright.tools.protocol import JobState, Json, Problem, ToolFailed

#: What every call is given, beside the calls themselves.
_COMMON = ("url", "headers", "auth", "timeout")
#: Keys of a call of each kind, beside those of any call, and what its texts may hold.
_PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "start": (("handle", "idempotent"), ("id",)),
    "find": (("handle",), ("id",)),
    "poll": (("state", "waiting", "running", "succeeded", "failed", "cancelled", "error"), ("id", "handle")),
    "log": (("lines",), ("id", "handle", "offset")),
    "result": ((), ("id", "handle")),
    "cancel": ((), ("id", "handle")),
}
_NEEDED = ("start", "poll")
KEYS = (*_COMMON, *_PARTS, "page", "allow")
#: Keys of a call that say nothing in a part other than ``result``.
_VALUES = "values"
_NAMES = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: In the order in which a state is looked up.
_STATES: Mapping[str, JobState] = {
    "waiting": JobState.WAITING,
    "running": JobState.RUNNING,
    "succeeded": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
}


def rest_problems(options: Mapping[str, Json]) -> Iterator[Problem]:
    """Find what is wrong with a description."""
    for name in options:
        if name not in KEYS:
            yield Problem(path=(name,), message=f"unknown key '{name}'", fix=known_names_hint(name, KEYS, what="keys"))
    for name in _NEEDED:
        if options.get(name) is None:
            yield Problem(message=f"there is no '{name}'", fix=f"describe the call: {name}: {{url: ..., ...}}")
    base = options.get("url")
    common = {name: options[name] for name in _COMMON if name in options}
    if common:
        yield from call_problems({"url": "http://any", **common}, keys=_COMMON)
    yield from allow_problems(options)
    for name in _PARTS:
        part = options.get(name)
        if isinstance(part, str) and name not in {"start", "poll"}:
            part = {"url": part}
        if part is not None and not isinstance(part, Mapping):
            yield Problem(path=(name,), message=f"'{name}' is a call", fix=f"write {name}: {{url: ..., ...}}")
        elif part is not None:
            yield from _part_problems(name, part, base)
    page = options.get("page")
    if page is not None:
        yield from _text_problems(page, ("page",), ("id", "handle"))


def part_of(options: Mapping[str, Json], name: str, known: Mapping[str, str]) -> dict[str, Json]:
    """Return the options of one call with what all calls share, and its texts filled in. Raises ToolFailed."""
    given = options.get(name)
    part: Mapping[str, Json] = {"url": given} if isinstance(given, str) else given  # type: ignore[assignment]
    base = options.get("url")
    found = {key: options[key] for key in ("auth", "timeout") if key in options}
    shared, own = options.get("headers"), part.get("headers")
    if isinstance(shared, Mapping) or isinstance(own, Mapping):
        found["headers"] = {**(shared or {}), **(own or {})}  # type: ignore[dict-item]
    extra = _PARTS[name][0]
    found |= {
        key: filled(value, known) for key, value in part.items() if key not in {"url", "headers", _VALUES, *extra}
    }
    if "headers" in found:
        found["headers"] = filled(found["headers"], known)
    url = filled_url(str(part.get("url")), known)
    if url.startswith("/") and isinstance(base, str):
        url = base.rstrip("/") + url
    found["url"] = url
    if part.get("url") == "{handle}":
        _refuse_elsewhere(options, known, url)
    return found


def filled(value: Json, known: Mapping[str, str]) -> Json:
    """Return a value in whose texts the known names are filled in."""
    if isinstance(value, str):
        return _NAMES.sub(lambda match: known.get(match[1], match[0]), value)
    if isinstance(value, Mapping):
        return {name: filled(each, known) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, known) for each in value]
    return value


def filled_url(url: str, known: Mapping[str, str]) -> str:
    """Return an address in which the known names are filled in and encoded; one that is a name alone is taken as it is."""
    whole = _NAMES.fullmatch(url)
    if whole is not None:
        return known.get(whole[1], url)
    return _NAMES.sub(lambda match: quote(known[match[1]], safe="") if match[1] in known else match[0], url)


def state_of(poll: Mapping[str, Json], value: Json) -> JobState | None:
    """Return what a state of the server's means; None where it is none that is described."""
    for name, state in _STATES.items():
        if any(_is_same(value, each) for each in listed(poll.get(name))):
            return state
    return None if poll.get("running") is not None else JobState.RUNNING


def listed(value: Json) -> tuple[Json, ...]:
    """Return a list, or the one value that stands in its place, as a tuple."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _part_problems(name: str, part: Mapping[str, Json], base: Json) -> Iterator[Problem]:
    extra, names = _PARTS[name]
    keys = (*(key for key in CALL_KEYS if key != _VALUES or name == "result"), *extra)
    url = part.get("url")
    # What is judged as an address is what it will be, with any word in the place of its names.
    judged = {key: value for key, value in part.items() if key not in extra}
    if isinstance(url, str):
        judged["url"] = _judged_url(url, base)
    elif name == "result" and url is None:  # values of the last look
        judged["url"] = "http://any"
    yield from call_problems(judged, path=(name,), keys=keys)
    for key in ("url", "headers", "json", "form", "body"):
        if key in part:
            yield from _text_problems(part[key], (name, key), names)
    if (
        isinstance(url, str)
        and isinstance(base, str)
        and not has_reference(url)
        and not url.startswith("/")
        and not _NAMES.fullmatch(url)
    ):
        fix = "begin it with /, or leave the url that all calls share away"
        yield Problem(path=(name, "url"), message="it is appended to the url that all calls share", fix=fix)
    if name in {"start", "find"}:
        yield from _handle_problems(name, part)
    elif name == "poll":
        yield from _poll_problems(part)
    elif name == "log" and part.get("lines") is not None:
        yield from path_problems(part["lines"], ("log", "lines"))
    elif name == "result" and not part.get(_VALUES):
        yield Problem(
            path=("result",), message="no values are taken from the result", fix='write values: {rows: "$.rows"}'
        )


def _handle_problems(name: str, part: Mapping[str, Json]) -> Iterator[Problem]:
    handle = part.get("handle")
    if handle is None:
        fix = 'write handle: "$.run_id", the path into the answer, or handle: {header: Location}'
        yield Problem(path=(name,), message="nothing says what the server calls the job", fix=fix)
    elif isinstance(handle, Mapping):
        if set(handle) != {"header"} or not isinstance(handle["header"], str):
            yield Problem(path=(name, "handle"), message="a handle is a path, or {header: NAME}")
    else:
        yield from path_problems(handle, (name, "handle"))
    if not isinstance(part.get("idempotent", False), bool):
        yield Problem(path=(name, "idempotent"), message="idempotent is true or false")


def _poll_problems(part: Mapping[str, Json]) -> Iterator[Problem]:
    if part.get("state") is None:
        yield Problem(path=("poll",), message="nothing says where the state is", fix='write state: "$.status"')
    for key in ("state", "error"):
        if part.get(key) is not None:
            yield from path_problems(part[key], ("poll", key))
    if not listed(part.get("succeeded")):
        yield Problem(path=("poll",), message="no state is a success", fix="write succeeded: [done]")
    if not listed(part.get("failed")) and part.get("running") is None:
        fix = "write failed: [error], or running: [...], so that every other state is a failure"
        yield Problem(
            path=("poll",), message="no state is a failure: a job that fails would be waited for forever", fix=fix
        )
    seen: dict[str, str] = {}
    for key in _STATES:
        for each in listed(part.get(key)):
            if not isinstance(each, str | int | float | bool):
                yield Problem(path=("poll", key), message=f"{json.dumps(each)[:40]} is no state")
            elif seen.setdefault(_word(each), key) != key:
                fix = "write it in one of them"
                yield Problem(
                    path=("poll", key), message=f"state '{_word(each)}' is also '{seen[_word(each)]}'", fix=fix
                )


def _text_problems(value: Json, path: tuple[str | int, ...], names: tuple[str, ...]) -> Iterator[Problem]:
    """Find names in braces that will never be known; those beside ``$`` are references."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _text_problems(each, (*path, name), names)
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _text_problems(each, (*path, number), names)
    elif isinstance(value, str) and (path[-1] in {"url", "page"} or path[-2:-1] == ("page",)):
        for name in _NAMES.findall(re.sub(r"\$\{[^}]*\}", "", value)):
            if name not in names:
                fix = "names that are filled in: " + ", ".join(f"{{{each}}}" for each in names)
                yield Problem(path=path, message=f"{{{name}}} is not filled in here", fix=fix)
    elif isinstance(value, str) and "handle" not in names and "{handle}" in value:
        yield Problem(path=path, message="{handle} is not known before the job is started")


def _judged_url(url: str, base: Json) -> str:
    if _NAMES.fullmatch(url):
        return "http://any"
    if url.startswith("/") and isinstance(base, str):
        return "http://any" + _NAMES.sub("x", url)
    return url if has_reference(url) else _NAMES.sub("x", url)


def _refuse_elsewhere(options: Mapping[str, Json], known: Mapping[str, str], url: str) -> None:
    """Refuse an address that the server gave and that is another server's: it would be given our credentials."""
    start = part_of(options, "start", {name: text for name, text in known.items() if name == "id"})
    problem = url_problem(url)
    if problem is not None:
        raise ToolFailed(f"the handle is not an address: {problem}", is_retryable=False)
    there, here = urlsplit(url), urlsplit(str(start["url"]))
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise ToolFailed(
            f"the handle is an address of another server, {there.scheme}://{there.netloc}", is_retryable=False
        )


def _is_same(value: Json, described: Json) -> bool:
    return isinstance(value, str | int | float | bool) and _word(value) == _word(described)


def _word(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)

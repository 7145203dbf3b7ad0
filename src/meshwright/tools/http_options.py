"""Options of calls over HTTP, checked before and read when a call is made; shared by ``http`` and ``rest``.

Before a run the options may hold references (``${env:HOOK}``); what only they decide is judged when the call is made.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, urlencode, urlsplit

from meshwright import __version__
from meshwright.diagnostics.nearest import known_names_hint
from meshwright.frozen import dataclass
from meshwright.tools.http_guard import read_ranges, url_problem
from meshwright.tools.jsonpath import PathError, parse_path
from meshwright.tools.protocol import Json, Problem, ToolFailed
from meshwright.tools.requests import Request, Server

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: Options that say what is sent, and the type that its content has.
_BODIES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "body": "text/plain; charset=utf-8",
}
#: Options of one call.
CALL_KEYS = ("url", "method", "headers", "json", "form", "body", "expect", "timeout", "values", "auth")
_BODILESS = frozenset({"GET", "HEAD"})
#: Set by us, or decided by what is sent.
_OURS = frozenset({"idempotency-key", "content-length", "transfer-encoding", "host", "connection"})
_AUTH = (frozenset({"bearer"}), frozenset({"user", "password"}))
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DURATION = re.compile(r"([0-9]+)(ms|s|m|h)")
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_STATUS_CLASS = re.compile(r"[1-5]xx")
#: The largest body that is sent.
_BODY_BYTES = 1024 * 1024
_TIMEOUT_S = 30.0
_LONGEST_S = 3600.0
#: Characters of a path that are sent as they are; what is encoded already stays so.
_PLAIN = "/%:@!$&'()*+,;=~-._"
#: Answers that we judge ourselves; those that lead elsewhere are judged by the client, which follows a GET on one server.
_ANSWERS = range(300, 600)
_MOVED = frozenset({301, 302, 303, 307, 308})
#: Shorter texts of headers hide nothing, and would tear holes into every message.
_SHORTEST_SECRET = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is sent, and where."""

    server: Server
    request: Request
    #: The address as it may stand in a log: without its query, which may hold a token.
    shown: str


def has_reference(value: Json) -> bool:
    """Whether a text is, or holds, a reference that is resolved when the call is made."""
    return isinstance(value, str) and "${" in value


def has_body(options: Mapping[str, Json]) -> bool:
    """Whether something is sent."""
    return any(options.get(name) is not None for name in _BODIES)


def call_problems(
    options: Mapping[str, Json], *, path: tuple[str | int, ...] = (), keys: Iterable[str] = CALL_KEYS
) -> Iterator[Problem]:
    """Find what is wrong with the options of one call. `path` is where they stand; `keys` are those that it may have."""
    keys = tuple(keys)
    for name in options:
        if name not in keys:
            yield Problem(
                path=(*path, name), message=f"unknown key '{name}'", fix=known_names_hint(name, keys, what="keys")
            )
    yield from _url_problems(options.get("url"), path)
    method = options.get("method")
    if method is not None and not has_reference(method) and method not in METHODS:
        fix = known_names_hint(str(method).upper(), METHODS, what="methods")
        yield Problem(path=(*path, "method"), message=f"there is no method '{method}'", fix=fix)
    yield from _body_problems(options, method, path)
    yield from _header_problems(options.get("headers"), (*path, "headers"))
    yield from _auth_problems(options, (*path, "auth"))
    yield from _expect_problems(options.get("expect"), (*path, "expect"))
    timeout = options.get("timeout")
    if timeout is not None and duration_s(timeout) is None:
        yield Problem(
            path=(*path, "timeout"),
            message=f"{timeout!r} is no duration up to 1h",
            fix="write for example timeout: 30s",
        )
    yield from values_problems(options.get("values"), (*path, "values"))


def allow_problems(options: Mapping[str, Json]) -> Iterator[Problem]:
    """Find what is wrong with ``allow``, which the mesh gives."""
    try:
        read_ranges(options.get("allow", ()))
    except ValueError as error:
        yield Problem(
            path=("allow",), message=str(error), fix="write for example http: {allow: [10.0.0.0/8]} in mesh.yaml"
        )


def values_problems(values: Json, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """Find what is wrong with ``values``: names with paths into the answer."""
    if values is None:
        return
    if not isinstance(values, Mapping):
        yield Problem(path=path, message="values are names with paths", fix='write for example values: {id: "$.id"}')
        return
    for name, text in values.items():
        yield from path_problems(text, (*path, name))


def path_problems(text: Json, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """Find what is wrong with one path into an answer."""
    if not isinstance(text, str):
        yield Problem(path=path, message="a path into the answer is a text", fix='write for example "$.id"')
        return
    try:
        parse_path(text)
    except PathError as error:
        yield Problem(path=path, message=str(error), fix='write for example "$.id", "$.runs[0].id" or "$.runs[*].id"')


def call_of(options: Mapping[str, Json], *, key: str | None, timeout_s: float = _TIMEOUT_S) -> Call:
    """Return the call that the options, resolved, describe, with its idempotency key. Raises ToolFailed where they describe none.

    `timeout_s` holds where the options name no ``timeout``.
    """
    for problem in call_problems(options, keys=options):
        where = ".".join(str(each) for each in problem.path)
        raise ToolFailed(
            f"{where}: {problem.message}" if where else problem.message, is_retryable=False, fix=problem.fix
        )
    body, kind = _body(options)
    headers = {"User-Agent": f"meshwright/{__version__}", "Accept": "application/json, */*;q=0.5"}
    if kind is not None:
        headers["Content-Type"] = kind
    given = {name: _word(value) for name, value in _mapping(options, "headers").items()}
    auth = _mapping(options, "auth")
    if "bearer" in auth:
        given["Authorization"] = f"Bearer {auth['bearer']}"
    elif auth:
        pair = base64.b64encode(f"{auth['user']}:{auth['password']}".encode()).decode()
        given["Authorization"] = f"Basic {pair}"
    names = {name.lower() for name in given}
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    parts = urlsplit(str(options["url"]))
    query = f"?{quote(parts.query, safe=_PLAIN + '?')}" if parts.query else ""
    expect = options.get("expect")
    return Call(
        server=Server(
            url=f"{parts.scheme}://{parts.netloc}",
            secrets=tuple(each for each in (query, parts.query, *given.values()) if len(each) >= _SHORTEST_SECRET),
            timeout_s=duration_s(options.get("timeout")) or timeout_s,
        ),
        request=Request(
            method=str(options.get("method") or ("POST" if body is not None else "GET")),
            path=quote(parts.path or "/", safe=_PLAIN) + query,
            headers={**({} if key is None else {"Idempotency-Key": key}), **kept, **given},
            body=body,
            expected=tuple(status for status in _ANSWERS if status not in _MOVED or is_expected(status, expect)),
        ),
        shown=f"{parts.scheme}://{parts.netloc}{parts.path}",
    )


def is_expected(status: int, expect: Json) -> bool:
    """Whether a status is one that the node expects: any 2xx where it names none."""
    wanted = expect if isinstance(expect, list | tuple) else ["2xx"] if expect is None else [expect]
    return any(each == status or (isinstance(each, str) and each[0] == str(status)[0]) for each in wanted)


def duration_s(value: Json) -> float | None:
    """Return the seconds of a duration such as ``30s``; None where it is none, or longer than an hour."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    seconds = int(found[1]) * _UNITS_S[found[2]]
    return seconds if 0 < seconds <= _LONGEST_S else None


def _url_problems(url: Json, path: tuple[str | int, ...]) -> Iterator[Problem]:
    fix = "write for example url: https://example.org/hook"
    if url is None or url == "":
        yield Problem(path=path, message="there is no url", fix=fix)
    elif not isinstance(url, str):
        yield Problem(path=(*path, "url"), message="a url is a text", fix=fix)
    elif not has_reference(url) and (message := url_problem(url)):
        yield Problem(path=(*path, "url"), message=message, fix=fix)


def _body_problems(options: Mapping[str, Json], method: Json, path: tuple[str | int, ...]) -> Iterator[Problem]:
    given = [name for name in _BODIES if options.get(name) is not None]
    if len(given) > 1:
        yield Problem(
            path=(*path, given[1]), message=f"'{given[0]}' and '{given[1]}' are both sent", fix="write one of them"
        )
    elif given and method in _BODILESS:
        yield Problem(path=(*path, given[0]), message=f"a {method} sends nothing", fix="write for example method: POST")
    form = options.get("form")
    if form is not None and not (isinstance(form, Mapping) and all(_is_plain(each) for each in form.values())):
        yield Problem(path=(*path, "form"), message="a form is names with texts, numbers or lists of them")
    body = options.get("body")
    if body is not None and not isinstance(body, str):
        yield Problem(path=(*path, "body"), message="a body is a text", fix="write json: for what is no text")
    for name in given:
        try:
            size = len(json.dumps(plain(options[name]), ensure_ascii=False, allow_nan=False).encode())
        except ValueError as error:
            yield Problem(path=(*path, name), message=f"it cannot be sent: {error}")
        else:
            if size > _BODY_BYTES:
                yield Problem(path=(*path, name), message="what is sent is larger than 1 MB")


def _header_problems(headers: Json, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if headers is None:
        return
    if not isinstance(headers, Mapping):
        yield Problem(path=path, message="headers are names with texts", fix="write for example headers: {X-Team: ops}")
        return
    for name, value in headers.items():
        where = (*path, name)
        if not _HEADER_NAME.fullmatch(name):
            yield Problem(path=where, message=f"'{name}' is no name of a header")
        elif name.lower() in _OURS:
            yield Problem(path=where, message=f"'{name}' is set by meshwright", fix="remove it")
        elif not isinstance(value, str | int | float) or isinstance(value, bool):
            yield Problem(path=where, message="a header's value is a text")
        elif not all(" " <= letter <= "~" or "\xa0" <= letter <= "\xff" or letter == "\t" for letter in str(value)):
            yield Problem(path=where, message=f"the value of '{name}' holds characters that a header cannot")


def _auth_problems(options: Mapping[str, Json], path: tuple[str | int, ...]) -> Iterator[Problem]:
    auth = options.get("auth")
    if auth is None:
        return
    fix = 'write auth: {bearer: "${env:TOKEN}"}, or auth: {user: ana, password: "${env:PASSWORD}"}'
    if (
        not isinstance(auth, Mapping)
        or frozenset(auth) not in _AUTH
        or not all(isinstance(each, str) for each in auth.values())
    ):
        yield Problem(path=path, message="auth is a bearer token, or a user and a password", fix=fix)
        return
    for name, value in auth.items():
        if name == "bearer" and not all(" " <= letter <= "~" for letter in str(value)):
            yield Problem(path=(*path, name), message="a token holds characters that a header cannot")
    headers = options.get("headers")
    if isinstance(headers, Mapping) and "authorization" in {name.lower() for name in headers}:
        yield Problem(path=path, message="auth and the header Authorization are both given", fix="write one of them")


def _expect_problems(expect: Json, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if expect is None:
        return
    wanted = expect if isinstance(expect, list | tuple) else [expect]
    for each in wanted:
        is_status = isinstance(each, int) and not isinstance(each, bool) and 100 <= each <= 599
        if not is_status and not (isinstance(each, str) and _STATUS_CLASS.fullmatch(each)):
            yield Problem(
                path=path, message=f"{each!r} is no status", fix="write for example expect: [200, 201], or 2xx"
            )
    if not wanted:
        yield Problem(path=path, message="no status is expected", fix="write for example expect: [200, 201]")


def _body(options: Mapping[str, Json]) -> tuple[bytes | None, str | None]:
    for name, kind in _BODIES.items():
        content = options.get(name)
        if content is None:
            continue
        if name == "json":
            return json.dumps(plain(content), ensure_ascii=False, separators=(",", ":")).encode(), kind
        if name == "form":
            assert isinstance(content, Mapping)
            pairs = [
                (key, [_word(each) for each in value] if isinstance(value, list | tuple) else _word(value))
                for key, value in content.items()
            ]
            return urlencode(pairs, doseq=True).encode(), kind
        return str(content).encode(), kind
    return None, None


def plain(value: Json) -> Json:
    """Return a value in the types that JSON's writer knows: options may be read-only maps."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _mapping(options: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = options.get(name)
    return found if isinstance(found, Mapping) else {}


def _word(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_plain(value: Json) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(each, str | int | float) for each in value)
    return isinstance(value, str | int | float)

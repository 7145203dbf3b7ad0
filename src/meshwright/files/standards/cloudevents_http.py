"""CloudEvents 1.0.2 over HTTP: a request in structured, batched or binary mode, read strictly; an event written as a request."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.files.standards.cloudevents import CloudEvent, read_events
from meshwright.frozen import dataclass
from meshwright.large_json import Rests, read_large_json

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_PREFIX = "ce-"
#: Levels of an event's JSON; what is deeper is an attack on whoever reads it.
_MOST_DEPTH = 64
_JSON = re.compile(r"[^/;]+/(?:[^/;+]+\+)?json")
#: What stands in a header as it is (HTTP binding, 3.1.3.2): printable ASCII but for blank, double quote and percent.
_PLAIN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
#: A bracket, or a whole text, in which brackets are none. Possessive: nothing is looked at twice, whatever comes.
_BRACKET = re.compile(rb'[\[\]{}]|"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BAD_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRequest:
    """An event as a request."""

    headers: Mapping[str, str]
    body: bytes


def read_request(body: bytes, headers: Mapping[str, str], *, most: int) -> tuple[CloudEvent, ...]:
    """Return the events of a request; `headers` have names in lower case. Raises InputError: MW-B008, MW-B009, MW-S031."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_batch = kind == BATCH
    if is_batch or kind == STRUCTURED:
        _require_utf8(headers.get("content-type", ""))
        data = body
    elif "ce-specversion" in headers:
        data = _as_structured(body, headers)
    else:
        raise InputError(
            Diagnostic(
                code="MW-B008",
                message=f"{kind or 'no content type'} is no CloudEvent",
                fix=f"send Content-Type: {STRUCTURED}, or {BATCH} for a list of events, or the attributes as ce- headers",
            )
        )
    _require_shallow(data)
    events, findings = read_events(data, "body", most)
    if findings:
        raise InputError(*findings[:50])
    is_list = data.lstrip()[:1] == b"["
    if is_list is not is_batch:
        wanted = "a list of events" if is_batch else "one event"
        raise _malformed(f"a request of type {kind or STRUCTURED} brings {wanted}", f"send a list as {BATCH}")
    return events


def write_binary(document: Mapping[str, object]) -> EventRequest:
    """Write an event in binary mode: attributes in headers, the data as the body."""
    headers = {
        f"{_PREFIX}{name}": quote(_word(value), safe=_PLAIN)
        for name, value in document.items()
        if name not in {"data", "data_base64", "datacontenttype"}
    }
    kind = document.get("datacontenttype")
    encoded, body = document.get("data_base64"), b""
    if encoded is not None:
        body = base64.b64decode(str(encoded))
        kind = kind or "application/octet-stream"
    elif "data" in document:
        data = document["data"]
        kind = kind or "application/json"
        if isinstance(data, str) and not is_json(str(kind)):
            body = data.encode()
        else:
            body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    if kind is not None:
        headers["content-type"] = quote(str(kind), safe=_PLAIN + ' "')
    return EventRequest(headers=headers, body=body)


def write_structured(document: str) -> EventRequest:
    """Write an event in structured mode: all of it as JSON."""
    return EventRequest(headers={"content-type": f"{STRUCTURED}; charset=utf-8"}, body=document.encode())


def is_json(kind: str) -> bool:
    """Whether a media type is JSON."""
    return _JSON.fullmatch(kind.partition(";")[0].strip().lower()) is not None


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _as_structured(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a request in binary mode as one in structured mode."""
    document: dict[str, object] = {
        name.removeprefix(_PREFIX): _attribute(name, value)
        for name, value in headers.items()
        if name.startswith(_PREFIX)
    }
    if misplaced := {"data", "data_base64", "datacontenttype"} & document.keys():
        raise _malformed(f"'{_PREFIX}{min(misplaced)}' is no header of an event", "send the data as the body")
    kind = headers.get("content-type")
    if kind is not None:
        document["datacontenttype"] = kind
    if not body:
        return json.dumps(document).encode()
    # Without a type it counts as JSON (section 3.1, datacontenttype), where it is that.
    if is_json(kind or "application/json"):
        if _is_one_value(body):  # as it came: numbers keep their digits
            return json.dumps(document).encode()[:-1] + b',"data":' + body + b"}"
        if kind is not None:
            raise _malformed(
                "the body says that it is JSON, and is none", "send JSON, or the media type that the body is of"
            )
    if kind is not None and kind.lower().startswith("text/"):
        try:
            document["data"] = body.decode()
        except UnicodeDecodeError:
            document["data_base64"] = base64.b64encode(body).decode()
    else:
        document["data_base64"] = base64.b64encode(body).decode()
    return json.dumps(document).encode()


def _is_one_value(body: bytes) -> bool:
    """Whether a body is one JSON value: it is put into an object, and must not end it."""
    _require_shallow(body)
    try:
        read_large_json(body.decode(json.detect_encoding(body)))
    except (ValueError, RecursionError):
        return False
    return True


def _attribute(name: str, value: str) -> str:
    """Decode the value of a header (HTTP binding, 3.1.3.2)."""
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    malformed = _malformed(
        f"header '{name[:60]}' is not encoded as CloudEvents' HTTP binding says", "write UTF-8 as %.."
    )
    if _BAD_PERCENT.search(text):
        raise malformed
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode()
    except UnicodeError:
        raise malformed from None


def _require_utf8(content_type: str) -> None:
    found = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", content_type, re.IGNORECASE)
    if found is not None and found[1].lower() not in {"utf-8", "utf8"}:
        raise InputError(
            Diagnostic(code="MW-B008", message=f"events in {found[1][:40]} are not taken", fix="send UTF-8")
        )


def _require_shallow(data: bytes) -> None:
    """Raise InputError (MW-B009) for JSON that is nested too deeply, before it is parsed."""
    depth = deepest = 0
    rests = Rests()
    for found in _BRACKET.finditer(data):
        rests.now_and_then()
        if found[0][:1] != b'"':
            depth += 1 if found[0] in {b"[", b"{"} else -1
            deepest = max(deepest, depth)
    if deepest > _MOST_DEPTH:
        raise InputError(
            Diagnostic(
                code="MW-B009",
                message=f"the body is nested {deepest} levels deep; none was taken in",
                fix=f"send {_MOST_DEPTH} levels at most",
            )
        )


def _malformed(message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code="MW-S031", message=message, fix=fix))

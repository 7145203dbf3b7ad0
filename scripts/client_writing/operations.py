"""Operations of an OpenAPI document, as what their methods are written from."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scripts.client_writing.schemas import Models, class_name, is_plain_name

_METHODS = ("get", "put", "post", "delete", "patch")
_JSON = "application/json"
_EVENTS = "text/event-stream"
_ARROW = "application/vnd.apache.arrow.stream"
_BATCH = "application/cloudevents-batch+json"
_KEY = "Idempotency-Key"
#: Headers that are arguments. Others are the transport's own affair.
_HEADERS = ("If-Match", "Last-Event-ID", "Prefer")


#: Where a word begins in a name like ``eventTime``.
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One argument of a method."""

    #: As Python calls it, and as it is sent.
    name: str
    sent: str
    kind: str
    is_required: bool
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A form of an operation's answer."""

    media_type: str
    #: Type of the decoded body; None for what has none.
    kind: str | None


@dataclass(frozen=True, kw_only=True)
class Pages:
    """How a list goes on from page to page."""

    #: The array of the document, and the type of its items.
    items: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of the client."""

    name: str
    tag: str
    method: str
    template: str
    summary: str
    text: str
    path: tuple[Argument, ...]
    query: tuple[Argument, ...]
    headers: tuple[Argument, ...]
    #: Fields of the JSON body, or one argument `body` for a body that is no plain object; None without one.
    fields: tuple[Argument, ...] | None
    body: Argument | None
    #: Media types of a body that is handed over as bytes.
    content_types: tuple[str, ...]
    is_keyed: bool
    answers: tuple[Answer, ...]
    pages: Pages | None

    @property
    def json(self) -> Answer | None:
        """The answer as a document."""
        return next((answer for answer in self.answers if answer.media_type == _JSON), None)

    @property
    def has_body(self) -> bool:
        """Whether something is answered, in whatever form."""
        return bool(self.answers)

    @property
    def has_events(self) -> bool:
        """Whether it answers a stream of events."""
        return any(answer.media_type == _EVENTS for answer in self.answers)

    @property
    def takes_events(self) -> bool:
        """Whether CloudEvents are handed over, one or several."""
        return _BATCH in self.content_types

    @property
    def has_table(self) -> bool:
        """Whether it answers Arrow streams."""
        return any(answer.media_type == _ARROW for answer in self.answers)

    @property
    def binaries(self) -> tuple[str, ...]:
        """Media types of other answers, which come as bytes; text for people is not among them."""
        known = (_JSON, _EVENTS, "text/plain", "text/html")
        return tuple(answer.media_type for answer in self.answers if answer.media_type not in known)


def operations_of(document: Mapping[str, Any], models: Models) -> Iterator[Operation]:
    """Yield the operations in the order of the document."""
    for template, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield _operation(template, method, item[method], models)


def _operation(template: str, method: str, told: Mapping[str, Any], models: Models) -> Operation:
    name = told["operationId"]
    given = list(told.get("parameters", ()))
    body, fields, content_types = _body(name, told.get("requestBody"), models)
    answers = tuple(_answers(name, told["responses"], models))
    path = _arguments(given, "path", models, name)
    query = _distinct(_arguments(given, "query", models, name), path)
    return Operation(
        name=name,
        tag=told.get("tags", ["server"])[0],
        method=method.upper(),
        template=template,
        summary=told.get("summary") or name,
        text=told.get("description") or "",
        path=path,
        query=query,
        headers=tuple(each for each in _arguments(given, "header", models, name) if each.sent in _HEADERS),
        fields=None if fields is None else _distinct(fields, (*path, *query)),
        body=body,
        content_types=content_types,
        is_keyed=any(_is_header(each, _KEY) for each in given),
        answers=answers,
        pages=_pages(told["responses"], query, models),
    )


def _distinct(arguments: tuple[Argument, ...], others: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """Return arguments under names that the others do not have."""
    taken = {each.name for each in others}
    return tuple(replace(each, name=f"{each.name}_") if each.name in taken else each for each in arguments)


def _is_header(parameter: Mapping[str, Any], name: str) -> bool:
    return parameter["in"] == "header" and parameter["name"].lower() == name.lower()


def _arguments(given: list[Mapping[str, Any]], place: str, models: Models, owner: str) -> tuple[Argument, ...]:
    return tuple(
        Argument(
            name=argument_name(_sent(each)),
            sent=_sent(each),
            kind=models.type_of(each.get("schema", {}), class_name(owner, each["name"])),
            is_required=bool(each.get("required")),
            text=each.get("description") or each.get("schema", {}).get("description") or "",
        )
        for each in given
        if each["in"] == place
    )


def _sent(parameter: Mapping[str, Any]) -> str:
    """Return the name of a parameter as it is written usually."""
    if parameter["in"] == "header":
        return next((name for name in _HEADERS if _is_header(parameter, name)), str(parameter["name"]))
    return str(parameter["name"])


def argument_name(sent: str) -> str:
    """Return a name that Python takes."""
    name = _HUMP.sub("_", sent).lower().replace("-", "_").replace(".", "_")
    return name if is_plain_name(name) and name != "self" and not hasattr(builtins, name) else f"{name}_"


def _body(
    name: str, told: Mapping[str, Any] | None, models: Models
) -> tuple[Argument | None, tuple[Argument, ...] | None, tuple[str, ...]]:
    if told is None:
        return None, None, ()
    content: Mapping[str, Any] = told["content"]
    if _JSON not in content or len(content) > 1:
        return None, None, tuple(content)
    schema = content[_JSON].get("schema", {})
    # A body that may be left away holds nothing then.
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    schema = kinds[0] if len(kinds) == 1 else schema
    resolved = models.components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    properties: Mapping[str, Any] = resolved.get("properties", {})
    if not properties:
        kind = models.type_of(schema, class_name(name, "body"))
        return Argument(name="body", sent="", kind=kind, is_required=bool(told.get("required"))), None, ()
    required = set(resolved.get("required", ()))
    fields = (
        Argument(
            name=argument_name(key),
            sent=key,
            kind=models.type_of(each, class_name(name, key)),
            is_required=key in required,
            text=each.get("description") or "",
        )
        for key, each in properties.items()
    )
    return None, tuple(fields), ()


def _answers(name: str, responses: Mapping[str, Any], models: Models) -> Iterator[Answer]:
    kinds: dict[str, list[str]] = {}
    for code in sorted(map(str, responses)):
        if not code.startswith("2"):
            continue
        for media_type, content in responses.get(code, responses.get(int(code), {})).get("content", {}).items():
            plain = media_type.partition(";")[0]
            told = models.type_of(_unasked(content), class_name(name, "answer")) if plain == _JSON else "bytes"
            found = kinds.setdefault(plain, [])
            if told not in found:
                found.append(told)
    # What is answered at once, or when it has ended, is of either kind.
    for media_type, found in kinds.items():
        yield Answer(media_type=media_type, kind="Any" if "Any" in found else " | ".join(found))


def _unasked(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of an answer in the form that it has where none is asked for: the first, a document."""
    schema: Mapping[str, Any] = content.get("schema", {})
    several = schema.get("anyOf", ())
    return several[0] if several and "$ref" in several[0] else schema


def _pages(responses: Mapping[str, Any], query: tuple[Argument, ...], models: Models) -> Pages | None:
    """Return how a list goes on that takes a cursor and tells the next one."""
    schema = responses.get("200", {}).get("content", {}).get(_JSON, {}).get("schema", {})
    if "$ref" not in schema or not any(each.sent == "cursor" for each in query):
        return None
    component = schema["$ref"].rpartition("/")[2]
    properties = models.components[component].get("properties", {})
    lists = [key for key, each in properties.items() if each.get("type") == "array"]
    if "next" not in properties or len(lists) != 1:
        return None
    kind = models.type_of(properties[lists[0]], class_name(component, lists[0]))
    return Pages(items=lists[0], kind=kind.removeprefix("list[").removesuffix("]"))

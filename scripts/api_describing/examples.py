"""Requests that are the API's examples, in the order in which they are asked, and how they are asked of a real mesh.

Each names its operation. What is answered is written into `described/examples.json`; long lists are cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from scripts.api_describing.neutral import Neutral

#: Elements of a list that an example shows.
_SHOWN = 2
#: A flat object of more fields is a map.
_LONG = 30


@dataclass(frozen=True, kw_only=True)
class Example:
    """One request."""

    operation: str
    method: str
    #: Template, as the document has it, and what stands in its braces.
    template: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: str | None = None
    content_type: str | None = None
    #: Status of the answer.
    status: int = 200
    #: Whether it is answered as text for people too. Of those that read this is tried.
    has_text: bool = True
    #: Whether the answer never ends: it is not asked for, and of this media type.
    stream: str | None = None
    #: The mesh of the examples has no such object: it is answered as this operation is.
    like: str | None = None

    @property
    def url(self) -> str:
        """The path."""
        return self.template.format(**self.path)


def get(operation: str, template: str, *, path: Mapping[str, str] | None = None, **query: Any) -> Example:
    """Return an example that reads."""
    return Example(operation=operation, method="GET", template=template, path=path or {}, query=query)


def post(operation: str, template: str, body: Any = None, **more: Any) -> Example:
    """Return an example that does something."""
    return Example(operation=operation, method="POST", template=template, json=body, **more)


class Client(Protocol):
    """What asks: httpx's client, or a test's."""

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Send a request."""
        ...


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was answered."""

    example: Example
    media_type: str
    #: The document, whole; None for another form.
    document: Any
    headers: Mapping[str, str]
    #: Media types of other forms in which it is answered.
    forms: tuple[str, ...]
    #: Whether it is answered 304 to who knows its ETag.
    has_tag: bool

    @property
    def is_description(self) -> bool:
        """Whether it is the OpenAPI document itself, which is no example of anything."""
        return isinstance(self.document, dict) and "openapi" in self.document

    @property
    def kept(self) -> dict[str, Any]:
        """What is written down of it."""
        found = self.example
        return {
            "path": dict(found.path),
            "query": dict(found.query),
            "body": found.json if found.json is not None else found.content,
            "status": found.status,
            "media_type": self.media_type,
            "forms": list(self.forms),
            "tag": self.has_tag,
            "answer": None if self.is_description else shortened(self.document),
        }


def filled(example: Example, answers: Mapping[str, Any]) -> Example:
    """Return an example with what earlier answers gave: ``$subscribe.id`` is a field of the answer of `subscribe`."""

    def value(text: Any) -> Any:
        if isinstance(text, dict):
            return {name: value(each) for name, each in text.items()}
        if not isinstance(text, str) or not text.startswith("$"):
            return text
        operation, *steps = text[1:].split(".")
        found = answers[operation]
        for step in steps:
            found = found[int(step)] if step.isdigit() else found[step]
        return found

    return replace(example, path=value(dict(example.path)), query=value(dict(example.query)), json=value(example.json))


def ask(client: Client, example: Example, forms: Sequence[str] = ("text/plain",)) -> Recorded:
    """Ask one, and in other forms where it only reads. Raises AssertionError where the status is another one."""
    if example.stream is not None:
        return Recorded(example=example, media_type=example.stream, document=None, headers={}, forms=(), has_tag=False)
    options: dict[str, Any] = {"params": dict(example.query), "headers": dict(example.headers)}
    if example.json is not None:
        options["json"] = example.json
    if example.content is not None:
        options["content"] = example.content
        options["headers"]["Content-Type"] = example.content_type
    answer = client.request(example.method, example.url, **options)
    if answer.status_code != example.status:
        raise AssertionError(f"{example.operation}: {answer.status_code}: {answer.text[:500]}")
    found: list[str] = []
    has_tag = False
    if example.method == "GET":
        for form in forms:
            other = client.request("GET", example.url, params=dict(example.query), headers={"Accept": form})
            if other.status_code == example.status and kind_of(other) == form != kind_of(answer):
                found.append(form)
        tag = answer.headers.get("etag")
        if tag:
            known = {"If-None-Match": tag}
            has_tag = client.request("GET", example.url, params=dict(example.query), headers=known).status_code == 304
    elif example.has_text and kind_of(answer) == "application/json":
        found.append("text/plain")
    is_json = kind_of(answer) == "application/json"
    return Recorded(
        example=example,
        media_type=kind_of(answer),
        document=answer.json() if is_json else None,
        headers=dict(answer.headers),
        forms=tuple(found),
        has_tag=has_tag,
    )


def kind_of(answer: Any) -> str:
    """Return the media type of an answer."""
    return str(answer.headers.get("content-type", "")).partition(";")[0].strip()


def shortened(value: Any) -> Any:
    """Return a document with long lists cut."""
    if isinstance(value, dict):
        items = list(value.items())
        is_map = len(items) > _LONG and not any(isinstance(each, dict | list) for _, each in items)
        return {name: shortened(each) for name, each in (items[:_SHOWN] if is_map else items)}
    if isinstance(value, list):
        return [shortened(each) for each in value[:_SHOWN]]
    return value


def recorded(client: Client, examples: Sequence[Example], answers: dict[str, Any]) -> Iterator[Recorded]:
    """Ask all of them, one after the other; each may take what earlier ones gave."""
    done: list[Recorded] = []
    for example in examples:
        if example.like is not None:
            yield replace(next(each for each in done if each.example.operation == example.like), example=example)
            continue
        found = ask(client, filled(example, answers))
        done.append(found)
        answers.setdefault(example.operation, found.document)
        yield found


def as_text(found: Sequence[Recorded], neutral: Neutral) -> str:
    """Return what is written down, the first example of each operation."""
    kept: dict[str, Any] = {}
    for each in found:
        kept.setdefault(each.example.operation, each.kept)
    # In the order of asking: by that stand-ins are counted.
    stands = {operation: neutral(example) for operation, example in kept.items()}
    return json.dumps(dict(sorted(stands.items())), indent=1, ensure_ascii=False) + "\n"

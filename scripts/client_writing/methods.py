"""The source of the client's methods."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace

from scripts.client_writing.operations import Argument, Operation
from scripts.client_writing.schemas import docstring, one_line

_ARROW = "application/vnd.apache.arrow.stream"
_WIDTH = 120
_INDENT = " " * 8
_LIST = re.compile(r"^(list|get|read)_")


def names_used(source: str, known: Iterable[str]) -> list[str]:
    """Return those of `known` that stand in a source as words of their own, sorted."""
    words = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", re.sub(r'"""(?s:.*?)"""|#:.*', "", source)))
    return sorted(words & set(known))


def method_source(operation: Operation, *, is_async: bool) -> Iterator[str]:
    """Yield the methods of an operation: a document, pages, events, bytes, a table, as it answers."""
    if operation.json is not None or not operation.has_body:
        yield _whole(operation, is_async=is_async)
    if operation.pages is not None:
        yield _pages(operation, is_async=is_async)
    if operation.has_events:
        yield _events(operation, is_async=is_async)
    if operation.binaries:
        yield _bytes(operation, is_async=is_async)
    if operation.has_table:
        yield _table(operation, is_async=is_async)
        yield _batches(operation, is_async=is_async)


def _whole(operation: Operation, *, is_async: bool) -> str:
    kind = operation.json.kind if operation.json is not None else None
    events = "        content, content_type = event_content(events, content_type)\n"
    body = (events if operation.takes_events else "") + f"        sent = {_outgoing(operation)}\n"
    asked = f"{_await(is_async)}self._transport.send(sent)"
    body += (
        f'        answer = {asked}\n        return cast("{kind}", document_of(answer))' if kind else f"        {asked}"
    )
    return _method(operation, operation.name, _arguments(operation), kind or "None", body, is_async=is_async)


def _pages(operation: Operation, *, is_async: bool) -> str:
    assert operation.pages is not None
    name = f"all_{_LIST.sub('', operation.name)}"
    # What stops a page stops no list: under its own name it would be taken for how many there are in all.
    arguments = [
        replace(each, name="page_size", text="Items that are fetched at a time.") if each.sent == "limit" else each
        for each in _arguments(operation)
        if each.sent != "cursor"
    ]
    handed = ", ".join(
        each.name if each in operation.path else f"{'limit' if each.sent == 'limit' else each.name}={each.name}"
        for each in arguments
    )
    kind = f"{'Async' * is_async}Iterator[{operation.pages.kind}]"
    body = f"""        cursor: str | None = None
        while True:
            page = {_await(is_async)}self.{operation.name}({handed}{", " if handed else ""}cursor=cursor)
            for item in page["{operation.pages.items}"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return"""
    if not is_async:
        body = body.replace(
            f'for item in page["{operation.pages.items}"]:\n                yield item',
            f'yield from page["{operation.pages.items}"]',
        )
    return _method(
        operation, name, arguments, kind, body, is_async=is_async, summary=f"{operation.summary}, page after page"
    )


def _events(operation: Operation, *, is_async: bool) -> str:
    name = operation.name if operation.json is None else f"{operation.name}_events"
    sent = f"self._transport.follow({_outgoing(operation, accept='text/event-stream')})"
    if is_async:
        body = f"        async for event in {sent}:\n            yield event"
    else:
        body = f"        yield from {sent}"
    kind = f"{'Async' * is_async}Iterator[ServerEvent]"
    return _method(operation, name, _arguments(operation), kind, body, is_async=is_async)


def _bytes(operation: Operation, *, is_async: bool) -> str:
    name = f"{operation.name}_bytes"
    has_format = any(each.sent == "format" for each in operation.query)
    accept = Argument(
        name="accept",
        sent="",
        kind=f"Literal[{', '.join(repr(each) for each in operation.binaries)}]",
        is_required=True,
        text="",
    )
    arguments = _arguments(operation, has_format=True) if has_format else [*_arguments(operation), accept]
    sent = f"self._transport.stream({_outgoing(operation, accept='*/*' if has_format else None, has_format=True)})"
    if is_async:
        reading = "            async for data in answer.aiter_bytes():\n                yield data"
        body = f"        async with {sent} as answer:\n{reading}"
    else:
        body = f"        with {sent} as answer:\n            yield from answer.iter_bytes()"
    kind = f"{'Async' * is_async}Iterator[bytes]"
    return _method(
        operation,
        name,
        arguments,
        kind,
        body,
        is_async=is_async,
        summary=f"{operation.summary}, as bytes of another form",
    )


def _table(operation: Operation, *, is_async: bool) -> str:
    has_format = any(each.sent == "format" for each in operation.query)
    sent = _outgoing(operation, accept=_ARROW, fixed_format="arrow" if has_format else None)
    body = f"        answer = {_await(is_async)}self._transport.send({sent})\n        return table_of(answer.content)"
    return _method(
        operation,
        f"{operation.name}_table",
        _arguments(operation),
        "pa.Table",
        body,
        is_async=is_async,
        summary=f"{operation.summary}, as an Arrow table (needs pyarrow)",
    )


def _batches(operation: Operation, *, is_async: bool) -> str:
    has_format = any(each.sent == "format" for each in operation.query)
    sent = (
        f"self._transport.stream({_outgoing(operation, accept=_ARROW, fixed_format='arrow' if has_format else None)})"
    )
    if is_async:
        reading = "            async for batch in batches_of_async(answer):\n                yield batch"
        body = f"        async with {sent} as answer:\n{reading}"
    else:
        body = f"        with {sent} as answer:\n            yield from batches_of(answer)"
    return _method(
        operation,
        f"{operation.name}_batches",
        _arguments(operation),
        f"{'Async' * is_async}Iterator[pa.RecordBatch]",
        body,
        is_async=is_async,
        summary=f"{operation.summary}, as Arrow record batches while they come (needs pyarrow)",
    )


def _await(is_async: bool) -> str:
    return "await " if is_async else ""


def _arguments(operation: Operation, *, has_format: bool = False) -> list[Argument]:
    """Return the arguments of a method in order; the form of an answer is the method's own affair unless asked for."""
    query = [each for each in operation.query if has_format or each.sent != "format"]
    key = Argument(name="idempotency_key", sent="Idempotency-Key", kind="str", is_required=False)
    body = [operation.body] if operation.body is not None else []
    content = []
    if operation.takes_events:
        content = [
            Argument(
                name="events",
                sent="",
                kind="bytes | Mapping[str, Any] | Sequence[Mapping[str, Any]]",
                is_required=True,
                text="One CloudEvent, or several; or bytes, of `content_type`.",
            ),
            Argument(name="content_type", sent="", kind="str", is_required=False),
        ]
    elif operation.content_types:
        kinds = ", ".join(repr(each) for each in operation.content_types)
        content = [
            Argument(name="content", sent="", kind="bytes", is_required=True),
            Argument(name="content_type", sent="", kind=f"Literal[{kinds}]", is_required=True),
        ]
    return [
        *operation.path,
        *body,
        *content,
        *(operation.fields or ()),
        *query,
        *operation.headers,
        *([key] if operation.is_keyed else []),
    ]


def _method(
    operation: Operation,
    name: str,
    arguments: list[Argument],
    kind: str,
    body: str,
    *,
    is_async: bool,
    summary: str | None = None,
) -> str:
    positional = [
        each
        for each in arguments
        if each in operation.path or each is operation.body or each.name in {"content", "events"}
    ]
    named = [each for each in arguments if each not in positional]
    written = ["self", *(_parameter(each) for each in positional)]
    if named:
        written += ["*", *(_parameter(each) for each in sorted(named, key=lambda each: not each.is_required))]
    lines = [f'        """{docstring(summary or operation.summary)}', ""]
    if operation.text:
        lines += [f"        {line}".rstrip() for line in _wrapped(operation.text)] + [""]
    lines.append(f"        {operation.method} {operation.template}")
    told = [line for each in arguments if each.text for line in _item(each)]
    if told:
        lines += ["", *told]
    lines.append('        """')
    keyword = "async def" if is_async else "def"
    text = "\n".join(line.replace("\\", "\\\\") if "\\" in line else line for line in lines)
    return f"    {keyword} {name}({', '.join(written)}) -> {kind}:\n{text}\n{body}"


def _item(argument: Argument) -> list[str]:
    """Return what an argument means, as an item of a list."""
    text = f"- {argument.name}: {one_line(argument.text)}"
    return textwrap.wrap(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=f"{_INDENT}  ", break_long_words=False)


def _wrapped(text: str) -> list[str]:
    """Return paragraphs as lines that are not too long, with an empty one between them."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines += ["", *textwrap.wrap(" ".join(paragraph.split()), _WIDTH - len(_INDENT))]
    return lines[1:]


def _parameter(argument: Argument) -> str:
    if argument.is_required:
        return f"{argument.name}: {argument.kind}"
    kind = argument.kind if argument.kind == "Any" or argument.kind.endswith("None") else f"{argument.kind} | None"
    return f"{argument.name}: {kind} = None"


def _outgoing(
    operation: Operation,
    *,
    accept: str | None = "application/json",
    has_format: bool = False,
    fixed_format: str | None = None,
) -> str:
    """Return the expression of a request; `accept` None is the argument of this name."""
    parts = [f'method="{operation.method}"', f'template="{operation.template}"']
    if operation.path:
        parts.append(f"path={{{_pairs(operation.path)}}}")
    query = [each for each in operation.query if has_format or each.sent != "format"]
    pairs = [_pairs(query)] if query else []
    if fixed_format is not None:
        pairs.append(f'"format": "{fixed_format}"')
    if pairs:
        parts.append(f"query={{{', '.join(pairs)}}}")
    headers = [_pairs(operation.headers)] if operation.headers else []
    if operation.is_keyed:
        headers.append('"Idempotency-Key": idempotency_key')
    if headers:
        parts.append(f"headers={{{', '.join(headers)}}}")
    if operation.body is not None:
        parts.append("json=body")
    if operation.fields is not None:
        parts.append(f"json=present({{{_pairs(operation.fields)}}})")
    if operation.content_types:
        parts.append("content=content, content_type=content_type")
    if accept is None:
        parts.append("accept=accept")
    elif accept != "application/json":
        parts.append(f'accept="{accept}"')
    if operation.is_keyed:
        parts.append("is_keyed=True")
    return f"Outgoing({', '.join(parts)})"


def _pairs(arguments: Iterable[Argument]) -> str:
    return ", ".join(f'"{each.sent}": {each.name}' for each in arguments)

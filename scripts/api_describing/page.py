"""docs/reference/http.md, from the OpenAPI document: what there is, by kind, with an example of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_METHODS = ("get", "put", "post", "delete", "patch")
#: Lines of an answer that the page shows.
_LINES = 40
_HEAD = """# The API

```console
$ mw serve                                                   # prints the address, and a link that logs in once
$ export TOKEN=$(mw token create --role viewer --json | jq -r .token)
$ curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8080/api/v1/environments
```

Everything below is in the OpenAPI 3.1 document at `/api/v1/openapi.json`, which this page is written from (`make docs`);
`/api/v1/docs` shows it. `meshwright.client` is a typed Python client of it, `mw --server URL` the command line.

- Answers are the documents of the command line, see [JSON documents](json.md); with `Accept: text/plain` they are its text
  (`Meshwright-Width`, `Meshwright-Color: 1` and `Meshwright-Ascii: 1` say how it is drawn). `Meshwright-Exit-Status` is the
  status that the command would end with; the last `Meshwright-Told-Lines` of a text are those that it writes on standard error.
- Errors are RFC 9457 problems, `application/problem+json`, with the [code](diagnostics.md) of the finding and a fix.
- Lists go on with `cursor`, the `next` of the page before, as it is: one that was altered is refused (400).
- Every path that answers GET answers HEAD, with the same headers and without a body.
- An `ETag` names what was answered: `If-None-Match` gives 304 where nothing changed, `If-Match` makes a change
  only where nothing did.
- `Idempotency-Key` makes a request one: sent again within a week it is answered as the first time, and not done again.
- A token reads all of the mesh (viewer), or changes it too (administrator); an administrator's token of a domain changes what
  is the domain's. The action beside each operation is what the token must be allowed.
- What a token asks of another domain than its own is recorded: `GET /api/v1/calls`. A call is written within a second of its
  answer; a server that is asked to stop writes what is left, one that is killed loses the calls of its last quarter of a second.
"""


def render_http(document: Mapping[str, Any]) -> str:
    """Return the page."""
    parts = [_HEAD]
    for tag in document["tags"]:
        operations = list(_operations(document, tag["name"]))
        if operations:
            parts.append(f"\n## {tag['name'].capitalize()}\n\n{tag['description']}\n")
            parts += operations
    return "".join(parts)


def _operations(document: Mapping[str, Any], tag: str) -> Iterator[str]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item and tag in item[method].get("tags", ()):
                yield _operation(document, path, method, item[method])


def _operation(document: Mapping[str, Any], path: str, method: str, told: Mapping[str, Any]) -> str:
    action = told.get("x-action", "none")
    allowed = "open to all" if action == "none" else f"`{action}`"
    lines = [f"\n### {method.upper()} {path}\n", f"{told.get('summary', '')} ({allowed}).", ""]
    lines += [" ".join(line.split()) for line in told.get("description", "").splitlines() if line.strip()]
    rows = [
        *(_row(each["name"], each["in"], each) for each in told.get("parameters", ())),
        *_body_rows(document, told.get("requestBody")),
    ]
    if rows:
        lines += ["", "| parameter | in | |", "|---|---|---|", *rows]
    lines += _answers(told)
    return "\n".join(lines) + "\n"


def _row(name: str, place: str, told: Mapping[str, Any]) -> str:
    text = told.get("description") or told.get("schema", {}).get("description") or ""
    needed = "**needed** " if told.get("required") and place != "path" else ""
    return f"| `{name}` | {place} | {needed}{' '.join(text.split())} |"


def _body_rows(document: Mapping[str, Any], body: Mapping[str, Any] | None) -> Iterator[str]:
    schema = (body or {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    required = set(schema.get("required", ()))
    for name, each in schema.get("properties", {}).items():
        yield _row(name, "body", {**each, "required": name in required})


def _answers(told: Mapping[str, Any]) -> Iterator[str]:
    good = [(code, answer) for code, answer in told["responses"].items() if not _is_problem(answer)]
    for code, answer in good:
        forms = ", ".join(f"`{media_type}`" for media_type in answer.get("content", {}))
        yield f"\n{code}: {answer.get('description', '')}{f' ({forms})' if forms else ''}"
    example = next(
        (
            content["example"]
            for _, answer in good
            for content in answer.get("content", {}).values()
            if "example" in content
        ),
        None,
    )
    if example is not None:
        text = json.dumps(example, indent=2, ensure_ascii=False).splitlines()
        shown = text if len(text) <= _LINES else [*text[:_LINES], "..."]
        yield "\n".join(["", "```text" if len(text) > _LINES else "```json", *shown, "```"])


def _is_problem(answer: Mapping[str, Any]) -> bool:
    return set(answer.get("content", {})) == {"application/problem+json"}

"""The files of the client: models, one module for each tag with its two classes, and the client that holds them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.client_writing.methods import method_source, names_used
from scripts.client_writing.operations import Operation, operations_of
from scripts.client_writing.schemas import Models, class_name

_HEAD = "Written by scripts/write_api.py."
#: Beginning of the names of classes, what the client does, and whether it is awaited.
_FLAVOURS = (("", "that waits for answers", False), ("Async", "whose answers are awaited", True))
_IMPORTS = {
    "Any": "typing",
    "Literal": "typing",
    "NotRequired": "typing",
    "TypedDict": "typing",
    "cast": "typing",
    "AsyncIterator": "collections.abc",
    "Iterator": "collections.abc",
    "Mapping": "collections.abc",
    "Sequence": "collections.abc",
    "Outgoing": "meshwright.client.outgoing",
    "event_content": "meshwright.client.outgoing",
    "present": "meshwright.client.outgoing",
    "ServerEvent": "meshwright.client.streams",
    "batches_of": "meshwright.client.record_batches",
    "batches_of_async": "meshwright.client.record_batches",
    "document_of": "meshwright.client.streams",
    "table_of": "meshwright.client.streams",
    "Transport": "meshwright.client.transport",
    "AsyncTransport": "meshwright.client.transport",
}


def client_files(document: Mapping[str, Any]) -> dict[str, str]:
    """Return name -> text of every file that is written, formatted."""
    models = Models(components=document.get("components", {}).get("schemas", {}))
    operations = list(operations_of(document, models))
    tags = {tag["name"]: str(tag.get("description", "")) for tag in document.get("tags", ())}
    for operation in operations:
        tags.setdefault(operation.tag, "")
    by_tag = {tag: [each for each in operations if each.tag == tag] for tag in tags}
    files = {"models.py": _models(models)}
    for tag, found in by_tag.items():
        if found:
            files[f"{tag}.py"] = _tag_module(tag, tags[tag], found, models)
    files["client.py"] = _client({tag: tags[tag] for tag, found in by_tag.items() if found})
    return {name: _formatted(text) for name, text in files.items()}


def _models(models: Models) -> str:
    body = "\n\n\n".join(models.classes.values())
    text = f'"""Documents of the API. {_HEAD}"""\n\nfrom __future__ import annotations\n\n'
    # Of other modules nothing is used, though a word of theirs may be among the values of a field.
    typing = [name for name, module in _IMPORTS.items() if module == "typing"]
    return text + _import_lines(names_used(body, typing)) + "\n\n" + body + "\n"


def _tag_module(tag: str, text: str, operations: list[Operation], models: Models) -> str:
    waiting = _class(class_name(tag), "Transport", text, operations, is_async=False)
    awaited = _class(f"Async{class_name(tag)}", "AsyncTransport", text, operations, is_async=True)
    body = f"{waiting}\n\n\n{awaited}\n"
    used = names_used(body, [*_IMPORTS, *models.classes])
    imports = _import_lines([name for name in used if name in _IMPORTS])
    own = [name for name in used if name in models.classes]
    if own:
        imports += f"from meshwright.client.models import {', '.join(own)}\n"
    lazy = "\nif TYPE_CHECKING:\n    import pyarrow as pa\n" if "pa." in body else ""
    if lazy:
        imports += "from typing import TYPE_CHECKING\n"
    head = f'"""{text or class_name(tag)} {_HEAD}"""\n\nfrom __future__ import annotations\n\n'
    return f"{head}{imports}{lazy}\n\n{body}"


def _class(name: str, transport: str, text: str, operations: list[Operation], *, is_async: bool) -> str:
    methods = "\n\n".join(source for each in operations for source in method_source(each, is_async=is_async))
    return (
        f'class {name}:\n    """{text or name}{", awaited" if is_async and not text else ""}"""\n\n'
        f"    def __init__(self, transport: {transport}) -> None:\n        self._transport = transport\n\n{methods}"
    )


def _import_lines(names: list[str]) -> str:
    by_module: dict[str, list[str]] = {}
    for name in names:
        by_module.setdefault(_IMPORTS[name], []).append(name)
    return "".join(f"from {module} import {', '.join(sorted(found))}\n" for module, found in sorted(by_module.items()))


def _client(tags: Mapping[str, str]) -> str:
    imports = "".join(
        f"from meshwright.client.{tag} import Async{class_name(tag)}, {class_name(tag)}\n" for tag in sorted(tags)
    )
    return "\n\n".join(
        [
            f'"""The two clients: one that waits, and one whose answers are awaited. {_HEAD}"""\n\n'
            "from __future__ import annotations\n\nimport copy\nimport types\n\nimport httpx\n\n"
            + imports
            + "from meshwright.client.transport import AsyncTransport, Transport, new_settings\n",
            *_client_classes(tags),
        ]
    )


def _client_classes(tags: Mapping[str, str]) -> Iterator[str]:
    for prefix, article, is_async in _FLAVOURS:
        wait, a = ("await ", "a") if is_async else ("", "")
        held = "\n".join(
            f"        #: {text or tag}\n        self.{tag} = {prefix}{class_name(tag)}(self.transport)"
            for tag, text in tags.items()
        )
        keyword = "async def" if is_async else "def"
        yield f'''class {prefix}Client:
    """A client of one server, {article}.

    `attempts` is how often a request is sent that can be repeated: reading, and what carries a key of idempotency. Raises
    ValueError for a `url` that is no http address; every call raises `ClientError`.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout_s: float = 60.0,
        attempts: int = 4,
        http: httpx.{"AsyncBaseTransport" if is_async else "BaseTransport"} | None = None,
    ) -> None:
        self._hold({prefix}Transport(new_settings(url, token, timeout_s, attempts), http))

    def _hold(self, transport: {prefix}Transport) -> None:
        self.transport = transport
{held}

    def with_timeout(self, timeout_s: float) -> {prefix}Client:
        """Return a client of the same connections that gives a request up after so many seconds without a byte."""
        other = copy.copy(self)
        other._hold(self.transport.with_timeout(timeout_s))
        return other

    {keyword} __{a}enter__(self) -> {prefix}Client:
        """Open a block at whose end the connections are closed."""
        return self

    {keyword} __{a}exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        """Close the connections."""
        {wait}self.close()

    {keyword} close(self) -> None:
        """Close the connections."""
        {wait}self.transport.close()
'''


def _formatted(text: str) -> str:
    """Return a file as `ruff` formats it, with its imports in order."""
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    for words in (["check", "--quiet", "--select", "I", "--fix-only", "-"], ["format", "--quiet", "-"]):
        command = [*ruff, words[0], "--stdin-filename", "src/meshwright/client/written.py", *words[1:]]
        root = Path(__file__).parents[2]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=root).stdout
    return text

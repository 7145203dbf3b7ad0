"""Writes what describes the API: `described/examples.json` (asked of the aviation mesh) and `described/schemas.json` (of the types
of who writes the documents), then the client and docs/reference/http.md from the OpenAPI document.

    python -m scripts.write_api              # the client and the page, from the document as it is
    python -m scripts.write_api --schemas    # the schemas as well, of the types as they are
    python -m scripts.write_api --examples   # all of it: builds the mesh (a minute)
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from scripts.api_describing.examples import as_text
from scripts.api_describing.neutral import Neutral
from scripts.api_describing.page import render_http
from scripts.api_describing.recording import built_mesh, record_examples
from scripts.api_describing.stated import Stated
from scripts.client_writing.modules import client_files

import meshwright.client
from meshwright.app.workspace import who
from meshwright.faces.http.application import openapi_document
from meshwright.faces.http.described import component_name, described

ROOT = Path(__file__).parents[1]
DESCRIBED = ROOT / "src/meshwright/faces/http/described"
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def main(words: Sequence[str]) -> None:
    """Write the files."""
    if "--examples" in words:
        with tempfile.TemporaryDirectory() as folder:
            root, began = Path(folder).resolve() / "aviation", dt.datetime.now(dt.UTC)
            found = record_examples(built_mesh(root))
            neutral = Neutral(root=str(root), person=who(), began=began, ended=dt.datetime.now(dt.UTC))
        (DESCRIBED / "examples.json").write_text(as_text(found, neutral), encoding="utf-8")
        described.cache_clear()
    if {"--examples", "--schemas"} & set(words):
        (DESCRIBED / "schemas.json").write_text(schemas_text(documented_names()), encoding="utf-8")
        described.cache_clear()
    for name, text in client_files(openapi_document()).items():
        (Path(meshwright.client.__file__).parent / name).write_text(text, encoding="utf-8")
    (ROOT / "docs/reference/http.md").write_text(render_http(openapi_document()), encoding="utf-8")


def documented_names() -> set[str]:
    """Return the names of the documents that operations answer: in the examples, and otherwise."""
    answers = (example["answer"] for example in described("examples.json").values())
    named = {name for answer in answers if (name := component_name(answer)) is not None}
    referred = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(openapi_document())))
    return named | (referred & Stated().documents.keys())


def schemas_text(names: Iterable[str]) -> str:
    """Return the schemas of documents that operations answer, as they are written down. Raises KeyError for one without a type."""
    told, stated = _told(), Stated()
    for name in sorted(names):
        stated.add(name, told.get(name, {}))
    return json.dumps(dict(sorted(stated.schemas.items())), indent=1, ensure_ascii=False) + "\n"


def _told() -> Mapping[str, Mapping[str, str]]:
    """Return what json.md says of each document: path -> what a field means."""
    from tests.docs.test_json import DOCUMENTED  # the page's own reading of itself

    return {
        component_name(dict(zip(("schema", "kind"), name.split(), strict=False))) or name: {
            path: _LINK.sub(r"\1", text) for path, text in found.told.items()
        }
        for name, found in DOCUMENTED.items()
    }


if __name__ == "__main__":
    main(sys.argv[1:])

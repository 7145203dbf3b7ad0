"""Writes what describes the API: `described/examples.json` (asked of the aviation mesh) and `described/schemas.json` (made of
documents that tests write, and of the examples), then the client and docs/reference/http.md from the OpenAPI document.

    python -m scripts.write_api              # the client and the page, from the document as it is
    python -m scripts.write_api --examples   # all of it: builds the mesh, and runs tests/docs/test_json.py (two minutes)
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts.api_describing.examples import Recorded, as_text
from scripts.api_describing.inference import Page, component, plain_text
from scripts.api_describing.neutral import Neutral
from scripts.api_describing.page import render_http
from scripts.api_describing.recording import built_mesh, record_examples
from scripts.client_writing.modules import client_files

import meshwright.client
from meshwright.app.workspace import who
from meshwright.faces.http.application import openapi_document
from meshwright.faces.http.described import component_name, described

ROOT = Path(__file__).parents[1]
DESCRIBED = ROOT / "src/meshwright/faces/http/described"


def main(words: Sequence[str]) -> None:
    """Write the files."""
    if "--examples" in words:
        with tempfile.TemporaryDirectory() as folder:
            root, began = Path(folder).resolve() / "aviation", dt.datetime.now(dt.UTC)
            found = record_examples(built_mesh(root))
            neutral = Neutral(root=str(root), person=who(), began=began, ended=dt.datetime.now(dt.UTC))
            documents = _documents(Path(folder) / "documents.json")
        (DESCRIBED / "examples.json").write_text(as_text(found, neutral), encoding="utf-8")
        (DESCRIBED / "schemas.json").write_text(schemas_text(documents, found), encoding="utf-8")
        described.cache_clear()
    for name, text in client_files(openapi_document()).items():
        (Path(meshwright.client.__file__).parent / name).write_text(text, encoding="utf-8")
    (ROOT / "docs/reference/http.md").write_text(render_http(openapi_document()), encoding="utf-8")


def schemas_text(documents: Mapping[str, list[Mapping[str, Any]]], found: Sequence[Recorded]) -> str:
    """Return the schemas of all documents that operations answer, as they are written down."""
    answered = {name for each in found if (name := component_name(each.document)) is not None}
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for document in [*(each for many in documents.values() for each in many), *(each.document for each in found)]:
        name = component_name(document)
        if name is not None and name in answered:
            by_name.setdefault(name, []).append(document)
    pages = _pages()
    made = {}
    for name, many in sorted(by_name.items()):
        page = pages.get(name, Page(is_seen_only=True))
        # By URL runs are listed that have not begun, of which little is known.
        made[name] = component(many, replace(page, is_seen_only=True) if name == "Runs" else page)
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _documents(target: Path) -> Mapping[str, list[Mapping[str, Any]]]:
    """Return the documents that the tests of json.md write."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "tests/docs/test_json.py", "-k", "inner_fields"]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "MESHWRIGHT_KEEP_DOCUMENTS": str(target)})
    found: Mapping[str, list[Mapping[str, Any]]] = json.loads(target.read_text(encoding="utf-8"))
    return found


def _pages() -> Mapping[str, Page]:
    """Return what json.md says of each document."""
    from tests.docs.test_json import DOCUMENTED  # the page's own reading of itself

    return {
        component_name(dict(zip(("schema", "kind"), name.split(), strict=False))) or name: Page(
            told={path: plain_text(text) for path, text in found.told.items()}, closed=frozenset(found.closed)
        )
        for name, found in DOCUMENTED.items()
    }


if __name__ == "__main__":
    main(sys.argv[1:])

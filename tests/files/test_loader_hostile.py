"""Whatever stands in the files of a mesh, loading ends with findings at places that exist."""

from __future__ import annotations

import random
import re
import string
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from mesh_folders import GOOD, write_mesh

from meshwright.diagnostics import Diagnostic
from meshwright.files.cache import ParseCache
from meshwright.files.loader import load_mesh

EDITABLE = sorted(path for path in GOOD if not path.endswith(".md"))
SNIPPETS = (
    "", ":", "- ", "[", "{", "}", "]", "null", "\n", "  ", "\t", "&a ", "*a", "!!int ", "'", '"', "|", "#", "$x", "${x}",
    "select", "from", "(", ")", ";", "--", "/*", "é", "\U0001f600", "\x00", "\x85", "9" * 400, "[" * 200, "1e999",
    "-- on: x\n", ".inf", "0x1", "a.b", "a.b.c", "name: x\n", "params: {a: {type: date}}\n", "columns: [1]\n",
)  # fmt: skip


def check_places(diagnostics: tuple[Diagnostic, ...], root: Path) -> None:
    for diagnostic in diagnostics:
        span = diagnostic.span
        assert span is not None
        assert span.line >= 1
        assert span.column >= 1
        assert not span.file.startswith("/")
        path = root / span.file
        if path.is_file():
            # The line breaks of YAML 1.1, which its reader counts.
            lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", path.read_bytes().decode("utf-8", "replace"))
            assert span.line <= len(lines) + 1, diagnostic
        assert str(diagnostic)


def mangled(text: str, random_: random.Random) -> bytes:
    """Return `text` with one to three edits: cut, insert, repeat or swap."""
    for _ in range(random_.randint(1, 3)):
        start = random_.randint(0, len(text))
        end = min(len(text), start + random_.choice((0, 1, 3, 30)))
        insert = random_.choice((*SNIPPETS, text[start:end] * 2, "".join(random_.choices(string.printable, k=4))))
        text = text[:start] + insert + text[end:]
    data = text.encode()
    return data[:-1] + b"\xff" if random_.random() < 0.05 else data


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_mangled_files_end_in_findings(random_: random.Random) -> None:
    files = dict(GOOD)
    changed: dict[str, str | bytes | None] = {
        path: mangled(files[path], random_) for path in random_.sample(EDITABLE, random_.randint(1, 3))
    }
    with tempfile.TemporaryDirectory() as folder:
        root = write_mesh(Path(folder), {**files, **changed})
        check_places(load_mesh(root).diagnostics, root)


def test_every_value_of_every_document_may_be_of_any_shape(tmp_path: Path) -> None:
    """Each value of each YAML file is replaced by every other shape, one after another."""
    shapes = (
        "null",
        "[]",
        "{}",
        "[[]]",
        "{a: [1]}",
        "1",
        "1.5",
        "true",
        "''",
        "text",
        "[null]",
        "{'': 1}",
        "[1, {a: b}]",
    )
    root = write_mesh(tmp_path / "mesh", GOOD)
    cache = ParseCache.open(tmp_path / "cache.db")
    for path in (
        path for path in EDITABLE if path.endswith(("domain.yaml", "mesh.yaml", "pipeline.yaml", "consumers.yaml"))
    ):
        lines = GOOD[path].split("\n")
        for number, line in enumerate(lines):
            key, colon, _ = line.partition(":")
            if not colon:
                continue
            for shape in shapes:
                text = "\n".join([*lines[:number], f"{key}: {shape}", *lines[number + 1 :]])
                (root / path).write_text(text)
                check_places(load_mesh(root, cache=cache).diagnostics, root)
        (root / path).write_text(GOOD[path])
    cache.close()


def test_a_name_of_any_text_is_judged_not_run_into(tmp_path: Path) -> None:
    names = [
        "1a",
        "é",
        "a b",
        "a'b",
        'a"b',
        "a;drop",
        "..",
        "a" * 200,
        "CON",
        "-",
        "_",
        "a-b",
        "\uff41",
        "$x",
        "{a}",
        "%s",
    ]
    files = {f"domains/operations/flights/models/{name}.sql": "select 1 as a" for name in names}
    root = write_mesh(tmp_path, {**GOOD, **files})
    found = load_mesh(root)
    named = {
        diagnostic.span.file for diagnostic in found.diagnostics if diagnostic.span and diagnostic.code == "MW-M105"
    }
    assert named == {path for path in files if "/..sql" not in path and not path.endswith("/...sql")}

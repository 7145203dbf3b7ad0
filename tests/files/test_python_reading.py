"""Reading Python files by their syntax: what changes their meaning, and which local modules they are made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.files.codecs.modules import decode_module, encode_module
from meshwright.files.pythonast import read_module
from meshwright.files.pythonmodules import MainFile, ModuleReader
from meshwright.files.reading import MeshReader

BASE = "import a\n\ndef build(x, y=1):\n    z = (x + y) * 2\n    return [z, 'q']\n"

SAME = {
    "comments": "# c\nimport a  # c\n\ndef build(x, y=1):\n    # c\n    z = (x + y) * 2\n    return [z, 'q']\n",
    "docstrings": '"""Doc."""\nimport a\n\ndef build(x, y=1):\n    "Doc."\n    z = (x + y) * 2\n    return [z, \'q\']\n',
    "layout": 'import a\ndef build(x,y = 1) :\n\n  z=((x+y)*2)\n  return [ z,\n "q", ]\n',
    "semicolons": "import a\ndef build(x, y=1):\n    z = (x + y) * 2; return [z, 'q']\n",
}
OTHER = {
    "a name": BASE.replace("z", "w"),
    "a number": BASE.replace("2", "3"),
    "a float for a whole number": BASE.replace("* 2", "* 2.0"),
    "bytes for text": BASE.replace("'q'", "b'q'"),
    "a boolean for a number": BASE.replace("y=1", "y=True"),
    "the order of operands": BASE.replace("x + y", "y + x"),
    "a default": BASE.replace("y=1", "y"),
    "a keyword alone": BASE.replace("x, y", "x, *, y"),
    "an annotation": BASE.replace("x,", "x: a.T,"),
    "a decorator": BASE.replace("def build", "@a.f\ndef build"),
    "an import": BASE.replace("import a", "import a as a, b"),
    "another statement": BASE + "print(1)\n",
    "an unpacking": BASE.replace("[z, 'q']", "[*z, 'q']"),
    "a generator": BASE.replace("return [z", "yield [z"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_means_the_same_has_the_same_fingerprint(name: str) -> None:
    assert read_module(SAME[name]).fingerprint == read_module(BASE).fingerprint


def test_what_means_something_else_has_a_fingerprint_of_its_own() -> None:
    found = {name: read_module(text).fingerprint for name, text in {**OTHER, "base": BASE}.items()}
    assert len(set(found.values())) == len(found)


def test_docstrings_that_are_used_as_data_are_meaning() -> None:
    one, two = (f'def build():\n    "{text}"\n    return build.__doc__\n' for text in ("a", "b"))
    assert read_module(one).fingerprint != read_module(two).fingerprint


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60)
    | st.sampled_from(["(" * 5000, "x = " + "-" * 20000 + "1", "def f(:\n", "\0", "f'{", "\\", "#\r"])
)
def test_no_text_whatever_breaks_the_reading(text: str) -> None:
    reading = read_module(text)
    assert (reading.problem is None) == (reading.problem_place is None)
    assert bool(reading.fingerprint) != bool(reading.problem_place)
    assert decode_module(encode_module(reading)) == reading


def test_a_reading_survives_the_cache() -> None:
    text = "import a.b as c\nfrom . import d\nasync def f(p, /, q: 'c.T', *, r=1, **s): ...\n"
    reading = read_module(text)
    assert decode_module(encode_module(reading)) == reading
    assert [argument.annotation for argument in reading.functions[0].arguments] == ["a.b.T", None]


def modules(root: Path, files: dict[str, str], main: str = "d/p/m.py") -> tuple[set[str], list[str]]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    reader = ModuleReader(reader=MeshReader.open(root), cache=None)
    asked = MainFile(path=main, product="d/p", domain="d")
    found = reader.local_modules([asked])[asked]
    return set(found.paths), [problem.code for problem in found.problems]


def test_local_modules_are_found_recursively_wherever_they_are_imported(tmp_path: Path) -> None:
    files = {
        "d/p/m.py": "import os, one\nfrom . import two\nfrom .pack import leaf\n"
        "from ..shared import geo\ndef f():\n    import shared.deep.name\n",
        "d/p/one.py": "from one import x\nimport three, numpy\n",
        "d/p/two.py": "",
        "d/p/three.py": "import one\n",
        "d/p/unused.py": "",
        "d/p/pack/__init__.py": "from . import inner\n",
        "d/p/pack/inner.py": "",
        "d/p/pack/leaf.py": "",
        "d/shared/geo.py": "",
        "d/shared/deep/name.py": "",
    }
    found, problems = modules(tmp_path, files)
    assert found == files.keys() - {"d/p/unused.py"}
    assert problems == []


def test_the_nearest_module_of_a_name_is_taken(tmp_path: Path) -> None:
    files = {"d/p/sub/m.py": "import h\n", "d/p/sub/h.py": "", "d/p/h.py": "", "d/h.py": ""}
    assert modules(tmp_path, files, "d/p/sub/m.py")[0] == {"d/p/sub/m.py", "d/p/sub/h.py"}
    (tmp_path / "d/p/sub/h.py").unlink()
    assert modules(tmp_path, {}, "d/p/sub/m.py")[0] == {"d/p/sub/m.py", "d/p/h.py"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("from . import nothing\n", "MW-N110"),
        ("from .nothing import x\n", "MW-N110"),
        ("from ...other import x\n", "MW-N110"),
        ("import json\n", "MW-N112"),
        ("import nothing\n", None),
    ],
)
def test_imports_that_lead_nowhere_are_told(tmp_path: Path, text: str, code: str | None) -> None:
    _, problems = modules(tmp_path, {"d/p/m.py": text, "d/p/json.py": ""})
    assert problems == ([code] if code else [])


def test_a_link_out_of_the_mesh_is_no_module(tmp_path: Path) -> None:
    (tmp_path / "out.py").write_text("secret = 1\n")
    root = tmp_path / "mesh"
    (root / "d/p").mkdir(parents=True)
    (root / "d/p/h.py").symlink_to(tmp_path / "out.py")
    assert modules(root, {"d/p/m.py": "import h\n"})[0] == {"d/p/m.py"}

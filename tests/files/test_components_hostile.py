"""Whatever stands in the files of components and in the lock file, loading ends with findings at places that exist."""

from __future__ import annotations

import random
import tempfile
import textwrap
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from test_loader_hostile import check_places, mangled

from meshwright.files.component_lock import LOCK_FILE, ComponentLock, LockedUse, LockedVersion, lock_text, read_lock
from meshwright.files.loader import load_mesh
from meshwright.files.reading import MeshReader
from tests.app.component_shop import BEST_SHOP, PIPELINE
from tests.meshes import write_file, write_mesh

LOCK = """
    meshwright: 1
    versions:
      best@1.0.0: {digest: "3350694a95d9232f9975f5aec862a172"}
    uses:
      sales.totals.best_orders: best@1.0.0
    """
EDITABLE = sorted(path for path in (*BEST_SHOP, LOCK_FILE) if path.startswith("components") or path == PIPELINE)


@settings(max_examples=120, deadline=None)
@given(st.randoms(use_true_random=False))
def test_mangled_components_end_in_findings(random_: random.Random) -> None:
    files = {**BEST_SHOP, LOCK_FILE: LOCK}
    with tempfile.TemporaryDirectory() as folder:
        root = write_mesh(Path(folder) / "shop")
        for path, text in files.items():
            write_file(root, path, text)
        for path in random_.sample(EDITABLE, random_.randint(1, 2)):
            (root / path).write_bytes(mangled(textwrap.dedent(files[path]).lstrip("\n"), random_))
        loaded = load_mesh(root)
        check_places(loaded.diagnostics, root)


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=30).filter(
    lambda text: bool(text.strip()) and "${" not in text
)


@settings(max_examples=80, deadline=None)
@given(
    names=st.lists(NAMES, min_size=1, max_size=4, unique=True),
    digest=TEXTS,
    source=st.dictionaries(st.sampled_from(["git", "ref", "commit", "path", "package", "release"]), TEXTS),
)
def test_a_lock_file_reads_back_as_it_was_written(names: list[str], digest: str, source: dict[str, str]) -> None:
    versions = {
        f"{name}@1.{number}.0": LockedVersion(digest=digest, source=source) for number, name in enumerate(names)
    }
    uses = {
        f"sales.totals.{name}": LockedUse(reference=reference) for name, reference in zip(names, versions, strict=True)
    }
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, LOCK_FILE).write_text(lock_text(ComponentLock(versions=versions, uses=uses)), encoding="utf-8")
        reader = MeshReader.open(Path(folder))
        lock = read_lock(reader)
    assert reader.findings == []
    found = {name: (each.digest, dict(each.source)) for name, each in lock.versions.items()}
    assert found == dict.fromkeys(versions, (digest, source))
    assert {node: each.reference for node, each in lock.uses.items()} == {
        node: each.reference for node, each in uses.items()
    }

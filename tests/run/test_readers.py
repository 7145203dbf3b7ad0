"""Readers beside publications: a product is seen whole, before or after, never between."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from meshwright.state.database import open_state
from meshwright.state.records import ObjectKind
from tests.meshes import write_file, write_mesh

RUNS = 6


def test_no_reader_sees_a_product_half_published(tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "shop")
    for number in range(6):
        text = f"select {number} as number, $currency as currency"
        write_file(root, f"domains/finance/report/models/part_{number}.sql", text)
    workspace = open_workspace(root)
    apply(workspace, RunOptions())
    done = threading.Event()
    generations: set[int] = set()
    mixed: list[int] = []

    def read() -> None:
        state = open_state("sqlite:///.meshwright/state.db", root=root)
        while not done.is_set():
            pointers = state.reader.pointers("prod")
            product = pointers["finance.report"]
            manifest = json.loads(state.reader.revisions([product.revision])[product.revision].document)
            promised = {name: entry["version"] for name, entry in manifest["datasets"].items()}
            seen = {
                name: pointer.revision
                for name, pointer in pointers.items()
                if pointer.kind is ObjectKind.DATASET and name.startswith("finance.report.")
            }
            generations.add(product.generation)
            if promised != seen:
                mixed.append(product.generation)
        state.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(RUNS):
            assert apply(workspace, RunOptions(params={"currency": f"C{number}"})).published == ("finance.report",)
    finally:
        done.set()
        reader.join()
    assert mixed == []
    assert len(generations) > 1, "the reader saw no publication, so it proved nothing"

"""Publishing ten thousand pointers in one generation, in a state of its own on disk.

python -m bench.pointers FOLDER
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path

from meshwright.model import Column, StoredFile, Version
from meshwright.state.database import open_state
from meshwright.state.records import ObjectKind, Publication

_POINTERS = 10_000
_WRITTEN = 500


def main() -> None:
    """Publish once, then move every pointer to another version; the second is measured."""
    now = dt.datetime.now(dt.UTC)
    state = open_state("sqlite:///pointers.db", root=Path(sys.argv[1]))
    names = [f"d{at // 1000}.p{at // 100 % 10}.m{at}" for at in range(_POINTERS)]
    for turn in "ab":
        versions = [_version(name, f"{turn}{at:039x}") for at, name in enumerate(names)]
        for start in range(0, _POINTERS, _WRITTEN):
            state.writer.commit_versions(versions[start : start + _WRITTEN], ())
    lease = state.writer.take_lease("run:bench", "bench", now, 600.0)
    assert lease is not None
    before: dict[str, str | None] = dict.fromkeys(names)
    seconds = cpu_s = 0.0
    for turn in "ab":
        after = {name: f"{turn}{at:039x}" for at, name in enumerate(names)}
        publication = Publication(
            environment="prod",
            run_id="bench",
            lease=lease,
            by="bench",
            reason="bench",
            expected=before,
            moves={name: (ObjectKind.DATASET, revision) for name, revision in after.items()},
        )
        started, used = time.perf_counter(), time.process_time()
        state.writer.publish(publication, dt.datetime.now(dt.UTC))
        seconds, cpu_s = time.perf_counter() - started, time.process_time() - used
        before = dict(after)
    state.close()
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "pointers": _POINTERS}) + "\n")


def _version(dataset: str, identifier: str) -> Version:
    file = StoredFile(path=f"{identifier}.parquet", size_bytes=1, checksum="0" * 32, rows=1)
    return Version(
        id=identifier,
        dataset=dataset,
        columns=(Column(name="n", type="INTEGER"),),
        files=(file,),
        rows=1,
        content_digest=identifier,
        fingerprint="f" * 40,
        node_kind="sql",
        is_opaque=False,
        created_at=dt.datetime.now(dt.UTC),
    )


if __name__ == "__main__":
    main()

"""A process that commits and publishes without end, to be killed."""

from __future__ import annotations

import datetime as dt
import itertools
from multiprocessing.connection import Connection
from pathlib import Path

from state_samples import (
    make_evidence,
    make_manifest,
    make_publication,
    make_run,
    make_step,
    make_trigger,
    make_version,
)

from meshwright.state.database import open_state
from meshwright.state.records import LogLine, ObjectKind, Revision

#: Datasets of the worker's product; each publication moves all of them and the product.
DATASETS = 8
#: Parts of the version that is made beside them: two versions share all but the last, and all pages but one.
DAYS = 300


def work(root: Path, url: str, name: str, ahead: dt.timedelta, said: Connection) -> None:
    """Publish product ``d.<name>`` again and again; after each publication say (step, generation, token).

    The clock is `ahead`, so that the lease of a worker before this one has expired.
    """
    state = open_state(url, root=root)
    product = f"d.{name}"
    now = dt.datetime.now(dt.UTC) + ahead
    lease = state.writer.take_lease(product, f"{name}:{ahead}", now, 600)
    assert lease is not None
    last = state.reader.pointers("prod").get(product)
    first = int(last.revision.rpartition("-")[2]) + 1 if last else 0
    for step in itertools.count(first):
        run = make_run(f"{name}-{step:06d}-{lease.token}")
        versions = [make_version(str(step), f"{product}.x{i}") for i in range(DATASETS)]
        state.writer.start_run(run, [make_step(f"build:{v.dataset}") for v in versions], {str(step): b"blob"})
        state.writer.commit_versions(versions, [make_trigger(v.id, v) for v in versions])
        daily, pages, parts = make_manifest(str(step), DAYS, f"{product}.daily", changed={DAYS - 1: str(step)})
        state.writer.commit_parts(parts if step == first else parts[-1:])
        assert state.writer.commit_manifest(daily, pages if step == first else pages[-1:]) is not None
        state.writer.record_evidence([make_evidence(v.id) for v in versions])
        state.writer.record_steps(run.id, [], [LogLine(at=now, level="info", step=None, text="built")])
        moves = {v.dataset: v.id for v in versions} | {product: f"{name}-{step}"}
        before = {product: f"{name}-{step - 1}" if step else None}
        revision = Revision(id=moves[product], kind=ObjectKind.PRODUCT, object=product, document="{}")
        now = dt.datetime.now(dt.UTC) + ahead
        renewed = state.writer.renew_lease(lease, now, 600)
        assert renewed is not None
        publication = make_publication(renewed, moves, before, revisions=(revision,))
        generation = state.writer.publish(publication, now)
        said.send((step, generation, renewed.token))

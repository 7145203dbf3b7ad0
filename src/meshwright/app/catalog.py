"""The catalog of an environment: worked out once, and after a publication or a changed file only what has changed.

Lists go on in the catalog that they began in. Those of the last minutes are kept; they share all that is the same.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field

from meshwright.app.observing import Published, look_published, published_from
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.workspace import Workspace
from meshwright.catalog.catalog import Catalog, Described, Shown, next_catalog, stale_products
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.model import identity
from meshwright.state.records import StateStamp

#: How long a list can be gone on with, and how many catalogs are kept for that.
_KEPT_S = 600.0
_MOST_KEPT = 200
#: Of a generation's number.
_MOST_DIGITS = 15


@mutable_dataclass(kw_only=True, slots=True)
class _Shelf:
    """The catalogs of one environment that lists may go on in, by stamp."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    #: With the time when each was last the current one.
    catalogs: OrderedDict[str, tuple[float, Catalog]] = field(default_factory=OrderedDict)

    def put(self, catalog: Catalog, now_s: float) -> None:
        """Keep the current one."""
        with self.lock:
            self.catalogs[catalog.stamp] = (now_s, catalog)
            self.catalogs.move_to_end(catalog.stamp)
            while len(self.catalogs) > _MOST_KEPT or next(iter(self.catalogs.values()))[0] < now_s - _KEPT_S:
                self.catalogs.popitem(last=False)

    def get(self, stamp: str) -> Catalog | None:
        """Return one that is kept."""
        with self.lock:
            found = self.catalogs.get(stamp)
            return found[1] if found is not None else None


@contextmanager
def open_catalog(workspace: Workspace, environment: str, stamp: str | None = None) -> Iterator[Catalog]:
    """Return the catalog of an environment for a block: as it stands, or as it was when its `stamp` was this.

    Raises InputError: MW-R013 for an unknown environment, MW-H401 where that one is not kept any more.
    """
    with open_mesh(workspace, environment) as opened:
        yield catalog_of(opened, stamp)


def catalog_of(opened: OpenedMesh, stamp: str | None = None) -> Catalog:
    """Return the catalog of the opened environment as it stands, or as it was when its `stamp` was this.

    Raises InputError (MW-H401) where that one is not kept any more.
    """
    catalog = current_catalog(opened)
    return catalog if stamp is None or stamp == catalog.stamp else _earlier(opened, catalog, stamp)


def current_catalog(opened: OpenedMesh) -> Catalog:
    """Return the catalog of the opened environment as it stands."""
    kept, published = opened.workspace.kept, look_published(opened)
    mark = _mark(published.stamp) if published.stamp is not None else ""

    def make(before: Catalog | None) -> Catalog:
        return _as_of(opened, before, published, mark)

    if kept is None:
        return make(None)
    catalog = kept.values.get(("catalog", opened.environment), (opened.files_identity, published.stamp), make)
    _shelf(opened).put(catalog, time.monotonic())
    return catalog


def _mark(stamp: StateStamp) -> str:
    return identity("mwcatalog1", list(map(str, stamp.sandbox)))[:8] if stamp.sandbox else ""


def _as_of(opened: OpenedMesh, before: Catalog | None, published: Published, mark: str) -> Catalog:
    described = Described(mesh=opened.mesh, files=opened.files_identity, keys=opened.product_keys)
    shown = Shown(
        environment=opened.environment, generation=published.generation, mark=mark, pointers=published.pointers
    )
    return next_catalog(before, described, shown, stale_products(before, described, shown), published.versions)


def _earlier(opened: OpenedMesh, current: Catalog, stamp: str) -> Catalog:
    """Return another catalog than the current one: it is kept, or can be made again where the files are the same."""
    found = _shelf(opened).get(stamp) if opened.workspace.kept is not None else None
    if found is not None:
        return found
    number, _, rest = stamp.partition(".")
    generation = int(number) if number.isascii() and number.isdigit() and len(number) < _MOST_DIGITS else -1
    is_same = rest == current.stamp.partition(".")[2] and opened.sandbox is None
    if not is_same or not opened.state.reader.oldest_generation(opened.environment) <= generation < current.generation:
        raise InputError(
            Diagnostic(
                code="MW-H401",
                message=f"what this list showed of {opened.environment} is not kept any more",
                fix="begin again without 'cursor'",
                object=opened.environment,
            )
        )
    reader = opened.state.reader
    then = published_from(reader, generation, reader.pointers(opened.environment, generation))
    made = _as_of(opened, current, then, current.mark)
    if opened.workspace.kept is not None:
        _shelf(opened).put(made, time.monotonic())
    return made


def _shelf(opened: OpenedMesh) -> _Shelf:
    kept = opened.workspace.kept
    assert kept is not None  # who asks has one
    return kept.values.get(("catalogs", opened.environment), None, lambda _before: _Shelf())

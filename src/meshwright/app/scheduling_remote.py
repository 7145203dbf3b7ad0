"""Files in stores elsewhere, listed beside the scheduler: a store that is slow or away holds nothing up.

Of each trigger one listing is under way at a time, on a thread of its own; what it found is taken by a later look. A store that
does not answer is told once, and asked again the more seldom the longer it is away.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field
from pathlib import Path

from meshwright.app.scheduling_files import SeenFile
from meshwright.diagnostics import Diagnostic, MeshwrightError
from meshwright.model.triggers import OnFile, Trigger
from meshwright.secrets import Secrets

#: A store is listed so seldom at the most often, and so much more seldom that a listing takes a tenth of the time.
_LIST_S = 5.0
_SHARE = 10
#: One that did not answer is asked again after so long, doubled each time.
_AGAIN_S, _LONGEST_S = 5.0, 300.0

#: Lists the files of a trigger. Raises MeshwrightError.
Lister = Callable[[Trigger], tuple[SeenFile, ...]]


def list_elsewhere(root: Path, variables: Mapping[str, str] = os.environ) -> Lister:
    """Return what lists files in stores elsewhere, secrets asked for anew each time."""

    def list_files(trigger: Trigger) -> tuple[SeenFile, ...]:
        from meshwright.sources.arrivals import Place, list_objects  # lazy: only triggers on files elsewhere need it
        from meshwright.sources.context import GLANCE

        assert isinstance(trigger.fires, OnFile)  # the caller chose it
        place = Place(url=trigger.fires.glob, options=trigger.fires.options, by=trigger.address, span=trigger.span)
        found = list_objects(place, Secrets(root, variables), GLANCE)
        return tuple(
            SeenFile(path=each.url, size_bytes=each.size_bytes, mark=each.mark, strength=each.strength)
            for each in found
        )

    return list_files


@mutable_dataclass(kw_only=True, slots=True)
class _Watch:
    """One trigger's listings."""

    definition: tuple[object, ...]
    is_under_way: bool = False
    next_s: float = 0.0
    failures: int = 0
    #: What was found and nobody took yet; None where there is nothing.
    found: tuple[SeenFile, ...] | None = None
    problem: Diagnostic | None = None
    #: Words of the trouble that was told; empty where there is none.
    told: str = ""


@mutable_dataclass(kw_only=True, slots=True)
class RemoteWatch:
    """Lists stores elsewhere for triggers."""

    lister: Lister
    tell: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _watches: dict[str, _Watch] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def taken(self, trigger: Trigger) -> tuple[SeenFile, ...] | None:
        """Return what a listing found that ended since the last time, None where none did; and see to it that there will be one."""
        assert isinstance(trigger.fires, OnFile)  # the caller chose it
        definition = (trigger.fires.glob, tuple(sorted(trigger.fires.options.items())))
        with self._lock:
            watch = self._watches.get(trigger.address)
            if watch is None or watch.definition != definition:
                watch = self._watches[trigger.address] = _Watch(definition=definition)
            found, watch.found = watch.found, None
            problem, watch.problem = watch.problem, None
            is_due = not watch.is_under_way and found is None and self.clock() >= watch.next_s
            watch.is_under_way |= is_due
        if problem is not None and problem.message != watch.told:
            watch.told = problem.message
            self.tell(f"{problem.message}; it is tried again")
        if found is not None and watch.told:
            watch.told = ""
            self.tell(f"{trigger.address}: {trigger.fires.glob} can be listed again")
        if is_due:
            threading.Thread(target=self._list, args=(trigger, watch), name="listing", daemon=True).start()
        return found

    def is_under_way(self, trigger: Trigger) -> bool:
        """Whether a listing is to be waited for."""
        with self._lock:
            watch = self._watches.get(trigger.address)
            return watch is not None and (watch.is_under_way or watch.found is not None)

    def forget(self, triggers: Mapping[str, Trigger]) -> None:
        """Remember nothing of triggers but these."""
        with self._lock:
            self._watches = {address: watch for address, watch in self._watches.items() if address in triggers}

    def _list(self, trigger: Trigger, watch: _Watch) -> None:
        began = self.clock()
        found, problem = None, None
        try:
            found = self.lister(trigger)
        except MeshwrightError as error:
            problem = error.first
        except Exception as error:  # noqa: BLE001 - a thread's border: the scheduler tells it and goes on
            problem = Diagnostic(
                code="MW-S081", message=f"files of {trigger.address} cannot be listed: {type(error).__name__}"
            )
        with self._lock:
            now = self.clock()
            watch.found, watch.problem, watch.is_under_way = found, problem, False
            watch.failures = 0 if problem is None else watch.failures + 1
            wait_s = max(_LIST_S, _SHARE * (now - began))
            if problem is not None:
                wait_s = min(_LONGEST_S, max(wait_s, _AGAIN_S * 2.0 ** min(watch.failures - 1, 10)))
            watch.next_s = now + wait_s

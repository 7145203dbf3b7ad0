"""A lease that one process of many holds for as long as it lives: the dispatcher's, and the scheduler's of an environment.

What is recorded under it is fenced: who was overtaken without noticing changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass as mutable_dataclass

from meshwright.app.processes import is_gone
from meshwright.state.protocol import State
from meshwright.state.records import Lease


@mutable_dataclass(kw_only=True, slots=True)
class HeldLease:
    """A lease, held or wanted; used by one thread."""

    state: State
    name: str
    #: Whoever wants it, as `app.processes` writes holders.
    holder: str
    #: How long a holder may be silent before another one takes over, and how long it is at most.
    ttl_s: float
    renew_s: float
    _lease: Lease | None = None
    _renewed_s: float = 0.0

    @property
    def is_held(self) -> bool:
        """Whether it was held when it was last asked for."""
        return self._lease is not None

    @property
    def lease(self) -> Lease:
        """The lease, for what is recorded under it. Only whoever holds it may ask."""
        assert self._lease is not None  # the caller holds it
        return self._lease

    def hold(self, now: dt.datetime, clock_s: float, forget: Callable[[], None]) -> bool:
        """Take the lease or keep it; False where another process has it. Raises WorldError.

        A holder on this host whose process is gone is not waited for. `forget` is called before a lease is taken that was not
        held all the time: somebody else may have been at work.
        """
        writer = self.state.writer
        if self._lease is not None:
            if clock_s - self._renewed_s < self.renew_s:
                return True
            self._lease = writer.renew_lease(self._lease, now, self.ttl_s)
            self._renewed_s = clock_s
            if self._lease is not None:
                return True
        standing = self.state.reader.lease(self.name)
        if standing is not None and standing.holder and is_gone(standing.holder):
            writer.release_lease(standing)
        forget()
        self._lease = writer.take_lease(self.name, self.holder, now, self.ttl_s)
        self._renewed_s = clock_s
        return self._lease is not None

    def lose(self) -> None:
        """Take it for lost, without giving it up."""
        self._lease = None

    def release(self) -> None:
        """Give it up, so that another process can take it at once."""
        if self._lease is not None:
            self.state.writer.release_lease(self._lease)
            self._lease = None

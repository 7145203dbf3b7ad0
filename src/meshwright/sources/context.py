"""What every kind of source is read with: where the mesh lies, its secrets, and how long to wait."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from meshwright.diagnostics import Diagnostic, InputError, InterruptedRun, MeshwrightError, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Node, SourceObservation, identity
from meshwright.secrets import Secrets
from meshwright.sources.protocol import Fetched

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long to wait for a place elsewhere, and how often to ask again."""

    #: Seconds without an answer.
    timeout_s: float
    attempts: int
    #: Seconds before the second attempt; doubled before each further one.
    backoff_s: float = 0.5


#: Looking at a source: a command that only plans must not hang.
GLANCE = Patience(timeout_s=8, attempts=2)
#: Reading one.
STUDY = Patience(timeout_s=60, attempts=4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """The surroundings of one look at, or reading of, a source."""

    root: Path
    secrets: Secrets
    patience: Patience
    stop: threading.Event = field(default_factory=threading.Event)

    def patiently(self, patience: Patience) -> Context:
        """Return the same surroundings with another patience."""
        return replace(self, patience=patience)

    def resolved(self, text: str, node: Node) -> str:
        """Return `text` of a node's source with its references resolved. Raises InputError (MW-X602)."""
        return self.secrets.resolved(text, span=node.span, dataset=node.address)

    def check_stop(self, node: Node) -> None:
        """Raise InterruptedRun once someone asked the run to stop."""
        if self.stop.is_set():
            raise InterruptedRun(
                Diagnostic(code="MW-R006", message=f"interrupted while {node.address} was read", object=node.address)
            )


class Kind(NamedTuple):
    """One kind of source: the three things done with it. Each raises InputError or WorldError (MW-X...)."""

    observe: Callable[[Node, Context], SourceObservation]
    fetch: Callable[[Node, SourceObservation, Context, Path], Fetched]
    head: Callable[[Node, Context, Path], Fetched]


def source_error(
    code: str, node: Node, message: str, *, fix: str | None = None, world: bool = False
) -> InputError | WorldError:
    """Return the error about a source; `world` where the same command may succeed later."""
    diagnostic = Diagnostic(code=code, message=message, span=node.span, fix=fix, object=node.address)
    return WorldError(diagnostic) if world else InputError(diagnostic)


def unseen_key() -> str:
    """Return a key that equals no other: what was seen tells nothing, so the source must be read."""
    return identity("mwunseen1", os.urandom(16).hex())


@contextmanager
def library_errors(node: Node, context: Context, what: str) -> Iterator[None]:
    """Turn whatever a library raises into an error about the source, with every secret hidden.

    Libraries document few of their exceptions, and their messages may hold addresses and passwords; so this border
    catches all of them, keeps class and message, and cuts the chain that would show the rest.
    """
    try:
        yield
    except MeshwrightError:
        raise
    except Exception as error:  # noqa: BLE001  the border to a library, see above
        words = context.secrets.hidden(" ".join(f"{error}".split())) or "no message"
        failure = source_error(
            "MW-X607",
            node,
            f"{what} cannot be read: {type(error).__name__}: {words[:600]}",
            fix="check the place, its options and the rights; if they are right, run again",
            world=True,
        )
    else:
        return
    raise failure


def within(node: Node, context: Context, call: Callable[[], Result]) -> Result:
    """Return what `call` gives, but wait no longer than the context's patience: libraries keep to no common time limit.

    A call that does not end is left behind on a thread that does not keep the process alive.
    """
    answers: list[Result] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            answers.append(call())
        except BaseException as error:  # noqa: BLE001  carried over to the thread that waits
            failures.append(error)

    worker = threading.Thread(target=work, name="glance", daemon=True)
    worker.start()
    limit_s = context.patience.timeout_s * (context.patience.attempts + 1)
    worker.join(limit_s)
    if failures:
        raise failures[0]
    if not answers:
        raise source_error(
            "MW-X603",
            node,
            f"source {node.address} did not answer within {limit_s:.0f} seconds",
            fix="check the place and the network, and run again",
            world=True,
        )
    return answers[0]

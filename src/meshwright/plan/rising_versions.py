"""The built-in policy `rising_versions`: a contract's version rises as its changes demand.

A contract whose standing status is draft or proposed promises nothing and may change at will; a port that stands for the
first time, or no more, has no two versions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from meshwright.checks.built_in import Breach
from meshwright.model import PolicyLevel
from meshwright.plan.compatibility import Change, ChangedKind, Level, greatest
from meshwright.plan.compatibility.rules import part, text_of
from meshwright.plan.compatibility.versions import Rise, least_version, parse_version, version_rise
from meshwright.plan.landing import Landing

#: Statuses that promise nothing yet.
UNPROMISING = frozenset({"draft", "proposed"})
#: An announcement and the end of a port's life, which whoever uses it is asked about (`breaking_changes`). No number could
#: tell of them: the next major one is that of the version beside it.
_FAREWELLS = frozenset({"status_deprecated", "status_retired"})
#: Changes that a message names.
_NAMED = 2


def is_promising(contract: Mapping[str, object]) -> bool:
    """Whether a contract promises anything yet; one without a status does."""
    return text_of(contract.get("status")).casefold() not in UNPROMISING


def rising_versions(landing: Landing) -> Iterator[Breach]:
    """Yield the ports whose version does not rise as the changes of their contracts demand."""
    changes = {one.object: one.changes for one in landing.changes if one.kind is ChangedKind.PORT}
    for address in landing.moving_ports:
        document = landing.observed.port_documents.get(landing.observed.ports.get(address, ""))
        if document is None or address not in landing.desired.ports:
            continue
        before = _contract(document)
        if not is_promising(before):
            continue
        after = _contract(landing.desired.ports[address].document)
        weighed = tuple(change for change in changes.get(address, ()) if change.kind not in _FAREWELLS)
        found = version_breach(address, before, after, weighed)
        if found is not None:
            yield found


def version_breach(
    address: str, before: Mapping[str, object], after: Mapping[str, object], changes: Sequence[Change]
) -> Breach | None:
    """Return why the version of a contract does not fit its `changes`; None where it does."""
    level = greatest(change.level for change in changes)
    written = [version_text(contract) for contract in (before, after)]
    old, new = (parse_version(text) for text in written)
    rise = version_rise(old, new, level)
    if rise is Rise.ENOUGH or (rise is Rise.UNKNOWN and level is Level.NONE):
        return None
    why = f"its changes are {level.value}: {_named(level, changes)}" if changes else "nothing else changes"
    if old is None or new is None:
        odd = written[0] if old is None else written[1]
        return Breach(
            object=address,
            message=f"whether version {_shown(written[1])} rises from {_shown(written[0])} as it should cannot be judged: "
            f"{_shown(odd)} is no number ({why})",
            level=PolicyLevel.WARN,
            fix="write versions as numbers, for example 1.2.0",
        )
    least = least_version(old, level)
    moved = {Rise.FELL: f"fell from {written[0]} to {written[1]}"}.get(
        rise, f"is {written[1]} still" if written[0] == written[1] else f"rose from {written[0]} to {written[1]} alone"
    )
    return Breach(
        object=address,
        message=f"its version {moved}, where {least} is the least that will do ({why})",
        level=PolicyLevel.BLOCK if level is Level.MAJOR else PolicyLevel.WARN,
        fix=f"set version: {least} in the contract"
        + (", or take back what breaks its readers" if level is Level.MAJOR else ""),
    )


def version_text(contract: Mapping[str, object]) -> str:
    """Return the version of a contract as written; a number that is not in quotes is one too."""
    version = contract.get("version")
    return "" if version is None or isinstance(version, (Mapping, list)) else str(version)


def _contract(document: str) -> Mapping[str, object]:
    return part(part(json.loads(document)).get("contract"))


def _named(level: Level, changes: Sequence[Change]) -> str:
    """Name the first of the changes that weigh the most."""
    greatest_ones = [change.message for change in changes if change.level is level]
    more = len(greatest_ones) - _NAMED
    return f"{'; '.join(greatest_ones[:_NAMED])}{f'; {more} more' if more > 0 else ''}"


def _shown(version: str) -> str:
    return f"'{version[:40]}'" if version else "none"

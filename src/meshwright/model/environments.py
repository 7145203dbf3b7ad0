"""What `mesh.yaml` says of environments, sandboxes and how long things are kept."""

from __future__ import annotations

from meshwright.frozen import dataclass

_DAY_S = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentSettings:
    """An environment that is not a sandbox."""

    #: The git branch whose tip may run in it where it is protected.
    branch: str = "main"
    #: Whether only code that was promoted, or is the tip of `branch`, may change what is published here.
    is_protected: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxSettings:
    """What holds for every sandbox."""

    #: Idle seconds after which one expires.
    expire_after_s: int = 7 * _DAY_S
    #: Classifications of columns (ODCS ``classification``) that are masked.
    mask: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """How long what nothing points to any more is kept, in seconds."""

    #: Generations of environments, and so the way back.
    generations_s: int = 90 * _DAY_S
    #: Versions that were built and never published.
    candidates_s: int = 14 * _DAY_S
    #: From when a thing is first found needless until it is deleted.
    grace_s: float = _DAY_S
    #: Jobs of tools that are over, with what they left in their folders.
    jobs_s: int = 14 * _DAY_S
    #: Events, and firings of triggers: an event that is sent again within this time is known.
    events_s: int = 90 * _DAY_S
    #: The record of calls between domains.
    calls_s: int = 90 * _DAY_S
    #: Jobs of outside tools that went well once, with the last run that did; longer than events.
    outside_s: int = 365 * _DAY_S

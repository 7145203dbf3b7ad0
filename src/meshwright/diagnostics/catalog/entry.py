"""The shape of one entry of the catalog."""

from __future__ import annotations

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """A diagnostic code as the reference page shows it."""

    #: ``MW-`` + area letter + three digits. Never reused for another meaning.
    code: str
    #: The finding in a few words.
    title: str
    #: When it appears, and why it matters.
    meaning: str
    #: What to do.
    fix: str
    #: A message as a user would see it.
    example: str = ""

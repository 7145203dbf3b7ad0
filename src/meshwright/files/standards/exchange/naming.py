"""Names for languages that allow few: each a word, none twice, none that the language keeps for itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

_NO_WORD: Final = re.compile(r"[^A-Za-z0-9_]+")


def word_of(name: str, *, otherwise: str = "field") -> str:
    """Return a name as a word of ASCII letters, digits and underscores that begins with no digit."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    word = _NO_WORD.sub("_", plain).strip("_") if _NO_WORD.search(plain) or not plain else plain
    if not word or word.strip("_") == "":
        word = otherwise
    return f"_{word}" if word[0].isdigit() else word


def class_name_of(name: str) -> str:
    """Return a name as classes are called: ``order_items`` is ``OrderItems``."""
    parts = [part for part in word_of(name, otherwise="Row").split("_") if part]
    made = "".join(part[:1].upper() + part[1:] for part in parts) or "Row"
    return f"Row{made}" if made[0].isdigit() else made


@dataclass(kw_only=True, slots=True)
class Names:
    """Gives out names, each once."""

    #: Names that nobody gets.
    kept: Collection[str] = ()
    #: What stands before the number of a name that was taken already.
    joint: str = "_"
    taken: set[str] = field(default_factory=set)

    def take(self, wanted: str) -> str:
        """Return `wanted`, or what comes nearest and is free."""
        chosen, number = wanted, 1
        if wanted in self.kept and self.joint:
            chosen = f"{wanted}{self.joint}"
        while chosen in self.taken or chosen in self.kept:
            number += 1
            chosen = f"{wanted}{self.joint}{number}"
        self.taken.add(chosen)
        return chosen

"""What planning may look up of versions and their parts: immutable things by their names, so that it stays a pure function.

The maps may load what is asked for when it is asked for; what a name stands for never changes.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model import Footprint, FootprintKey, Page, Version

_NO_VERSIONS: Mapping[str, Version] = MappingProxyType({})
_NO_PAGES: Mapping[str, Page] = MappingProxyType({})
_NO_FOOTPRINTS: Mapping[FootprintKey, Footprint] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Books:
    """Versions and pages by id, and in which intervals they have rows. What is not recorded is absent."""

    versions: Mapping[str, Version] = field(default_factory=lambda: _NO_VERSIONS)
    pages: Mapping[str, Page] = field(default_factory=lambda: _NO_PAGES)
    #: Of versions, of parts, and of pages (what all its parts have together).
    footprints: Mapping[FootprintKey, Footprint] = field(default_factory=lambda: _NO_FOOTPRINTS)

    def with_pages(self, pages: Iterable[Page]) -> Books:
        """Return the books with pages that are planned and not recorded yet."""
        return replace(self, pages=ChainMap({page.id: page for page in pages}, self.pages))  # type: ignore[arg-type]


NO_BOOKS = Books()

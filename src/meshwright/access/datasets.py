"""What data a caller reads with SQL, as far as its role and domain go; what ports promise is looked up where they are."""

from __future__ import annotations

from meshwright.access.principals import Principal, Role
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class DataScope:
    """Who reads. Scopes that differ in the caller alone see the same."""

    #: Who it is, for whoever counts what one caller does at once.
    caller: str = ""
    #: Whether all that is published may be read; else what ports promise.
    is_all: bool = False
    #: All that this domain publishes may be read besides; None for a caller of no domain.
    domain: str | None = None

    def reads_all_of(self, domain: str) -> bool:
        """Whether all that a domain publishes may be read, whatever its ports promise."""
        return self.is_all or self.domain == domain


def data_scope(principal: Principal) -> DataScope:
    """Return what a caller reads."""
    return DataScope(caller=principal.name, is_all=principal.role is Role.ADMINISTRATOR, domain=principal.domain)

"""Kinds of values that JSON has no name for."""

from __future__ import annotations

from typing import Annotated

#: A moment, ISO 8601 with its zone. What stands beside a type says more of it: a format, or the enumeration it is of.
Time = Annotated[str, "date-time"]
#: Anything; what it is follows from elsewhere.
Json = object
#: Unit -> how much.
Amounts = dict[str, float]

"""What a node says of being built in parts: by intervals of time, by appending, or by merging into what stands."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.intervals import Calendar

#: Stands for every input that is not named.
EVERY_INPUT = "*"
#: What the code of a node that is cut into intervals calls the moments of its interval, [start, end) in UTC: ``$start`` and
#: ``$end`` in SQL, arguments of a Python function. No parameter of the mesh has these names there.
INTERVAL_PARAMETERS = ("start", "end")


class Depends(enum.StrEnum):
    """How an interval depends on an input."""

    #: On the parts of the input that lie in the interval and its lookback; it is shown these alone.
    INTERVAL = "interval"
    #: On all of the input as it was when the interval was built.
    AS_OF = "as_of"
    #: On all of the input as it is: a new version of it rebuilds every interval.
    WHOLE = "whole"


class VersionClass(enum.StrEnum):
    """What a version of an incremental dataset equals."""

    #: The build of everything at once.
    PURE = "pure"
    #: What its parts gave when each was built.
    AS_OF = "as_of"
    #: What came of the version before it.
    STATEFUL = "stateful"


class Merge(enum.StrEnum):
    """How new rows meet those that stand."""

    UPSERT = "upsert"
    DELETE_INSERT = "delete+insert"
    #: Slowly changing dimension of type 2: rows are closed and opened, never changed.
    SCD2 = "scd2"


@dataclass(frozen=True, kw_only=True, slots=True)
class ByInterval:
    """``incremental: {by, grain, lookback, depends, start}``: one part for each interval."""

    #: Column of the result that says which interval a row belongs to.
    by: str
    calendar: Calendar
    lookback: dt.timedelta = dt.timedelta(0)
    #: The first moment of the first interval, aware UTC; None: the earliest `by` of the inputs.
    start: dt.datetime | None = None
    #: Address of an input, or `EVERY_INPUT` -> how an interval depends on it, where that is said.
    depends: Mapping[str, Depends] = field(default_factory=lambda: MappingProxyType({}))
    #: Input -> its column that becomes `by`, cut at most to the grain: rows of an interval come from rows of that interval.
    time_columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether parts of an earlier definition are kept.
    is_forward_only: bool = False
    #: How far back from the last interval parts are kept, None for ever.
    keep: dt.timedelta | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ByAppending:
    """``incremental: {append: true}``: what is new is added as a further part; nothing is read twice."""

    is_forward_only: bool = False
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ByMerging:
    """``incremental: {key: [...], merge: ...}``: rows meet those of the version before by their key."""

    key: tuple[str, ...]
    merge: Merge
    #: A BOOLEAN column of the new rows: where it is true the row of that key goes. It is not stored.
    deleted: str | None = None
    #: `Merge.SCD2`: the column that says since when a row holds; None: since the run that saw it.
    valid_from: str | None = None
    #: `Merge.SCD2`: whether a key that is no longer among the rows is closed.
    is_closing_absent: bool = False
    is_forward_only: bool = False
    span: SourceSpan | None = None


Incremental = ByInterval | ByAppending | ByMerging

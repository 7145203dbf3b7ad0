"""The values of lower layers that verbs take and answer with, named here so that faces reach no further than `app`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.model.requests import RequestedRun, RequestState
from meshwright.run.costs import RunCosts, amount_of, costs_document
from meshwright.run.documents import recorded_outcome, run_document, test_document
from meshwright.run.events import (
    Event,
    Listener,
    PartsBuilt,
    ProductNotPublished,
    ProductPublished,
    RunStarted,
    StepBegun,
    StepEnded,
    StepStarted,
    no_listener,
)
from meshwright.run.report import (
    NotPublished,
    PartsReport,
    Reached,
    RunReport,
    StepReport,
    StepState,
    Supplier,
    TestOutcome,
)
from meshwright.sql.values import Influence
from meshwright.state.records import (
    Environment,
    Generation,
    GenerationAction,
    InnerStepRecord,
    LogLine,
    ObjectKind,
    Pin,
    Provisioning,
    RunRecord,
    RunState,
    StepRecord,
    TokenRecord,
)

if TYPE_CHECKING:  # a command that runs nothing need not know how engines answer
    from meshwright.engines.protocol import ColumnDistribution as ColumnDistribution  # noqa: PLC0414
    from meshwright.engines.protocol import ColumnSummary as ColumnSummary  # noqa: PLC0414 - so that faces may take it from here
    from meshwright.engines.protocol import Comparison as Comparison  # noqa: PLC0414
    from meshwright.engines.protocol import Distribution as Distribution  # noqa: PLC0414
    from meshwright.engines.protocol import QueryAnswer as QueryAnswer  # noqa: PLC0414

__all__ = [
    "Environment",
    "Event",
    "Generation",
    "GenerationAction",
    "Influence",
    "InnerStepRecord",
    "Listener",
    "LogLine",
    "NotPublished",
    "ObjectKind",
    "PartsBuilt",
    "PartsReport",
    "Pin",
    "ProductNotPublished",
    "ProductPublished",
    "Provisioning",
    "Reached",
    "RequestState",
    "RequestedRun",
    "RunCosts",
    "RunRecord",
    "RunReport",
    "RunStarted",
    "RunState",
    "StepBegun",
    "StepEnded",
    "StepRecord",
    "StepReport",
    "StepStarted",
    "StepState",
    "Supplier",
    "TestOutcome",
    "TokenRecord",
    "amount_of",
    "costs_document",
    "no_listener",
    "recorded_outcome",
    "run_document",
    "test_document",
]

"""From desired and observed to a plan, as values: identities, resolution, the builder and its words."""

from meshwright.model import SourceObservation, Strength
from meshwright.plan.builder import build_plan, plan_problems
from meshwright.plan.compatibility import Change, ChangedKind, Level, ObjectChange, Reach
from meshwright.plan.identities import (
    content_version_id,
    desired_port,
    incremental_definition,
    node_definition,
    product_revision,
    trigger_key,
    version_id,
)
from meshwright.plan.moves import ProductMoves, Standing, product_moves
from meshwright.plan.resolve import evidence_keys, resolve
from meshwright.plan.values import (
    Affected,
    Desired,
    DesiredNode,
    DesiredPort,
    Observed,
    Plan,
    Resolution,
    Step,
    StepAction,
    StepKind,
    Trace,
)

__all__ = [
    "Affected",
    "Change",
    "ChangedKind",
    "Desired",
    "DesiredNode",
    "DesiredPort",
    "Level",
    "ObjectChange",
    "Observed",
    "Plan",
    "ProductMoves",
    "Reach",
    "Resolution",
    "SourceObservation",
    "Standing",
    "Step",
    "StepAction",
    "StepKind",
    "Strength",
    "Trace",
    "build_plan",
    "content_version_id",
    "desired_port",
    "evidence_keys",
    "incremental_definition",
    "node_definition",
    "plan_problems",
    "product_moves",
    "product_revision",
    "resolve",
    "trigger_key",
    "version_id",
]

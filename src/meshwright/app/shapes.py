"""Types of recorded documents, and of values in them, named here so that faces reach no further than `app`.

Nothing of it is needed at run time.
"""

from __future__ import annotations

from meshwright.engines.protocol import Distance
from meshwright.run.costshapes import RunCosts
from meshwright.run.shapes import Run, RunDone, StepAction, TestEntry, Verdict

__all__ = ["Distance", "Run", "RunCosts", "RunDone", "StepAction", "TestEntry", "Verdict"]

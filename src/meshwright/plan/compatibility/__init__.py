"""Compatibility: how much a change of a dataset or port asks of those who use it, and whom it reaches.

`datasets` compares columns and code, `ports` and `contracts` what is promised; `reach` finds who is concerned. They are
imported where something differs: a plan with nothing to do needs these values alone.
"""

from meshwright.plan.compatibility.values import Change, ChangedKind, Level, ObjectChange, Reach, greatest

__all__ = ["Change", "ChangedKind", "Level", "ObjectChange", "Reach", "greatest"]

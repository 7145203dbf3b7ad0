"""Impact: which live consumers use what breaks of a port, in which query; what the policy `breaking_changes` judges.

Read in this order: `values`, `broken` (what breaks of which port), `products`, `declared` and `beyond` (who uses it), `find`.
Imported where something breaks: a plan with nothing to do, or with nothing that breaks, needs none of it.
"""

from meshwright.plan.impact.values import (
    OUTSIDE,
    PRODUCT,
    RETIRED,
    UNPROMISING,
    Impact,
    StandingProduct,
    Use,
    is_promising,
)

__all__ = ["OUTSIDE", "PRODUCT", "RETIRED", "UNPROMISING", "Impact", "StandingProduct", "Use", "is_promising"]

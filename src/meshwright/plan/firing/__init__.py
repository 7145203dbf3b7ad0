"""When triggers fire: (triggers, what is recorded of them, events, publications, runs, pauses, now) -> decisions.

No clock and no disk: what a worker does, a test does for a year in a second.
"""

from meshwright.plan.firing.decide import Decision, decide
from meshwright.plan.firing.generations import Disagreement, disagreements
from meshwright.plan.firing.pausing import resumed
from meshwright.plan.firing.publications import Readiness, readiness
from meshwright.plan.firing.rounds import Held, Rounds, round_name, subscription_held
from meshwright.plan.firing.starts import Starts, next_starts
from meshwright.plan.firing.subscribed import Spread, Told, chain_stopped, is_for, spread, told_of
from meshwright.plan.firing.values import Arrived, Published, Situation

__all__ = [
    "Arrived",
    "Decision",
    "Disagreement",
    "Held",
    "Published",
    "Readiness",
    "Rounds",
    "Situation",
    "Spread",
    "Starts",
    "Told",
    "chain_stopped",
    "decide",
    "disagreements",
    "is_for",
    "next_starts",
    "readiness",
    "resumed",
    "round_name",
    "spread",
    "subscription_held",
    "told_of",
]

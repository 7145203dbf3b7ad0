"""What a process may hold that forks fast: it is also read by the coordinator, which chooses the process for a call.

A fork costs by the memory that it touches, and most of that is touched by what libraries do right after it: `logging`,
`threading` and `random` have such hooks. Nothing of these is imported where a call does not ask for it.
"""

from __future__ import annotations

#: Modules of the standard library that a waiting process without pyarrow imports beforehand. None has a hook for forks.
LIGHT = frozenset(
    {
        "__future__",
        "collections",
        "contextlib",
        "datetime",
        "enum",
        "functools",
        "itertools",
        "json",
        "math",
        "operator",
        "os",
        "re",
        "string",
        "sys",
        "time",
        "types",
        "typing",
        "warnings",
    }
)
#: The folder in a call's own folder that the call is in, and calls its home.
HOME = "home"

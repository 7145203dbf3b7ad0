"""What is wrong with files: findings, and the answer of `check`."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.diagnostics import Severity


class Finding(TypedDict):
    """Something that is wrong, where, and how to mend it. Place and object are null where it has none."""

    code: str
    severity: Annotated[str, Severity]
    message: str
    file: str | None
    line: int | None
    column: int | None
    fix: str | None
    object: str | None


class Refusal(TypedDict):
    """Why a command could not answer: its first finding, whether a retry can help, and all findings."""

    code: str
    message: str
    file: str | None
    line: int | None
    column: int | None
    fix: str | None
    retryable: bool
    diagnostics: list[Finding]


class Checked(TypedDict):
    """What was looked at, and what is wrong with it."""

    ok: bool
    diagnostics: list[Finding]
    counts: dict[str, int]


class Check(Checked):
    """Whether the files of the mesh are right."""

    schema: Literal["meshwright/check/1"]

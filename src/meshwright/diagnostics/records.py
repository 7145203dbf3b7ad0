"""The finding itself: a code, a sentence, a place and a way out."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from meshwright.diagnostics.codes import is_known_code
from meshwright.frozen import dataclass


class Severity(enum.StrEnum):
    """How much a finding weighs: an `error` makes the input unusable, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceSpan:
    """A place in a file that a person wrote; lines and columns count from 1."""

    #: Path with forward slashes, relative to the mesh root where there is one, else as given.
    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """One finding. Findings are collected and shown together, never one at a time."""

    #: A code of `meshwright.diagnostics.catalog`, for example ``MW-C104``.
    code: str
    message: str
    span: SourceSpan | None = None
    fix: str | None = None
    severity: Severity = Severity.ERROR
    #: Address of the mesh object that the finding is about, where there is one.
    object: str | None = None

    def __post_init__(self) -> None:
        if not is_known_code(self.code):
            raise ValueError(f"diagnostic code {self.code!r} is not in the catalog")

    def __str__(self) -> str:
        place = f" {self.span}" if self.span else ""
        text = f"{self.code}{place} {self.message}"
        return f"{text}\n        fix: {self.fix}" if self.fix else text


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Order findings as a reader walks through files: file, line, column, code. Exact repeats appear once."""

    def place(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
        span = diagnostic.span or SourceSpan(file="", line=0, column=0)
        return (span.file, span.line, span.column, diagnostic.code, diagnostic.message)

    return tuple(sorted(dict.fromkeys(diagnostics), key=place))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any finding makes the input unusable."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)

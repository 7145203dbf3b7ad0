"""The error tree. The class says who must act, and so which exit status the command ends with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from meshwright.diagnostics.records import Diagnostic


class MeshwrightError(Exception):
    """Something a user must be told. Carries one or more diagnostics, the most important first."""

    #: Exit status of the command that ends with this error.
    exit_status: ClassVar[int] = 2
    #: Whether the same command can succeed later without a change of the input.
    retryable: ClassVar[bool] = False

    def __init__(self, *diagnostics: Diagnostic) -> None:
        if not diagnostics:
            raise ValueError("an error needs at least one diagnostic")
        super().__init__("\n".join(str(diagnostic) for diagnostic in diagnostics))
        self.diagnostics: tuple[Diagnostic, ...] = diagnostics

    @classmethod
    def of(cls, diagnostics: Iterable[Diagnostic]) -> MeshwrightError:
        """Make the error from findings that were collected."""
        return cls(*diagnostics)

    @property
    def first(self) -> Diagnostic:
        """The finding to show where there is room for one."""
        return self.diagnostics[0]


class RefusedError(MeshwrightError):
    """The answer is no: a test, a policy or a rule of the mesh forbids it (exit status 1)."""

    exit_status = 1


class InputError(MeshwrightError):
    """The files, names or options given are wrong (exit status 2)."""

    exit_status = 2


class WorldError(MeshwrightError):
    """The world failed: disk, network, database, engine resources (exit status 3, worth a retry)."""

    exit_status = 3
    retryable = True


class InterruptedRun(MeshwrightError):
    """A person or the system asked the command to stop (exit status 130)."""

    exit_status = 130

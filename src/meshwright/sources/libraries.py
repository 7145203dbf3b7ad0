"""Libraries of source kinds: each is an extra, loaded when a source needs it, and named where it is not installed."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any  # what optional libraries give has no types here

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.model import Node


def library(module: str, *, package: str, extra: str | None, node: Node) -> Any:
    """Import an optional library. Raises InputError (MW-X601), naming the package, where it is not installed."""
    try:
        found: ModuleType = importlib.import_module(module)
    except ImportError:
        raise missing(package, extra, node) from None
    return found


def missing(package: str, extra: str | None, node: Node) -> InputError:
    """Return the error for a library that is not installed."""
    install = f"pip install 'meshwright[{extra}]'" if extra else f"pip install {package}"
    return InputError(
        Diagnostic(
            code="MW-X601",
            message=f"source {node.address} needs the package '{package}', which is not installed",
            span=node.span,
            fix=f"install it beside meshwright: {install}",
            object=node.address,
        )
    )

"""Whether traces are asked for, and can be made: what every run asks, before anything of OpenTelemetry is imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_traced(variables: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's variables ask for traces."""
    exporter = variables.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if variables.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or exporter == "none":
        return False
    return exporter == "otlp" or any(variables.get(name) for name in _ENDPOINTS)


def is_installed() -> bool:
    """Whether the extra `otel` is there."""
    return find_spec("opentelemetry") is not None and all(
        find_spec(name) is not None for name in ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
    )

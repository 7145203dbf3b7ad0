"""OpenTelemetry traces: a span for a request, one for the run that came of it, one for each of its steps.

On where OpenTelemetry's own variables ask for it; nothing is imported otherwise. Spans say what was done and how it ended, never
with what: no parameters, no messages, no addresses with queries.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from meshwright.app.traced import is_installed
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.run.events import Event, StepEnded
from meshwright.run.report import RunReport, StepReport, StepState
from meshwright.state.records import RunRecord, RunState

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

#: How the context comes to a run's process.
TRACEPARENT = "TRACEPARENT"
#: A receiver that does not answer holds the end of a run up for no longer.
_EXPORT_S = 3.0
_BAD_STEPS = {StepState.FAILED, StepState.INTERRUPTED}


class Tracing:
    """Makes spans and sends them, in the background, to where the variables say."""

    def __init__(self, service: str) -> None:
        """Raises InputError (MW-H308) where the extra `otel` is not installed."""
        if not is_installed():
            raise InputError(
                Diagnostic(
                    code="MW-H308",
                    message="traces are asked for (OTEL_...), and OpenTelemetry is not installed",
                    fix="pip install 'meshwright[otel]', or unset the variables",
                )
            )
        # lazy, all: who does not trace has none of it
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        named = "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        resource = Resource.create({} if named else {"service.name": service})
        timed = "OTEL_EXPORTER_OTLP_TIMEOUT" in os.environ or "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT" in os.environ
        exporter = OTLPSpanExporter(timeout=None if timed else _EXPORT_S)
        self._provider: TracerProvider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("meshwright")

    def begin(
        self, name: str, *, traceparent: str = "", at: dt.datetime | None = None, is_server: bool = False
    ) -> Span:
        """Begin a span below that of a W3C trace context, if there is one."""
        from opentelemetry.trace import SpanKind  # lazy: as above

        kind = SpanKind.SERVER if is_server else SpanKind.INTERNAL
        return self._tracer.start_span(name, context=_context_of(traceparent), kind=kind, start_time=_nanos(at))

    def begin_below(self, parent: Span, name: str, begun: dt.datetime) -> Span:
        """Begin a span below another one."""
        from opentelemetry.trace import set_span_in_context  # lazy: as above

        return self._tracer.start_span(name, context=set_span_in_context(parent), start_time=_nanos(begun))

    def close(self) -> None:
        """Send what was not sent yet."""
        self._provider.force_flush(int(_EXPORT_S * 1000))
        self._provider.shutdown()


def traceparent_of(span: Span) -> str:
    """Return the W3C trace context of a span."""
    found = span.get_span_context()
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


def fail(span: Span, words: str) -> None:
    """Mark a span as one that went wrong."""
    from opentelemetry.trace import Status, StatusCode  # lazy: as above

    span.set_status(Status(StatusCode.ERROR, words))


class RunTracer:
    """Listens to a run: a span for it, below the request that asked for it, and one for each step."""

    def __init__(self, record: RunRecord) -> None:
        self._tracing = Tracing("meshwright-run")
        self._span = self._tracing.begin("run", traceparent=os.environ.get(TRACEPARENT, ""), at=record.started_at)
        self._span.set_attributes({"meshwright.run.id": record.id, "meshwright.environment": record.environment})

    def __call__(self, event: Event, /) -> None:
        """Take an event."""
        if isinstance(event, StepEnded):
            self._tell(event.report)

    def _tell(self, step: StepReport) -> None:
        ended = step.ended_at or dt.datetime.now(dt.UTC)
        span = self._tracing.begin_below(self._span, f"step {step.action.value}", step.started_at or ended)
        told: dict[str, str | int] = {
            "meshwright.step.key": step.key,
            "meshwright.step.action": step.action.value,
            "meshwright.step.state": step.state.value,
            "meshwright.step.attempts": step.attempts,
        }
        if step.dataset is not None:
            told["meshwright.dataset"] = step.dataset
        if step.version is not None:
            told["meshwright.version"] = step.version
        if step.rows is not None:
            told["meshwright.rows"] = step.rows
        span.set_attributes(told)
        if step.state in _BAD_STEPS:
            fail(span, step.error.code if step.error is not None else step.state.value)
        span.end(_nanos(ended))

    def finish(self, report: RunReport) -> RunReport:
        """Take the end."""
        self._span.set_attributes(
            {"meshwright.run.state": report.state.value, "meshwright.generation": report.generation}
        )
        if report.state is not RunState.SUCCEEDED:
            fail(self._span, report.state.value)
        return report

    def close(self) -> None:
        """Send what was not sent yet."""
        self._span.end()
        self._tracing.close()


def _context_of(traceparent: str) -> Context:
    from opentelemetry.context import Context  # lazy: as above
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}, context=Context())


def _nanos(at: dt.datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000_000) * 1000

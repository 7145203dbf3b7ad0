"""Traces from the request to the step, as a real receiver decodes them."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.http.serving import serving

SECRET = "s3cr3t-value"


@contextmanager
def receiver() -> Iterator[tuple[str, list[Any]]]:
    """An OTLP/HTTP receiver: its address, and the spans that came, with their service."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                service = {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"]
                spans.extend((service, span) for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", spans
        finally:
            server.shutdown()
            thread.join()


def attributes(span: Any) -> dict[str, object]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_request_its_run_and_every_step_are_one_trace(root: Path, tmp_path: Path) -> None:
    with receiver() as (address, spans):
        asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "100", "SOME_SECRET": SECRET}
        with serving(root, folder=tmp_path, environment=asked) as server, server.client() as client:
            trace, above = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
            answer = client.post(
                "/api/v1/runs",
                json={"select": "sales.orders", "refresh": True, "params": {"currency": SECRET}},
                headers={"traceparent": f"00-{trace}-{above}-01", "Idempotency-Key": SECRET},
            )
            assert answer.status_code == 202, answer.text
            run_id = answer.json()["run_id"]
            end = time.monotonic() + 120
            while not any(span.name == "run" for _, span in list(spans)):
                assert time.monotonic() < end
                time.sleep(0.1)
            steps = client.get(f"/api/v1/runs/{run_id}").json()["steps"]
            assert server.stop() == 0
    own = [(service, span) for service, span in spans if span.trace_id.hex() == trace]
    [request] = [span for _, span in own if span.name == "POST /api/v1/runs"]
    [(service, run)] = [(service, span) for service, span in own if span.name == "run"]
    below = [span for _, span in own if span.parent_span_id == run.span_id]
    assert service == "meshwright-run"
    assert (request.parent_span_id.hex(), run.parent_span_id) == (above, request.span_id)
    assert attributes(request)["http.response.status_code"] == 202
    assert attributes(run)["meshwright.run.id"] == run_id
    assert attributes(run)["meshwright.run.state"] == "succeeded"
    assert {(attributes(span)["meshwright.step.key"], attributes(span)["meshwright.step.state"]) for span in below} == {
        (step["key"], step["state"]) for step in steps
    }
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for _, span in own)
    assert SECRET.encode() not in b"".join(span.SerializeToString() for _, span in spans)


def test_a_receiver_that_is_not_there_does_not_keep_a_run_from_succeeding(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "meshwright", "-C", str(root), "run", "sales.orders", "--refresh", "--json"]
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variables", "is_there"),
    [
        ("", False),
        ("OTEL_EXPORTER_OTLP_ENDPOINT=http://x", True),
        ("OTEL_TRACES_EXPORTER=otlp", True),
        ("OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_TRACES_EXPORTER=none", False),
        ("OTEL_EXPORTER_OTLP_ENDPOINT=http://x OTEL_SDK_DISABLED=true", False),
    ],
)
def test_traces_are_made_where_they_are_asked_for(variables: str, is_there: bool) -> None:
    from meshwright.app.traced import is_traced

    assert is_traced(dict(each.split("=", 1) for each in variables.split())) is is_there


def test_nothing_that_makes_spans_is_imported_where_nobody_asks(root: Path) -> None:
    # FastAPI by itself imports the interface of OpenTelemetry where it is installed.
    program = (
        "import sys; from meshwright.faces.cli.main import main; from meshwright.faces.http import application; "
        f"status = main(['-C', {str(root)!r}, 'run', '--quiet']); "
        "made = ('opentelemetry.sdk', 'opentelemetry.exporter'); "
        "print([name for name in sys.modules if name.startswith(made)]); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"

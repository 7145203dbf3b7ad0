"""The examples of the API, on the aviation mesh, in the order in which they are asked by an administrator."""

from __future__ import annotations

from scripts.api_describing.examples import Example, get, post

_API = "/api/v1"
_ENVIRONMENT = f"{_API}/environments/{{environment}}"
_BOX = {"environment": "fix-delays"}
_PIN = {"environment": "prod", "object": "reference.carriers"}


def server_examples(link_code: str, token_id: str) -> tuple[Example, ...]:
    """Return those of the server itself; the code of a one-time link, and the id of a token that may end, are of this mesh."""
    return (
        get("about", _API),
        get("openapi_json", f"{_API}/openapi.json"),
        get("docs", f"{_API}/docs"),
        get("who_calls", f"{_API}/self"),
        get("explain_problem", f"{_API}/problems/{{code}}", path={"code": "MW-S110"}),
        post("log_in", f"{_API}/login", {"code": link_code}, has_text=False),
        post(
            "make_token",
            f"{_API}/tokens",
            {"role": "viewer", "domain": "analytics", "expires": "30d", "purpose": "nightly report"},
            status=201,
        ),
        get("get_tokens", f"{_API}/tokens"),
        Example(
            operation="end_token", method="DELETE", template=f"{_API}/tokens/{{token_id}}", path={"token_id": token_id}
        ),
        get("healthz", "/healthz"),
        get("readyz", "/readyz"),
        get("metrics", "/metrics"),
    )


ENVIRONMENTS: tuple[Example, ...] = (
    post(
        "create_environment",
        f"{_API}/environments",
        {"name": "fix-delays", "base": "prod", "select": "operations.flights", "expires": "7d"},
        status=201,
    ),
    get("get_environments", f"{_API}/environments", limit=10),
    get("get_environment", _ENVIRONMENT, path={"environment": "prod"}, history=1),
    get("get_plan", f"{_ENVIRONMENT}/plan", path={"environment": "prod"}, select="reference.carriers"),
    get("get_pipelines", f"{_ENVIRONMENT}/pipelines", path={"environment": "prod"}, select="reference.carriers"),
)
PROMOTED: tuple[Example, ...] = (
    get("diff_of_environment", f"{_ENVIRONMENT}/diff", path=_BOX, sample=1),
    post("rebase_environment", f"{_ENVIRONMENT}/rebase", path=_BOX),
    post(
        "promote_environment",
        f"{_ENVIRONMENT}/promote",
        {"reason": "Shorter flights count too."},
        path=_BOX,
        headers={"Prefer": "wait=600"},
    ),
)
MOVES: tuple[Example, ...] = (
    post("extend_environment", f"{_ENVIRONMENT}/extend", {"expires": "14d"}, path=_BOX),
    post(
        "roll_back_environment",
        f"{_ENVIRONMENT}/rollback",
        {"select": "reference.carriers", "only": False, "reason": "Names were wrong."},
        path={"environment": "prod"},
    ),
    Example(
        operation="pin_object",
        method="PUT",
        template=f"{_ENVIRONMENT}/pins/{{object}}",
        path=_PIN,
        json={"reason": "Audit until June."},
    ),
    Example(operation="unpin_object", method="DELETE", template=f"{_ENVIRONMENT}/pins/{{object}}", path=_PIN),
    Example(operation="delete_environment", method="DELETE", template=_ENVIRONMENT, path=_BOX),
)

_PRODUCT = f"{_API}/products/{{product}}"
_PORT = f"{_PRODUCT}/ports/{{port}}"
_DATASET = f"{_API}/datasets/{{dataset}}"
_FLIGHTS = {"product": "operations.flights"}
_DEPARTURES = {"product": "operations.flights", "port": "departures"}
_OF_DEPARTURES = {"dataset": "operations.flights.departures"}
_AIRPORTS = {"dataset": "reference.airports.airports"}

CATALOG: tuple[Example, ...] = (
    get("get_domains", f"{_API}/domains", limit=2),
    get("get_domain", f"{_API}/domains/{{domain}}", path={"domain": "operations"}),
    get("get_products", f"{_API}/products", domain="operations", limit=2),
    get("get_product", _PRODUCT, path=_FLIGHTS),
    get("get_product_history", f"{_PRODUCT}/history", path=_FLIGHTS, limit=2),
    get("get_consumers", f"{_PRODUCT}/consumers", path={"product": "analytics.carrier_scorecard"}),
    get("get_description", f"{_PRODUCT}/description", path=_FLIGHTS),
    get("get_ports", f"{_PRODUCT}/ports", path=_FLIGHTS),
    get("get_port", _PORT, path=_DEPARTURES),
    get("get_contract", f"{_PORT}/contract", path=_DEPARTURES),
    Example(
        operation="get_port_version",
        method="GET",
        template=f"{_PORT}/{{version}}",
        path={**_DEPARTURES, "version": "v1"},
        like="get_port",
    ),
    Example(
        operation="get_version_contract",
        method="GET",
        template=f"{_PORT}/{{version}}/contract",
        path={**_DEPARTURES, "version": "v1"},
        like="get_contract",
    ),
    get("get_datasets", f"{_API}/datasets", product="operations.flights", limit=2),
    get("get_dataset", _DATASET, path=_OF_DEPARTURES),
    get("get_versions", f"{_DATASET}/versions", path=_AIRPORTS, limit=2),
    get("get_columns", f"{_DATASET}/columns", path=_AIRPORTS),
    get("get_column", f"{_DATASET}/columns/{{column}}", path={**_OF_DEPARTURES, "column": "origin"}),
    get("get_rules", f"{_DATASET}/rules", path=_AIRPORTS),
    get("get_rule", f"{_DATASET}/rules/{{rule}}", path={**_AIRPORTS, "rule": "contract:schema"}),
    get("get_intervals", f"{_DATASET}/intervals", path=_OF_DEPARTURES),
    get("get_version", f"{_API}/versions/{{version}}", path={"version": "$get_versions.versions.0.id"}),
    get("get_search", f"{_API}/search", q="delay", limit=2),
    get(
        "get_lineage",
        f"{_API}/lineage/{{object}}",
        path={"object": "reference.carriers.carriers"},
        direction="down",
        depth=1,
    ),
    get("get_impact", f"{_API}/impact/{{object}}", path={"object": "reference.carriers.carriers.name"}),
    get("get_impact_of_files", f"{_API}/impact"),
    get("get_explanation", f"{_API}/explain/{{object}}", path={"object": "late_after_minutes"}),
    get("get_check", f"{_API}/check", select="reference"),
    get("get_policies", f"{_API}/policies"),
    get("get_policy", f"{_API}/policies/{{policy}}", path={"policy": "breaking_changes"}),
    get("get_policy_examples", f"{_API}/policy-examples"),
    get("get_exemptions", f"{_API}/exemptions"),
    get("get_components", f"{_API}/components"),
    get("get_component", f"{_API}/components/{{component}}", path={"component": "std.deduplicate"}),
    get("get_variations", f"{_API}/variations"),
    get("get_schedules", f"{_API}/schedules", next=2),
    post(
        "pause_schedule",
        f"{_API}/schedules/{{name}}/pause",
        {"reason": "Month end."},
        path={"name": "reference.carriers"},
    ),
    post("resume_schedule", f"{_API}/schedules/{{name}}/resume", path={"name": "reference.carriers"}),
)
DATA: tuple[Example, ...] = (
    get(
        "read_port",
        f"{_PORT}/data",
        path={"product": "reference.carriers", "port": "carriers"},
        columns="carrier,name",
        filter="carrier in ('AA', 'UA')",
        order="carrier",
        limit=2,
    ),
    get(
        "read_port_part",
        f"{_PORT}/{{part}}/data",
        path={"product": "reference.carriers", "port": "carriers", "part": "carriers"},
        limit=1,
    ),
    get(
        "read_port_dataset",
        f"{_PORT}/{{port_version}}/{{dataset}}/data",
        path={"product": "reference.carriers", "port": "carriers", "port_version": "v1", "dataset": "carriers"},
        limit=1,
    ),
    post(
        "query",
        f"{_API}/query",
        {
            "sql": "select carrier, name from reference.carriers.carriers where carrier = $carrier",
            "params": {"carrier": "AA"},
        },
        has_text=False,
    ),
)
_RUN = f"{_API}/runs/{{run_id}}"
_PUBLISHED = {"run_id": "$list_runs.runs.0.run_id"}
RUNS: tuple[Example, ...] = (
    get("list_runs", f"{_API}/runs", limit=1),
    get("get_run", _RUN, path=_PUBLISHED),
    get("get_run_report", f"{_RUN}/report", path=_PUBLISHED),
    get("get_run_archive", f"{_RUN}/archive", path=_PUBLISHED),
    get("get_run_log", f"{_RUN}/log", path=_PUBLISHED, limit=2),
    Example(
        operation="follow_run", method="GET", template=f"{_RUN}/stream", path=_PUBLISHED, stream="text/event-stream"
    ),
    get("get_run_openlineage", f"{_RUN}/openlineage", path=_PUBLISHED),
    get("get_costs", f"{_API}/costs", by="domain", since="30d"),
    post("start_run", f"{_API}/runs", {"select": "reference.carriers"}, status=202),
    post("stop_run", f"{_RUN}/stop", path={"run_id": "$start_run.run_id"}),
    post("resume_run", f"{_RUN}/resume", {"from": "reference.carriers.carriers"}, path=_PUBLISHED, status=202),
    post("repeat_run", f"{_RUN}/repeat", path=_PUBLISHED, status=202),
)
RUNS_COMPARED: tuple[Example, ...] = (
    get(
        "diff_runs",
        f"{_RUN}/diff/{{other_id}}",
        path={**_PUBLISHED, "other_id": "$promote_environment.run_id"},
    ),
)
_EVENT = '{"specversion": "1.0", "id": "1", "source": "/pos", "type": "org.example.bookings.closed"}'
EVENTS: tuple[Example, ...] = (
    post(
        "subscribe",
        f"{_API}/subscriptions",
        {
            "description": "The booking team's hook",
            "types": ["org.example.*"],
            "sink": "http://127.0.0.1:9/hook",
            "attempts": 1,
        },
        status=201,
    ),
    get("get_subscriptions", f"{_API}/subscriptions"),
    get(
        "get_subscription",
        f"{_API}/subscriptions/{{subscription_id}}",
        path={"subscription_id": "$subscribe.id"},
    ),
    Example(
        operation="send_events",
        method="POST",
        template=f"{_API}/events",
        content=_EVENT,
        content_type="application/cloudevents+json",
        status=202,
    ),
    get("list_events", f"{_API}/events", limit=1),
    Example(operation="follow_events", method="GET", template=f"{_API}/events/stream", stream="text/event-stream"),
)
DELIVERIES: tuple[Example, ...] = (
    get("get_deliveries", f"{_API}/deliveries", limit=1),
    get("get_delivery", f"{_API}/deliveries/{{delivery_id}}", path={"delivery_id": "$get_deliveries.deliveries.0.id"}),
    post(
        "replay",
        f"{_API}/deliveries/{{delivery_id}}/replay",
        path={"delivery_id": "$get_deliveries.deliveries.0.id"},
        status=202,
    ),
    post(
        "skip",
        f"{_API}/deliveries/{{delivery_id}}/skip",
        path={"delivery_id": "$get_deliveries.deliveries.0.id"},
        body={"reason": "The receiver cannot read it."},
    ),
    post(
        "replay_range",
        f"{_API}/deliveries/replay",
        body={"subscription": "$get_deliveries.deliveries.0.subscription", "state": "skipped"},
        status=202,
    ),
    Example(
        operation="change_subscription",
        method="PATCH",
        template=f"{_API}/subscriptions/{{subscription_id}}",
        path={"subscription_id": "$subscribe.id"},
        json={"state": "paused", "reason": "The receiver moves."},
    ),
    Example(
        operation="unsubscribe",
        method="DELETE",
        template=f"{_API}/subscriptions/{{subscription_id}}",
        path={"subscription_id": "$subscribe.id"},
    ),
)
_JOB = {"namespace": "cron://etl1", "name": "nightly"}
_LANDED = {"namespace": "s3://lake", "name": "landing/orders"}
_LINEAGE = {
    "eventType": "COMPLETE",
    "eventTime": "2026-03-01T06:00:00Z",
    "producer": "https://example.org/loader",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "run": {"runId": "0195c0de-0000-7000-8000-000000000001"},
    "job": {"namespace": "loader://prod", "name": "nightly"},
    "inputs": [{"namespace": "s3://landing", "name": "flights"}],
    "outputs": [{"namespace": "s3://lake", "name": "flights"}],
}
_HEARD = {"job": _JOB, "run": "2026-01-31", "time": "2026-01-31T05:00:00Z"}
OUTSIDE: tuple[Example, ...] = (
    post("observe_run_status", f"{_API}/observe/run-status", {**_HEARD, "status": "started"}),
    post(
        "observe_dataset_operation",
        f"{_API}/observe/dataset-operation",
        {**_HEARD, "dataset": _LANDED, "operation": "writes"},
    ),
    post("observe_metric_log", f"{_API}/observe/metric-log", {**_HEARD, "name": "rows", "value": 1200}),
    post("observe_message_log", f"{_API}/observe/message-log", {**_HEARD, "text": "landed", "level": "info"}),
    post(
        "observe_test_outcomes",
        f"{_API}/observe/test-outcomes",
        {**_HEARD, "dataset": _LANDED, "outcomes": [{"name": "not empty", "status": "passed"}]},
    ),
    post("observe_events", f"{_API}/observe", [{"event": "run-status", **_HEARD, "status": "succeeded"}]),
    get("list_outside_jobs", f"{_API}/jobs"),
    get("show_outside_job", f"{_API}/jobs/{{job_id}}", path={"job_id": "$list_outside_jobs.jobs.0.id"}),
    get("show_run_outside", f"{_API}/outside/runs/{{run_id}}", path={"run_id": "$show_outside_job.runs.0.id"}),
    get("list_datasets_outside", f"{_API}/outside/datasets"),
    get("show_what_outside_calls", f"{_API}/outside", name="s3://lake/landing/orders"),
    get(
        "show_dataset_outside",
        f"{_API}/outside/datasets/{{dataset_id}}",
        path={"dataset_id": "$list_datasets_outside.datasets.0.id"},
    ),
    get("get_calls", f"{_API}/calls", kind="development", limit=2),
    get("summarize_calls_by_domain", f"{_API}/calls/summary", since="30d"),
    post("tell_lineage", "/openlineage/api/v1/lineage", _LINEAGE),
    post("tell_lineage_batch", "/openlineage/api/v1/lineage/batch", [_LINEAGE]),
)
_CANARY = {"variation": "operations.flights@canary"}
#: Of a variation that was run last of all, and tests, which are recorded.
VARIED: tuple[Example, ...] = (
    get("diff_of_variation", f"{_API}/variations/{{variation}}/diff", path=_CANARY, sample=1),
    post("promote_of_variation", f"{_API}/variations/{{variation}}/promote", {"dry_run": True}, path=_CANARY),
    post("drop_of_variation", f"{_API}/variations/{{variation}}/drop", {"reason": "The canary is over."}, path=_CANARY),
    post(
        "run_tests",
        f"{_ENVIRONMENT}/test",
        {"select": "reference.carriers", "units": False},
        path={"environment": "prod"},
    ),
)

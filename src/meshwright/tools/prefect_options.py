"""Options of ``prefect`` nodes: what may stand there, and the server that they name."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.tools.protocol import Json, Problem, ToolFailed
from meshwright.tools.requests import Server, address_problem

KEYS = ("url", "deployment", "parameters", "tags", "job_variables", "work_queue", "name", "api_key", "auth", "headers")
_DEPLOYMENT = re.compile(r"[^/]+/[^/]+")
#: What the server takes as parameters, as JSON (its own limit is 512 KB).
_PARAMETER_BYTES = 500 * 1024
_AUTH_FIX = 'write auth: {user: admin, password: "${env:PREFECT_PASSWORD}"}, or api_key: "${env:PREFECT_API_KEY}"'


def option_problems(options: Mapping[str, Json]) -> Iterator[Problem]:
    """Find what is wrong with a node's options."""
    for name in options:
        if name not in KEYS:
            yield Problem(path=(name,), message=f"unknown key '{name}'", fix=known_names_hint(name, KEYS, what="keys"))
    url = options.get("url")
    if url is None:
        fix = "write url: http://127.0.0.1:4200/api there, or for all nodes under tools: {prefect: {url: ...}} of mesh.yaml"
        yield Problem(message="no Prefect server is named", fix=fix)
    elif message := address_problem(url):
        yield Problem(path=("url",), message=message)
    deployment = options.get("deployment")
    if not isinstance(deployment, str) or not ("${" in deployment or _DEPLOYMENT.fullmatch(deployment)):
        fix = "write for example deployment: nightly/main; `prefect deployment ls` lists them"
        path = ("deployment",) if deployment is not None else ()
        yield Problem(path=path, message="a deployment is named by its flow and its name", fix=fix)
    for name in ("parameters", "job_variables"):
        given = options.get(name)
        if given is not None and not isinstance(given, Mapping):
            yield Problem(path=(name,), message=f"{name} are names with values")
    tags = options.get("tags")
    if tags is not None and not (isinstance(tags, list | tuple) and all(isinstance(each, str) for each in tags)):
        yield Problem(path=("tags",), message="tags are a list of texts")
    for name in ("work_queue", "name", "api_key"):
        if not isinstance(options.get(name, ""), str):
            yield Problem(path=(name,), message=f"{name} is a text")
    yield from _access_problems(options)


def server_of(options: Mapping[str, Json]) -> Server:
    """Return the server that resolved options name. Raises ToolFailed where they are wrong."""
    for problem in option_problems(options):
        where = ".".join(str(each) for each in problem.path)
        message = f"{where}: {problem.message}" if where else problem.message
        raise ToolFailed(message, is_retryable=False, fix=problem.fix)
    url = str(options["url"]).rstrip("/")
    given = options.get("headers")
    headers = {name: str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}
    auth = options.get("auth")
    if isinstance(auth, Mapping):
        pair = base64.b64encode(f"{auth['user']}:{auth['password']}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    elif options.get("api_key") is not None:
        headers["Authorization"] = f"Bearer {options['api_key']}"
    # What people copy is the address of the pages; the interface is below it.
    return Server(url=url if "/api" in url.partition("://")[2] else f"{url}/api", headers=headers, timeout_s=10.0)


def page_of(server: Server, run_id: str) -> str:
    """Return where Prefect shows a flow run."""
    cloud = re.fullmatch(r"https://api\.prefect\.cloud/api/accounts/([^/]+)/workspaces/([^/]+)", server.url)
    if cloud:
        return f"https://app.prefect.cloud/account/{cloud[1]}/workspace/{cloud[2]}/runs/flow-run/{run_id}"
    return f"{server.url.rpartition('/api')[0]}/runs/flow-run/{run_id}"


def parameters_of(options: Mapping[str, Json], deployment: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the parameters of the run. Raises ToolFailed where the flow has none of a name: Prefect would begin a run to fail."""
    given = options.get("parameters")
    if not isinstance(given, Mapping):
        return {}
    schema = deployment.get("parameter_openapi_schema")
    known = schema.get("properties") if isinstance(schema, Mapping) else None
    if isinstance(known, Mapping) and "kwargs" not in known:
        for name in given:
            if name not in known:
                fix = known_names_hint(name, known, what="parameters")
                message = f"the flow of {options['deployment']} has no parameter {name!r}"
                raise ToolFailed(message, is_retryable=False, fix=fix)
    if len(json.dumps(given, default=dict)) > _PARAMETER_BYTES:
        raise ToolFailed("the parameters are larger than 500 KB", is_retryable=False)
    return given


def _access_problems(options: Mapping[str, Json]) -> Iterator[Problem]:
    auth, headers = options.get("auth"), options.get("headers")
    if auth is not None:
        is_pair = isinstance(auth, Mapping) and set(auth) == {"user", "password"}
        if not is_pair or not all(isinstance(each, str) for each in auth.values()):  # type: ignore[union-attr]
            yield Problem(path=("auth",), message="auth is a user and a password", fix=_AUTH_FIX)
        elif options.get("api_key") is not None:
            yield Problem(path=("auth",), message="auth and api_key are both given", fix=_AUTH_FIX)
    if headers is not None and not (
        isinstance(headers, Mapping) and all(isinstance(each, str) for each in headers.values())
    ):
        yield Problem(path=("headers",), message="headers are names with texts")

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
)
MOVES: tuple[Example, ...] = (
    get("diff_of_environment", f"{_ENVIRONMENT}/diff", path=_BOX, sample=1),
    post("rebase_environment", f"{_ENVIRONMENT}/rebase", path=_BOX),
    post("promote_environment", f"{_ENVIRONMENT}/promote", {"reason": "Shorter flights count too."}, path=_BOX),
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
    get("get_calls", f"{_API}/calls", kind="development", limit=2),
    get("summarize_calls_by_domain", f"{_API}/calls/summary", since="30d"),
)

"""Which request a command is, through a server: one table, by the words of the command.

An entry takes the command's parameters as typer parsed them, by the names that its function has for them. A command that is
not in the table works where the mesh lies, and refuses a server.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any  # parameters of commands, each of its own type

from meshwright.client.outgoing import Outgoing, QueryValue, path_part, present
from meshwright.faces.cli.options import (
    DEFAULT_ENVIRONMENT,
    exclusive,
    parse_filters,
    parse_params,
    parse_params_from,
    require_one_or_many,
    require_one_policy,
    require_resolved_alone,
)
from meshwright.faces.cli.remote_places import refused_draft, starter_lies_here

Parameters = Mapping[str, Any]
_API = "/api/v1"
#: A whole id of a version, or the beginning of one that no domain could be called.
#: What outside tools call something: a URL, a path, or a namespace, a slash and a name; of ours only ports have a slash, behind a
#: product.
_OUTSIDE = re.compile(r"://|^file:|^(?![^./]+\.[^./]+/[^/.]+(/[^/.]+)?$)[^/]*/")
_VERSION = re.compile(r"[0-9a-f]{32,64}|[0-9][0-9a-f]{5,63}")


def _get(path: str, **query: QueryValue) -> Outgoing:
    return Outgoing(method="GET", template=_literal(path), query=query)


def _post(path: str, body: Mapping[str, object] | None = None) -> Outgoing:
    json = None if body is None else present(body)
    return Outgoing(method="POST", template=_literal(path), json=json, is_keyed=True)


def _delete(path: str, **query: QueryValue) -> Outgoing:
    return Outgoing(method="DELETE", template=_literal(path), query=query, is_keyed=True)


def _literal(path: str) -> str:
    """Return a path whose names are filled in already as a template without names."""
    return f"{_API}{path}".replace("{", "{{").replace("}", "}}")


def _environment(given: Parameters) -> str:
    return str(given.get("environment") or DEFAULT_ENVIRONMENT)


def _at(given: Parameters, rest: str = "", key: str = "name") -> str:
    return f"/environments/{path_part(given[key])}{rest}"


def _create(given: Parameters) -> Outgoing:
    body = {
        "name": given["name"],
        "base": given["base"],
        "select": list(given["select"] or ()) or None,
        "expires": given["expires"],
        "sample": given["sample"],
        "rows": given["rows"],
        "params": parse_params(given["params"]) or None,
    }
    return _post("/environments", body)


def _diff(given: Parameters) -> Outgoing:
    return _get(
        _at(given, "/diff", key="sandbox"),
        select=list(given["select"] or ()),
        **{name: given[name] for name in ("key", "tolerance", "data", "sample")},
    )


def _roll_back(given: Parameters) -> Outgoing:
    body = {
        "select": list(given["select"] or ()),
        "to": given["to"],
        "only": given["only"],
        "reason": given["reason"],
    }
    return _post(_at(given, "/rollback", key="environment"), body)


def _pin(given: Parameters) -> Outgoing:
    path = f"/environments/{path_part(_environment(given))}/pins/{path_part(given['name'])}"
    body = present({"reason": given["reason"], "to": given["to"]})
    return Outgoing(method="PUT", template=_literal(path), json=body, is_keyed=True)


def _calls(given: Parameters) -> dict[str, QueryValue]:
    return {
        "caller": given["caller"],
        "domain": given["domain"],
        "kind": given["kind"],
        "since": given["since"],
    }


def _list_calls(given: Parameters) -> Outgoing:
    return _get(
        "/calls",
        **_calls(given),
        action=given["action"],
        object=given["thing"],
        token=given["token"],
        limit=given["limit"],
    )


def _run(given: Parameters, rest: str = "", key: str = "run") -> str:
    return f"/runs/{path_part(given[key])}{rest}"


def _list_runs(given: Parameters) -> Outgoing:
    return _get("/runs", limit=given["limit"], tree=given["is_tree"] or None)


def _subscription(given: Parameters, rest: str = "") -> str:
    return f"/subscriptions/{path_part(given['id_'])}{rest}"


def _change(given: Parameters, **body: object) -> Outgoing:
    return Outgoing(method="PATCH", template=_literal(_subscription(given)), json=present(body), is_keyed=True)


def _subscribe(given: Parameters) -> Outgoing:
    start = {"product": given["start"], "variation": given["variation"], "environment": given["environment"]}
    body = {
        **{name: list(given[name] or ()) for name in ("types", "sources", "subjects", "products", "domains")},
        **{
            name: given[name]
            for name in (
                "owner",
                "description",
                "sink",
                "mode",
                "secret",
                "timeout",
                "attempts",
                "backoff",
                "most_runs",
            )
        },
        "environments": list(given["environments"] or ()) or None,
        "filters": parse_filters(given["filters"]) or None,
        "start": None
        if given["start"] is None
        else present(
            {
                **start,
                "params": parse_params(given["params"]) or None,
                "params_from": parse_params_from(given["params_from"]) or None,
            }
        ),
    }
    return Outgoing(method="POST", template=_literal("/subscriptions"), json=present(body), is_keyed=True)


def _replay(given: Parameters) -> Outgoing:
    require_one_or_many(given["id_"], given["subscription"])
    if given["id_"] is not None:
        return _post(f"/deliveries/{path_part(given['id_'])}/replay")
    return _post("/deliveries/replay", {name: given[name] for name in ("subscription", "state", "first", "last")})


def _send_events(given: Parameters) -> Outgoing:
    from meshwright.app.scheduling_events import event_batch, event_bytes  # lazy: no other command reads events

    file = given["file"]
    batch = event_batch(event_bytes(file, sys.stdin.buffer), str(file))
    kind = "application/cloudevents-batch+json"
    return Outgoing(method="POST", template=_literal("/events"), content=batch, content_type=kind, is_keyed=True)


def _show(given: Parameters) -> Outgoing:
    thing, environment = str(given["thing"]), given["environment"]
    chosen = [f"--{name}" for name in ("intervals", "rules", "rule") if given[name]]
    if len(chosen) > 1:
        raise exclusive(chosen[0], chosen[1])
    if given["rule"] is not None:
        path = f"/datasets/{path_part(thing)}/rules/{path_part(given['rule'])}"
        return _get(path, env=environment, all=given["is_all"])
    if chosen:
        return _get(f"/datasets/{path_part(thing)}/{chosen[0][2:]}", env=environment)
    if _OUTSIDE.search(thing):
        return _get("/outside", name=thing, env=environment)
    return _get(_path_of(thing), env=environment)


def _path_of(thing: str) -> str:
    """Return where an object of the mesh is: what a name means follows from its form, but for ids that could be domains."""
    product, slash, port = thing.partition("/")
    if slash:
        return f"/products/{path_part(product)}/ports/{'/'.join(map(path_part, port.split('/')))}"
    if _VERSION.fullmatch(thing):
        return f"/versions/{path_part(thing)}"
    kinds = ("domains", "products", "datasets")
    return f"/{kinds[min(thing.partition('@')[0].count('.'), 2)]}/{path_part(thing)}"


def _impact(given: Parameters) -> Outgoing:
    thing = given["thing"]
    return _get("/impact" if thing is None else f"/impact/{path_part(thing)}", env=given["environment"])


def _policies(given: Parameters) -> Outgoing:
    if given["available"]:
        raise starter_lies_here()
    return _get("/policies", env=given["environment"])


def _plan(given: Parameters) -> Outgoing:
    at = f"/environments/{path_part(_environment(given))}"
    chosen = {"select": list(given["select"] or ()), "variation": given["variation"]}
    if not given.get("resolved"):
        params = [f"{name}={value}" for name, value in parse_params(given["params"]).items()]
        options = {name: given[name] for name in ("only", "retest", "refresh", "interval")}
        return _get(f"{at}/plan", **chosen, param=params, **options)
    require_resolved_alone(
        {f"--{name.rstrip('s')}": given[name] for name in ("params", "only", "retest", "refresh", "interval")}
    )
    return _get(f"{at}/pipelines", **chosen)


def _test(given: Parameters) -> Outgoing:
    body = {
        "select": list(given["select"] or ()) or None,
        "variation": given["variation"],
        "params": parse_params(given["params"]) or None,
        "units": given["unit"] or not given["data"],
        "data": given["data"] or not given["unit"],
    }
    return _post(f"/environments/{path_part(_environment(given))}/test", body)


def _variation(given: Parameters, rest: str) -> str:
    return f"/variations/{path_part(given['name'])}/{rest}"


def _variation_diff(given: Parameters) -> Outgoing:
    return _get(
        _variation(given, "diff"),
        **{"with": given["other"], "env": given["environment"]},
        **{name: given[name] for name in ("key", "tolerance", "data", "sample")},
    )


def _policy_test(given: Parameters) -> Outgoing:
    name, is_all = given["name"], given["is_all"]
    require_one_policy(name, is_all=is_all)
    if is_all:
        return _get("/policy-examples")
    if name.endswith(".sql"):
        raise refused_draft(name)
    return _get(f"/policies/{path_part(name)}", env=given["environment"])


def _schedule(given: Parameters, verb: str, body: Mapping[str, object] | None = None) -> Outgoing:
    path = f"/schedules/{path_part(given['name'])}/{verb}"
    json = None if body is None else present(body)
    query = {"env": given["environment"]}
    return Outgoing(method="POST", template=_literal(path), query=query, json=json, is_keyed=True)


VERBS: Mapping[str, Callable[[Parameters], Outgoing]] = {
    "show": _show,
    "explain": lambda given: _get(f"/explain/{path_part(given['thing'])}", env=given["environment"]),
    "lineage": lambda given: _get(f"/lineage/{path_part(given['thing'])}", env=given["environment"]),
    "impact": _impact,
    "check": lambda given: _get("/check", select=list(given["select"] or ()), env=given["environment"]),
    "plan": _plan,
    "test": _test,
    "policy list": _policies,
    "policy test": _policy_test,
    "exemption list": lambda _given: _get("/exemptions"),
    "component list": lambda _given: _get("/components"),
    "component show": lambda given: _get(f"/components/{path_part(given['name'])}"),
    "variation list": lambda given: _get("/variations", env=given["environment"]),
    "variation diff": _variation_diff,
    "variation promote": lambda given: _post(
        _variation(given, "promote"), {"environment": given["environment"], "dry_run": given["dry_run"]}
    ),
    "variation drop": lambda given: _post(
        _variation(given, "drop"), {"environment": given["environment"], "reason": given["reason"]}
    ),
    "schedule list": lambda given: _get(
        "/schedules", name=given["name"], next=given["limit"], env=given["environment"]
    ),
    "schedule pause": lambda given: _schedule(given, "pause", {"reason": given["reason"]}),
    "schedule resume": lambda given: _schedule(given, "resume", {"catch_up": given["catch_up"]}),
    "env list": lambda _given: _get("/environments"),
    "env create": _create,
    "env show": lambda given: _get(_at(given), history=given["limit"] if given["history"] else 0),
    "env diff": _diff,
    "env rebase": lambda given: _post(_at(given, "/rebase")),
    "env delete": lambda given: _delete(_at(given), leave=list(given["leave"] or ())),
    "env extend": lambda given: _post(_at(given, "/extend"), {"expires": given["expires"]}),
    "rollback": _roll_back,
    "pin": _pin,
    "unpin": lambda given: _delete(f"/environments/{path_part(_environment(given))}/pins/{path_part(given['name'])}"),
    "calls list": _list_calls,
    "calls summary": lambda given: _get("/calls/summary", **_calls(given)),
    "token create": lambda given: _post(
        "/tokens", {key: given[key] for key in ("role", "domain", "expires", "purpose")}
    ),
    "token list": lambda _given: _get("/tokens"),
    "runs list": _list_runs,
    "runs show": lambda given: _get(_run(given)),
    "runs diff": lambda given: _get(_run(given, f"/diff/{path_part(given['after'])}", key="before")),
    "runs cost": lambda given: _get("/costs", by=given["by"], since=given["since"]),
    "runs openlineage": lambda given: _get(_run(given, "/openlineage")),
    "event send": _send_events,
    "event list": lambda given: _get("/events", limit=given["limit"]),
    "subscription create": _subscribe,
    "subscription list": lambda _given: _get("/subscriptions"),
    "subscription show": lambda given: _get(_subscription(given)),
    "subscription pause": lambda given: _change(given, state="paused", reason=given["reason"]),
    "subscription resume": lambda given: _change(given, state="active"),
    "subscription rotate": lambda given: _change(given, secret="rotate"),  # noqa: S106 - what is asked for
    "subscription delete": lambda given: _delete(_subscription(given)),
    "delivery list": lambda given: _get(
        "/deliveries", **{key: given[key] for key in ("subscription", "state", "limit")}
    ),
    "delivery show": lambda given: _get(f"/deliveries/{path_part(given['id_'])}"),
    "delivery replay": _replay,
    "delivery skip": lambda given: _post(f"/deliveries/{path_part(given['id_'])}/skip", {"reason": given["reason"]}),
    "token revoke": lambda given: _delete(f"/tokens/{path_part(given['token_id'])}"),
}

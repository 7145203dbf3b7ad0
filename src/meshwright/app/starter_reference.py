"""The starter set of policies as a reference page."""

from __future__ import annotations

from meshwright.app.policy_reports import StarterPolicy
from meshwright.app.starter import starter_policies

_HEAD = """# Starter policies

```console
$ mw policy add ports_promise_freshness personal_data_is_masked
$ mw policy add --all --level advise
$ mw policy test --all
```

{count} policies ship with meshwright, to be switched on one by one or together
([how-to](../how-to/policies.md#begin-with-what-others-keep)). They are written into `policies/` of the mesh, with `--domain` into
that of a domain, each with its examples, and are the mesh's own from then on. All of them warn until you write another level.
This page is made from the files: `make docs` writes it.

| policy | why it is there |
|---|---|
"""


def render_starter_policies() -> str:
    """Return the whole page."""
    policies = starter_policies()
    listed = "\n".join(f"| [`{policy.name}`](#{policy.name}) | {policy.why} |" for policy in policies)
    return _HEAD.format(count=len(policies)) + listed + "\n\n" + "\n".join(map(_section, policies))


def _section(policy: StarterPolicy) -> str:
    body = "\n".join(line for line in policy.text.splitlines() if not line.startswith("--"))
    return f"## {policy.name}\n\n{policy.why}\nTo keep it: {policy.fix}\n\n```sql\n{body}\n```\n"

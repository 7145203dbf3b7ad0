"""Rows of who and what for: domains, products, owners, consumers, parameters, environments, policies, exemptions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from meshwright.checks.mesh_tables.facts import MeshFacts, Row, place
from meshwright.diagnostics import SourceSpan
from meshwright.model import Parameter, Product, domain_of

_SETTINGS = SourceSpan(file="mesh.yaml")


def domain_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.domains`."""
    for name, domain in sorted(facts.mesh.domains.items()):
        yield name, domain.purpose, domain.owners, len(domain.products), *place(domain.span)


def product_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.products`."""
    used = [
        (port.partition("/")[0], f"{product.address} {consumer.name}")
        for product in facts.mesh.products()
        for consumer in product.consumers
        for port, _ in consumer.uses
    ]
    users: dict[str, set[str]] = {}
    for address, consumer_key in used:
        users.setdefault(address, set()).add(consumer_key)
    for product in facts.mesh.products():
        domain = domain_of(product.address)
        yield (
            product.address,
            domain,
            product.address.partition(".")[2],
            product.name,
            product.id,
            product.version,
            product.status,
            product.description,
            _team(product),
            product.tags,
            facts.mesh.domains[domain].owners,
            len(product.nodes),
            len(product.ports),
            len(users.get(product.address, ())),
            _support(product),
            *place(product.span),
        )


def _team(product: Product) -> str | None:
    """Return the team's name; ODPS 1.0 lists members only."""
    team = json.loads(product.document).get("team")
    name = team.get("name") if isinstance(team, dict) else None
    return name if isinstance(name, str) else None


def _support(product: Product) -> int:
    """Return how many channels the ODPS document names."""
    support = json.loads(product.document).get("support")
    return len(support) if isinstance(support, list) else 0


def owner_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.owners`."""
    for name, domain in sorted(facts.mesh.domains.items()):
        for owner in domain.owners:
            kind, _, who = owner.partition(":")
            yield owner, kind, who, name, *place(domain.span)


def consumer_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.consumers`."""
    for product in facts.mesh.products():
        for consumer in product.consumers:
            for port, columns in consumer.uses:
                yield (
                    consumer.name,
                    consumer.kind,
                    consumer.owner,
                    port,
                    columns,
                    product.address,
                    domain_of(product.address),
                    consumer.url,
                    consumer.description,
                    *place(consumer.span, product.span),
                )


def parameter_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.parameters`."""
    mesh = facts.mesh
    yield from _parameters(mesh.params, ("mesh", None, None, None), mesh.span)
    for name, domain in sorted(mesh.domains.items()):
        yield from _parameters(domain.params, ("domain", name, None, None), domain.span)
    for product in mesh.products():
        home = domain_of(product.address)
        yield from _parameters(product.params, ("pipeline", home, product.address, None), product.span)
        for _, node in sorted(product.nodes.items()):
            yield from _parameters(node.params, ("node", home, product.address, node.address), node.span)


def _parameters(
    params: Mapping[str, Parameter], level: tuple[str | None, ...], instead: SourceSpan | None
) -> Iterator[Row]:
    for name, parameter in sorted(params.items()):
        value = parameter.value
        text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        yield name, *level, parameter.type, text, parameter.description, *place(parameter.span, instead)


def environment_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.environments`."""
    for name in sorted(facts.mesh.environments):
        yield name, name == facts.environment, facts.generations.get(name, 0), *place(facts.mesh.span, _SETTINGS)


def policy_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.policies`."""
    for policy in facts.mesh.all_policies():
        yield policy.name, policy.domain, policy.level.value, policy.why, policy.fix, *place(policy.span)


def exemption_rows(facts: MeshFacts) -> Iterator[Row]:
    """Yield the rows of `mesh.exemptions`."""
    for item in facts.mesh.all_exemptions():
        yield item.policy, item.object, item.owner, item.reason, item.expires, item.domain, *place(item.span)

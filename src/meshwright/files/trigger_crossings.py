"""Triggers that wait for publications, held against the mesh: what they name is there, and none starts itself in the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.model import Product, dataset_name, domain_of, product_of_object
from meshwright.model.triggers import Join, OnPublication, Trigger


def check_publications(products: Sequence[Product], broken: Collection[str], findings: list[Diagnostic]) -> None:
    """Note what triggers wait for that is not there, cannot be joined, or comes round to themselves.

    `broken` are the addresses of what the files define with an error: of those it is not known what they hold.
    """
    by_address = {product.address: product for product in products}
    waiting = [(product, each) for product in products for each in _all_triggers(product)]
    edges: dict[str, dict[str, SourceSpan | None]] = {}
    for product, trigger in waiting:
        if not isinstance(trigger.fires, OnPublication):
            continue
        for address in trigger.fires.of:
            _check_address(trigger, address, by_address, broken, findings)
            edges.setdefault(product.address, {})[product_of_object(address)] = trigger.span
        if trigger.fires.join is Join.INTERVAL:
            _check_intervals(trigger, trigger.fires, by_address, broken, findings)
    _check_circles(edges, findings)


def _all_triggers(product: Product) -> Iterable[Trigger]:
    yield from product.triggers
    yield from (each.schedule for each in product.variations.values() if each.schedule is not None)


def _check_address(
    trigger: Trigger, address: str, products: Mapping[str, Product], broken: Collection[str], findings: list[Diagnostic]
) -> None:
    name = product_of_object(address)
    product = products.get(name)
    if name in broken or address in broken:
        return
    if product is None:
        domains = {domain_of(each) for each in products}
        known = (
            [each for each in products if domain_of(each) == domain_of(name)]
            if domain_of(name) in domains
            else products
        )
        message, hint = f"there is no product '{name}'", known_names_hint(name, known, what="products")
    elif address != name and address not in product.datasets:
        message, hint = (
            f"{name} has no dataset '{dataset_name(address)}'",
            known_names_hint(address, product.datasets, what="datasets"),
        )
    else:
        return
    findings.append(
        Diagnostic(
            code="MW-S014",
            message=f"trigger '{trigger.name}' of {trigger.product} waits for '{address}': {message}",
            span=trigger.span,
            fix=hint,
            object=trigger.product,
        )
    )


def _check_intervals(
    trigger: Trigger,
    fires: OnPublication,
    products: Mapping[str, Product],
    broken: Collection[str],
    findings: list[Diagnostic],
) -> None:
    """What is joined on the interval is cut into intervals, all alike."""
    calendars = {}
    for address in fires.of:
        product = products.get(product_of_object(address))
        if product is None or address in broken or product.address in broken:
            return
        node = product.nodes.get(dataset_name(address)) if address != product.address else None
        cut = node.intervals if node is not None else None
        calendars[address] = None if cut is None else cut.calendar
    uncut = [address for address, calendar in calendars.items() if calendar is None]
    rules = {calendar.rule for calendar in calendars.values() if calendar is not None}
    if not uncut and len(rules) == 1:
        return
    told = f"{uncut[0]} is not cut into intervals" if uncut else f"they are cut differently: {', '.join(sorted(rules))}"
    findings.append(
        Diagnostic(
            code="MW-S016",
            message=f"trigger '{trigger.name}' of {trigger.product} joins on the interval, but {told}",
            span=trigger.span,
            fix="name datasets that are incremental by the same grain and time zone, or write 'join: all'",
            object=trigger.product,
        )
    )


def _check_circles(edges: Mapping[str, Mapping[str, SourceSpan | None]], findings: list[Diagnostic]) -> None:
    """Note each circle of products that start each other, once."""
    told: set[frozenset[str]] = set()
    for start in sorted(edges):
        way = _way_back(edges, start)
        if way is None or frozenset(way) in told:
            continue
        told.add(frozenset(way))
        findings.append(
            Diagnostic(
                code="MW-S015",
                message=f"publications start each other in a circle: {' waits for '.join((*way, start))}",
                span=edges[start][way[1] if len(way) > 1 else start],
                fix="take one of these triggers out, or give its product a schedule",
                object=start,
            )
        )


def _way_back(edges: Mapping[str, Mapping[str, SourceSpan | None]], start: str) -> tuple[str, ...] | None:
    """Return a shortest way from a product back to itself, without its end; None where there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for target in sorted(edges.get(way[-1], ())):
            if target == start:
                return way
            if target not in seen:
                seen.add(target)
                ways.append((*way, target))
    return None

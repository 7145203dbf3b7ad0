"""The verb `runs cost`: what runs cost, summed by product or by domain."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping

from meshwright.app.clock import utc_now
from meshwright.app.opened import open_mesh
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.frozen import dataclass
from meshwright.model import domain_of
from meshwright.model.prices import Prices
from meshwright.run.costs import Costs, RunCosts, recorded_costs, summed, summed_steps
from meshwright.state.protocol import Reader
from meshwright.state.records import RunRecord


class Grouping(enum.StrEnum):
    """What costs are summed by."""

    PRODUCT = "product"
    DOMAIN = "domain"


@dataclass(frozen=True, kw_only=True, slots=True)
class CostLine:
    """What one product or domain cost."""

    #: Its address; None for what runs did beside their steps.
    name: str | None
    runs: int
    costs: Costs
    #: Currency -> what it comes to, each run at the prices that held for it; empty where nothing has a price.
    amounts: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class CostReport:
    """Answer of `runs cost`."""

    by: Grouping
    since: dt.datetime
    runs: int
    #: Dearest first.
    lines: tuple[CostLine, ...]
    total: CostLine


def run_costs(workspace: Workspace, by: Grouping = Grouping.PRODUCT, since: str = "30d") -> CostReport:
    """Sum what the runs cost that began since a while ago. Raises InputError (MW-R083) for what is no duration.

    A run is priced as `mesh.yaml` had it when it ended; one that knew no prices, or has not ended, as it has it now.
    """
    found_ms = duration_ms(since)
    try:
        beginning = None if found_ms is None else utc_now() - dt.timedelta(milliseconds=found_ms)
    except OverflowError:  # longer than there have been years
        beginning = None
    if beginning is None:
        raise InputError(
            Diagnostic(
                code="MW-R083", message=f"'{since}' is no duration to look back", fix=f"write {DURATION_FORM}, or 30d"
            )
        )
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        runs = reader.runs_since(beginning)
        costs = [_costs_of(run, reader, opened.mesh.prices) for run in runs]
    groups: dict[str | None, list[tuple[Costs, Prices]]] = {}
    for each in costs:
        own: dict[str | None, list[Costs]] = {}
        for product, spent in each.products.items():
            own.setdefault(product if by is Grouping.PRODUCT else domain_of(product), []).append(spent)
        if each.beside:
            own[None] = [each.beside]
        for name, spent_by_it in own.items():
            groups.setdefault(name, []).append((summed(spent_by_it), each.prices))
    lines = [_line(name, spent) for name, spent in groups.items()]
    whole = _line(None, [(each.total, each.prices) for each in costs])
    return CostReport(by=by, since=beginning, runs=len(runs), lines=tuple(sorted(lines, key=_dearest)), total=whole)


def _costs_of(run: RunRecord, reader: Reader, prices: Prices) -> RunCosts:
    """Return what a run cost; of one that was killed, what its steps had cost when it was last recorded."""
    costs = recorded_costs(run.costs)
    products = costs.products or summed_steps(reader.steps(run.id))
    return RunCosts(products=products, beside=costs.beside, prices=costs.prices or prices)


def _line(name: str | None, spent: list[tuple[Costs, Prices]]) -> CostLine:
    amounts: dict[str, float] = {}
    for costs, prices in spent:
        amount = prices.amount(costs)
        if amount is not None:
            amounts[prices.currency] = amounts.get(prices.currency, 0.0) + amount
    return CostLine(
        name=name,
        runs=len(spent),
        costs=summed(costs for costs, _ in spent),
        amounts={currency: round(amount, 6) for currency, amount in sorted(amounts.items())},
    )


def _dearest(line: CostLine) -> tuple[float, float, str]:
    return (-sum(line.amounts.values()), -line.costs.get("cpu_s", 0.0), line.name or "")

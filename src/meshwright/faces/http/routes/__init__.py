"""The routes, one module for each kind of resource. What is not in these two lists is not served."""

from __future__ import annotations

from fastapi import APIRouter

from meshwright.faces.http.routes import (
    about,
    calls,
    contracts,
    data,
    datasets,
    deliveries,
    domains,
    environments,
    events,
    governance,
    health,
    lineage,
    login,
    observe,
    openlineage,
    plans,
    products,
    query,
    run_requests,
    run_streams,
    runs,
    schedules,
    search,
    subscriptions,
    testing,
    tokens,
    variations,
    versions,
)

#: Under ``/api/v1``.
API_ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    calls.router,
    data.router,
    datasets.router,
    deliveries.router,
    domains.router,
    environments.router,
    events.router,
    governance.router,
    lineage.router,
    login.router,
    observe.router,
    openlineage.router,
    plans.router,
    products.router,
    query.router,
    run_requests.router,
    run_streams.router,
    runs.router,
    schedules.router,
    search.router,
    subscriptions.router,
    testing.router,
    tokens.router,
    variations.router,
    versions.router,
    # Last: what stands behind a port's name is its version only where it means nothing else (`data`).
    contracts.router,
)
#: At the root.
ROOT_ROUTERS: tuple[APIRouter, ...] = (health.router, login.pages, openlineage.standard)

"""The routes, one module for each kind of resource. `ROUTERS` is all that is served."""

from __future__ import annotations

from fastapi import APIRouter

from meshwright.faces.http.routes import (
    about,
    calls,
    data,
    deliveries,
    environments,
    events,
    health,
    login,
    observe,
    openlineage,
    query,
    run_streams,
    runs,
    subscriptions,
    tokens,
)

#: Under ``/api/v1``.
API_ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    calls.router,
    data.router,
    deliveries.router,
    environments.router,
    events.router,
    login.router,
    observe.router,
    openlineage.router,
    query.router,
    run_streams.router,
    runs.router,
    subscriptions.router,
    tokens.router,
)
#: At the root.
ROOT_ROUTERS: tuple[APIRouter, ...] = (health.router, login.pages)

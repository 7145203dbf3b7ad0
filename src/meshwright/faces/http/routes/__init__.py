"""The routes, one module for each kind of resource. `ROUTERS` is all that is served."""

from __future__ import annotations

from fastapi import APIRouter

from meshwright.faces.http.routes import (
    about,
    calls,
    data,
    environments,
    health,
    login,
    run_streams,
    runs,
    tokens,
)

#: Under ``/api/v1``.
API_ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    calls.router,
    data.router,
    environments.router,
    login.router,
    run_streams.router,
    runs.router,
    tokens.router,
)
#: At the root.
ROOT_ROUTERS: tuple[APIRouter, ...] = (health.router, login.pages)

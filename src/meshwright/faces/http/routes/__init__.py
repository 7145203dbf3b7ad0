"""The routes, one module for each kind of resource. `ROUTERS` is all that is served."""

from __future__ import annotations

from fastapi import APIRouter

from meshwright.faces.http.routes import (
    about,
    contracts,
    datasets,
    domains,
    governance,
    health,
    lineage,
    login,
    products,
    schedules,
    search,
    tokens,
    versions,
)

#: Under ``/api/v1``.
API_ROUTERS: tuple[APIRouter, ...] = (
    about.router,
    login.router,
    tokens.router,
    domains.router,
    products.router,
    datasets.router,
    versions.router,
    lineage.router,
    search.router,
    governance.router,
    schedules.router,
    # Last: what stands behind a port's name is its version only where it means nothing else (`data`).
    contracts.router,
)
#: At the root.
ROOT_ROUTERS: tuple[APIRouter, ...] = (health.router, login.pages)

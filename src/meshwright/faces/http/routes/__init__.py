"""The routes, one module for each kind of resource. `ROUTERS` is all that is served."""

from __future__ import annotations

from fastapi import APIRouter

from meshwright.faces.http.routes import about, data, health, login, query, tokens

#: Under ``/api/v1``.
API_ROUTERS: tuple[APIRouter, ...] = (about.router, data.router, login.router, query.router, tokens.router)
#: At the root.
ROOT_ROUTERS: tuple[APIRouter, ...] = (health.router, login.pages)

"""Parameters that many routes take."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query

_LONGEST = 300

EnvironmentName = Annotated[
    str, Query(alias="env", max_length=100, description="The environment that is looked at.", examples=["prod"])
]
GenerationNumber = Annotated[
    int | None,
    Query(ge=1, le=2**53, description="As it was in this generation of the environment.", examples=[None]),
]
DomainName = Annotated[str, Path(max_length=_LONGEST, description="Name of a domain.", examples=["operations"])]
ProductName = Annotated[
    str,
    Path(
        max_length=_LONGEST,
        description="`domain.product`, of a variation `domain.product@variation`.",
        examples=["operations.flights"],
    ),
]
PortName = Annotated[str, Path(max_length=_LONGEST, description="Name of a port.", examples=["departures"])]
PortVersionName = Annotated[str, Path(max_length=_LONGEST, description="Which version of the port.", examples=["v2"])]
DatasetName = Annotated[
    str,
    Path(
        max_length=_LONGEST,
        description="`domain.product.dataset`, of a variation with `@variation` behind.",
        examples=["operations.flights.departures"],
    ),
]
DEFAULT_ENVIRONMENT = "prod"


def link(*parts: str, environment: str = DEFAULT_ENVIRONMENT) -> str:
    """Return the URL of a resource, as a path; environments other than the default stand in it."""
    path = "/".join(quote(part, safe="@:()") for part in parts)
    return f"/api/v1/{path}" + ("" if environment == DEFAULT_ENVIRONMENT else f"?env={quote(environment, safe='')}")

"""A request whose body, where it is large JSON, is read in a thread that lets others run."""

from __future__ import annotations

import json
from typing import Any  # JSON

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from meshwright.model.large_json import LARGE, read_large_json


class PatientRequest(Request):
    """What the framework reads bodies of."""

    async def json(self) -> Any:
        """Return what the body says. Raises ValueError, RecursionError."""
        body = await self.body()
        text = body.decode(json.detect_encoding(body))
        return await run_in_threadpool(read_large_json, text) if len(text) > LARGE else json.loads(text)

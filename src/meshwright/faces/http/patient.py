"""A request whose body is read as strict JSON; a large one in a thread that lets others run."""

from __future__ import annotations

import json
from typing import Any  # JSON

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from meshwright.large_json import LARGE, BadJson, read_large_json


class PatientRequest(Request):
    """What the framework reads bodies of."""

    async def json(self) -> Any:
        """Return what the body says. Raises JSONDecodeError."""
        try:
            body = await self.body()
            return await run_in_threadpool(_read, body) if len(body) > LARGE else _read(body)
        except json.JSONDecodeError:
            raise
        except UnicodeDecodeError:
            raise json.JSONDecodeError("it is not in UTF-8", "", 0) from None
        except RecursionError:
            raise json.JSONDecodeError("it is nested too deeply", "", 0) from None
        except BadJson as error:
            raise json.JSONDecodeError(str(error), "", 0) from None
        except ValueError:  # Python reads no whole number of more than 4,300 digits
            raise json.JSONDecodeError("a number in it is too large", "", 0) from None


def _read(body: bytes) -> Any:
    return read_large_json(body.decode("utf-8-sig"))

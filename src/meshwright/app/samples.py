"""Samples that sandboxes see: as they are asked for, and as they are recorded."""

from __future__ import annotations

import json
import re

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.model import Sample
from meshwright.model.veils import WHOLE_PPM
from meshwright.state.records import Environment

#: A share in per cent; millionths are the finest.
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%")


def sampled(sandbox: Environment) -> Sample | None:
    """Return which rows a sandbox sees; None for all of them."""
    rule = json.loads(sandbox.options).get("sample")
    return Sample.of_rule(rule) if rule else None


def wanted_sample(name: str, share: str | None, rows: int | None) -> Sample | None:
    """Return the rows that sandbox `name` is to see: a `share` as written, or so many `rows`; None for all.

    Raises InputError (MW-S302) for what is no share or number, and for both.
    """
    if share is not None and rows is not None:
        raise _no_sample(name, "a sandbox sees a share of the rows or a number of them, not both")
    if rows is not None:
        if rows < 1:
            raise _no_sample(name, f"{rows} is no number of rows to see")
        return Sample(rows=rows)
    if share is None:
        return None
    found = _SHARE.fullmatch(share.strip())
    ppm = round(float(found[1]) * WHOLE_PPM / 100) if found else 0
    if not 0 < ppm <= WHOLE_PPM:
        raise _no_sample(name, f"'{share}' is no share of rows to see")
    return Sample(share_ppm=ppm)


def _no_sample(name: str, message: str) -> InputError:
    return InputError(
        Diagnostic(
            code="MW-S302",
            message=message,
            fix="write for example --sample 1%, more than 0 and up to 100 with at most four places; or --rows 1000",
            object=name,
        )
    )

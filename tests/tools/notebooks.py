"""Writes notebooks for tests."""

from __future__ import annotations

import json
from pathlib import Path


def write_notebook(path: Path, *cells: str, kernel: str = "python3") -> Path:
    """Write a notebook of code cells. One that starts with ``#params`` is tagged, one that starts with ``%%md`` is text."""
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": kernel, "display_name": "Python", "language": "python"},
            "language_info": {"name": "python"},
        },
        "cells": [_cell(number, source) for number, source in enumerate(cells)],
    }
    path.write_text(json.dumps(document))
    return path


def _cell(number: int, source: str) -> dict:
    if source.startswith("%%md"):
        return {"id": f"c{number}", "cell_type": "markdown", "metadata": {}, "source": source[4:]}
    tags = ["parameters"] if source.startswith("#params") else []
    return {
        "id": f"c{number}", "cell_type": "code", "metadata": {"tags": tags}, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip

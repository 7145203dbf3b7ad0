"""The options of commands that compare rows: `env diff` and `variation diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparisonWords:
    """What is written behind a command that compares rows: each field is an option."""

    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="COLUMN[,COLUMN]",
            help="What names a row, for datasets whose contract has no key. Default: rows are compared as wholes.",
            show_default=False,
        ),
    ] = None
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", metavar="X", help="Relative and absolute distance at which floats are equal."),
    ] = 0.0
    data: Annotated[bool, typer.Option("--data/--no-data", help="Compare rows; everything else reads none.")] = True
    sample: Annotated[
        int,
        typer.Option("--sample", metavar="N", min=0, help="How many added, removed and changed rows are shown each."),
    ] = 5

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that name a row where no contract does."""
        return () if self.key is None else tuple(name.strip() for name in self.key.split(","))

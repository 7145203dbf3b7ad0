"""Commands on variations: `variation list`, `variation diff`, `variation promote`, `variation drop`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.comparison_words import ComparisonWords  # typer reads its fields
from meshwright.faces.cli.completion import complete_objects
from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DEFAULT_ENVIRONMENT, DirectoryOption, EnvironmentOption, JsonOption

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="PRODUCT@VARIATION",
        help="A variation of a product, for example operations.flights@canary.",
        autocompletion=complete_objects,
    ),
]


def variation_list(
    context: typer.Context,
    *,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List the variations that pipelines declare, or that stand in the environment, with what each sets."""
    from meshwright.app.varied_drop import list_variations
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.variations import variation_list_document
    from meshwright.faces.text.variations import variation_list_lines

    invocation = begin(context, directory, is_json=as_json)
    found = list_variations(open_workspace(invocation.start), environment or DEFAULT_ENVIRONMENT)
    answer(
        invocation,
        status=0,
        document=lambda: variation_list_document(found),
        lines=lambda look: variation_list_lines(found, look),
    )


def variation_diff(
    context: typer.Context,
    name: NameArgument,
    *,
    other: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="VARIATION",
            help="Another variation of the product. Default: the product itself.",
            show_default=False,
        ),
    ] = None,
    comparison: ComparisonWords,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Compare a variation with its product, as both stand: parameters, schema, rows, distributions, verdicts of tests.

    A dataset of the variation may be named alone. Rows are read where content differs, exactly, by the key of the contract.
    Status 0 whatever differs; 2: one of the two is not published, or an option is wrong; 3: the world failed.
    """
    from meshwright.app.varied_diff import VariationDiffWish, diff_variation
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.variations import variation_diff_document
    from meshwright.faces.text.variations import variation_diff_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = VariationDiffWish(
        variation=name,
        other=other,
        environment=environment or DEFAULT_ENVIRONMENT,
        key=comparison.key_columns,
        tolerance=comparison.tolerance,
        has_data=comparison.data,
        sample_rows=comparison.sample,
    )
    found = diff_variation(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: variation_diff_document(found),
        lines=lambda look: variation_diff_lines(found, look),
    )


def variation_promote(
    context: typer.Context,
    name: NameArgument,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would be written.")] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Write what a variation sets into the pipeline.yaml of its product; the next run publishes it from the same versions.

    Only what stands as its files say is promoted: what was tested and compared. Comments and layout of the file stay. Status 0:
    written, or the product has the values already; 1: run the variation first, or the environment sets a value itself;
    2: there is no such variation, or the file cannot be changed without changing more.
    """
    from meshwright.app.varied_promotion import promote_variation
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.variations import variation_promotion_document
    from meshwright.faces.text.variations import variation_promotion_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    made = promote_variation(workspace, name, environment or DEFAULT_ENVIRONMENT, is_dry=dry_run)
    answer(
        invocation,
        status=0,
        document=lambda: variation_promotion_document(made),
        lines=lambda look: variation_promotion_lines(made, look),
    )


def variation_drop(
    context: typer.Context,
    name: NameArgument,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded.", show_default=False)
    ] = "",
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Take a variation's datasets out of the environment, in a generation of its own: one move, nothing is deleted.

    Its declaration stays in pipeline.yaml; a run of the variation publishes it again. Status 0: done; 1: others published it
    meanwhile; 2: it does not stand in the environment.
    """
    from meshwright.app.varied_drop import drop_variation
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.environments import environment_answer_document
    from meshwright.faces.text.variations import variation_drop_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    made = drop_variation(workspace, name, environment or DEFAULT_ENVIRONMENT, reason)
    answer(
        invocation,
        status=0,
        document=lambda: environment_answer_document(made),
        lines=lambda look: variation_drop_lines(name, made, look),
    )

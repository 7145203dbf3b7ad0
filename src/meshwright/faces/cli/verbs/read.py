"""Commands that read: `show`, `query`, `explain`, `lineage`, `impact`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.faces.cli.completion import complete_objects
from meshwright.faces.cli.invocation import Invocation, answer, begin
from meshwright.faces.cli.options import (
    DEFAULT_ENVIRONMENT,
    DirectoryOption,
    EnvironmentOption,
    JsonOption,
    RowFormat,
    exclusive,
)


def show(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    thing: Annotated[
        str,
        typer.Argument(
            metavar="OBJECT",
            help="A domain, 'domain.product', 'domain.product/port', 'domain.product.dataset' or the id of a version; "
            "of a variation, '@' and its name after product or dataset.",
            autocompletion=complete_objects,
        ),
    ],
    *,
    intervals: Annotated[
        bool,
        typer.Option("--intervals", help="Of a dataset that is built in parts, or a version of it: the parts."),
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Of a dataset: its rules, each with its latest verdict.")
    ] = False,
    rule: Annotated[
        str | None,
        typer.Option(
            "--rule",
            metavar="ID",
            help="Of a dataset: the history of one rule, and the rows that failed it last.",
            show_default=False,
        ),
    ] = None,
    is_all: Annotated[
        bool,
        typer.Option(
            "--all", help="With --intervals: a line for each part, however many; with --rule: the whole history."
        ),
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Show a domain, product, port, dataset or version.

    --intervals lists the parts of a dataset that is built in parts: which intervals are there, which are missing between
    them, and which its inputs hold and it lacks; many parts are summed by month, year or page.

    --rule goes on through edits of a rule and through new names for the same one, and is there for candidates that were
    refused as well.
    """
    from meshwright.app.show import show as look_up
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.show import card_document
    from meshwright.faces.text.show import card_lines

    invocation = begin(context, directory, is_json=as_json)
    chosen = [name for name, is_given in (("--intervals", intervals), ("--rules", rules), ("--rule", rule)) if is_given]
    if len(chosen) > 1:
        raise exclusive(chosen[0], chosen[1])
    if rules or rule is not None:
        _show_rules(invocation, thing, rule, environment or DEFAULT_ENVIRONMENT, is_all=is_all)
        return
    if intervals:
        _show_intervals(invocation, thing, environment or DEFAULT_ENVIRONMENT, is_all=is_all)
        return
    card = look_up(open_workspace(invocation.start), thing, environment or DEFAULT_ENVIRONMENT)
    answer(invocation, status=0, document=lambda: card_document(card), lines=lambda look: card_lines(card, look))


def _show_rules(invocation: Invocation, thing: str, rule: str | None, environment: str, *, is_all: bool) -> None:
    from meshwright.app.rule_history import list_rules, show_rule
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.rules import rule_document, rules_document
    from meshwright.faces.text.rules import rule_lines, rules_lines

    workspace = open_workspace(invocation.start)
    if rule is None:
        listing = list_rules(workspace, thing, environment)
        answer(
            invocation,
            status=0,
            document=lambda: rules_document(listing),
            lines=lambda look: rules_lines(listing, look),
        )
        return
    history = show_rule(workspace, thing, rule, environment, is_whole=is_all)
    answer(invocation, status=0, document=lambda: rule_document(history), lines=lambda look: rule_lines(history, look))


def _show_intervals(invocation: Invocation, thing: str, environment: str, *, is_all: bool) -> None:
    from meshwright.app.interval_listing import list_intervals
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.intervals import intervals_document
    from meshwright.faces.text.intervals import intervals_lines

    listing = list_intervals(open_workspace(invocation.start), thing, environment)
    answer(
        invocation,
        status=0,
        document=lambda: intervals_document(listing),
        lines=lambda look: intervals_lines(listing, look, is_all=is_all),
    )


def query(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT, or '-' to read it from standard input.")],
    *,
    environment: EnvironmentOption = None,
    generation: Annotated[
        int | None,
        typer.Option(
            "--generation",
            "-g",
            metavar="N",
            min=0,
            help="Read the environment as of generation N.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(
            "--version", metavar="ID", help="Read this version of its dataset, published or not.", show_default=False
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-l", metavar="N", min=0, help="At most N rows.", show_default=False)
    ] = None,
    form: Annotated[
        RowFormat | None,
        typer.Option(
            "--format", "-f", help="How rows are written. Default: table, which shows the first 40.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write into FILE, whole or not at all.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Ask published data a question.

    Datasets go by their full name, 'domain.product.dataset'. --format json gives an array of objects in which
    integers and decimals keep all their digits and not-a-number is null; --json wraps it in a document with the
    columns' types.
    """
    from meshwright.app.query import QueryOptions
    from meshwright.app.query import query as ask
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.formats import open_target, write_query_document, write_rows
    from meshwright.faces.cli.questions import Question, form_of, settled
    from meshwright.faces.rows import Rows
    from meshwright.faces.rows.tables import table_limit

    invocation = begin(context, directory, is_json=as_json)
    asked = Question(
        text=text,
        environment=environment or DEFAULT_ENVIRONMENT,
        generation=generation,
        version=version,
        limit=limit,
        form=form_of(form, invocation),
        output=output,
    )
    asked = settled(asked, invocation)
    is_table = asked.form is RowFormat.TABLE and not invocation.is_json
    options = QueryOptions(
        text=asked.text,
        environment=asked.environment,
        generation=generation,
        version=version,
        limit=table_limit(limit) if is_table else limit,
    )
    found = ask(open_workspace(invocation.start), options)
    try:
        rows = Rows.of(found)
        with open_target(asked.output) as target:
            invocation.is_answering = output is None
            if invocation.is_json:
                write_query_document(rows, target)
            else:
                write_rows(rows, asked.form, target, look=invocation.out, limit=limit)
    finally:
        found.close()


def explain(
    context: typer.Context,
    thing: Annotated[
        str,
        typer.Argument(
            metavar="OBJECT",
            help="A dataset, a product (its pipeline, resolved), a parameter or the id of a version.",
            autocompletion=complete_objects,
        ),
    ],
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Say why: this version, this rebuild, this value of a parameter.

    Of a product, or of a variation ('domain.product@variation'), the whole pipeline with where each value comes from.
    """
    from meshwright.app.explain import explain as give_reasons
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.explain import explanation_document
    from meshwright.faces.text.verbs import explanation_lines

    invocation = begin(context, directory, is_json=as_json)
    explanation = give_reasons(open_workspace(invocation.start), thing, environment or DEFAULT_ENVIRONMENT)
    answer(
        invocation,
        status=0,
        document=lambda: explanation_document(explanation),
        lines=lambda look: explanation_lines(explanation, look),
    )


def lineage(
    context: typer.Context,
    thing: Annotated[
        str,
        typer.Argument(
            metavar="DATASET[.COLUMN]", help="A dataset, or one of its columns.", autocompletion=complete_objects
        ),
    ],
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Draw what a dataset or column comes from and leads to."""
    from meshwright.app.lineage import lineage as trace
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verbs import lineage_document
    from meshwright.faces.text.verbs import lineage_lines

    invocation = begin(context, directory, is_json=as_json)
    report = trace(open_workspace(invocation.start), thing, environment or DEFAULT_ENVIRONMENT)
    answer(
        invocation,
        status=0,
        document=lambda: lineage_document(report),
        lines=lambda look: lineage_lines(report, look),
    )


def impact(
    context: typer.Context,
    thing: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATASET[.COLUMN]]",
            help="A dataset, or one of its columns; nothing for what the files as they are take away.",
            autocompletion=complete_objects,
            show_default=False,
        ),
    ] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Say who uses a dataset or column: products with their queries, dashboards and applications, each with its owner.

    Without one: what breaks of what is published with the files as they are, and who uses that. Status 0, whoever does;
    'mw check' and 'mw plan' say yes or no.
    """
    from meshwright.app.impact import impact as find_impact
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.impact import impact_report_document
    from meshwright.faces.text.impact import impact_report_lines

    invocation = begin(context, directory, is_json=as_json)
    report = find_impact(open_workspace(invocation.start), thing, environment or DEFAULT_ENVIRONMENT)
    answer(
        invocation,
        status=0,
        document=lambda: impact_report_document(report),
        lines=lambda look: impact_report_lines(report, look),
    )

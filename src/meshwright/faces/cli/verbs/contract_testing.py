"""The command `contract test`: data against a contract, without a mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.faces.cli.contract_test_words import ContractTestWords  # typer reads its fields
from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption


def contract_test(
    context: typer.Context,
    contract: Annotated[Path, typer.Argument(metavar="CONTRACT", help="The contract (ODCS).")],
    *,
    words: ContractTestWords,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Test data against a contract. Needs no mesh.

    Every rule is measured: columns and types, required, unique, keys, enumerations, ranges, patterns, quality. Status 0:
    all rules were measured and kept (those of severity log or warn may fail); 1: a rule that stops is broken, or a rule, or
    an object, could not be tested; 2: contract or data cannot be read; 3: the world failed.
    """
    from meshwright.app.contract_testing import contract_test as test_contract
    from meshwright.faces.documents.contract_test import contract_test_document
    from meshwright.faces.status import answer_status
    from meshwright.faces.text.contract_test import contract_test_lines

    invocation = begin(context, directory, is_json=as_json)
    report = test_contract(words.read(contract, invocation.start))
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: contract_test_document(report),
        lines=lambda look: contract_test_lines(report, look),
    )

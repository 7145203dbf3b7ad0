"""Foreign documents at the rim: ODCS contracts and ODPS products, into meshwright's own records."""

from meshwright.files.standards.lint import ContractFile, lint_contract_files, read_contract_file
from meshwright.files.standards.odcs import read_contract
from meshwright.files.standards.odps import InputPort, OutputPort, ProductDocument, read_product
from meshwright.files.standards.quality import DEFAULT_SEVERITIES, read_quality_rules

__all__ = [
    "DEFAULT_SEVERITIES",
    "ContractFile",
    "InputPort",
    "OutputPort",
    "ProductDocument",
    "lint_contract_files",
    "read_contract",
    "read_contract_file",
    "read_product",
    "read_quality_rules",
]

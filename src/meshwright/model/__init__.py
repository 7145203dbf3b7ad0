"""The mesh's own records: frozen, plain, complete. Integrity is checked when a record is made."""

from meshwright.model.columns import Column, Columns
from meshwright.model.contracts import (
    Consumer,
    Contract,
    ContractObject,
    ContractProperty,
    Port,
    SlaProperty,
)
from meshwright.model.identity import bytes_identity, canonical_json, identity
from meshwright.model.mesh import (
    DatasetTests,
    Domain,
    EngineSettings,
    FileSource,
    Mesh,
    Node,
    Parameter,
    Product,
    SourceFile,
    SqlModel,
)
from meshwright.model.names import dataset_name, domain_of, name_problem, port_address, product_of
from meshwright.model.rules import Action, Operator, QualityRule, Scalar, SqlTest
from meshwright.model.versions import StoredFile, Version

__all__ = [
    "Action",
    "Column",
    "Columns",
    "Consumer",
    "Contract",
    "ContractObject",
    "ContractProperty",
    "DatasetTests",
    "Domain",
    "EngineSettings",
    "FileSource",
    "Mesh",
    "Node",
    "Operator",
    "Parameter",
    "Port",
    "Product",
    "QualityRule",
    "Scalar",
    "SlaProperty",
    "SourceFile",
    "SqlModel",
    "SqlTest",
    "StoredFile",
    "Version",
    "bytes_identity",
    "canonical_json",
    "dataset_name",
    "domain_of",
    "identity",
    "name_problem",
    "port_address",
    "product_of",
]

"""What differs between a sandbox and its base, or a variation and its product; the variations that there are."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.app.differences import Presence
from meshwright.app.shapes import Distance, Verdict
from meshwright.faces.documents.shapes.base import Json
from meshwright.model.policies import PolicyLevel
from meshwright.model.rules import Action
from meshwright.plan.compatibility import Level
from meshwright.plan.shapes import Change


class DifferingValue(TypedDict):
    """A parameter of which two versions read different values; null where a version read none."""

    name: str
    before: Json
    after: Json


class DifferingInput(TypedDict):
    """A dataset that two versions read at different versions; null where it was not read."""

    dataset: str
    before: str | None
    after: str | None


class MakingDifference(TypedDict):
    """What differs in how two versions were made."""

    reasons: list[str]
    parameters: list[DifferingValue]
    inputs: list[DifferingInput]


class SchemaDifference(TypedDict):
    """What differs of columns and types, and of the contract that holds them."""

    level: Annotated[str, Level]
    columns: list[Change]
    contract: list[Change]


class ColumnSummary(TypedDict):
    """What stands in a column of one version. `mean` is a text where it is not finite."""

    nulls: int
    distinct: int
    distinct_exact: bool
    min: Json
    max: Json
    mean: Json


class ColumnDifference(TypedDict):
    """How a column that both versions have differs; null where rows were compared without a key."""

    name: str
    changed: int | None
    change_rate: float | None
    before: ColumnSummary | None
    after: ColumnSummary | None


class DifferingRow(TypedDict):
    """A row that is not the same in both versions."""

    change: Annotated[str, ("added", "removed", "changed")]
    before: Json
    after: Json
    times: int


class RowsDifference(TypedDict):
    """How the rows of two versions differ. `changed` is null where they were compared without a key."""

    before: int
    after: int
    added: int
    removed: int
    changed: int | None
    unchanged: int
    key: list[str]
    key_problem: str | None
    read: bool
    columns: list[ColumnDifference]
    sample: list[DifferingRow]


class RuleAnswer(TypedDict):
    """What is recorded of a rule on a version; the verdict is null where nothing is."""

    rule: str | None
    action: Annotated[str, Action]
    verdict: Verdict | None
    value: Json
    failing_rows: int | None


class RuleDifference(TypedDict):
    """A rule that is new, gone, demands something else, or says something else."""

    id: str
    change: Annotated[str, (*(each.value for each in Presence), "verdict")]
    before: RuleAnswer | None
    after: RuleAnswer | None


class DatasetDifference(TypedDict):
    """How a dataset differs: its version, its contract, its rows, and what its rules say."""

    dataset: str
    change: Annotated[str, Presence]
    before: str | None
    after: str | None
    code: MakingDifference
    schema: SchemaDifference
    rows: RowsDifference | None
    tests: list[RuleDifference]


class PortDifference(TypedDict):
    """How a port differs."""

    port: str
    change: Annotated[str, Presence]
    level: Annotated[str, Level]
    changes: list[Change]


class CodeState(TypedDict):
    """The code that a product was published from."""

    code: str | None
    commit: str | None


class CodeDifference(TypedDict):
    """The code that a product was published from, in both places; null where it does not stand."""

    before: CodeState | None
    after: CodeState | None


class ProductDifference(TypedDict):
    """How a product differs."""

    product: str
    change: Annotated[str, Presence]
    code: CodeDifference
    datasets: list[str]
    ports: list[PortDifference]


class PolicyDifference(TypedDict):
    """A violation that stands in the sandbox and did not in its base."""

    policy: str
    level: Annotated[str, PolicyLevel]
    object: str | None
    message: str


class EnvironmentDiff(TypedDict):
    """What differs between a sandbox and what it lies over."""

    schema: Literal["meshwright/environment-diff/1"]
    environment: str
    generation: int
    base: str | None
    base_generation: int
    datasets: list[DatasetDifference]
    products: list[ProductDifference]
    policies: list[PolicyDifference]
    notes: list[str]
    seconds: float


class FrequentValue(TypedDict):
    """A value that stands in several rows."""

    value: Json
    rows: int


class Distribution(TypedDict):
    """How the values of a column lie in one version: below which 5, 25, 50, 75 and 95 percent lie, and the most frequent."""

    quantiles: list[Json]
    top: list[FrequentValue]


class ColumnDistribution(TypedDict):
    """How far apart the values of a column lie, from 0 to 1; null where a version has no rows."""

    column: str
    distance: float | None
    measured_by: Annotated[str, Distance]
    before: Distribution
    after: Distribution


class VariedDataset(DatasetDifference):
    """How a dataset of a variation differs, with how its values lie."""

    distributions: list[ColumnDistribution]


VariationDiff = TypedDict(
    "VariationDiff",
    {
        "schema": Literal["meshwright/variation-diff/1"],
        "variation": str,
        "with": str,
        "environment": str,
        "generation": int,
        "datasets": list[VariedDataset],
        "notes": list[str],
        "seconds": float,
    },
)
VariationDiff.__doc__ = "What differs between a variation and its product, or another variation."


class ListedVariation(TypedDict):
    """A variation of a product; it has no place where no file declares it any more."""

    variation: str
    declared: bool
    params: dict[str, Json]
    nodes: list[str]
    published: list[str]
    file: str | None
    line: int | None
    column: int | None


class Variations(TypedDict):
    """Every variation that is declared or stands."""

    schema: Literal["meshwright/variations/1"]
    environment: str
    generation: int
    variations: list[ListedVariation]


class PromotedValue(TypedDict):
    """A value that the promotion of a variation writes, and where the one before was set."""

    parameter: str
    before: Json
    after: Json
    level: str
    file: str | None
    line: int | None
    column: int | None


class VariationPromotion(TypedDict):
    """What a variation sets, written into its product's pipeline."""

    schema: Literal["meshwright/variation-promotion/1"]
    variation: str
    environment: str
    file: str
    written: bool
    changes: list[PromotedValue]
    counts: dict[str, int]
    unbuilt: list[str]
    seconds: float

"""Documents of the API. Written by scripts/write_api.py."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Api(TypedDict):
    """`meshwright/api/1`, see json.md."""

    schema: Literal["meshwright/api/1"]
    meshwright: str | None
    links: dict[str, Any]


class Self(TypedDict):
    """`meshwright/self/1`, see json.md."""

    schema: Literal["meshwright/self/1"]
    id: str | None
    role: str | None
    domain: Any
    mesh: str | None


class ProblemCode(TypedDict):
    """`meshwright/problem-code/1`, see json.md."""

    schema: Literal["meshwright/problem-code/1"]
    code: str | None
    title: str | None
    meaning: str | None
    fix: str | None
    example: str | None


class CallsCall(TypedDict):
    """Part of a document."""

    #: of the request, and when it came
    id: str
    #: of the request, and when it came
    at: str
    #: id of the token that called
    token: str
    #: domain that the token belongs to, `null` for none
    caller: str | None
    #: domain that was called
    domain: str
    #: `domain`, `data`, `process`, `event`, `development`
    kind: str
    #: what was done in one word, and to what
    action: str
    #: what was done in one word, and to what
    object: str
    #: HTTP status of the answer
    status: int
    #: of the answer; `null` where they are not known
    rows: int | None
    #: of the answer; `null` where they are not known
    bytes: int | None
    #: from the request to the end of the answer
    seconds: float


class Calls(TypedDict):
    """`meshwright/calls/1`, see json.md."""

    schema: Literal["meshwright/calls/1"]
    #: newest first; a request that touches several domains is one for each, of one `id`
    calls: list[CallsCall]
    #: by URL: cursor of the next page; `null` at the end, and on the command line
    next: str | None


class CallsSummaryEdge(TypedDict):
    """Part of a document."""

    #: as in `calls list`
    caller: str | None
    #: as in `calls list`
    domain: str
    #: as in `calls list`
    kind: str
    #: how many, and those that were answered with an error
    calls: int
    #: how many, and those that were answered with an error
    refused: int
    #: summed
    rows: int
    #: summed
    bytes: int
    #: the latest of them
    last_at: str


class CallsSummary(TypedDict):
    """`meshwright/calls-summary/1`, see json.md."""

    schema: Literal["meshwright/calls-summary/1"]
    #: where it was asked to look back, `null` for all that is recorded
    since: str | None
    #: by caller, domain and kind; `caller` is `null` for tokens of no domain
    edges: list[CallsSummaryEdge]


Form = Literal["json", "ndjson", "csv", "parquet", "arrow"]


class DatasetsDatasetColumn(TypedDict):
    """Part of a document."""

    name: NotRequired[str | None]
    type: NotRequired[str | None]
    description: NotRequired[str | None]
    classification: NotRequired[str | None]
    tags: NotRequired[list[Any]]


class DatasetsDatasetPublished(TypedDict):
    """Part of a document."""

    version: NotRequired[str | None]
    generation: NotRequired[int | None]
    rows: NotRequired[int | None]
    size_bytes: NotRequired[int | None]
    created_at: NotRequired[str | None]


class DatasetsDataset(TypedDict):
    """Part of a document."""

    address: NotRequired[str | None]
    kind: NotRequired[str | None]
    description: NotRequired[str | None]
    tags: NotRequired[list[Any]]
    ports: NotRequired[list[str | None]]
    columns: NotRequired[list[DatasetsDatasetColumn]]
    published: NotRequired[DatasetsDatasetPublished]


class Datasets(TypedDict):
    """`meshwright/datasets/1`, see json.md."""

    schema: Literal["meshwright/datasets/1"]
    environment: str | None
    generation: int | None
    total: int | None
    datasets: list[DatasetsDataset]
    next: str | None
    links: dict[str, Any]


class ShowDatasetPublishedColumn(TypedDict):
    """Part of a document."""

    #: as stored
    name: str
    #: as stored
    type: str


class ShowDatasetPublishedFile(TypedDict):
    """Part of a document."""

    #: in the store
    path: str
    size_bytes: int
    checksum: str
    rows: int


#: Part of a document
ShowDatasetPublishedParts = TypedDict(
    "ShowDatasetPublishedParts",
    {
        "count": int,
        "class": str,
        "by": str | None,
        "calendar": str | None,
        "first": str | None,
        "last": str | None,
        "gaps": int,
        "earlier": dict[str, Any],
    },
)


class ShowDatasetPublished(TypedDict):
    """Part of a document."""

    id: str
    dataset: str
    rows: int
    size_bytes: int
    #: of the rows, blind to their order (how)
    content_digest: str
    #: of what the node means
    fingerprint: str
    #: `sql`, `view`, `python` or `source`; a `view` has no `files`, and what is made of parts has none of its own
    node_kind: str
    columns: list[ShowDatasetPublishedColumn]
    files: list[ShowDatasetPublishedFile]
    #: of a version that is made of parts, which has no `files` itself; `null` for every other. The parts
    parts: ShowDatasetPublishedParts
    #: dataset and version that it was built from
    inputs: dict[str, Any]
    #: why only sandboxes may point to it, in words: it was built from masked or sampled data; empty for every
    #: other version
    restricted: list[Any]
    #: values of the parameters that it was built with
    params: dict[str, Any]
    #: kind, generation and settings of the engine
    engine: str
    #: what built it, when, how long
    run_id: str
    #: what built it, when, how long
    created_at: str
    #: what built it, when, how long
    seconds: float


class ShowDatasetVersionColumn(TypedDict):
    """Part of a document."""

    #: as stored
    name: str
    #: as stored
    type: str


class ShowDatasetVersionFile(TypedDict):
    """Part of a document."""

    #: in the store
    path: str
    size_bytes: int
    checksum: str
    rows: int


#: Part of a document
ShowDatasetVersionParts = TypedDict(
    "ShowDatasetVersionParts",
    {
        "count": int,
        "class": str,
        "by": str | None,
        "calendar": str | None,
        "first": str | None,
        "last": str | None,
        "gaps": int,
        "earlier": dict[str, Any],
    },
)


class ShowDatasetVersion(TypedDict):
    """Part of a document."""

    id: str
    dataset: str
    rows: int
    size_bytes: int
    #: of the rows, blind to their order (how)
    content_digest: str
    #: of what the node means
    fingerprint: str
    #: `sql`, `view`, `python` or `source`; a `view` has no `files`, and what is made of parts has none of its own
    node_kind: str
    columns: list[ShowDatasetVersionColumn]
    files: list[ShowDatasetVersionFile]
    #: of a version that is made of parts, which has no `files` itself; `null` for every other. The parts
    parts: ShowDatasetVersionParts
    #: dataset and version that it was built from
    inputs: dict[str, Any]
    #: why only sandboxes may point to it, in words: it was built from masked or sampled data; empty for every
    #: other version
    restricted: list[Any]
    #: values of the parameters that it was built with
    params: dict[str, Any]
    #: kind, generation and settings of the engine
    engine: str
    #: what built it, when, how long
    run_id: str
    #: what built it, when, how long
    created_at: str
    #: what built it, when, how long
    seconds: float


class ShowDatasetThrough(TypedDict):
    """Part of a document."""

    #: as it is written; the dataset that it means; the version of the port
    name: str
    #: as it is written; the dataset that it means; the version of the port
    dataset: str
    #: as it is written; the dataset that it means; the version of the port
    port: str
    #: why it is this version, in words
    why: str


class ShowDatasetTestSupplier(TypedDict):
    """Part of a document."""

    #: whose it is
    product: str
    #: whose it is
    owners: list[str]
    #: whose it is
    dataset: str
    #: the columns of it that the rule's columns are made from; empty where that is not known or the rule is about
    #: whole rows
    columns: list[Any]
    #: of a source where it reads from, without user, password and parameters of an address; else `null`
    source: str | None


class ShowDatasetTestConsumer(TypedDict):
    """Part of a document."""

    #: a product's address with `product`; a consumer's name with its type
    name: str
    #: a product's address with `product`; a consumer's name with its type
    kind: str
    owners: list[str]
    #: that a consumer uses; `null` for a product
    port: str | None
    #: of a product those that are built from it; of a consumer those that it uses
    datasets: list[str]


class ShowDatasetTest(TypedDict):
    """Part of a document."""

    #: the rule's name, unique in its dataset: the writer's `id` or `name`, else for example
    #: `contract:required(customer)`, `test:rowCount`, `file:no_refund_is_an_order`
    id: str
    #: what was tested
    dataset: str
    #: `log`, `warn` or `stop`: what the rule does when it does not hold
    action: str
    #: `pass`; `log`, `warn`, `stop`: it does not hold; `error`: it could not be measured
    verdict: str
    #: what was measured
    value: float
    #: what was demanded; a pair for the two operators with Between
    operator: str
    #: what was demanded; a pair for the two operators with Between
    bound: int | list[int]
    #: how many rows break the rule; `null` where it is not about rows
    failing_rows: int | None
    #: the same in words; empty in records of earlier releases
    demand: str
    #: what is measured: `rowCount`, `nullValues`, `violations` ...; `null` of unit tests, of custom rules that
    #: nothing can measure, and in records of earlier releases
    metric: str | None
    #: the columns that it is about; none where it is about whole rows
    columns: list[str]
    #: the rule in words
    rule: str
    #: what was found, in words
    finding: str
    #: up to ten rows that break the rule, each an object
    sample: list[dict[str, Any]]
    #: what was tested
    version: str
    #: whether the verdict was measured by an earlier run
    recorded: bool
    #: why it could not be measured
    error: Any
    #: of a rule that is not kept: where what it found can come from, the datasets of other products that the
    #: dataset or the rule reads and the sources of its own product; where a column of the rule is made from
    #: columns of some of them, these alone.
    supplier: list[ShowDatasetTestSupplier]
    #: of a rule that is not kept: whom the dataset reaches, or would have reached: products that are built from
    #: it, however far down, and declared consumers of its ports and of theirs.
    consumers: list[ShowDatasetTestConsumer]


class ShowDatasetComponent(TypedDict):
    """Part of a document."""

    #: which; the node that uses it; its name inside
    name: str
    #: which; the node that uses it; its name inside
    version: str
    #: which; the node that uses it; its name inside
    node: str
    #: which; the node that uses it; its name inside
    inner: str
    #: whether others may read it
    output: bool


class ShowDatasetOutcome(TypedDict):
    """Part of a document."""

    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    job: str
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    values: dict[str, Any]
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    tables: list[Any]
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    costs: dict[str, Any]
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    url: Any
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    unmanaged: list[Any]


class ShowDatasetInsideStep(TypedDict):
    """Part of a document."""

    #: in the tool's words; `kind` is `model`, `test`, `task`
    name: str
    #: in the tool's words; `kind` is `model`, `test`, `task`
    kind: str
    #: `waiting`, `running`, `succeeded`, `failed`, `skipped`, `blocked` or `cancelled`
    state: str
    #: names of the inner steps that it waits for
    after: list[str]
    #: `null` where the tool does not say
    started_at: Any
    #: `null` where the tool does not say
    ended_at: Any
    #: `null` where the tool does not say
    seconds: Any
    #: why it failed, in the tool's words; of a test, its verdict and what it found, where it did not pass; else
    #: `null`
    error: Any
    #: the tool's name for the dataset that it makes, `null` where it makes none
    dataset: Any
    #: of a test that was run: `pass`, `log`, `warn`, `stop` or `error`; else `null`
    verdict: Any
    #: the dataset of the mesh that it makes; `null` where the node yields none of it
    address: Any


class ShowDatasetInside(TypedDict):
    """Part of a document."""

    #: that run
    run_id: str
    #: each an inner step, in the order of the tool
    steps: list[ShowDatasetInsideStep]


class ShowDatasetOutsideReader(TypedDict):
    """Part of a document."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: Any
    #: the time of the last event about it
    last_seen: str


class ShowDatasetOutsideWriter(TypedDict):
    """Part of a document."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: Any
    #: the time of the last event about it
    last_seen: str


class ShowDatasetOutsideReadFromName(TypedDict):
    """Part of a document."""

    #: in normal form
    namespace: str
    #: in normal form
    name: str


class ShowDatasetOutsideReadFrom(TypedDict):
    """Part of a document."""

    id: str
    #: what it is called where it stands among others: namespace and name; the address of one of this mesh
    node: str
    #: the first of its names
    namespace: str
    #: the first of its names
    name: str
    #: all names that are of this dataset
    names: list[ShowDatasetOutsideReadFromName]
    #: the times of the first and the last event about it
    first_seen: str
    #: the times of the first and the last event about it
    last_seen: str


class ShowDatasetOutsideNote(TypedDict):
    """Part of a document."""

    #: `run-status`, `dataset-operation`, `metric-log`, `message-log`, `test-outcome`
    kind: str
    #: when it happened, and when it was told
    at: str
    #: when it happened, and when it was told
    received_at: str
    #: id of the run; `null`
    run: str | None
    #: of the metric or test
    name: str
    #: the state, the operation, the level, or what the test came to: `passed`, `warned`, `failed`; `null` of a
    #: metric
    word: str | None
    #: the figure; `null`
    value: Any
    text: str


class ShowDatasetOutside(TypedDict):
    """Part of a document."""

    #: each an outside job that reads it
    readers: list[ShowDatasetOutsideReader]
    #: each an outside job that writes it in place: what it changes there no version knows, and no rollback takes
    #: back
    writers: list[ShowDatasetOutsideWriter]
    #: each an outside dataset that it reads, where it is a source
    read_from: list[ShowDatasetOutsideReadFrom]
    #: each a note, newest first, 20 at most
    notes: list[ShowDatasetOutsideNote]


class ShowDataset(TypedDict):
    """`meshwright/show/1`, see json.md."""

    schema: Literal["meshwright/show/1"]
    kind: str
    address: str
    #: whether the node yields no dataset, and so has neither columns nor rows
    step: bool
    description: Any
    #: the domain's
    owners: list[str]
    #: what was looked at
    environment: str
    #: a version, `null` where none is published
    published: ShowDatasetPublished
    #: each a version that is kept, newest first, candidates too
    versions: list[ShowDatasetVersion]
    #: datasets
    reads: list[str]
    #: what it reads through ports of several versions, or under another name
    through: list[ShowDatasetThrough]
    #: datasets
    read_by: list[str]
    #: that hold it
    ports: list[str]
    #: each a test with a recorded verdict on the published version
    tests: list[ShowDatasetTest]
    #: the component that it comes of; `null` where somebody wrote it
    component: ShowDatasetComponent
    #: what came of the newest job of a node of a tool; `null` where no job made it
    outcome: ShowDatasetOutcome
    #: the tool's own graph inside of a node, as the newest run left it that has one (of the environment, else of
    #: any); `null` where none has
    inside: ShowDatasetInside
    #: what outside tools told of it; `null` where they told nothing
    outside: ShowDatasetOutside
    links: NotRequired[dict[str, Any]]


class VersionsVersionColumn(TypedDict):
    """Part of a document."""

    name: NotRequired[str | None]
    type: NotRequired[str | None]


class VersionsVersionFile(TypedDict):
    """Part of a document."""

    path: NotRequired[str | None]
    size_bytes: NotRequired[int | None]
    checksum: NotRequired[str | None]
    rows: NotRequired[int | None]


#: Part of a document
VersionsVersionInputs = TypedDict("VersionsVersionInputs", {"reference.airports.raw_airports": NotRequired[str | None]})


class VersionsVersion(TypedDict):
    """Part of a document."""

    id: NotRequired[str | None]
    dataset: NotRequired[str | None]
    rows: NotRequired[int | None]
    size_bytes: NotRequired[int | None]
    content_digest: NotRequired[str | None]
    fingerprint: NotRequired[str | None]
    node_kind: NotRequired[str | None]
    columns: NotRequired[list[VersionsVersionColumn]]
    files: NotRequired[list[VersionsVersionFile]]
    parts: NotRequired[Any]
    inputs: NotRequired[VersionsVersionInputs]
    restricted: NotRequired[list[Any]]
    params: NotRequired[dict[str, Any]]
    engine: NotRequired[str | None]
    run_id: NotRequired[str | None]
    created_at: NotRequired[str | None]
    seconds: NotRequired[float | None]


class Versions(TypedDict):
    """`meshwright/versions/1`, see json.md."""

    schema: Literal["meshwright/versions/1"]
    dataset: str | None
    environment: str | None
    published: str | None
    versions: list[VersionsVersion]
    next: str | None
    links: dict[str, Any]


class ColumnsColumnPromised(TypedDict):
    """Part of a document."""

    port: NotRequired[str | None]
    logical_type: NotRequired[str | None]
    physical_type: NotRequired[str | None]
    required: NotRequired[bool]
    unique: NotRequired[bool]
    classification: NotRequired[str | None]
    description: NotRequired[str | None]
    tags: NotRequired[list[Any]]


class ColumnsColumnRule(TypedDict):
    """Part of a document."""

    id: NotRequired[str | None]
    rule: NotRequired[str | None]


class ColumnsColumn(TypedDict):
    """Part of a document."""

    name: NotRequired[str | None]
    address: NotRequired[str | None]
    type: NotRequired[str | None]
    published: NotRequired[bool]
    description: NotRequired[str | None]
    classification: NotRequired[str | None]
    promised: NotRequired[list[ColumnsColumnPromised]]
    rules: NotRequired[list[ColumnsColumnRule]]


class Columns(TypedDict):
    """`meshwright/columns/1`, see json.md."""

    schema: Literal["meshwright/columns/1"]
    dataset: str | None
    environment: str | None
    columns: list[ColumnsColumn]


class ColumnPromised(TypedDict):
    """Part of a document."""

    port: NotRequired[str | None]
    logical_type: NotRequired[str | None]
    physical_type: NotRequired[str | None]
    required: NotRequired[bool]
    unique: NotRequired[bool]
    classification: NotRequired[str | None]
    description: NotRequired[str | None]
    tags: NotRequired[list[Any]]


class ColumnRule(TypedDict):
    """Part of a document."""

    id: NotRequired[str | None]
    rule: NotRequired[str | None]


class Column(TypedDict):
    """`meshwright/column/1`, see json.md."""

    schema: Literal["meshwright/column/1"]
    dataset: str | None
    environment: str | None
    name: str | None
    address: str | None
    type: str | None
    published: bool
    description: str | None
    classification: str | None
    promised: list[ColumnPromised]
    rules: list[ColumnRule]
    links: dict[str, Any]


class RulesRuleLatest(TypedDict):
    """Part of a document."""

    #: when it was measured, and in which run (`test-...` of `mw test`); `null` where a release that kept no
    #: histories measured it
    at: str | None
    #: when it was measured, and in which run (`test-...` of `mw test`); `null` where a release that kept no
    #: histories measured it
    run_id: str | None
    #: that the run was for; `null` as above
    environment: str | None
    #: whether the environment that is looked at points to it now
    published: bool
    #: what was measured
    version: str
    #: the rule as it was then: as of a test
    id: str
    #: the rule as it was then: as of a test
    action: str
    #: the rule as it was then: as of a test
    rule: str
    #: the rule as it was then: as of a test
    operator: str
    #: the rule as it was then: as of a test
    bound: int
    #: as of a test
    verdict: str
    #: as of a test
    value: float
    #: as of a test
    failing_rows: int | None
    #: as of a test
    finding: str
    #: up to ten rows that break the rule, as long as the version is kept
    sample: list[dict[str, Any]]
    #: as of a test
    error: Any


class RulesRuleEdited(TypedDict):
    """Part of a document."""

    #: `name` (the id), `action`, `bound`, `columns`, `query`, `parameters` or `arguments`
    what: str
    #: in words
    before: str
    #: in words
    after: str


class RulesRule(TypedDict):
    """Part of a document."""

    #: as of a test
    id: str
    #: in words: all of it, and its bound
    rule: str
    #: as of a test
    action: str
    #: in words: all of it, and its bound
    demand: str
    #: whose contract states it; `null` where none does
    port: str | None
    #: where it is written
    file: str
    #: where it is written
    line: int
    #: a verdict: the newest one in the environment or, of a sandbox, in its base; `null` where it was never
    #: measured
    latest: RulesRuleLatest
    #: each an edit of the rule since
    edited: list[RulesRuleEdited]


class Rules(TypedDict):
    """`meshwright/rules/1`, see json.md."""

    schema: Literal["meshwright/rules/1"]
    #: what was looked at
    dataset: str
    #: what was looked at
    environment: str
    #: each a rule, in the order in which they are enforced
    rules: list[RulesRule]
    links: NotRequired[dict[str, Any]]


class RuleNowLatest(TypedDict):
    """Part of a document."""

    #: when it was measured, and in which run (`test-...` of `mw test`); `null` where a release that kept no
    #: histories measured it
    at: str | None
    #: when it was measured, and in which run (`test-...` of `mw test`); `null` where a release that kept no
    #: histories measured it
    run_id: str | None
    #: that the run was for; `null` as above
    environment: str | None
    #: whether the environment that is looked at points to it now
    published: bool
    #: what was measured
    version: str
    #: the rule as it was then: as of a test
    id: str
    #: the rule as it was then: as of a test
    action: str
    #: the rule as it was then: as of a test
    rule: str
    #: the rule as it was then: as of a test
    operator: str
    #: the rule as it was then: as of a test
    bound: int
    #: as of a test
    verdict: str
    #: as of a test
    value: int
    #: as of a test
    failing_rows: Any
    #: as of a test
    finding: str
    #: up to ten rows that break the rule, as long as the version is kept
    sample: list[Any]
    #: as of a test
    error: Any


class RuleNowEdited(TypedDict):
    """Part of a document."""

    #: `name` (the id), `action`, `bound`, `columns`, `query`, `parameters` or `arguments`
    what: str
    #: in words
    before: str
    #: in words
    after: str


class RuleNow(TypedDict):
    """Part of a document."""

    #: as of a test
    id: str
    #: in words: all of it, and its bound
    rule: str
    #: as of a test
    action: str
    #: in words: all of it, and its bound
    demand: str
    #: whose contract states it; `null` where none does
    port: str | None
    #: where it is written
    file: str
    #: where it is written
    line: int
    #: a verdict: the newest one in the environment or, of a sandbox, in its base; `null` where it was never
    #: measured
    latest: RuleNowLatest
    #: each an edit of the rule since
    edited: list[RuleNowEdited]


class RuleHistoryEdited(TypedDict):
    """Part of a document."""

    #: `name` (the id), `action`, `bound`, `columns`, `query`, `parameters` or `arguments`
    what: str
    #: in words
    before: str
    #: in words
    after: str


class RuleHistory(TypedDict):
    """Part of a document."""

    #: when it was measured, and in which run (`test-...` of `mw test`); `null` where a release that kept no
    #: histories measured it
    at: str | None
    #: when it was measured, and in which run (`test-...` of `mw test`); `null` where a release that kept no
    #: histories measured it
    run_id: str | None
    #: that the run was for; `null` as above
    environment: str | None
    #: whether the environment that is looked at points to it now
    published: bool
    #: what was measured
    version: str
    #: the rule as it was then: as of a test
    id: str
    #: the rule as it was then: as of a test
    action: str
    #: the rule as it was then: as of a test
    rule: str
    #: the rule as it was then: as of a test
    operator: str
    #: the rule as it was then: as of a test
    bound: int
    #: as of a test
    verdict: str
    #: as of a test
    value: int
    #: as of a test
    failing_rows: Any
    #: as of a test
    finding: str
    #: up to ten rows that break the rule, as long as the version is kept
    sample: list[Any]
    #: as of a test
    error: Any
    #: each an edit of the rule since the verdict before it, in the same environment
    edited: list[RuleHistoryEdited]


class Rule(TypedDict):
    """`meshwright/rule/1`, see json.md."""

    schema: Literal["meshwright/rule/1"]
    #: what was looked at
    dataset: str
    #: what was looked at
    environment: str
    #: the rule's id now, whichever of its ids was asked for
    id: str
    #: other ids under which it demanded the same, and that no rule has any more
    names: list[str]
    #: a rule; `null` where it is not there any more
    now: RuleNow
    #: each a verdict, newest first: the newest 20, with `--all` every one
    history: list[RuleHistory]
    #: whether there are older ones
    cut: bool


class IntervalsRange(TypedDict):
    """Part of a document."""

    #: moments in UTC, the end excluded
    start: str
    #: moments in UTC, the end excluded
    end: str


class IntervalsGap(TypedDict):
    """Part of a document."""

    #: moments, and how many intervals
    start: str
    #: moments, and how many intervals
    end: str
    #: moments, and how many intervals
    count: int


class IntervalsMissing(TypedDict):
    """Part of a document."""

    start: str
    end: str
    count: int


class IntervalsDue(TypedDict):
    """Part of a document."""

    start: str
    end: str
    count: int


class IntervalsPart(TypedDict):
    """Part of a document."""

    #: of the interval in its calendar; of an appended part, in order of arrival
    number: int
    id: str
    #: its interval; `null` where parts are appended
    start: str | None
    #: its interval; `null` where parts are appended
    end: str | None
    rows: int
    size_bytes: int
    #: when, and by which run
    built_at: str
    #: when, and by which run
    run_id: str
    #: `present`: by the definition of the version; `earlier`: by one before it (`forward_only`)
    definition: str
    #: why only sandboxes may show it, in words
    restricted: list[Any]
    #: of an appended source: the files that were read for it
    files_read: list[str]


#: `meshwright/intervals/1`, see json.md.
Intervals = TypedDict(
    "Intervals",
    {
        "schema": Literal["meshwright/intervals/1"],
        "dataset": str,
        "environment": str,
        "version": str,
        "class": str,
        "by": str | None,
        "grain": str | None,
        "timezone": str | None,
        "range": IntervalsRange,
        "count": int,
        "rows": int,
        "size_bytes": int,
        "gaps": list[IntervalsGap],
        "missing": list[IntervalsMissing],
        "due": list[IntervalsDue],
        "unknown": str | None,
        "parts": list[IntervalsPart],
    },
)


class DeliveriesDeliveryEvent(TypedDict):
    """Part of a document."""

    source: str
    id: str
    type: str
    number: int


class DeliveriesDeliveryTry(TypedDict):
    """Part of a document."""

    #: `status` is `null` where there was no answer, `error` where it was taken
    at: str | None
    #: `status` is `null` where there was no answer, `error` where it was taken
    seconds: float | None
    #: `status` is `null` where there was no answer, `error` where it was taken
    status: Any
    #: `status` is `null` where there was no answer, `error` where it was taken
    error: str | None


class DeliveriesDelivery(TypedDict):
    """Part of a document."""

    #: goes along as `webhook-id`: however often it is sent, it is the same
    id: str
    subscription: str
    event: DeliveriesDeliveryEvent
    #: `waiting`, `delivered`, `started` where a run was ordered, `dead` where it was given up
    state: str
    #: tries since it was made, or replayed
    attempts: int
    #: when it is tried next; `null` where it has ended, or waits for one before it of the same product
    next_at: Any
    created_at: str
    ended_at: str
    #: the last twenty
    tries: list[DeliveriesDeliveryTry]
    #: the first kilobyte of the receiver's last answer, where that was no success
    answer: Any
    #: the run that was ordered
    run_id: str | None


class Deliveries(TypedDict):
    """`meshwright/deliveries/1`, see json.md."""

    schema: Literal["meshwright/deliveries/1"]
    #: each a delivery, newest first
    deliveries: list[DeliveriesDelivery]
    #: by URL: the cursor of the next page; `null` where this is the last
    next: str | None


DeliveryState = Literal["waiting", "delivered", "started", "dead"]


class DeliveryEvent(TypedDict):
    """Part of a document."""

    source: str
    id: str
    type: str
    number: int


class DeliveryTry(TypedDict):
    """Part of a document."""

    #: `status` is `null` where there was no answer, `error` where it was taken
    at: str | None
    #: `status` is `null` where there was no answer, `error` where it was taken
    seconds: float | None
    #: `status` is `null` where there was no answer, `error` where it was taken
    status: Any
    #: `status` is `null` where there was no answer, `error` where it was taken
    error: str | None


class Delivery(TypedDict):
    """`meshwright/delivery/1`, see json.md."""

    schema: Literal["meshwright/delivery/1"]
    #: goes along as `webhook-id`: however often it is sent, it is the same
    id: str
    subscription: str
    event: DeliveryEvent
    #: `waiting`, `delivered`, `started` where a run was ordered, `dead` where it was given up
    state: str
    #: tries since it was made, or replayed
    attempts: int
    #: when it is tried next; `null` where it has ended, or waits for one before it of the same product
    next_at: str | None
    created_at: str
    ended_at: str | None
    #: the last twenty
    tries: list[DeliveryTry]
    #: the first kilobyte of the receiver's last answer, where that was no success
    answer: Any
    #: the run that was ordered
    run_id: Any


class DomainsDomain(TypedDict):
    """Part of a document."""

    name: NotRequired[str | None]
    purpose: NotRequired[str | None]
    owners: NotRequired[list[str | None]]
    products: NotRequired[list[str | None]]


class Domains(TypedDict):
    """`meshwright/domains/1`, see json.md."""

    schema: Literal["meshwright/domains/1"]
    environment: str | None
    generation: int | None
    total: int | None
    domains: list[DomainsDomain]
    next: str | None
    links: dict[str, Any]


class ShowDomain(TypedDict):
    """`meshwright/show/1`, see json.md."""

    schema: Literal["meshwright/show/1"]
    kind: str
    address: str
    #: from `domain.yaml`
    purpose: str
    #: from `domain.yaml`
    owners: list[str]
    #: addresses
    products: list[str]
    links: NotRequired[dict[str, Any]]


class EnvironmentsEnvironment(TypedDict):
    """Part of a document."""

    name: str
    generation: int
    #: as above
    base: str | None
    #: as above
    base_generation: int | None
    #: of sandboxes
    created_at: str | None
    #: of sandboxes
    created_by: str | None
    #: when a sandbox was last made, run, rebased or extended; `null` where it is not there yet, or no more
    touched_at: str | None
    #: as above
    expires_at: str | None
    #: of a sandbox that is provisioned: `making`, `made` or `leaving` (being given up); else `null`
    provisioning: str | None


class Environments(TypedDict):
    """`meshwright/environments/1`, see json.md."""

    schema: Literal["meshwright/environments/1"]
    #: those that `mesh.yaml` declares, then the sandboxes, each by name
    environments: list[EnvironmentsEnvironment]
    #: as in calls list
    next: str | None


class EnvironmentAnswerProvisionedNode(TypedDict):
    """Part of a document."""

    name: str
    tool: str
    #: `waiting`, `begun` (it may have done a part), `done`, `undoing` (its undo was begun, or failed), `undone` or
    #: `left` (it stays)
    state: str
    #: whether the component says how it is undone
    undo: bool
    #: what it left, and where its tool shows it; `null` where it does not
    values: dict[str, Any] | None
    #: what it left, and where its tool shows it; `null` where it does not
    url: Any
    #: why it, or its undo, failed last; else `null`
    error: Any
    #: the run that did it, or tried last
    run_id: str


class EnvironmentAnswerProvisioned(TypedDict):
    """Part of a document."""

    #: key under `sandboxes.provision`, component and version
    name: str
    #: key under `sandboxes.provision`, component and version
    component: str
    #: parameter: value
    params: dict[str, Any]
    #: in the order in which they run
    nodes: list[EnvironmentAnswerProvisionedNode]


class EnvironmentAnswer(TypedDict):
    """`meshwright/environment-answer/1`, see json.md."""

    schema: Literal["meshwright/environment-answer/1"]
    #: its name
    environment: str
    #: its newest generation, 0 where nothing was published into it
    generation: int
    #: objects whose pointers moved: datasets, ports (`product/port`) and products, by address; of a sandbox that
    #: was given up, those that were its own
    changed: list[str]
    seconds: float
    #: of a sandbox: what it lies over, and the generation of it that shines through; else `null`
    base: str | None
    #: of a sandbox: what it lies over, and the generation of it that shines through; else `null`
    base_generation: int | None
    #: when it expires unless it is used; `null` for never
    expires_at: str | None
    #: things worth knowing
    notes: list[str]
    #: what a sandbox is provisioned with, in the order in which it is done; of `env delete` as it was before
    provisioned: list[EnvironmentAnswerProvisioned]


class EnvironmentSample(TypedDict):
    """Part of a document."""

    #: one of the two, the other is `null`
    percent: float | None
    #: one of the two, the other is `null`
    rows: Any


class EnvironmentPin(TypedDict):
    """Part of a document."""

    object: str
    #: where the pin stands: in a sandbox, pins of its base hold as well
    environment: str
    #: what it is held at; `null`: held absent
    revision: str | None
    at: str
    by: str
    reason: str


class EnvironmentDrift(TypedDict):
    """Part of a document."""

    #: `dataset`, `port` or `product`
    object: str
    #: `dataset`, `port` or `product`
    kind: str
    #: revision in that generation and now; `null` where it was not there, or is there no more
    before: str | None
    #: revision in that generation and now; `null` where it was not there, or is there no more
    after: str | None
    #: whether the sandbox has it among `own[]`: a promotion would meet it
    own: bool


class EnvironmentHistoryChanged(TypedDict):
    """Part of a document."""

    #: revisions; `null` for absent
    object: str | None
    #: revisions; `null` for absent
    before: str | None
    #: revisions; `null` for absent
    after: str | None


class EnvironmentHistory(TypedDict):
    """Part of a document."""

    generation: int
    at: str
    by: str
    #: `run`, `promote`, `rollback`, `rebase`, `pin` or `drop` (of a variation)
    action: str
    reason: str
    #: `null` where only pointers moved
    run_id: str | None
    #: of a sandbox: what shone through then
    base_generation: int | None
    changed: list[EnvironmentHistoryChanged]


class EnvironmentProvisionedNode(TypedDict):
    """Part of a document."""

    name: str
    tool: str
    #: `waiting`, `begun` (it may have done a part), `done`, `undoing` (its undo was begun, or failed), `undone` or
    #: `left` (it stays)
    state: str
    #: whether the component says how it is undone
    undo: bool
    #: what it left, and where its tool shows it; `null` where it does not
    values: dict[str, Any] | None
    #: what it left, and where its tool shows it; `null` where it does not
    url: Any
    #: why it, or its undo, failed last; else `null`
    error: Any
    #: the run that did it, or tried last
    run_id: str


class EnvironmentProvisioned(TypedDict):
    """Part of a document."""

    #: key under `sandboxes.provision`, component and version
    name: str
    #: key under `sandboxes.provision`, component and version
    component: str
    #: parameter: value
    params: dict[str, Any]
    #: in the order in which they run
    nodes: list[EnvironmentProvisionedNode]


class Environment(TypedDict):
    """`meshwright/environment/1`, see json.md."""

    schema: Literal["meshwright/environment/1"]
    #: as in the list
    name: str
    #: as in the list
    generation: int
    #: as in the list
    base: str | None
    #: as in the list
    base_generation: int | None
    #: as in the list
    created_at: str | None
    #: as in the list
    created_by: str | None
    #: as in the list
    touched_at: str | None
    #: as in the list
    expires_at: str | None
    #: of a sandbox that leaves rows out: how many it shows; else `null`
    sample: EnvironmentSample
    #: the commit that its newest publication came from; `null` where that was not clean git
    commit: Any
    #: object: version of a dataset, revision of a port or product; what shines through in a sandbox is among them
    pointers: dict[str, Any]
    #: of a sandbox: objects for which it has a pointer, or a tombstone, of its own
    own: list[str]
    #: what is held
    pins: list[EnvironmentPin]
    #: of a sandbox: objects of its base that moved since the generation that it lies over
    drift: list[EnvironmentDrift]
    #: with `--history`: generations, newest first
    history: list[EnvironmentHistory]
    #: as in the list
    provisioning: str | None
    #: what a sandbox is provisioned with, in the order in which it is done
    provisioned: list[EnvironmentProvisioned]


class EnvironmentDiffDatasetCodeParameter(TypedDict):
    """Part of a document."""

    name: str
    before: str
    after: str


class EnvironmentDiffDatasetCodeInput(TypedDict):
    """Part of a document."""

    #: version ids; `null` where it is not read
    dataset: str | None
    #: version ids; `null` where it is not read
    before: str | None
    #: version ids; `null` where it is not read
    after: str | None


class EnvironmentDiffDatasetCode(TypedDict):
    """Part of a document."""

    #: in the words of plans; empty where the version is the same
    reasons: list[str]
    #: values that differ
    parameters: list[EnvironmentDiffDatasetCodeParameter]
    #: inputs that differ
    inputs: list[EnvironmentDiffDatasetCodeInput]


class EnvironmentDiffDatasetSchemaColumn(TypedDict):
    """Part of a document."""

    #: as the changes of a plan
    path: str
    #: as the changes of a plan
    kind: str
    #: as the changes of a plan
    level: str
    #: as the changes of a plan
    message: str
    #: as the changes of a plan
    policy: bool


class EnvironmentDiffDatasetSchemaContract(TypedDict):
    """Part of a document."""

    #: as `datasets[].schema.columns[]`
    path: str
    #: as `datasets[].schema.columns[]`
    kind: str
    #: as `datasets[].schema.columns[]`
    level: str
    #: as `datasets[].schema.columns[]`
    message: str
    #: as `datasets[].schema.columns[]`
    policy: bool


class EnvironmentDiffDatasetSchema(TypedDict):
    """Part of a document."""

    #: the greatest of its changes, see compatibility
    level: str
    #: columns and types as built
    columns: list[EnvironmentDiffDatasetSchemaColumn]
    #: what contracts that hold it say of it; of a variation nothing, for it has no ports
    contract: list[EnvironmentDiffDatasetSchemaContract]


class EnvironmentDiffDatasetRowsColumnBefore(TypedDict):
    """Part of a document."""

    nulls: int
    #: different values, nulls aside
    distinct: int
    #: `false` where they are estimated, of very many rows
    distinct_exact: bool
    min: str | float
    max: str | float
    #: of numbers
    mean: float | None


class EnvironmentDiffDatasetRowsColumnAfter(TypedDict):
    """Part of a document."""

    nulls: int
    #: different values, nulls aside
    distinct: int
    #: `false` where they are estimated, of very many rows
    distinct_exact: bool
    min: str | float
    max: str | float
    #: of numbers
    mean: float | None


class EnvironmentDiffDatasetRowsColumn(TypedDict):
    """Part of a document."""

    name: str
    #: rows whose value differs, and their share of the rows that both versions have; `null` where rows were
    #: compared as wholes
    changed: int | None
    #: rows whose value differs, and their share of the rows that both versions have; `null` where rows were
    #: compared as wholes
    change_rate: float | None
    #: what stands in it
    before: EnvironmentDiffDatasetRowsColumnBefore
    #: what stands in it
    after: EnvironmentDiffDatasetRowsColumnAfter


class EnvironmentDiffDatasetRowsSample(TypedDict):
    """Part of a document."""

    #: `added`, `removed` or `changed`
    change: str
    #: column: value; `null` where there is no such row
    before: dict[str, Any] | None
    #: column: value; `null` where there is no such row
    after: dict[str, Any] | None
    #: how many rows look like this
    times: int


class EnvironmentDiffDatasetRows(TypedDict):
    """Part of a document."""

    #: rows of each version
    before: int
    #: rows of each version
    after: int
    added: int
    removed: int
    #: rows of one key that differ in other columns; `null` where rows were compared as wholes, each being added or
    #: removed
    changed: int | None
    unchanged: int
    #: the columns that rows were matched by; empty where they were compared as wholes, and where nothing was read
    key: list[str]
    #: why the key could not be used; else `null`
    key_problem: Any
    #: whether rows were read: equal content digests, new and removed datasets need no look
    read: bool
    #: columns that both have; empty where nothing was read
    columns: list[EnvironmentDiffDatasetRowsColumn]
    #: at most `--sample` added, removed and changed rows each, in the order of the key
    sample: list[EnvironmentDiffDatasetRowsSample]


class EnvironmentDiffDatasetTestBefore(TypedDict):
    """Part of a document."""

    #: in words; `null` in records of an older release
    rule: str | None
    action: str
    #: as in a test; `null` where none is recorded
    verdict: str | None
    value: int
    failing_rows: Any


class EnvironmentDiffDatasetTestAfter(TypedDict):
    """Part of a document."""

    #: in words; `null` in records of an older release
    rule: str | None
    action: str
    #: as in a test; `null` where none is recorded
    verdict: str | None
    value: int
    failing_rows: int | None


class EnvironmentDiffDatasetTest(TypedDict):
    """Part of a document."""

    id: str
    #: `new`, `removed`, `changed`: it demands something else or acts otherwise; `verdict`: the same rule has
    #: another answer
    change: str
    #: `null` where there was, or is, no such rule
    before: EnvironmentDiffDatasetTestBefore
    #: `null` where there was, or is, no such rule
    after: EnvironmentDiffDatasetTestAfter


class EnvironmentDiffDataset(TypedDict):
    """Part of a document."""

    dataset: str
    #: `new`: in the sandbox alone; `removed`: the sandbox dropped it; `changed`
    change: str
    #: version ids; `null` where it does not stand
    before: str | None
    #: version ids; `null` where it does not stand
    after: str | None
    #: why the versions are two
    code: EnvironmentDiffDatasetCode
    schema: EnvironmentDiffDatasetSchema
    #: on the columns that both versions have; `null` with `--no-data`, and where a version is not recorded
    rows: EnvironmentDiffDatasetRows
    #: rules that differ, as recorded when the versions were published
    tests: list[EnvironmentDiffDatasetTest]


class EnvironmentDiffProductCodeBefore(TypedDict):
    """Part of a document."""

    #: digest of its files
    code: str
    #: `null` where it was not clean git
    commit: Any


class EnvironmentDiffProductCodeAfter(TypedDict):
    """Part of a document."""

    #: digest of its files
    code: str
    #: `null` where it was not clean git
    commit: Any


class EnvironmentDiffProductCode(TypedDict):
    """Part of a document."""

    #: `null` where the product does not stand
    before: EnvironmentDiffProductCodeBefore
    #: `null` where the product does not stand
    after: EnvironmentDiffProductCodeAfter


class EnvironmentDiffProductPortChange(TypedDict):
    """Part of a document."""

    #: as above
    path: str
    #: as above
    kind: str
    #: as above
    level: str
    #: as above
    message: str
    #: as above
    policy: bool


class EnvironmentDiffProductPort(TypedDict):
    """Part of a document."""

    port: str
    change: str
    level: str
    changes: list[EnvironmentDiffProductPortChange]


class EnvironmentDiffProduct(TypedDict):
    """Part of a document."""

    #: as of datasets
    product: str
    #: as of datasets
    change: str
    #: what each side was published from
    code: EnvironmentDiffProductCode
    #: those of `datasets[]` that are its own
    datasets: list[str]
    #: ports that differ
    ports: list[EnvironmentDiffProductPort]


class EnvironmentDiffPolicy(TypedDict):
    """Part of a document."""

    #: `object` is `null` where it is about none
    policy: str | None
    #: `object` is `null` where it is about none
    level: str | None
    #: `object` is `null` where it is about none
    object: str | None
    #: `object` is `null` where it is about none
    message: str | None


class EnvironmentDiff(TypedDict):
    """`meshwright/environment-diff/1`, see json.md."""

    schema: Literal["meshwright/environment-diff/1"]
    #: the sandbox
    environment: str
    #: the sandbox
    generation: int
    #: what it is compared with
    base: str
    #: what it is compared with
    base_generation: int
    #: each a difference: those whose version, contract or verdicts differ, by name
    datasets: list[EnvironmentDiffDataset]
    #: those that anything of differs, by name
    products: list[EnvironmentDiffProduct]
    #: violations about those products with the files of the sandbox's newest run that were none with those of the
    #: base's
    policies: list[EnvironmentDiffPolicy]
    #: what could not be told, and why
    notes: list[str]
    seconds: float


class RebaseDrift(TypedDict):
    """Part of a document."""

    #: as in env show
    object: str
    #: as in env show
    kind: str
    #: as in env show
    before: str | None
    #: as in env show
    after: str
    #: as in env show
    own: bool


class RebaseRebuild(TypedDict):
    """Part of a document."""

    #: as in a plan: `build` or `pending`
    dataset: str
    #: as in a plan: `build` or `pending`
    action: str
    #: as in a plan: `build` or `pending`
    reasons: list[str]


class Rebase(TypedDict):
    """`meshwright/rebase/1`, see json.md."""

    schema: Literal["meshwright/rebase/1"]
    #: the sandbox as it is now
    environment: str
    #: the sandbox as it is now
    generation: int
    #: the sandbox as it is now
    base: str
    #: the sandbox as it is now
    base_generation: int
    #: objects that are its own no more: the base shows the same
    changed: list[str]
    #: objects of the base that moved between the two generations
    drift: list[RebaseDrift]
    #: what the next run into it builds, in order
    rebuild: list[RebaseRebuild]
    seconds: float
    #: what went less well, for example files for plain readers that could not be written
    notes: list[Any]


class Promotion(TypedDict):
    """`meshwright/promotion/1`, see json.md."""

    schema: Literal["meshwright/promotion/1"]
    #: what was promoted to
    environment: str
    #: what was promoted
    sandbox: str
    #: the environment's newest generation
    generation: int
    #: objects whose pointers moved; empty where it was stopped
    changed: list[str]
    seconds: float
    #: as in the document of its run
    run_id: str
    #: as in the document of its run
    state: str
    #: the same
    steps: list[dict[str, Any]]
    #: as there: evidence that was missing for the rules of the environment
    tests: list[Any]
    #: as in the document of its run
    published: list[str]
    #: the same
    not_published: list[Any]
    #: as in the document of its run
    notes: list[str]
    #: as in the document of its run
    error: Any


#: Part of a document
RunRequestRequestAsked = TypedDict(
    "RunRequestRequestAsked",
    {
        "environment": NotRequired[Any],
        "interval": NotRequired[Any],
        "only": NotRequired[bool],
        "params": NotRequired[dict[str, Any]],
        "refresh": NotRequired[bool],
        "retest": NotRequired[bool],
        "select": NotRequired[list[str | None]],
        "variation": NotRequired[Any],
        "from": NotRequired[str | None],
        "run": NotRequired[str | None],
    },
)


class RunRequestRequest(TypedDict):
    """Part of a document."""

    kind: NotRequired[str | None]
    state: NotRequired[str | None]
    reason: NotRequired[str | None]
    error: NotRequired[Any]
    asked: NotRequired[RunRequestRequestAsked]
    by: NotRequired[str | None]
    requested_at: NotRequired[str | None]
    ended_at: NotRequired[Any]
    attempts: NotRequired[int | None]
    stop_asked: NotRequired[bool]


class RunRequest(TypedDict):
    """`meshwright/run-request/1`, see json.md."""

    schema: Literal["meshwright/run-request/1"]
    run_id: str | None
    url: str | None
    state: str | None
    environment: str | None
    request: RunRequestRequest


class EventsEvent(TypedDict):
    """Part of a document."""

    #: grows in the order in which events came; streams go on by it
    number: int
    #: types that begin with `meshwright.` are told by meshwright itself, see events
    source: str
    #: types that begin with `meshwright.` are told by meshwright itself, see events
    id: str
    #: types that begin with `meshwright.` are told by meshwright itself, see events
    type: str
    received_at: str
    by: str
    #: when the triggers were asked, `null` before; what runs tell is not asked of triggers
    handled_at: str | None
    #: the event as it came
    event: dict[str, Any]


class Events(TypedDict):
    """`meshwright/events/1`, see json.md."""

    schema: Literal["meshwright/events/1"]
    #: newest first
    events: list[EventsEvent]
    #: by URL: the cursor of the next page; `null` where this is the last
    next: str | None


class EventSendEvent(TypedDict):
    """Part of a document."""

    source: str
    id: str
    type: str
    #: `false` where an event of this source and id was there already
    new: bool


class EventSend(TypedDict):
    """`meshwright/event-send/1`, see json.md."""

    schema: Literal["meshwright/event-send/1"]
    #: in the order of the file
    events: list[EventSendEvent]
    #: how many
    new: int
    #: how many
    known: int


class CheckDiagnostic(TypedDict):
    """Part of a document."""

    #: what it is, see diagnostic codes
    code: str
    #: `error`, `warning` or `info`
    severity: str
    #: what is wrong, in words
    message: str
    #: where; lines and columns count from 1; `null` where it is no place in a file
    file: str | None
    #: where; lines and columns count from 1; `null` where it is no place in a file
    line: int | None
    #: where; lines and columns count from 1; `null` where it is no place in a file
    column: int | None
    #: what to do
    fix: str
    #: address of what it is about
    object: str


class Check(TypedDict):
    """`meshwright/check/1`, see json.md."""

    schema: Literal["meshwright/check/1"]
    #: whether no finding is an error
    ok: bool
    #: each a finding, sorted by place
    diagnostics: list[CheckDiagnostic]
    #: how much was looked at: domains, products, datasets, ports, files
    counts: dict[str, Any]


class PoliciesPolicy(TypedDict):
    """Part of a document."""

    #: what commands call it: its name, of a domain's policy `domain.name`
    policy: str
    #: whose objects it judges; `null` for the whole mesh
    domain: str | None
    #: `advise`, `warn` or `block`
    level: str
    #: why it is there, and how to keep it
    why: str
    #: why it is there, and how to keep it
    fix: str
    #: tables that it reads
    reads: list[str]
    #: whether no file has it: it judges what the files would change of what is published
    built_in: bool
    #: where it is written; `null` for one that is built in
    file: str | None
    #: where it is written; `null` for one that is built in
    line: int | None
    #: how many stand, and how many are exempted; `null` where it was not judged
    violations: int | None
    #: how many stand, and how many are exempted; `null` where it was not judged
    exempted: int | None
    #: exemptions from it that hold today
    exemptions: int
    #: why it cannot be judged, a finding; else `null`
    problem: dict[str, Any] | None


class Policies(TypedDict):
    """`meshwright/policies/1`, see json.md."""

    schema: Literal["meshwright/policies/1"]
    #: whether they were judged: not while the mesh has errors
    judged: bool
    #: each a policy: those of the mesh, then those of each domain, then those that are built in
    policies: list[PoliciesPolicy]


class PolicyTestViolation(TypedDict):
    """Part of a document."""

    #: address of what it is about, or what the policy calls it
    object: str
    #: what is wrong
    message: str
    #: where
    file: str
    #: where
    line: int
    #: the exemption under which it is agreed, with the fields of exemption list; else `null`
    exemption: dict[str, Any] | None


class PolicyTestExampleMissing(TypedDict):
    """Part of a document."""

    #: as expected; `message` is `null` for any
    object: str | None
    #: as expected; `message` is `null` for any
    message: str | None


class PolicyTestExampleUnexpected(TypedDict):
    """Part of a document."""

    object: str
    message: str


class PolicyTestExample(TypedDict):
    """Part of a document."""

    #: which one
    name: str
    #: whether the policy found what it was to find, and nothing else
    ok: bool
    #: which one
    file: str
    #: which one
    line: int
    #: violations that were expected and not found
    missing: list[PolicyTestExampleMissing]
    #: violations that were found and not expected
    unexpected: list[PolicyTestExampleUnexpected]
    #: why the policy could not be asked, a finding; else `null`
    problem: Any


class PolicyTestDiagnostic(TypedDict):
    """Part of a document."""

    #: what it is, see diagnostic codes
    code: str
    #: `error`, `warning` or `info`
    severity: str
    #: what is wrong, in words
    message: str
    #: where; lines and columns count from 1; `null` where it is no place in a file
    file: str | None
    #: where; lines and columns count from 1; `null` where it is no place in a file
    line: int | None
    #: where; lines and columns count from 1; `null` where it is no place in a file
    column: int | None
    #: what to do
    fix: str
    #: address of what it is about
    object: Any


class PolicyTest(TypedDict):
    """`meshwright/policy-test/1`, see json.md."""

    schema: Literal["meshwright/policy-test/1"]
    #: whether it is kept, but for what is exempted, and its examples are as expected
    ok: bool
    #: what commands call it: its name, of a domain's policy `domain.name`
    policy: str
    #: whose objects it judges; `null` for the whole mesh
    domain: Any
    #: `advise`, `warn` or `block`
    level: str
    #: why it is there, and how to keep it
    why: str
    #: why it is there, and how to keep it
    fix: str
    #: tables that it reads
    reads: list[str]
    #: whether no file has it: it judges what the files would change of what is published
    built_in: bool
    #: where it is written; `null` for one that is built in
    file: str | None
    #: where it is written; `null` for one that is built in
    line: int | None
    #: all of them, those that stand first
    violations: list[PolicyTestViolation]
    #: rows of a domain's policy about other domains, which do not count
    elsewhere: int
    #: each an example
    examples: list[PolicyTestExample]
    #: each a finding: what a draft still lacks
    diagnostics: list[PolicyTestDiagnostic]


class PolicyExamplesPolicyExampleMissing(TypedDict):
    """Part of a document."""

    #: as expected; `message` is `null` for any
    object: str | None
    #: as expected; `message` is `null` for any
    message: str | None


class PolicyExamplesPolicyExampleUnexpected(TypedDict):
    """Part of a document."""

    object: str
    message: str


class PolicyExamplesPolicyExample(TypedDict):
    """Part of a document."""

    #: which one
    name: str
    #: whether the policy found what it was to find, and nothing else
    ok: bool
    #: which one
    file: str
    #: which one
    line: int
    #: violations that were expected and not found
    missing: list[PolicyExamplesPolicyExampleMissing]
    #: violations that were found and not expected
    unexpected: list[PolicyExamplesPolicyExampleUnexpected]
    #: why the policy could not be asked, a finding; else `null`
    problem: Any


class PolicyExamplesPolicy(TypedDict):
    """Part of a document."""

    #: what commands call it
    policy: str
    #: of its examples
    ok: bool
    #: of its examples
    file: str
    #: each an example
    examples: list[PolicyExamplesPolicyExample]


class PolicyExamples(TypedDict):
    """`meshwright/policy-examples/1`, see json.md."""

    schema: Literal["meshwright/policy-examples/1"]
    #: whether all examples are as expected
    ok: bool
    #: those that have examples
    policies: list[PolicyExamplesPolicy]
    #: policies that have none
    untested: list[str]


class ExemptionsExemption(TypedDict):
    """Part of a document."""

    #: from which policy; `domain` is `null` for one of the whole mesh
    policy: str | None
    #: from which policy; `domain` is `null` for one of the whole mesh
    domain: Any
    #: what is exempted, with everything in it
    object: str
    #: who answers for it, and why
    owner: str
    #: who answers for it, and why
    reason: str
    #: last day on which it holds
    expires: str
    #: where it is written
    file: str
    #: where it is written
    line: int
    #: `holds`, `expired`, or `wrong` where its policy or its object is not there
    state: str
    #: violations that it covers now; `null` while the mesh has errors
    covers: int | None


class Exemptions(TypedDict):
    """`meshwright/exemptions/1`, see json.md."""

    schema: Literal["meshwright/exemptions/1"]
    #: the day of the answer, UTC
    day: str
    #: those of the mesh, then those of each domain
    exemptions: list[ExemptionsExemption]


class ExplainNode(TypedDict):
    """Part of a document."""

    #: address, and `sql`, `python` or `source`
    dataset: str
    #: address, and `sql`, `python` or `source`
    kind: str
    #: addresses
    reads: list[str]
    #: addresses
    after: list[Any]
    #: name: the setting that wins, with `level`, `value`, `file`, `line`, `column`
    params: dict[str, Any]
    #: where the node is written
    file: str
    #: where the node is written
    line: int


class ExplainParameterLevel(TypedDict):
    """Part of a document."""

    #: `mesh`, `domain d`, `pipeline d.p`, `node d.p.n`, `environment e` or `variation v of d.p`
    level: str
    #: its value, and whether it wins
    value: str | int
    #: where it is written
    file: str
    #: where it is written
    line: int
    #: where it is written
    column: int
    #: its value, and whether it wins
    wins: bool


class ExplainParameter(TypedDict):
    """Part of a document."""

    #: the value that wins
    name: str
    #: the value that wins
    type: str
    #: the value that wins
    value: str | int
    #: datasets whose node uses it, and `rules of <dataset>`
    used_by: list[str]
    #: what every level says, the strongest first
    levels: list[ExplainParameterLevel]


class Explain(TypedDict):
    """`meshwright/explain/1`, see json.md."""

    schema: Literal["meshwright/explain/1"]
    #: what was asked for, in full
    object: str
    #: `dataset`, `pipeline` (of a product or variation), `parameter` or `version`
    kind: str
    #: words for people
    lines: list[str]
    #: of a pipeline: its nodes as they are run
    nodes: list[ExplainNode]
    #: of a parameter: one for each value that somebody gets; of a pipeline: all that hold in it
    parameters: list[ExplainParameter]


class ComponentsComponentVersionParam(TypedDict):
    """Part of a document."""

    name: str
    type: str
    #: as text; `null`: must be given
    default: str | None
    #: the values that it may have, as text; empty: all of its type
    enum: list[str]
    #: the input whose columns it names
    of: str | None
    description: str | None


class ComponentsComponentVersion(TypedDict):
    """Part of a document."""

    #: as `component.yaml` has them
    version: str
    #: as `component.yaml` has them
    description: str
    #: as `component.yaml` has them
    owners: list[str]
    #: input: columns that it must have, with their types
    inputs: dict[str, Any]
    #: output: node inside; the first is the default
    outputs: dict[str, Any]
    #: its parameters
    params: list[ComponentsComponentVersionParam]
    #: of its files
    digest: str
    #: `mesh`, `domain <name>`, `kept` or `meshwright`
    source: str
    #: where it lies
    folder: str


class ComponentsComponentUse(TypedDict):
    """Part of a document."""

    #: who; as written; the version that it has
    node: str
    #: who; as written; the version that it has
    asked: str
    #: who; as written; the version that it has
    version: str
    #: whether the lock file says so
    locked: bool
    #: the use in whose component it stands; `null` for one that somebody wrote
    inside: Any
    #: what it became
    datasets: list[str]
    #: where it is written
    file: str
    #: where it is written
    line: int


class ComponentsComponent(TypedDict):
    """Part of a document."""

    #: in full: `best` of the mesh, `sales.best` of a domain, `std.top_n`
    name: str
    #: the newest version
    newest: str
    #: oldest first
    versions: list[ComponentsComponentVersion]
    #: the nodes that use it
    uses: list[ComponentsComponentUse]


class Components(TypedDict):
    """`meshwright/components/1`, see json.md."""

    schema: Literal["meshwright/components/1"]
    #: each component
    components: list[ComponentsComponent]


class ComponentVersionParam(TypedDict):
    """Part of a document."""

    name: str
    type: str
    #: as text; `null`: must be given
    default: str | None
    #: the values that it may have, as text; empty: all of its type
    enum: list[Any]
    #: the input whose columns it names
    of: str | None
    description: str | None


class ComponentVersion(TypedDict):
    """Part of a document."""

    #: as `component.yaml` has them
    version: str
    #: as `component.yaml` has them
    description: str
    #: as `component.yaml` has them
    owners: list[str]
    #: input: columns that it must have, with their types
    inputs: dict[str, Any]
    #: output: node inside; the first is the default
    outputs: dict[str, Any]
    #: its parameters
    params: list[ComponentVersionParam]
    #: of its files
    digest: str
    #: `mesh`, `domain <name>`, `kept` or `meshwright`
    source: str
    #: where it lies
    folder: str


class ComponentUse(TypedDict):
    """Part of a document."""

    #: who; as written; the version that it has
    node: str
    #: who; as written; the version that it has
    asked: str
    #: who; as written; the version that it has
    version: str
    #: whether the lock file says so
    locked: bool
    #: the use in whose component it stands; `null` for one that somebody wrote
    inside: Any
    #: what it became
    datasets: list[str]
    #: where it is written
    file: str
    #: where it is written
    line: int


class Component(TypedDict):
    """`meshwright/component/1`, see json.md."""

    schema: Literal["meshwright/component/1"]
    #: in full: `best` of the mesh, `sales.best` of a domain, `std.top_n`
    name: str
    #: the newest version
    newest: str
    #: oldest first
    versions: list[ComponentVersion]
    #: the nodes that use it
    uses: list[ComponentUse]


class VariationsVariation(TypedDict):
    """Part of a document."""

    #: `domain.product@variation`
    variation: str
    #: `false` where the files have it no more: it stands until the next run, or until it is dropped
    declared: bool
    #: parameter: the value that it sets
    params: dict[str, Any]
    #: names of the nodes that it builds
    nodes: list[str]
    #: its datasets that stand in the environment
    published: list[str]
    #: where it is declared; `null` where it is not
    file: str | None
    #: where it is declared; `null` where it is not
    line: int | None
    #: where it is declared; `null` where it is not
    column: int | None


class Variations(TypedDict):
    """`meshwright/variations/1`, see json.md."""

    schema: Literal["meshwright/variations/1"]
    #: where was looked
    environment: str
    #: where was looked
    generation: int
    #: those that pipelines declare, and those that stand in the environment, by address
    variations: list[VariationsVariation]


#: Part of a document
LineageEdge = TypedDict("LineageEdge", {"from": str, "to": str, "kind": str})


class LineageOutsideDatasetName(TypedDict):
    """Part of a document."""

    #: in normal form
    namespace: str
    #: in normal form
    name: str


class LineageOutsideDataset(TypedDict):
    """Part of a document."""

    id: str
    #: what it is called where it stands among others: namespace and name; the address of one of this mesh
    node: str
    #: the first of its names
    namespace: str
    #: the first of its names
    name: str
    #: all names that are of this dataset
    names: list[LineageOutsideDatasetName]
    #: the times of the first and the last event about it
    first_seen: str
    #: the times of the first and the last event about it
    last_seen: str


class LineageOutsideJob(TypedDict):
    """Part of a document."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: Any
    #: the time of the last event about it
    last_seen: str
    #: what its datasets are called: those of this mesh by their address
    reads: list[str]
    #: what its datasets are called: those of this mesh by their address
    writes: list[str]


class LineageOutside(TypedDict):
    """Part of a document."""

    #: each an outside dataset among `nodes[]`
    datasets: list[LineageOutsideDataset]
    #: each an outside job that an edge leads through, or that only reads or only writes what is shown
    jobs: list[LineageOutsideJob]


class Lineage(TypedDict):
    """`meshwright/lineage/1`, see json.md."""

    schema: Literal["meshwright/lineage/1"]
    #: the dataset or column
    object: str
    #: it, and all up and down stream: datasets, or columns where it is a column
    nodes: list[str]
    edges: list[LineageEdge]
    #: of a column: datasets whose columns are not followed, and why: a node of a tool tells of them when it has
    #: run, or never
    notes: list[Any]
    #: what of it lies outside, as outside tools told; `null` where nothing does. In `nodes[]` and `edges[]` such a
    #: dataset stands as its namespace and name, `s3://lake/marts/orders`
    outside: LineageOutside


Direction = Literal["both", "up", "down"]


class ImpactUse(TypedDict):
    """Part of a document."""

    #: `product`; `outside job`; `dashboard`, `report`, `model` or `application` as `consumers.yaml` has it
    kind: str
    #: address of the product, or name of the job or declared consumer
    consumer: str
    #: of its domain, or the declared one; of a job outside as its tool tells
    owners: list[str]
    #: of a product its own; of others the one that they read
    dataset: str
    #: of a declared consumer: the port that it reads
    port: str | None
    #: 1 for who reads it itself, and one more for each model or outside job between
    distance: int
    #: the columns that it uses, of the object or of what is made from it; none where it only counts rows
    reads: list[str]
    #: of a product: its own columns that are made from them; of a job outside those of what it writes. `X.*` is a
    #: column of `X` of which no tool tells which it is
    gives: list[str]
    #: as in what breaks
    query: str | None
    #: as in what breaks
    file: str
    #: as in what breaks
    line: int
    #: as in what breaks
    column: int
    #: as in what breaks
    url: str | None
    #: of a job outside: its id, see jobs, what it writes, and when it was last heard to read the dataset
    job: Any
    #: of a job outside: its id, see jobs, what it writes, and when it was last heard to read the dataset
    writes: list[Any]
    #: of a job outside: its id, see jobs, what it writes, and when it was last heard to read the dataset
    last_seen: Any


class ImpactImpactChange(TypedDict):
    """Part of a document."""

    #: as in plan
    path: str
    #: as in plan
    kind: str
    #: as in plan
    level: str
    #: as in plan
    message: str
    #: as in plan
    policy: bool


class ImpactImpactConsumer(TypedDict):
    """Part of a document."""

    #: `product`; `outside job`; `dashboard`, `report`, `model` or `application` as `consumers.yaml` has it
    kind: str
    #: address of the product, or name of the job or declared consumer
    consumer: str
    #: of its domain, or the declared one; of a job outside as its tool tells
    owners: list[str]
    #: of a product its own dataset that reads; of a declared consumer the one that it reads, `null` for the whole
    #: port
    dataset: str | None
    #: those that break and that it uses; none where what breaks is about no column
    columns: list[str]
    #: of a SQL model: its text
    query: str | None
    #: where the query names the first of the columns, or is; of a declared consumer its entry
    file: str
    #: where the query names the first of the columns, or is; of a declared consumer its entry
    line: int
    #: where the query names the first of the columns, or is; of a declared consumer its entry
    column: int
    #: of a declared consumer
    url: Any
    #: whether `consumers.yaml` has it no more, and the published product does
    struck: bool
    #: of a job outside: its id, see jobs
    job: Any


class ImpactImpactApproval(TypedDict):
    """Part of a document."""

    #: as in exemption list
    object: str
    #: as in exemption list
    owner: str
    #: as in exemption list
    reason: str
    #: as in exemption list
    expires: str


class ImpactImpact(TypedDict):
    """Part of a document."""

    #: its address; it may be gone from the mesh
    port: str
    #: of its contract as it stands
    status: str
    #: whether that promised anything: a draft or proposed contract does not, and nothing is refused
    promised: bool
    #: the major changes: of the contract, of the datasets that the port holds, of its product's status
    changes: list[ImpactImpactChange]
    #: who uses what breaks; none: nobody
    consumers: list[ImpactImpactConsumer]
    #: who may agree: owners of the port's domain, and of the consumers
    approvers: list[str]
    #: the exemption from `breaking_changes` that holds today; `null` without one
    approval: ImpactImpactApproval


class Impact(TypedDict):
    """`meshwright/impact/1`, see json.md."""

    schema: Literal["meshwright/impact/1"]
    #: what stands
    environment: str
    #: what stands
    generation: int
    #: the dataset or column; `null` without one
    object: str | None
    #: of a dataset or column: everything that is made from it, however far down, through outside jobs too, the
    #: nearest first; the jobs outside that read any of that; and its declared consumers
    uses: list[ImpactUse]
    #: each what breaks of a published port; none where there is an object
    impact: list[ImpactImpact]


class TokenCreate(TypedDict):
    """`meshwright/token-create/1`, see json.md."""

    schema: Literal["meshwright/token-create/1"]
    #: by which it is listed and revoked
    id: str
    #: what is sent; told only here
    token: str
    #: `administrator` or `viewer`
    role: str
    #: the domain that calls with it, `null` for none in particular
    domain: str | None
    #: `null` for never
    expires: str | None


class OutsideName(TypedDict):
    """What a job or a dataset is called: a namespace, and a name in it."""

    namespace: str
    name: str


class Taken(TypedDict):
    """`meshwright/taken/1`, see json.md."""

    schema: Literal["meshwright/taken/1"]
    #: how many events were taken in
    received: int
    #: how many of them are meshwright's own, come back to it: they tell nothing
    own: int
    #: facets that were too large to be kept, by place
    left_out: list[Any]


class TestOutcome(TypedDict):
    """What one test found."""

    name: str
    status: Literal["passed", "warned", "failed"]
    value: NotRequired[float | None]
    text: NotRequired[str]


class ListedRunStatus(TypedDict):
    """How a run of an outside job is."""

    #: Idempotency key.
    id: NotRequired[str | None]
    #: When it happened; now, where it is absent.
    time: NotRequired[str | None]
    #: Who tells.
    tool: NotRequired[str]
    job: OutsideName
    run: str
    #: The dataset that it is about: an address of this mesh, or a name outside.
    dataset: NotRequired[OutsideName | str | None]
    event: Literal["run-status"]
    status: Literal["started", "running", "succeeded", "warned", "failed", "stopped"]
    text: NotRequired[str]
    #: Where it is shown.
    url: NotRequired[str]


class ListedDatasetOperation(TypedDict):
    """What was done with a dataset."""

    #: Idempotency key.
    id: NotRequired[str | None]
    #: When it happened; now, where it is absent.
    time: NotRequired[str | None]
    #: Who tells.
    tool: NotRequired[str]
    #: The job that it is about.
    job: NotRequired[OutsideName | None]
    #: What the tool calls the run.
    run: NotRequired[str | None]
    dataset: OutsideName | str
    event: Literal["dataset-operation"]
    operation: Literal["reads", "writes"]
    text: NotRequired[str]


class ListedMetricLog(TypedDict):
    """A figure."""

    #: Idempotency key.
    id: NotRequired[str | None]
    #: When it happened; now, where it is absent.
    time: NotRequired[str | None]
    #: Who tells.
    tool: NotRequired[str]
    #: The job that it is about.
    job: NotRequired[OutsideName | None]
    #: What the tool calls the run.
    run: NotRequired[str | None]
    #: The dataset that it is about: an address of this mesh, or a name outside.
    dataset: NotRequired[OutsideName | str | None]
    event: Literal["metric-log"]
    name: str
    value: float


class ListedMessageLog(TypedDict):
    """A line of a log."""

    #: Idempotency key.
    id: NotRequired[str | None]
    #: When it happened; now, where it is absent.
    time: NotRequired[str | None]
    #: Who tells.
    tool: NotRequired[str]
    #: The job that it is about.
    job: NotRequired[OutsideName | None]
    #: What the tool calls the run.
    run: NotRequired[str | None]
    #: The dataset that it is about: an address of this mesh, or a name outside.
    dataset: NotRequired[OutsideName | str | None]
    event: Literal["message-log"]
    level: NotRequired[Literal["debug", "info", "warning", "error"]]
    text: str


class ListedTestOutcomes(TypedDict):
    """What tests found."""

    #: Idempotency key.
    id: NotRequired[str | None]
    #: When it happened; now, where it is absent.
    time: NotRequired[str | None]
    #: Who tells.
    tool: NotRequired[str]
    #: The job that it is about.
    job: NotRequired[OutsideName | None]
    #: What the tool calls the run.
    run: NotRequired[str | None]
    #: The dataset that it is about: an address of this mesh, or a name outside.
    dataset: NotRequired[OutsideName | str | None]
    event: Literal["test-outcomes"]
    outcomes: list[TestOutcome]


class JobsJobParent(TypedDict):
    """Part of a document."""

    namespace: str
    name: str


class JobsJobNewestRun(TypedDict):
    """Part of a document."""

    #: its UUID of OpenLineage, else made of its job and its key
    id: str
    #: what the tool calls it; empty where it told none
    key: str
    #: `started`, `running`, `succeeded`, `warned`, `failed`, `stopped`; `null` where nothing was said of it
    state: str | None
    #: when it came to that; `null` where nothing was said of it
    state_at: str | None
    #: the times of the first and the last event about it
    started_at: str
    #: the times of the first and the last event about it
    last_seen: str
    #: when the last one came in
    received_at: str
    #: id of the run that it is part of; `null`
    parent: str | None
    #: where the tool shows it; `null`
    url: Any


class JobsJob(TypedDict):
    """Part of a document."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: Any
    #: the time of the last event about it
    last_seen: str
    #: who runs it and what it is there, as far as it is told (the facet `jobType`)
    tool: str | None
    #: who runs it and what it is there, as far as it is told (the facet `jobType`)
    type: str | None
    #: who told of it last
    producer: str
    #: the job that its runs are part of; `null` where none was told
    parent: JobsJobParent
    #: the time of the first event about it
    first_seen: str
    #: what its datasets are called: those of this mesh by their address
    reads: list[str]
    #: what its datasets are called: those of this mesh by their address
    writes: list[str]
    #: an outside run; `null` where none was told of, or all are forgotten
    newest_run: JobsJobNewestRun


class Jobs(TypedDict):
    """`meshwright/jobs/1`, see json.md."""

    schema: Literal["meshwright/jobs/1"]
    #: each an outside job
    jobs: list[JobsJob]
    #: cursor of the next page; `null` on the last
    next: str | None


class JobParent(TypedDict):
    """Part of a document."""

    namespace: str
    name: str


class JobNewestRun(TypedDict):
    """Part of a document."""

    #: its UUID of OpenLineage, else made of its job and its key
    id: str
    #: what the tool calls it; empty where it told none
    key: str
    #: `started`, `running`, `succeeded`, `warned`, `failed`, `stopped`; `null` where nothing was said of it
    state: str | None
    #: when it came to that; `null` where nothing was said of it
    state_at: str | None
    #: the times of the first and the last event about it
    started_at: str
    #: the times of the first and the last event about it
    last_seen: str
    #: when the last one came in
    received_at: str
    #: id of the run that it is part of; `null`
    parent: str | None
    #: where the tool shows it; `null`
    url: Any


class JobRun(TypedDict):
    """Part of a document."""

    #: its UUID of OpenLineage, else made of its job and its key
    id: str
    #: what the tool calls it; empty where it told none
    key: str
    #: `started`, `running`, `succeeded`, `warned`, `failed`, `stopped`; `null` where nothing was said of it
    state: str | None
    #: when it came to that; `null` where nothing was said of it
    state_at: str | None
    #: the times of the first and the last event about it
    started_at: str
    #: the times of the first and the last event about it
    last_seen: str
    #: when the last one came in
    received_at: str
    #: id of the run that it is part of; `null`
    parent: str | None
    #: where the tool shows it; `null`
    url: Any


class JobNote(TypedDict):
    """Part of a document."""

    #: `run-status`, `dataset-operation`, `metric-log`, `message-log`, `test-outcome`
    kind: str
    #: when it happened, and when it was told
    at: str
    #: when it happened, and when it was told
    received_at: str
    #: id of the run; `null`
    run: str | None
    #: of the metric or test
    name: str
    #: the state, the operation, the level, or what the test came to: `passed`, `warned`, `failed`; `null` of a
    #: metric
    word: str | None
    #: the figure; `null`
    value: float | None
    text: str


class Job(TypedDict):
    """`meshwright/job/1`, see json.md."""

    schema: Literal["meshwright/job/1"]
    #: as an outside job has them
    id: str
    #: as an outside job has them
    namespace: str
    #: as an outside job has them
    name: str
    #: as an outside job has them
    within: Any
    #: as an outside job has them
    last_seen: str
    #: as in jobs
    tool: str | None
    #: as in jobs
    type: str | None
    #: as in jobs
    producer: str
    #: as there
    parent: JobParent
    #: as in jobs
    first_seen: str
    #: as in jobs
    reads: list[str]
    #: as in jobs
    writes: list[str]
    #: an outside run; `null` where there is none
    newest_run: JobNewestRun
    #: from its facet `documentation`
    description: Any
    #: what stands said of it, by the name of the facet, as it came
    facets: dict[str, Any]
    #: each an outside run, newest first, 20 at most
    runs: list[JobRun]
    #: each a note, newest first, 20 at most
    notes: list[JobNote]


class OutsideRunDataset(TypedDict):
    """Part of a document."""

    #: what it is called; `reads` or `writes`
    node: str
    #: what it is called; `reads` or `writes`
    direction: str


class OutsideRunNote(TypedDict):
    """Part of a document."""

    #: `run-status`, `dataset-operation`, `metric-log`, `message-log`, `test-outcome`
    kind: str
    #: when it happened, and when it was told
    at: str
    #: when it happened, and when it was told
    received_at: str
    #: id of the run; `null`
    run: str | None
    #: of the metric or test
    name: str
    #: the state, the operation, the level, or what the test came to: `passed`, `warned`, `failed`; `null` of a
    #: metric
    word: str | None
    #: the figure; `null`
    value: float | None
    text: str


class OutsideRun(TypedDict):
    """`meshwright/outside-run/1`, see json.md."""

    schema: Literal["meshwright/outside-run/1"]
    #: as an outside run has them
    id: str
    #: as an outside run has them
    key: str
    #: as an outside run has them
    state: str
    #: as an outside run has them
    state_at: str
    #: as an outside run has them
    started_at: str
    #: as an outside run has them
    last_seen: str
    #: as an outside run has them
    received_at: str
    #: as an outside run has them
    parent: str | None
    #: as an outside run has them
    url: Any
    #: id of its job
    job: str
    datasets: list[OutsideRunDataset]
    #: what stands said of the run, by the name of the facet, as it came
    facets: dict[str, Any]
    #: dataset: facet: what stands said of it as the run read or wrote it (statistics, measures of quality)
    dataset_facets: dict[str, Any]
    #: each a note, newest first, 200 at most
    notes: list[OutsideRunNote]


class OutsideDatasetsDatasetName(TypedDict):
    """Part of a document."""

    #: in normal form
    namespace: str
    #: in normal form
    name: str


class OutsideDatasetsDataset(TypedDict):
    """Part of a document."""

    id: str
    #: what it is called where it stands among others: namespace and name; the address of one of this mesh
    node: str
    #: the first of its names
    namespace: str
    #: the first of its names
    name: str
    #: all names that are of this dataset
    names: list[OutsideDatasetsDatasetName]
    #: the times of the first and the last event about it
    first_seen: str
    #: the times of the first and the last event about it
    last_seen: str


class OutsideDatasets(TypedDict):
    """`meshwright/outside-datasets/1`, see json.md."""

    schema: Literal["meshwright/outside-datasets/1"]
    #: each an outside dataset
    datasets: list[OutsideDatasetsDataset]
    #: cursor of the next page; `null` on the last
    next: str | None


class OutsideDatasetName(TypedDict):
    """Part of a document."""

    namespace: str
    name: str


class OutsideDatasetColumn(TypedDict):
    """Part of a document."""

    name: str
    type: str | None
    description: str | None


class OutsideDatasetReader(TypedDict):
    """Part of a document."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: Any
    #: the time of the last event about it
    last_seen: str


class OutsideDatasetWriter(TypedDict):
    """Part of a document."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: Any
    #: the time of the last event about it
    last_seen: str


class OutsideDatasetNote(TypedDict):
    """Part of a document."""

    #: `run-status`, `dataset-operation`, `metric-log`, `message-log`, `test-outcome`
    kind: str
    #: when it happened, and when it was told
    at: str
    #: when it happened, and when it was told
    received_at: str
    #: id of the run; `null`
    run: str | None
    #: of the metric or test
    name: str
    #: the state, the operation, the level, or what the test came to: `passed`, `warned`, `failed`; `null` of a
    #: metric
    word: str | None
    #: the figure; `null`
    value: Any
    text: str


class OutsideDataset(TypedDict):
    """`meshwright/outside-dataset/1`, see json.md."""

    schema: Literal["meshwright/outside-dataset/1"]
    #: as an outside dataset has them
    id: str
    #: as an outside dataset has them
    node: str
    #: as an outside dataset has them
    namespace: str
    #: as an outside dataset has them
    name: str
    names: list[OutsideDatasetName]
    #: as an outside dataset has them
    first_seen: str
    #: as an outside dataset has them
    last_seen: str
    #: from its facets `documentation` and `ownership`
    description: str | None
    #: from its facets `documentation` and `ownership`
    owners: list[str]
    #: from its facet `schema`
    columns: list[OutsideDatasetColumn]
    #: each an outside job that reads it
    readers: list[OutsideDatasetReader]
    #: each an outside job that writes it
    writers: list[OutsideDatasetWriter]
    #: sources of this mesh that read it, by their address
    feeds: list[Any]
    #: what stands said of it, by the name of the facet, as it came
    facets: dict[str, Any]
    #: each a note, newest first, 20 at most
    notes: list[OutsideDatasetNote]


class PlanStepCheck(TypedDict):
    """Part of a document."""

    #: the rule's name, unique in its dataset
    id: str
    #: the rule in words
    rule: str
    #: `log`, `warn` or `stop`
    action: str


class PlanStepBlockedBy(TypedDict):
    """Part of a document."""

    #: what was measured
    version: str
    #: fingerprint of the rule
    check: str
    #: `fail` or `error`
    outcome: str
    #: what was found
    value: int
    #: how many rows break the rule
    failing_rows: int
    #: the run that measured it
    run_id: str


class PlanStepProblem(TypedDict):
    """Part of a document."""

    #: as in a finding
    code: str
    #: as in a finding
    message: str
    #: as in a finding
    fix: str


class PlanStepIntervalsBuild(TypedDict):
    """Part of a document."""

    #: moments in UTC, the end excluded
    start: str
    #: moments in UTC, the end excluded
    end: str


#: Part of a document
PlanStepIntervals = TypedDict(
    "PlanStepIntervals",
    {"class": str, "build": list[PlanStepIntervalsBuild], "built": int, "kept": int, "dropped": int},
)


class PlanStep(TypedDict):
    """Part of a document."""

    #: `build:<dataset>`, `test:<dataset>`, `late-test:<dataset>` or `publish:<product>`
    key: str
    #: `node`, `test` or `publish`
    kind: str
    #: `null` for publish steps
    dataset: str | None
    #: what a publish step publishes together
    products: list[str]
    #: `build`, `reuse`, `test`, `publish`, `blocked`, or `pending`: known after what it reads is built
    action: str
    #: the version that will stand or is tested; `null` while unknown
    version: str | None
    #: why, in words, most important first
    reasons: list[str]
    #: keys of steps that come first
    after: list[str]
    #: of node steps: input dataset and its version, `null` while unknown
    inputs: dict[str, Any] | None
    #: of test steps: the rules to measure
    checks: list[PlanStepCheck]
    #: of blocked steps: recorded verdicts that block
    blocked_by: list[PlanStepBlockedBy]
    #: of blocked steps: a finding that blocks
    problem: PlanStepProblem
    #: of node steps of incremental datasets alone; other steps do not have it
    intervals: NotRequired[PlanStepIntervals]


class PlanAffected(TypedDict):
    """Part of a document."""

    #: which
    domain: str
    #: which
    product: str
    #: names of declared consumers of its ports
    consumers: list[str]
    #: columns of what changes that the product reads
    columns: list[str]


class PlanChangeChange(TypedDict):
    """Part of a document."""

    #: where in the object: `columns/amount`; in contracts as ODCS writes paths, `schema/orders/properties/amount`;
    #: empty for the whole
    path: str
    #: see the kinds
    kind: str
    #: of this change
    level: str
    #: in words
    message: str
    #: whether those who watch over data should see it: classification, terms, who may read
    policy: bool


class PlanChangeReaches(TypedDict):
    """Part of a document."""

    #: made from what changes, however far down
    datasets: list[str]
    #: of those datasets, but the one that changes
    products: list[str]
    #: names of declared consumers
    consumers: list[str]
    #: of major changes: made from what breaks, or named by a consumer
    columns: list[str]


class PlanChange(TypedDict):
    """Part of a document."""

    #: its address
    object: str
    #: `dataset` or `port`
    kind: str
    #: the greatest of its changes
    level: str
    #: what differs
    changes: list[PlanChangeChange]
    #: whom the change concerns
    reaches: PlanChangeReaches


class PlanImpactChange(TypedDict):
    """Part of a document."""

    #: as in plan
    path: str
    #: as in plan
    kind: str
    #: as in plan
    level: str
    #: as in plan
    message: str
    #: as in plan
    policy: bool


class PlanImpactConsumer(TypedDict):
    """Part of a document."""

    #: `product`; `dashboard`, `report`, `model` or `application` as `consumers.yaml` has it
    kind: str
    #: address of the product, or name of the declared consumer
    consumer: str
    #: of its domain, or the declared one
    owners: list[str]
    #: of a product its own dataset that reads; of a declared consumer the one that it reads, `null` for the whole
    #: port
    dataset: str | None
    #: those that break and that it uses; none where what breaks is about no column
    columns: list[str]
    #: of a SQL model: its text
    query: str | None
    #: where the query names the first of the columns, or is; of a declared consumer its entry
    file: str
    #: where the query names the first of the columns, or is; of a declared consumer its entry
    line: int
    #: where the query names the first of the columns, or is; of a declared consumer its entry
    column: int
    #: of a declared consumer
    url: Any
    #: whether `consumers.yaml` has it no more, and the published product does
    struck: bool


class PlanImpactApproval(TypedDict):
    """Part of a document."""

    #: as in exemption list
    object: str
    #: as in exemption list
    owner: str
    #: as in exemption list
    reason: str
    #: as in exemption list
    expires: str


class PlanImpact(TypedDict):
    """Part of a document."""

    #: its address; it may be gone from the mesh
    port: str
    #: of its contract as it stands
    status: str
    #: whether that promised anything: a draft or proposed contract does not, and nothing is refused
    promised: bool
    #: the major changes: of the contract, of the datasets that the port holds, of its product's status
    changes: list[PlanImpactChange]
    #: who uses what breaks; none: nobody
    consumers: list[PlanImpactConsumer]
    #: who may agree: owners of the port's domain, and of the consumers
    approvers: list[str]
    #: the exemption from `breaking_changes` that holds today; `null` without one
    approval: PlanImpactApproval


class PlanMove(TypedDict):
    """Part of a document."""

    #: who, what, its version now, the one to move to
    node: str
    #: who, what, its version now, the one to move to
    component: str
    #: who, what, its version now, the one to move to
    version: str
    #: who, what, its version now, the one to move to
    newest: str
    #: whether the version that the node asks for admits it; else the pipeline has to be edited first
    in_range: bool
    #: what would get new versions, come or go
    datasets: list[str]
    #: why it would not fit; `null` where it would
    problem: Any


class Plan(TypedDict):
    """`meshwright/plan/1`, see json.md."""

    schema: Literal["meshwright/plan/1"]
    #: what the plan is for
    environment: str
    #: the environment's generation that it was made against
    generation: int
    #: in an order in which they can be done
    steps: list[PlanStep]
    #: products that read what changes from another product, and products whose ports declare consumers of it
    affected: list[PlanAffected]
    #: the greatest level of `changes`: `none`, `patch`, `minor` or `major`; see compatibility
    level: str
    #: datasets and ports that promise something else than is published, the greatest level first; what is only
    #: built anew is none
    changes: list[PlanChange]
    #: each what breaks of a published port; what nobody uses is among it
    impact: list[PlanImpact]
    #: number of steps by action; every action is there
    counts: dict[str, Any]
    #: nodes that use a component of which a newer version is there; the plan moves nobody
    moves: list[PlanMove]
    #: things worth knowing that stop nothing
    notes: list[str]


class ResolvedPipelineNodeEngine(TypedDict):
    """Part of a document."""

    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    value: str
    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    level: str
    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    file: str | None
    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    line: int | None
    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    column: int | None


class ResolvedPipelineNodeTest(TypedDict):
    """Part of a document."""

    #: as of a test
    id: str
    #: as of a test
    rule: str
    #: as of a test
    action: str
    #: operator: bound
    bound: dict[str, Any]
    #: `contract`, `pipeline` or `file`: where it is written
    level: str
    file: str
    line: int
    column: int


class ResolvedPipelineNode(TypedDict):
    """Part of a document."""

    dataset: str
    kind: str
    #: files with its code; empty where it has none
    code: list[str]
    #: addresses
    reads: list[str]
    #: addresses
    after: list[Any]
    #: the logical engine, as the variation maps it
    engine: ResolvedPipelineNodeEngine
    #: key: what the node is asked for, in the form of `engine`: as written (references stay references), then what
    #: its pipeline says for it, then defaults
    settings: dict[str, Any]
    #: parameter that it uses: level, value and place of the one that wins, as the levels of explain
    params: dict[str, Any]
    #: rules that hold for it
    tests: list[ResolvedPipelineNodeTest]
    file: str
    line: int
    column: int


class ResolvedPipelineParameter(TypedDict):
    """Part of a document."""

    name: str
    type: str
    #: datasets, and `rules of <dataset>`; empty where nothing uses it
    used_by: list[str]
    #: the setting that wins
    level: str
    #: the setting that wins
    value: str | float
    #: the setting that wins
    file: str
    #: the setting that wins
    line: int
    #: the setting that wins
    column: int


class ResolvedPipeline(TypedDict):
    """Part of a document."""

    #: `domain.product` or `domain.product@variation`
    product: str
    #: by name
    nodes: list[ResolvedPipelineNode]
    #: names of nodes that a variation does not build, and reads as they stand
    left_out: list[str]
    #: key: what holds for the pipeline as a whole, in the form of `engine`
    settings: dict[str, Any]
    #: parameters that hold in the pipeline, one entry for each value
    parameters: list[ResolvedPipelineParameter]


class Resolved(TypedDict):
    """`meshwright/resolved/1`, see json.md."""

    schema: Literal["meshwright/resolved/1"]
    #: what was asked for; `variation` is `null` for plain pipelines
    environment: str | None
    #: what was asked for; `variation` is `null` for plain pipelines
    variation: str | None
    #: logical engine: its `type`, `memory_bytes`, `threads`
    engines: dict[str, Any]
    #: by product
    pipelines: list[ResolvedPipeline]


class ProductsProduct(TypedDict):
    """Part of a document."""

    address: NotRequired[str | None]
    domain: NotRequired[str | None]
    name: NotRequired[str | None]
    version: NotRequired[str | None]
    status: NotRequired[str | None]
    description: NotRequired[str | None]
    owners: NotRequired[list[str | None]]
    tags: NotRequired[list[str | None]]
    generation: NotRequired[int | None]
    ports: NotRequired[list[str | None]]
    datasets: NotRequired[list[str | None]]


class Products(TypedDict):
    """`meshwright/products/1`, see json.md."""

    schema: Literal["meshwright/products/1"]
    environment: str | None
    generation: int | None
    total: int | None
    products: list[ProductsProduct]
    next: str | None
    links: dict[str, Any]


class ShowProductPortVersion(TypedDict):
    """Part of a document."""

    #: address; from the output port, else from the contract; from the contract
    port: str
    #: address; from the output port, else from the contract; from the contract
    version: str
    #: address; from the output port, else from the contract; from the contract
    status: str
    #: whether readers get it who choose no version
    is_default: bool


class ShowProductHistory(TypedDict):
    """Part of a document."""

    generation: int
    until: Any
    at: str
    by: str
    run_id: str
    action: str
    reason: str
    revision: str
    version: str
    status: str
    commit: Any


class ShowProduct(TypedDict):
    """`meshwright/show/1`, see json.md."""

    schema: Literal["meshwright/show/1"]
    kind: str
    address: str
    #: from `product.odps.yaml`
    name: str
    #: from `product.odps.yaml`
    version: str
    #: from `product.odps.yaml`
    status: str
    #: from `product.odps.yaml`
    description: str | None
    #: the domain's
    owners: list[str]
    #: what was looked at
    environment: str
    #: that published the product last; `null` where none did
    generation: int | None
    #: addresses
    datasets: list[str]
    #: addresses
    ports: list[str]
    #: these ports
    port_versions: list[ShowProductPortVersion]
    #: names of declared consumers of its ports
    consumers: list[str]
    #: addresses of the product's variations, `domain.product@variation`
    variations: list[str]
    #: the product as published: `product`, `name`, `version`, `status`, `run`, `at`, `by`, `code`, `commit`,
    #: `generation_before`, `spec` (the ODPS document), `datasets` (version, columns, rows, size, digest, inputs,
    #: tests), `ports` (revision, contract); empty where nothing was published
    manifest: dict[str, Any]
    history: NotRequired[list[ShowProductHistory]]
    links: NotRequired[dict[str, Any]]


class ProductHistoryPublication(TypedDict):
    """Part of a document."""

    generation: NotRequired[int | None]
    until: NotRequired[Any]
    at: NotRequired[str | None]
    by: NotRequired[str | None]
    run_id: NotRequired[str | None]
    action: NotRequired[str | None]
    reason: NotRequired[str | None]
    revision: NotRequired[str | None]
    version: NotRequired[str | None]
    status: NotRequired[str | None]
    commit: NotRequired[Any]


class ProductHistory(TypedDict):
    """`meshwright/product-history/1`, see json.md."""

    schema: Literal["meshwright/product-history/1"]
    product: str | None
    environment: str | None
    publications: list[ProductHistoryPublication]
    next: str | None
    links: dict[str, Any]


class ConsumersDeclaredUse(TypedDict):
    """Part of a document."""

    port: NotRequired[str | None]
    columns: NotRequired[list[str | None]]


class ConsumersDeclared(TypedDict):
    """Part of a document."""

    name: NotRequired[str | None]
    kind: NotRequired[str | None]
    owner: NotRequired[str | None]
    url: NotRequired[str | None]
    description: NotRequired[str | None]
    declared_in: NotRequired[str | None]
    uses: NotRequired[list[ConsumersDeclaredUse]]


class Consumers(TypedDict):
    """`meshwright/consumers/1`, see json.md."""

    schema: Literal["meshwright/consumers/1"]
    product: str | None
    environment: str | None
    products: list[Any]
    declared: list[ConsumersDeclared]


class QueryColumn(TypedDict):
    """Part of a document."""

    name: str
    type: str


class Query(TypedDict):
    """`meshwright/query/1`, see json.md."""

    schema: Literal["meshwright/query/1"]
    #: in order
    columns: list[QueryColumn]
    #: each an object by column, as `--format json` writes them: integers and decimals with all their digits, not-
    #: a-number as `null`, times in ISO 8601
    rows: list[dict[str, Any]]


class RunsRun(TypedDict):
    """Part of a document."""

    run_id: NotRequired[str | None]
    environment: NotRequired[str | None]
    #: `running`, or as in a run
    state: NotRequired[str | None]
    #: user and host
    by: NotRequired[str | None]
    #: `finished_at` is `null` while it goes on
    started_at: NotRequired[str | None]
    #: `finished_at` is `null` while it goes on
    finished_at: NotRequired[str | None]
    #: of the environment before and after
    base_generation: NotRequired[int | None]
    #: of the environment before and after
    generation: NotRequired[int | None]
    #: the run that this one repeats, or that started it; else `null`
    parent: NotRequired[str | None]
    #: key of the parent's step that started it, else `null`
    parent_step: NotRequired[str | None]
    #: `select`, `only`, `retest`, `params` as given; `cause` where a trigger or another program started the run:
    #: `kind` (`schedule`, `event`, `publication`, `file`, `pipeline`, `person`, `api`), `name`, `at`, `events`,
    #: `key`, and in a chain of causes `depth` and `correlation`
    options: NotRequired[dict[str, Any]]
    #: release that ran it
    meshwright: NotRequired[str | None]
    #: with `--tree` alone: how many runs stand above it
    depth: NotRequired[int | None]


class Runs(TypedDict):
    """`meshwright/runs/1`, see json.md."""

    schema: Literal["meshwright/runs/1"]
    #: each a recorded run, newest first; with `--tree` each stands after the one that started it
    runs: list[RunsRun]
    next: NotRequired[str | None]


class RunStepError(TypedDict):
    """Part of a document."""

    #: as in a finding
    code: str
    #: as in a finding
    message: str
    #: as in a finding
    file: str | None
    #: as in a finding
    line: int | None
    #: as in a finding
    column: int | None
    #: as in a finding
    fix: str | None
    #: whether a retry can help; whether it is a test inside of a tool that said no
    retryable: bool
    #: whether a retry can help; whether it is a test inside of a tool that said no
    refused: bool


class RunStepIntervalsBuild(TypedDict):
    """Part of a document."""

    #: moments in UTC, the end excluded
    start: str
    #: moments in UTC, the end excluded
    end: str


#: Part of a document
RunStepIntervals = TypedDict(
    "RunStepIntervals",
    {"class": str, "build": list[RunStepIntervalsBuild], "built": int, "reused": int, "kept": int, "dropped": int},
)


class RunStep(TypedDict):
    """Part of a document."""

    #: as in a plan
    key: str
    #: as in a plan
    dataset: str | None
    #: what was done: `build`, `reuse`, `test`, `publish`, `blocked`; never `pending`
    action: str
    #: `succeeded`, `failed`, `blocked`, `skipped` or `interrupted`
    state: str
    #: the version that was built, reused or tested
    version: str | None
    #: rows of that version
    rows: int | None
    #: how long, and how often it was tried
    seconds: float
    #: how long, and how often it was tried
    attempts: int
    #: why it failed or was blocked
    error: RunStepError
    #: when a worker began, and when it was over; `null` where it never began
    started_at: str | None
    #: when a worker began, and when it was over; `null` where it never began
    ended_at: str | None
    #: dataset to version of what it read, as bound; of a test of what it tested, and read beside
    inputs: dict[str, Any]
    #: unit to amount, as measured; empty where nothing was done
    costs: dict[str, Any]
    #: of node steps of incremental datasets alone; other steps do not have it
    intervals: NotRequired[RunStepIntervals]


class RunTestSupplier(TypedDict):
    """Part of a document."""

    #: whose it is
    product: str
    #: whose it is
    owners: list[str]
    #: whose it is
    dataset: str
    #: the columns of it that the rule's columns are made from; empty where that is not known or the rule is about
    #: whole rows
    columns: list[Any]
    #: of a source where it reads from, without user, password and parameters of an address; else `null`
    source: str | None


class RunTestConsumer(TypedDict):
    """Part of a document."""

    #: a product's address with `product`; a consumer's name with its type
    name: str
    #: a product's address with `product`; a consumer's name with its type
    kind: str
    owners: list[str]
    #: that a consumer uses; `null` for a product
    port: str | None
    #: of a product those that are built from it; of a consumer those that it uses
    datasets: list[str]


class RunTest(TypedDict):
    """Part of a document."""

    #: the rule's name, unique in its dataset: the writer's `id` or `name`, else for example
    #: `contract:required(customer)`, `test:rowCount`, `file:no_refund_is_an_order`
    id: str
    #: what was tested
    dataset: str
    #: `log`, `warn` or `stop`: what the rule does when it does not hold
    action: str
    #: `pass`; `log`, `warn`, `stop`: it does not hold; `error`: it could not be measured
    verdict: str
    #: what was measured
    value: float
    #: what was demanded; a pair for the two operators with Between
    operator: str
    #: what was demanded; a pair for the two operators with Between
    bound: int | list[int]
    #: how many rows break the rule; `null` where it is not about rows
    failing_rows: int | None
    #: the same in words; empty in records of earlier releases
    demand: str
    #: what is measured: `rowCount`, `nullValues`, `violations` ...; `null` of unit tests, of custom rules that
    #: nothing can measure, and in records of earlier releases
    metric: str | None
    #: the columns that it is about; none where it is about whole rows
    columns: list[str]
    #: the rule in words
    rule: str
    #: what was found, in words
    finding: str
    #: up to ten rows that break the rule, each an object
    sample: list[dict[str, Any]]
    #: what was tested
    version: str
    #: whether the verdict was measured by an earlier run
    recorded: bool
    #: why it could not be measured
    error: Any
    #: of a rule that is not kept: where what it found can come from, the datasets of other products that the
    #: dataset or the rule reads and the sources of its own product; where a column of the rule is made from
    #: columns of some of them, these alone.
    supplier: list[RunTestSupplier]
    #: of a rule that is not kept: whom the dataset reaches, or would have reached: products that are built from
    #: it, however far down, and declared consumers of its ports and of theirs.
    consumers: list[RunTestConsumer]


class RunNotPublished(TypedDict):
    """Part of a document."""

    #: which, and why in words
    product: str
    #: which, and why in words
    reason: str
    #: `<dataset>: <id>` of the test that stopped it; `null` where none did
    blocking_test: str | None


class RunCostsProduct(TypedDict):
    """Part of a document."""

    #: its address, and as above
    product: str
    #: its address, and as above
    costs: dict[str, Any]
    #: its address, and as above
    amount: Any


class RunCosts(TypedDict):
    """Part of a document."""

    #: of `prices` in `mesh.yaml` when it ended: unit to price of one; `null` and empty where there are none
    currency: Any
    #: of `prices` in `mesh.yaml` when it ended: unit to price of one; `null` and empty where there are none
    prices: dict[str, Any] | None
    #: unit to amount, all together: `cpu_s`, `bytes_read`, `bytes_written`, `rows_written`, units of tools
    total: dict[str, Any]
    #: what that comes to; `null` where nothing has a price
    amount: Any
    #: each product that cost something
    products: list[RunCostsProduct]
    #: what the run did beside its steps: making files durable, committing, publishing, recording
    beside: dict[str, Any]


class Run(TypedDict):
    """`meshwright/run/1`, see json.md."""

    schema: Literal["meshwright/run/1"]
    #: for `mw runs show`
    run_id: str
    #: `succeeded`; `partial`: some products were published, some not; `failed`: none was; `interrupted`; `stopped`
    state: str
    #: what was published to
    environment: str
    #: its newest generation when the run ended
    generation: int
    #: as done
    steps: list[RunStep]
    #: each a test
    tests: list[RunTest]
    #: products that were published
    published: list[str]
    #: products that kept what they had
    not_published: list[RunNotPublished]
    #: things worth knowing that stopped nothing
    notes: list[str]
    #: what it cost; see runs for what is measured
    costs: RunCosts
    #: `null`, or what ended the run from outside its steps (its lease or the state was lost), as in a finding,
    #: with `retryable`; `state` is then `stopped`
    error: Any
    #: of the whole run
    seconds: float


class RunStop(TypedDict):
    """`meshwright/run-stop/1`, see json.md."""

    schema: Literal["meshwright/run-stop/1"]
    run_id: str | None
    url: str | None
    state: str | None
    environment: str | None
    asked: list[str | None]


#: How a run is gone on with.
ResumeBody = TypedDict("ResumeBody", {"from": NotRequired[str | None]})


class RunRecordStepInner(TypedDict):
    """Part of a document."""

    #: in the tool's words; `kind` is `model`, `test`, `task`
    name: str
    #: in the tool's words; `kind` is `model`, `test`, `task`
    kind: str
    #: `waiting`, `running`, `succeeded`, `failed`, `skipped`, `blocked` or `cancelled`
    state: str
    #: names of the inner steps that it waits for
    after: list[str]
    #: `null` where the tool does not say
    started_at: Any
    #: `null` where the tool does not say
    ended_at: Any
    #: `null` where the tool does not say
    seconds: Any
    #: why it failed, in the tool's words; of a test, its verdict and what it found, where it did not pass; else
    #: `null`
    error: Any
    #: the tool's name for the dataset that it makes, `null` where it makes none
    dataset: Any
    #: of a test that was run: `pass`, `log`, `warn`, `stop` or `error`; else `null`
    verdict: Any


class RunRecordStep(TypedDict):
    """Part of a document."""

    #: as in a run
    key: str
    #: as in a run
    dataset: str | None
    #: as in a run
    action: str
    #: as in a run, or `waiting`, `running`
    state: str
    #: as in a run
    version: str | None
    #: as in a run
    rows: int | None
    #: as in a run
    seconds: float
    #: as in a run
    attempts: int
    #: in words
    error: str | None
    #: as in a run
    started_at: str
    #: as in a run
    ended_at: str
    #: as in a run
    inputs: dict[str, Any]
    #: as in a run
    costs: dict[str, Any]
    #: each an inner step of the tool inside of the step, as it stood when it was last looked at; none of other
    #: steps
    inner: list[RunRecordStepInner]


class RunRecordChildren(TypedDict):
    """Part of a document."""

    #: `step` is the key of the step that started it
    run_id: str
    #: `step` is the key of the step that started it
    state: str
    #: `step` is the key of the step that started it
    step: str


class RunRecordInfrastructureEngine(TypedDict):
    """Part of a document."""

    #: its limits are `null` where `mesh.yaml` sets none
    kind: str | None
    #: its limits are `null` where `mesh.yaml` sets none
    memory_bytes: Any
    #: its limits are `null` where `mesh.yaml` sets none
    name: str | None
    #: its limits are `null` where `mesh.yaml` sets none
    release: str | None
    #: its limits are `null` where `mesh.yaml` sets none
    threads: Any


class RunRecordInfrastructure(TypedDict):
    """Part of a document."""

    #: that the process may use, and of the host
    cores: int
    #: the default engine
    engine: RunRecordInfrastructureEngine
    host: str
    #: that the process may use, and of the host
    memory_bytes: int
    #: releases
    meshwright: str
    pid: int
    #: releases
    python: str
    since: str
    system: str


class RunRecordCostsProduct(TypedDict):
    """Part of a document."""

    #: its address, and as above
    product: str
    #: its address, and as above
    costs: dict[str, Any]
    #: its address, and as above
    amount: Any


class RunRecordCosts(TypedDict):
    """Part of a document."""

    #: of `prices` in `mesh.yaml` when it ended: unit to price of one; `null` and empty where there are none
    currency: Any
    #: of `prices` in `mesh.yaml` when it ended: unit to price of one; `null` and empty where there are none
    prices: dict[str, Any] | None
    #: unit to amount, all together: `cpu_s`, `bytes_read`, `bytes_written`, `rows_written`, units of tools
    total: dict[str, Any]
    #: what that comes to; `null` where nothing has a price
    amount: Any
    #: each product that cost something
    products: list[RunRecordCostsProduct]
    #: what the run did beside its steps: making files durable, committing, publishing, recording
    beside: dict[str, Any]


class RunRecordLog(TypedDict):
    """Part of a document."""

    #: as in runs logs
    number: int
    #: as in runs logs
    at: str
    #: as in runs logs
    level: str
    #: as in runs logs
    step: str
    #: as in runs logs
    text: str


class RunRecord(TypedDict):
    """`meshwright/run-record/1`, see json.md."""

    schema: Literal["meshwright/run-record/1"]
    run_id: str
    environment: str
    #: `running`, or as in a run
    state: str
    #: user and host
    by: str
    #: `finished_at` is `null` while it goes on
    started_at: str | None
    #: `finished_at` is `null` while it goes on
    finished_at: str | None
    #: of the environment before and after
    base_generation: int
    #: of the environment before and after
    generation: int
    #: the run that this one repeats, or that started it; else `null`
    parent: Any
    #: key of the parent's step that started it, else `null`
    parent_step: Any
    #: `select`, `only`, `retest`, `params` as given; `cause` where a trigger or another program started the run:
    #: `kind` (`schedule`, `event`, `publication`, `file`, `pipeline`, `person`, `api`), `name`, `at`, `events`,
    #: `key`, and in a chain of causes `depth` and `correlation`
    options: dict[str, Any]
    #: release that ran it
    meshwright: str
    #: whether a live process works on it
    held: bool
    #: as they stand
    steps: list[RunRecordStep]
    #: the runs that it started, and those that repeat it
    children: list[RunRecordChildren]
    #: each process that carried the run out, in order: one, and one more for each `mw runs resume`
    infrastructure: list[RunRecordInfrastructure]
    #: what it cost; see runs for what is measured
    costs: RunRecordCosts
    log: list[RunRecordLog]
    #: the plan as it was made
    planned: dict[str, Any]
    #: the plan as it was carried out; empty while the run goes on
    bound: dict[str, Any]
    #: the run's document; empty while the run goes on
    report: dict[str, Any]
    #: every file of the mesh as it was, with the identity of its bytes
    files: dict[str, Any]
    #: what it was asked for by URL with: `kind`, `state`, `reason`, `error`, `asked`, `by`, `requested_at`,
    #: `ended_at`, `attempts`, `stop_asked`; `null` where nobody did
    request: Any


class RunLogLog(TypedDict):
    """Part of a document."""

    #: the line's place: grows within a run, and is the same whatever is searched for
    number: int
    at: str
    #: `debug`, `info`, `warning`, `error` or `critical`
    level: str
    #: key of the step that said it, or null
    step: str
    text: str


class RunLog(TypedDict):
    """`meshwright/run-log/1`, see json.md."""

    schema: Literal["meshwright/run-log/1"]
    run_id: str
    #: the one asked for, or null
    dataset: Any
    #: the text that was searched for, or null
    search: Any
    #: in order
    log: list[RunLogLog]
    next_after: NotRequired[Any]


class RunsOpenlineageEvent(TypedDict):
    """Part of a document."""

    #: as OpenLineage has them
    eventType: str
    #: as OpenLineage has them
    eventTime: str
    #: as OpenLineage has them
    producer: str
    #: as OpenLineage has them
    schemaURL: str
    #: as OpenLineage has them
    run: dict[str, Any]
    #: as OpenLineage has them
    job: dict[str, Any]
    #: as OpenLineage has them
    inputs: list[dict[str, Any]]
    #: as OpenLineage has them
    outputs: list[dict[str, Any]]


class RunsOpenlineage(TypedDict):
    """`meshwright/runs-openlineage/1`, see json.md."""

    schema: Literal["meshwright/runs-openlineage/1"]
    run_id: str
    #: OpenLineage events, in the order of the plan
    events: list[RunsOpenlineageEvent]


class RunsDiffBefore(TypedDict):
    """Part of a document."""

    #: `seconds` is `null` while it goes on
    run_id: str | None
    #: `seconds` is `null` while it goes on
    state: str | None
    #: `seconds` is `null` while it goes on
    generation: int | None
    #: `seconds` is `null` while it goes on
    started_at: str | None
    #: `seconds` is `null` while it goes on
    seconds: float | None


class RunsDiffAfter(TypedDict):
    """Part of a document."""

    run_id: str
    state: str
    generation: int
    started_at: str
    seconds: float


class RunsDiffFile(TypedDict):
    """Part of a document."""

    #: `added`, `removed` or `changed`
    path: str
    #: `added`, `removed` or `changed`
    change: str
    #: of the unified difference; `null` of a file that is no text
    lines_added: int | None
    #: of the unified difference; `null` of a file that is no text
    lines_removed: int | None


class RunsDiffOptionAfter(TypedDict):
    """Part of a document."""

    at: str
    events: list[Any]
    key: str
    kind: str
    name: str


class RunsDiffOption(TypedDict):
    """Part of a document."""

    #: `null` where a run does not have it
    name: str | None
    #: `null` where a run does not have it
    before: str | bool | None
    #: `null` where a run does not have it
    after: RunsDiffOptionAfter


class RunsDiffInfrastructure(TypedDict):
    """Part of a document."""

    name: str
    before: str
    after: str


class RunsDiffVersion(TypedDict):
    """Part of a document."""

    #: `null` where a run does not have it
    dataset: str | None
    #: `output` where one of the runs had a step for it, `input` where it was only read
    role: str
    #: `null` where a run does not have it
    before: str | None
    #: `null` where a run does not have it
    after: str | None


class RunsDiffStepBefore(TypedDict):
    """Part of a document."""

    action: str
    state: str
    rows: int | None
    seconds: float


class RunsDiffStepAfter(TypedDict):
    """Part of a document."""

    action: str
    state: str
    rows: int | None
    seconds: float


class RunsDiffStep(TypedDict):
    """Part of a document."""

    key: str
    #: `null` where a run does not have the step
    before: RunsDiffStepBefore
    #: `null` where a run does not have the step
    after: RunsDiffStepAfter


class RunsDiffTestBefore(TypedDict):
    """Part of a document."""

    verdict: str
    value: float
    failing_rows: int | None


class RunsDiffTestAfter(TypedDict):
    """Part of a document."""

    verdict: str
    value: int
    failing_rows: int | None


class RunsDiffTest(TypedDict):
    """Part of a document."""

    dataset: str
    id: str
    #: `null` where a run did not measure the rule
    before: RunsDiffTestBefore
    #: `null` where a run did not measure the rule
    after: RunsDiffTestAfter


class RunsDiffCost(TypedDict):
    """Part of a document."""

    unit: str
    before: float
    after: float


class RunsDiff(TypedDict):
    """`meshwright/runs-diff/1`, see json.md."""

    schema: Literal["meshwright/runs-diff/1"]
    #: whether nothing differs but times, costs and what the runs ran on
    same: bool
    #: the two runs
    before: RunsDiffBefore
    #: the two runs
    after: RunsDiffAfter
    #: files of the mesh that are not the same
    files: list[RunsDiffFile]
    #: what was asked for (`select`, `interval`, `param.<name>` ...), and what the runs ran on, where it differs
    options: list[RunsDiffOption]
    #: what was asked for (`select`, `interval`, `param.<name>` ...), and what the runs ran on, where it differs
    infrastructure: list[RunsDiffInfrastructure]
    #: datasets that stood at another version
    versions: list[RunsDiffVersion]
    #: steps that did something else, or took twice as long and half a second more
    steps: list[RunsDiffStep]
    #: rules with another verdict or value
    tests: list[RunsDiffTest]
    #: each unit in which either run cost something
    costs: list[RunsDiffCost]


class RunsCostLine(TypedDict):
    """Part of a document."""

    #: address of the product or domain; `null` for what runs did beside their steps
    name: str | None
    #: in how many of them it cost something
    runs: int
    #: unit to amount
    costs: dict[str, Any]
    #: currency to what it comes to, each run at its own prices; empty where nothing has a price
    amounts: dict[str, Any]


class RunsCostTotal(TypedDict):
    """Part of a document."""

    costs: dict[str, Any]
    amounts: dict[str, Any]


class RunsCost(TypedDict):
    """`meshwright/runs-cost/1`, see json.md."""

    schema: Literal["meshwright/runs-cost/1"]
    #: `product` or `domain`
    by: str
    #: runs that began then or later
    since: str
    #: how many those are
    runs: int
    #: dearest first
    lines: list[RunsCostLine]
    #: of all
    total: RunsCostTotal


Grouping = Literal["product", "domain"]


class SchedulesTriggerPaused(TypedDict):
    """Part of a document."""

    #: what was paused, a trigger or its product, when, by whom and why
    name: str
    #: what was paused, a trigger or its product, when, by whom and why
    since: str
    #: what was paused, a trigger or its product, when, by whom and why
    by: str
    #: what was paused, a trigger or its product, when, by whom and why
    reason: str


class SchedulesTrigger(TypedDict):
    """Part of a document."""

    #: address of the trigger, and of what it starts
    trigger: str
    #: address of the trigger, and of what it starts
    product: str
    #: `schedule`, `publication`, `event`, `file`
    kind: str
    #: when, in words
    fires: str
    #: its rules; `missed` is `null` where no clock fires it, `late_after_s` where it has none
    overlap: str | None
    #: its rules; `missed` is `null` where no clock fires it, `late_after_s` where it has none
    missed: str | None
    #: its rules; `missed` is `null` where no clock fires it, `late_after_s` where it has none
    late_after_s: int | None
    #: its next moment, `null` where no clock fires it
    next_at: str | None
    #: what it waits for besides, in words
    waits: str
    #: `null`, or:
    paused: SchedulesTriggerPaused
    #: since when a worker knows it, `null` where none has seen it
    since: str | None
    #: its newest firing, as below; `null` where there is none
    last: dict[str, Any] | None


class SchedulesNext(TypedDict):
    """Part of a document."""

    #: in UTC, and on the clock of the schedule
    at: str
    #: in UTC, and on the clock of the schedule
    local: str
    #: in UTC, and on the clock of the schedule
    timezone: str
    trigger: str
    why: str
    paused: bool


class SchedulesFiring(TypedDict):
    """Part of a document."""

    trigger: str
    kind: str
    #: the moment that it is for, and when it was recorded
    at: str
    #: the moment that it is for, and when it was recorded
    recorded_at: str
    #: `waiting`, `started`, `ended`, `skipped` (by a rule), `failed` (no run came of it)
    state: str
    #: why, in words
    reason: str
    #: its run, and the state in which that ended; `null` before
    run_id: str | None
    #: its run, and the state in which that ended; `null` before
    outcome: str | None
    #: what it rests on: events as `source id`, publications as `address@generation`, paths of files
    events: list[str]
    #: parameters that it sets
    params: dict[str, Any]
    #: moments that it makes up for, or that were passed over with it
    missed: int
    #: how often its run was started or gone on with
    attempts: int
    #: when it counts as late (`null`: never), and whether that was told
    late_at: str | None
    #: when it counts as late (`null`: never), and whether that was told
    is_late: bool | None


class SchedulesLate(TypedDict):
    """Part of a document."""

    dataset: str
    rule: str
    #: the newest moment in the data, and since when it is late
    newest: str
    #: the newest moment in the data, and since when it is late
    late_at: str


class Schedules(TypedDict):
    """`meshwright/schedules/1`, see json.md."""

    schema: Literal["meshwright/schedules/1"]
    environment: str
    #: who runs the schedules, `null` where nobody does
    worker: Any
    triggers: list[SchedulesTrigger]
    #: moments of all schedules in order
    next: list[SchedulesNext]
    #: the newest, newest first
    firings: list[SchedulesFiring]
    #: datasets whose newest data is older than their contracts allow, as long as nothing newer came
    late: list[SchedulesLate]


class SchedulePausePassedOver(TypedDict):
    """Part of a document."""

    trigger: str
    moments: int


class SchedulePause(TypedDict):
    """`meshwright/schedule-pause/1`, see json.md."""

    schema: Literal["meshwright/schedule-pause/1"]
    #: what was named: a trigger, or a product
    environment: str
    #: what was named: a trigger, or a product
    name: str
    #: the triggers that this is about
    triggers: list[str]
    #: as it is now
    paused: bool
    #: `false` where it was so before
    changed: bool
    #: schedules that had moments in the pause
    passed_over: list[SchedulePausePassedOver]


class ResumeWish(TypedDict):
    """How something goes on."""

    #: Make up for what was missed, as the schedule says.
    catch_up: NotRequired[bool]


#: Part of a document
SearchCounts = TypedDict(
    "SearchCounts",
    {
        "domain": NotRequired[int | None],
        "product": NotRequired[int | None],
        "port": NotRequired[int | None],
        "dataset": NotRequired[int | None],
        "column": NotRequired[int | None],
        "outside-dataset": NotRequired[int | None],
        "outside-job": NotRequired[int | None],
    },
)


class SearchHitHighlight(TypedDict):
    """Part of a document."""

    field: NotRequired[str | None]
    text: NotRequired[str | None]
    spans: NotRequired[list[list[int | None]]]


class SearchHit(TypedDict):
    """Part of a document."""

    kind: NotRequired[str | None]
    address: NotRequired[str | None]
    id: NotRequired[Any]
    score: NotRequired[float | None]
    title: NotRequired[str | None]
    description: NotRequired[str | None]
    highlights: NotRequired[list[SearchHitHighlight]]


class Search(TypedDict):
    """`meshwright/search/1`, see json.md."""

    schema: Literal["meshwright/search/1"]
    environment: str | None
    generation: int | None
    total: int | None
    counts: SearchCounts
    meant: dict[str, Any]
    hits: list[SearchHit]
    next: str | None
    links: dict[str, Any]


Kind = Literal["domain", "product", "port", "dataset", "column", "outside-dataset", "outside-job"]


class SubscriptionsSubscriptionStart(TypedDict):
    """Part of a document."""

    product: str
    environment: str
    params: dict[str, Any]
    #: parameter: where in the event its value is
    params_from: dict[str, Any]


class SubscriptionsSubscription(TypedDict):
    """Part of a document."""

    id: str
    #: the domain that it belongs to; `null`: the mesh
    owner: str | None
    description: str
    #: which events: one of each list that is not empty must fit
    types: list[str]
    #: which events: one of each list that is not empty must fit
    sources: list[Any]
    #: which events: one of each list that is not empty must fit
    subjects: list[Any]
    #: which events: one of each list that is not empty must fit
    products: list[Any]
    #: which events: one of each list that is not empty must fit
    domains: list[Any]
    #: which events: one of each list that is not empty must fit
    environments: list[str]
    #: conditions that must fit as well
    filters: list[Any]
    #: `HTTP` and where events are sent to, without the query; `null` where nothing is sent
    protocol: str | None
    #: `HTTP` and where events are sent to, without the query; `null` where nothing is sent
    sink: str | None
    #: `binary` or `structured`, as CloudEvents says
    mode: str | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    timeout_s: float | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    attempts: int | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    backoff_s: float | None
    #: `made`, or the reference to the variable that holds it
    secret_from: str | None
    #: `null`, or what is run for each event
    start: SubscriptionsSubscriptionStart
    #: `active`, `paused`, or `disabled` where the receiver said that it is gone
    state: str
    #: why it is not active
    reason: str
    created_at: str
    by: str
    revision: int
    #: deliveries that are still to be made, and those given up
    waiting: int
    #: deliveries that are still to be made, and those given up
    dead: int
    #: events that came and that it was not asked about yet
    behind: int
    #: how many of those may be forgotten already: events are kept so long as `retention` says
    forgotten: int


class Subscriptions(TypedDict):
    """`meshwright/subscriptions/1`, see json.md."""

    schema: Literal["meshwright/subscriptions/1"]
    #: each a subscription, the first made first
    subscriptions: list[SubscriptionsSubscription]


class StartWish(TypedDict):
    """A product to be run for each event."""

    product: str
    variation: NotRequired[str | None]
    environment: NotRequired[str]
    #: Values of parameters.
    params: NotRequired[dict[str, str]]
    #: Parameters whose values each event holds: an attribute, or `data.region`.
    params_from: NotRequired[dict[str, str]]


class SubscriptionStart(TypedDict):
    """Part of a document."""

    product: str
    environment: str
    params: dict[str, Any]
    #: parameter: where in the event its value is
    params_from: dict[str, Any]


class Subscription(TypedDict):
    """`meshwright/subscription/1`, see json.md."""

    schema: Literal["meshwright/subscription/1"]
    id: str
    #: the domain that it belongs to; `null`: the mesh
    owner: str | None
    description: str
    #: which events: one of each list that is not empty must fit
    types: list[str]
    #: which events: one of each list that is not empty must fit
    sources: list[Any]
    #: which events: one of each list that is not empty must fit
    subjects: list[Any]
    #: which events: one of each list that is not empty must fit
    products: list[Any]
    #: which events: one of each list that is not empty must fit
    domains: list[Any]
    #: which events: one of each list that is not empty must fit
    environments: list[str]
    #: conditions that must fit as well
    filters: list[Any]
    #: `HTTP` and where events are sent to, without the query; `null` where nothing is sent
    protocol: str | None
    #: `HTTP` and where events are sent to, without the query; `null` where nothing is sent
    sink: str | None
    #: `binary` or `structured`, as CloudEvents says
    mode: str | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    timeout_s: float | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    attempts: int | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    backoff_s: float | None
    #: `made`, or the reference to the variable that holds it
    secret_from: str | None
    #: `null`, or what is run for each event
    start: SubscriptionStart
    #: `active`, `paused`, or `disabled` where the receiver said that it is gone
    state: str
    #: why it is not active
    reason: str
    created_at: str
    by: str
    revision: int
    #: deliveries that are still to be made, and those given up
    waiting: int
    #: deliveries that are still to be made, and those given up
    dead: int
    #: events that came and that it was not asked about yet
    behind: int
    #: how many of those may be forgotten already: events are kept so long as `retention` says
    forgotten: int
    #: what signs, where it was just made or changed: it is told here only; `null` else
    secret: str | None


class SubscriptionDelete(TypedDict):
    """`meshwright/subscription-delete/1`, see json.md."""

    schema: Literal["meshwright/subscription-delete/1"]
    #: it is gone, with its deliveries
    id: str
    #: it is gone, with its deliveries
    deleted: bool


class TestTestSupplier(TypedDict):
    """Part of a document."""

    #: whose it is
    product: str
    #: whose it is
    owners: list[str]
    #: whose it is
    dataset: str
    #: the columns of it that the rule's columns are made from; empty where that is not known or the rule is about
    #: whole rows
    columns: list[Any]
    #: of a source where it reads from, without user, password and parameters of an address; else `null`
    source: str | None


class TestTestConsumer(TypedDict):
    """Part of a document."""

    #: a product's address with `product`; a consumer's name with its type
    name: str
    #: a product's address with `product`; a consumer's name with its type
    kind: str
    owners: list[str]
    #: that a consumer uses; `null` for a product
    port: str | None
    #: of a product those that are built from it; of a consumer those that it uses
    datasets: list[str]


class TestTest(TypedDict):
    """Part of a document."""

    #: the rule's name, unique in its dataset: the writer's `id` or `name`, else for example
    #: `contract:required(customer)`, `test:rowCount`, `file:no_refund_is_an_order`
    id: str
    #: what was tested
    dataset: str
    #: `log`, `warn` or `stop`: what the rule does when it does not hold
    action: str
    #: `pass`; `log`, `warn`, `stop`: it does not hold; `error`: it could not be measured
    verdict: str
    #: what was measured
    value: int
    #: what was demanded; a pair for the two operators with Between
    operator: str
    #: what was demanded; a pair for the two operators with Between
    bound: int
    #: how many rows break the rule; `null` where it is not about rows
    failing_rows: int | None
    #: the same in words; empty in records of earlier releases
    demand: str
    #: what is measured: `rowCount`, `nullValues`, `violations` ...; `null` of unit tests, of custom rules that
    #: nothing can measure, and in records of earlier releases
    metric: str | None
    #: the columns that it is about; none where it is about whole rows
    columns: list[str]
    #: the rule in words
    rule: str
    #: what was found, in words
    finding: str
    #: up to ten rows that break the rule, each an object
    sample: list[dict[str, Any]]
    #: what was tested
    version: str
    #: whether the verdict was measured by an earlier run
    recorded: bool
    #: why it could not be measured
    error: Any
    #: of a rule that is not kept: where what it found can come from, the datasets of other products that the
    #: dataset or the rule reads and the sources of its own product; where a column of the rule is made from
    #: columns of some of them, these alone.
    supplier: list[TestTestSupplier]
    #: of a rule that is not kept: whom the dataset reaches, or would have reached: products that are built from
    #: it, however far down, and declared consumers of its ports and of theirs.
    consumers: list[TestTestConsumer]


class Test(TypedDict):
    """`meshwright/test/1`, see json.md."""

    schema: Literal["meshwright/test/1"]
    #: whether no verdict is `stop`, and none is `error` of a rule whose `action` is `stop`: what would stop a
    #: publication
    ok: bool
    #: each a test; a unit test is `unit:<name>`, with the number of differing rows as `value`, and in `sample[]` a
    #: `row` that says `missing` or `unexpected`
    tests: list[TestTest]
    #: datasets without a version, and why, in words
    untested: list[str]


class TokensToken(TypedDict):
    """Part of a document."""

    #: as in token create
    id: str
    #: as in token create
    role: str
    #: as in token create
    domain: str | None
    #: what it is for
    purpose: str
    #: when it was made, and by whom
    created: str
    #: when it was made, and by whom
    by: str
    #: as in token create
    expires: str
    #: `null` where it was not revoked
    revoked: Any
    #: `null` where it was not revoked
    revoked_by: Any


class Tokens(TypedDict):
    """`meshwright/tokens/1`, see json.md."""

    schema: Literal["meshwright/tokens/1"]
    #: newest first
    tokens: list[TokensToken]


class Token(TypedDict):
    """`meshwright/token/1`, see json.md."""

    schema: Literal["meshwright/token/1"]
    #: as in token list
    id: str
    #: as in token list
    role: str
    #: as in token list
    domain: str | None
    #: as in token list
    purpose: str
    #: as in token list
    created: str
    #: as in token list
    by: str
    #: as in token list
    expires: str
    #: as in token list
    revoked: str
    #: as in token list
    revoked_by: str


class VariationDiffDatasetCodeParameter(TypedDict):
    """Part of a document."""

    name: str
    before: float
    after: float


class VariationDiffDatasetCodeInput(TypedDict):
    """Part of a document."""

    #: version ids; `null` where it is not read
    dataset: str | None
    #: version ids; `null` where it is not read
    before: str | None
    #: version ids; `null` where it is not read
    after: str | None


class VariationDiffDatasetCode(TypedDict):
    """Part of a document."""

    #: in the words of plans; empty where the version is the same
    reasons: list[str]
    #: values that differ
    parameters: list[VariationDiffDatasetCodeParameter]
    #: inputs that differ
    inputs: list[VariationDiffDatasetCodeInput]


class VariationDiffDatasetSchemaColumn(TypedDict):
    """Part of a document."""

    #: as the changes of a plan
    path: str
    #: as the changes of a plan
    kind: str
    #: as the changes of a plan
    level: str
    #: as the changes of a plan
    message: str
    #: as the changes of a plan
    policy: bool


class VariationDiffDatasetSchema(TypedDict):
    """Part of a document."""

    #: the greatest of its changes, see compatibility
    level: str
    #: columns and types as built
    columns: list[VariationDiffDatasetSchemaColumn]
    #: what contracts that hold it say of it; of a variation nothing, for it has no ports
    contract: list[Any]


class VariationDiffDatasetRowsColumnBefore(TypedDict):
    """Part of a document."""

    nulls: int
    #: different values, nulls aside
    distinct: int
    #: `false` where they are estimated, of very many rows
    distinct_exact: bool
    min: str | float | bool
    max: str | float | bool
    #: of numbers
    mean: float | None


class VariationDiffDatasetRowsColumnAfter(TypedDict):
    """Part of a document."""

    nulls: int
    #: different values, nulls aside
    distinct: int
    #: `false` where they are estimated, of very many rows
    distinct_exact: bool
    min: str | float | bool
    max: str | float | bool
    #: of numbers
    mean: float | None


class VariationDiffDatasetRowsColumn(TypedDict):
    """Part of a document."""

    name: str
    #: rows whose value differs, and their share of the rows that both versions have; `null` where rows were
    #: compared as wholes
    changed: int | None
    #: rows whose value differs, and their share of the rows that both versions have; `null` where rows were
    #: compared as wholes
    change_rate: float | None
    #: what stands in it
    before: VariationDiffDatasetRowsColumnBefore
    #: what stands in it
    after: VariationDiffDatasetRowsColumnAfter


class VariationDiffDatasetRowsSample(TypedDict):
    """Part of a document."""

    #: `added`, `removed` or `changed`
    change: str
    #: column: value; `null` where there is no such row
    before: dict[str, Any] | None
    #: column: value; `null` where there is no such row
    after: Any
    #: how many rows look like this
    times: int


class VariationDiffDatasetRows(TypedDict):
    """Part of a document."""

    #: rows of each version
    before: int
    #: rows of each version
    after: int
    added: int
    removed: int
    #: rows of one key that differ in other columns; `null` where rows were compared as wholes, each being added or
    #: removed
    changed: int | None
    unchanged: int
    #: the columns that rows were matched by; empty where they were compared as wholes, and where nothing was read
    key: list[str]
    #: why the key could not be used; else `null`
    key_problem: Any
    #: whether rows were read: equal content digests, new and removed datasets need no look
    read: bool
    #: columns that both have; empty where nothing was read
    columns: list[VariationDiffDatasetRowsColumn]
    #: at most `--sample` added, removed and changed rows each, in the order of the key
    sample: list[VariationDiffDatasetRowsSample]


class VariationDiffDatasetTestBefore(TypedDict):
    """Part of a document."""

    #: in words; `null` in records of an older release
    rule: str | None
    action: str
    #: as in a test; `null` where none is recorded
    verdict: str | None
    value: int
    failing_rows: int | None


class VariationDiffDatasetTestAfter(TypedDict):
    """Part of a document."""

    #: in words; `null` in records of an older release
    rule: str | None
    action: str
    #: as in a test; `null` where none is recorded
    verdict: str | None
    value: int
    failing_rows: int | None


class VariationDiffDatasetTest(TypedDict):
    """Part of a document."""

    id: str
    #: `new`, `removed`, `changed`: it demands something else or acts otherwise; `verdict`: the same rule has
    #: another answer
    change: str
    #: `null` where there was, or is, no such rule
    before: VariationDiffDatasetTestBefore
    #: `null` where there was, or is, no such rule
    after: VariationDiffDatasetTestAfter


class VariationDiffDatasetDistributionBeforeTop(TypedDict):
    """Part of a document."""

    value: str | float | bool
    rows: int


class VariationDiffDatasetDistributionBefore(TypedDict):
    """Part of a document."""

    #: the values below which 5, 25, 50, 75 and 95 percent of the rows lie, nulls aside; empty where values have no
    #: order
    quantiles: list[str | float]
    #: the five most frequent values that stand in more than one row
    top: list[VariationDiffDatasetDistributionBeforeTop]


class VariationDiffDatasetDistributionAfterTop(TypedDict):
    """Part of a document."""

    value: str | float | bool
    rows: int


class VariationDiffDatasetDistributionAfter(TypedDict):
    """Part of a document."""

    #: the values below which 5, 25, 50, 75 and 95 percent of the rows lie, nulls aside; empty where values have no
    #: order
    quantiles: list[str | float]
    #: the five most frequent values that stand in more than one row
    top: list[VariationDiffDatasetDistributionAfterTop]


class VariationDiffDatasetDistribution(TypedDict):
    """Part of a document."""

    column: str
    #: from 0, the same, to 1, no value in common; `null` where a side has no rows
    distance: float | None
    #: `kolmogorov_smirnov` of numbers, dates and times: the greatest difference of the shares of rows up to any
    #: value, nulls after all values; `total_variation` of all else: half the sum of the differences of the shares
    #: of each value, null being one
    measured_by: str
    before: VariationDiffDatasetDistributionBefore
    after: VariationDiffDatasetDistributionAfter


class VariationDiffDataset(TypedDict):
    """Part of a document."""

    dataset: str
    #: `new`: in the sandbox alone; `removed`: the sandbox dropped it; `changed`
    change: str
    #: version ids; `null` where it does not stand
    before: str | None
    #: version ids; `null` where it does not stand
    after: str | None
    #: why the versions are two
    code: VariationDiffDatasetCode
    schema: VariationDiffDatasetSchema
    #: on the columns that both versions have; `null` with `--no-data`, and where a version is not recorded
    rows: VariationDiffDatasetRows
    #: rules that differ, as recorded when the versions were published
    tests: list[VariationDiffDatasetTest]
    #: how the values of each column lie that both have, where they may differ; empty with `--no-data`
    distributions: list[VariationDiffDatasetDistribution]


#: `meshwright/variation-diff/1`, see json.md.
VariationDiff = TypedDict(
    "VariationDiff",
    {
        "schema": Literal["meshwright/variation-diff/1"],
        "variation": str,
        "with": str,
        "environment": str,
        "generation": int,
        "datasets": list[VariationDiffDataset],
        "notes": list[Any],
        "seconds": float,
    },
)


class VariationPromotionChange(TypedDict):
    """Part of a document."""

    parameter: str
    before: float
    after: float
    #: where it is written: `pipeline d.p` or `node d.p.n`
    level: str
    #: where the value before was set, which may be a level above
    file: str
    #: where the value before was set, which may be a level above
    line: int
    #: where the value before was set, which may be a level above
    column: int


class VariationPromotion(TypedDict):
    """`meshwright/variation-promotion/1`, see json.md."""

    schema: Literal["meshwright/variation-promotion/1"]
    variation: str
    environment: str
    #: the `pipeline.yaml` that is changed
    file: str
    #: `false` with `--dry-run`, and where the product has the values already
    written: bool
    #: values that are written; empty where there are none to write
    changes: list[VariationPromotionChange]
    #: what a run of the product would do now, as of a plan; empty where nothing was written
    counts: dict[str, Any]
    #: datasets of the product that use a value and that the variation does not build: a run builds them
    unbuilt: list[Any]
    seconds: float


class ShowVersionColumn(TypedDict):
    """Part of a document."""

    #: as stored
    name: str
    #: as stored
    type: str


class ShowVersionFile(TypedDict):
    """Part of a document."""

    #: in the store
    path: str
    size_bytes: int
    checksum: str
    rows: int


#: Part of a document
ShowVersionParts = TypedDict(
    "ShowVersionParts",
    {
        "count": int,
        "class": str,
        "by": str | None,
        "calendar": str | None,
        "first": str | None,
        "last": str | None,
        "gaps": int,
        "earlier": dict[str, Any],
    },
)


class ShowVersionTestSupplier(TypedDict):
    """Part of a document."""

    #: whose it is
    product: str
    #: whose it is
    owners: list[str]
    #: whose it is
    dataset: str
    #: the columns of it that the rule's columns are made from; empty where that is not known or the rule is about
    #: whole rows
    columns: list[Any]
    #: of a source where it reads from, without user, password and parameters of an address; else `null`
    source: str | None


class ShowVersionTestConsumer(TypedDict):
    """Part of a document."""

    #: a product's address with `product`; a consumer's name with its type
    name: str
    #: a product's address with `product`; a consumer's name with its type
    kind: str
    owners: list[str]
    #: that a consumer uses; `null` for a product
    port: str | None
    #: of a product those that are built from it; of a consumer those that it uses
    datasets: list[str]


class ShowVersionTest(TypedDict):
    """Part of a document."""

    #: the rule's name, unique in its dataset: the writer's `id` or `name`, else for example
    #: `contract:required(customer)`, `test:rowCount`, `file:no_refund_is_an_order`
    id: str
    #: what was tested
    dataset: str
    #: `log`, `warn` or `stop`: what the rule does when it does not hold
    action: str
    #: `pass`; `log`, `warn`, `stop`: it does not hold; `error`: it could not be measured
    verdict: str
    #: what was measured
    value: float
    #: what was demanded; a pair for the two operators with Between
    operator: str
    #: what was demanded; a pair for the two operators with Between
    bound: int
    #: how many rows break the rule; `null` where it is not about rows
    failing_rows: int | None
    #: the same in words; empty in records of earlier releases
    demand: str
    #: what is measured: `rowCount`, `nullValues`, `violations` ...; `null` of unit tests, of custom rules that
    #: nothing can measure, and in records of earlier releases
    metric: str | None
    #: the columns that it is about; none where it is about whole rows
    columns: list[str]
    #: the rule in words
    rule: str
    #: what was found, in words
    finding: str
    #: up to ten rows that break the rule, each an object
    sample: list[dict[str, Any]]
    #: what was tested
    version: str
    #: whether the verdict was measured by an earlier run
    recorded: bool
    #: why it could not be measured
    error: Any
    #: of a rule that is not kept: where what it found can come from, the datasets of other products that the
    #: dataset or the rule reads and the sources of its own product; where a column of the rule is made from
    #: columns of some of them, these alone.
    supplier: list[ShowVersionTestSupplier]
    #: of a rule that is not kept: whom the dataset reaches, or would have reached: products that are built from
    #: it, however far down, and declared consumers of its ports and of theirs.
    consumers: list[ShowVersionTestConsumer]


class ShowVersion(TypedDict):
    """`meshwright/show/1`, see json.md."""

    schema: Literal["meshwright/show/1"]
    kind: str
    id: str
    dataset: str
    rows: int
    size_bytes: int
    #: of the rows, blind to their order (how)
    content_digest: str
    #: of what the node means
    fingerprint: str
    #: `sql`, `view`, `python` or `source`; a `view` has no `files`, and what is made of parts has none of its own
    node_kind: str
    columns: list[ShowVersionColumn]
    files: list[ShowVersionFile]
    #: of a version that is made of parts, which has no `files` itself; `null` for every other. The parts
    parts: ShowVersionParts
    #: dataset and version that it was built from
    inputs: dict[str, Any]
    #: why only sandboxes may point to it, in words: it was built from masked or sampled data; empty for every
    #: other version
    restricted: list[Any]
    #: values of the parameters that it was built with
    params: dict[str, Any]
    #: kind, generation and settings of the engine
    engine: str
    #: what built it, when, how long
    run_id: str
    #: what built it, when, how long
    created_at: str
    #: what built it, when, how long
    seconds: float
    #: the environment looked at, where it points to the version
    published_in: list[str]
    #: each a test with a recorded verdict
    tests: list[ShowVersionTest]
    #: absolute paths of its files; those of parts are not listed
    paths: list[str]
    links: NotRequired[dict[str, Any]]


class PortsPort(TypedDict):
    """Part of a document."""

    port: NotRequired[str | None]
    version: NotRequired[str | None]
    status: NotRequired[str | None]
    is_default: NotRequired[bool]


class Ports(TypedDict):
    """`meshwright/ports/1`, see json.md."""

    schema: Literal["meshwright/ports/1"]
    product: str | None
    environment: str | None
    ports: list[PortsPort]
    links: dict[str, Any]


class ShowPortVersion(TypedDict):
    """Part of a document."""

    #: as in `port_versions[]` of a product
    port: str
    #: as in `port_versions[]` of a product
    version: str
    #: as in `port_versions[]` of a product
    status: str
    #: as in `port_versions[]` of a product
    is_default: bool


class ShowPort(TypedDict):
    """`meshwright/show/1`, see json.md."""

    schema: Literal["meshwright/show/1"]
    kind: str
    address: str
    product: str
    #: what was looked at
    environment: str
    #: from `product.odps.yaml`
    version: str
    #: from the contract
    contract_id: str
    #: from the contract
    contract_version: str
    #: from the contract
    status: str
    #: all versions of the port, oldest first
    versions: list[ShowPortVersion]
    #: that the port holds
    datasets: list[str]
    #: what the contract calls a dataset, where that is another name: name: dataset
    names: dict[str, Any]
    #: datasets of other products that read what it holds
    read_by: list[str]
    #: names of declared consumers
    consumers: list[str]
    #: the contract's revision that stands; `null` where none does
    published: str | None
    #: the contract in the files, as JSON
    contract: dict[str, Any]
    links: NotRequired[dict[str, Any]]


class Health(TypedDict):
    """`meshwright/health/1`, see json.md."""

    schema: Literal["meshwright/health/1"]
    ok: bool


class ReadyChecks(TypedDict):
    """Part of a document."""

    mesh: NotRequired[str | None]
    state: NotRequired[str | None]


class Ready(TypedDict):
    """`meshwright/ready/1`, see json.md."""

    schema: Literal["meshwright/ready/1"]
    ok: bool
    checks: ReadyChecks


class TellLineageRun(TypedDict):
    """Part of a document."""

    runId: str
    facets: NotRequired[dict[str, Any]]


class TellLineageJob(TypedDict):
    """Part of a document."""

    namespace: str
    name: str
    facets: NotRequired[dict[str, Any]]


class TellLineageDataset(TypedDict):
    """Part of a document."""

    namespace: str
    name: str
    facets: NotRequired[dict[str, Any]]


class TellLineageInput(TypedDict):
    """Part of a document."""

    namespace: str
    name: str
    facets: NotRequired[dict[str, Any]]


class TellLineageOutput(TypedDict):
    """Part of a document."""

    namespace: str
    name: str
    facets: NotRequired[dict[str, Any]]

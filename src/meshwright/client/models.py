"""Documents of the API. Written by scripts/write_api.py."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class Api(TypedDict):
    """What answers here."""

    schema: Literal["meshwright/api/1"]
    meshwright: str
    links: dict[str, Any]


class Self(TypedDict):
    """Who calls."""

    schema: Literal["meshwright/self/1"]
    id: str
    role: Literal["administrator", "viewer"]
    domain: str | None
    mesh: str


class ProblemCode(TypedDict):
    """What a code means."""

    schema: Literal["meshwright/problem-code/1"]
    code: str
    title: str
    meaning: str
    fix: str
    example: str


class RecordedCall(TypedDict):
    """One call."""

    #: `domain`, `data`, `process`, `event`, `development`
    kind: Literal["domain", "data", "process", "event", "development"]
    #: of the request, and when it came
    id: str
    #: of the request, and when it came
    at: str
    #: id of the token that called
    token: str
    #: domain that the token belongs to, `null` for none
    caller: str | None
    #: domain that was called
    domain: str | None
    #: what was done in one word, and to what
    action: str
    #: what was done in one word, and to what
    object: str | None
    #: HTTP status of the answer
    status: int
    #: of the answer; `null` where they are not known
    rows: int | None
    #: of the answer; `null` where they are not known
    bytes: int | None
    #: from the request to the end of the answer
    seconds: float


class Calls(TypedDict):
    """A page of calls."""

    schema: Literal["meshwright/calls/1"]
    #: newest first; a request that touches several domains is one for each, of one `id`
    calls: list[RecordedCall]
    #: by URL: cursor of the next page; `null` at the end, and on the command line
    next: str | None


class CallsEdge(TypedDict):
    """All calls of one domain to another, of one kind."""

    #: as in `calls list`
    kind: Literal["domain", "data", "process", "event", "development"]
    #: as in `calls list`
    caller: str | None
    #: as in `calls list`
    domain: str | None
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
    """Who calls whom."""

    schema: Literal["meshwright/calls-summary/1"]
    #: where it was asked to look back, `null` for all that is recorded
    since: str | None
    #: by caller, domain and kind; `caller` is `null` for tokens of no domain
    edges: list[CallsEdge]


Form = Literal["json", "ndjson", "csv", "parquet", "arrow"]


class ListedColumn(TypedDict):
    """A column in a list."""

    name: str
    type: str | None
    description: str | None
    classification: str | None
    tags: list[str]


class PublishedVersion(TypedDict):
    """The version of a dataset that an environment points to."""

    version: str
    generation: int
    rows: int
    size_bytes: int
    created_at: str | None


class ListedDataset(TypedDict):
    """A dataset in a list."""

    kind: str
    address: str
    description: str | None
    tags: list[str]
    ports: list[str]
    columns: list[ListedColumn]
    published: PublishedVersion | None


class Datasets(TypedDict):
    """A page of datasets."""

    schema: Literal["meshwright/datasets/1"]
    environment: str
    generation: int | None
    total: int
    datasets: list[ListedDataset]
    next: str | None
    links: dict[str, Any]


class VersionColumn(TypedDict):
    """A column of a version."""

    name: str
    type: str


class VersionFile(TypedDict):
    """A file of a version."""

    path: str
    size_bytes: int
    checksum: str
    rows: int


#: The parts that a version is made of, counted.
VersionParts = TypedDict(
    "VersionParts",
    {
        "count": int,
        "class": Literal["pure", "as_of", "stateful"],
        "by": str | None,
        "calendar": str | None,
        "first": str | None,
        "last": str | None,
        "gaps": int,
        "earlier": dict[str, int],
    },
)


class Version(TypedDict):
    """A version of a dataset."""

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
    columns: list[VersionColumn]
    files: list[VersionFile]
    #: of a version that is made of parts, which has no `files` itself; `null` for every other. The parts
    parts: VersionParts | None
    #: dataset and version that it was built from
    inputs: dict[str, str]
    #: why only sandboxes may point to it, in words: it was built from masked or sampled data; empty for every
    #: other version
    restricted: list[str]
    #: values of the parameters that it was built with
    params: Any
    #: kind, generation and settings of the engine
    engine: str
    #: what built it, when, how long
    run_id: str
    #: what built it, when, how long
    created_at: str | None
    #: what built it, when, how long
    seconds: float


class ThroughPort(TypedDict):
    """What a dataset reads through a port of several versions, and why it is this one."""

    #: as it is written; the dataset that it means; the version of the port
    name: str
    #: as it is written; the dataset that it means; the version of the port
    dataset: str
    #: as it is written; the dataset that it means; the version of the port
    port: str
    #: why it is this version, in words
    why: str


class Supplier(TypedDict):
    """Where what a broken rule found can come from."""

    #: whose it is
    product: str
    #: whose it is
    owners: list[str]
    #: whose it is
    dataset: str
    #: the columns of it that the rule's columns are made from; empty where that is not known or the rule is about
    #: whole rows
    columns: list[str]
    #: of a source where it reads from, without user, password and parameters of an address; else `null`
    source: str | None


class Reached(TypedDict):
    """Whom a dataset would have reached."""

    #: a product's address with `product`; a consumer's name with its type
    kind: str
    #: a product's address with `product`; a consumer's name with its type
    name: str
    owners: list[str]
    #: that a consumer uses; `null` for a product
    port: str | None
    #: of a product those that are built from it; of a consumer those that it uses
    datasets: list[str]


class TestEntry(TypedDict):
    """What a rule says of a version."""

    #: the rule's name, unique in its dataset: the writer's `id` or `name`, else for example
    #: `contract:required(customer)`, `test:rowCount`, `file:no_refund_is_an_order`
    id: str
    #: what was tested
    dataset: str
    #: `log`, `warn` or `stop`: what the rule does when it does not hold
    action: Literal["log", "warn", "stop"]
    #: `pass`; `log`, `warn`, `stop`: it does not hold; `error`: it could not be measured
    verdict: Literal["pass", "log", "warn", "stop", "error"]
    #: what was measured
    value: Any
    #: what was demanded; a pair for the two operators with Between
    operator: str
    #: what was demanded; a pair for the two operators with Between
    bound: Any
    #: how many rows break the rule; `null` where it is not about rows
    failing_rows: int | None
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
    #: the same in words; empty in records of earlier releases
    demand: str
    #: what was tested
    version: str
    #: whether the verdict was measured by an earlier run
    recorded: bool
    #: why it could not be measured
    error: str | None
    #: of a rule that is not kept: where what it found can come from, the datasets of other products that the
    #: dataset or the rule reads and the sources of its own product; where a column of the rule is made from
    #: columns of some of them, these alone.
    supplier: list[Supplier]
    #: of a rule that is not kept: whom the dataset reaches, or would have reached: products that are built from
    #: it, however far down, and declared consumers of its ports and of theirs.
    consumers: list[Reached]


class Origin(TypedDict):
    """The component that a dataset comes of."""

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


class Outcome(TypedDict):
    """What came of the job that made a version."""

    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    job: str
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    values: dict[str, Any]
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    tables: list[str]
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    costs: dict[str, float]
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    url: str | None
    #: its id; small values; names of the datasets that it left; measured costs; where the tool shows it; tables
    #: that it changed in place
    unmanaged: list[str]


class InsideStep(TypedDict):
    """A step inside of a node, with the dataset that it makes."""

    #: in the tool's words; `kind` is `model`, `test`, `task`
    kind: str
    #: in the tool's words; `kind` is `model`, `test`, `task`
    name: str
    #: `waiting`, `running`, `succeeded`, `failed`, `skipped`, `blocked` or `cancelled`
    state: str
    #: names of the inner steps that it waits for
    after: list[str]
    #: `null` where the tool does not say
    started_at: str | None
    #: `null` where the tool does not say
    ended_at: str | None
    #: `null` where the tool does not say
    seconds: float | None
    #: why it failed, in the tool's words; of a test, its verdict and what it found, where it did not pass; else
    #: `null`
    error: str | None
    #: the tool's name for the dataset that it makes, `null` where it makes none
    dataset: str | None
    #: of a test that was run: `pass`, `log`, `warn`, `stop` or `error`; else `null`
    verdict: Literal["pass", "log", "warn", "stop", "error", None]
    #: the dataset of the mesh that it makes; `null` where the node yields none of it
    address: str | None


class Inside(TypedDict):
    """The tool's own graph inside of a node, of the newest run that has one."""

    #: that run
    run_id: str
    #: each an inner step, in the order of the tool
    steps: list[InsideStep]


class ShowDataset(TypedDict):
    """A dataset."""

    schema: Literal["meshwright/show/1"]
    kind: Literal["dataset"]
    address: str
    #: whether the node yields no dataset, and so has neither columns nor rows
    step: bool
    description: str | None
    #: the domain's
    owners: list[str]
    #: what was looked at
    environment: str
    #: a version, `null` where none is published
    published: Version | None
    #: each a version that is kept, newest first, candidates too
    versions: list[Version]
    #: datasets
    reads: list[str]
    #: what it reads through ports of several versions, or under another name
    through: list[ThroughPort]
    #: datasets
    read_by: list[str]
    #: that hold it
    ports: list[str]
    #: each a test with a recorded verdict on the published version
    tests: list[TestEntry]
    #: the component that it comes of; `null` where somebody wrote it
    component: Origin | None
    #: what came of the newest job of a node of a tool; `null` where no job made it
    outcome: Outcome | None
    #: the tool's own graph inside of a node, as the newest run left it that has one (of the environment, else of
    #: any); `null` where none has
    inside: Inside | None
    #: what outside tools told of it; `null` where they told nothing
    outside: dict[str, Any] | None
    links: dict[str, Any]


class Versions(TypedDict):
    """Versions of a dataset, newest first."""

    schema: Literal["meshwright/versions/1"]
    dataset: str
    environment: str
    published: str | None
    versions: list[Version]
    next: str | None
    links: dict[str, Any]


class PromisedColumn(TypedDict):
    """What the contract of a port says of a column."""

    port: str
    logical_type: str | None
    physical_type: str | None
    required: bool
    unique: bool
    classification: str | None
    description: str | None
    tags: list[str]


class ColumnRule(TypedDict):
    """A rule on a column."""

    id: str
    rule: str


class DescribedColumn(TypedDict):
    """A column of a dataset, with what is promised of it."""

    name: str
    address: str
    type: str | None
    published: bool
    description: str | None
    classification: str | None
    promised: list[PromisedColumn]
    rules: list[ColumnRule]


class Columns(TypedDict):
    """The columns of a dataset, in its order."""

    schema: Literal["meshwright/columns/1"]
    dataset: str
    environment: str
    columns: list[DescribedColumn]


class Column(TypedDict):
    """One column."""

    schema: Literal["meshwright/column/1"]
    name: str
    address: str
    type: str | None
    published: bool
    description: str | None
    classification: str | None
    promised: list[PromisedColumn]
    rules: list[ColumnRule]
    dataset: str
    environment: str
    links: dict[str, Any]


class Verdict(TypedDict):
    """A verdict in the history of a rule."""

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
    action: Literal["log", "warn", "stop"]
    #: the rule as it was then: as of a test
    rule: str
    #: the rule as it was then: as of a test
    operator: str
    #: the rule as it was then: as of a test
    bound: Any
    #: as of a test
    verdict: Literal["pass", "log", "warn", "stop", "error"]
    #: as of a test
    value: Any
    #: as of a test
    failing_rows: int | None
    #: as of a test
    finding: str
    #: up to ten rows that break the rule, as long as the version is kept
    sample: list[dict[str, Any]]
    #: as of a test
    error: str | None


class Edit(TypedDict):
    """A way in which a rule is not what it was."""

    #: `name` (the id), `action`, `bound`, `columns`, `query`, `parameters` or `arguments`
    what: str
    #: in words
    before: str
    #: in words
    after: str


class ListedRule(TypedDict):
    """A rule of a dataset with its latest verdict."""

    #: as of a test
    id: str
    #: in words: all of it, and its bound
    rule: str
    #: as of a test
    action: Literal["log", "warn", "stop"]
    #: in words: all of it, and its bound
    demand: str
    #: whose contract states it; `null` where none does
    port: str | None
    #: where it is written
    file: str | None
    #: where it is written
    line: int | None
    #: a verdict: the newest one in the environment or, of a sandbox, in its base; `null` where it was never
    #: measured
    latest: Verdict | None
    #: each an edit of the rule since
    edited: list[Edit]


class Rules(TypedDict):
    """The rules of a dataset."""

    schema: Literal["meshwright/rules/1"]
    #: what was looked at
    dataset: str
    #: what was looked at
    environment: str
    #: each a rule, in the order in which they are enforced
    rules: list[ListedRule]
    links: dict[str, Any]


class PastVerdict(TypedDict):
    """A verdict, and how the rule had been edited since the one before."""

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
    action: Literal["log", "warn", "stop"]
    #: the rule as it was then: as of a test
    rule: str
    #: the rule as it was then: as of a test
    operator: str
    #: the rule as it was then: as of a test
    bound: Any
    #: as of a test
    verdict: Literal["pass", "log", "warn", "stop", "error"]
    #: as of a test
    value: Any
    #: as of a test
    failing_rows: int | None
    #: as of a test
    finding: str
    #: up to ten rows that break the rule, as long as the version is kept
    sample: list[dict[str, Any]]
    #: as of a test
    error: str | None
    #: each an edit of the rule since the verdict before it, in the same environment
    edited: list[Edit]


class Rule(TypedDict):
    """A rule and what it said so far, newest first."""

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
    now: ListedRule | None
    #: each a verdict, newest first: the newest 20, with `--all` every one
    history: list[PastVerdict]
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


class DeliveredEvent(TypedDict):
    """The event of a delivery, which may be forgotten by now."""

    source: str
    id: str
    type: str
    number: int


class Try(TypedDict):
    """A try to deliver."""

    #: `status` is `null` where there was no answer, `error` where it was taken
    at: str
    #: `status` is `null` where there was no answer, `error` where it was taken
    seconds: float
    #: `status` is `null` where there was no answer, `error` where it was taken
    status: int | None
    #: `status` is `null` where there was no answer, `error` where it was taken
    error: str | None


class ListedDelivery(TypedDict):
    """An event on its way to a subscription."""

    #: goes along as `webhook-id`: however often it is sent, it is the same
    id: str
    subscription: str
    event: DeliveredEvent
    #: `waiting`, `delivered`, `started` where a run was ordered, `dead` where it was given up
    state: Literal["waiting", "delivered", "started", "dead"]
    #: tries since it was made, or replayed
    attempts: int
    #: when it is tried next; `null` where it has ended, or waits for one before it of the same product
    next_at: str | None
    created_at: str
    ended_at: str | None
    #: the last twenty
    tries: list[Try]
    #: the first kilobyte of the receiver's last answer, where that was no success
    answer: str | None
    #: the run that was ordered
    run_id: str | None


class Deliveries(TypedDict):
    """A page of deliveries, newest first."""

    schema: Literal["meshwright/deliveries/1"]
    #: each a delivery, newest first
    deliveries: list[ListedDelivery]
    #: by URL: the cursor of the next page; `null` where this is the last
    next: str | None


DeliveryState = Literal["waiting", "delivered", "started", "dead"]


class Delivery(TypedDict):
    """One delivery."""

    schema: Literal["meshwright/delivery/1"]
    #: goes along as `webhook-id`: however often it is sent, it is the same
    id: str
    subscription: str
    event: DeliveredEvent
    #: `waiting`, `delivered`, `started` where a run was ordered, `dead` where it was given up
    state: Literal["waiting", "delivered", "started", "dead"]
    #: tries since it was made, or replayed
    attempts: int
    #: when it is tried next; `null` where it has ended, or waits for one before it of the same product
    next_at: str | None
    created_at: str
    ended_at: str | None
    #: the last twenty
    tries: list[Try]
    #: the first kilobyte of the receiver's last answer, where that was no success
    answer: str | None
    #: the run that was ordered
    run_id: str | None


class ListedDomain(TypedDict):
    """A domain in a list."""

    name: str
    purpose: str
    owners: list[str]
    products: list[str]


class Domains(TypedDict):
    """A page of domains."""

    schema: Literal["meshwright/domains/1"]
    environment: str
    generation: int | None
    total: int
    domains: list[ListedDomain]
    next: str | None
    links: dict[str, Any]


class ShowDomain(TypedDict):
    """A domain."""

    schema: Literal["meshwright/show/1"]
    kind: Literal["domain"]
    address: str
    #: from `domain.yaml`
    purpose: str
    #: from `domain.yaml`
    owners: list[str]
    #: addresses
    products: list[str]
    links: dict[str, Any]


class ListedEnvironment(TypedDict):
    """An environment in a list."""

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
    provisioning: Literal["making", "made", "leaving", None]


class Environments(TypedDict):
    """A page of environments, by name."""

    schema: Literal["meshwright/environments/1"]
    #: those that `mesh.yaml` declares, then the sandboxes, each by name
    environments: list[ListedEnvironment]
    #: as in calls list
    next: str | None


class ProvisionedNode(TypedDict):
    """A node of a component that a sandbox is provisioned with."""

    name: str
    tool: str
    #: `waiting`, `begun` (it may have done a part), `done`, `undoing` (its undo was begun, or failed), `undone` or
    #: `left` (it stays)
    state: str
    #: whether the component says how it is undone
    undo: bool
    #: what it left, and where its tool shows it; `null` where it does not
    values: dict[str, Any]
    #: what it left, and where its tool shows it; `null` where it does not
    url: str | None
    #: why it, or its undo, failed last; else `null`
    error: str | None
    #: the run that did it, or tried last
    run_id: str | None


class Provisioned(TypedDict):
    """A component that a sandbox is provisioned with."""

    #: key under `sandboxes.provision`, component and version
    name: str
    #: key under `sandboxes.provision`, component and version
    component: str
    #: parameter: value
    params: dict[str, Any]
    #: in the order in which they run
    nodes: list[ProvisionedNode]


class EnvironmentAnswer(TypedDict):
    """What became of an environment that was made, moved, extended or deleted."""

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
    provisioned: list[Provisioned]


class Sample(TypedDict):
    """How much of the data a sandbox holds."""

    #: one of the two, the other is `null`
    percent: float | None
    #: one of the two, the other is `null`
    rows: int | None


class Pin(TypedDict):
    """A pointer that is held."""

    object: str
    #: where the pin stands: in a sandbox, pins of its base hold as well
    environment: str
    #: what it is held at; `null`: held absent
    revision: str | None
    at: str
    by: str
    reason: str


class Drift(TypedDict):
    """An object of a sandbox's base that moved since."""

    #: `dataset`, `port` or `product`
    kind: Literal["dataset", "port", "product"]
    #: `dataset`, `port` or `product`
    object: str
    #: revision in that generation and now; `null` where it was not there, or is there no more
    before: str | None
    #: revision in that generation and now; `null` where it was not there, or is there no more
    after: str | None
    #: whether the sandbox has it among `own[]`: a promotion would meet it
    own: bool


class Moved(TypedDict):
    """A pointer that moved in a publication."""

    object: str
    before: str | None
    after: str | None


class Publication(TypedDict):
    """A publication into an environment."""

    generation: int
    at: str
    by: str
    #: `run`, `promote`, `rollback`, `rebase`, `pin` or `drop` (of a variation)
    action: Literal["run", "promote", "rollback", "rebase", "pin", "drop"]
    reason: str
    #: `null` where only pointers moved
    run_id: str | None
    #: of a sandbox: what shone through then
    base_generation: int | None
    changed: list[Moved]


class Environment(TypedDict):
    """Everything that is known of an environment."""

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
    #: as in the list
    provisioning: Literal["making", "made", "leaving", None]
    #: of a sandbox that leaves rows out: how many it shows; else `null`
    sample: Sample | None
    #: the commit that its newest publication came from; `null` where that was not clean git
    commit: str | None
    #: object: version of a dataset, revision of a port or product; what shines through in a sandbox is among them
    pointers: dict[str, str | None]
    #: of a sandbox: objects for which it has a pointer, or a tombstone, of its own
    own: list[str]
    #: what is held
    pins: list[Pin]
    #: of a sandbox: objects of its base that moved since the generation that it lies over
    drift: list[Drift]
    #: with `--history`: generations, newest first
    history: list[Publication]
    #: what a sandbox is provisioned with, in the order in which it is done
    provisioned: list[Provisioned]


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


class Rebuild(TypedDict):
    """What a sandbox builds again after it was put on what its base shows now."""

    #: as in a plan: `build` or `pending`
    dataset: str | None
    #: as in a plan: `build` or `pending`
    action: str
    #: as in a plan: `build` or `pending`
    reasons: list[str]


class Rebase(TypedDict):
    """A sandbox that was put on what its base shows now."""

    schema: Literal["meshwright/rebase/1"]
    #: the sandbox as it is now
    environment: str
    #: the sandbox as it is now
    generation: int
    #: the sandbox as it is now
    base: str | None
    #: the sandbox as it is now
    base_generation: int | None
    #: objects that are its own no more: the base shows the same
    changed: list[str]
    #: objects of the base that moved between the two generations
    drift: list[Drift]
    #: what the next run into it builds, in order
    rebuild: list[Rebuild]
    seconds: float
    #: what went less well, for example files for plain readers that could not be written
    notes: list[str]


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


class RunWish(TypedDict):
    """What was asked for by URL, and what became of it."""

    kind: Literal["run", "resume", "rerun", "repeat", "promote"]
    state: Literal["waiting", "started", "ended", "failed", "withdrawn"]
    reason: str
    error: Any
    asked: Any
    by: str
    requested_at: str
    ended_at: str | None
    attempts: int
    stop_asked: bool


class RunWarning(TypedDict):
    """What keeps a run from beginning, and what to do."""

    code: str
    message: str
    fix: str | None


class RunRequest(TypedDict):
    """Answer to a request for a run."""

    schema: Literal["meshwright/run-request/1"]
    run_id: str
    url: str
    state: Literal["waiting", "running", "succeeded", "partial", "failed", "stopped", "interrupted"]
    environment: str
    request: RunWish | None
    warnings: list[RunWarning]


class ListedEvent(TypedDict):
    """An event that came in, or that meshwright told."""

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
    """A page of events, newest first."""

    schema: Literal["meshwright/events/1"]
    #: newest first
    events: list[ListedEvent]
    #: by URL: the cursor of the next page; `null` where this is the last
    next: str | None


class SentEvent(TypedDict):
    """An event that was sent, and whether it is new."""

    source: str
    id: str
    type: str
    #: `false` where an event of this source and id was there already
    new: bool


class EventSend(TypedDict):
    """Answer to events that were sent."""

    schema: Literal["meshwright/event-send/1"]
    #: in the order of the file
    events: list[SentEvent]
    #: how many
    new: int
    #: how many
    known: int


class Finding(TypedDict):
    """Something that is wrong, where, and how to mend it. Place and object are null where it has none."""

    #: what it is, see diagnostic codes
    code: str
    #: `error`, `warning` or `info`
    severity: Literal["error", "warning", "info"]
    #: what is wrong, in words
    message: str
    #: where; lines and columns count from 1; `null` where it is no place in a file
    file: str | None
    #: where; lines and columns count from 1; `null` where it is no place in a file
    line: int | None
    #: where; lines and columns count from 1; `null` where it is no place in a file
    column: int | None
    #: what to do
    fix: str | None
    #: address of what it is about
    object: str | None


class Check(TypedDict):
    """Whether the files of the mesh are right."""

    schema: Literal["meshwright/check/1"]
    #: whether no finding is an error
    ok: bool
    #: each a finding, sorted by place
    diagnostics: list[Finding]
    #: how much was looked at: domains, products, datasets, ports, files
    counts: dict[str, int]


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


class ComponentParameter(TypedDict):
    """A parameter of a component."""

    name: str
    type: str
    #: as text; `null`: must be given
    default: Any
    #: the values that it may have, as text; empty: all of its type
    enum: list[Any]
    #: the input whose columns it names
    of: str | None
    description: str | None


class ComponentVersion(TypedDict):
    """A version of a component: `inputs` are name -> column -> type, `outputs` name -> node."""

    #: as `component.yaml` has them
    version: str
    #: as `component.yaml` has them
    description: str | None
    #: as `component.yaml` has them
    owners: list[str]
    #: input: columns that it must have, with their types
    inputs: dict[str, dict[str, str]]
    #: output: node inside; the first is the default
    outputs: dict[str, str]
    #: its parameters
    params: list[ComponentParameter]
    #: of its files
    digest: str
    #: `mesh`, `domain <name>`, `kept` or `meshwright`
    source: str
    #: where it lies
    folder: str


class ComponentUse(TypedDict):
    """A node that is a component."""

    #: who; as written; the version that it has
    node: str
    #: who; as written; the version that it has
    asked: str
    #: who; as written; the version that it has
    version: str
    #: whether the lock file says so
    locked: bool
    #: the use in whose component it stands; `null` for one that somebody wrote
    inside: str | None
    #: what it became
    datasets: list[str]
    #: where it is written
    file: str
    #: where it is written
    line: int


class ListedComponent(TypedDict):
    """A component with its versions and users."""

    #: in full: `best` of the mesh, `sales.best` of a domain, `std.top_n`
    name: str
    #: the newest version
    newest: str
    #: oldest first
    versions: list[ComponentVersion]
    #: the nodes that use it
    uses: list[ComponentUse]


class Components(TypedDict):
    """The components that pipelines may use."""

    schema: Literal["meshwright/components/1"]
    #: each component
    components: list[ListedComponent]


class Component(TypedDict):
    """One component."""

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


#: What is made from what.
Edge = TypedDict("Edge", {"kind": Literal["direct", "indirect"], "from": str, "to": str})


class Lineage(TypedDict):
    """What an object is made from, and what is made from it."""

    schema: Literal["meshwright/lineage/1"]
    #: the dataset or column
    object: str
    #: it, and all up and down stream: datasets, or columns where it is a column
    nodes: list[str]
    edges: list[Edge]
    #: of a column: datasets whose columns are not followed, and why: a node of a tool tells of them when it has
    #: run, or never
    notes: list[str]
    #: what of it lies outside, as outside tools told; `null` where nothing does. In `nodes[]` and `edges[]` such a
    #: dataset stands as its namespace and name, `s3://lake/marts/orders`
    outside: dict[str, Any] | None


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
    """A new token, with its secret."""

    schema: Literal["meshwright/token-create/1"]
    #: by which it is listed and revoked
    id: str
    #: what is sent; told only here
    token: str
    #: `administrator` or `viewer`
    role: Literal["administrator", "viewer"]
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
    #: names of jobs of outside tools that read what changes of the product
    outside: list[Any]


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
    #: names of jobs of outside tools that read what changes, or what is made from it
    outside: list[Any]


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
    #: products that read what changes from another product, and products whose ports declare consumers of it, or
    #: of which outside jobs read it
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


class ListedProduct(TypedDict):
    """A product in a list."""

    address: str
    domain: str
    name: str | None
    version: str | None
    status: str | None
    description: str | None
    owners: list[str]
    tags: list[str]
    generation: int | None
    ports: list[str]
    datasets: list[str]


class Products(TypedDict):
    """A page of products."""

    schema: Literal["meshwright/products/1"]
    environment: str
    generation: int | None
    total: int
    products: list[ListedProduct]
    next: str | None
    links: dict[str, Any]


class PortVersion(TypedDict):
    """One of the versions of a port."""

    #: as in `port_versions[]` of a product
    port: str
    #: as in `port_versions[]` of a product
    version: str
    #: as in `port_versions[]` of a product
    status: str | None
    #: as in `port_versions[]` of a product
    is_default: bool


class ProductPublication(TypedDict):
    """A publication of a product."""

    generation: int
    until: int | None
    at: str
    by: str
    run_id: str
    action: Literal["run", "promote", "rollback", "rebase", "pin", "drop"]
    reason: str
    revision: str | None
    version: str | None
    status: str | None
    commit: str | None


class ShowProduct(TypedDict):
    """A product."""

    schema: Literal["meshwright/show/1"]
    kind: Literal["product"]
    address: str
    #: from `product.odps.yaml`
    name: str | None
    #: from `product.odps.yaml`
    version: str | None
    #: from `product.odps.yaml`
    status: str | None
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
    port_versions: list[PortVersion]
    #: names of declared consumers of its ports
    consumers: list[str]
    #: addresses of the product's variations, `domain.product@variation`
    variations: list[str]
    #: the product as published: `product`, `name`, `version`, `status`, `run`, `at`, `by`, `code`, `commit`,
    #: `generation_before`, `spec` (the ODPS document), `datasets` (version, columns, rows, size, digest, inputs,
    #: tests), `ports` (revision, contract); empty where nothing was published
    manifest: Any
    links: dict[str, Any]
    history: list[ProductPublication]


class ProductHistory(TypedDict):
    """How a product was published, newest first."""

    schema: Literal["meshwright/product-history/1"]
    product: str
    environment: str
    publications: list[ProductPublication]
    next: str | None
    links: dict[str, Any]


class Reads(TypedDict):
    """A dataset, and one that it reads."""

    dataset: str
    reads: str


class ReadingProduct(TypedDict):
    """A product that reads another one."""

    address: str
    owners: list[str]
    reads: list[Reads]


class Use(TypedDict):
    """What a consumer uses of a port."""

    port: str
    columns: list[str]


class DeclaredConsumer(TypedDict):
    """Who uses a product outside of the mesh, as it is declared."""

    kind: str
    name: str
    owner: str | None
    url: str | None
    description: str | None
    declared_in: str
    uses: list[Use]


class Consumers(TypedDict):
    """Who uses a product."""

    schema: Literal["meshwright/consumers/1"]
    product: str
    environment: str
    products: list[ReadingProduct]
    declared: list[DeclaredConsumer]


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


class ListedRun(TypedDict):
    """A run in a list. What is null is not known of a run that has not begun."""

    run_id: str
    environment: str
    #: `running`, or as in a run
    state: Literal["waiting", "running", "succeeded", "partial", "failed", "stopped", "interrupted"]
    #: user and host
    by: str
    #: `finished_at` is `null` while it goes on
    started_at: str | None
    #: `finished_at` is `null` while it goes on
    finished_at: str | None
    #: of the environment before and after
    base_generation: int | None
    #: of the environment before and after
    generation: int | None
    #: the run that this one repeats, or that started it; else `null`
    parent: str | None
    #: key of the parent's step that started it, else `null`
    parent_step: str | None
    #: `select`, `only`, `retest`, `params` as given; `cause` where a trigger or another program started the run:
    #: `kind` (`schedule`, `event`, `publication`, `file`, `pipeline`, `person`, `api`), `name`, `at`, `events`,
    #: `key`, and in a chain of causes `depth` and `correlation`
    options: Any
    #: release that ran it
    meshwright: str | None
    request: NotRequired[RunWish | None]
    #: with `--tree` alone: how many runs stand above it
    depth: NotRequired[int]


class Runs(TypedDict):
    """A page of runs, newest first."""

    schema: Literal["meshwright/runs/1"]
    #: each a recorded run, newest first; with `--tree` each stands after the one that started it
    runs: list[ListedRun]
    next: str | None


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
    """What a run cost."""

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
    """Answer to a request that a run stops."""

    schema: Literal["meshwright/run-stop/1"]
    run_id: str
    url: str
    state: Literal["waiting", "running", "succeeded", "partial", "failed", "stopped", "interrupted"]
    environment: str
    asked: list[str]


class InnerStep(TypedDict):
    """A step of a tool's own graph, or of a nested pipeline, inside of a step."""

    #: in the tool's words; `kind` is `model`, `test`, `task`
    kind: str
    #: in the tool's words; `kind` is `model`, `test`, `task`
    name: str
    #: `waiting`, `running`, `succeeded`, `failed`, `skipped`, `blocked` or `cancelled`
    state: str
    #: names of the inner steps that it waits for
    after: list[str]
    #: `null` where the tool does not say
    started_at: str | None
    #: `null` where the tool does not say
    ended_at: str | None
    #: `null` where the tool does not say
    seconds: float | None
    #: why it failed, in the tool's words; of a test, its verdict and what it found, where it did not pass; else
    #: `null`
    error: str | None
    #: the tool's name for the dataset that it makes, `null` where it makes none
    dataset: str | None
    #: of a test that was run: `pass`, `log`, `warn`, `stop` or `error`; else `null`
    verdict: Literal["pass", "log", "warn", "stop", "error", None]


class StepWithInner(TypedDict):
    """A step of a run, with those inside of it."""

    #: as in a run
    key: str
    #: as in a run
    dataset: str | None
    #: as in a run
    action: str
    #: as in a run, or `waiting`, `running`
    state: Literal["waiting", "running", "succeeded", "failed", "blocked", "skipped", "interrupted"]
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
    started_at: str | None
    #: as in a run
    ended_at: str | None
    #: as in a run
    inputs: dict[str, str]
    #: as in a run
    costs: dict[str, float]
    #: each an inner step of the tool inside of the step, as it stood when it was last looked at; none of other
    #: steps
    inner: list[InnerStep]


class ChildRun(TypedDict):
    """A run that this one started."""

    #: `step` is the key of the step that started it
    run_id: str
    #: `step` is the key of the step that started it
    state: Literal["running", "succeeded", "partial", "failed", "stopped", "interrupted"]
    #: `step` is the key of the step that started it
    step: str | None


class LogLine(TypedDict):
    """A line of a run's log."""

    #: the line's place: grows within a run, and is the same whatever is searched for
    number: int
    at: str
    #: `debug`, `info`, `warning`, `error` or `critical`
    level: str
    #: key of the step that said it, or null
    step: str | None
    text: str


class RunRecord(TypedDict):
    """Everything that is recorded of a run."""

    schema: Literal["meshwright/run-record/1"]
    run_id: str
    environment: str
    #: `running`, or as in a run
    state: Literal["waiting", "running", "succeeded", "partial", "failed", "stopped", "interrupted"]
    #: user and host
    by: str
    #: `finished_at` is `null` while it goes on
    started_at: str | None
    #: `finished_at` is `null` while it goes on
    finished_at: str | None
    #: of the environment before and after
    base_generation: int | None
    #: of the environment before and after
    generation: int | None
    #: the run that this one repeats, or that started it; else `null`
    parent: str | None
    #: key of the parent's step that started it, else `null`
    parent_step: str | None
    #: `select`, `only`, `retest`, `params` as given; `cause` where a trigger or another program started the run:
    #: `kind` (`schedule`, `event`, `publication`, `file`, `pipeline`, `person`, `api`), `name`, `at`, `events`,
    #: `key`, and in a chain of causes `depth` and `correlation`
    options: Any
    #: release that ran it
    meshwright: str | None
    #: what it was asked for by URL with: `kind`, `state`, `reason`, `error`, `asked`, `by`, `requested_at`,
    #: `ended_at`, `attempts`, `stop_asked`; `null` where nobody did
    request: NotRequired[RunWish | None]
    depth: NotRequired[int]
    #: whether a live process works on it
    held: bool
    #: as they stand
    steps: list[StepWithInner]
    #: the runs that it started, and those that repeat it
    children: list[ChildRun]
    #: each process that carried the run out, in order: one, and one more for each `mw runs resume`
    infrastructure: Any
    #: what it cost; see runs for what is measured
    costs: RunCosts | None
    log: list[LogLine]
    #: the plan as it was made
    planned: Any
    #: the plan as it was carried out; empty while the run goes on
    bound: Any
    #: the run's document; empty while the run goes on
    report: Any
    #: every file of the mesh as it was, with the identity of its bytes
    files: dict[str, str]


class RunLog(TypedDict):
    """Lines of a run's log."""

    schema: Literal["meshwright/run-log/1"]
    run_id: str
    #: the one asked for, or null
    dataset: str | None
    #: the text that was searched for, or null
    search: str | None
    #: in order
    log: list[LogLine]
    next_after: int | None


class RunsOpenlineage(TypedDict):
    """The OpenLineage events of a run."""

    schema: Literal["meshwright/runs-openlineage/1"]
    run_id: str
    #: OpenLineage events, in the order of the plan
    events: list[dict[str, Any]]


class ComparedRun(TypedDict):
    """One of two runs that are compared."""

    #: `seconds` is `null` while it goes on
    run_id: str
    #: `seconds` is `null` while it goes on
    state: Literal["running", "succeeded", "partial", "failed", "stopped", "interrupted"]
    #: `seconds` is `null` while it goes on
    generation: int
    #: `seconds` is `null` while it goes on
    started_at: str
    #: `seconds` is `null` while it goes on
    seconds: float | None


class ChangedFile(TypedDict):
    """A file that is not the same in two runs."""

    #: `added`, `removed` or `changed`
    path: str
    #: `added`, `removed` or `changed`
    change: str
    #: of the unified difference; `null` of a file that is no text
    lines_added: int | None
    #: of the unified difference; `null` of a file that is no text
    lines_removed: int | None


class ChangedValue(TypedDict):
    """A value that is not the same in two runs."""

    #: `null` where a run does not have it
    name: str
    #: `null` where a run does not have it
    before: Any
    #: `null` where a run does not have it
    after: Any


class ChangedVersion(TypedDict):
    """A dataset of which two runs read, or made, different versions."""

    #: `null` where a run does not have it
    dataset: str
    #: `output` where one of the runs had a step for it, `input` where it was only read
    role: Literal["input", "output"]
    #: `null` where a run does not have it
    before: str | None
    #: `null` where a run does not have it
    after: str | None


class StepDone(TypedDict):
    """What a step did."""

    action: str
    state: Literal["waiting", "running", "succeeded", "failed", "blocked", "skipped", "interrupted"]
    rows: int | None
    seconds: float


class ChangedStep(TypedDict):
    """A step that did not do the same in two runs."""

    key: str
    #: `null` where a run does not have the step
    before: StepDone | None
    #: `null` where a run does not have the step
    after: StepDone | None


class ChangedTest(TypedDict):
    """A test that did not say the same in two runs."""

    dataset: str
    id: str
    #: `null` where a run did not measure the rule
    before: dict[str, Any] | None
    #: `null` where a run did not measure the rule
    after: dict[str, Any] | None


class ChangedCosts(TypedDict):
    """What two runs cost of one unit."""

    unit: str
    before: float | None
    after: float | None


class RunsDiff(TypedDict):
    """How two runs differ."""

    schema: Literal["meshwright/runs-diff/1"]
    #: whether nothing differs but times, costs and what the runs ran on
    same: bool
    #: the two runs
    before: ComparedRun
    #: the two runs
    after: ComparedRun
    #: files of the mesh that are not the same
    files: list[ChangedFile]
    #: what was asked for (`select`, `interval`, `param.<name>` ...), and what the runs ran on, where it differs
    options: list[ChangedValue]
    #: what was asked for (`select`, `interval`, `param.<name>` ...), and what the runs ran on, where it differs
    infrastructure: list[ChangedValue]
    #: datasets that stood at another version
    versions: list[ChangedVersion]
    #: steps that did something else, or took twice as long and half a second more
    steps: list[ChangedStep]
    #: rules with another verdict or value
    tests: list[ChangedTest]
    #: each unit in which either run cost something
    costs: list[ChangedCosts]


class CostLine(TypedDict):
    """What one product, or domain, cost; null: what is of none."""

    #: unit to amount
    costs: dict[str, float]
    #: currency to what it comes to, each run at its own prices; empty where nothing has a price
    amounts: dict[str, float]
    #: address of the product or domain; `null` for what runs did beside their steps
    name: str | None
    #: in how many of them it cost something
    runs: int


class CostSum(TypedDict):
    """Costs, and what they come to in each currency."""

    costs: dict[str, float]
    amounts: dict[str, float]


class RunsCost(TypedDict):
    """What runs cost."""

    schema: Literal["meshwright/runs-cost/1"]
    #: `product` or `domain`
    by: Literal["product", "domain"]
    #: runs that began then or later
    since: str
    #: how many those are
    runs: int
    #: dearest first
    lines: list[CostLine]
    #: of all
    total: CostSum


Grouping = Literal["product", "domain"]


class Paused(TypedDict):
    """Who paused a product or a trigger, and why."""

    name: str
    since: str
    by: str
    reason: str


class Firing(TypedDict):
    """A run that a trigger ordered, or why there is none."""

    kind: str
    trigger: str
    #: the moment that it is for, and when it was recorded
    at: str
    #: the moment that it is for, and when it was recorded
    recorded_at: str
    #: `waiting`, `started`, `ended`, `skipped` (by a rule), `failed` (no run came of it)
    state: Literal["waiting", "started", "ended", "skipped", "failed"]
    #: why, in words
    reason: str
    #: its run, and the state in which that ended; `null` before
    run_id: str | None
    #: its run, and the state in which that ended; `null` before
    outcome: str | None
    #: what it rests on: events as `source id`, publications as `address@generation`, paths of files
    events: list[str]
    #: parameters that it sets
    params: dict[str, str]
    #: moments that it makes up for, or that were passed over with it
    missed: int
    #: how often its run was started or gone on with
    attempts: int
    #: when it counts as late (`null`: never), and whether that was told
    late_at: str | None
    #: when it counts as late (`null`: never), and whether that was told
    is_late: bool


class Trigger(TypedDict):
    """A trigger as it stands."""

    kind: str
    trigger: str
    product: str
    fires: str
    overlap: Literal["skip", "queue", "cancel"]
    missed: Literal["none", "once", "all", None]
    late_after_s: int | None
    next_at: str | None
    waits: str | None
    paused: Paused | None
    since: str | None
    last: Firing | None


class NextFiring(TypedDict):
    """A moment at which a trigger fires."""

    #: in UTC, and on the clock of the schedule
    at: str
    #: in UTC, and on the clock of the schedule
    local: str
    #: in UTC, and on the clock of the schedule
    timezone: str
    trigger: str
    why: str
    paused: bool


class LateDataset(TypedDict):
    """A dataset that is older than its rule allows."""

    dataset: str
    rule: str
    #: the newest moment in the data, and since when it is late
    newest: str | None
    #: the newest moment in the data, and since when it is late
    late_at: str | None


class Schedules(TypedDict):
    """Triggers, what is next, and what they ordered."""

    schema: Literal["meshwright/schedules/1"]
    environment: str
    #: who runs the schedules, `null` where nobody does
    worker: str | None
    triggers: list[Trigger]
    #: moments of all schedules in order
    next: list[NextFiring]
    #: the newest, newest first
    firings: list[Firing]
    #: datasets whose newest data is older than their contracts allow, as long as nothing newer came
    late: list[LateDataset]


class PassedOver(TypedDict):
    """How many moments of a trigger passed while it was paused."""

    trigger: str
    moments: int


class SchedulePause(TypedDict):
    """That triggers are paused, or go on."""

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
    passed_over: list[PassedOver]


class Highlight(TypedDict):
    """Where words that were looked for stand: `spans` are beginnings and ends, in characters."""

    field: Literal["name", "title", "tags", "owners", "domain", "description"]
    text: str
    spans: list[list[int]]


class Hit(TypedDict):
    """Something that was found."""

    kind: Literal["domain", "product", "port", "dataset", "column", "outside-dataset", "outside-job"]
    address: str
    id: str | None
    score: float
    title: str | None
    description: str | None
    highlights: list[Highlight]


class Search(TypedDict):
    """A page of what was found, best first."""

    schema: Literal["meshwright/search/1"]
    environment: str
    generation: int | None
    total: int
    counts: dict[str, int]
    meant: dict[str, list[str]]
    hits: list[Hit]
    next: str | None
    links: dict[str, Any]


Kind = Literal["domain", "product", "port", "dataset", "column", "outside-dataset", "outside-job"]


class OrderedRun(TypedDict):
    """The run that a subscription orders."""

    product: str
    environment: str
    params: dict[str, str]
    #: parameter: where in the event its value is
    params_from: dict[str, str]


class ListedSubscription(TypedDict):
    """A wish to be told of events, or that they start a run. What is of webhooks is null where a run is started."""

    id: str
    #: the domain that it belongs to; `null`: the mesh
    owner: str | None
    description: str
    #: which events: one of each list that is not empty must fit
    types: list[str]
    #: which events: one of each list that is not empty must fit
    sources: list[str]
    #: which events: one of each list that is not empty must fit
    subjects: list[str]
    #: which events: one of each list that is not empty must fit
    products: list[str]
    #: which events: one of each list that is not empty must fit
    domains: list[str]
    #: which events: one of each list that is not empty must fit
    environments: list[str]
    #: conditions that must fit as well
    filters: list[dict[str, Any]]
    #: `HTTP` and where events are sent to, without the query; `null` where nothing is sent
    protocol: Literal["HTTP", None]
    #: `HTTP` and where events are sent to, without the query; `null` where nothing is sent
    sink: str | None
    #: `binary` or `structured`, as CloudEvents says
    mode: Literal["binary", "structured", None]
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    timeout_s: float | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    attempts: int | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    backoff_s: float | None
    #: `made`, or the reference to the variable that holds it
    secret_from: str | None
    #: `null`, or what is run for each event
    start: OrderedRun | None
    #: `active`, `paused`, or `disabled` where the receiver said that it is gone
    state: Literal["active", "paused", "disabled"]
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
    """All subscriptions."""

    schema: Literal["meshwright/subscriptions/1"]
    #: each a subscription, the first made first
    subscriptions: list[ListedSubscription]


class StartWish(TypedDict):
    """A product to be run for each event."""

    product: str
    variation: NotRequired[str | None]
    environment: NotRequired[str]
    #: Values of parameters.
    params: NotRequired[dict[str, str]]
    #: Parameters whose values each event holds: an attribute, or `data.region`.
    params_from: NotRequired[dict[str, str]]


class Subscription(TypedDict):
    """One subscription; its secret is told where it was just made."""

    schema: Literal["meshwright/subscription/1"]
    id: str
    #: the domain that it belongs to; `null`: the mesh
    owner: str | None
    description: str
    #: which events: one of each list that is not empty must fit
    types: list[str]
    #: which events: one of each list that is not empty must fit
    sources: list[str]
    #: which events: one of each list that is not empty must fit
    subjects: list[str]
    #: which events: one of each list that is not empty must fit
    products: list[str]
    #: which events: one of each list that is not empty must fit
    domains: list[str]
    #: which events: one of each list that is not empty must fit
    environments: list[str]
    #: conditions that must fit as well
    filters: list[dict[str, Any]]
    #: `HTTP` and where events are sent to, without the query; `null` where nothing is sent
    protocol: Literal["HTTP", None]
    #: `HTTP` and where events are sent to, without the query; `null` where nothing is sent
    sink: str | None
    #: `binary` or `structured`, as CloudEvents says
    mode: Literal["binary", "structured", None]
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    timeout_s: float | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    attempts: int | None
    #: how long an answer may take, how often a delivery is tried, the pause after the first time
    backoff_s: float | None
    #: `made`, or the reference to the variable that holds it
    secret_from: str | None
    #: `null`, or what is run for each event
    start: OrderedRun | None
    #: `active`, `paused`, or `disabled` where the receiver said that it is gone
    state: Literal["active", "paused", "disabled"]
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
    """That a subscription is gone."""

    schema: Literal["meshwright/subscription-delete/1"]
    #: it is gone, with its deliveries
    id: str
    #: it is gone, with its deliveries
    deleted: Literal[True]


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


class ListedToken(TypedDict):
    """What lets a caller in, without its secret."""

    #: as in token create
    id: str
    #: as in token create
    role: Literal["administrator", "viewer"]
    #: as in token create
    domain: str | None
    #: what it is for
    purpose: str
    #: when it was made, and by whom
    created: str
    #: when it was made, and by whom
    by: str
    #: as in token create
    expires: str | None
    #: `null` where it was not revoked
    revoked: str | None
    #: `null` where it was not revoked
    revoked_by: str | None


class Tokens(TypedDict):
    """All tokens, newest first."""

    schema: Literal["meshwright/tokens/1"]
    #: newest first
    tokens: list[ListedToken]


class Token(TypedDict):
    """One token."""

    schema: Literal["meshwright/token/1"]
    #: as in token list
    id: str
    #: as in token list
    role: Literal["administrator", "viewer"]
    #: as in token list
    domain: str | None
    #: as in token list
    purpose: str
    #: as in token list
    created: str
    #: as in token list
    by: str
    #: as in token list
    expires: str | None
    #: as in token list
    revoked: str | None
    #: as in token list
    revoked_by: str | None


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


class ShowVersion(TypedDict):
    """A version."""

    schema: Literal["meshwright/show/1"]
    kind: Literal["version"]
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
    columns: list[VersionColumn]
    files: list[VersionFile]
    #: of a version that is made of parts, which has no `files` itself; `null` for every other. The parts
    parts: VersionParts | None
    #: dataset and version that it was built from
    inputs: dict[str, str]
    #: why only sandboxes may point to it, in words: it was built from masked or sampled data; empty for every
    #: other version
    restricted: list[str]
    #: values of the parameters that it was built with
    params: Any
    #: kind, generation and settings of the engine
    engine: str
    #: what built it, when, how long
    run_id: str
    #: what built it, when, how long
    created_at: str | None
    #: what built it, when, how long
    seconds: float
    #: the environment looked at, where it points to the version
    published_in: list[str]
    #: each a test with a recorded verdict
    tests: list[TestEntry]
    #: absolute paths of its files; those of parts are not listed
    paths: list[str]
    links: dict[str, Any]


class Ports(TypedDict):
    """The ports of a product."""

    schema: Literal["meshwright/ports/1"]
    product: str
    environment: str
    ports: list[PortVersion]
    links: dict[str, Any]


class ShowPort(TypedDict):
    """A port."""

    schema: Literal["meshwright/show/1"]
    kind: Literal["port"]
    address: str
    product: str
    #: what was looked at
    environment: str
    #: from `product.odps.yaml`
    version: str | None
    #: from the contract
    contract_id: str
    #: from the contract
    contract_version: str
    #: from the contract
    status: str | None
    #: all versions of the port, oldest first
    versions: list[PortVersion]
    #: that the port holds
    datasets: list[str]
    #: what the contract calls a dataset, where that is another name: name: dataset
    names: dict[str, str]
    #: datasets of other products that read what it holds
    read_by: list[str]
    #: names of declared consumers
    consumers: list[str]
    #: the contract's revision that stands; `null` where none does
    published: str | None
    #: the contract in the files, as JSON
    contract: Any
    links: dict[str, Any]


class Health(TypedDict):
    """That the server is alive."""

    schema: Literal["meshwright/health/1"]
    ok: bool


class Ready(TypedDict):
    """Whether the server can do its work."""

    schema: Literal["meshwright/ready/1"]
    ok: bool
    checks: dict[str, str]


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

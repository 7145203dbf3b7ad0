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
    kind: Literal["product", "dashboard", "report", "model", "application"]
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
    state: Literal["waiting", "running", "succeeded", "failed", "skipped", "blocked", "cancelled"]
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


class OutsideWork(TypedDict):
    """An outside job. Its name is null where a dataset was told to come of others, and no job was named."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: str | None
    #: the time of the last event about it
    last_seen: str | None


class OutsideName(TypedDict):
    """What an outside tool calls a job or a dataset."""

    #: in normal form
    namespace: str
    #: in normal form
    name: str


class OutsideNode(TypedDict):
    """A dataset that outside tools name."""

    id: str
    #: what it is called where it stands among others: namespace and name; the address of one of this mesh
    node: str
    #: the first of its names
    namespace: str
    #: the first of its names
    name: str
    #: all names that are of this dataset
    names: list[OutsideName]
    #: the times of the first and the last event about it
    first_seen: str | None
    #: the times of the first and the last event about it
    last_seen: str | None


class OutsideNote(TypedDict):
    """A line about an outside job, run or dataset."""

    #: `run-status`, `dataset-operation`, `metric-log`, `message-log`, `test-outcome`
    kind: Literal["run-status", "dataset-operation", "metric-log", "message-log", "test-outcome"]
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


class OutsideNeighbours(TypedDict):
    """What outside jobs do with a dataset of the mesh."""

    #: each an outside job that reads it
    readers: list[OutsideWork]
    #: each an outside job that writes it in place: what it changes there no version knows, and no rollback takes
    #: back
    writers: list[OutsideWork]
    #: each an outside dataset that it reads, where it is a source
    read_from: list[OutsideNode]
    #: each a note, newest first, 20 at most
    notes: list[OutsideNote]


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
    outside: OutsideNeighbours | None
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


class TimeSpan(TypedDict):
    """From a moment to another, which is not part of it."""

    #: moments in UTC, the end excluded
    start: str
    #: moments in UTC, the end excluded
    end: str


class CountedSpan(TypedDict):
    """A run of intervals, and how many they are."""

    #: moments, and how many intervals
    start: str
    #: moments, and how many intervals
    end: str
    #: moments, and how many intervals
    count: int


class Part(TypedDict):
    """A part of a version; without moments where parts are appended."""

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
    built_at: str | None
    #: when, and by which run
    run_id: str
    #: `present`: by the definition of the version; `earlier`: by one before it (`forward_only`)
    definition: Literal["present", "earlier"]
    #: why only sandboxes may show it, in words
    restricted: list[str]
    #: of an appended source: the files that were read for it
    files_read: list[str]


#: The parts that a version is made of, and which ones a run would build.
Intervals = TypedDict(
    "Intervals",
    {
        "schema": Literal["meshwright/intervals/1"],
        "dataset": str,
        "environment": str,
        "version": str,
        "class": Literal["pure", "as_of", "stateful"],
        "by": str | None,
        "grain": Literal["hour", "day", "week", "month", None],
        "timezone": str | None,
        "range": TimeSpan | None,
        "count": int,
        "rows": int,
        "size_bytes": int,
        "gaps": list[CountedSpan],
        "missing": list[CountedSpan],
        "due": list[CountedSpan],
        "unknown": str | None,
        "parts": list[Part],
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
    #: `waiting`, `delivered`, `started` where a run was ordered, `dead` where it was given up, `skipped` where a
    #: person passed over it
    state: Literal["waiting", "delivered", "started", "dead", "skipped"]
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


DeliveryState = Literal["waiting", "delivered", "started", "dead", "skipped"]


class Delivery(TypedDict):
    """One delivery."""

    schema: Literal["meshwright/delivery/1"]
    #: goes along as `webhook-id`: however often it is sent, it is the same
    id: str
    subscription: str
    event: DeliveredEvent
    #: `waiting`, `delivered`, `started` where a run was ordered, `dead` where it was given up, `skipped` where a
    #: person passed over it
    state: Literal["waiting", "delivered", "started", "dead", "skipped"]
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


class DeliveryReplay(TypedDict):
    """How many deliveries are sent once more."""

    schema: Literal["meshwright/delivery-replay/1"]
    #: what was replayed: deliveries of it that had ended so
    subscription: str
    #: what was replayed: deliveries of it that had ended so
    state: Literal["waiting", "delivered", "started", "dead", "skipped"]
    #: how many are sent once more
    replayed: int
    #: whether there may be others: 5,000 are replayed at once
    more: bool


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
    state: Literal["waiting", "begun", "done", "undoing", "undone", "left"]
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


class Change(TypedDict):
    """One thing that differs in a dataset or contract; `kind` names it in snake case, and there may be new kinds."""

    #: as in plan
    kind: str
    #: as in plan
    path: str
    #: as in plan
    level: Literal["none", "patch", "minor", "major"]
    #: as in plan
    message: str
    #: as in plan
    policy: bool


class SchemaDifference(TypedDict):
    """What differs of columns and types, and of the contract that holds them."""

    level: Literal["none", "patch", "minor", "major"]
    columns: list[Change]
    contract: list[Change]


class DifferingValue(TypedDict):
    """A parameter of which two versions read different values; null where a version read none."""

    name: str
    before: Any
    after: Any


class DifferingInput(TypedDict):
    """A dataset that two versions read at different versions; null where it was not read."""

    #: version ids; `null` where it is not read
    dataset: str
    #: version ids; `null` where it is not read
    before: str | None
    #: version ids; `null` where it is not read
    after: str | None


class MakingDifference(TypedDict):
    """What differs in how two versions were made."""

    #: in the words of plans; empty where the version is the same
    reasons: list[str]
    #: values that differ
    parameters: list[DifferingValue]
    #: inputs that differ
    inputs: list[DifferingInput]


class ColumnSummary(TypedDict):
    """What stands in a column of one version. `mean` is a text where it is not finite."""

    nulls: int
    #: different values, nulls aside
    distinct: int
    #: `false` where they are estimated, of very many rows
    distinct_exact: bool
    min: Any
    max: Any
    #: of numbers
    mean: Any


class ColumnDifference(TypedDict):
    """How a column that both versions have differs; null where rows were compared without a key."""

    name: str
    #: rows whose value differs, and their share of the rows that both versions have; `null` where rows were
    #: compared as wholes
    changed: int | None
    #: rows whose value differs, and their share of the rows that both versions have; `null` where rows were
    #: compared as wholes
    change_rate: float | None
    #: what stands in it
    before: ColumnSummary | None
    #: what stands in it
    after: ColumnSummary | None


class DifferingRow(TypedDict):
    """A row that is not the same in both versions."""

    #: `added`, `removed` or `changed`
    change: Literal["added", "removed", "changed"]
    #: column: value; `null` where there is no such row
    before: Any
    #: column: value; `null` where there is no such row
    after: Any
    #: how many rows look like this
    times: int


class RowsDifference(TypedDict):
    """How the rows of two versions differ. `changed` is null where they were compared without a key."""

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
    key_problem: str | None
    #: whether rows were read: equal content digests, new and removed datasets need no look
    read: bool
    #: columns that both have; empty where nothing was read
    columns: list[ColumnDifference]
    #: at most `--sample` added, removed and changed rows each, in the order of the key
    sample: list[DifferingRow]


class RuleAnswer(TypedDict):
    """What is recorded of a rule on a version; the verdict is null where nothing is."""

    #: in words; `null` in records of an older release
    rule: str | None
    action: Literal["log", "warn", "stop"]
    #: as in a test; `null` where none is recorded
    verdict: Literal["pass", "log", "warn", "stop", "error", None]
    value: Any
    failing_rows: int | None


class RuleDifference(TypedDict):
    """A rule that is new, gone, demands something else, or says something else."""

    id: str
    #: `new`, `removed`, `changed`: it demands something else or acts otherwise; `verdict`: the same rule has
    #: another answer
    change: Literal["new", "removed", "changed", "verdict"]
    #: `null` where there was, or is, no such rule
    before: RuleAnswer | None
    #: `null` where there was, or is, no such rule
    after: RuleAnswer | None


class DatasetDifference(TypedDict):
    """How a dataset differs: its version, its contract, its rows, and what its rules say."""

    schema: SchemaDifference
    dataset: str
    #: `new`: in the sandbox alone; `removed`: the sandbox dropped it; `changed`
    change: Literal["new", "removed", "changed"]
    #: version ids; `null` where it does not stand
    before: str | None
    #: version ids; `null` where it does not stand
    after: str | None
    #: why the versions are two
    code: MakingDifference
    #: on the columns that both versions have; `null` with `--no-data`, and where a version is not recorded
    rows: RowsDifference | None
    #: rules that differ, as recorded when the versions were published
    tests: list[RuleDifference]


class CodeState(TypedDict):
    """The code that a product was published from."""

    #: digest of its files
    code: str | None
    #: `null` where it was not clean git
    commit: str | None


class CodeDifference(TypedDict):
    """The code that a product was published from, in both places; null where it does not stand."""

    #: `null` where the product does not stand
    before: CodeState | None
    #: `null` where the product does not stand
    after: CodeState | None


class PortDifference(TypedDict):
    """How a port differs."""

    port: str
    change: Literal["new", "removed", "changed"]
    level: Literal["none", "patch", "minor", "major"]
    changes: list[Change]


class ProductDifference(TypedDict):
    """How a product differs."""

    #: as of datasets
    product: str
    #: as of datasets
    change: Literal["new", "removed", "changed"]
    #: what each side was published from
    code: CodeDifference
    #: those of `datasets[]` that are its own
    datasets: list[str]
    #: ports that differ
    ports: list[PortDifference]


class PolicyDifference(TypedDict):
    """A violation that stands in the sandbox and did not in its base."""

    #: `object` is `null` where it is about none
    policy: str
    #: `object` is `null` where it is about none
    level: Literal["advise", "warn", "block"]
    #: `object` is `null` where it is about none
    object: str | None
    #: `object` is `null` where it is about none
    message: str


class EnvironmentDiff(TypedDict):
    """What differs between a sandbox and what it lies over."""

    schema: Literal["meshwright/environment-diff/1"]
    #: the sandbox
    environment: str
    #: the sandbox
    generation: int
    #: what it is compared with
    base: str | None
    #: what it is compared with
    base_generation: int
    #: each a difference: those whose version, contract or verdicts differ, by name
    datasets: list[DatasetDifference]
    #: those that anything of differs, by name
    products: list[ProductDifference]
    #: violations about those products with the files of the sandbox's newest run that were none with those of the
    #: base's
    policies: list[PolicyDifference]
    #: what could not be told, and why
    notes: list[str]
    seconds: float


class Rebuild(TypedDict):
    """What a sandbox builds again after it was put on what its base shows now."""

    #: as in a plan: `build` or `pending`
    dataset: str | None
    #: as in a plan: `build` or `pending`
    action: Literal["build", "reuse", "pending", "blocked", "test", "publish", "tool", "skip"]
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


class StepError(TypedDict):
    """Why a step failed; `refused` where it is a test inside of a tool that said no."""

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


#: What a step made of a dataset that is built in parts.
BuiltParts = TypedDict(
    "BuiltParts",
    {
        "class": Literal["pure", "as_of", "stateful"],
        "build": list[TimeSpan],
        "built": int,
        "reused": int,
        "kept": int,
        "dropped": int,
    },
)


class RunStep(TypedDict):
    """A step of a run as bound: what was done. `intervals` is there for datasets that are built in parts."""

    #: as in a plan
    key: str
    #: as in a plan
    dataset: str | None
    #: what was done: `build`, `reuse`, `test`, `publish`, `blocked`; never `pending`
    action: Literal["build", "reuse", "pending", "blocked", "test", "publish", "tool", "skip"]
    #: `succeeded`, `failed`, `blocked`, `skipped` or `interrupted`
    state: Literal["waiting", "running", "succeeded", "failed", "blocked", "skipped", "interrupted"]
    #: the version that was built, reused or tested
    version: str | None
    #: rows of that version
    rows: int | None
    #: how long, and how often it was tried
    seconds: float
    #: how long, and how often it was tried
    attempts: int
    #: why it failed or was blocked
    error: StepError | None
    #: when a worker began, and when it was over; `null` where it never began
    started_at: str | None
    #: when a worker began, and when it was over; `null` where it never began
    ended_at: str | None
    #: dataset to version of what it read, as bound; of a test of what it tested, and read beside
    inputs: dict[str, str]
    #: unit to amount, as measured; empty where nothing was done
    costs: dict[str, float]
    #: of node steps of incremental datasets alone; other steps do not have it
    intervals: NotRequired[BuiltParts]


class NotPublished(TypedDict):
    """A product that was not published, and why."""

    #: which, and why in words
    product: str
    #: which, and why in words
    reason: str
    #: `<dataset>: <id>` of the test that stopped it; `null` where none did
    blocking_test: str | None


class RunError(TypedDict):
    """Why a run failed, and whether the same can succeed later."""

    code: str
    message: str
    file: str | None
    line: int | None
    column: int | None
    fix: str | None
    retryable: bool


class Promotion(TypedDict):
    """A sandbox's versions, published in its base."""

    schema: Literal["meshwright/promotion/1"]
    #: as in the document of its run
    run_id: str
    #: as in the document of its run
    state: Literal["running", "succeeded", "partial", "failed", "stopped", "interrupted"]
    #: the same
    steps: list[RunStep]
    #: as there: evidence that was missing for the rules of the environment
    tests: list[TestEntry]
    #: as in the document of its run
    published: list[str]
    #: the same
    not_published: list[NotPublished]
    #: as in the document of its run
    notes: list[str]
    #: as in the document of its run
    error: RunError | None
    #: what was promoted to
    environment: str
    #: what was promoted
    sandbox: str
    #: the environment's newest generation
    generation: int
    #: objects whose pointers moved; empty where it was stopped
    changed: list[str]
    seconds: float


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


class ListedPolicy(TypedDict):
    """A policy, and how much it finds; null where it was not judged."""

    #: where it is written; `null` for one that is built in
    file: str | None
    #: where it is written; `null` for one that is built in
    line: int | None
    #: what commands call it: its name, of a domain's policy `domain.name`
    policy: str
    #: whose objects it judges; `null` for the whole mesh
    domain: str | None
    #: `advise`, `warn` or `block`
    level: Literal["advise", "warn", "block"]
    #: why it is there, and how to keep it
    why: str
    #: why it is there, and how to keep it
    fix: str
    #: tables that it reads
    reads: list[str]
    #: whether no file has it: it judges what the files would change of what is published
    built_in: bool
    #: how many stand, and how many are exempted; `null` where it was not judged
    violations: int | None
    #: how many stand, and how many are exempted; `null` where it was not judged
    exempted: int | None
    #: exemptions from it that hold today
    exemptions: int
    #: why it cannot be judged, a finding; else `null`
    problem: Finding | None


class Policies(TypedDict):
    """The policies of the mesh."""

    schema: Literal["meshwright/policies/1"]
    #: whether they were judged: not while the mesh has errors
    judged: bool
    #: each a policy: those of the mesh, then those of each domain, then those that are built in
    policies: list[ListedPolicy]


class DescribedExemption(TypedDict):
    """An agreed violation."""

    file: str | None
    line: int | None
    policy: str
    domain: str | None
    object: str
    owner: str
    reason: str
    expires: str


class Violation(TypedDict):
    """Something that does not keep a policy."""

    #: where
    file: str | None
    #: where
    line: int | None
    #: address of what it is about, or what the policy calls it
    object: str | None
    #: what is wrong
    message: str
    #: the exemption under which it is agreed, with the fields of exemption list; else `null`
    exemption: DescribedExemption | None


class ExampleViolation(TypedDict):
    """A violation that an example is to give; any message will do where it is null."""

    #: as expected; `message` is `null` for any
    object: str
    #: as expected; `message` is `null` for any
    message: str | None


class ExampleOutcome(TypedDict):
    """What came of an example of a policy."""

    #: which one
    file: str | None
    #: which one
    line: int | None
    #: which one
    name: str
    #: whether the policy found what it was to find, and nothing else
    ok: bool
    #: violations that were expected and not found
    missing: list[ExampleViolation]
    #: violations that were found and not expected
    unexpected: list[ExampleViolation]
    #: why the policy could not be asked, a finding; else `null`
    problem: Finding | None


class PolicyTest(TypedDict):
    """A policy, judged: what it finds, and what came of its examples."""

    schema: Literal["meshwright/policy-test/1"]
    #: where it is written; `null` for one that is built in
    file: str | None
    #: where it is written; `null` for one that is built in
    line: int | None
    #: what commands call it: its name, of a domain's policy `domain.name`
    policy: str
    #: whose objects it judges; `null` for the whole mesh
    domain: str | None
    #: `advise`, `warn` or `block`
    level: Literal["advise", "warn", "block"]
    #: why it is there, and how to keep it
    why: str
    #: why it is there, and how to keep it
    fix: str
    #: tables that it reads
    reads: list[str]
    #: whether no file has it: it judges what the files would change of what is published
    built_in: bool
    #: whether it is kept, but for what is exempted, and its examples are as expected
    ok: bool
    #: all of them, those that stand first
    violations: list[Violation]
    #: rows of a domain's policy about other domains, which do not count
    elsewhere: int
    #: each an example
    examples: list[ExampleOutcome]
    #: each a finding: what a draft still lacks
    diagnostics: list[Finding]


class TestedPolicy(TypedDict):
    """What came of the examples of a policy."""

    #: what commands call it
    policy: str
    #: of its examples
    ok: bool
    #: of its examples
    file: str
    #: each an example
    examples: list[ExampleOutcome]


class PolicyExamples(TypedDict):
    """What came of the examples of all policies."""

    schema: Literal["meshwright/policy-examples/1"]
    #: whether all examples are as expected
    ok: bool
    #: those that have examples
    policies: list[TestedPolicy]
    #: policies that have none
    untested: list[str]


class ListedExemption(TypedDict):
    """An exemption, and what it does now; `covers` is null where policies were not judged."""

    #: where it is written
    file: str | None
    #: where it is written
    line: int | None
    #: from which policy; `domain` is `null` for one of the whole mesh
    policy: str
    #: from which policy; `domain` is `null` for one of the whole mesh
    domain: str | None
    #: what is exempted, with everything in it
    object: str
    #: who answers for it, and why
    owner: str
    #: who answers for it, and why
    reason: str
    #: last day on which it holds
    expires: str
    #: `holds`, `expired`, or `wrong` where its policy or its object is not there
    state: Literal["holds", "expired", "wrong"]
    #: violations that it covers now; `null` while the mesh has errors
    covers: int | None


class Exemptions(TypedDict):
    """The exemptions from policies."""

    schema: Literal["meshwright/exemptions/1"]
    #: the day of the answer, UTC
    day: str
    #: those of the mesh, then those of each domain
    exemptions: list[ListedExemption]


class Setting(TypedDict):
    """What one level says of a parameter."""

    file: str | None
    line: int | None
    column: int | None
    level: str
    value: Any


class ExplainedNode(TypedDict):
    """A node as it is run."""

    #: address, and `sql`, `python` or `source`
    kind: str
    #: address, and `sql`, `python` or `source`
    dataset: str
    #: addresses
    reads: list[str]
    #: addresses
    after: list[str]
    #: name: the setting that wins, with `level`, `value`, `file`, `line`, `column`
    params: dict[str, Setting]
    #: where the node is written
    file: str | None
    #: where the node is written
    line: int | None


class RankedSetting(TypedDict):
    """What one level says of a parameter, and whether it wins."""

    #: where it is written
    file: str | None
    #: where it is written
    line: int | None
    #: where it is written
    column: int | None
    #: `mesh`, `domain d`, `pipeline d.p`, `node d.p.n`, `environment e` or `variation v of d.p`
    level: str
    #: its value, and whether it wins
    value: Any
    #: its value, and whether it wins
    wins: bool


class ExplainedParameter(TypedDict):
    """A parameter's value, and what every level says of it, the strongest first."""

    #: the value that wins
    name: str
    #: the value that wins
    type: str
    #: the value that wins
    value: Any
    #: datasets whose node uses it, and `rules of <dataset>`
    used_by: list[str]
    #: what every level says, the strongest first
    levels: list[RankedSetting]


class Explain(TypedDict):
    """Why something is as it is."""

    schema: Literal["meshwright/explain/1"]
    #: `dataset`, `pipeline` (of a product or variation), `parameter` or `version`
    kind: Literal["dataset", "pipeline", "parameter", "version"]
    #: what was asked for, in full
    object: str
    #: words for people
    lines: list[str]
    #: of a pipeline: its nodes as they are run
    nodes: list[ExplainedNode]
    #: of a parameter: one for each value that somebody gets; of a pipeline: all that hold in it
    parameters: list[ExplainedParameter]


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


class ListedVariation(TypedDict):
    """A variation of a product; it has no place where no file declares it any more."""

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
    """Every variation that is declared or stands."""

    schema: Literal["meshwright/variations/1"]
    #: where was looked
    environment: str
    #: where was looked
    generation: int
    #: those that pipelines declare, and those that stand in the environment, by address
    variations: list[ListedVariation]


#: What is made from what.
Edge = TypedDict("Edge", {"kind": Literal["direct", "indirect"], "from": str, "to": str})


class OutsideWorkUses(TypedDict):
    """An outside job, and what it reads and writes."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: str | None
    #: the time of the last event about it
    last_seen: str | None
    #: what its datasets are called: those of this mesh by their address
    reads: list[str]
    #: what its datasets are called: those of this mesh by their address
    writes: list[str]


class OutsideLineage(TypedDict):
    """Jobs and datasets of outside tools beside what was asked for."""

    #: each an outside dataset among `nodes[]`
    datasets: list[OutsideNode]
    #: each an outside job that an edge leads through, or that only reads or only writes what is shown
    jobs: list[OutsideWorkUses]


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
    outside: OutsideLineage | None


Direction = Literal["both", "up", "down"]


class Usage(TypedDict):
    """One use of a dataset or column."""

    #: `product`; `outside job`; `dashboard`, `report`, `model` or `application` as `consumers.yaml` has it
    kind: Literal["product", "outside job", "dashboard", "report", "model", "application"]
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
    file: str | None
    #: as in what breaks
    line: int | None
    #: as in what breaks
    column: int | None
    #: as in what breaks
    url: str | None
    #: of a job outside: its id, see jobs, what it writes, and when it was last heard to read the dataset
    job: str | None
    #: of a job outside: its id, see jobs, what it writes, and when it was last heard to read the dataset
    writes: list[str]
    #: of a job outside: its id, see jobs, what it writes, and when it was last heard to read the dataset
    last_seen: str | None


class BrokenUse(TypedDict):
    """One live consumer's use of something that breaks."""

    #: `product`; `outside job`; `dashboard`, `report`, `model` or `application` as `consumers.yaml` has it
    kind: Literal["product", "outside job", "dashboard", "report", "model", "application"]
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
    file: str | None
    #: where the query names the first of the columns, or is; of a declared consumer its entry
    line: int | None
    #: where the query names the first of the columns, or is; of a declared consumer its entry
    column: int | None
    #: of a declared consumer
    url: str | None
    #: whether `consumers.yaml` has it no more, and the published product does
    struck: bool
    #: of a job outside: its id, see jobs
    job: str | None


class Approval(TypedDict):
    """An agreement to what breaks."""

    #: as in exemption list
    object: str
    #: as in exemption list
    owner: str
    #: as in exemption list
    reason: str
    #: as in exemption list
    expires: str


class BrokenPort(TypedDict):
    """What breaks of one port, and who uses it."""

    #: its address; it may be gone from the mesh
    port: str
    #: of its contract as it stands
    status: str | None
    #: whether that promised anything: a draft or proposed contract does not, and nothing is refused
    promised: bool
    #: the major changes: of the contract, of the datasets that the port holds, of its product's status
    changes: list[Change]
    #: who uses what breaks; none: nobody
    consumers: list[BrokenUse]
    #: who may agree: owners of the port's domain, and of the consumers
    approvers: list[str]
    #: the exemption from `breaking_changes` that holds today; `null` without one
    approval: Approval | None


class Impact(TypedDict):
    """Who uses an object, or what the files break and for whom."""

    schema: Literal["meshwright/impact/1"]
    #: what stands
    environment: str
    #: what stands
    generation: int
    #: the dataset or column; `null` without one
    object: str | None
    #: of a dataset or column: everything that is made from it, however far down, through outside jobs too, the
    #: nearest first; the jobs outside that read any of that; and its declared consumers
    uses: list[Usage]
    #: each what breaks of a published port; none where there is an object
    impact: list[BrokenPort]


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


class Taken(TypedDict):
    """Answer to events of outside tools."""

    schema: Literal["meshwright/taken/1"]
    #: how many events were taken in
    received: int
    #: how many of them are meshwright's own, come back to it: they tell nothing
    own: int
    #: facets that were too large to be kept, by place
    left_out: list[str]


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


class ListedOutsideRun(TypedDict):
    """A run of an outside job."""

    #: its UUID of OpenLineage, else made of its job and its key
    id: str
    #: what the tool calls it; empty where it told none
    key: str
    #: `started`, `running`, `succeeded`, `warned`, `failed`, `stopped`; `null` where nothing was said of it
    state: Literal["started", "running", "succeeded", "warned", "failed", "stopped", None]
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
    url: str | None


class ListedJob(TypedDict):
    """An outside job in a list."""

    id: str
    #: `null` where a dataset was told to come of others, and no job was named
    namespace: str | None
    #: `null` where a dataset was told to come of others, and no job was named
    name: str | None
    #: the node of this mesh inside of which it runs; `null` of a job that is wholly outside
    within: str | None
    #: the time of the last event about it
    last_seen: str | None
    #: what its datasets are called: those of this mesh by their address
    reads: list[str]
    #: what its datasets are called: those of this mesh by their address
    writes: list[str]
    #: who runs it and what it is there, as far as it is told (the facet `jobType`)
    tool: str | None
    #: who runs it and what it is there, as far as it is told (the facet `jobType`)
    type: str | None
    #: who told of it last
    producer: str
    #: the job that its runs are part of; `null` where none was told
    parent: OutsideName | None
    #: the time of the first event about it
    first_seen: str | None
    #: an outside run; `null` where none was told of, or all are forgotten
    newest_run: ListedOutsideRun | None


class Jobs(TypedDict):
    """A page of outside jobs, by name."""

    schema: Literal["meshwright/jobs/1"]
    #: each an outside job
    jobs: list[ListedJob]
    #: cursor of the next page; `null` on the last
    next: str | None


class Job(TypedDict):
    """One outside job, with its newest runs."""

    schema: Literal["meshwright/job/1"]
    #: as an outside job has them
    id: str
    #: as an outside job has them
    namespace: str | None
    #: as an outside job has them
    name: str | None
    #: as an outside job has them
    within: str | None
    #: as an outside job has them
    last_seen: str | None
    #: as in jobs
    reads: list[str]
    #: as in jobs
    writes: list[str]
    #: as in jobs
    tool: str | None
    #: as in jobs
    type: str | None
    #: as in jobs
    producer: str
    #: as there
    parent: OutsideName | None
    #: as in jobs
    first_seen: str | None
    #: an outside run; `null` where there is none
    newest_run: ListedOutsideRun | None
    #: from its facet `documentation`
    description: str | None
    #: what stands said of it, by the name of the facet, as it came
    facets: dict[str, Any]
    #: each an outside run, newest first, 20 at most
    runs: list[ListedOutsideRun]
    #: each a note, newest first, 20 at most
    notes: list[OutsideNote]


class OutsideRunUse(TypedDict):
    """A dataset that a run read or wrote."""

    node: str
    direction: Literal["reads", "writes"]


class OutsideRun(TypedDict):
    """One run of an outside job, with what it read and wrote."""

    schema: Literal["meshwright/outside-run/1"]
    #: as an outside run has them
    id: str
    #: as an outside run has them
    key: str
    #: as an outside run has them
    state: Literal["started", "running", "succeeded", "warned", "failed", "stopped", None]
    #: as an outside run has them
    state_at: str | None
    #: as an outside run has them
    started_at: str
    #: as an outside run has them
    last_seen: str
    #: as an outside run has them
    received_at: str
    #: as an outside run has them
    parent: str | None
    #: as an outside run has them
    url: str | None
    #: id of its job
    job: str
    datasets: list[OutsideRunUse]
    #: what stands said of the run, by the name of the facet, as it came
    facets: dict[str, Any]
    #: dataset: facet: what stands said of it as the run read or wrote it (statistics, measures of quality)
    dataset_facets: dict[str, dict[str, Any]]
    #: each a note, newest first, 200 at most
    notes: list[OutsideNote]


class OutsideDatasets(TypedDict):
    """A page of datasets outside, by name."""

    schema: Literal["meshwright/outside-datasets/1"]
    #: each an outside dataset
    datasets: list[OutsideNode]
    #: cursor of the next page; `null` on the last
    next: str | None


class OutsideColumn(TypedDict):
    """A column of a dataset outside."""

    name: str
    type: str | None
    description: str | None


class OutsideDataset(TypedDict):
    """One dataset outside."""

    schema: Literal["meshwright/outside-dataset/1"]
    #: as an outside dataset has them
    id: str
    #: as an outside dataset has them
    node: str
    #: as an outside dataset has them
    namespace: str
    #: as an outside dataset has them
    name: str
    names: list[OutsideName]
    #: as an outside dataset has them
    first_seen: str | None
    #: as an outside dataset has them
    last_seen: str | None
    #: from its facets `documentation` and `ownership`
    description: str | None
    #: from its facets `documentation` and `ownership`
    owners: list[str]
    #: from its facet `schema`
    columns: list[OutsideColumn]
    #: each an outside job that reads it
    readers: list[OutsideWork]
    #: each an outside job that writes it
    writers: list[OutsideWork]
    #: sources of this mesh that read it, by their address
    feeds: list[str]
    #: what stands said of it, by the name of the facet, as it came
    facets: dict[str, Any]
    #: each a note, newest first, 20 at most
    notes: list[OutsideNote]


class PlannedCheck(TypedDict):
    """A rule that a step measures."""

    #: the rule's name, unique in its dataset
    id: str
    #: the rule in words
    rule: str
    #: `log`, `warn` or `stop`
    action: Literal["log", "warn", "stop"]


class BlockingEvidence(TypedDict):
    """A verdict that is recorded already, and blocks."""

    #: what was measured
    version: str
    #: fingerprint of the rule
    check: str
    #: `fail` or `error`
    outcome: Literal["pass", "fail", "error"]
    #: what was found
    value: Any
    #: how many rows break the rule
    failing_rows: int | None
    #: the run that measured it
    run_id: str


class StepProblem(TypedDict):
    """Why a step cannot be done."""

    #: as in a finding
    code: str
    #: as in a finding
    message: str
    #: as in a finding
    fix: str | None


#: What a step makes of a dataset that is built in parts, as far as it is known.
PlannedParts = TypedDict(
    "PlannedParts",
    {"class": Literal["pure", "as_of", "stateful"], "build": list[TimeSpan], "built": int, "kept": int, "dropped": int},
)


class PlannedStep(TypedDict):
    """A step of a plan. `intervals` is there for datasets that are built in parts."""

    #: `node`, `test` or `publish`
    kind: Literal["node", "test", "publish"]
    #: `build:<dataset>`, `test:<dataset>`, `late-test:<dataset>` or `publish:<product>`
    key: str
    #: `null` for publish steps
    dataset: str | None
    #: what a publish step publishes together
    products: list[str]
    #: `build`, `reuse`, `test`, `publish`, `blocked`, or `pending`: known after what it reads is built
    action: Literal["build", "reuse", "pending", "blocked", "test", "publish", "tool", "skip"]
    #: the version that will stand or is tested; `null` while unknown
    version: str | None
    #: why, in words, most important first
    reasons: list[str]
    #: keys of steps that come first
    after: list[str]
    #: of node steps: input dataset and its version, `null` while unknown
    inputs: dict[str, str | None]
    #: of test steps: the rules to measure
    checks: list[PlannedCheck]
    #: of blocked steps: recorded verdicts that block
    blocked_by: list[BlockingEvidence]
    #: of blocked steps: a finding that blocks
    problem: StepProblem | None
    #: of node steps of incremental datasets alone; other steps do not have it
    intervals: NotRequired[PlannedParts]


class AffectedProduct(TypedDict):
    """A product that reads what changes."""

    #: which
    domain: str
    #: which
    product: str
    #: names of declared consumers of its ports
    consumers: list[str]
    #: columns of what changes that the product reads
    columns: list[str]
    #: names of jobs of outside tools that read what changes of the product
    outside: list[str]


class ChangeReach(TypedDict):
    """Whom a change reaches."""

    #: made from what changes, however far down
    datasets: list[str]
    #: of those datasets, but the one that changes
    products: list[str]
    #: names of declared consumers
    consumers: list[str]
    #: of major changes: made from what breaks, or named by a consumer
    columns: list[str]
    #: names of jobs of outside tools that read what changes, or what is made from it
    outside: list[str]


class ObjectChange(TypedDict):
    """All that changes of one dataset or port."""

    #: `dataset` or `port`
    kind: Literal["dataset", "port"]
    #: its address
    object: str
    #: the greatest of its changes
    level: Literal["none", "patch", "minor", "major"]
    #: what differs
    changes: list[Change]
    #: whom the change concerns
    reaches: ChangeReach


class ComponentMove(TypedDict):
    """A use of a component that could move to a newer version."""

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
    problem: str | None


class Refusal(TypedDict):
    """Why a command could not answer: its first finding, whether a retry can help, and all findings."""

    code: str
    message: str
    file: str | None
    line: int | None
    column: int | None
    fix: str | None
    retryable: bool
    diagnostics: list[Finding]


class Plan(TypedDict):
    """What a run would build and reuse, why, and whom it reaches."""

    schema: Literal["meshwright/plan/1"]
    #: what the plan is for
    environment: str
    #: the environment's generation that it was made against
    generation: int
    #: in an order in which they can be done
    steps: list[PlannedStep]
    #: products that read what changes from another product, and products whose ports declare consumers of it, or
    #: of which outside jobs read it
    affected: list[AffectedProduct]
    #: the greatest level of `changes`: `none`, `patch`, `minor` or `major`; see compatibility
    level: Literal["none", "patch", "minor", "major"]
    #: datasets and ports that promise something else than is published, the greatest level first; what is only
    #: built anew is none
    changes: list[ObjectChange]
    #: each what breaks of a published port; what nobody uses is among it
    impact: list[BrokenPort]
    #: number of steps by action; every action is there
    counts: dict[str, int]
    #: nodes that use a component of which a newer version is there; the plan moves nobody
    moves: list[ComponentMove]
    #: things worth knowing that stop nothing
    notes: list[str]
    error: NotRequired[Refusal]


class ResolvedEngine(TypedDict):
    """What a logical engine is."""

    type: str
    memory_bytes: int | None
    threads: int | None


class Sourced(TypedDict):
    """A value, and which level sets it where."""

    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    file: str | None
    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    line: int | None
    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    column: int | None
    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    value: Any
    #: a value, and which level sets it where: `mesh`, `pipeline d.p`, `node d.p.n`, `variation v of d.p`, or
    #: `default`
    level: str


class ResolvedTest(TypedDict):
    """A rule of a node as it is run."""

    file: str | None
    line: int | None
    column: int | None
    #: as of a test
    id: str
    #: as of a test
    rule: str
    #: as of a test
    action: Literal["log", "warn", "stop"]
    #: operator: bound
    bound: dict[str, Any]
    #: `contract`, `pipeline` or `file`: where it is written
    level: str


class ResolvedNode(TypedDict):
    """A node as it is run, with where each value comes from."""

    kind: str
    file: str | None
    line: int | None
    column: int | None
    dataset: str
    #: files with its code; empty where it has none
    code: list[str]
    #: addresses
    reads: list[str]
    #: addresses
    after: list[str]
    #: the logical engine, as the variation maps it
    engine: Sourced
    #: key: what the node is asked for, in the form of `engine`: as written (references stay references), then what
    #: its pipeline says for it, then defaults
    settings: dict[str, Sourced]
    #: parameter that it uses: level, value and place of the one that wins, as the levels of explain
    params: dict[str, Setting]
    #: rules that hold for it
    tests: list[ResolvedTest]


class ResolvedParameter(TypedDict):
    """A parameter that holds in a pipeline, as the strongest level sets it."""

    #: the setting that wins
    file: str | None
    #: the setting that wins
    line: int | None
    #: the setting that wins
    column: int | None
    #: the setting that wins
    level: str
    #: the setting that wins
    value: Any
    name: str
    type: str
    #: datasets, and `rules of <dataset>`; empty where nothing uses it
    used_by: list[str]


class ResolvedPipeline(TypedDict):
    """A pipeline as it is run."""

    #: `domain.product` or `domain.product@variation`
    product: str
    #: by name
    nodes: list[ResolvedNode]
    #: names of nodes that a variation does not build, and reads as they stand
    left_out: list[str]
    #: key: what holds for the pipeline as a whole, in the form of `engine`
    settings: dict[str, Sourced]
    #: parameters that hold in the pipeline, one entry for each value
    parameters: list[ResolvedParameter]


class Resolved(TypedDict):
    """Pipelines as they are run."""

    schema: Literal["meshwright/resolved/1"]
    #: what was asked for; `variation` is `null` for plain pipelines
    environment: str
    #: what was asked for; `variation` is `null` for plain pipelines
    variation: str | None
    #: logical engine: its `type`, `memory_bytes`, `threads`
    engines: dict[str, ResolvedEngine]
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

    kind: Literal["dashboard", "report", "model", "application"]
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


class ProductDescription(TypedDict):
    """A document of the Open Data Product Standard (ODPS, Bitol), as it was written; what else it holds is said there."""

    apiVersion: NotRequired[str]
    id: NotRequired[str]
    name: NotRequired[str]
    version: NotRequired[str]
    status: NotRequired[str]
    domain: NotRequired[str]
    tenant: NotRequired[str]
    kind: NotRequired[Literal["DataProduct"]]
    description: NotRequired[dict[str, Any]]
    tags: NotRequired[list[str]]
    inputPorts: NotRequired[list[dict[str, Any]]]
    outputPorts: NotRequired[list[dict[str, Any]]]


class QueryColumn(TypedDict):
    """A column of an answer."""

    name: str
    type: str


class Query(TypedDict):
    """Rows, each an object by column, and what the columns are."""

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


class ProductCosts(TypedDict):
    """What one product cost."""

    #: its address, and as above
    product: str
    #: its address, and as above
    costs: dict[str, float]
    #: its address, and as above
    amount: float | None


class RunCosts(TypedDict):
    """What a run cost."""

    #: of `prices` in `mesh.yaml` when it ended: unit to price of one; `null` and empty where there are none
    currency: str | None
    #: of `prices` in `mesh.yaml` when it ended: unit to price of one; `null` and empty where there are none
    prices: dict[str, float]
    #: unit to amount, all together: `cpu_s`, `bytes_read`, `bytes_written`, `rows_written`, units of tools
    total: dict[str, float]
    #: what that comes to; `null` where nothing has a price
    amount: float | None
    #: each product that cost something
    products: list[ProductCosts]
    #: what the run did beside its steps: making files durable, committing, publishing, recording
    beside: dict[str, float]


class Run(TypedDict):
    """What a run did, and what it cost."""

    schema: Literal["meshwright/run/1"]
    #: for `mw runs show`
    run_id: str
    #: `succeeded`; `partial`: some products were published, some not; `failed`: none was; `interrupted`; `stopped`
    state: Literal["running", "succeeded", "partial", "failed", "stopped", "interrupted"]
    #: as done
    steps: list[RunStep]
    #: each a test
    tests: list[TestEntry]
    #: products that were published
    published: list[str]
    #: products that kept what they had
    not_published: list[NotPublished]
    #: things worth knowing that stopped nothing
    notes: list[str]
    #: `null`, or what ended the run from outside its steps (its lease or the state was lost), as in a finding,
    #: with `retryable`; `state` is then `stopped`
    error: RunError | None
    #: what was published to
    environment: str
    #: its newest generation when the run ended
    generation: int
    #: what it cost; see runs for what is measured
    costs: RunCosts
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


class RepeatedVersion(TypedDict):
    """A version that a run recorded, and what it is when the run is repeated."""

    dataset: str
    #: the version of the record
    recorded: str
    #: the version that came out now; `null` where there is none
    version: str | None
    #: whether the two are equal
    same: bool
    #: why not, in words
    reasons: list[str]


class RunsRepeat(TypedDict):
    """Whether a recorded run gives the same once more; `run` is the one that repeated it."""

    schema: Literal["meshwright/runs-repeat/1"]
    #: id of the run that was repeated
    repeated: str
    #: whether every version is the recorded one
    same: bool
    #: every dataset that the recorded run planned, by name
    versions: list[RepeatedVersion]
    #: what else is worth knowing, for example that another release made the run
    notes: list[str]
    #: the document of the run that repeated it; it published nothing
    run: Run


class InnerStep(TypedDict):
    """A step of a tool's own graph, or of a nested pipeline, inside of a step."""

    #: in the tool's words; `kind` is `model`, `test`, `task`
    kind: str
    #: in the tool's words; `kind` is `model`, `test`, `task`
    name: str
    #: `waiting`, `running`, `succeeded`, `failed`, `skipped`, `blocked` or `cancelled`
    state: Literal["waiting", "running", "succeeded", "failed", "skipped", "blocked", "cancelled"]
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
    action: Literal["build", "reuse", "pending", "blocked", "test", "publish", "tool", "skip"]
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
    change: Literal["added", "removed", "changed"]
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

    action: Literal["build", "reuse", "pending", "blocked", "test", "publish", "tool", "skip"]
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
    #: runs of one product that events, publications and requests by URL may begin in an hour before it is paused;
    #: 0: no limit
    most_runs: int
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
    #: runs of one product that events, publications and requests by URL may begin in an hour before it is paused;
    #: 0: no limit
    most_runs: int
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


class Test(TypedDict):
    """What rules say of the versions that are there."""

    schema: Literal["meshwright/test/1"]
    #: whether no verdict is `stop`, and none is `error` of a rule whose `action` is `stop`: what would stop a
    #: publication
    ok: bool
    #: each a test; a unit test is `unit:<name>`, with the number of differing rows as `value`, and in `sample[]` a
    #: `row` that says `missing` or `unexpected`
    tests: list[TestEntry]
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


class FrequentValue(TypedDict):
    """A value that stands in several rows."""

    value: Any
    rows: int


class Distribution(TypedDict):
    """How the values of a column lie in one version: below which 5, 25, 50, 75 and 95 percent lie, and the most frequent."""

    quantiles: list[Any]
    top: list[FrequentValue]


class ColumnDistribution(TypedDict):
    """How far apart the values of a column lie, from 0 to 1; null where a version has no rows."""

    column: str
    #: from 0, the same, to 1, no value in common; `null` where a side has no rows
    distance: float | None
    #: `kolmogorov_smirnov` of numbers, dates and times: the greatest difference of the shares of rows up to any
    #: value, nulls after all values; `total_variation` of all else: half the sum of the differences of the shares
    #: of each value, null being one
    measured_by: Literal["kolmogorov_smirnov", "total_variation"]
    before: Distribution
    after: Distribution


class VariedDataset(TypedDict):
    """How a dataset of a variation differs, with how its values lie."""

    schema: SchemaDifference
    dataset: str
    #: `new`: in the sandbox alone; `removed`: the sandbox dropped it; `changed`
    change: Literal["new", "removed", "changed"]
    #: version ids; `null` where it does not stand
    before: str | None
    #: version ids; `null` where it does not stand
    after: str | None
    #: why the versions are two
    code: MakingDifference
    #: on the columns that both versions have; `null` with `--no-data`, and where a version is not recorded
    rows: RowsDifference | None
    #: rules that differ, as recorded when the versions were published
    tests: list[RuleDifference]
    #: how the values of each column lie that both have, where they may differ; empty with `--no-data`
    distributions: list[ColumnDistribution]


#: What differs between a variation and its product, or another variation.
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


class PromotedValue(TypedDict):
    """A value that the promotion of a variation writes, and where the one before was set."""

    parameter: str
    before: Any
    after: Any
    #: where it is written: `pipeline d.p` or `node d.p.n`
    level: str
    #: where the value before was set, which may be a level above
    file: str | None
    #: where the value before was set, which may be a level above
    line: int | None
    #: where the value before was set, which may be a level above
    column: int | None


class VariationPromotion(TypedDict):
    """What a variation sets, written into its product's pipeline."""

    schema: Literal["meshwright/variation-promotion/1"]
    variation: str
    environment: str
    #: the `pipeline.yaml` that is changed
    file: str
    #: `false` with `--dry-run`, and where the product has the values already
    written: bool
    #: values that are written; empty where there are none to write
    changes: list[PromotedValue]
    #: what a run of the product would do now, as of a plan; empty where nothing was written
    counts: dict[str, int]
    #: datasets of the product that use a value and that the variation does not build: a run builds them
    unbuilt: list[str]
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


class Contract(TypedDict):
    """A document of the Open Data Contract Standard (ODCS), as it was written; what else it holds is said there."""

    apiVersion: str
    id: str
    name: NotRequired[str]
    version: str
    status: str
    domain: NotRequired[str]
    tenant: NotRequired[str]
    kind: Literal["DataContract"]
    description: NotRequired[dict[str, Any]]
    tags: NotRequired[list[str]]
    schema: NotRequired[list[dict[str, Any]]]
    slaProperties: NotRequired[list[dict[str, Any]]]


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

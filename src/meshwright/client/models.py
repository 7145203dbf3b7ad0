"""Documents of the API. Written by scripts/write_api.py."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class ApiLinks(TypedDict):
    """Part of a document."""

    openapi: str
    docs: str
    health: str


class Api(TypedDict):
    """`meshwright/api/1`, see json.md."""

    schema: Literal["meshwright/api/1"]
    meshwright: str
    links: ApiLinks


class Self(TypedDict):
    """`meshwright/self/1`, see json.md."""

    schema: Literal["meshwright/self/1"]
    id: str
    role: str
    domain: Any
    mesh: str


class ProblemCode(TypedDict):
    """`meshwright/problem-code/1`, see json.md."""

    schema: Literal["meshwright/problem-code/1"]
    code: str
    title: str
    meaning: str
    fix: str
    example: str


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
    next: Any


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
    next: Any


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


Direction = Literal["both", "up", "down"]


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


class RunStatus(TypedDict):
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
    event: NotRequired[Literal["run-status"]]
    status: Literal["started", "running", "succeeded", "warned", "failed", "stopped"]
    text: NotRequired[str]
    #: Where it is shown.
    url: NotRequired[str]


class DatasetOperation(TypedDict):
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
    event: NotRequired[Literal["dataset-operation"]]
    operation: Literal["reads", "writes"]
    text: NotRequired[str]


class MetricLog(TypedDict):
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
    event: NotRequired[Literal["metric-log"]]
    name: str
    value: float


class MessageLog(TypedDict):
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
    event: NotRequired[Literal["message-log"]]
    level: NotRequired[Literal["debug", "info", "warning", "error"]]
    text: str


class TestOutcomes(TypedDict):
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
    event: NotRequired[Literal["test-outcomes"]]
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
    #: when it came to that
    state_at: str
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
    next: Any


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
    #: when it came to that
    state_at: str
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
    #: when it came to that
    state_at: str
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
    next: Any


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
    parent: str | None
    #: key of the parent's step that started it, else `null`
    parent_step: str | None
    #: `select`, `only`, `retest`, `params` as given; `cause` where a trigger or another program started the run:
    #: `kind` (`schedule`, `event`, `publication`, `file`, `pipeline`, `person`, `api`), `name`, `at`, `events`,
    #: `key`
    options: dict[str, Any]
    #: release that ran it
    meshwright: str
    #: with `--tree` alone: how many runs stand above it
    depth: NotRequired[int]


class Runs(TypedDict):
    """`meshwright/runs/1`, see json.md."""

    schema: Literal["meshwright/runs/1"]
    #: each a recorded run, newest first; with `--tree` each stands after the one that started it
    runs: list[RunsRun]
    next: NotRequired[Any]


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
        "select": NotRequired[list[str]],
        "variation": NotRequired[Any],
        "from": NotRequired[str | None],
        "run": NotRequired[str],
    },
)


class RunRequestRequest(TypedDict):
    """Part of a document."""

    kind: str
    state: str
    reason: str
    error: Any
    asked: RunRequestRequestAsked
    by: str
    requested_at: str
    ended_at: Any
    attempts: int
    stop_asked: bool


class RunRequest(TypedDict):
    """`meshwright/run-request/1`, see json.md."""

    schema: Literal["meshwright/run-request/1"]
    run_id: str
    url: str
    state: str
    environment: str
    request: RunRequestRequest


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
    #: `key`
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


class RunStop(TypedDict):
    """`meshwright/run-stop/1`, see json.md."""

    schema: Literal["meshwright/run-stop/1"]
    run_id: str
    url: str
    state: str
    environment: str
    asked: list[str]


#: How a run is gone on with.
ResumeBody = TypedDict("ResumeBody", {"from": NotRequired[str | None]})


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


class RunsDiffOption(TypedDict):
    """Part of a document."""

    #: `null` where a run does not have it
    name: str | None
    #: `null` where a run does not have it
    before: str | bool | None
    #: `null` where a run does not have it
    after: str | bool | None


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


class ResumeWish(TypedDict):
    """How something goes on."""

    #: Make up for what was missed, as the schedule says.
    catch_up: NotRequired[bool]


Kind = Literal["domain", "product", "port", "dataset", "column"]


class SubscriptionsSubscriptionStart(TypedDict):
    """Part of a document."""

    product: str
    environment: str
    params: dict[str, Any]


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


class SubscriptionStart(TypedDict):
    """Part of a document."""

    product: str
    environment: str
    params: dict[str, Any]


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
    #: what signs, where it was just made or changed: it is told here only; `null` else
    secret: str | None


class SubscriptionDelete(TypedDict):
    """`meshwright/subscription-delete/1`, see json.md."""

    schema: Literal["meshwright/subscription-delete/1"]
    #: it is gone, with its deliveries
    id: str
    #: it is gone, with its deliveries
    deleted: bool


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


class Health(TypedDict):
    """`meshwright/health/1`, see json.md."""

    schema: Literal["meshwright/health/1"]
    ok: bool


class ReadyChecks(TypedDict):
    """Part of a document."""

    mesh: str
    state: str


class Ready(TypedDict):
    """`meshwright/ready/1`, see json.md."""

    schema: Literal["meshwright/ready/1"]
    ok: bool
    checks: ReadyChecks

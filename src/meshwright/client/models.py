"""Documents of the API. Written by scripts/write_api.py."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


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


class TokenCreate(TypedDict):
    """`meshwright/token-create/1`, see json.md."""

    schema: Literal["meshwright/token-create/1"]
    id: str
    token: str
    role: str
    domain: str | None
    expires: str


class TokensToken(TypedDict):
    """Part of a document."""

    id: str
    role: str
    domain: str | None
    purpose: str
    created: str
    by: str
    expires: str
    revoked: Any
    revoked_by: Any


class Tokens(TypedDict):
    """`meshwright/tokens/1`, see json.md."""

    schema: Literal["meshwright/tokens/1"]
    tokens: list[TokensToken]


class Token(TypedDict):
    """`meshwright/token/1`, see json.md."""

    schema: Literal["meshwright/token/1"]
    id: str
    role: str
    domain: Any
    purpose: str
    created: str
    by: str
    expires: str
    revoked: str
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

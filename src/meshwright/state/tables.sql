-- The tables of a new SQLite state, as scripts/write_tables.py says them: importing SQLAlchemy for it takes 0.1 s.

CREATE TABLE meshwright_schema (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT meshwright_schema_pkc PRIMARY KEY (version_num)
);

CREATE TABLE blobs (
    digest TEXT NOT NULL,
    data BLOB NOT NULL,
    CONSTRAINT pk_blobs PRIMARY KEY (digest)
);

CREATE TABLE calls (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    token TEXT NOT NULL,
    caller TEXT NOT NULL,
    domain TEXT NOT NULL,
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    status INTEGER NOT NULL,
    rows BIGINT,
    bytes BIGINT,
    micros BIGINT NOT NULL
);

CREATE INDEX ix_calls_at ON calls (at);

CREATE INDEX ix_calls_caller_number ON calls (caller, number);

CREATE INDEX ix_calls_domain_number ON calls (domain, number);

CREATE TABLE condemned (
    version TEXT NOT NULL,
    since BIGINT NOT NULL,
    CONSTRAINT pk_condemned PRIMARY KEY (version)
);

CREATE TABLE definitions (
    fingerprint TEXT NOT NULL,
    text TEXT NOT NULL,
    dialect TEXT NOT NULL,
    parser TEXT NOT NULL,
    CONSTRAINT pk_definitions PRIMARY KEY (fingerprint)
);

CREATE TABLE deliveries (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    subscription TEXT NOT NULL,
    event BIGINT NOT NULL,
    source TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at BIGINT,
    ended_at BIGINT,
    tries TEXT NOT NULL,
    answer TEXT NOT NULL,
    run_id TEXT NOT NULL,
    CONSTRAINT uq_deliveries_id UNIQUE (id)
);

CREATE INDEX ix_deliveries_state_ended_at ON deliveries (state, ended_at);

CREATE INDEX ix_deliveries_subscription_lane_state_event ON deliveries (subscription, lane, state, event);

CREATE INDEX ix_deliveries_subscription_state_next_at ON deliveries (subscription, state, next_at);

CREATE TABLE environments (
    name TEXT NOT NULL,
    generation BIGINT NOT NULL,
    base TEXT,
    base_generation BIGINT,
    created_at BIGINT,
    created_by TEXT,
    touched_at BIGINT,
    expire_after_s BIGINT,
    options TEXT,
    oldest_generation BIGINT,
    CONSTRAINT pk_environments PRIMARY KEY (name)
);

CREATE TABLE events (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    document TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    handled_at BIGINT,
    CONSTRAINT uq_events_source UNIQUE (source, id)
);

CREATE INDEX ix_events_handled_at ON events (handled_at);

CREATE TABLE evidence (
    version TEXT NOT NULL,
    check_id TEXT NOT NULL,
    others TEXT NOT NULL,
    outcome TEXT NOT NULL,
    value TEXT NOT NULL,
    failing_rows BIGINT,
    sample TEXT NOT NULL,
    error TEXT,
    run_id TEXT NOT NULL,
    seconds FLOAT NOT NULL,
    CONSTRAINT pk_evidence PRIMARY KEY (version, check_id, others)
);

CREATE TABLE firings (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "key" TEXT NOT NULL,
    environment TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    events TEXT NOT NULL,
    params TEXT NOT NULL,
    missed BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    process TEXT NOT NULL,
    outcome TEXT NOT NULL,
    ended_at BIGINT,
    late_at BIGINT,
    is_told_late BOOLEAN NOT NULL,
    CONSTRAINT uq_firings_key UNIQUE ("key")
);

CREATE INDEX ix_firings_environment_state ON firings (environment, state);

CREATE INDEX ix_firings_environment_trigger_number ON firings (environment, "trigger", number);

CREATE TABLE footprints (
    "of" TEXT NOT NULL,
    "column" TEXT NOT NULL,
    calendar TEXT NOT NULL,
    ranges TEXT NOT NULL,
    outside BIGINT NOT NULL,
    CONSTRAINT pk_footprints PRIMARY KEY ("of", "column", calendar)
);

CREATE TABLE generations (
    environment TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    run_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    action TEXT,
    base_generation BIGINT,
    CONSTRAINT pk_generations PRIMARY KEY (environment, number)
);

CREATE TABLE holds (
    run_id TEXT NOT NULL,
    version TEXT NOT NULL,
    CONSTRAINT pk_holds PRIMARY KEY (run_id, version)
);

CREATE TABLE jobs (
    id TEXT NOT NULL,
    node TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    run_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    state TEXT NOT NULL,
    handle TEXT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    error TEXT,
    CONSTRAINT pk_jobs PRIMARY KEY (id)
);

CREATE INDEX ix_jobs_run_id ON jobs (run_id);

CREATE INDEX ix_jobs_trigger ON jobs ("trigger");

CREATE TABLE keyed (
    token TEXT NOT NULL,
    "key" TEXT NOT NULL,
    digest TEXT NOT NULL,
    holder TEXT NOT NULL,
    at BIGINT NOT NULL,
    status INTEGER,
    answer TEXT,
    CONSTRAINT pk_keyed PRIMARY KEY (token, "key")
);

CREATE INDEX ix_keyed_at ON keyed (at);

CREATE TABLE leases (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    token BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT pk_leases PRIMARY KEY (name)
);

CREATE TABLE meta (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_meta PRIMARY KEY ("key")
);

CREATE TABLE observations (
    path TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    inode BIGINT NOT NULL,
    hash TEXT NOT NULL,
    hashed_at_ns BIGINT NOT NULL,
    CONSTRAINT pk_observations PRIMARY KEY (path)
);

CREATE TABLE once_shown (
    version TEXT NOT NULL,
    CONSTRAINT pk_once_shown PRIMARY KEY (version)
);

CREATE TABLE outside_changes (
    "of" TEXT NOT NULL,
    number BIGINT NOT NULL,
    CONSTRAINT pk_outside_changes PRIMARY KEY ("of")
);

CREATE TABLE outside_datasets (
    id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    CONSTRAINT pk_outside_datasets PRIMARY KEY (id)
);

CREATE INDEX ix_outside_datasets_namespace_name ON outside_datasets (namespace, name);

CREATE TABLE outside_edges (
    job TEXT NOT NULL,
    dataset TEXT NOT NULL,
    direction TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    CONSTRAINT pk_outside_edges PRIMARY KEY (job, dataset, direction)
);

CREATE INDEX ix_outside_edges_dataset ON outside_edges (dataset);

CREATE TABLE outside_facets (
    "of" TEXT NOT NULL,
    object TEXT NOT NULL,
    beside TEXT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL,
    stamp TEXT NOT NULL,
    document TEXT,
    CONSTRAINT pk_outside_facets PRIMARY KEY ("of", object, beside, name)
);

CREATE TABLE outside_jobs (
    id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    producer TEXT NOT NULL,
    producer_stamp TEXT NOT NULL,
    parent_namespace TEXT NOT NULL,
    parent_name TEXT NOT NULL,
    parent_stamp TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    CONSTRAINT pk_outside_jobs PRIMARY KEY (id)
);

CREATE INDEX ix_outside_jobs_namespace_name ON outside_jobs (namespace, name);

CREATE TABLE outside_links (
    dataset TEXT NOT NULL,
    other TEXT NOT NULL,
    CONSTRAINT pk_outside_links PRIMARY KEY (dataset, other)
);

CREATE TABLE outside_notes (
    "key" TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    stamp TEXT NOT NULL,
    job TEXT NOT NULL,
    run TEXT NOT NULL,
    dataset TEXT NOT NULL,
    name TEXT NOT NULL,
    word TEXT NOT NULL,
    value FLOAT,
    text TEXT NOT NULL,
    digest TEXT NOT NULL,
    CONSTRAINT pk_outside_notes PRIMARY KEY ("key")
);

CREATE INDEX ix_outside_notes_dataset_at ON outside_notes (dataset, at);

CREATE INDEX ix_outside_notes_job_at ON outside_notes (job, at);

CREATE INDEX ix_outside_notes_received_at ON outside_notes (received_at);

CREATE INDEX ix_outside_notes_run ON outside_notes (run);

CREATE TABLE outside_runs (
    id TEXT NOT NULL,
    job TEXT NOT NULL,
    "key" TEXT NOT NULL,
    state TEXT NOT NULL,
    state_at BIGINT NOT NULL,
    state_stamp TEXT NOT NULL,
    parent TEXT NOT NULL,
    url TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    CONSTRAINT pk_outside_runs PRIMARY KEY (id)
);

CREATE INDEX ix_outside_runs_job_first_at ON outside_runs (job, first_at);

CREATE INDEX ix_outside_runs_key ON outside_runs ("key");

CREATE INDEX ix_outside_runs_received_at ON outside_runs (received_at);

CREATE TABLE outside_uses (
    run TEXT NOT NULL,
    dataset TEXT NOT NULL,
    direction TEXT NOT NULL,
    CONSTRAINT pk_outside_uses PRIMARY KEY (run, dataset, direction)
);

CREATE TABLE pages (
    id TEXT NOT NULL,
    dataset TEXT NOT NULL,
    entries TEXT NOT NULL,
    CONSTRAINT pk_pages PRIMARY KEY (id)
);

CREATE INDEX ix_pages_dataset ON pages (dataset);

CREATE TABLE parts (
    id TEXT NOT NULL,
    dataset TEXT NOT NULL,
    start_at BIGINT,
    end_at BIGINT,
    columns TEXT NOT NULL,
    files TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    sum_a BIGINT NOT NULL,
    sum_b BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    inputs TEXT NOT NULL,
    params TEXT NOT NULL,
    engine TEXT NOT NULL,
    run_id TEXT NOT NULL,
    created_at BIGINT,
    seconds FLOAT NOT NULL,
    restricted TEXT,
    CONSTRAINT pk_parts PRIMARY KEY (id)
);

CREATE TABLE pauses (
    environment TEXT NOT NULL,
    object TEXT NOT NULL,
    since BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_pauses PRIMARY KEY (environment, object)
);

CREATE TABLE pins (
    environment TEXT NOT NULL,
    object TEXT NOT NULL,
    revision TEXT,
    previous TEXT,
    is_lifted BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_pins PRIMARY KEY (environment, object)
);

CREATE TABLE provisionings (
    sandbox TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    base TEXT NOT NULL,
    expire_after_s BIGINT,
    options TEXT NOT NULL,
    document TEXT NOT NULL,
    progress TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    begun_by TEXT NOT NULL,
    run_id TEXT NOT NULL,
    CONSTRAINT pk_provisionings PRIMARY KEY (sandbox)
);

CREATE TABLE requested_runs (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "key" TEXT NOT NULL,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    run_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    asked TEXT NOT NULL,
    caller TEXT NOT NULL,
    "by" TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    error TEXT NOT NULL,
    outcome TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    process TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    ended_at BIGINT,
    is_to_stop BOOLEAN NOT NULL,
    traceparent TEXT NOT NULL,
    CONSTRAINT uq_requested_runs_key UNIQUE ("key")
);

CREATE INDEX ix_requested_runs_run_id ON requested_runs (run_id);

CREATE INDEX ix_requested_runs_state_caller_number ON requested_runs (state, caller, number);

CREATE TABLE revisions (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    document BLOB NOT NULL,
    CONSTRAINT pk_revisions PRIMARY KEY (id)
);

CREATE TABLE rules (
    check_id TEXT NOT NULL,
    definition TEXT NOT NULL,
    CONSTRAINT pk_rules PRIMARY KEY (check_id)
);

CREATE TABLE runs (
    id TEXT NOT NULL,
    environment TEXT NOT NULL,
    state TEXT NOT NULL,
    options TEXT NOT NULL,
    "by" TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    base_generation BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    meshwright TEXT NOT NULL,
    parent TEXT,
    planned BLOB NOT NULL,
    bound BLOB NOT NULL,
    report BLOB NOT NULL,
    files BLOB NOT NULL,
    parent_step TEXT,
    infrastructure TEXT,
    costs TEXT,
    CONSTRAINT pk_runs PRIMARY KEY (id)
);

CREATE INDEX ix_runs_parent ON runs (parent);

CREATE INDEX ix_runs_started_at ON runs (started_at);

CREATE TABLE subscriptions (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    revision BIGINT NOT NULL,
    cursor BIGINT NOT NULL,
    CONSTRAINT pk_subscriptions PRIMARY KEY (id)
);

CREATE TABLE tokens (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    role TEXT NOT NULL,
    domain TEXT,
    purpose TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT,
    CONSTRAINT pk_tokens PRIMARY KEY (id)
);

CREATE TABLE verdicts (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    dataset TEXT NOT NULL,
    rule TEXT NOT NULL,
    action TEXT NOT NULL,
    version TEXT NOT NULL,
    check_id TEXT NOT NULL,
    others TEXT NOT NULL,
    environment TEXT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    value TEXT NOT NULL,
    failing_rows BIGINT,
    error TEXT,
    run_id TEXT NOT NULL
);

CREATE INDEX ix_verdicts_dataset_rule_number ON verdicts (dataset, rule, number);

CREATE TABLE versions (
    id TEXT NOT NULL,
    dataset TEXT NOT NULL,
    columns TEXT NOT NULL,
    files TEXT NOT NULL,
    rows BIGINT NOT NULL,
    content_digest TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    node_kind TEXT NOT NULL,
    is_opaque BOOLEAN NOT NULL,
    inputs TEXT NOT NULL,
    params TEXT NOT NULL,
    engine TEXT NOT NULL,
    definition TEXT NOT NULL,
    run_id TEXT NOT NULL,
    created_at BIGINT,
    seconds FLOAT NOT NULL,
    restricted TEXT,
    manifest TEXT,
    before_id TEXT,
    outcome TEXT,
    CONSTRAINT pk_versions PRIMARY KEY (id)
);

CREATE INDEX ix_versions_dataset_created_at ON versions (dataset, created_at);

CREATE TABLE watched (
    environment TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    definition TEXT NOT NULL,
    since BIGINT NOT NULL,
    cursor BIGINT NOT NULL,
    mark TEXT NOT NULL,
    CONSTRAINT pk_watched PRIMARY KEY (environment, "trigger")
);

CREATE TABLE inner_steps (
    run_id TEXT NOT NULL,
    step TEXT NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    "after" TEXT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    error TEXT,
    dataset TEXT,
    CONSTRAINT pk_inner_steps PRIMARY KEY (run_id, step, name),
    CONSTRAINT fk_inner_steps_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);

CREATE TABLE logs (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    step TEXT,
    text TEXT NOT NULL,
    CONSTRAINT fk_logs_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);

CREATE INDEX ix_logs_run_id_number ON logs (run_id, number);

CREATE TABLE pointers (
    environment TEXT NOT NULL,
    to_generation BIGINT NOT NULL,
    object TEXT NOT NULL,
    kind TEXT NOT NULL,
    revision TEXT,
    from_generation BIGINT NOT NULL,
    CONSTRAINT pk_pointers PRIMARY KEY (environment, to_generation, object),
    CONSTRAINT fk_pointers_opened FOREIGN KEY(environment, from_generation) REFERENCES generations (environment, number)
)
 WITHOUT ROWID;

CREATE TABLE steps (
    run_id TEXT NOT NULL,
    "key" TEXT NOT NULL,
    position INTEGER NOT NULL,
    dataset TEXT,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    version TEXT,
    rows BIGINT,
    seconds FLOAT NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT,
    started_at BIGINT,
    ended_at BIGINT,
    inputs TEXT,
    costs TEXT,
    revision BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_steps PRIMARY KEY (run_id, "key"),
    CONSTRAINT fk_steps_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);

CREATE INDEX ix_steps_run_id_position ON steps (run_id, position);

CREATE INDEX ix_steps_run_id_revision ON steps (run_id, revision);

CREATE TABLE stops (
    run_id TEXT NOT NULL,
    token BIGINT NOT NULL,
    at BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    CONSTRAINT pk_stops PRIMARY KEY (run_id),
    CONSTRAINT fk_stops_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);

CREATE TABLE triggers (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "key" TEXT NOT NULL,
    dataset TEXT NOT NULL,
    version TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    observation TEXT NOT NULL,
    observed TEXT NOT NULL,
    CONSTRAINT uq_triggers_key UNIQUE ("key"),
    CONSTRAINT fk_triggers_version FOREIGN KEY(version) REFERENCES versions (id)
);

CREATE INDEX ix_triggers_dataset_number ON triggers (dataset, number);

CREATE INDEX ix_triggers_version ON triggers (version);

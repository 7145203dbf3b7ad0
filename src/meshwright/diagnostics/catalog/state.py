"""Codes MW-Dxxx: the state database (1xx opening, 2xx publishing, 3xx looking up) and the store of data files (4xx)."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-D101",
        title="state address not understood",
        meaning="The value of `state` in mesh.yaml is not a database address. It is a URL such as "
        "`sqlite:///.meshwright/state.db` (three slashes for a path relative to the mesh root, four for an "
        "absolute one) or `postgresql+psycopg://user@host/database`.",
        fix="Write a SQLite URL without options, a PostgreSQL URL, or leave `state` out to use the default.",
        example="MW-D101 the value of `state` is not a database address",
    ),
    Code(
        code="MW-D102",
        title="database kind not supported",
        meaning="`state` names a kind of database, or a driver, that this release cannot use.",
        fix="Use SQLite (`sqlite:///.meshwright/state.db`) or PostgreSQL (`postgresql+psycopg://user@host/database`).",
        example="MW-D102 `state` names a 'mysql' database, which is not supported",
    ),
    Code(
        code="MW-D103",
        title="not a state database",
        meaning="The file or database that `state` points to holds something else: it is not SQLite, its tables "
        "are not meshwright's, or it is a PostgreSQL database in another encoding than UTF8. It was not changed.",
        fix="Point `state` in mesh.yaml at another place, or move what is there away. A database that does not "
        "exist is made.",
        example="MW-D103 '/srv/mesh/.meshwright/state.db' is not a state database",
    ),
    Code(
        code="MW-D104",
        title="state database from a newer version",
        meaning="A later release of meshwright has written this database, and its tables are not known to this one. "
        "Nothing was changed.",
        fix="Upgrade meshwright to at least the release that wrote the database.",
        example="MW-D104 the state database '.meshwright/state.db' has schema 0007, this meshwright knows up to 0001",
    ),
    Code(
        code="MW-D105",
        title="state database in use on another host",
        meaning="A SQLite state belongs to one host at a time: its locks do not work over network file systems, and "
        "two hosts writing would damage it. Another host used this database a short while ago or holds a "
        "lease in it.",
        fix="Run the command on that host, or wait until it has been quiet for ten minutes: the database then "
        "moves over by itself. For work from several hosts keep the state on PostgreSQL (`mw state migrate --to`).",
        example="MW-D105 the state database '.meshwright/state.db' is in use on host 'alpha'",
    ),
    Code(
        code="MW-D106",
        title="state database cannot be opened",
        meaning="The file, or the folder it stands in, cannot be opened or made: permissions, a folder in its place, "
        "or a file system without what SQLite's write-ahead log needs (some network file systems).",
        fix="Check the path in `state`, the permissions of the folder, and that it is on a local disk.",
        example="MW-D106 the state database '/srv/mesh/.meshwright/state.db' cannot be opened: it is a folder",
    ),
    Code(
        code="MW-D107",
        title="state database is read-only",
        meaning="The database can be read but not written: the file, its folder or the whole file system is read-only, "
        "or on PostgreSQL the user lacks the right or the server is a standby. Commands that only read work all the same.",
        fix="Make the file, its folder and the `-wal` and `-shm` files beside it writable for the user who runs "
        "meshwright; on PostgreSQL grant the right, or name the primary server.",
        example="MW-D107 the state database '.meshwright/state.db' cannot be written: attempt to write a readonly "
        "database",
    ),
    Code(
        code="MW-D108",
        title="state database is damaged",
        meaning="The database file does not hold together: a disk fault, an outside program, or a copy made while it "
        "was in use. The data files of the store are not affected.",
        fix="Restore the file from a backup, with the `-wal` and `-shm` files beside it removed. A backup made "
        "before a migration stands beside it as `state.db.before-NNNN`.",
        example="MW-D108 the state database '.meshwright/state.db' is damaged: database disk image is malformed",
    ),
    Code(
        code="MW-D109",
        title="state database locked",
        meaning="Another process held the database's write lock, or on PostgreSQL a row, for longer than the waiting "
        "time. Writes are short, so it is hung, stopped, or a person's own session with an open transaction.",
        fix="Run the command again; if it stays locked, find the process that holds the file open (on PostgreSQL: "
        "`pg_stat_activity`) and end it.",
        example="MW-D109 the state database '.meshwright/state.db' was locked for 30 s by another process",
    ),
    Code(
        code="MW-D110",
        title="no space for the state database",
        meaning="The disk, or your quota on it, is full. The change that was being recorded did not happen at all; "
        "what was recorded before is intact.",
        fix="Free space on the disk that holds the database, then run the command again.",
        example="MW-D110 no space left for the state database '.meshwright/state.db'",
    ),
    Code(
        code="MW-D111",
        title="disk error at the state database",
        meaning="The operating system, or the database server, reported an input or output error or lacks memory. "
        "The change that was being recorded did not happen.",
        fix="Check the disk, its free space and the system's (or the server's) log, then run the command again.",
        example="MW-D111 reading or writing the state database '.meshwright/state.db' failed: disk I/O error",
    ),
    Code(
        code="MW-D112",
        title="migration failed",
        meaning="The database is from an earlier release and bringing it up to date failed. The migration is one "
        "transaction, so the database is as it was, and a copy made before stands beside it.",
        fix="Read the reason in the message, remove it (often disk space), and run the command again.",
        example="MW-D112 the state database '.meshwright/state.db' could not be brought from schema 0001 to 0002: no "
        "such table",
    ),
    Code(
        code="MW-D113",
        title="state database not reachable",
        meaning="The PostgreSQL server that `state` names does not answer: it is down or restarting, host or port are "
        "wrong, a network stands between, or it has no connection left. A server that was there before is waited for "
        "during about ten seconds.",
        fix="Check the server, and host and port in `state`; then run the command again.",
        example="MW-D113 the state database 'postgresql://db.example.org/mesh' cannot be reached: connection refused",
    ),
    Code(
        code="MW-D114",
        title="state database refuses the user",
        meaning="The PostgreSQL server answers and does not let this user into this database: user or password are "
        "wrong, the server's rules (`pg_hba.conf`) exclude the host, or the database or schema does not exist.",
        fix="Check user, password and database in `state`. A password comes from `${env:NAME}` in the address, from "
        "`PGPASSWORD` or from `~/.pgpass`. A database is made with `create database NAME`.",
        example="MW-D114 the state database 'postgresql://db.example.org/mesh' does not let you in: password "
        'authentication failed for user "ana"',
    ),
    Code(
        code="MW-D115",
        title="connection to the state database lost",
        meaning="The server, or the network to it, went away while a change was being recorded. Every change is one "
        "transaction: it is recorded whole or not at all. Where the connection broke before the end of it, it was "
        "tried again a few times.",
        fix="Run the command again, or `mw runs resume` the run: it goes on from what is recorded.",
        example="MW-D115 the connection to the state database 'postgresql://db.example.org/mesh' was lost",
    ),
    Code(
        code="MW-D116",
        title="PostgreSQL driver missing",
        meaning="`state` is on PostgreSQL, and the library that speaks to it (psycopg 3) is not installed or cannot be "
        "loaded.",
        fix="`pip install 'meshwright[postgres]'`",
        example="MW-D116 a state on PostgreSQL needs the library psycopg, which cannot be loaded",
    ),
    Code(
        code="MW-D117",
        title="state database from an older version",
        meaning="The tables on the PostgreSQL server are of an earlier release. A SQLite state is brought up to date "
        "by itself; a server is shared, and people with an older release could not work with it any more, so this "
        "is asked for.",
        fix="Run `mw state migrate` once everybody who uses the database has this release.",
        example="MW-D117 the state database 'postgresql://db.example.org/mesh' has schema 0001, this release needs 0002",
    ),
    Code(
        code="MW-D118",
        title="half-copied state database",
        meaning="`mw state migrate --to` was copying a state into this database and has not ended: it is still at "
        "work, was killed or failed. The database holds no usable state; the one copied from is untouched.",
        fix="Give `mw state migrate --to` again, which starts anew, and leave `state` in mesh.yaml as it was until it "
        "has said that the copy is complete.",
        example="MW-D118 the copy of a state into 'postgresql://db.example.org/mesh' was interrupted or is still going on",
    ),
    Code(
        code="MW-D119",
        title="state cannot be copied there",
        meaning="The database after `--to` is the one that `state` names, lives only in memory, or holds a state "
        "already. A copy goes into an empty database: two histories cannot be mixed.",
        fix="Name an empty database: a SQLite file that is not there yet, or a new PostgreSQL database or schema.",
        example="MW-D119 'postgresql://db.example.org/mesh' holds a state already",
    ),
    Code(
        code="MW-D120",
        title="a run holds the state",
        meaning="A run is going on (or a process that died on another host holds its lease until it expires). What it "
        "would still record would be missing in the copy, so nothing was copied.",
        fix="Wait until it has ended (`mw runs list`), then give the command again.",
        example="MW-D120 run 20260101T101500-4f2a1c is going on and would be cut off by the copy",
    ),
    Code(
        code="MW-D121",
        title="copied state differs",
        meaning="After the copy, the new database was read back and compared table by table (number of rows and a "
        "digest of every value), and something differs; or the old one changed while it was copied. The new database "
        "is marked as unusable, the old one is untouched.",
        fix="See that nothing else uses the old state, then give `mw state migrate --to` again.",
        example="MW-D121 the state changed while it was copied: 2 runs more in 'runs'",
    ),
    Code(
        code="MW-D122",
        title="password written out",
        meaning="The address of a state database holds a password in plain text. mesh.yaml is kept in git and in the "
        "record of every run, where a password must not be.",
        fix="Write `${env:NAME}` in its place (the value may hold any characters), or leave it away and use "
        "`PGPASSWORD` or `~/.pgpass`.",
        example="MW-D122 the address of the state database holds a password",
    ),
    Code(
        code="MW-D201",
        title="publication conflict",
        meaning="Between planning and publishing, someone else published something that this publication replaces or "
        "was built from. Publishing anyway would undo or mix their work, so nothing was changed.",
        fix="Run the command again: it plans against what stands now and keeps what is already built.",
        example="MW-D201 'sales.orders.orders' changed in environment 'prod' since this run planned",
    ),
    Code(
        code="MW-D202",
        title="run was taken over",
        meaning="The run lost its lease: it was stopped or stalled for longer than the lease lasts and another "
        "process took over or ended it. A process that wakes up late cannot publish.",
        fix="Look at the other run with `mw runs list`; run the command again if it is still needed.",
        example="MW-D202 the lease 'run:20260101-4f2a' is held by 'alpha:812' now",
    ),
    Code(
        code="MW-D203",
        title="lease expired",
        meaning="The run did not renew its lease in time (a suspended laptop, a stalled disk). Nobody took over, but "
        "publishing on an expired lease is not safe.",
        fix="Run the command again, or `mw runs resume` the run: what is built is kept.",
        example="MW-D203 the lease 'run:20260101-4f2a' of this run has expired",
    ),
    Code(
        code="MW-D204",
        title="environment gone",
        meaning="The sandbox that a command was working in was deleted, or made anew, before it could publish.",
        fix="`mw env list` shows what there is; make the sandbox again and run into it.",
        example="MW-D204 environment 'fix-delays' was deleted meanwhile; nothing was published",
    ),
    Code(
        code="MW-D301",
        title="ambiguous run id",
        meaning="The beginning of a run id that was given fits several runs.",
        fix="Give more characters of the id.",
        example="MW-D301 '202601' is the beginning of several runs: 20260101-4f2a, 20260102-91bc",
    ),
    Code(
        code="MW-D401",
        title="no space for data files",
        meaning="The disk of the store, or your quota on it, is full. What was being written is not listed anywhere "
        "and not visible; what is published stays readable.",
        fix="Free space on the disk that holds the store, then run the command again.",
        example="MW-D401 no space left in the store '/srv/mesh/.meshwright/store' (12.0 MB free)",
    ),
    Code(
        code="MW-D402",
        title="store not accessible",
        meaning="A folder or file of the store cannot be read, made or written by this user, or the file system is "
        "read-only.",
        fix="Check owner and permissions of the store's folder, and `store` in mesh.yaml.",
        example="MW-D402 the store cannot be written at '/srv/mesh/.meshwright/store/sales': Permission denied",
    ),
    Code(
        code="MW-D403",
        title="disk error in the store",
        meaning="The operating system reported an error while data files were written, read or made durable. They are"
        " not listed anywhere, so nothing half-written is visible.",
        fix="Check the disk and the system's log, then run the command again.",
        example="MW-D403 the store failed at '/srv/mesh/.meshwright/store/sales': Input/output error",
    ),
    Code(
        code="MW-D404",
        title="data file vanished",
        meaning="A file that a build had just written is not there any more, or is not a plain file: another program "
        "cleans or replaces files in the store.",
        fix="Keep other programs out of the store's folder, then run the command again.",
        example="MW-D404 the file 'sales/orders/orders/5c1e/a1-0.parquet' was written and is gone",
    ),
    Code(
        code="MW-D405",
        title="path outside the store",
        meaning="A name would lead out of the store's folder, or is no safe file name. Files are only ever made, read"
        " and deleted inside the store.",
        fix="If this names a folder that is a symbolic link, move the data into the store or point `store` in "
        "mesh.yaml there.",
        example="MW-D405 '../secrets' cannot be part of a path in the store",
    ),
)

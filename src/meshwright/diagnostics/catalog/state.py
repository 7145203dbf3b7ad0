"""Codes MW-Dxxx: the state database (1xx opening, 2xx publishing, 3xx looking up) and the store of data files (4xx)."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-D101",
        title="state address not understood",
        meaning="The value of `state` in mesh.yaml is not a database address. It is a URL such as "
        "`sqlite:///.meshwright/state.db`: three slashes for a path relative to the mesh root, four for an "
        "absolute one.",
        fix="Write a SQLite URL without options, or leave `state` out to use the default.",
        example="MW-D101 the value of `state` is not a database address",
    ),
    Code(
        code="MW-D102",
        title="database kind not supported",
        meaning="`state` names a kind of database, or a driver, that this release cannot use.",
        fix="Use a SQLite URL such as `sqlite:///.meshwright/state.db`.",
        example="MW-D102 `state` names a 'mysql' database, which is not supported",
    ),
    Code(
        code="MW-D103",
        title="not a state database",
        meaning="The file or database that `state` points to holds something else: it is not SQLite, or its tables "
        "are not meshwright's. It was not changed.",
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
        "moves over by itself. For work from several hosts use a database server.",
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
        meaning="The database can be read but not written: the file, its folder or the whole file system is read-only.",
        fix="Make the file, its folder and the `-wal` and `-shm` files beside it writable for the user who runs "
        "meshwright.",
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
        meaning="Another process held the database's write lock for longer than the waiting time. Writes are short, "
        "so it is hung, stopped, or a person's own session with an open transaction.",
        fix="Run the command again; if it stays locked, find the process that holds the file open and end it.",
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
        meaning="The operating system reported an input or output error. The change that was being recorded did not "
        "happen.",
        fix="Check the disk and the system's log, then run the command again.",
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

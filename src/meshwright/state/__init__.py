"""What is recorded: versions, evidence, pointers by generation, runs, leases, in one database.

Read `protocol.py` for what it can do and `records.py` for what it holds. `database.open_state` opens it; that
module loads the driver of SQLite, and SQLAlchemy only where tables are made, migrated or copied, or for a server.
"""

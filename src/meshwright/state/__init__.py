"""What is recorded: versions, evidence, pointers by generation, runs, leases, in one database.

Read `protocol.py` for what it can do and `records.py` for what it holds. `database.open_state` opens it; that
module and what it imports load SQLAlchemy, the protocols and records do not.
"""

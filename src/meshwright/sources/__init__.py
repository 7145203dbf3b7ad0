"""Reads what lies outside the mesh: files, stores, tables and databases, each observed before it is read."""

"""Describes the API: `requests` are its examples, `recording` asks them of a real mesh, `stated` makes schemas of types."""

"""Describes the API: `requests` are its examples, `recording` asks them of a real mesh, `inference` makes schemas of documents."""

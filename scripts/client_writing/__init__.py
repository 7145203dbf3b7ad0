"""Writes the typed client of an OpenAPI document: `schemas` its models, `operations` its methods, `modules` the files."""

"""Exact JSON forms of what the parse cache keeps: one module a kind of value, arrays instead of objects for size."""

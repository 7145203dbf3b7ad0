"""Faces: each parses what a person or program says, calls one `app` function and renders its value."""

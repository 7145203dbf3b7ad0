"""Meshwright: the factory that builds, tests, publishes and watches the data products of a data mesh."""

__version__ = "0.1.0"

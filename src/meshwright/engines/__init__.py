"""Engines compute; the store is open. One package an engine, all behind `protocol`."""

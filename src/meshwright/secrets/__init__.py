"""Secrets by reference: found as late as possible in the stores that keep them, and hidden in every text."""

from meshwright.secrets.resolving import Need, Secrets

__all__ = ["Need", "Secrets"]

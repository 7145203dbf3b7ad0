"""Tests of the long proofs' short forms."""

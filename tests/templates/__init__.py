"""Tests of the meshes that ship with the package."""

"""The long proofs: meshwright under kills, faults, damage, races and floods. See `README.md` beside this file."""

"""Rules on data as engine-neutral values, the promised against the real, and verdicts."""

"""Executes plans: observes sources, runs steps, gathers evidence, publishes, records, resumes.

Reading order: `interpreter` (the loop), `steps` (one function per kind of step), `publication` (the gate's end).
"""

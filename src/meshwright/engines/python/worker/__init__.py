"""What runs inside a worker process. It needs the standard library and pyarrow, and imports nothing else of meshwright.

`serve` waits for jobs and forks, `job` carries one out, `modules` imports the node's texts, `frames` gives the inputs,
`results` writes what comes back, `failures` says what went wrong.
"""

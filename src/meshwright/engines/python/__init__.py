"""User Python in processes of its own: the node's function gets frames, what it returns comes back as a Parquet file.

`workers` starts and watches the processes, `environments` makes a domain's own interpreter, `worker` is what runs inside
them. Nothing but Arrow and Parquet files and JSON crosses the border, and nothing that a worker says is unpickled.
"""

"""Programs that run in the Python of a foreign tool, as jobs: they import the tool, and nothing of meshwright.

`meshwright.tools` starts them by path, so that this folder, and nothing else of ours, is on their ``sys.path``. They find what
they are to do in ``request.json`` of the job's folder, and leave ``steps.jsonl`` while they run, then ``result.json``, or
``failure.json`` with a failure in the tool's own words. They run on every Python that the tools do: 3.9 and later.
"""

"""Programs that run in the Python of a foreign tool, as jobs: they import the tool, and nothing of meshwright.

They are started by path, so that this folder, and nothing else of ours, is on their ``sys.path``, and run on every Python that the
tools do: 3.9 and later. They find what they are to do in ``request.json`` of the job's folder, and tell what came of it there. Two
ways of telling have grown with the tools:

- graphs of projects (``dbt_job``, ``sqlmesh_job``; started by `tools.programs`): ``steps.jsonl`` while they run, then
  ``result.json``, or ``failure.json`` with a failure in the tool's own words;
- single jobs (all others; started by `tools.scripts`): ``values.json``, ``costs.json``, ``steps.json`` and tables. They end with
  status 97 where the tool is not installed in that Python, 98 where trying again cannot help; the tool's own words are in
  ``error.txt``.
"""

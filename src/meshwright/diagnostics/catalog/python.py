"""Codes MW-Nxxx: Python nodes. 1xx their files, 2xx a domain's requirements, 3xx calls."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-N101",
        title="not FILE:FUNCTION",
        meaning="`python:` of a node names a file and a function of it, with a colon between them.",
        fix="Write for example `python: delays.py:build`; the path is relative to the pipeline file's folder.",
        example="MW-N101 domains/fleet/planes/pipeline.yaml:3:20 'delays' of node 'delays' is not FILE.py:FUNCTION",
    ),
    Code(
        code="MW-N102",
        title="Python file not found",
        meaning="The file of a Python node is not there, or it lies outside the domain's folder. What a node is made of must be "
        "in the folder of its domain, so that it is recorded with each run.",
        fix="Put the file there, or correct the path.",
        example="MW-N102 domains/fleet/planes/pipeline.yaml:3:20 there is no file domains/fleet/planes/dlays.py",
    ),
    Code(
        code="MW-N103",
        title="Python file cannot be read",
        meaning="A Python file of a node is no valid Python for the Python that meshwright runs on. It was not run, only read.",
        fix="Correct it at the line and column.",
        example="MW-N103 domains/fleet/planes/delays.py:4:12 invalid syntax",
    ),
    Code(
        code="MW-N104",
        title="function not found",
        meaning="The file of a Python node does not define the function with `def` at its top level.",
        fix="Correct the name, or define the function in that file; it may call others.",
        example="MW-N104 domains/fleet/planes/pipeline.yaml:3:20 domains/fleet/planes/delays.py defines no function 'biuld'",
    ),
    Code(
        code="MW-N105",
        title="argument that nothing fills",
        meaning="An argument of the function is neither an input of the node nor a declared parameter, and has no default.",
        fix="Name the dataset under `inputs:`, declare the parameter under `params:`, or give the argument a default.",
        example="MW-N105 domains/fleet/planes/delays.py:1:11 nothing fills argument 'flihgts' of build()",
    ),
    Code(
        code="MW-N106",
        title="input without an argument",
        meaning="An input of the node has no argument in the function. In a list of inputs the argument is called as the "
        "dataset's last name; a mapping names it.",
        fix="Add the argument, or write `inputs: {argument: dataset}`.",
        example="MW-N106 domains/fleet/planes/pipeline.yaml:3:50 input 'weather' has no argument in build()",
    ),
    Code(
        code="MW-N107",
        title="function that cannot be called",
        meaning="Meshwright calls the function of a Python node with arguments by name, and waits for what it returns: an "
        "`async` function, or an argument by position alone, does not fit.",
        fix="Write a plain `def` whose arguments have names.",
        example="MW-N107 domains/fleet/planes/delays.py:1:1 build() is async",
    ),
    Code(
        code="MW-N108",
        title="unknown frame",
        meaning="The annotation of an argument that takes an input says in which form the rows come. There are pa.Table, "
        "pa.RecordBatchReader (or Iterator[pa.RecordBatch]), duckdb.DuckDBPyRelation, pl.DataFrame, pl.LazyFrame and pd.DataFrame; "
        "without an annotation a pa.Table comes.",
        fix="Use one of them, by a name that the file imports.",
        example="MW-N108 domains/fleet/planes/delays.py:1:20 argument 'flights' is annotated 'list', which is no frame",
    ),
    Code(
        code="MW-N109",
        title="inputs that cannot be",
        meaning="`inputs:` of a Python node is a list of datasets, or a mapping of arguments to datasets. A dataset is named "
        "in one part (of the same product) or in three.",
        fix="Write `inputs: [departures, weather.observations.hourly]` or `inputs: {flights: departures}`.",
        example="MW-N109 domains/fleet/planes/pipeline.yaml:3:50 'observations.hourly' names no dataset",
    ),
    Code(
        code="MW-N110",
        title="local import not found",
        meaning="A relative import leads to no file, or out of the domain's folder.",
        fix="Correct the import; local modules lie in the folder of the node's file, of the product or of the domain.",
        example="MW-N110 domains/fleet/planes/delays.py:2:1 there is no module '.helpers' beside this file",
    ),
    Code(
        code="MW-N111",
        title="setting of Python nodes alone",
        meaning="`inputs` and `memory` say how the function of a Python node is called; other kinds of nodes have no use for "
        "them.",
        fix="Remove it; a model names its inputs in its SQL.",
        example="MW-N111 domains/fleet/planes/pipeline.yaml:3:50 'inputs' of node 'planes' is for Python nodes",
    ),
    Code(
        code="MW-N112",
        title="local module called as one of Python's",
        meaning="A node imports a local file whose name is that of a module of Python itself. Which of the two is imported "
        "depends on what was imported before.",
        fix="Rename the file.",
        example="MW-N112 domains/fleet/planes/delays.py:1:1 'domains/fleet/planes/json.py' is called as Python's own module 'json'",
    ),
    Code(
        code="MW-N201",
        title="requirement that is none",
        meaning="An entry of `python: {requires: [...]}` is no requirement as Python packaging writes them, or it names a "
        "file or an address instead of a released version.",
        fix="Write name==version, for example scikit-learn==1.7.0.",
        example="MW-N201 domains/fleet/domain.yaml:5:23 'scikit learn' is no requirement",
    ),
    Code(
        code="MW-N202",
        title="requirement that is not pinned",
        meaning="A requirement admits several versions. The environment is made once and kept, but on another machine it may "
        "get another version, and the same version id would stand for other results.",
        fix="Pin it with ==.",
        example="MW-N202 domains/fleet/domain.yaml:5:23 'scikit-learn' is not pinned to one version",
    ),
    Code(
        code="MW-N203",
        title="requirement twice",
        meaning="Two requirements name the same package.",
        fix="Keep one.",
        example="MW-N203 domains/fleet/domain.yaml:5:43 'Scikit_Learn' is required twice",
    ),
    Code(
        code="MW-N301",
        title="scratch files cannot be written",
        meaning="What a Python node returns is first written below `.meshwright`, and the disk refused.",
        fix="Make room, then run again.",
        example="scratch files of fleet.planes.delays cannot be written: No space left on device",
    ),
    Code(
        code="MW-N302",
        title="worker process does not start",
        meaning="The Python that is to run a node does not start, or cannot import pyarrow.",
        fix="Repair that Python; a domain's own environment is made anew when its folder below `.meshwright` is removed.",
        example="/srv/mesh/.meshwright/python/env-4f0c/bin/python cannot run Python nodes: No such file or directory",
    ),
    Code(
        code="MW-N303",
        title="the node's code failed",
        meaning="The function, or the import of its module, raised an exception. The place is the last line of the node's own "
        "files on the way to it.",
        fix="Mend the code; `mw runs logs` has the way to the line, and everything that was printed.",
        example="MW-N303 domains/fleet/planes/delays.py:7:16 fleet.planes.delays: `total / count` raised ZeroDivisionError: division by zero",
    ),
    Code(
        code="MW-N304",
        title="library not installed",
        meaning="The node imports a module that is neither among the domain's files nor installed where the node runs.",
        fix="Name its package under `python: {requires: [...]}` in domain.yaml.",
        example="MW-N304 domains/fleet/planes/delays.py:1:1 fleet.planes.delays: `import sklearn` raised ModuleNotFoundError: No module named 'sklearn'",
    ),
    Code(
        code="MW-N305",
        title="result that is no table",
        meaning="What the function returned cannot be stored as the dataset: nothing, another type of value, batches with "
        "different columns, columns of one name or without a name, a type that no table holds.",
        fix="Return a pyarrow Table, a DuckDB relation, a Polars or pandas frame, or yield record batches with one schema.",
        example="MW-N305 domains/fleet/planes/delays.py:3:1 fleet.planes.delays: it returned None",
    ),
    Code(
        code="MW-N306",
        title="the node's process ended",
        meaning="The process of the call ended by itself before it had a result: a library crashed, or the code ended Python.",
        fix="Return from the function; look at the log for what a library said before it crashed.",
        example="MW-N306 domains/fleet/planes/delays.py:3:1 fleet.planes.delays: its process crashed with SIGSEGV: a library's own code failed",
    ),
    Code(
        code="MW-N307",
        title="time limit",
        meaning="The call took longer than the node's `timeout` and was stopped with everything it had started.",
        fix="Run again, or give it more time.",
        example="MW-N307 domains/fleet/planes/pipeline.yaml:3:3 fleet.planes.delays took longer than its `timeout` of 60 s and was stopped",
    ),
    Code(
        code="MW-N308",
        title="memory limit",
        meaning="The process of the call held more memory than the node's `memory`. It is looked at every 20 ms; pages of files "
        "do not count.",
        fix="Read inputs as Iterator[pa.RecordBatch] and yield batches, or raise the limit.",
        example="MW-N308 domains/fleet/planes/pipeline.yaml:3:3 fleet.planes.delays held 2,113 MB, more than its `memory` of 2,000 MB, and was stopped",
    ),
    Code(
        code="MW-N309",
        title="the node's process was lost",
        meaning="The process of the call was killed from outside, or there was not enough memory for it.",
        fix="Run again; give the node a `memory` limit, or less to hold.",
        example="MW-N309 domains/fleet/planes/pipeline.yaml:3:3 fleet.planes.delays: its process was killed from outside",
    ),
    Code(
        code="MW-N310",
        title="environment cannot be made",
        meaning="pip could not install a domain's `python: {requires: [...]}`. Its last lines are in the message, all of them in "
        "the run's log. An environment that was made before needs no network.",
        fix="Correct the requirements, or let pip reach the package registry, then run again.",
        example="the Python environment with scikit-learn==99 cannot be made:\nERROR: No matching distribution found for scikit-learn==99",
    ),
    Code(
        code="MW-N311",
        title="declared column not returned",
        meaning="`columns` of a Python node declares a column that the function did not return.",
        fix="Return it, or correct the declaration.",
        example="MW-N311 domains/fleet/planes/delays.py:3:1 column 'minutes' of fleet.planes.delays is declared, and build() did not return it",
    ),
    Code(
        code="MW-N312",
        title="value that is not of its declared type",
        meaning="A value that the function returned does not fit the type that `columns` declares, without loss.",
        fix="Declare a type that every value fits, or convert in the function.",
        example="MW-N312 domains/fleet/planes/delays.py:3:1 'late' in column 'minutes' of fleet.planes.delays, which is VARCHAR, is no DOUBLE",
    ),
    Code(
        code="MW-N401",
        title="columns of a Python node are not known",
        meaning="The columns of a Python node are those that `columns` declares, else those of its contract, else those of its "
        "last build. Before all of them, models that read it are not checked.",
        fix="Declare `columns`, or build it once.",
        example="MW-N401 domains/fleet/planes/pipeline.yaml:3:3 the columns of fleet.planes.delays are not known before its first build",
    ),
)

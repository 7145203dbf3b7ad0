"""Codes MW-M0xx and MW-M1xx: the files of a mesh, its settings and domains."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M001",
        title="no mesh here",
        meaning=(
            "A command that works on a mesh was started in a folder that neither holds `mesh.yaml` nor "
            "lies below one that does."
        ),
        fix="Change into a mesh, name one, or make one with `mw init`.",
        example="MW-M001 there is no mesh.yaml in /home/ana/work or above it",
    ),
    Code(
        code="MW-M002",
        title="file or folder cannot be read",
        meaning=(
            "The operating system refused to open it: no permission, a loop of links. The piece it defines is missing "
            "from the mesh. Where the disk itself fails (an input error), the command ends with status 3 instead."
        ),
        fix="Check that it exists and that you may read it; where the disk fails, the disk.",
        example=("MW-M002 domains/fleet/domain.yaml:1:1 'domains/fleet/domain.yaml' cannot be read: permission denied"),
    ),
    Code(
        code="MW-M003",
        title="a file is expected",
        meaning=("A folder, a pipe, a device or a link that leads nowhere has the name of a file of the mesh."),
        fix="Replace it by a plain file, or remove it.",
        example=(
            "MW-M003 domains/fleet/planes/pipeline.yaml:1:1 'domains/fleet/planes/pipeline.yaml' is a "
            "folder, a file is expected"
        ),
    ),
    Code(
        code="MW-M004",
        title="link leads outside the mesh",
        meaning=(
            "A symbolic link in a domain leads out of the mesh root, or back to the root itself. What a"
            " mesh is made of lies below its root, so that a record of a run holds all of it. (Data may"
            " lie anywhere.)"
        ),
        fix="Copy the file into the mesh.",
        example=(
            "MW-M004 domains/fleet/planes/models/planes.sql:1:1 the link "
            "'domains/fleet/planes/models/planes.sql' leads outside the mesh"
        ),
    ),
    Code(
        code="MW-M005",
        title="not UTF-8",
        meaning=(
            "A SQL file holds bytes that are not UTF-8 text; line and column tell where. A byte order "
            "mark and Windows line ends are fine."
        ),
        fix="Save the file as UTF-8.",
        example=(
            "MW-M005 domains/fleet/planes/models/planes.sql:3:12 "
            "'domains/fleet/planes/models/planes.sql' is not UTF-8 text: byte 0xe9"
        ),
    ),
    Code(
        code="MW-M006",
        title="file too large",
        meaning=(
            "A file of the mesh is larger than 8 MiB. Models, contracts and pipelines are text that "
            "people write; something else was put in their place."
        ),
        fix="Keep data in a data folder and name it as a source.",
        example=(
            "MW-M006 domains/fleet/planes/models/planes.sql:1:1 "
            "'domains/fleet/planes/models/planes.sql' holds 91,226,112 bytes, more than the 8,388,608 "
            "that a file of a mesh may hold"
        ),
    ),
    Code(
        code="MW-M007",
        title="misplaced or misspelt file",
        meaning=(
            "A file or folder looks like a part of a product or domain, but is not named or placed like"
            " one, so it would silently not be read: `pipeline.yml`, `model/`, `models/late.SQL`, a "
            "contract outside `contracts/`."
        ),
        fix=("Rename or move it as the fix says; give it a name that begins with a dot if it is meant to be ignored."),
        example=(
            "MW-M007 domains/fleet/planes/pipeline.yml:1:1 'domains/fleet/planes/pipeline.yml' would "
            "not be read: it is no part of a product"
        ),
    ),
    Code(
        code="MW-M008",
        title="file is not read",
        meaning=(
            "A file or folder lies inside a domain and is no part of the mesh. It is ignored. Markdown "
            "files, hidden files and data that a source of the product reads are expected and not "
            "mentioned."
        ),
        fix="Move it out of the domains, or give it a name that begins with a dot.",
        example=(
            "MW-M008 domains/fleet/planes/old:1:1 'domains/fleet/planes/old' is not read: it is no part of a product"
        ),
    ),
    Code(
        code="MW-M009",
        title="folder where only files are",
        meaning=("`models`, `contracts` and `tests` hold files only; what lies in a folder below them is not read."),
        fix="Move the files one level up.",
        example=(
            "MW-M009 domains/fleet/planes/models/staging:1:1 'domains/fleet/planes/models/staging' is a"
            " folder, and models holds one <dataset>.sql file a dataset"
        ),
    ),
    Code(
        code="MW-M101",
        title="unknown key",
        meaning=(
            "A mapping in a YAML file holds a key that the format does not define. Unknown keys are "
            "errors, because a misspelt setting that is ignored is worse than a refused one."
        ),
        fix="Correct the spelling, or remove the key.",
        example="MW-M101 mesh.yaml:4:1 mesh.yaml has no key 'doamins'",
    ),
    Code(
        code="MW-M102",
        title="missing key",
        meaning="A key that is always needed is not there.",
        fix="Add it.",
        example="MW-M102 domains/fleet/domain.yaml:1:1 domain 'fleet' lacks 'owners'",
    ),
    Code(
        code="MW-M103",
        title="wrong type of value",
        meaning=(
            "A value is, for example, a list where text is expected, or a number where text is. YAML "
            "types plain words: put text that looks like a number into quotes."
        ),
        fix="Write a value of the expected type.",
        example="MW-M103 domains/fleet/domain.yaml:3:9 'owners' of domain 'fleet' is text, not a list",
    ),
    Code(
        code="MW-M104",
        title="value cannot be",
        meaning="A value has the right type, but is none of those that are possible.",
        fix="Write one of the possible values.",
        example=(
            "MW-M104 domains/fleet/planes/pipeline.yaml:2:37 'format' of the source of node 'planes' "
            "'cvs' is not one of csv, parquet, json, ndjson"
        ),
    ),
    Code(
        code="MW-M105",
        title="bad name",
        meaning=(
            "Names of domains, products, datasets, ports, nodes, parameters and tests are a lower-case "
            "letter, then up to 47 lower-case letters, digits or underscores, without a double "
            "underscore. Names of the mesh and of environments may also hold a hyphen. One spelling "
            "works in every engine, file system and URL."
        ),
        fix="Rename it; for a file or folder, rename the file or folder.",
        example=(
            "MW-M105 domains/fleet/planes/models/Planes.sql:1:1 'Planes' cannot name a dataset: a name "
            "is a lower-case letter, then up to 47 lower-case letters, digits or underscores"
        ),
    ),
    Code(
        code="MW-M106",
        title="reserved name",
        meaning=(
            "The name is used by engines or by the mesh itself: main, system, temp, memory, mesh, "
            "default, information_schema, pg_catalog."
        ),
        fix="Take another name.",
        example="MW-M106 domains/temp/domain.yaml:1:1 'temp' cannot name a domain: 'temp' is reserved",
    ),
    Code(
        code="MW-M107",
        title="name differs from the folder's",
        meaning=(
            "The `name` in `domain.yaml` is not that of the folder. Addresses are made from folders, so"
            " two names would mislead."
        ),
        fix="Make both the same.",
        example="MW-M107 domains/fleet/domain.yaml:1:7 the domain is called 'flete', but its folder 'fleet'",
    ),
    Code(
        code="MW-M108",
        title="domain there twice",
        meaning=(
            "Two folders that `domains` in `mesh.yaml` matches have the same name. The first one by path is used."
        ),
        fix="Rename one of the two folders.",
        example=(
            "MW-M108 teams/fleet/domain.yaml:1:1 two folders are domain 'fleet': 'domains/fleet' and 'teams/fleet'"
        ),
    ),
    Code(
        code="MW-M109",
        title="format from the future",
        meaning=(
            "The `meshwright` key of `mesh.yaml` names a version of the format that this version cannot"
            " read. Nothing is loaded."
        ),
        fix="Use a newer meshwright.",
        example=("MW-M109 mesh.yaml:1:13 the mesh is written in format 2, this version of meshwright reads format 1"),
    ),
    Code(
        code="MW-M110",
        title="unknown engine",
        meaning=("`engine`, on the mesh or on a node, names an engine that `engines` in `mesh.yaml` does not define."),
        fix="Name one of the engines, or define it.",
        example="MW-M110 mesh.yaml:6:9 there is no engine 'locl'",
    ),
    Code(
        code="MW-M111",
        title="no pattern of folders",
        meaning=(
            "An entry of `domains` is not a relative path below the mesh root. `*`, `?` and `[..]` "
            "stand for parts of one name; `**` and `..` are not possible."
        ),
        fix="Write for example `domains/*`.",
        example="MW-M111 mesh.yaml:3:11 '../other/*' is no pattern of folders below the mesh root",
    ),
    Code(
        code="MW-M112",
        title="no domain matches",
        meaning=(
            "An entry of `domains` matches no folder. For a pattern this is a warning, for a plain path an error."
        ),
        fix="Make the folder, or correct the pattern.",
        example="MW-M112 mesh.yaml:3:11 'domains/*' matches no folder: no domain comes of it",
    ),
    Code(
        code="MW-M113",
        title="folder without domain.yaml",
        meaning=(
            "`domains` matches a folder that has no `domain.yaml`. Every domain says who owns it and "
            "what for. Its products are loaded all the same."
        ),
        fix="Write `domain.yaml` with name, purpose and owners.",
        example="MW-M113 domains/fleet/domain.yaml:1:1 the folder 'domains/fleet' has no domain.yaml",
    ),
    Code(
        code="MW-M114",
        title="no owner",
        meaning=(
            "A domain or consumer has no owner, or one that is not written `team:<name>` or `user:<mail"
            " address or name>`."
        ),
        fix="Write who answers for it.",
        example="MW-M114 domains/fleet/domain.yaml:3:10 'ana' names no owner",
    ),
)

"""Codes MW-Vxxx: policies, their violations and exemptions."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-V101",
        title="A policy is not kept",
        meaning=(
            "A policy of the mesh or of a domain found something: the message names the object, what is wrong, the policy and "
            "why it is there. Its level says how much that weighs: `block` is an error that refuses `check`, `plan` and `run` "
            "(status 1, as the files themselves are sound), `warn` is a warning, `advise` a note."
        ),
        fix="Do what the policy's `fix` says, or ask its owners for an exemption.",
        example=(
            "MW-V101 domains/fleet/aircraft/contracts/aircraft.odcs.yaml:1:1 fleet.aircraft/aircraft: no freshness objective "
            "(policy 'ports_have_slo': Consumers plan around freshness.)"
        ),
    ),
    Code(
        code="MW-V102",
        title="A violation is exempted",
        meaning="A policy is not kept, and its owners have agreed to that until the end of a day. A note: nothing is hidden.",
        fix="Keep the policy before the exemption expires.",
        example=(
            "MW-V102 domains/fleet/aircraft/contracts/aircraft.odcs.yaml:1:1 fleet.aircraft/aircraft: no freshness objective "
            "(policy 'ports_have_slo': Consumers plan around freshness.), exempted by team:fleet until 2027-03-31: "
            "the feed is being renegotiated"
        ),
    ),
    Code(
        code="MW-V103",
        title="More violations than are shown",
        meaning="A policy has very many violations; the first 100 are findings of their own.",
        fix="`mw policy test NAME` shows all. A policy that almost nothing keeps may be meant as `advise`, or be wrong.",
        example="MW-V103 policies/columns_are_described.sql:1:1 policy 'columns_are_described' has 312 more violations; 100 are shown",
    ),
    Code(
        code="MW-V104",
        title="A policy cannot be judged",
        meaning=(
            "The engine cannot answer the policy's SELECT: a column that its tables do not have, types that do not fit, or "
            "more time (5 s), memory (512 MB) or rows (100,000) than a policy may use. What cannot be judged is not kept: this "
            "is an error at every level."
        ),
        fix="Correct the SELECT; `mw policy test FILE` runs it alone.",
        example="MW-V104 policies/ports_have_slo.sql:6:7 policy 'ports_have_slo' cannot be judged: Referenced column \"fresh\" not found",
    ),
    Code(
        code="MW-V105",
        title="Policies were not judged",
        meaning=(
            "The mesh has errors, so parts of it are missing from the tables that policies read, and what they would say may "
            "be wrong. They are judged as soon as the other errors are gone."
        ),
        fix="Correct the errors first.",
        example="MW-V105 policies:1:1 2 policies were not judged: the mesh has errors",
    ),
    Code(
        code="MW-V106",
        title="The answer of a policy has the wrong columns",
        meaning=(
            "Each row of a policy is a violation: `message` says what is wrong, and `product`, `port`, `dataset`, `domain`, "
            "`column`, `object` (or `address`), `file`, `line` say where. `message` is required. A policy of a domain judges the domain's own "
            "objects, so its rows must name one."
        ),
        fix="Add the columns to the SELECT.",
        example="MW-V106 policies/ports_have_slo.sql:1:1 policy 'ports_have_slo' gives no column 'message' (it gives port, file)",
    ),
    Code(
        code="MW-V201",
        title="A policy lacks a header",
        meaning="A policy begins with comment lines that say its `level`, `why` and `fix`; whoever is refused reads them.",
        fix="Add the line, for example `-- why: Consumers plan around freshness.`",
        example="MW-V201 policies/ports_have_slo.sql:1:1 policy 'ports_have_slo' does not say 'why'",
    ),
    Code(
        code="MW-V202",
        title="Unknown level of a policy",
        meaning="`level` is `advise`, `warn` or `block`.",
        fix="Write one of the three.",
        example="MW-V202 policies/ports_have_slo.sql:1:4 'stop' is no level of a policy",
    ),
    Code(
        code="MW-V203",
        title="A header of a policy cannot be used",
        meaning=(
            "A header is there twice, says nothing, or has a name that is almost one that policies know: read as a comment it "
            "would be without effect."
        ),
        fix="Keep one header of each, with a value: `level`, `why`, `fix`.",
        example="MW-V203 policies/ports_have_slo.sql:2:4 'severity:' is no header of a policy, and would be read as a comment",
    ),
    Code(
        code="MW-V204",
        title="Two policies have one name",
        meaning=(
            "A domain adds policies to those of the mesh and cannot replace one: findings and exemptions name policies, so a "
            "domain's policy needs another name. Two domains may use one name. The names of policies that are built in (`mw policy "
            "list`) are taken in the same way."
        ),
        fix="Rename the policy.",
        example="MW-V204 domains/fleet/policies/ports_have_slo.sql:1:1 the mesh has a policy 'ports_have_slo' already",
    ),
    Code(
        code="MW-V208",
        title="An exemption cannot be read",
        meaning=(
            "An exemption has `policy`, `object`, `owner`, `reason` and `expires`, a day as 2027-03-31. One from a policy for "
            "an object is written once."
        ),
        fix="Write all five; `mw exemption add` does.",
        example="MW-V208 policies/exemptions.yaml:6:14 'expires' of an exemption '31.3.2027' is no day",
    ),
    Code(
        code="MW-V209",
        title="An exemption from no policy",
        meaning=(
            "An exemption belongs to the owners of the policy and stands beside it, in `exemptions.yaml` of the same folder: "
            "a domain cannot exempt itself from a policy of the mesh."
        ),
        fix="Correct the name, or move the exemption to the folder of the policy.",
        example="MW-V209 policies/exemptions.yaml:2:5 'ports_have_slos' is no policy of the mesh",
    ),
    Code(
        code="MW-V210",
        title="An exemption for no object",
        meaning=(
            "`object` is the address of a domain, product, port, dataset or column, with everything in it; one of a domain's "
            "policy is in that domain. An object that was renamed or removed leaves its exemption behind; from a policy that is "
            "built in that is a warning, as the change that was agreed on may have landed."
        ),
        fix="Correct the address, or remove the exemption.",
        example="MW-V210 policies/exemptions.yaml:3:5 there is no object 'fleet.aircrafts' in the mesh",
    ),
    Code(
        code="MW-V211",
        title="An exemption has expired",
        meaning="The last day of an exemption is over (UTC), and the policy holds again. A warning.",
        fix="Remove it, or agree on a later day with the owners of the policy.",
        example=(
            "MW-V211 policies/exemptions.yaml:2:5 the exemption of fleet.aircraft from 'ports_have_slo' expired on 2026-03-31: "
            "it has no effect"
        ),
    ),
    Code(
        code="MW-V212",
        title="No such policy",
        meaning="The command names a policy that neither the mesh nor a domain has, or a file that is none.",
        fix="`mw policy list` shows them. One of a domain is called `domain.name`.",
        example="MW-V212 no policy is called 'ports_have_slos'",
    ),
    Code(
        code="MW-V213",
        title="The exemption cannot be added",
        meaning=(
            "`mw exemption add` writes what `mw check` would accept: a policy and an object that are there, an owner, a reason, "
            "a day that is not over, and no second exemption of the same object. It adds to a file in block form and leaves "
            "everything else in it as it is."
        ),
        fix="Correct the words of the command, or write the file by hand.",
        example="MW-V213 fleet.aircraft is exempted from 'ports_have_slo' until 2027-03-31 already (policies/exemptions.yaml:2:5)",
    ),
)

"""Codes MW-L037 to MW-L040, MW-L045 to MW-L047: examples of policies, the starter set,
what is asked about single rules, exemptions that are not agreed."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-L037",
        title="An example of a policy cannot be used",
        meaning=(
            "`policies/<name>.test.yaml` gives rows of the tables `mesh.*` that the policy reads, each of them and no other, "
            "by their columns and types, and the day where the policy uses `$today`."
        ),
        fix="Correct it; [mesh tables](mesh-tables.md) lists columns and types.",
        example="MW-L037 policies/ports_have_slo.test.yaml:5:18 mesh.ports has no column 'freshnes_s'",
    ),
    Code(
        code="MW-L038",
        title="Nothing to test policies by",
        meaning=(
            "`mw policy test --all` found no policy with examples; or a file of examples has none, or none that breaks the "
            "policy: a policy that finds nothing would pass all of them."
        ),
        fix="Write `policies/<name>.test.yaml` with an example that breaks the policy.",
        example="MW-L038 policies/ports_have_slo.test.yaml:1:1 no example of 'ports_have_slo' breaks it",
    ),
    Code(
        code="MW-L039",
        title="No such starter policy",
        meaning="`mw policy add` writes policies that ship with meshwright, and none has this name.",
        fix="`mw policy list --available` shows them.",
        example="MW-L039 no starter policy is called 'ports_promise_freshnes'",
    ),
    Code(
        code="MW-L040",
        title="The policy cannot be added",
        meaning=(
            "`mw policy add` overwrites nothing, and writes nothing that `mw check` would refuse: a file of that name is "
            "there, or the mesh or a domain has a policy of that name."
        ),
        fix="Edit the policy that is there, or remove it first.",
        example="MW-L040 policies/ports_promise_freshness.sql is there already",
    ),
    Code(
        code="MW-L045",
        title="No dataset to show rules of",
        meaning="`mw show --rules` and `--rule` are about the rules of one dataset; a domain, product or port has none of its own.",
        fix="Name a dataset of it: `mw show DOMAIN.PRODUCT` lists them.",
        example="MW-L045 'sales.orders' is no dataset, and rules are of datasets",
    ),
    Code(
        code="MW-L046",
        title="No such rule",
        meaning=(
            "The dataset has no rule of that id, and never had one that was measured; or several rules have the id without "
            "its beginning (`required(id)` for `contract:required(id)`)."
        ),
        fix="`mw show DATASET --rules` lists the ids.",
        example="MW-L046 no rule is called 'contract:requird(id)'",
    ),
    Code(
        code="MW-L047",
        title="An exemption is not agreed yet",
        meaning=(
            "In a protected environment an exemption holds once it stands on the environment's branch: it belongs to the owners "
            "of the policy, not to whoever promotes or runs something. In a sandbox, and in `mw check`, it holds as it is written."
        ),
        fix="Let the owners of the policy merge the exemption first, then promote.",
        example=(
            "MW-L047 policies/exemptions.yaml:2:5 the exemption of fleet.aircraft from 'ports_have_slo' does not hold in prod: "
            "it is not on branch main"
        ),
    ),
)

"""Codes MW-X65x and MW-X66x: references, and the stores of secrets that they lead to."""

from meshwright.diagnostics.catalog.entry import Code

_PLACE = "domains/sales/orders/pipeline.yaml:2:3"

CODES: tuple[Code, ...] = (
    Code(
        code="MW-X651",
        title="a reference is wrong",
        meaning="`${...}` is no reference, is of a kind that there is not, or its name is not of the kind's form. In the "
        "options of a tool `$${` stands for the text `${` itself.",
        fix="Write `${env:NAME}`, `${file:path}`, `${vault:kv/path#key}`, `${keyring:service/user}`, `${aws:name#key}`, "
        "`${aws-ssm:/path/name}`, `${gcp:projects/my-project/secrets/name}`, `${azure:vault-name/secret}`, `${param:name}` "
        "or `${node:name.rows}`.",
        example=f"MW-X651 {_PLACE} '${{vault:kv/shop}}' does not say which key of which secret it means",
    ),
    Code(
        code="MW-X661",
        title="the client of a store of secrets is missing",
        meaning="The store is asked through a package that is not installed with meshwright itself.",
        fix="Install the extra that the message names, where meshwright runs.",
        example=f"MW-X661 {_PLACE} AWS needs the package 'boto3', which is not installed, and source sales.orders.raw needs it",
    ),
    Code(
        code="MW-X662",
        title="a store of secrets cannot be reached",
        meaning="The store does not answer, not in time, or says that it cannot just now (it is sealed, it limits how often "
        "it is asked). It is asked twice. The same command may succeed later.",
        fix="Check the store's address and the network, and run again.",
        example=f"MW-X662 {_PLACE} Vault cannot be reached: it answers 503 Vault is sealed, and source sales.orders.raw needs it",
    ),
    Code(
        code="MW-X663",
        title="a store of secrets refuses",
        meaning="The store knows who asks and does not let them read the secret, or it does not know them. The message holds "
        "the store's own words.",
        fix="Check who is signed in, and what they may read.",
        example=f"MW-X663 {_PLACE} Vault refuses 'kv/data/shop': 403 permission denied, and source sales.orders.raw needs it",
    ),
    Code(
        code="MW-X664",
        title="a secret is not there",
        meaning="The store has no secret of that name, or the secret has no such key.",
        fix="Correct the name; the message lists the keys that there are. Names of keys are no secrets, values are.",
        example=f"MW-X664 {_PLACE} the secret in Vault at 'kv/shop' has no key 'pasword', and source sales.orders.raw needs it",
    ),
    Code(
        code="MW-X665",
        title="a secret cannot stand here",
        meaning="The secret is bytes that are no text, or it is a mapping or a list and stands inside a text.",
        fix="Store it as text, name one key of it, or write the reference alone.",
        example=f"MW-X665 {_PLACE} the secret 'shop' of AWS is bytes, not text, and source sales.orders.raw needs it",
    ),
    Code(
        code="MW-X666",
        title="a store of secrets is not set up",
        meaning="Nothing says where the store is, or nobody is signed in to it.",
        fix="Set the variables that the message names; they are those that the store's own tools read.",
        example=f"MW-X666 {_PLACE} VAULT_ADDR is not set, and source sales.orders.raw needs it",
    ),
    Code(
        code="MW-X667",
        title="a store's answer is not understood",
        meaning="What answers at the store's address is not the store, or its client failed in a way that it does not document.",
        fix="Check the store's address.",
        example=f"MW-X667 {_PLACE} Vault's answer is not understood: 200, and no JSON object, and source sales.orders.raw needs it",
    ),
)

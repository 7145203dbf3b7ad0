"""Codes MW-P31x: changes that break others, who agrees to them, and what goes away."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-P310",
        title="Unknown status",
        meaning=(
            "The `status` of a product or contract is none of the words that the standards name: proposed, draft, active, "
            "deprecated, retired. Nothing is known of what it promises: it counts as promising, and the step to or from it is "
            "not judged as a step of the lifecycle. A warning."
        ),
        fix="Write one of the five words; the case of letters does not matter.",
        example="MW-P310 domains/fleet/planes/product.odps.yaml:6:9 status 'activ' is none of the standard's words",
    ),
    Code(
        code="MW-P311",
        title="An exemption from breaking_changes by somebody who is not concerned",
        meaning=(
            "A change that breaks a port for its consumers can be agreed to by the owners of the port's domain and by the "
            "owners of the consumers that it breaks for. The exemption names another owner, and does not count."
        ),
        fix="Have one of the owners that the message names agree, and write that owner into the exemption.",
        example=(
            "MW-P311 policies/exemptions.yaml:3:5 the exemption of operations.flights/departures from 'breaking_changes' is by "
            "team:fleet, who cannot agree to it"
        ),
    ),
    Code(
        code="MW-P312",
        title="A consumer uses what is gone",
        meaning=(
            "An entry of `consumers.yaml` names a port or a column that was there when its product was last published, and is "
            "not any more. The entry may be right: then the consumer is broken, or will be, and the policy `breaking_changes` "
            "says whether that is refused. A name that never was right is an error instead (MW-M312, MW-M313)."
        ),
        fix="Write what the consumer uses from now on, or remove the entry once the consumer is gone.",
        example=(
            "MW-P312 domains/fleet/planes/consumers.yaml:7:20 dashboard fleet_board (team:fleet) was published as using what is "
            "gone: the contract of port 'planes' promises no column 'tailnumber'"
        ),
    ),
    Code(
        code="MW-P313",
        title="Something that will go away is read",
        meaning=(
            "A model or a test reads a dataset of another product, and every port that it can read it by is deprecated, or the "
            "whole product is: it works still, and will not for ever. A warning, where the dataset is named. Where the contract says until "
            "when (`endOfSupport`, `endOfLife` among its service levels) or what to do (in its description), the message tells."
        ),
        fix="Move to what takes its place; the owners whom the message names know.",
        example=(
            "MW-P313 domains/fleet/planes/models/used.sql:3:6 'fleet.planes.used' reads operations.flights.departures, which is deprecated"
        ),
    ),
    Code(
        code="MW-P314",
        title="Something retired is read",
        meaning=(
            "A model reads a dataset of another product, and every port that it can read it by is retired, or the whole product is. "
            "Nobody looks after it any more. An error; where the owners have agreed to the retirement (an exemption from "
            "`breaking_changes`) it is a warning for as long as that holds."
        ),
        fix="Read something else, or ask the owners whom the message names.",
        example=(
            "MW-P314 domains/fleet/planes/models/used.sql:3:6 'fleet.planes.used' reads operations.flights.departures, which is retired"
        ),
    ),
    Code(
        code="MW-P315",
        title="A consumer uses a port that will go away",
        meaning=(
            "A consumer in `consumers.yaml` uses a port that is deprecated or retired, or whose product is. Its owner should "
            "know. A warning."
        ),
        fix="Tell the owner of the consumer; write what it uses from now on, or remove the entry once the consumer is gone.",
        example=(
            "MW-P315 domains/fleet/planes/consumers.yaml:2:5 dashboard fleet_board (team:fleet) uses fleet.planes/planes, which "
            "is deprecated"
        ),
    ),
)

"""Answers about environments as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.faces.documents.plainvalues import moment, plain_document, plain_values

if TYPE_CHECKING:  # a command that makes a sandbox need not know how its base is described
    from meshwright.app.promotion_answers import Promotion
    from meshwright.app.rebase import Rebase
    from meshwright.app.sandboxes import EnvironmentAnswer, ListedEnvironment
    from meshwright.app.standing import Drift, EnvironmentCard
    from meshwright.app.values import Environment, Generation, Pin, Provisioning
    from meshwright.faces.documents.shapes import environments, runs
    from meshwright.plan.values import Step


def environment_answer_document(answer: EnvironmentAnswer) -> environments.EnvironmentAnswer:
    """`env create`, `env delete`, `env extend`, `rollback`, `pin`, `unpin`."""
    found = answer.environment
    return {
        "schema": "meshwright/environment-answer/1",
        "environment": found.name,
        "generation": found.generation,
        "changed": list(answer.changed),
        "seconds": answer.seconds,
        "base": found.base,
        "base_generation": found.base_generation if found.is_sandbox else None,
        "expires_at": moment(found.expires_at),
        "notes": list(answer.notes),
        "provisioned": _provisioned(answer.provisioning),
    }


def promotion_document(promotion: Promotion) -> runs.Promotion:
    """`promote`."""
    from meshwright.app.values import run_document  # lazy: what runs are told in

    run = plain_document(run_document(promotion.report))
    return {
        "schema": "meshwright/promotion/1",
        "environment": promotion.environment,
        "sandbox": promotion.sandbox,
        "generation": promotion.generation,
        "changed": list(promotion.changed),
        "seconds": promotion.seconds,
        "run_id": run["run_id"],
        "state": run["state"],
        "steps": run["steps"],
        "tests": run["tests"],
        "published": run["published"],
        "not_published": run["not_published"],
        "notes": run["notes"],
        "error": run["error"],
    }


def rebase_document(rebased: Rebase) -> environments.Rebase:
    """`env rebase`."""
    found = rebased.environment
    return {
        "schema": "meshwright/rebase/1",
        "environment": found.name,
        "generation": found.generation,
        "base": found.base,
        "base_generation": found.base_generation,
        "changed": list(rebased.changed),
        "drift": [_drift(one) for one in rebased.drift],
        "rebuild": rebuild_document(rebased.rebuild or ()),
        "seconds": rebased.seconds,
        "notes": list(rebased.notes),
    }


def rebuild_document(steps: Sequence[Step]) -> list[environments.Rebuild]:
    """What the next run into a rebased sandbox builds."""
    return [{"dataset": step.dataset, "action": step.action.value, "reasons": list(step.reasons)} for step in steps]


def environments_document(
    environments: Sequence[ListedEnvironment], following: str | None = None
) -> environments.Environments:
    """`env list`."""
    return {
        "schema": "meshwright/environments/1",
        "environments": [
            {**_environment(found.environment), "provisioning": found.state.value if found.state else None}
            for found in environments
        ],
        "next": following,
    }


def _provisioned(record: Provisioning | None) -> list[environments.Provisioned]:
    from meshwright.app.provision_cards import provisioned_with  # lazy: few sandboxes are provisioned with anything

    return [
        {
            "name": each.name,
            "component": each.component,
            "params": plain_values(each.params),
            "nodes": [
                {
                    "name": node.name,
                    "tool": node.tool,
                    "state": node.state,
                    "undo": node.has_undo,
                    "values": plain_values(node.values),
                    "url": node.url,
                    "error": node.error,
                    "run_id": node.run_id,
                }
                for node in each.nodes
            ],
        }
        for each in provisioned_with(record)
    ]


def _environment(found: Environment) -> environments.StandingEnvironment:
    return {
        "name": found.name,
        "generation": found.generation,
        "base": found.base,
        "base_generation": found.base_generation if found.is_sandbox else None,
        "created_at": moment(found.created_at),
        "created_by": found.created_by or None,
        "touched_at": moment(found.touched_at),
        "expires_at": moment(found.expires_at),
    }


def environment_card_document(card: EnvironmentCard) -> environments.Environment:
    """`env show`."""
    return {
        "schema": "meshwright/environment/1",
        **_environment(card.environment),
        "sample": _sample(card.environment),
        "commit": card.commit,
        "pointers": {name: pointer.revision for name, pointer in card.pointers.items()},
        "own": sorted(card.own),
        "pins": [pin_document(pin) for pin in card.pins],
        "drift": [_drift(found) for found in card.drift],
        "history": [_generation(made) for made in card.history],
        "provisioning": card.provisioning.state.value if card.provisioning else None,
        "provisioned": _provisioned(card.provisioning),
    }


def pin_document(pin: Pin) -> environments.Pin:
    """One pin."""
    return {
        "object": pin.object,
        "environment": pin.environment,
        "revision": pin.revision,
        "at": pin.at.isoformat(),
        "by": pin.by,
        "reason": pin.reason,
    }


def _sample(found: Environment) -> environments.Sample | None:
    from meshwright.app.samples import sampled  # lazy: the command that lists environments has no use for it

    sample = sampled(found)
    if sample is None:
        return None
    return {"percent": None if sample.share_ppm is None else sample.share_ppm / 10_000, "rows": sample.rows}


def _drift(found: Drift) -> environments.Drift:
    return {
        "object": found.object,
        "kind": found.kind.value,
        "before": found.before,
        "after": found.after,
        "own": found.is_own,
    }


def _generation(made: Generation) -> environments.Publication:
    return {
        "generation": made.number,
        "at": made.at.isoformat(),
        "by": made.by,
        "action": made.action.value,
        "reason": made.reason,
        "run_id": made.run_id or None,
        "base_generation": made.base_generation,
        "changed": [
            {"object": name, "before": before, "after": after} for name, (before, after) in sorted(made.changed.items())
        ],
    }

"""Development linkage: sandboxes. Written by scripts/write_api.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import cast

from meshwright.client.models import (
    Environment,
    EnvironmentAnswer,
    EnvironmentDiff,
    Environments,
    ListedEnvironment,
    Plan,
    Promotion,
    Rebase,
    Resolved,
    RunRequest,
    VariationDiff,
    VariationPromotion,
)
from meshwright.client.outgoing import Outgoing, present
from meshwright.client.streams import document_of
from meshwright.client.transport import AsyncTransport, Transport


class Development:
    """Development linkage: sandboxes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get_environments(self, *, limit: int | None = None, cursor: str | None = None) -> Environments:
        """List environments.

        List the environments that the mesh declares, then the sandboxes, each by name.

        GET /api/v1/environments

        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(method="GET", template="/api/v1/environments", query={"limit": limit, "cursor": cursor})
        answer = self._transport.send(sent)
        return cast("Environments", document_of(answer))

    def all_environments(self, *, page_size: int | None = None) -> Iterator[ListedEnvironment]:
        """List environments, page after page.

        List the environments that the mesh declares, then the sandboxes, each by name.

        GET /api/v1/environments

        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_environments(limit=page_size, cursor=cursor)
            yield from page["environments"]
            cursor = page["next"]
            if cursor is None:
                return

    def create_environment(
        self,
        *,
        name: str,
        base: str | None = None,
        select: str | list[str] | None = None,
        expires: str | None = None,
        sample: str | None = None,
        rows: int | None = None,
        params: dict[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Make a sandbox.

        Make a sandbox over all that an environment shows now. It copies nothing, and belongs to the domain of the
        token.

        What `sandboxes.provision` of `mesh.yaml` names is done before this answers.

        POST /api/v1/environments

        - name: Name of the sandbox.
        - base: The environment that it lies over.
        - select: What runs into it are about.
        - expires: How long it lives after its last use, e.g. `7d`, or `never`.
        - sample: See this share of the rows, e.g. `1%`.
        - rows: See at most so many rows of every dataset.
        - params: Parameters of what it is provisioned with.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "name": name,
                    "base": base,
                    "select": select,
                    "expires": expires,
                    "sample": sample,
                    "rows": rows,
                    "params": params,
                }
            ),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    def get_environment(self, environment: str, *, history: int | None = None) -> Environment:
        """Show an environment.

        Show what an environment points to, its pins, and how the base of a sandbox moved on. The ETag is for `If-
        Match`.

        GET /api/v1/environments/{environment}

        - environment: Name of the environment.
        - history: So many generations as well, newest first: who, when, why, what.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/environments/{environment}",
            path={"environment": environment},
            query={"history": history},
        )
        answer = self._transport.send(sent)
        return cast("Environment", document_of(answer))

    def delete_environment(
        self,
        environment: str,
        *,
        leave: list[str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Give a sandbox up.

        Give a sandbox up; what it was provisioned with is undone first. Nothing that it lies over is touched.

        DELETE /api/v1/environments/{environment}

        - environment: Name of the environment.
        - leave: What is not to be undone, as `PROVISION.NODE`; repeatable.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="DELETE",
            template="/api/v1/environments/{environment}",
            path={"environment": environment},
            query={"leave": leave},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    def diff_of_environment(
        self,
        environment: str,
        *,
        select: list[str] | None = None,
        key: str | None = None,
        tolerance: float | None = None,
        data: bool | None = None,
        sample: int | None = None,
    ) -> EnvironmentDiff:
        """Say what a sandbox changes.

        Compare a sandbox with what its base showed when it was made: code, schema, contracts, rows, verdicts, policies.

        GET /api/v1/environments/{environment}/diff

        - environment: Name of the environment.
        - select: A selection; repeatable.
        - key: Columns, parted by commas, that name a row where no contract does.
        - tolerance: Relative and absolute distance at which floats are equal.
        - data: Compare rows; everything else reads none.
        - sample: Rows of each kind that are shown.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/environments/{environment}/diff",
            path={"environment": environment},
            query={"select": select, "key": key, "tolerance": tolerance, "data": data, "sample": sample},
        )
        answer = self._transport.send(sent)
        return cast("EnvironmentDiff", document_of(answer))

    def rebase_environment(
        self, environment: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Rebase:
        """Rebase a sandbox.

        Let a sandbox lie over the newest generation of its base, and say what must be built again.

        POST /api/v1/environments/{environment}/rebase

        - environment: Name of the environment.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/rebase",
            path={"environment": environment},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Rebase", document_of(answer))

    def promote_environment(
        self,
        environment: str,
        *,
        to: str | None = None,
        unpin: bool | None = None,
        reason: str | None = None,
        if_match: str | None = None,
        prefer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Promotion | RunRequest:
        """Promote a sandbox.

        Let an environment show what a sandbox over it shows, in one generation over any number of products.

        It is a run: recorded before this is answered, carried out beside the server, once under its key whatever is
        killed. What would refuse it now is refused, and nothing is recorded then. Where it ends within 30 seconds, or
        as `Prefer: wait` says, the answer is its document: 200, or 409 where a test stopped it; `state` is not
        `succeeded` then, and nothing is changed. Else the answer is 202, and the run can be followed.

        POST /api/v1/environments/{environment}/promote

        - environment: Name of the environment.
        - to: By default what it lies over.
        - unpin: Lift the pins of what is promoted.
        - reason: Why; it is recorded.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/promote",
            path={"environment": environment},
            headers={"If-Match": if_match, "Prefer": prefer, "Idempotency-Key": idempotency_key},
            json=present({"to": to, "unpin": unpin, "reason": reason}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Promotion | RunRequest", document_of(answer))

    def roll_back_environment(
        self,
        environment: str,
        *,
        select: str | list[str] | None = None,
        to: int | None = None,
        only: bool | None = None,
        reason: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Go back to a generation.

        Let an environment show what it showed before: one move, nothing is built. What moved is pinned.

        POST /api/v1/environments/{environment}/rollback

        - environment: Name of the environment.
        - select: By default everything.
        - to: The generation; by default one back.
        - only: Just what is selected, and nothing that is made from it.
        - reason: Why; it is recorded.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/rollback",
            path={"environment": environment},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            json=present({"select": select, "to": to, "only": only, "reason": reason}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    def extend_environment(
        self, environment: str, *, expires: str | None = None, idempotency_key: str | None = None
    ) -> EnvironmentAnswer:
        """Put off the end of a sandbox.

        Put off the end of a sandbox, one that has expired as well.

        POST /api/v1/environments/{environment}/extend

        - environment: Name of the environment.
        - expires: How long it lives after its last use, e.g. `7d`, or `never`.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/extend",
            path={"environment": environment},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"expires": expires}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    def pin_object(
        self,
        environment: str,
        object_: str,
        *,
        reason: str,
        to: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Hold a dataset or product.

        Hold a dataset or product as it stands, or stood: runs leave it alone.

        PUT /api/v1/environments/{environment}/pins/{object}

        - environment: Name of the environment.
        - object_: A dataset or a product.
        - reason: Why; it is recorded.
        - to: A version that was published, or a generation; by default as it stands.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="PUT",
            template="/api/v1/environments/{environment}/pins/{object}",
            path={"environment": environment, "object": object_},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            json=present({"reason": reason, "to": to}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    def unpin_object(self, environment: str, object_: str, *, idempotency_key: str | None = None) -> EnvironmentAnswer:
        """Let a pinned object go.

        Let a pinned dataset or product go; in a sandbox, for the sandbox alone.

        DELETE /api/v1/environments/{environment}/pins/{object}

        - environment: Name of the environment.
        - object_: A dataset or a product.
        """
        sent = Outgoing(
            method="DELETE",
            template="/api/v1/environments/{environment}/pins/{object}",
            path={"environment": environment, "object": object_},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    def get_plan(
        self,
        environment: str,
        *,
        select: list[str] | None = None,
        variation: str | None = None,
        param: list[str] | None = None,
        only: bool | None = None,
        retest: bool | None = None,
        refresh: bool | None = None,
        interval: str | None = None,
    ) -> Plan:
        """Say what a run would do.

        Say what a run of the files as they are would build and reuse, why, and whom it reaches. Nothing is changed.

        The answer is 200 for a plan that a policy forbids as well: `error` says what forbids it.

        GET /api/v1/environments/{environment}/plan

        - environment: Name of the environment.
        - select: A selection; repeatable. By default the whole mesh, or what a sandbox is about.
        - variation: The variation of this name, of all that is selected and has it.
        - param: Parameters of the run, each `NAME=VALUE`; repeatable.
        - only: Build just what is selected; read everything else as published.
        - retest: Measure every rule again, evidence or not.
        - refresh: Run the opaque nodes that are selected again.
        - interval: `A..B`: intervals that are built again.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/environments/{environment}/plan",
            path={"environment": environment},
            query={
                "select": select,
                "variation": variation,
                "param": param,
                "only": only,
                "retest": retest,
                "refresh": refresh,
                "interval": interval,
            },
        )
        answer = self._transport.send(sent)
        return cast("Plan", document_of(answer))

    def get_pipelines(
        self, environment: str, *, select: list[str] | None = None, variation: str | None = None
    ) -> Resolved:
        """Show pipelines as they are run.

        Show pipelines whole, as `mw plan --resolved` does: every value that they are run with, and where it comes from.

        GET /api/v1/environments/{environment}/pipelines

        - environment: Name of the environment.
        - select: A selection; repeatable. By default the whole mesh, or what a sandbox is about.
        - variation: The variation of this name, of all that is selected and has it.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/environments/{environment}/pipelines",
            path={"environment": environment},
            query={"select": select, "variation": variation},
        )
        answer = self._transport.send(sent)
        return cast("Resolved", document_of(answer))

    def diff_of_variation(
        self,
        variation: str,
        *,
        with_: str | None = None,
        key: str | None = None,
        tolerance: float | None = None,
        data: bool | None = None,
        sample: int | None = None,
        env: str | None = None,
    ) -> VariationDiff:
        """Compare a variation with its product.

        Compare a variation with its product, as both stand: parameters, schema, rows, distributions, verdicts of tests.

        GET /api/v1/variations/{variation}/diff

        - variation: `domain.product@variation`; for a comparison of one dataset `domain.product.dataset@variation`.
        - with_: Another variation of the product; by default the product itself.
        - key: Columns, parted by commas, that name a row where no contract does.
        - tolerance: Relative and absolute distance at which floats are equal.
        - data: Compare rows; everything else reads none.
        - sample: Rows of each kind that are shown.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/variations/{variation}/diff",
            path={"variation": variation},
            query={"with": with_, "key": key, "tolerance": tolerance, "data": data, "sample": sample, "env": env},
        )
        answer = self._transport.send(sent)
        return cast("VariationDiff", document_of(answer))

    def promote_of_variation(
        self,
        variation: str,
        *,
        environment: str | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> VariationPromotion:
        """Promote a variation.

        Write what a variation sets into the pipeline.yaml of its product, in the server's folder; the next run
        publishes it.

        It changes a file: where that is kept in git, somebody commits it there.

        POST /api/v1/variations/{variation}/promote

        - variation: `domain.product@variation`; for a comparison of one dataset `domain.product.dataset@variation`.
        - environment: Where it stands.
        - dry_run: Only say what would be written.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/variations/{variation}/promote",
            path={"variation": variation},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"environment": environment, "dry_run": dry_run}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("VariationPromotion", document_of(answer))

    def drop_of_variation(
        self,
        variation: str,
        *,
        environment: str | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Take a variation out of an environment.

        Take a variation's datasets out of an environment: one move, nothing is deleted, and its declaration stays.

        POST /api/v1/variations/{variation}/drop

        - variation: `domain.product@variation`; for a comparison of one dataset `domain.product.dataset@variation`.
        - environment: Where it stands.
        - reason: Why; it is recorded.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/variations/{variation}/drop",
            path={"variation": variation},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"environment": environment, "reason": reason}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))


class AsyncDevelopment:
    """Development linkage: sandboxes."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get_environments(self, *, limit: int | None = None, cursor: str | None = None) -> Environments:
        """List environments.

        List the environments that the mesh declares, then the sandboxes, each by name.

        GET /api/v1/environments

        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(method="GET", template="/api/v1/environments", query={"limit": limit, "cursor": cursor})
        answer = await self._transport.send(sent)
        return cast("Environments", document_of(answer))

    async def all_environments(self, *, page_size: int | None = None) -> AsyncIterator[ListedEnvironment]:
        """List environments, page after page.

        List the environments that the mesh declares, then the sandboxes, each by name.

        GET /api/v1/environments

        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_environments(limit=page_size, cursor=cursor)
            for item in page["environments"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def create_environment(
        self,
        *,
        name: str,
        base: str | None = None,
        select: str | list[str] | None = None,
        expires: str | None = None,
        sample: str | None = None,
        rows: int | None = None,
        params: dict[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Make a sandbox.

        Make a sandbox over all that an environment shows now. It copies nothing, and belongs to the domain of the
        token.

        What `sandboxes.provision` of `mesh.yaml` names is done before this answers.

        POST /api/v1/environments

        - name: Name of the sandbox.
        - base: The environment that it lies over.
        - select: What runs into it are about.
        - expires: How long it lives after its last use, e.g. `7d`, or `never`.
        - sample: See this share of the rows, e.g. `1%`.
        - rows: See at most so many rows of every dataset.
        - params: Parameters of what it is provisioned with.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments",
            headers={"Idempotency-Key": idempotency_key},
            json=present(
                {
                    "name": name,
                    "base": base,
                    "select": select,
                    "expires": expires,
                    "sample": sample,
                    "rows": rows,
                    "params": params,
                }
            ),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    async def get_environment(self, environment: str, *, history: int | None = None) -> Environment:
        """Show an environment.

        Show what an environment points to, its pins, and how the base of a sandbox moved on. The ETag is for `If-
        Match`.

        GET /api/v1/environments/{environment}

        - environment: Name of the environment.
        - history: So many generations as well, newest first: who, when, why, what.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/environments/{environment}",
            path={"environment": environment},
            query={"history": history},
        )
        answer = await self._transport.send(sent)
        return cast("Environment", document_of(answer))

    async def delete_environment(
        self,
        environment: str,
        *,
        leave: list[str] | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Give a sandbox up.

        Give a sandbox up; what it was provisioned with is undone first. Nothing that it lies over is touched.

        DELETE /api/v1/environments/{environment}

        - environment: Name of the environment.
        - leave: What is not to be undone, as `PROVISION.NODE`; repeatable.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="DELETE",
            template="/api/v1/environments/{environment}",
            path={"environment": environment},
            query={"leave": leave},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    async def diff_of_environment(
        self,
        environment: str,
        *,
        select: list[str] | None = None,
        key: str | None = None,
        tolerance: float | None = None,
        data: bool | None = None,
        sample: int | None = None,
    ) -> EnvironmentDiff:
        """Say what a sandbox changes.

        Compare a sandbox with what its base showed when it was made: code, schema, contracts, rows, verdicts, policies.

        GET /api/v1/environments/{environment}/diff

        - environment: Name of the environment.
        - select: A selection; repeatable.
        - key: Columns, parted by commas, that name a row where no contract does.
        - tolerance: Relative and absolute distance at which floats are equal.
        - data: Compare rows; everything else reads none.
        - sample: Rows of each kind that are shown.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/environments/{environment}/diff",
            path={"environment": environment},
            query={"select": select, "key": key, "tolerance": tolerance, "data": data, "sample": sample},
        )
        answer = await self._transport.send(sent)
        return cast("EnvironmentDiff", document_of(answer))

    async def rebase_environment(
        self, environment: str, *, if_match: str | None = None, idempotency_key: str | None = None
    ) -> Rebase:
        """Rebase a sandbox.

        Let a sandbox lie over the newest generation of its base, and say what must be built again.

        POST /api/v1/environments/{environment}/rebase

        - environment: Name of the environment.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/rebase",
            path={"environment": environment},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Rebase", document_of(answer))

    async def promote_environment(
        self,
        environment: str,
        *,
        to: str | None = None,
        unpin: bool | None = None,
        reason: str | None = None,
        if_match: str | None = None,
        prefer: str | None = None,
        idempotency_key: str | None = None,
    ) -> Promotion | RunRequest:
        """Promote a sandbox.

        Let an environment show what a sandbox over it shows, in one generation over any number of products.

        It is a run: recorded before this is answered, carried out beside the server, once under its key whatever is
        killed. What would refuse it now is refused, and nothing is recorded then. Where it ends within 30 seconds, or
        as `Prefer: wait` says, the answer is its document: 200, or 409 where a test stopped it; `state` is not
        `succeeded` then, and nothing is changed. Else the answer is 202, and the run can be followed.

        POST /api/v1/environments/{environment}/promote

        - environment: Name of the environment.
        - to: By default what it lies over.
        - unpin: Lift the pins of what is promoted.
        - reason: Why; it is recorded.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        - prefer: `wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many
          seconds (600 at most) that it goes on. `respond-async`: do not wait.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/promote",
            path={"environment": environment},
            headers={"If-Match": if_match, "Prefer": prefer, "Idempotency-Key": idempotency_key},
            json=present({"to": to, "unpin": unpin, "reason": reason}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Promotion | RunRequest", document_of(answer))

    async def roll_back_environment(
        self,
        environment: str,
        *,
        select: str | list[str] | None = None,
        to: int | None = None,
        only: bool | None = None,
        reason: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Go back to a generation.

        Let an environment show what it showed before: one move, nothing is built. What moved is pinned.

        POST /api/v1/environments/{environment}/rollback

        - environment: Name of the environment.
        - select: By default everything.
        - to: The generation; by default one back.
        - only: Just what is selected, and nothing that is made from it.
        - reason: Why; it is recorded.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/rollback",
            path={"environment": environment},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            json=present({"select": select, "to": to, "only": only, "reason": reason}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    async def extend_environment(
        self, environment: str, *, expires: str | None = None, idempotency_key: str | None = None
    ) -> EnvironmentAnswer:
        """Put off the end of a sandbox.

        Put off the end of a sandbox, one that has expired as well.

        POST /api/v1/environments/{environment}/extend

        - environment: Name of the environment.
        - expires: How long it lives after its last use, e.g. `7d`, or `never`.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/extend",
            path={"environment": environment},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"expires": expires}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    async def pin_object(
        self,
        environment: str,
        object_: str,
        *,
        reason: str,
        to: str | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Hold a dataset or product.

        Hold a dataset or product as it stands, or stood: runs leave it alone.

        PUT /api/v1/environments/{environment}/pins/{object}

        - environment: Name of the environment.
        - object_: A dataset or a product.
        - reason: Why; it is recorded.
        - to: A version that was published, or a generation; by default as it stands.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="PUT",
            template="/api/v1/environments/{environment}/pins/{object}",
            path={"environment": environment, "object": object_},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            json=present({"reason": reason, "to": to}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    async def unpin_object(
        self, environment: str, object_: str, *, idempotency_key: str | None = None
    ) -> EnvironmentAnswer:
        """Let a pinned object go.

        Let a pinned dataset or product go; in a sandbox, for the sandbox alone.

        DELETE /api/v1/environments/{environment}/pins/{object}

        - environment: Name of the environment.
        - object_: A dataset or a product.
        """
        sent = Outgoing(
            method="DELETE",
            template="/api/v1/environments/{environment}/pins/{object}",
            path={"environment": environment, "object": object_},
            headers={"Idempotency-Key": idempotency_key},
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

    async def get_plan(
        self,
        environment: str,
        *,
        select: list[str] | None = None,
        variation: str | None = None,
        param: list[str] | None = None,
        only: bool | None = None,
        retest: bool | None = None,
        refresh: bool | None = None,
        interval: str | None = None,
    ) -> Plan:
        """Say what a run would do.

        Say what a run of the files as they are would build and reuse, why, and whom it reaches. Nothing is changed.

        The answer is 200 for a plan that a policy forbids as well: `error` says what forbids it.

        GET /api/v1/environments/{environment}/plan

        - environment: Name of the environment.
        - select: A selection; repeatable. By default the whole mesh, or what a sandbox is about.
        - variation: The variation of this name, of all that is selected and has it.
        - param: Parameters of the run, each `NAME=VALUE`; repeatable.
        - only: Build just what is selected; read everything else as published.
        - retest: Measure every rule again, evidence or not.
        - refresh: Run the opaque nodes that are selected again.
        - interval: `A..B`: intervals that are built again.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/environments/{environment}/plan",
            path={"environment": environment},
            query={
                "select": select,
                "variation": variation,
                "param": param,
                "only": only,
                "retest": retest,
                "refresh": refresh,
                "interval": interval,
            },
        )
        answer = await self._transport.send(sent)
        return cast("Plan", document_of(answer))

    async def get_pipelines(
        self, environment: str, *, select: list[str] | None = None, variation: str | None = None
    ) -> Resolved:
        """Show pipelines as they are run.

        Show pipelines whole, as `mw plan --resolved` does: every value that they are run with, and where it comes from.

        GET /api/v1/environments/{environment}/pipelines

        - environment: Name of the environment.
        - select: A selection; repeatable. By default the whole mesh, or what a sandbox is about.
        - variation: The variation of this name, of all that is selected and has it.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/environments/{environment}/pipelines",
            path={"environment": environment},
            query={"select": select, "variation": variation},
        )
        answer = await self._transport.send(sent)
        return cast("Resolved", document_of(answer))

    async def diff_of_variation(
        self,
        variation: str,
        *,
        with_: str | None = None,
        key: str | None = None,
        tolerance: float | None = None,
        data: bool | None = None,
        sample: int | None = None,
        env: str | None = None,
    ) -> VariationDiff:
        """Compare a variation with its product.

        Compare a variation with its product, as both stand: parameters, schema, rows, distributions, verdicts of tests.

        GET /api/v1/variations/{variation}/diff

        - variation: `domain.product@variation`; for a comparison of one dataset `domain.product.dataset@variation`.
        - with_: Another variation of the product; by default the product itself.
        - key: Columns, parted by commas, that name a row where no contract does.
        - tolerance: Relative and absolute distance at which floats are equal.
        - data: Compare rows; everything else reads none.
        - sample: Rows of each kind that are shown.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/variations/{variation}/diff",
            path={"variation": variation},
            query={"with": with_, "key": key, "tolerance": tolerance, "data": data, "sample": sample, "env": env},
        )
        answer = await self._transport.send(sent)
        return cast("VariationDiff", document_of(answer))

    async def promote_of_variation(
        self,
        variation: str,
        *,
        environment: str | None = None,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> VariationPromotion:
        """Promote a variation.

        Write what a variation sets into the pipeline.yaml of its product, in the server's folder; the next run
        publishes it.

        It changes a file: where that is kept in git, somebody commits it there.

        POST /api/v1/variations/{variation}/promote

        - variation: `domain.product@variation`; for a comparison of one dataset `domain.product.dataset@variation`.
        - environment: Where it stands.
        - dry_run: Only say what would be written.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/variations/{variation}/promote",
            path={"variation": variation},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"environment": environment, "dry_run": dry_run}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("VariationPromotion", document_of(answer))

    async def drop_of_variation(
        self,
        variation: str,
        *,
        environment: str | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> EnvironmentAnswer:
        """Take a variation out of an environment.

        Take a variation's datasets out of an environment: one move, nothing is deleted, and its declaration stays.

        POST /api/v1/variations/{variation}/drop

        - variation: `domain.product@variation`; for a comparison of one dataset `domain.product.dataset@variation`.
        - environment: Where it stands.
        - reason: Why; it is recorded.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/variations/{variation}/drop",
            path={"variation": variation},
            headers={"Idempotency-Key": idempotency_key},
            json=present({"environment": environment, "reason": reason}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("EnvironmentAnswer", document_of(answer))

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
    Promotion,
    Rebase,
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
        idempotency_key: str | None = None,
    ) -> Promotion:
        """Promote a sandbox.

        Let an environment show what a sandbox over it shows, in one generation over any number of products.

        409 with this document where a test stopped it: `state` is not `succeeded`, and nothing is changed.

        POST /api/v1/environments/{environment}/promote

        - environment: Name of the environment.
        - to: By default what it lies over.
        - unpin: Lift the pins of what is promoted.
        - reason: Why; it is recorded.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/promote",
            path={"environment": environment},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            json=present({"to": to, "unpin": unpin, "reason": reason}),
            is_keyed=True,
        )
        answer = self._transport.send(sent)
        return cast("Promotion", document_of(answer))

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
        idempotency_key: str | None = None,
    ) -> Promotion:
        """Promote a sandbox.

        Let an environment show what a sandbox over it shows, in one generation over any number of products.

        409 with this document where a test stopped it: `state` is not `succeeded`, and nothing is changed.

        POST /api/v1/environments/{environment}/promote

        - environment: Name of the environment.
        - to: By default what it lies over.
        - unpin: Lift the pins of what is promoted.
        - reason: Why; it is recorded.
        - if_match: ETag of the environment as you know it: 412 where it has moved on.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/environments/{environment}/promote",
            path={"environment": environment},
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            json=present({"to": to, "unpin": unpin, "reason": reason}),
            is_keyed=True,
        )
        answer = await self._transport.send(sent)
        return cast("Promotion", document_of(answer))

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

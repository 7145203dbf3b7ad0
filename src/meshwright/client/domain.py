"""Domain query: what the catalog knows. Written by scripts/write_api.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import cast

from meshwright.client.models import (
    Check,
    Column,
    Columns,
    Component,
    Components,
    Consumers,
    Contract,
    Datasets,
    Direction,
    Domains,
    Exemptions,
    Explain,
    Hit,
    Impact,
    Intervals,
    Job,
    Jobs,
    Kind,
    Lineage,
    ListedDataset,
    ListedDomain,
    ListedJob,
    ListedProduct,
    OutsideDataset,
    OutsideDatasets,
    OutsideNode,
    OutsideRun,
    Policies,
    PolicyExamples,
    PolicyTest,
    Ports,
    ProductDescription,
    ProductHistory,
    ProductPublication,
    Products,
    Rule,
    Rules,
    Search,
    ShowDataset,
    ShowDomain,
    ShowPort,
    ShowProduct,
    ShowVersion,
    Variations,
    Version,
    Versions,
)
from meshwright.client.outgoing import Outgoing
from meshwright.client.streams import document_of
from meshwright.client.transport import AsyncTransport, Transport


class Domain:
    """Domain query: what the catalog knows."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get_datasets(
        self,
        *,
        domain: str | None = None,
        product: str | None = None,
        tag: str | None = None,
        owner: str | None = None,
        kind: str | None = None,
        column: str | None = None,
        text: str | None = None,
        published: bool | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Datasets:
        """List datasets.

        List the datasets of the mesh by address, with their columns and what is published of them. All filters must
        hold.

        GET /api/v1/datasets

        - domain: Only those of this domain.
        - product: Only those of this product.
        - tag: Only those with this tag.
        - owner: Only those of this owner.
        - kind: Only those that this makes: `sql`, `python`, `source` ...
        - column: Only those with a column of this name.
        - text: Words, or beginnings of words, that all are written of it.
        - published: Only those that are published, or are not.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/datasets",
            query={
                "domain": domain,
                "product": product,
                "tag": tag,
                "owner": owner,
                "kind": kind,
                "column": column,
                "text": text,
                "published": published,
                "env": env,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer = self._transport.send(sent)
        return cast("Datasets", document_of(answer))

    def all_datasets(
        self,
        *,
        domain: str | None = None,
        product: str | None = None,
        tag: str | None = None,
        owner: str | None = None,
        kind: str | None = None,
        column: str | None = None,
        text: str | None = None,
        published: bool | None = None,
        env: str | None = None,
        page_size: int | None = None,
    ) -> Iterator[ListedDataset]:
        """List datasets, page after page.

        List the datasets of the mesh by address, with their columns and what is published of them. All filters must
        hold.

        GET /api/v1/datasets

        - domain: Only those of this domain.
        - product: Only those of this product.
        - tag: Only those with this tag.
        - owner: Only those of this owner.
        - kind: Only those that this makes: `sql`, `python`, `source` ...
        - column: Only those with a column of this name.
        - text: Words, or beginnings of words, that all are written of it.
        - published: Only those that are published, or are not.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_datasets(
                domain=domain,
                product=product,
                tag=tag,
                owner=owner,
                kind=kind,
                column=column,
                text=text,
                published=published,
                env=env,
                limit=page_size,
                cursor=cursor,
            )
            yield from page["datasets"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_dataset(self, dataset: str, *, env: str | None = None) -> ShowDataset:
        """Show a dataset.

        Show a dataset: what is published with its columns, what else is kept, what it reads, who reads it, its tests.

        GET /api/v1/datasets/{dataset}

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/datasets/{dataset}", path={"dataset": dataset}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("ShowDataset", document_of(answer))

    def get_versions(
        self, dataset: str, *, env: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Versions:
        """List versions of a dataset.

        List the versions of a dataset that are kept, newest first, candidates among them.

        GET /api/v1/datasets/{dataset}/versions

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/datasets/{dataset}/versions",
            path={"dataset": dataset},
            query={"env": env, "limit": limit, "cursor": cursor},
        )
        answer = self._transport.send(sent)
        return cast("Versions", document_of(answer))

    def all_versions(self, dataset: str, *, env: str | None = None, page_size: int | None = None) -> Iterator[Version]:
        """List versions of a dataset, page after page.

        List the versions of a dataset that are kept, newest first, candidates among them.

        GET /api/v1/datasets/{dataset}/versions

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_versions(dataset, env=env, limit=page_size, cursor=cursor)
            yield from page["versions"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_columns(self, dataset: str, *, env: str | None = None) -> Columns:
        """List columns of a dataset.

        List the columns of a dataset: types, what contracts promise of each, and the rules on it.

        GET /api/v1/datasets/{dataset}/columns

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/datasets/{dataset}/columns", path={"dataset": dataset}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("Columns", document_of(answer))

    def get_column(self, dataset: str, column: str, *, env: str | None = None) -> Column:
        """Show a column.

        Show a column: its type, what contracts promise of it, the rules on it; what it is made from is at
        `links.lineage`.

        GET /api/v1/datasets/{dataset}/columns/{column}

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - column: Name of a column.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/datasets/{dataset}/columns/{column}",
            path={"dataset": dataset, "column": column},
            query={"env": env},
        )
        answer = self._transport.send(sent)
        return cast("Column", document_of(answer))

    def get_rules(self, dataset: str, *, env: str | None = None) -> Rules:
        """List rules of a dataset.

        List the rules of a dataset, each with its latest verdict.

        GET /api/v1/datasets/{dataset}/rules

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/datasets/{dataset}/rules", path={"dataset": dataset}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("Rules", document_of(answer))

    def get_rule(self, dataset: str, rule: str, *, env: str | None = None, all_: bool | None = None) -> Rule:
        """Show the history of a rule.

        Show the history of one rule, through edits and new names, with the rows that failed it last.

        GET /api/v1/datasets/{dataset}/rules/{rule}

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - rule: Id of a rule, as the list of rules has it.
        - env: The environment that is looked at.
        - all_: The whole history, and not only its newest part.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/datasets/{dataset}/rules/{rule}",
            path={"dataset": dataset, "rule": rule},
            query={"env": env, "all": all_},
        )
        answer = self._transport.send(sent)
        return cast("Rule", document_of(answer))

    def get_intervals(self, dataset: str, *, env: str | None = None) -> Intervals:
        """List intervals of a dataset.

        List the parts of a dataset that is built in parts: which intervals are there, and which are missing.

        GET /api/v1/datasets/{dataset}/intervals

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/datasets/{dataset}/intervals", path={"dataset": dataset}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("Intervals", document_of(answer))

    def get_domains(self, *, env: str | None = None, limit: int | None = None, cursor: str | None = None) -> Domains:
        """List domains.

        List the domains of the mesh by name, with their purpose, owners and products.

        GET /api/v1/domains

        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(method="GET", template="/api/v1/domains", query={"env": env, "limit": limit, "cursor": cursor})
        answer = self._transport.send(sent)
        return cast("Domains", document_of(answer))

    def all_domains(self, *, env: str | None = None, page_size: int | None = None) -> Iterator[ListedDomain]:
        """List domains, page after page.

        List the domains of the mesh by name, with their purpose, owners and products.

        GET /api/v1/domains

        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_domains(env=env, limit=page_size, cursor=cursor)
            yield from page["domains"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_domain(self, domain: str, *, env: str | None = None) -> ShowDomain:
        """Show a domain.

        Show a domain: its purpose, owners and products.

        GET /api/v1/domains/{domain}

        - domain: Name of a domain.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/domains/{domain}", path={"domain": domain}, query={"env": env})
        answer = self._transport.send(sent)
        return cast("ShowDomain", document_of(answer))

    def get_check(self, *, select: list[str] | None = None, env: str | None = None) -> Check:
        """Find what is wrong.

        Find what is wrong with the server's files as they are now: references, standards, types of columns, policies.

        The answer is 200 whatever is found; `ok` says whether anything is wrong.

        GET /api/v1/check

        - select: Domains, products, datasets as a selection; may be given several times.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/check", query={"select": select, "env": env})
        answer = self._transport.send(sent)
        return cast("Check", document_of(answer))

    def get_policies(self, *, env: str | None = None) -> Policies:
        """List policies.

        List the policies of the mesh and its domains, each with what it finds now.

        GET /api/v1/policies

        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/policies", query={"env": env})
        answer = self._transport.send(sent)
        return cast("Policies", document_of(answer))

    def get_policy(self, policy: str, *, env: str | None = None) -> PolicyTest:
        """Judge a policy.

        Judge one policy, and tell everything that it finds, and what it finds in its examples.

        The answer is 200 whatever is found; `ok` says whether it is kept, and finds in its examples what it is to find.

        GET /api/v1/policies/{policy}

        - policy: A policy as the list of policies names it; of a domain `domain.name`.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/policies/{policy}", path={"policy": policy}, query={"env": env})
        answer = self._transport.send(sent)
        return cast("PolicyTest", document_of(answer))

    def get_policy_examples(self) -> PolicyExamples:
        """Run the examples of policies.

        Run the examples of every policy: made-up rows, and what is to be found in them. Nothing of the mesh is judged.

        GET /api/v1/policy-examples
        """
        sent = Outgoing(method="GET", template="/api/v1/policy-examples")
        answer = self._transport.send(sent)
        return cast("PolicyExamples", document_of(answer))

    def get_exemptions(self, *, env: str | None = None) -> Exemptions:
        """List exemptions.

        List the exemptions from policies, with who granted each, why, and until when.

        GET /api/v1/exemptions

        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/exemptions", query={"env": env})
        answer = self._transport.send(sent)
        return cast("Exemptions", document_of(answer))

    def get_explanation(self, object_: str, *, env: str | None = None) -> Explain:
        """Say why.

        Say why: this version, this rebuild, this value of a parameter.

        GET /api/v1/explain/{object}

        - object_: A dataset, a product (its pipeline, resolved), a parameter or the id of a version.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/explain/{object}", path={"object": object_}, query={"env": env})
        answer = self._transport.send(sent)
        return cast("Explain", document_of(answer))

    def get_components(self) -> Components:
        """List components.

        List the components that pipelines may use, with their versions and who uses them.

        GET /api/v1/components
        """
        sent = Outgoing(method="GET", template="/api/v1/components")
        answer = self._transport.send(sent)
        return cast("Components", document_of(answer))

    def get_component(self, component: str) -> Component:
        """Show a component.

        Show what a component asks for and gives: inputs, outputs, parameters, versions, users.

        GET /api/v1/components/{component}

        - component: A component, or a node that is one.
        """
        sent = Outgoing(method="GET", template="/api/v1/components/{component}", path={"component": component})
        answer = self._transport.send(sent)
        return cast("Component", document_of(answer))

    def get_variations(self, *, env: str | None = None) -> Variations:
        """List variations.

        List the variations of pipelines: those that are declared, and those of which something stands.

        GET /api/v1/variations

        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/variations", query={"env": env})
        answer = self._transport.send(sent)
        return cast("Variations", document_of(answer))

    def get_lineage(
        self, object_: str, *, direction: Direction | None = None, depth: int | None = None, env: str | None = None
    ) -> Lineage:
        """Follow lineage.

        Follow the lineage of a dataset or a column, across domains: nodes, and edges with their kind.

        A dataset may be called as outside tools call it: `s3://lake/marts/orders`.

        GET /api/v1/lineage/{object}

        - object_: A dataset (`domain.product.dataset`) or a column (`domain.product.dataset.column`).
        - direction: What it is made from, what is made from it, or both.
        - depth: So many edges away at most.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/lineage/{object}",
            path={"object": object_},
            query={"direction": direction, "depth": depth, "env": env},
        )
        answer = self._transport.send(sent)
        return cast("Lineage", document_of(answer))

    def get_impact_of_files(self, *, env: str | None = None) -> Impact:
        """Say what the files break.

        Say what breaks of what is published with the server's files as they are, and who uses that.

        GET /api/v1/impact

        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/impact", query={"env": env})
        answer = self._transport.send(sent)
        return cast("Impact", document_of(answer))

    def get_impact(self, object_: str, *, env: str | None = None) -> Impact:
        """Say who uses something.

        Say who uses a dataset or a column: products with their queries, dashboards and applications, each with its
        owner.

        GET /api/v1/impact/{object}

        - object_: A dataset (`domain.product.dataset`) or a column (`domain.product.dataset.column`).
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/impact/{object}", path={"object": object_}, query={"env": env})
        answer = self._transport.send(sent)
        return cast("Impact", document_of(answer))

    def list_outside_jobs(
        self,
        *,
        namespace: str | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Jobs:
        """List the jobs of outside tools.

        List what outside tools told of, by name: what each job reads and writes, and how its newest run is.

        GET /api/v1/jobs

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/jobs",
            query={"namespace": namespace, "env": env, "limit": limit, "cursor": cursor},
        )
        answer = self._transport.send(sent)
        return cast("Jobs", document_of(answer))

    def all_outside_jobs(
        self, *, namespace: str | None = None, env: str | None = None, page_size: int | None = None
    ) -> Iterator[ListedJob]:
        """List the jobs of outside tools, page after page.

        List what outside tools told of, by name: what each job reads and writes, and how its newest run is.

        GET /api/v1/jobs

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.list_outside_jobs(namespace=namespace, env=env, limit=page_size, cursor=cursor)
            yield from page["jobs"]
            cursor = page["next"]
            if cursor is None:
                return

    def show_outside_job(self, job_id: str, *, env: str | None = None) -> Job:
        """A job of an outside tool.

        Show a job: its facets, its newest runs, and what was told of it.

        GET /api/v1/jobs/{job_id}

        - job_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(method="GET", template="/api/v1/jobs/{job_id}", path={"job_id": job_id}, query={"env": env})
        answer = self._transport.send(sent)
        return cast("Job", document_of(answer))

    def show_run_outside(self, run_id: str, *, env: str | None = None) -> OutsideRun:
        """A run of an outside tool.

        Show a run: its state, its datasets with what was told of them, metrics, messages and outcomes of tests.

        GET /api/v1/outside/runs/{run_id}

        - run_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/outside/runs/{run_id}", path={"run_id": run_id}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("OutsideRun", document_of(answer))

    def show_what_outside_calls(self, *, name: str, env: str | None = None) -> ShowDataset:
        """What outside tools call by a name.

        Show the dataset, of this mesh or outside, or else the job, that outside tools call so, as `mw show` does.

        GET /api/v1/outside

        - name: Namespace and name.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(method="GET", template="/api/v1/outside", query={"name": name, "env": env})
        answer = self._transport.send(sent)
        return cast("ShowDataset", document_of(answer))

    def list_datasets_outside(
        self,
        *,
        namespace: str | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> OutsideDatasets:
        """List datasets outside.

        List the datasets that outside tools told of and that are none of this mesh's.

        GET /api/v1/outside/datasets

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/outside/datasets",
            query={"namespace": namespace, "env": env, "limit": limit, "cursor": cursor},
        )
        answer = self._transport.send(sent)
        return cast("OutsideDatasets", document_of(answer))

    def all_datasets_outside(
        self, *, namespace: str | None = None, env: str | None = None, page_size: int | None = None
    ) -> Iterator[OutsideNode]:
        """List datasets outside, page after page.

        List the datasets that outside tools told of and that are none of this mesh's.

        GET /api/v1/outside/datasets

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.list_datasets_outside(namespace=namespace, env=env, limit=page_size, cursor=cursor)
            yield from page["datasets"]
            cursor = page["next"]
            if cursor is None:
                return

    def show_dataset_outside(self, dataset_id: str, *, env: str | None = None) -> OutsideDataset:
        """A dataset outside.

        Show a dataset outside: its names, columns and facets, who reads and who writes it.

        GET /api/v1/outside/datasets/{dataset_id}

        - dataset_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/outside/datasets/{dataset_id}",
            path={"dataset_id": dataset_id},
            query={"env": env},
        )
        answer = self._transport.send(sent)
        return cast("OutsideDataset", document_of(answer))

    def get_products(
        self,
        *,
        domain: str | None = None,
        tag: str | None = None,
        owner: str | None = None,
        status: str | None = None,
        text: str | None = None,
        published: bool | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Products:
        """List products.

        List the products of the mesh by address. All filters must hold; they are blind to letter case and accents.

        The pages of one list are of one generation, whatever is published meanwhile.

        GET /api/v1/products

        - domain: Only those of this domain.
        - tag: Only those with this tag.
        - owner: Only those of this owner.
        - status: Only those of this status.
        - text: Words, or beginnings of words, that all are written of it.
        - published: Only those that are published, or are not.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products",
            query={
                "domain": domain,
                "tag": tag,
                "owner": owner,
                "status": status,
                "text": text,
                "published": published,
                "env": env,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer = self._transport.send(sent)
        return cast("Products", document_of(answer))

    def all_products(
        self,
        *,
        domain: str | None = None,
        tag: str | None = None,
        owner: str | None = None,
        status: str | None = None,
        text: str | None = None,
        published: bool | None = None,
        env: str | None = None,
        page_size: int | None = None,
    ) -> Iterator[ListedProduct]:
        """List products, page after page.

        List the products of the mesh by address. All filters must hold; they are blind to letter case and accents.

        The pages of one list are of one generation, whatever is published meanwhile.

        GET /api/v1/products

        - domain: Only those of this domain.
        - tag: Only those with this tag.
        - owner: Only those of this owner.
        - status: Only those of this status.
        - text: Words, or beginnings of words, that all are written of it.
        - published: Only those that are published, or are not.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_products(
                domain=domain,
                tag=tag,
                owner=owner,
                status=status,
                text=text,
                published=published,
                env=env,
                limit=page_size,
                cursor=cursor,
            )
            yield from page["products"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_product(self, product: str, *, env: str | None = None, generation: int | None = None) -> ShowProduct:
        """Show a product.

        Show a product: what is written of it, and the manifest of its publication, now or in an older `generation`.

        `history` are its newest publications; all of them are at `links.history`.

        GET /api/v1/products/{product}

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        - generation: As it was in this generation of the environment.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}",
            path={"product": product},
            query={"env": env, "generation": generation},
        )
        answer = self._transport.send(sent)
        return cast("ShowProduct", document_of(answer))

    def get_product_history(
        self, product: str, *, env: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> ProductHistory:
        """List publications of a product.

        List how a product was published, newest first: generation, when, by whom, in which run, as which version.

        The product as it was then is at `/products/{product}?generation=`.

        GET /api/v1/products/{product}/history

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/history",
            path={"product": product},
            query={"env": env, "limit": limit, "cursor": cursor},
        )
        answer = self._transport.send(sent)
        return cast("ProductHistory", document_of(answer))

    def all_product_history(
        self, product: str, *, env: str | None = None, page_size: int | None = None
    ) -> Iterator[ProductPublication]:
        """List publications of a product, page after page.

        List how a product was published, newest first: generation, when, by whom, in which run, as which version.

        The product as it was then is at `/products/{product}?generation=`.

        GET /api/v1/products/{product}/history

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_product_history(product, env=env, limit=page_size, cursor=cursor)
            yield from page["publications"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_consumers(self, product: str, *, env: str | None = None) -> Consumers:
        """List who uses a product.

        List who uses a product: products that read it, and the dashboards, reports and applications that are declared.

        GET /api/v1/products/{product}/consumers

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/products/{product}/consumers", path={"product": product}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("Consumers", document_of(answer))

    def get_description(
        self, product: str, *, env: str | None = None, generation: int | None = None
    ) -> ProductDescription:
        """Read a product's description (ODPS).

        Read the Open Data Product Standard document of a product, as JSON or (`Accept: application/yaml`) as YAML.

        It is the one that is published, now or in an older `generation`; of what was never published, the one in the
        files.

        GET /api/v1/products/{product}/description

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        - generation: As it was in this generation of the environment.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/description",
            path={"product": product},
            query={"env": env, "generation": generation},
        )
        answer = self._transport.send(sent)
        return cast("ProductDescription", document_of(answer))

    def get_search(
        self,
        *,
        q: str,
        kind: list[Kind] | None = None,
        domain: list[str] | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Search:
        """Search the catalog.

        Find domains, products, ports, datasets and columns by their names, titles, tags, owners and descriptions, and
        the datasets and jobs that outside tools told of.

        Best first. Letter case and accents do not count; the beginning of a word finds it; one that is nowhere finds
        what is written almost like it (`meant` says what). `highlights` say where the words stand: characters from, and
        up to.

        GET /api/v1/search

        - q: Words.
        - kind: Only this kind of thing; may be given several times.
        - domain: Only what is in this domain; may be given several times.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/search",
            query={"q": q, "kind": kind, "domain": domain, "env": env, "limit": limit, "cursor": cursor},
        )
        answer = self._transport.send(sent)
        return cast("Search", document_of(answer))

    def all_search(
        self,
        *,
        q: str,
        kind: list[Kind] | None = None,
        domain: list[str] | None = None,
        env: str | None = None,
        page_size: int | None = None,
    ) -> Iterator[Hit]:
        """Search the catalog, page after page.

        Find domains, products, ports, datasets and columns by their names, titles, tags, owners and descriptions, and
        the datasets and jobs that outside tools told of.

        Best first. Letter case and accents do not count; the beginning of a word finds it; one that is nowhere finds
        what is written almost like it (`meant` says what). `highlights` say where the words stand: characters from, and
        up to.

        GET /api/v1/search

        - q: Words.
        - kind: Only this kind of thing; may be given several times.
        - domain: Only what is in this domain; may be given several times.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = self.get_search(q=q, kind=kind, domain=domain, env=env, limit=page_size, cursor=cursor)
            yield from page["hits"]
            cursor = page["next"]
            if cursor is None:
                return

    def get_version(self, version: str, *, env: str | None = None) -> ShowVersion:
        """Show a version.

        Show a version, published or not: columns, files, inputs, and the evidence that is recorded on it.

        GET /api/v1/versions/{version}

        - version: Id of a version, or a beginning of it that no other one has.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/versions/{version}", path={"version": version}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("ShowVersion", document_of(answer))

    def get_ports(self, product: str, *, env: str | None = None) -> Ports:
        """List ports of a product.

        List the output ports of a product with their versions; `is_default` is the one that is read where none is
        chosen.

        GET /api/v1/products/{product}/ports

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/products/{product}/ports", path={"product": product}, query={"env": env}
        )
        answer = self._transport.send(sent)
        return cast("Ports", document_of(answer))

    def get_port(self, product: str, port: str, *, env: str | None = None) -> ShowPort:
        """Show a port.

        Show a port with its contract, datasets, versions, readers and consumers; of several versions the default one.

        GET /api/v1/products/{product}/ports/{port}

        - product: `domain.product`, of a variation `domain.product@variation`.
        - port: Name of a port.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}",
            path={"product": product, "port": port},
            query={"env": env},
        )
        answer = self._transport.send(sent)
        return cast("ShowPort", document_of(answer))

    def get_contract(
        self, product: str, port: str, *, env: str | None = None, generation: int | None = None
    ) -> Contract:
        """Read a port's contract (ODCS).

        Read the Open Data Contract Standard document of a port, as JSON or (`Accept: application/yaml`) as YAML.

        It is the one that is published, now or in an older `generation`; of what was never published, the one in the
        files.

        GET /api/v1/products/{product}/ports/{port}/contract

        - product: `domain.product`, of a variation `domain.product@variation`.
        - port: Name of a port.
        - env: The environment that is looked at.
        - generation: As it was in this generation of the environment.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/contract",
            path={"product": product, "port": port},
            query={"env": env, "generation": generation},
        )
        answer = self._transport.send(sent)
        return cast("Contract", document_of(answer))

    def get_port_version(self, product: str, port: str, version: str, *, env: str | None = None) -> ShowPort:
        """Show a version of a port.

        Show one version of a port that has several.

        GET /api/v1/products/{product}/ports/{port}/{version}

        - product: `domain.product`, of a variation `domain.product@variation`.
        - port: Name of a port.
        - version: Which version of the port.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/{version}",
            path={"product": product, "port": port, "version": version},
            query={"env": env},
        )
        answer = self._transport.send(sent)
        return cast("ShowPort", document_of(answer))

    def get_version_contract(
        self, product: str, port: str, version: str, *, env: str | None = None, generation: int | None = None
    ) -> Contract:
        """Read the contract of a version of a port.

        Read the contract of one version of a port, as JSON or YAML.

        GET /api/v1/products/{product}/ports/{port}/{version}/contract

        - product: `domain.product`, of a variation `domain.product@variation`.
        - port: Name of a port.
        - version: Which version of the port.
        - env: The environment that is looked at.
        - generation: As it was in this generation of the environment.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/{version}/contract",
            path={"product": product, "port": port, "version": version},
            query={"env": env, "generation": generation},
        )
        answer = self._transport.send(sent)
        return cast("Contract", document_of(answer))


class AsyncDomain:
    """Domain query: what the catalog knows."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def get_datasets(
        self,
        *,
        domain: str | None = None,
        product: str | None = None,
        tag: str | None = None,
        owner: str | None = None,
        kind: str | None = None,
        column: str | None = None,
        text: str | None = None,
        published: bool | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Datasets:
        """List datasets.

        List the datasets of the mesh by address, with their columns and what is published of them. All filters must
        hold.

        GET /api/v1/datasets

        - domain: Only those of this domain.
        - product: Only those of this product.
        - tag: Only those with this tag.
        - owner: Only those of this owner.
        - kind: Only those that this makes: `sql`, `python`, `source` ...
        - column: Only those with a column of this name.
        - text: Words, or beginnings of words, that all are written of it.
        - published: Only those that are published, or are not.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/datasets",
            query={
                "domain": domain,
                "product": product,
                "tag": tag,
                "owner": owner,
                "kind": kind,
                "column": column,
                "text": text,
                "published": published,
                "env": env,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer = await self._transport.send(sent)
        return cast("Datasets", document_of(answer))

    async def all_datasets(
        self,
        *,
        domain: str | None = None,
        product: str | None = None,
        tag: str | None = None,
        owner: str | None = None,
        kind: str | None = None,
        column: str | None = None,
        text: str | None = None,
        published: bool | None = None,
        env: str | None = None,
        page_size: int | None = None,
    ) -> AsyncIterator[ListedDataset]:
        """List datasets, page after page.

        List the datasets of the mesh by address, with their columns and what is published of them. All filters must
        hold.

        GET /api/v1/datasets

        - domain: Only those of this domain.
        - product: Only those of this product.
        - tag: Only those with this tag.
        - owner: Only those of this owner.
        - kind: Only those that this makes: `sql`, `python`, `source` ...
        - column: Only those with a column of this name.
        - text: Words, or beginnings of words, that all are written of it.
        - published: Only those that are published, or are not.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_datasets(
                domain=domain,
                product=product,
                tag=tag,
                owner=owner,
                kind=kind,
                column=column,
                text=text,
                published=published,
                env=env,
                limit=page_size,
                cursor=cursor,
            )
            for item in page["datasets"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def get_dataset(self, dataset: str, *, env: str | None = None) -> ShowDataset:
        """Show a dataset.

        Show a dataset: what is published with its columns, what else is kept, what it reads, who reads it, its tests.

        GET /api/v1/datasets/{dataset}

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/datasets/{dataset}", path={"dataset": dataset}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("ShowDataset", document_of(answer))

    async def get_versions(
        self, dataset: str, *, env: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Versions:
        """List versions of a dataset.

        List the versions of a dataset that are kept, newest first, candidates among them.

        GET /api/v1/datasets/{dataset}/versions

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/datasets/{dataset}/versions",
            path={"dataset": dataset},
            query={"env": env, "limit": limit, "cursor": cursor},
        )
        answer = await self._transport.send(sent)
        return cast("Versions", document_of(answer))

    async def all_versions(
        self, dataset: str, *, env: str | None = None, page_size: int | None = None
    ) -> AsyncIterator[Version]:
        """List versions of a dataset, page after page.

        List the versions of a dataset that are kept, newest first, candidates among them.

        GET /api/v1/datasets/{dataset}/versions

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_versions(dataset, env=env, limit=page_size, cursor=cursor)
            for item in page["versions"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def get_columns(self, dataset: str, *, env: str | None = None) -> Columns:
        """List columns of a dataset.

        List the columns of a dataset: types, what contracts promise of each, and the rules on it.

        GET /api/v1/datasets/{dataset}/columns

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/datasets/{dataset}/columns", path={"dataset": dataset}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("Columns", document_of(answer))

    async def get_column(self, dataset: str, column: str, *, env: str | None = None) -> Column:
        """Show a column.

        Show a column: its type, what contracts promise of it, the rules on it; what it is made from is at
        `links.lineage`.

        GET /api/v1/datasets/{dataset}/columns/{column}

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - column: Name of a column.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/datasets/{dataset}/columns/{column}",
            path={"dataset": dataset, "column": column},
            query={"env": env},
        )
        answer = await self._transport.send(sent)
        return cast("Column", document_of(answer))

    async def get_rules(self, dataset: str, *, env: str | None = None) -> Rules:
        """List rules of a dataset.

        List the rules of a dataset, each with its latest verdict.

        GET /api/v1/datasets/{dataset}/rules

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/datasets/{dataset}/rules", path={"dataset": dataset}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("Rules", document_of(answer))

    async def get_rule(self, dataset: str, rule: str, *, env: str | None = None, all_: bool | None = None) -> Rule:
        """Show the history of a rule.

        Show the history of one rule, through edits and new names, with the rows that failed it last.

        GET /api/v1/datasets/{dataset}/rules/{rule}

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - rule: Id of a rule, as the list of rules has it.
        - env: The environment that is looked at.
        - all_: The whole history, and not only its newest part.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/datasets/{dataset}/rules/{rule}",
            path={"dataset": dataset, "rule": rule},
            query={"env": env, "all": all_},
        )
        answer = await self._transport.send(sent)
        return cast("Rule", document_of(answer))

    async def get_intervals(self, dataset: str, *, env: str | None = None) -> Intervals:
        """List intervals of a dataset.

        List the parts of a dataset that is built in parts: which intervals are there, and which are missing.

        GET /api/v1/datasets/{dataset}/intervals

        - dataset: `domain.product.dataset`, of a variation with `@variation` behind.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/datasets/{dataset}/intervals", path={"dataset": dataset}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("Intervals", document_of(answer))

    async def get_domains(
        self, *, env: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Domains:
        """List domains.

        List the domains of the mesh by name, with their purpose, owners and products.

        GET /api/v1/domains

        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(method="GET", template="/api/v1/domains", query={"env": env, "limit": limit, "cursor": cursor})
        answer = await self._transport.send(sent)
        return cast("Domains", document_of(answer))

    async def all_domains(self, *, env: str | None = None, page_size: int | None = None) -> AsyncIterator[ListedDomain]:
        """List domains, page after page.

        List the domains of the mesh by name, with their purpose, owners and products.

        GET /api/v1/domains

        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_domains(env=env, limit=page_size, cursor=cursor)
            for item in page["domains"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def get_domain(self, domain: str, *, env: str | None = None) -> ShowDomain:
        """Show a domain.

        Show a domain: its purpose, owners and products.

        GET /api/v1/domains/{domain}

        - domain: Name of a domain.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/domains/{domain}", path={"domain": domain}, query={"env": env})
        answer = await self._transport.send(sent)
        return cast("ShowDomain", document_of(answer))

    async def get_check(self, *, select: list[str] | None = None, env: str | None = None) -> Check:
        """Find what is wrong.

        Find what is wrong with the server's files as they are now: references, standards, types of columns, policies.

        The answer is 200 whatever is found; `ok` says whether anything is wrong.

        GET /api/v1/check

        - select: Domains, products, datasets as a selection; may be given several times.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/check", query={"select": select, "env": env})
        answer = await self._transport.send(sent)
        return cast("Check", document_of(answer))

    async def get_policies(self, *, env: str | None = None) -> Policies:
        """List policies.

        List the policies of the mesh and its domains, each with what it finds now.

        GET /api/v1/policies

        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/policies", query={"env": env})
        answer = await self._transport.send(sent)
        return cast("Policies", document_of(answer))

    async def get_policy(self, policy: str, *, env: str | None = None) -> PolicyTest:
        """Judge a policy.

        Judge one policy, and tell everything that it finds, and what it finds in its examples.

        The answer is 200 whatever is found; `ok` says whether it is kept, and finds in its examples what it is to find.

        GET /api/v1/policies/{policy}

        - policy: A policy as the list of policies names it; of a domain `domain.name`.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/policies/{policy}", path={"policy": policy}, query={"env": env})
        answer = await self._transport.send(sent)
        return cast("PolicyTest", document_of(answer))

    async def get_policy_examples(self) -> PolicyExamples:
        """Run the examples of policies.

        Run the examples of every policy: made-up rows, and what is to be found in them. Nothing of the mesh is judged.

        GET /api/v1/policy-examples
        """
        sent = Outgoing(method="GET", template="/api/v1/policy-examples")
        answer = await self._transport.send(sent)
        return cast("PolicyExamples", document_of(answer))

    async def get_exemptions(self, *, env: str | None = None) -> Exemptions:
        """List exemptions.

        List the exemptions from policies, with who granted each, why, and until when.

        GET /api/v1/exemptions

        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/exemptions", query={"env": env})
        answer = await self._transport.send(sent)
        return cast("Exemptions", document_of(answer))

    async def get_explanation(self, object_: str, *, env: str | None = None) -> Explain:
        """Say why.

        Say why: this version, this rebuild, this value of a parameter.

        GET /api/v1/explain/{object}

        - object_: A dataset, a product (its pipeline, resolved), a parameter or the id of a version.
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/explain/{object}", path={"object": object_}, query={"env": env})
        answer = await self._transport.send(sent)
        return cast("Explain", document_of(answer))

    async def get_components(self) -> Components:
        """List components.

        List the components that pipelines may use, with their versions and who uses them.

        GET /api/v1/components
        """
        sent = Outgoing(method="GET", template="/api/v1/components")
        answer = await self._transport.send(sent)
        return cast("Components", document_of(answer))

    async def get_component(self, component: str) -> Component:
        """Show a component.

        Show what a component asks for and gives: inputs, outputs, parameters, versions, users.

        GET /api/v1/components/{component}

        - component: A component, or a node that is one.
        """
        sent = Outgoing(method="GET", template="/api/v1/components/{component}", path={"component": component})
        answer = await self._transport.send(sent)
        return cast("Component", document_of(answer))

    async def get_variations(self, *, env: str | None = None) -> Variations:
        """List variations.

        List the variations of pipelines: those that are declared, and those of which something stands.

        GET /api/v1/variations

        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/variations", query={"env": env})
        answer = await self._transport.send(sent)
        return cast("Variations", document_of(answer))

    async def get_lineage(
        self, object_: str, *, direction: Direction | None = None, depth: int | None = None, env: str | None = None
    ) -> Lineage:
        """Follow lineage.

        Follow the lineage of a dataset or a column, across domains: nodes, and edges with their kind.

        A dataset may be called as outside tools call it: `s3://lake/marts/orders`.

        GET /api/v1/lineage/{object}

        - object_: A dataset (`domain.product.dataset`) or a column (`domain.product.dataset.column`).
        - direction: What it is made from, what is made from it, or both.
        - depth: So many edges away at most.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/lineage/{object}",
            path={"object": object_},
            query={"direction": direction, "depth": depth, "env": env},
        )
        answer = await self._transport.send(sent)
        return cast("Lineage", document_of(answer))

    async def get_impact_of_files(self, *, env: str | None = None) -> Impact:
        """Say what the files break.

        Say what breaks of what is published with the server's files as they are, and who uses that.

        GET /api/v1/impact

        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/impact", query={"env": env})
        answer = await self._transport.send(sent)
        return cast("Impact", document_of(answer))

    async def get_impact(self, object_: str, *, env: str | None = None) -> Impact:
        """Say who uses something.

        Say who uses a dataset or a column: products with their queries, dashboards and applications, each with its
        owner.

        GET /api/v1/impact/{object}

        - object_: A dataset (`domain.product.dataset`) or a column (`domain.product.dataset.column`).
        - env: The environment that is looked at.
        """
        sent = Outgoing(method="GET", template="/api/v1/impact/{object}", path={"object": object_}, query={"env": env})
        answer = await self._transport.send(sent)
        return cast("Impact", document_of(answer))

    async def list_outside_jobs(
        self,
        *,
        namespace: str | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Jobs:
        """List the jobs of outside tools.

        List what outside tools told of, by name: what each job reads and writes, and how its newest run is.

        GET /api/v1/jobs

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/jobs",
            query={"namespace": namespace, "env": env, "limit": limit, "cursor": cursor},
        )
        answer = await self._transport.send(sent)
        return cast("Jobs", document_of(answer))

    async def all_outside_jobs(
        self, *, namespace: str | None = None, env: str | None = None, page_size: int | None = None
    ) -> AsyncIterator[ListedJob]:
        """List the jobs of outside tools, page after page.

        List what outside tools told of, by name: what each job reads and writes, and how its newest run is.

        GET /api/v1/jobs

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.list_outside_jobs(namespace=namespace, env=env, limit=page_size, cursor=cursor)
            for item in page["jobs"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def show_outside_job(self, job_id: str, *, env: str | None = None) -> Job:
        """A job of an outside tool.

        Show a job: its facets, its newest runs, and what was told of it.

        GET /api/v1/jobs/{job_id}

        - job_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(method="GET", template="/api/v1/jobs/{job_id}", path={"job_id": job_id}, query={"env": env})
        answer = await self._transport.send(sent)
        return cast("Job", document_of(answer))

    async def show_run_outside(self, run_id: str, *, env: str | None = None) -> OutsideRun:
        """A run of an outside tool.

        Show a run: its state, its datasets with what was told of them, metrics, messages and outcomes of tests.

        GET /api/v1/outside/runs/{run_id}

        - run_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/outside/runs/{run_id}", path={"run_id": run_id}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("OutsideRun", document_of(answer))

    async def show_what_outside_calls(self, *, name: str, env: str | None = None) -> ShowDataset:
        """What outside tools call by a name.

        Show the dataset, of this mesh or outside, or else the job, that outside tools call so, as `mw show` does.

        GET /api/v1/outside

        - name: Namespace and name.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(method="GET", template="/api/v1/outside", query={"name": name, "env": env})
        answer = await self._transport.send(sent)
        return cast("ShowDataset", document_of(answer))

    async def list_datasets_outside(
        self,
        *,
        namespace: str | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> OutsideDatasets:
        """List datasets outside.

        List the datasets that outside tools told of and that are none of this mesh's.

        GET /api/v1/outside/datasets

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/outside/datasets",
            query={"namespace": namespace, "env": env, "limit": limit, "cursor": cursor},
        )
        answer = await self._transport.send(sent)
        return cast("OutsideDatasets", document_of(answer))

    async def all_datasets_outside(
        self, *, namespace: str | None = None, env: str | None = None, page_size: int | None = None
    ) -> AsyncIterator[OutsideNode]:
        """List datasets outside, page after page.

        List the datasets that outside tools told of and that are none of this mesh's.

        GET /api/v1/outside/datasets

        - namespace: Of this namespace alone.
        - env: Whose datasets are joined to what is outside.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.list_datasets_outside(namespace=namespace, env=env, limit=page_size, cursor=cursor)
            for item in page["datasets"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def show_dataset_outside(self, dataset_id: str, *, env: str | None = None) -> OutsideDataset:
        """A dataset outside.

        Show a dataset outside: its names, columns and facets, who reads and who writes it.

        GET /api/v1/outside/datasets/{dataset_id}

        - dataset_id: As the lists give it.
        - env: Whose datasets are joined to what is outside.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/outside/datasets/{dataset_id}",
            path={"dataset_id": dataset_id},
            query={"env": env},
        )
        answer = await self._transport.send(sent)
        return cast("OutsideDataset", document_of(answer))

    async def get_products(
        self,
        *,
        domain: str | None = None,
        tag: str | None = None,
        owner: str | None = None,
        status: str | None = None,
        text: str | None = None,
        published: bool | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Products:
        """List products.

        List the products of the mesh by address. All filters must hold; they are blind to letter case and accents.

        The pages of one list are of one generation, whatever is published meanwhile.

        GET /api/v1/products

        - domain: Only those of this domain.
        - tag: Only those with this tag.
        - owner: Only those of this owner.
        - status: Only those of this status.
        - text: Words, or beginnings of words, that all are written of it.
        - published: Only those that are published, or are not.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products",
            query={
                "domain": domain,
                "tag": tag,
                "owner": owner,
                "status": status,
                "text": text,
                "published": published,
                "env": env,
                "limit": limit,
                "cursor": cursor,
            },
        )
        answer = await self._transport.send(sent)
        return cast("Products", document_of(answer))

    async def all_products(
        self,
        *,
        domain: str | None = None,
        tag: str | None = None,
        owner: str | None = None,
        status: str | None = None,
        text: str | None = None,
        published: bool | None = None,
        env: str | None = None,
        page_size: int | None = None,
    ) -> AsyncIterator[ListedProduct]:
        """List products, page after page.

        List the products of the mesh by address. All filters must hold; they are blind to letter case and accents.

        The pages of one list are of one generation, whatever is published meanwhile.

        GET /api/v1/products

        - domain: Only those of this domain.
        - tag: Only those with this tag.
        - owner: Only those of this owner.
        - status: Only those of this status.
        - text: Words, or beginnings of words, that all are written of it.
        - published: Only those that are published, or are not.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_products(
                domain=domain,
                tag=tag,
                owner=owner,
                status=status,
                text=text,
                published=published,
                env=env,
                limit=page_size,
                cursor=cursor,
            )
            for item in page["products"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def get_product(self, product: str, *, env: str | None = None, generation: int | None = None) -> ShowProduct:
        """Show a product.

        Show a product: what is written of it, and the manifest of its publication, now or in an older `generation`.

        `history` are its newest publications; all of them are at `links.history`.

        GET /api/v1/products/{product}

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        - generation: As it was in this generation of the environment.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}",
            path={"product": product},
            query={"env": env, "generation": generation},
        )
        answer = await self._transport.send(sent)
        return cast("ShowProduct", document_of(answer))

    async def get_product_history(
        self, product: str, *, env: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> ProductHistory:
        """List publications of a product.

        List how a product was published, newest first: generation, when, by whom, in which run, as which version.

        The product as it was then is at `/products/{product}?generation=`.

        GET /api/v1/products/{product}/history

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/history",
            path={"product": product},
            query={"env": env, "limit": limit, "cursor": cursor},
        )
        answer = await self._transport.send(sent)
        return cast("ProductHistory", document_of(answer))

    async def all_product_history(
        self, product: str, *, env: str | None = None, page_size: int | None = None
    ) -> AsyncIterator[ProductPublication]:
        """List publications of a product, page after page.

        List how a product was published, newest first: generation, when, by whom, in which run, as which version.

        The product as it was then is at `/products/{product}?generation=`.

        GET /api/v1/products/{product}/history

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_product_history(product, env=env, limit=page_size, cursor=cursor)
            for item in page["publications"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def get_consumers(self, product: str, *, env: str | None = None) -> Consumers:
        """List who uses a product.

        List who uses a product: products that read it, and the dashboards, reports and applications that are declared.

        GET /api/v1/products/{product}/consumers

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/products/{product}/consumers", path={"product": product}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("Consumers", document_of(answer))

    async def get_description(
        self, product: str, *, env: str | None = None, generation: int | None = None
    ) -> ProductDescription:
        """Read a product's description (ODPS).

        Read the Open Data Product Standard document of a product, as JSON or (`Accept: application/yaml`) as YAML.

        It is the one that is published, now or in an older `generation`; of what was never published, the one in the
        files.

        GET /api/v1/products/{product}/description

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        - generation: As it was in this generation of the environment.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/description",
            path={"product": product},
            query={"env": env, "generation": generation},
        )
        answer = await self._transport.send(sent)
        return cast("ProductDescription", document_of(answer))

    async def get_search(
        self,
        *,
        q: str,
        kind: list[Kind] | None = None,
        domain: list[str] | None = None,
        env: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Search:
        """Search the catalog.

        Find domains, products, ports, datasets and columns by their names, titles, tags, owners and descriptions, and
        the datasets and jobs that outside tools told of.

        Best first. Letter case and accents do not count; the beginning of a word finds it; one that is nowhere finds
        what is written almost like it (`meant` says what). `highlights` say where the words stand: characters from, and
        up to.

        GET /api/v1/search

        - q: Words.
        - kind: Only this kind of thing; may be given several times.
        - domain: Only what is in this domain; may be given several times.
        - env: The environment that is looked at.
        - limit: At most so many.
        - cursor: Where to go on: `next` of the page before.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/search",
            query={"q": q, "kind": kind, "domain": domain, "env": env, "limit": limit, "cursor": cursor},
        )
        answer = await self._transport.send(sent)
        return cast("Search", document_of(answer))

    async def all_search(
        self,
        *,
        q: str,
        kind: list[Kind] | None = None,
        domain: list[str] | None = None,
        env: str | None = None,
        page_size: int | None = None,
    ) -> AsyncIterator[Hit]:
        """Search the catalog, page after page.

        Find domains, products, ports, datasets and columns by their names, titles, tags, owners and descriptions, and
        the datasets and jobs that outside tools told of.

        Best first. Letter case and accents do not count; the beginning of a word finds it; one that is nowhere finds
        what is written almost like it (`meant` says what). `highlights` say where the words stand: characters from, and
        up to.

        GET /api/v1/search

        - q: Words.
        - kind: Only this kind of thing; may be given several times.
        - domain: Only what is in this domain; may be given several times.
        - env: The environment that is looked at.
        - page_size: Items that are fetched at a time.
        """
        cursor: str | None = None
        while True:
            page = await self.get_search(q=q, kind=kind, domain=domain, env=env, limit=page_size, cursor=cursor)
            for item in page["hits"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def get_version(self, version: str, *, env: str | None = None) -> ShowVersion:
        """Show a version.

        Show a version, published or not: columns, files, inputs, and the evidence that is recorded on it.

        GET /api/v1/versions/{version}

        - version: Id of a version, or a beginning of it that no other one has.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/versions/{version}", path={"version": version}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("ShowVersion", document_of(answer))

    async def get_ports(self, product: str, *, env: str | None = None) -> Ports:
        """List ports of a product.

        List the output ports of a product with their versions; `is_default` is the one that is read where none is
        chosen.

        GET /api/v1/products/{product}/ports

        - product: `domain.product`, of a variation `domain.product@variation`.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET", template="/api/v1/products/{product}/ports", path={"product": product}, query={"env": env}
        )
        answer = await self._transport.send(sent)
        return cast("Ports", document_of(answer))

    async def get_port(self, product: str, port: str, *, env: str | None = None) -> ShowPort:
        """Show a port.

        Show a port with its contract, datasets, versions, readers and consumers; of several versions the default one.

        GET /api/v1/products/{product}/ports/{port}

        - product: `domain.product`, of a variation `domain.product@variation`.
        - port: Name of a port.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}",
            path={"product": product, "port": port},
            query={"env": env},
        )
        answer = await self._transport.send(sent)
        return cast("ShowPort", document_of(answer))

    async def get_contract(
        self, product: str, port: str, *, env: str | None = None, generation: int | None = None
    ) -> Contract:
        """Read a port's contract (ODCS).

        Read the Open Data Contract Standard document of a port, as JSON or (`Accept: application/yaml`) as YAML.

        It is the one that is published, now or in an older `generation`; of what was never published, the one in the
        files.

        GET /api/v1/products/{product}/ports/{port}/contract

        - product: `domain.product`, of a variation `domain.product@variation`.
        - port: Name of a port.
        - env: The environment that is looked at.
        - generation: As it was in this generation of the environment.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/contract",
            path={"product": product, "port": port},
            query={"env": env, "generation": generation},
        )
        answer = await self._transport.send(sent)
        return cast("Contract", document_of(answer))

    async def get_port_version(self, product: str, port: str, version: str, *, env: str | None = None) -> ShowPort:
        """Show a version of a port.

        Show one version of a port that has several.

        GET /api/v1/products/{product}/ports/{port}/{version}

        - product: `domain.product`, of a variation `domain.product@variation`.
        - port: Name of a port.
        - version: Which version of the port.
        - env: The environment that is looked at.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/{version}",
            path={"product": product, "port": port, "version": version},
            query={"env": env},
        )
        answer = await self._transport.send(sent)
        return cast("ShowPort", document_of(answer))

    async def get_version_contract(
        self, product: str, port: str, version: str, *, env: str | None = None, generation: int | None = None
    ) -> Contract:
        """Read the contract of a version of a port.

        Read the contract of one version of a port, as JSON or YAML.

        GET /api/v1/products/{product}/ports/{port}/{version}/contract

        - product: `domain.product`, of a variation `domain.product@variation`.
        - port: Name of a port.
        - version: Which version of the port.
        - env: The environment that is looked at.
        - generation: As it was in this generation of the environment.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/{version}/contract",
            path={"product": product, "port": port, "version": version},
            query={"env": env, "generation": generation},
        )
        answer = await self._transport.send(sent)
        return cast("Contract", document_of(answer))

"""Data query: rows by URL, and by SQL. Written by scripts/write_api.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, cast

from meshwright.client.models import Form, Query
from meshwright.client.outgoing import Outgoing, present
from meshwright.client.record_batches import batches_of, batches_of_async
from meshwright.client.streams import document_of, table_of
from meshwright.client.transport import AsyncTransport, Transport

if TYPE_CHECKING:
    import pyarrow as pa


class Data:
    """Data query: rows by URL, and by SQL."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def read_port(
        self,
        product: str,
        port: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of a port.

        Read the rows of a port that holds one dataset, in the version whose address names no number.

        GET /api/v1/products/{product}/ports/{port}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/data",
            path={"product": product, "port": port},
            query={
                "columns": columns,
                "filter": filter_,
                "order": order,
                "limit": limit,
                "cursor": cursor,
                "env": env,
                "generation": generation,
                "version": version,
            },
        )
        answer = self._transport.send(sent)
        return cast("list[dict[str, Any]]", document_of(answer))

    def read_port_bytes(
        self,
        product: str,
        port: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format_: Form | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> Iterator[bytes]:
        """Rows of a port, as bytes of another form.

        Read the rows of a port that holds one dataset, in the version whose address names no number.

        GET /api/v1/products/{product}/ports/{port}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - format_: json, ndjson, csv, parquet or arrow; else what Accept says.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/data",
                path={"product": product, "port": port},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "format": format_,
                    "env": env,
                    "generation": generation,
                    "version": version,
                },
                accept="*/*",
            )
        ) as answer:
            yield from answer.iter_bytes()

    def read_port_table(
        self,
        product: str,
        port: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> pa.Table:
        """Rows of a port, as an Arrow table (needs pyarrow).

        Read the rows of a port that holds one dataset, in the version whose address names no number.

        GET /api/v1/products/{product}/ports/{port}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        answer = self._transport.send(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/data",
                path={"product": product, "port": port},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        )
        return table_of(answer.content)

    def read_port_batches(
        self,
        product: str,
        port: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a port, as Arrow record batches while they come (needs pyarrow).

        Read the rows of a port that holds one dataset, in the version whose address names no number.

        GET /api/v1/products/{product}/ports/{port}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/data",
                path={"product": product, "port": port},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        ) as answer:
            yield from batches_of(answer)

    def read_port_part(
        self,
        product: str,
        port: str,
        part: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of a part of a port.

        Read the rows of a version of a port (`v2`), or of one of the datasets that it holds.

        GET /api/v1/products/{product}/ports/{port}/{part}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/{part}/data",
            path={"product": product, "port": port, "part": part},
            query={
                "columns": columns,
                "filter": filter_,
                "order": order,
                "limit": limit,
                "cursor": cursor,
                "env": env,
                "generation": generation,
                "version": version,
            },
        )
        answer = self._transport.send(sent)
        return cast("list[dict[str, Any]]", document_of(answer))

    def read_port_part_bytes(
        self,
        product: str,
        port: str,
        part: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format_: Form | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> Iterator[bytes]:
        """Rows of a part of a port, as bytes of another form.

        Read the rows of a version of a port (`v2`), or of one of the datasets that it holds.

        GET /api/v1/products/{product}/ports/{port}/{part}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - format_: json, ndjson, csv, parquet or arrow; else what Accept says.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{part}/data",
                path={"product": product, "port": port, "part": part},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "format": format_,
                    "env": env,
                    "generation": generation,
                    "version": version,
                },
                accept="*/*",
            )
        ) as answer:
            yield from answer.iter_bytes()

    def read_port_part_table(
        self,
        product: str,
        port: str,
        part: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> pa.Table:
        """Rows of a part of a port, as an Arrow table (needs pyarrow).

        Read the rows of a version of a port (`v2`), or of one of the datasets that it holds.

        GET /api/v1/products/{product}/ports/{port}/{part}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        answer = self._transport.send(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{part}/data",
                path={"product": product, "port": port, "part": part},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        )
        return table_of(answer.content)

    def read_port_part_batches(
        self,
        product: str,
        port: str,
        part: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a part of a port, as Arrow record batches while they come (needs pyarrow).

        Read the rows of a version of a port (`v2`), or of one of the datasets that it holds.

        GET /api/v1/products/{product}/ports/{port}/{part}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{part}/data",
                path={"product": product, "port": port, "part": part},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        ) as answer:
            yield from batches_of(answer)

    def read_port_dataset(
        self,
        product: str,
        port: str,
        port_version: str,
        dataset: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of a dataset of a port.

        Read the rows of one dataset of one version of a port.

        GET /api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data",
            path={"product": product, "port": port, "port_version": port_version, "dataset": dataset},
            query={
                "columns": columns,
                "filter": filter_,
                "order": order,
                "limit": limit,
                "cursor": cursor,
                "env": env,
                "generation": generation,
                "version": version,
            },
        )
        answer = self._transport.send(sent)
        return cast("list[dict[str, Any]]", document_of(answer))

    def read_port_dataset_bytes(
        self,
        product: str,
        port: str,
        port_version: str,
        dataset: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format_: Form | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> Iterator[bytes]:
        """Rows of a dataset of a port, as bytes of another form.

        Read the rows of one dataset of one version of a port.

        GET /api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - format_: json, ndjson, csv, parquet or arrow; else what Accept says.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data",
                path={"product": product, "port": port, "port_version": port_version, "dataset": dataset},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "format": format_,
                    "env": env,
                    "generation": generation,
                    "version": version,
                },
                accept="*/*",
            )
        ) as answer:
            yield from answer.iter_bytes()

    def read_port_dataset_table(
        self,
        product: str,
        port: str,
        port_version: str,
        dataset: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> pa.Table:
        """Rows of a dataset of a port, as an Arrow table (needs pyarrow).

        Read the rows of one dataset of one version of a port.

        GET /api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        answer = self._transport.send(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data",
                path={"product": product, "port": port, "port_version": port_version, "dataset": dataset},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        )
        return table_of(answer.content)

    def read_port_dataset_batches(
        self,
        product: str,
        port: str,
        port_version: str,
        dataset: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a dataset of a port, as Arrow record batches while they come (needs pyarrow).

        Read the rows of one dataset of one version of a port.

        GET /api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data",
                path={"product": product, "port": port, "port_version": port_version, "dataset": dataset},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        ) as answer:
            yield from batches_of(answer)

    def query(
        self,
        *,
        sql: str,
        params: dict[str, Any] | None = None,
        environment: str | None = None,
        generation: int | None = None,
        version: str | None = None,
        limit: int | None = None,
    ) -> Query:
        """Query with SQL.

        Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is
        published).

        It runs in a process of its own, without files, network, settings or environment, within limits of time, memory
        and size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its
        table.

        POST /api/v1/query

        - sql: One SELECT in DuckDB's SQL; datasets by their full names.
        - params: Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them.
        - environment: The environment to read.
        - generation: The environment as of this generation.
        - version: A version that is or was published here, by its id or the beginning of it; read under its dataset's
          name.
        - limit: At most so many rows.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/query",
            json=present(
                {
                    "sql": sql,
                    "params": params,
                    "environment": environment,
                    "generation": generation,
                    "version": version,
                    "limit": limit,
                }
            ),
        )
        answer = self._transport.send(sent)
        return cast("Query", document_of(answer))

    def query_bytes(
        self,
        *,
        sql: str,
        params: dict[str, Any] | None = None,
        environment: str | None = None,
        generation: int | None = None,
        version: str | None = None,
        limit: int | None = None,
        format_: Form | None = None,
    ) -> Iterator[bytes]:
        """Query with SQL, as bytes of another form.

        Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is
        published).

        It runs in a process of its own, without files, network, settings or environment, within limits of time, memory
        and size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its
        table.

        POST /api/v1/query

        - sql: One SELECT in DuckDB's SQL; datasets by their full names.
        - params: Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them.
        - environment: The environment to read.
        - generation: The environment as of this generation.
        - version: A version that is or was published here, by its id or the beginning of it; read under its dataset's
          name.
        - limit: At most so many rows.
        - format_: json (an array of objects), ndjson, csv, parquet or arrow; else what Accept says.
        """
        with self._transport.stream(
            Outgoing(
                method="POST",
                template="/api/v1/query",
                query={"format": format_},
                json=present(
                    {
                        "sql": sql,
                        "params": params,
                        "environment": environment,
                        "generation": generation,
                        "version": version,
                        "limit": limit,
                    }
                ),
                accept="*/*",
            )
        ) as answer:
            yield from answer.iter_bytes()

    def query_table(
        self,
        *,
        sql: str,
        params: dict[str, Any] | None = None,
        environment: str | None = None,
        generation: int | None = None,
        version: str | None = None,
        limit: int | None = None,
    ) -> pa.Table:
        """Query with SQL, as an Arrow table (needs pyarrow).

        Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is
        published).

        It runs in a process of its own, without files, network, settings or environment, within limits of time, memory
        and size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its
        table.

        POST /api/v1/query

        - sql: One SELECT in DuckDB's SQL; datasets by their full names.
        - params: Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them.
        - environment: The environment to read.
        - generation: The environment as of this generation.
        - version: A version that is or was published here, by its id or the beginning of it; read under its dataset's
          name.
        - limit: At most so many rows.
        """
        answer = self._transport.send(
            Outgoing(
                method="POST",
                template="/api/v1/query",
                query={"format": "arrow"},
                json=present(
                    {
                        "sql": sql,
                        "params": params,
                        "environment": environment,
                        "generation": generation,
                        "version": version,
                        "limit": limit,
                    }
                ),
                accept="application/vnd.apache.arrow.stream",
            )
        )
        return table_of(answer.content)

    def query_batches(
        self,
        *,
        sql: str,
        params: dict[str, Any] | None = None,
        environment: str | None = None,
        generation: int | None = None,
        version: str | None = None,
        limit: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Query with SQL, as Arrow record batches while they come (needs pyarrow).

        Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is
        published).

        It runs in a process of its own, without files, network, settings or environment, within limits of time, memory
        and size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its
        table.

        POST /api/v1/query

        - sql: One SELECT in DuckDB's SQL; datasets by their full names.
        - params: Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them.
        - environment: The environment to read.
        - generation: The environment as of this generation.
        - version: A version that is or was published here, by its id or the beginning of it; read under its dataset's
          name.
        - limit: At most so many rows.
        """
        with self._transport.stream(
            Outgoing(
                method="POST",
                template="/api/v1/query",
                query={"format": "arrow"},
                json=present(
                    {
                        "sql": sql,
                        "params": params,
                        "environment": environment,
                        "generation": generation,
                        "version": version,
                        "limit": limit,
                    }
                ),
                accept="application/vnd.apache.arrow.stream",
            )
        ) as answer:
            yield from batches_of(answer)


class AsyncData:
    """Data query: rows by URL, and by SQL."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def read_port(
        self,
        product: str,
        port: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of a port.

        Read the rows of a port that holds one dataset, in the version whose address names no number.

        GET /api/v1/products/{product}/ports/{port}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/data",
            path={"product": product, "port": port},
            query={
                "columns": columns,
                "filter": filter_,
                "order": order,
                "limit": limit,
                "cursor": cursor,
                "env": env,
                "generation": generation,
                "version": version,
            },
        )
        answer = await self._transport.send(sent)
        return cast("list[dict[str, Any]]", document_of(answer))

    async def read_port_bytes(
        self,
        product: str,
        port: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format_: Form | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> AsyncIterator[bytes]:
        """Rows of a port, as bytes of another form.

        Read the rows of a port that holds one dataset, in the version whose address names no number.

        GET /api/v1/products/{product}/ports/{port}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - format_: json, ndjson, csv, parquet or arrow; else what Accept says.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        async with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/data",
                path={"product": product, "port": port},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "format": format_,
                    "env": env,
                    "generation": generation,
                    "version": version,
                },
                accept="*/*",
            )
        ) as answer:
            async for data in answer.aiter_bytes():
                yield data

    async def read_port_table(
        self,
        product: str,
        port: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> pa.Table:
        """Rows of a port, as an Arrow table (needs pyarrow).

        Read the rows of a port that holds one dataset, in the version whose address names no number.

        GET /api/v1/products/{product}/ports/{port}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        answer = await self._transport.send(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/data",
                path={"product": product, "port": port},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        )
        return table_of(answer.content)

    async def read_port_batches(
        self,
        product: str,
        port: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> AsyncIterator[pa.RecordBatch]:
        """Rows of a port, as Arrow record batches while they come (needs pyarrow).

        Read the rows of a port that holds one dataset, in the version whose address names no number.

        GET /api/v1/products/{product}/ports/{port}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        async with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/data",
                path={"product": product, "port": port},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        ) as answer:
            async for batch in batches_of_async(answer):
                yield batch

    async def read_port_part(
        self,
        product: str,
        port: str,
        part: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of a part of a port.

        Read the rows of a version of a port (`v2`), or of one of the datasets that it holds.

        GET /api/v1/products/{product}/ports/{port}/{part}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/{part}/data",
            path={"product": product, "port": port, "part": part},
            query={
                "columns": columns,
                "filter": filter_,
                "order": order,
                "limit": limit,
                "cursor": cursor,
                "env": env,
                "generation": generation,
                "version": version,
            },
        )
        answer = await self._transport.send(sent)
        return cast("list[dict[str, Any]]", document_of(answer))

    async def read_port_part_bytes(
        self,
        product: str,
        port: str,
        part: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format_: Form | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> AsyncIterator[bytes]:
        """Rows of a part of a port, as bytes of another form.

        Read the rows of a version of a port (`v2`), or of one of the datasets that it holds.

        GET /api/v1/products/{product}/ports/{port}/{part}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - format_: json, ndjson, csv, parquet or arrow; else what Accept says.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        async with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{part}/data",
                path={"product": product, "port": port, "part": part},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "format": format_,
                    "env": env,
                    "generation": generation,
                    "version": version,
                },
                accept="*/*",
            )
        ) as answer:
            async for data in answer.aiter_bytes():
                yield data

    async def read_port_part_table(
        self,
        product: str,
        port: str,
        part: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> pa.Table:
        """Rows of a part of a port, as an Arrow table (needs pyarrow).

        Read the rows of a version of a port (`v2`), or of one of the datasets that it holds.

        GET /api/v1/products/{product}/ports/{port}/{part}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        answer = await self._transport.send(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{part}/data",
                path={"product": product, "port": port, "part": part},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        )
        return table_of(answer.content)

    async def read_port_part_batches(
        self,
        product: str,
        port: str,
        part: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> AsyncIterator[pa.RecordBatch]:
        """Rows of a part of a port, as Arrow record batches while they come (needs pyarrow).

        Read the rows of a version of a port (`v2`), or of one of the datasets that it holds.

        GET /api/v1/products/{product}/ports/{port}/{part}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        async with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{part}/data",
                path={"product": product, "port": port, "part": part},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        ) as answer:
            async for batch in batches_of_async(answer):
                yield batch

    async def read_port_dataset(
        self,
        product: str,
        port: str,
        port_version: str,
        dataset: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of a dataset of a port.

        Read the rows of one dataset of one version of a port.

        GET /api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        sent = Outgoing(
            method="GET",
            template="/api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data",
            path={"product": product, "port": port, "port_version": port_version, "dataset": dataset},
            query={
                "columns": columns,
                "filter": filter_,
                "order": order,
                "limit": limit,
                "cursor": cursor,
                "env": env,
                "generation": generation,
                "version": version,
            },
        )
        answer = await self._transport.send(sent)
        return cast("list[dict[str, Any]]", document_of(answer))

    async def read_port_dataset_bytes(
        self,
        product: str,
        port: str,
        port_version: str,
        dataset: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format_: Form | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> AsyncIterator[bytes]:
        """Rows of a dataset of a port, as bytes of another form.

        Read the rows of one dataset of one version of a port.

        GET /api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - format_: json, ndjson, csv, parquet or arrow; else what Accept says.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        async with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data",
                path={"product": product, "port": port, "port_version": port_version, "dataset": dataset},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "format": format_,
                    "env": env,
                    "generation": generation,
                    "version": version,
                },
                accept="*/*",
            )
        ) as answer:
            async for data in answer.aiter_bytes():
                yield data

    async def read_port_dataset_table(
        self,
        product: str,
        port: str,
        port_version: str,
        dataset: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> pa.Table:
        """Rows of a dataset of a port, as an Arrow table (needs pyarrow).

        Read the rows of one dataset of one version of a port.

        GET /api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        answer = await self._transport.send(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data",
                path={"product": product, "port": port, "port_version": port_version, "dataset": dataset},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        )
        return table_of(answer.content)

    async def read_port_dataset_batches(
        self,
        product: str,
        port: str,
        port_version: str,
        dataset: str,
        *,
        columns: str | None = None,
        filter_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        env: str | None = None,
        generation: int | None = None,
        version: str | None = None,
    ) -> AsyncIterator[pa.RecordBatch]:
        """Rows of a dataset of a port, as Arrow record batches while they come (needs pyarrow).

        Read the rows of one dataset of one version of a port.

        GET /api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data

        - columns: Names, comma-separated; all in the contract's order without it.
        - filter_: Which rows: `customer = 'ana' and amount >= 10`.
        - order: `placed desc, amount`; the rows' own order without it.
        - limit: At most so many rows; a Link leads to the next.
        - cursor: Where to go on, from the Link of the page before.
        - env: The environment.
        - generation: The environment as of this generation.
        - version: A version that is or was published here.
        """
        async with self._transport.stream(
            Outgoing(
                method="GET",
                template="/api/v1/products/{product}/ports/{port}/{port_version}/{dataset}/data",
                path={"product": product, "port": port, "port_version": port_version, "dataset": dataset},
                query={
                    "columns": columns,
                    "filter": filter_,
                    "order": order,
                    "limit": limit,
                    "cursor": cursor,
                    "env": env,
                    "generation": generation,
                    "version": version,
                    "format": "arrow",
                },
                accept="application/vnd.apache.arrow.stream",
            )
        ) as answer:
            async for batch in batches_of_async(answer):
                yield batch

    async def query(
        self,
        *,
        sql: str,
        params: dict[str, Any] | None = None,
        environment: str | None = None,
        generation: int | None = None,
        version: str | None = None,
        limit: int | None = None,
    ) -> Query:
        """Query with SQL.

        Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is
        published).

        It runs in a process of its own, without files, network, settings or environment, within limits of time, memory
        and size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its
        table.

        POST /api/v1/query

        - sql: One SELECT in DuckDB's SQL; datasets by their full names.
        - params: Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them.
        - environment: The environment to read.
        - generation: The environment as of this generation.
        - version: A version that is or was published here, by its id or the beginning of it; read under its dataset's
          name.
        - limit: At most so many rows.
        """
        sent = Outgoing(
            method="POST",
            template="/api/v1/query",
            json=present(
                {
                    "sql": sql,
                    "params": params,
                    "environment": environment,
                    "generation": generation,
                    "version": version,
                    "limit": limit,
                }
            ),
        )
        answer = await self._transport.send(sent)
        return cast("Query", document_of(answer))

    async def query_bytes(
        self,
        *,
        sql: str,
        params: dict[str, Any] | None = None,
        environment: str | None = None,
        generation: int | None = None,
        version: str | None = None,
        limit: int | None = None,
        format_: Form | None = None,
    ) -> AsyncIterator[bytes]:
        """Query with SQL, as bytes of another form.

        Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is
        published).

        It runs in a process of its own, without files, network, settings or environment, within limits of time, memory
        and size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its
        table.

        POST /api/v1/query

        - sql: One SELECT in DuckDB's SQL; datasets by their full names.
        - params: Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them.
        - environment: The environment to read.
        - generation: The environment as of this generation.
        - version: A version that is or was published here, by its id or the beginning of it; read under its dataset's
          name.
        - limit: At most so many rows.
        - format_: json (an array of objects), ndjson, csv, parquet or arrow; else what Accept says.
        """
        async with self._transport.stream(
            Outgoing(
                method="POST",
                template="/api/v1/query",
                query={"format": format_},
                json=present(
                    {
                        "sql": sql,
                        "params": params,
                        "environment": environment,
                        "generation": generation,
                        "version": version,
                        "limit": limit,
                    }
                ),
                accept="*/*",
            )
        ) as answer:
            async for data in answer.aiter_bytes():
                yield data

    async def query_table(
        self,
        *,
        sql: str,
        params: dict[str, Any] | None = None,
        environment: str | None = None,
        generation: int | None = None,
        version: str | None = None,
        limit: int | None = None,
    ) -> pa.Table:
        """Query with SQL, as an Arrow table (needs pyarrow).

        Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is
        published).

        It runs in a process of its own, without files, network, settings or environment, within limits of time, memory
        and size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its
        table.

        POST /api/v1/query

        - sql: One SELECT in DuckDB's SQL; datasets by their full names.
        - params: Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them.
        - environment: The environment to read.
        - generation: The environment as of this generation.
        - version: A version that is or was published here, by its id or the beginning of it; read under its dataset's
          name.
        - limit: At most so many rows.
        """
        answer = await self._transport.send(
            Outgoing(
                method="POST",
                template="/api/v1/query",
                query={"format": "arrow"},
                json=present(
                    {
                        "sql": sql,
                        "params": params,
                        "environment": environment,
                        "generation": generation,
                        "version": version,
                        "limit": limit,
                    }
                ),
                accept="application/vnd.apache.arrow.stream",
            )
        )
        return table_of(answer.content)

    async def query_batches(
        self,
        *,
        sql: str,
        params: dict[str, Any] | None = None,
        environment: str | None = None,
        generation: int | None = None,
        version: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[pa.RecordBatch]:
        """Query with SQL, as Arrow record batches while they come (needs pyarrow).

        Answer one SELECT over what ports promise (a domain: all that is its own; an administrator: all that is
        published).

        It runs in a process of its own, without files, network, settings or environment, within limits of time, memory
        and size. Without `format` JSON is the document of `mw query --json`, which has the columns' types, and text its
        table.

        POST /api/v1/query

        - sql: One SELECT in DuckDB's SQL; datasets by their full names.
        - params: Values of `$name` in the SQL: texts, numbers, true, false, null, and lists of one of them.
        - environment: The environment to read.
        - generation: The environment as of this generation.
        - version: A version that is or was published here, by its id or the beginning of it; read under its dataset's
          name.
        - limit: At most so many rows.
        """
        async with self._transport.stream(
            Outgoing(
                method="POST",
                template="/api/v1/query",
                query={"format": "arrow"},
                json=present(
                    {
                        "sql": sql,
                        "params": params,
                        "environment": environment,
                        "generation": generation,
                        "version": version,
                        "limit": limit,
                    }
                ),
                accept="application/vnd.apache.arrow.stream",
            )
        ) as answer:
            async for batch in batches_of_async(answer):
                yield batch

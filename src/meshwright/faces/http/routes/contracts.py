"""Ports and their contracts by URL."""

from __future__ import annotations

from fastapi import Request, Response

from meshwright.access import Action
from meshwright.app.catalog_details import port_contract
from meshwright.app.catalog_stamps import shown_stamp
from meshwright.app.reports import PortCard, ProductCard
from meshwright.app.show import show_kind
from meshwright.app.workspace import Workspace
from meshwright.faces.documents.show import card_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.catalog_documents import ports_document
from meshwright.faces.http.parameters import (
    DEFAULT_ENVIRONMENT,
    EnvironmentName,
    GenerationNumber,
    PortName,
    PortVersionName,
    ProductName,
    link,
)
from meshwright.faces.http.rendered import rendered
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import ServedWorkspace
from meshwright.faces.http.standards import answers_standard, respond_standard
from meshwright.faces.text.catalog import ports_lines
from meshwright.faces.text.show import card_lines

router = ruled_router()


@router.get("/products/{product}/ports", summary="List ports of a product", **ruled(Action.READ_CATALOG))
def get_ports(
    request: Request, product: ProductName, workspace: ServedWorkspace, env: EnvironmentName = DEFAULT_ENVIRONMENT
) -> Response:
    """List the output ports of a product with their versions; `is_default` is the one that is read where none is chosen."""

    def make() -> Response:
        card = show_kind(workspace, "product", product, env)
        assert isinstance(card, ProductCard)  # what `show_kind` says
        links = {
            port.address: link("products", product, "ports", *port.address.split("/")[1:], environment=env)
            for port in card.ports
        }
        return respond(
            request,
            document=lambda: {**ports_document(card), "links": links},
            lines=lambda look: ports_lines(card, look),
        )

    return rendered(request, shown_stamp(workspace, env), make)


@router.get("/products/{product}/ports/{port}", summary="Show a port", **ruled(Action.READ_CATALOG))
def get_port(
    request: Request,
    product: ProductName,
    port: PortName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """Show a port with its contract, datasets, versions, readers and consumers; of several versions the default one."""
    return _port(request, workspace, f"{product}/{port}", env)


@router.get(
    "/products/{product}/ports/{port}/contract",
    summary="Read a port's contract (ODCS)",
    **answers_standard(ruled(Action.READ_CATALOG), "Contract"),
)
def get_contract(
    request: Request,
    product: ProductName,
    port: PortName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    generation: GenerationNumber = None,
) -> Response:
    """Read the Open Data Contract Standard document of a port, as JSON or (`Accept: application/yaml`) as YAML.

    It is the one that is published, now or in an older `generation`; of what was never published, the one in the files.
    """
    return _contract(request, workspace, f"{product}/{port}", env, generation)


@router.get(
    "/products/{product}/ports/{port}/{version}", summary="Show a version of a port", **ruled(Action.READ_CATALOG)
)
def get_port_version(
    request: Request,
    product: ProductName,
    port: PortName,
    version: PortVersionName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """Show one version of a port that has several."""
    return _port(request, workspace, f"{product}/{port}/{version}", env)


@router.get(
    "/products/{product}/ports/{port}/{version}/contract",
    summary="Read the contract of a version of a port",
    **answers_standard(ruled(Action.READ_CATALOG), "Contract"),
)
def get_version_contract(
    request: Request,
    product: ProductName,
    port: PortName,
    version: PortVersionName,
    workspace: ServedWorkspace,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    generation: GenerationNumber = None,
) -> Response:
    """Read the contract of one version of a port, as JSON or YAML."""
    return _contract(request, workspace, f"{product}/{port}/{version}", env, generation)


def _port(request: Request, workspace: Workspace, name: str, env: str) -> Response:
    def make() -> Response:
        card = show_kind(workspace, "port", name, env)
        assert isinstance(card, PortCard)  # what `show_kind` says
        return respond(
            request,
            document=lambda: {**card_document(card), "links": _links(card, env)},
            lines=lambda look: card_lines(card, look),
        )

    return rendered(request, shown_stamp(workspace, env), make)


def _links(card: PortCard, environment: str) -> dict[str, object]:
    own = ("products", card.product, "ports", *card.address.split("/")[1:])
    return {
        "self": link(*own, environment=environment),
        "product": link("products", card.product, environment=environment),
        "contract": link(*own, "contract", environment=environment),
        "data": {
            name: link(*own, *([name] if len(card.datasets) > 1 else []), "data", environment=environment)
            for name in _names(card)
        },
    }


def _names(card: PortCard) -> list[str]:
    """Return what readers call the datasets that a port holds."""
    called = {dataset: name for name, dataset in card.names.items()}
    return [called.get(name, name) for name in (dataset.rpartition(".")[2] for dataset in card.datasets)]


def _contract(request: Request, workspace: Workspace, name: str, env: str, generation: int | None) -> Response:
    def make() -> Response:
        return respond_standard(request, port_contract(workspace, name, env, generation=generation))

    return rendered(request, shown_stamp(workspace, env), make)

"""Running the service with uvicorn."""

from __future__ import annotations

import uvicorn

from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.discreet import write_discreetly
from tenfold.service.store.store import Store


def run(configuration: Configuration, store: Store) -> None:
    """Serve until stopped. Access is logged by pattern, never by address; a fault by its kind, never by its words."""
    write_discreetly()
    uvicorn.run(
        create_app(configuration, store),
        host=configuration.host,
        port=configuration.port,
        ssl_certfile=configuration.certificate,
        ssl_keyfile=configuration.key,
        proxy_headers=configuration.trusted_proxy,
        forwarded_allow_ips=list(configuration.proxy_addresses),
        access_log=False,
        server_header=False,
        log_config=None,
    )

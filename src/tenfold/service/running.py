"""Running the service with uvicorn."""

from __future__ import annotations

import logging
from threading import Thread

import uvicorn

from tenfold.exchange.published import published
from tenfold.mrd.streams import molecular_states
from tenfold.response.course import course
from tenfold.service.application import create_app
from tenfold.service.configuration import Configuration
from tenfold.service.discreet import write_discreetly
from tenfold.service.store.store import Store
from tenfold.settings import DEFAULTS

log = logging.getLogger("tenfold.service")


def run(configuration: Configuration, store: Store) -> None:
    """Serve until stopped. Access is logged by pattern, never by address; a fault by its kind, never by its words."""
    write_discreetly()
    Thread(target=load_compiled, name="tenfold-compiled", daemon=True).start()
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


def load_compiled() -> None:
    """Load the compiled molecular state, or compile it once for this version: every walk of this process uses it from then on.

    A patient of whom no table is known to be complete, as record systems send them, takes up to seconds to walk plain, and
    milliseconds compiled. The answers are the same; where it cannot be loaded, the plain walk goes on giving them.
    """
    registry = published()
    try:
        molecular_states(registry, DEFAULTS, course(registry, DEFAULTS), compiled=True)
    except Exception:
        log.exception("the compiled molecular state cannot be loaded; answers take longer")

"""How the service runs: from the command line and the environment; secrets from the environment alone."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tenfold.service.access.outgoing import origin_of
from tenfold.service.access.providers import host_origin, listed
from tenfold.service.store.engine import StoreError

MEGABYTE = 1_000_000
SHORTEST_TOKEN = 24


@dataclass(frozen=True)
class Configuration:
    """How the service runs.

    `public_url`: the address at which browsers and record systems reach it; `trusted_proxy`: a proxy in front of it speaks
    TLS. `largest_upload`: in bytes. `second_factor_required`: nobody works without one. `metrics_token`: with it other
    machines may read the counts of requests.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    public_url: str = ""
    certificate: Path | None = None
    key: Path | None = None
    trusted_proxy: bool = False
    proxy_addresses: tuple[str, ...] = ("127.0.0.1", "::1")
    plain_http: bool = False
    second_factor_required: bool = False
    largest_upload: int = 50 * MEGABYTE
    frame_ancestors: tuple[str, ...] = ()
    metrics_token: str = field(default="", repr=False)
    oidc: Mapping[str, str] = field(default_factory=dict)
    smart: Mapping[str, str] = field(default_factory=dict)
    cds: Mapping[str, str] = field(default_factory=dict)

    @property
    def secure(self) -> bool:
        """Whether browsers reach the service by TLS: its own, or that of a proxy, as its public address says."""
        return self.certificate is not None or self.trusted_proxy or urlsplit(self.public_url).scheme == "https"

    @property
    def address(self) -> str:
        """The address at which browsers reach the service, without a slash at the end."""
        scheme = "https" if self.secure else "http"
        return (self.public_url or f"{scheme}://{self.host}:{self.port}").rstrip("/")

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine reaches the service."""
        return this_machine(self.host)

    @property
    def behind_a_proxy(self) -> bool:
        """Whether requests of other machines may seem to come from this one: it listens here, and is known elsewhere."""
        named = urlsplit(self.public_url).hostname
        return self.trusted_proxy or (self.loopback and named is not None and not this_machine(named))

    @property
    def reached_by_others(self) -> bool:
        """Whether other machines may reach the service: by its own address, or through a proxy on this machine."""
        return not self.loopback or self.secure or self.behind_a_proxy

    @property
    def launch_centre(self) -> str | None:
        """The name of the centre in which record systems open patients; None where none is named."""
        return self.smart.get("centre") or self.cds.get("centre") or None

    def refuse(self) -> str | None:
        """Why the service must not start like this, and what to do; None if it may."""
        if (self.certificate is None) != (self.key is None):
            return "TLS needs both a certificate and its key: --tls-certificate FILE --tls-key FILE"
        encrypted = self.certificate is not None or self.trusted_proxy
        if not self.loopback and not encrypted and not self.plain_http:
            return (
                f"other machines would reach {self.host} without TLS, and patients' data would pass in the clear: give"
                " --tls-certificate and --tls-key, or --behind-proxy where a proxy speaks TLS, or --plain-http to accept that"
            )
        return None


def this_machine(host: str) -> bool:
    """Whether a host's name or address is that of this machine to itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def from_environment(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """What sign-in by the hospital (TENFOLD_OIDC_*), launches (TENFOLD_SMART_*) and CDS Hooks (TENFOLD_CDS_*) are told.

    Names come without their prefix and in small letters; with them, the sites that may show pages in a frame
    (TENFOLD_FRAME_ANCESTORS) and the token of who may read the metrics (TENFOLD_METRICS_TOKEN). StoreError for a part that is incomplete, or an address that must not be used.
    """
    found: dict[str, Any] = {
        "frame_ancestors": _ancestors(environment.get("TENFOLD_FRAME_ANCESTORS", "")),
        "metrics_token": environment.get("TENFOLD_METRICS_TOKEN", ""),
    }
    if 0 < len(found["metrics_token"]) < SHORTEST_TOKEN:
        raise StoreError(f"TENFOLD_METRICS_TOKEN needs {SHORTEST_TOKEN} letters or more: openssl rand -hex 32")
    needed = {"oidc": ("issuer", "client_id", "client_secret"), "smart": ("issuers", "client_id"), "cds": ()}
    for part, must in needed.items():
        prefix = f"TENFOLD_{part.upper()}_"
        given = {
            name.removeprefix(prefix).lower(): value for name, value in environment.items() if name.startswith(prefix)
        }
        missing = [name for name in must if given and name not in given]
        if missing:
            raise StoreError(
                f"set {', '.join(prefix + name.upper() for name in missing)} as well, or none of {prefix}*"
            )
        found[part] = given
    for name in ("oidc", "smart"):
        _addresses(name, found[name])
    return found


def _addresses(part: str, given: Mapping[str, str]) -> None:
    """Refuse addresses at which people could not be signed in safely."""
    for name in ("issuer", "issuers"):
        for address in listed(given.get(name, "")):
            if origin_of(address) is None:
                raise StoreError(
                    f"TENFOLD_{part.upper()}_{name.upper()}: {address} must be an https address (http only on this machine itself)"
                )
    for host in listed(given.get("hosts", "")):
        if host_origin(host) is None:
            raise StoreError(
                f"TENFOLD_{part.upper()}_HOSTS: {host} must be a host's name, such as login.hospital.example"
            )


def _ancestors(text: str) -> tuple[str, ...]:
    """The sites that may show our pages in a frame, as the content-security policy takes them."""
    for one in listed(text):
        scheme, mark, host = one.partition("://")
        plain = host.removeprefix("*.").replace("-", "").replace(".", "").replace(":", "")
        if scheme not in ("https", "http") or not mark or not plain.isascii() or not plain.isalnum():
            raise StoreError(
                f"TENFOLD_FRAME_ANCESTORS: {one} must be a site such as https://ehr.hospital.example, without a path"
            )
    return listed(text)

"""The providers of sign-in that are configured: the hospital's own, and the record systems that may launch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from tenfold.service.access.oidc import About, Provider, host_origin

__all__ = ["Providers", "host_origin", "listed"]

SCOPE = "launch openid fhirUser patient/*.read"


def listed(text: str) -> tuple[str, ...]:
    """Words that stand with commas or spaces between them."""
    return tuple(text.replace(",", " ").split())


@dataclass
class Providers:
    """Made once each, and kept with what they said of themselves. `oidc`, `smart`: as the environment configures them."""

    oidc: Mapping[str, str]
    smart: Mapping[str, str]
    _made: dict[str, Provider] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def hospital(self) -> Provider | None:
        """The hospital's sign-in; None where there is none."""
        if not self.oidc:
            return None
        about = About(
            base=self.oidc["issuer"],
            client_id=self.oidc["client_id"],
            client_secret=self.oidc["client_secret"],
            scope=self.oidc.get("scope", "openid"),
            hosts=listed(self.oidc.get("hosts", "")),
        )
        return self._provider("hospital", about)

    def record_system(self, base: str) -> Provider | None:
        """The record system whose FHIR server has this address; None for one that is not on the list."""
        mine = [one for one in listed(self.smart.get("issuers", "")) if one.rstrip("/") == base.rstrip("/")]
        if not mine:
            return None
        about = About(
            base=mine[0].rstrip("/"),
            client_id=self.smart["client_id"],
            client_secret=self.smart.get("client_secret"),
            scope=self.smart.get("scope", SCOPE),
            hosts=listed(self.smart.get("hosts", "")),
            records=True,
        )
        return self._provider(about.base, about)

    def _provider(self, key: str, about: About) -> Provider:
        with self._lock:
            if key not in self._made:
                self._made[key] = Provider(about)
            return self._made[key]

"""What launches are told once, by the environment: what is open to anybody is not started."""

from __future__ import annotations

import pytest

from tenfold.service.configuration import from_environment
from tenfold.service.store.engine import StoreError


@pytest.mark.parametrize("one", ["*", "https:", "ehr.example", "https://a.example;script-src", "https://a/b", "'self'"])
def test_a_frame_of_anybody_or_another_policy_cannot_be_configured(one: str) -> None:
    with pytest.raises(StoreError, match="TENFOLD_FRAME_ANCESTORS"):
        from_environment({"TENFOLD_FRAME_ANCESTORS": one})


def test_launches_without_an_issuer_or_with_an_open_address_are_not_started() -> None:
    with pytest.raises(StoreError, match="TENFOLD_SMART_ISSUERS"):
        from_environment({"TENFOLD_SMART_CLIENT_ID": "x"})
    with pytest.raises(StoreError, match="must be an https address"):
        from_environment({"TENFOLD_SMART_CLIENT_ID": "x", "TENFOLD_SMART_ISSUERS": "http://ehr.example/fhir"})

"""Servers that are started for these tests, once in each process that needs them."""

from collections.abc import Iterator

import pytest

from directory.ldap.address import Address, parse_address
from tests.servers.samba import Samba
from tests.servers.slapd import Slapd


@pytest.fixture(scope="session")
def running_slapd() -> Iterator[Slapd]:
    with Slapd() as server:
        yield server


@pytest.fixture
def slapd(running_slapd: Slapd) -> Iterator[Slapd]:
    """OpenLDAP with a base, two empty units and the account that reads."""
    yield running_slapd
    running_slapd.limit("unlimited")
    running_slapd.clear()


@pytest.fixture
def address(slapd: Slapd) -> Address:
    return parse_address(slapd.uri, bind_dn=slapd.reader, password=slapd.password)


@pytest.fixture(scope="session")
def running_samba() -> Iterator[Samba]:
    with Samba() as server:
        yield server


@pytest.fixture
def samba(running_samba: Samba) -> Iterator[Samba]:
    """A domain controller as it is set up, with an account that reads. Tests that use it are ``root_only``."""
    yield running_samba
    running_samba.clear()

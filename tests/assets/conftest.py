import pytest

from assets.models import Asset, AssetType
from directory.models import Employee
from tests import factories as make

from . import making


@pytest.fixture
def keeper(db: None) -> Employee:
    return making.make_keeper("kim")


@pytest.fixture
def second(db: None) -> Employee:
    return making.make_keeper("sonia")


@pytest.fixture
def alice(db: None) -> Employee:
    return make.make_employee("alice", name="Alice Rossi", location=make.make_location())


@pytest.fixture
def laptop(db: None) -> AssetType:
    return making.make_type("Laptop", holds_data=True, tag_prefix="LT")


@pytest.fixture
def asset(keeper: Employee, laptop: AssetType) -> Asset:
    return making.make_asset(keeper, laptop, tag="LT-0382", serial="PF3KQ7")

"""What every test of the demo shop may ask for."""

from pathlib import Path

import pytest
from fakes.coffee_shop import SECRET, HandClock, OpenShop, open_shop
from fakes.fake_tillhand_api import FakeTillhand


@pytest.fixture
def shop(tmp_path: Path) -> OpenShop:
    """An open shop with empty books; its courier walks when the test says so."""
    return open_shop(tmp_path, FakeTillhand(SECRET), HandClock())

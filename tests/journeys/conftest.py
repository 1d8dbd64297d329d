"""What every journey of the mind may ask for: one town a module, with the real web process in it."""

from collections.abc import Callable, Iterator

import pytest
from fakes.mind_town import Town, open_town

from tenants.database import Database


@pytest.fixture(scope="module")
def town(database_for_run: Database, empty_tables: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A shop whose own systems may stand on this machine, as in development."""
    empty_tables()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TILLHAND_WEBHOOKS_TO_LOOPBACK", "1")
        with open_town(database_for_run, tmp_path_factory.mktemp("town")) as opened:
            yield opened

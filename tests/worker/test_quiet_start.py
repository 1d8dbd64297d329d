"""Workers start without a word: nobody who tries the product is to be told of dangers that are none."""

import logging
import os
import warnings
from pathlib import Path

import pytest
from celery.platforms import check_privileges

from app.settings import Settings
from app.worker.celery_app import make_celery


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_folder=tmp_path, broker_url=None)


def test_a_folder_as_broker_is_asked_for_no_host(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), make_celery(settings).connection_for_write() as connection:
        connection.info()
        connection.ensure_connection(max_retries=1)
        connection.default_channel.queue_declare("prompt")
    assert caplog.messages == []


def test_root_is_not_warned_of_messages_that_no_worker_takes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery minds root because a pickled message could do anything; so nothing but JSON is accepted, and with it goes the warning."""
    for name in ("getuid", "geteuid"):
        monkeypatch.setattr(os, name, lambda: 0)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        celery = make_celery(settings)
        check_privileges(celery.conf.accept_content)
    assert [str(one.message) for one in told] == []
    assert celery.conf.accept_content == ["json"]

"""The Celery application: which broker, which queues, and nothing else.

On a fresh machine messages travel through a folder, which needs no server; production names Redis or RabbitMQ. Films and GPU work
have queues of their own, so that a long render never delays money or chat.
"""

import warnings
from pathlib import Path
from typing import Any, Final

from celery import Celery
from celery.exceptions import SecurityWarning

from app.settings import Settings

PROMPT_QUEUE, RENDER_QUEUE, GPU_QUEUE = "prompt", "render", "gpu"
FOLDER_POLL_SECONDS: Final = 0.05
NUDGE_EXPIRES_SECONDS: Final = 5
"""A nudge that waited this long is worthless: a newer one has been sent since."""


def make_celery(settings: Settings) -> Celery:
    """Make the application for the broker in the settings."""
    warnings.filterwarnings(
        "ignore", category=SecurityWarning
    )  # of a worker that runs as root: it minds unpickled messages, and ours are JSON
    celery = Celery("tillhand")
    celery.conf.update(
        accept_content=["json"],
        task_default_queue=PROMPT_QUEUE,
        task_ignore_result=True,
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        **_broker(settings),
    )
    return celery


def _broker(settings: Settings) -> dict[str, Any]:
    if settings.broker_url is not None:
        return {"broker_url": settings.broker_url.get_secret_value()}
    folders = {name: settings.data_folder.resolve() / "broker" / name for name in ("messages", "control", "processed")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://",
        "broker_transport": "app.worker.folder_broker:Transport",
        "broker_transport_options": _folder_options(folders),
    }


def _folder_options(folders: dict[str, Path]) -> dict[str, Any]:
    return {
        "data_folder_in": str(folders["messages"]),
        "data_folder_out": str(folders["messages"]),  # one folder is both ends: every process sends and receives
        "control_folder": str(folders["control"]),
        "processed_folder": str(folders["processed"]),
        "store_processed": False,
        "polling_interval": FOLDER_POLL_SECONDS,
    }

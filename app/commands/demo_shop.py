"""`python -m app demo-shop`: the make-believe shop's own process, on its own origin. `demo` starts it."""

import json
import socket
from pathlib import Path

import uvicorn

from app.demo.shop.arrangement import ShopArrangement
from app.demo.shop.server import create_shop


def demo_shop(arrangement_file: Path, socket_fd: int) -> None:
    """Serve the shop that the arrangement file describes on an inherited socket until SIGTERM or SIGINT."""
    told = json.loads(arrangement_file.read_text())
    arrangement = ShopArrangement(**{**told, "price_list": Path(told["price_list"]), "journal": Path(told["journal"])})
    config = uvicorn.Config(create_shop(arrangement), log_level="warning", server_header=False, timeout_graceful_shutdown=3)
    uvicorn.Server(config).run([socket.socket(fileno=socket_fd)])

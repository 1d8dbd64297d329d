"""`python -m app demo-shop`: the make-believe shop's own process, on its own origin. `demo` starts it."""

import json
from pathlib import Path

import uvicorn

from app.demo.shop.arrangement import ShopArrangement
from app.demo.shop.server import create_shop


def demo_shop(arrangement_file: Path, host: str, port: int) -> None:
    """Serve the shop that the arrangement file describes until SIGTERM or SIGINT."""
    told = json.loads(arrangement_file.read_text())
    arrangement = ShopArrangement(**{**told, "price_list": Path(told["price_list"]), "journal": Path(told["journal"])})
    uvicorn.run(create_shop(arrangement), host=host, port=port, log_level="warning", server_header=False)

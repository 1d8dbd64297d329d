"""What the demo shop and the person trying it out need to know: one private file, kept from the first start to the next."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from tenants.database import Database
from tenants.tenant import allow_origins

KNOWLEDGE: Final = Path(__file__).parent / "knowledge"


@dataclass(frozen=True)
class DemoAccount:
    """What the demo shop and the person trying it out need to know. Kept in one private file under the data folder."""

    tenant_id: str
    employee_id: str
    widget_key: str
    connection_key: str
    webhook_secret: str
    api_key: str
    owner_email: str
    owner_password: str


def known_account(database: Database, kept_in: Path, *, shop_origin: str) -> DemoAccount | None:
    """Read the account of an earlier start; its widget may appear on `shop_origin` alone. None on the first start."""
    if not kept_in.exists():
        return None
    account = DemoAccount(**json.loads(kept_in.read_text()))
    with database.tenant_session(UUID(account.tenant_id)) as session:
        allow_origins(session, (shop_origin,))
    return account


def keep_account(account: DemoAccount, path: Path) -> None:
    """Write the account down for the next start, readable for its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(asdict(account), indent=1))
    unfinished.rename(path)

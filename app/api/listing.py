"""The manners of lists: newest first, `limit` and `after`, an opaque cursor for the next page, and an ETag for one that did not change."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Final, Generic, TypeVar
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from app.api.errors import ApiProblem

LIMIT_MAX: Final = 100
CURSOR_LENGTH_MAX: Final = 200
Row = TypeVar("Row")
Item = TypeVar("Item", bound=BaseModel)
Key = TypeVar("Key")
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many at most.")]
After = Annotated[str, Query(max_length=CURSOR_LENGTH_MAX, description="`next` of the page before; empty for the first page.")]


class Listing(BaseModel, Generic[Item]):
    """One page. `next` is the cursor of the page after it, null on the last one."""

    data: list[Item]
    has_more: bool
    next: str | None = Field(max_length=CURSOR_LENGTH_MAX)


class Cursors(Generic[Key]):
    """Writes and reads the cursors of one list; a cursor of another list is refused."""

    def __init__(self, name: str, write: Callable[[Key], str], read: Callable[[str], Key]) -> None:
        self._start, self._write, self._read = f"{name}:", write, read

    def written(self, key: Key) -> str:
        """The cursor that continues after a row's key."""
        return base64.urlsafe_b64encode(f"{self._start}{self._write(key)}".encode()).decode().rstrip("=")

    def read(self, cursor: str) -> Key | None:
        """The key to continue after; None for the first page. Raises ApiProblem 400."""
        if not cursor:
            return None
        try:
            text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
            if text.startswith(self._start):
                return self._read(text.removeprefix(self._start))
        except (ValueError, binascii.Error):
            pass
        raise ApiProblem(400, "The cursor cannot be read", "Send `after` exactly as `next` of the page before said, or leave it out.")


def by_id(name: str) -> Cursors[UUID]:
    """Cursors of a list whose rows are known by one id."""
    return Cursors(name, lambda key: key.hex, lambda text: UUID(hex=text))


def paged(
    rows: Sequence[Row], limit: int, item: Callable[[Row], Item], cursors: Cursors[Key], key: Callable[[Row], Key]
) -> Listing[Item]:  # fmt: skip
    """A page made of one row more than is shown."""
    shown = rows[:limit]
    has_more = len(rows) > limit
    return Listing(data=[item(row) for row in shown], has_more=has_more, next=cursors.written(key(shown[-1])) if has_more else None)


def answered(request: Request, listing: BaseModel) -> Response:
    """The page as a response that says by its ETag whether it changed; 304 to whoever has it already."""
    body = listing.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)

"""Health: is the process alive, and can it serve?"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.wiring import House, house_of

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> dict[str, str]:
    """Answer as soon as the process does."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(house: Annotated[House, Depends(house_of)]) -> Any:
    """Answer 200 when the database answers, else 503 with the reason's name."""

    def ask() -> None:
        with house.database.directory_session() as session:
            session.execute(text("SELECT 1"))

    try:
        await house.run_call(ask)
    except SQLAlchemyError as error:
        return JSONResponse({"status": "not ready", "database": type(error).__name__}, status_code=503)
    return {"status": "ready"}

"""What is remembered of the visitor in front of the panel: theirs to take along as JSON, and to erase."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from app.api.widget_door import CounterOf, VisitOf
from app.conversations.remember import export_memory, forget_visitor
from app.installation.identity import remembered_as
from app.studio.greeting_films import forget_greetings

router = APIRouter()


@router.get("/w/{key}/conversations/{conversation}/memory")
async def export(visit: VisitOf, counter: CounterOf) -> JSONResponse:
    """Everything, with the sentences it rests on."""

    def verb(session: Session) -> dict[str, Any]:
        return export_memory(session, visitor_id=remembered_as(session, visit.visitor_id), now=counter.house.clock())

    told = await counter.house.run(visit.tenant_id, verb)
    return JSONResponse(told, headers={"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="remembered.json"'})


@router.delete("/w/{key}/conversations/{conversation}/memory", status_code=204)
async def forget(visit: VisitOf, counter: CounterOf) -> Response:
    """Erase it at once, and the films that were made for them."""

    def verb(session: Session) -> None:
        for visitor_id in {visit.visitor_id, remembered_as(session, visit.visitor_id)}:
            forget_visitor(session, visitor_id=visitor_id)
            forget_greetings(session, visitor_id=visitor_id, now=counter.house.clock())

    await counter.house.run(visit.tenant_id, verb)
    return Response(status_code=204)

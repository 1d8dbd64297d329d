"""A question taken for a conversation, typed or spoken: counted, recorded, and answered by the stream."""

from uuid import UUID

from app.api.widget_door import Counter
from app.api.widget_tokens import Visit
from app.speaking.answer import answer
from app.speaking.turns import ask


async def take_question(counter: Counter, visit: Visit, *, text: str, message_key: str) -> UUID:
    """Record a question and let the employee answer; gives its turn. What the employee was saying stops. The same key gives the same turn.

    Raises ApiProblem 429, ConversationUnknown, ConversationFull, TurnsTooFast.
    """
    counter.check(counter.messages_of_visitor, (visit.tenant_id, visit.visitor_id))
    turn_id, errand = await counter.house.run(
        visit.tenant_id, ask, conversation_id=visit.conversation_id, message_key=message_key, text=text, now=counter.house.clock()
    )
    if errand is not None:
        counter.desk.start(errand, answer)
    return turn_id

"""Words the shop's page wants said: their sound and motion, without a thought and without a turn of the conversation."""

from typing import Any, Final
from uuid import UUID

from app.speaking.desk import Desk
from app.speaking.pronunciations import own_sayings, with_sayings
from app.speaking.voicing.audio_store import Piece

SAMPLE_RATE_HZ: Final = 24_000


async def recite(desk: Desk, tenant_id: UUID, voice_id: str, text: str) -> list[dict[str, Any]]:
    """Voice a text; gives one message per stretch of speech, like the `sentence` of the stream but for its turn."""
    voice = with_sayings(desk.voice(voice_id), await desk.run(tenant_id, own_sayings))
    pieces = [piece async for piece in desk.voicer.voiced(text, voice)]
    return [_sentence(number, piece) for number, piece in enumerate(pieces)]


def _sentence(number: int, piece: Piece) -> dict[str, Any]:
    sound = {"audio_url": None if piece.key is None else f"/w/audio/{piece.key}.wav", "sample_count": piece.sample_count}
    moved = {"words": list(piece.words), "score": piece.score, "sample_rate_hz": SAMPLE_RATE_HZ}
    return {"n": number, "text": piece.text, "lang": "en", "citations": [], **sound, **moved}

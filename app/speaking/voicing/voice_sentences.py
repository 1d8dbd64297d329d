"""Make a sentence audible: from the store when it was said before, else by the voice, stretch by stretch as each is ready."""

import logging
from collections.abc import AsyncGenerator, Generator
from typing import Final

import anyio
import anyio.to_thread

from app.costs.meter import Meter
from app.speaking.voicing.audio_store import AudioStore, Piece, key_of
from avatar_pipeline.speak import SpokenSentence, moods_in, speak
from avatar_pipeline.voice import Voice

SEED: Final = 7
"""One seed for all: the same sentence then has the same sound, and is made once."""
VOICES_AT_ONCE_MAX: Final = 2
"""Sentences voiced at the same time in one process; others wait, in order."""

log = logging.getLogger(__name__)


class SentenceVoicer:
    """The voices of a process and the store they share."""

    def __init__(self, store: AudioStore) -> None:
        self.store = store
        self._making = anyio.CapacityLimiter(VOICES_AT_ONCE_MAX)

    async def voiced(self, text: str, voice: Voice, meter: Meter | None = None, *, worn: str = "neutral") -> AsyncGenerator[Piece, None]:
        """Yield the stretches of a sentence. What cannot be voiced comes as text alone, and the reason is logged.

        `meter` is told what making them takes; what was kept takes nothing. `worn` is what the face still feels when it begins: what the
        stretch before `feels`. A feeling is held as the sentence ends, and players let go of it when nothing follows.
        """
        own = voice.sayings_in(text)
        felt = (worn, *moods_in(text))
        said_key = key_of(voice.name, voice.speed, SEED, text, *((own,) if own else ()), *(felt if set(felt) != {"neutral"} else ()))
        known = await anyio.to_thread.run_sync(self.store.pieces_of, said_key)
        if known is not None:
            for kept in known:
                yield kept
            return
        making, sayable, meter = self._make(text, voice, said_key, worn), text, meter or Meter()
        try:
            while (piece := await self._next(making, meter)) is not None:
                meter.add(characters=len(piece.text))
                sayable = sayable.partition(piece.text)[2].strip() if piece.text in sayable else sayable
                yield piece
        except Exception as error:  # noqa: BLE001 - the stage edge: whatever the voice raises, the shopper still gets the words
            log.warning("a sentence could not be voiced", extra={"error_class": type(error).__name__, "characters": len(text)})
            yield Piece(sayable or text)
        finally:
            making.close()

    async def _next(self, making: Generator[Piece, None, None], meter: Meter) -> Piece | None:
        return await anyio.to_thread.run_sync(meter.timed, making, limiter=self._making)

    def _make(self, text: str, voice: Voice, said_key: str, worn: str) -> Generator[Piece, None, None]:
        keys: list[str] = []
        for spoken in speak(text, voice, seed=SEED, held=(False, True), worn=worn):
            piece = _piece(spoken, key_of(said_key, spoken.index))
            self.store.keep(piece, spoken.to_wav_bytes())
            keys.append(piece.key or "")
            yield piece
        if keys:
            self.store.keep_said(said_key, keys)
        else:
            yield Piece(text)  # nothing to pronounce, as in a line of emoji


def _piece(spoken: SpokenSentence, key: str) -> Piece:
    words = tuple({"text": word.text, "start_ms": round(word.start_s * 1000), "end_ms": round(word.end_s * 1000)} for word in spoken.words)
    return Piece(spoken.text, key, len(spoken.samples), words, spoken.score.to_json(), spoken.language, spoken.feels)

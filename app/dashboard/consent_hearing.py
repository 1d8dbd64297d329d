"""What a recogniser hears in the recording of a consent, where listening is installed. A person still watches the recording and decides."""

import logging
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from app.wiring import House
from avatar_pipeline.errors import StageRefusal

log = logging.getLogger(__name__)


def words_heard(house: House, recording: BinaryIO, language: str, hint: str) -> str:
    """What is said, in words; "" where nobody can listen here or there is no sound to hear. Blocks for seconds.

    `hint` holds names that are likely. The words that prove the consent must not be in it: a recogniser prefers what it was told.
    """
    if house.listener is None:
        return ""
    from avatar_pipeline.listen import sound_to_hear

    try:
        with NamedTemporaryFile(prefix="consent-") as passing:
            recording.seek(0)
            shutil.copyfileobj(recording, passing)
            passing.flush()
            sound = sound_to_hear(Path(passing.name))
        return house.listener(language, hint).understand(sound).text
    except (ValueError, OSError, StageRefusal):
        log.warning("a recording of a consent could not be heard", exc_info=True)
        return ""

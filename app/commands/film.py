"""`python -m app film script.txt`: a talking film from the same face, voice and score as the chat, with its papers.

`--sound take.wav "what is said in it"` lets a recording be heard instead of the house's voice; the face follows it.
Its speaker's agreement lies beside it in `take.consent.json`: no voice is used without one.
With `--shop` and `--employee` the film becomes a work of theirs: its mark leads back to them, see `python -m app verify-media`.
"""

import hashlib
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from app.commands.out_folder import make_folder_of
from app.commands.running import ready_database
from app.settings import Settings
from app.studio.house_papers import FilmCertificateUnusable, papers_for
from app.studio.works import WorkTitleUnusable, WorkView, begin_work, finish_work
from app.wiring import system_clock
from avatar_pipeline.cast import cast_face
from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal, WeightsDamaged, WeightsMissing
from avatar_pipeline.film import Film, FilmNotWritten, make_film, write_film
from avatar_pipeline.provenance import film_name
from avatar_pipeline.recorded import read_recording, recorded_sentences
from avatar_pipeline.speak import SpokenSentence, idle
from avatar_pipeline.voice import Voice
from tenants.database import Database
from tenants.errors import EmployeeNotAtWork
from tenants.identifiers import PublicIdUnreadable, from_public, to_public

BAR_WIDTH = 30
SCRIPT_CHARACTERS_MAX = 20_000
SEED = 1
TEXT_FILE = ".txt"
AHEAD = timedelta(hours=14)


@dataclass(frozen=True)
class FilmWanted:
    """What is asked for on the command line. `shop` and `employee` come together or not at all.

    With a `sound` the recording is heard instead of a voice, and `said` are its words or names a text file with them.
    """

    text_file: Path
    out: Path
    face_id: str = "amara"
    voice_id: str = "heart"
    size_px: int = 720
    shop: str | None = None
    employee: str | None = None
    title: str | None = None
    sound: Path | None = None
    said: str = ""

    @property
    def is_a_work(self) -> bool:
        """Whether the film is entered in a shop's books. Raises WorkUnclear when only half is said."""
        if (self.shop is None) != (self.employee is None):
            raise WorkUnclear("Name both the shop and the employee (--shop shp_... --employee emp_...), or neither.")
        return self.shop is not None


class WorkUnclear(ValueError):
    """It is not said whose film it is."""


class ScriptUnreadable(StageRefusal):
    """The text file cannot be read as a script; the message says what to do."""


_NOT_NOW = (FilmNotWritten, WeightsMissing, WeightsDamaged)
"""Asked rightly, and this machine cannot do it as it is: exit status 1. Whatever else is refused was asked wrongly: 2."""
_REFUSED = (StageRefusal, WorkUnclear, PublicIdUnreadable, EmployeeNotAtWork, WorkTitleUnusable, FilmCertificateUnusable)


def film(settings: Settings, wanted: FilmWanted) -> int:
    """Make the film, showing progress; return the exit status: 2 for what cannot be asked, 1 for what cannot be done here and now.

    Nothing half-written is left behind.
    """
    try:
        text = wanted.said if wanted.sound and not wanted.said.endswith(TEXT_FILE) else read_script_text(wanted.text_file)
        with ExitStack() as stack:
            database = stack.enter_context(ready_database(settings)) if wanted.is_a_work else None
            work = _begun(database, wanted) if database else None
            made = _make(settings, wanted, text, work)
            if database and work:
                _finished(database, wanted, work, made)
    except _REFUSED as error:
        print(f"\r{error}{' ' * BAR_WIDTH}".rstrip(), file=sys.stderr)
        return 1 if isinstance(error, _NOT_NOW) else 2
    print(f"\r{wanted.out}: {made.duration_s:.1f} s, {made.size_px} x {made.size_px}, H.264 + AAC{' ' * BAR_WIDTH}")
    print(f"{film_name(made.film_id)}: marked, labelled and signed; read it again with python -m app verify-media {wanted.out}")
    return 0


def latest_day() -> date:
    """Today where the day begins first: there somebody may have agreed today when it is still yesterday elsewhere."""
    return (system_clock() + AHEAD).date()


def read_script_text(text_file: Path) -> str:
    """The text of a file. Raises ScriptUnreadable."""
    try:
        text = text_file.read_text(encoding="utf-8")
    except OSError as error:
        raise ScriptUnreadable(
            f"The script {text_file} cannot be read ({error.strerror}). Write a text file and name it: make film TEXT=script.txt"
        ) from None
    except UnicodeDecodeError:
        raise ScriptUnreadable(f"The script {text_file} is not UTF-8 text.") from None
    if len(text) > SCRIPT_CHARACTERS_MAX:
        raise ScriptUnreadable(f"The script has {len(text)} characters; a film takes at most {SCRIPT_CHARACTERS_MAX}.")
    return text


def _make(settings: Settings, wanted: FilmWanted, text: str, work: WorkView | None) -> Film:
    mark_id, produce_id = (work.mark_id, to_public("wrk", work.work_id)) if work else (None, None)
    papers = papers_for(settings, system_clock(), mark_id=mark_id, produce_id=produce_id)
    spoken = _recorded(wanted.sound, text) if wanted.sound else None
    make_folder_of(wanted.out)
    voice = Voice(wanted.voice_id)
    person = cast_face(Path(wanted.face_id)) if wanted.face_id.endswith(".rig") else face(wanted.face_id)
    if spoken is not None:
        return write_film(spoken, face=person, out_path=wanted.out, size_px=wanted.size_px, idle_score=idle(SEED), papers=papers)
    return make_film(text, voice=voice, face=person, out_path=wanted.out, size_px=wanted.size_px, progress=_show, papers=papers)


def _recorded(sound: Path, said: str) -> list[SpokenSentence]:
    recording = read_recording(sound, latest_day())
    return recorded_sentences(recording.samples, recording.sample_rate_hz, said, seed=SEED)


def _begun(database: Database, wanted: FilmWanted) -> WorkView:
    title, employee_id = wanted.title or wanted.out.stem, from_public("emp", wanted.employee or "")
    with database.tenant_session(_shop_id(wanted)) as session:
        return begin_work(session, employee_id=employee_id, title=title, now=system_clock())


def _finished(database: Database, wanted: FilmWanted, work: WorkView, made: Film) -> None:
    with made.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").digest()
    with database.tenant_session(_shop_id(wanted)) as session:
        finish_work(session, work_id=work.work_id, duration_s=made.duration_s, sha256=sha256, now=system_clock())


def _shop_id(wanted: FilmWanted) -> UUID:
    return from_public("shp", wanted.shop or "")


def _show(fraction: float) -> None:
    filled = round(fraction * BAR_WIDTH)
    print(f"\r[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {fraction:4.0%}", end="", flush=True)

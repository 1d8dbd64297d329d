"""The operator gives an employee a voice, also one out of the folder of models: whose voice is copied is agreed on paper, not on a page."""

from argparse import Namespace
from datetime import datetime

from app.settings import Settings
from app.wiring import voice_of
from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.model_voice import ModelVoice
from tenants.audit import note
from tenants.database import Database
from tenants.employee import change_voice, employee_view
from tenants.errors import TenantsError
from tenants.identifiers import from_public

ACTOR = "operator"


def give_voice(database: Database, parsed: Namespace, settings: Settings, now: datetime) -> int:
    """Load the voice, so that a model that cannot speak is refused here, and write it down; return the exit status."""
    employee_id = from_public("emp", parsed.employee)
    try:
        voice = voice_of(parsed.voice, threads=settings.voice_threads, models=settings.voice_models, device=settings.neural_device)
        if isinstance(voice, ModelVoice):
            voice.require_agreement(now.date())
        voice.load()
        with database.tenant_session(from_public("shp", parsed.shop)) as session:
            name = employee_view(session, employee_id).name
            if change_voice(session, employee_id, parsed.voice):
                note(session, ACTOR, "employee.voice", parsed.employee, {"voice": parsed.voice}, now=now)
    except (StageRefusal, TenantsError) as refusal:
        print(refusal)
        return 1
    print(f"{name} speaks with {parsed.voice} from the next answer on.")
    return 0

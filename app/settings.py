"""Everything one may configure, read once from the environment (`TILLHAND_...`). Nothing else in the house reads it.

Every setting has a working default on a fresh machine; `python -m app settings` prints which default is in force.
"""

import os
import secrets
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK_HOSTS: Final = {"127.0.0.1", "localhost", "::1"}
Port = Annotated[int, Field(ge=0, le=65535)]
Niceness = Annotated[int, Field(ge=0, le=19)]


class SettingUnusable(Exception):
    """A setting can be read, and what it names cannot be used on this machine; the sentence names it and says why."""


class Settings(BaseSettings):
    """Names in the environment are these, in capitals, after `TILLHAND_`."""

    model_config = SettingsConfigDict(env_prefix="TILLHAND_", env_file=None, frozen=True)

    data_folder: Path = Field(Path("var"), description="Where the local database, audio, films and the generated secret live.")
    database_url_owner: SecretStr | None = Field(None, description="For migrations. Unset: a local PostgreSQL in data_folder.")
    database_url_app: SecretStr | None = Field(None, description="For the product's verbs, one tenant at a time.")
    database_url_intake: SecretStr | None = Field(None, description="For storing deliveries and claiming work.")
    database_url_operator: SecretStr | None = Field(None, description="For reading across tenants.")
    database_url_admin: SecretStr | None = Field(None, description="Only for `database prepare`: may create roles and databases.")
    broker_url: SecretStr | None = Field(None, description="Celery's broker (redis:// or amqp://). Unset: folders under data_folder.")
    worker_niceness: Niceness = Field(5, description="How far workers stand back for the web process on one machine: 0 (not) to 19.")
    host: str = Field("127.0.0.1", description="Address the web process listens on.")
    port: Port = Field(8700, description="Port the web process listens on.")
    public_url: str = Field("http://127.0.0.1:8700", description="Dashboard and merchant API, as people and shops reach it.")
    widget_url: str = Field("http://localhost:8700", description="Widget; another hostname than public_url, so that cookies never meet.")
    secret_key: SecretStr | None = Field(None, description="Signs conversation tokens. Unset: made once and kept in data_folder.")
    smtp_url: SecretStr | None = Field(
        None, description="Mail server, smtps://user:password@host:465 or smtp://... Unset: letters stay on the page /mail."
    )
    mail_from: str = Field("Tillhand <no-reply@localhost>", description="Sender of letters.")
    stripe_key: SecretStr | None = Field(None, description="Collects bills through Stripe (sk_...). Unset: bills are paid by hand.")
    stripe_webhook_secret: SecretStr | None = Field(None, description="Of Stripe's endpoint /api/v1/payments/stripe (whsec_...).")
    seller_name: str = Field("Tillhand", description="Who writes the bills.")
    seller_address: str = Field("", description="The seller's address on bills; lines are parted by semicolons.")
    seller_country: str = Field("", description="The seller's country on bills, such as IE.")
    seller_tax_id: str = Field("", description="The seller's tax number on bills.")
    seller_email: str = Field("", description="Where a shop asks about a bill.")
    seller_bank: str = Field("", description="Where bills are paid to by transfer; lines are parted by semicolons.")
    bill_due_days: int = Field(14, ge=0, le=120, description="Days a shop has to pay a bill by transfer.")
    webhooks_to_loopback: bool = Field(
        default=False, description="Only for development: outgoing webhooks may be sent to http://127.0.0.1:PORT/..."
    )
    film_certificate: Path | None = Field(None, description="PEM chain that signs films (C2PA). Unset: one is made in data_folder.")
    film_certificate_key: Path | None = Field(None, description="Its key (PEM, PKCS 8, ECDSA P-256).")
    media_url: str | None = Field(
        None, description="Where machines share media: s3://bucket/prefix, or what fsspec reaches. Unset: files stay in data_folder."
    )
    media_endpoint: str | None = Field(None, description="Address of a service that speaks S3 and is not Amazon's.")
    worker_engines: str = Field("", description="GPU engines installed on this machine with their weights, such as musetalk,coqui.")
    neural_weights: Path | None = Field(None, description="Folder of the published weights (`python -m app weights fetch FOLDER`).")
    neural_device: str = Field(
        "auto",
        description='Where voices and language models from folders run: "auto" (a card with room, else the processor), "cpu", "cuda:1".',
    )
    voice_models: Path | None = Field(None, description="Folder of voices that are Coqui models; `operator voice` gives an employee one.")
    language_model: str = Field(
        "",
        description='Words answers in doubt: "off", an address such as http://gpu-1:8000/v1, or a model\'s folder. '
        "Unset: the packaged one where `make setup-language-model` was run, else none.",
    )
    language_model_name: str = Field("default", description="What the server at that address calls the model.")
    language_model_key: SecretStr | None = Field(None, description="What that server asks for.")
    language_model_threads: int = Field(1, ge=1, le=64, description="Processor threads the packaged language model may use.")
    stage_address: str = Field("", description="Where our web processes reach this machine's stage. Unset: http://HOST:PORT.")
    operator_emails: str = Field("", description="Who of the signed-in people is Tillhand's own: addresses, comma-separated.")
    cost_currency: str = Field("EUR", description="Currency of the four prices below, which the operator's page of margins reckons with.")
    cost_gpu_hour: Decimal = Field(Decimal("2.50"), ge=0, description="What an hour of a graphics card costs.")
    cost_cpu_hour: Decimal = Field(Decimal("0.05"), ge=0, description="What an hour of one processor core costs.")
    cost_million_characters: Decimal = Field(Decimal(0), ge=0, description="What a voice service asks for a million characters.")
    cost_million_tokens: Decimal = Field(Decimal(0), ge=0, description="What a language model service asks for a million tokens.")
    lowers_losing_quality: bool = Field(
        default=False, description="Employees drawn by a graphics card who lose money are drawn by the browser again, with notice."
    )
    voice_threads: int = Field(1, ge=1, le=64, description="Processor threads one sentence may use while it is spoken.")

    hearing_threads: int = Field(2, ge=1, le=64, description="Processor threads one spoken question may use while it is written down.")

    @property
    def has_own_database(self) -> bool:
        """Whether the local PostgreSQL serves us (no database URL is set)."""
        return self.database_url_app is None

    @property
    def shows_letters_here(self) -> bool:
        """Whether letters can be read on a page: no mail server is set, and only this machine reaches the dashboard.

        A letter's link opens an account, so anywhere else the page does not exist and letters wait for a mail server.
        """
        return self.smtp_url is None and urlsplit(self.public_url).hostname in LOOPBACK_HOSTS

    @cached_property
    def signing_key(self) -> bytes:
        """Bytes that sign conversation tokens."""
        return self._secret("secret_key")

    def environment_with(self, **changes: str) -> dict[str, str]:
        """This process's environment with some settings changed, for a child process."""
        return {**os.environ, **{f"TILLHAND_{name.upper()}": value for name, value in changes.items()}}

    def _secret(self, name: str) -> bytes:
        given: SecretStr | None = getattr(self, name)
        if given is not None:
            return given.get_secret_value().encode()
        path = self.data_folder / name
        self.data_folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            unfinished = path.with_suffix(f".{secrets.token_hex(4)}")
            unfinished.touch(mode=0o600)
            unfinished.write_text(secrets.token_urlsafe(48))
            with suppress(FileExistsError):
                path.hardlink_to(unfinished)  # the first process wins; the others read what it made
            unfinished.unlink()
        return path.read_text().encode()

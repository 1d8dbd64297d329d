"""How the shop's names are said: put on the list, listened to, taken off; every talk of the shop says them so, and no other shop's."""

import io
import re
import wave
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fakes.dashboard_person import Hands, send, sign_in
from fakes.shop_history import PASSWORD, Shop, fixed_vectors

from app.speaking.errors import PronunciationUnusable
from app.speaking.minds import Minds
from app.speaking.pronunciations import PRONUNCIATIONS_MAX, forget_pronunciation, keep_pronunciation, own_sayings, pronunciations
from app.speaking.voicing.audio_store import AudioStore
from app.speaking.voicing.voice_sentences import SentenceVoicer
from app.wiring import House
from avatar_pipeline.voice import OwnSaying, Voice
from tenants.identifiers import new_id
from tenants.sign_in import add_member
from tenants.tenant import open_tenant

PATH = "/dashboard/pronunciations"


@pytest.fixture
def house(house: House) -> House:
    """A house that speaks."""
    return replace(house, voice=Voice)


def on_list(shop: Shop) -> list[tuple[str, str]]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        return [(one.written, one.said) for one in pronunciations(session)]


async def test_a_name_is_kept_changed_and_taken_off(member: httpx.AsyncClient, shop: Shop) -> None:
    kept = await send(member, PATH, written="  Nguyen   Roastery ", said_as="win roastery", do="keep")
    assert kept.headers["location"] == f"{PATH}?done=kept"
    await send(member, PATH, written="NGUYEN ROASTERY", said_as="nwin roastery", do="keep")
    assert on_list(shop) == [("NGUYEN ROASTERY", "nwin roastery")], "of one name there is one way to say it"
    page = await member.get(kept.headers["location"])
    assert "From the next sentence on it is said so." in page.text
    [address] = re.findall(r'src="(/dashboard/pronunciations/heard[^"]+)"', page.text)
    assert parse_qs(urlsplit(unescape(address)).query) == {"written": ["NGUYEN ROASTERY"], "said_as": ["nwin roastery"]}
    gone = await send(member, PATH, f"{PATH}/forget", written="nguyen roastery")
    assert gone.headers["location"] == f"{PATH}?done=forgotten"
    assert on_list(shop) == []
    assert (await send(member, PATH, f"{PATH}/forget", written="nguyen roastery")).status_code == 404


@pytest.mark.parametrize(
    ("written", "said_as", "fault"),
    [
        ("!!", "bang", "Write a word with letters or digits."),
        ("Nguyen", "…", "Write a word with letters or digits."),
        ("Ngu\u202eyen", "win", "Write a word with letters or digits."),
        ("$4.50", "three dollars", "Figures and prices are said by the rules. Write a name with letters."),
        ("x" * 81, "ex", "There is room for 80 letters; these are 81."),
    ],
)
async def test_what_cannot_be_said_is_told_beside_its_field(
    member: httpx.AsyncClient, shop: Shop, written: str, said_as: str, fault: str
) -> None:
    refused = await send(member, PATH, written=written, said_as=said_as, do="keep")
    assert refused.status_code == 422
    assert fault in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert on_list(shop) == []


async def seconds(member: httpx.AsyncClient, said_as: str) -> float:
    """How long the name sounds."""
    sound = await member.get(f"{PATH}/heard.wav", params={"written": "Nguyen", "said_as": said_as})
    with wave.open(io.BytesIO(sound.content)) as file:
        return float(file.getnframes() / file.getframerate())


async def test_a_name_is_heard_before_it_is_kept(member: httpx.AsyncClient, shop: Shop) -> None:
    tried = await send(member, PATH, written="Nguyen", said_as="win", do="try")
    assert tried.status_code == 200
    assert "heard.wav?written=Nguyen&amp;said_as=win" in tried.text
    assert on_list(shop) == []
    long, short = [await seconds(member, said_as) for said_as in ("a very long name indeed", "win")]
    assert long > 1.5 * short > 0.2
    assert (await member.get(f"{PATH}/heard.wav", params={"written": "", "said_as": "win"})).status_code == 422


async def test_who_may_not_teach_only_reads_and_listens(visitor: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        add_member(session, email="fin@kestrel.example", password=PASSWORD, display_name="Fin", role="finance", now=hands.now)
        keep_pronunciation(session, written="Nguyen", said="win", by="worker", now=hands.now)
    await sign_in(visitor, "fin@kestrel.example", PASSWORD)
    page = await visitor.get(PATH)
    assert "Nguyen" in page.text
    assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert (await send(visitor, "/dashboard", PATH, written="A", said_as="b", do="keep")).status_code == 403


def test_the_list_is_the_shops_own_and_has_an_end(shop: Shop, hands: Hands) -> None:
    other = new_id(hands.now)
    with shop.database.tenant_session(other) as session:
        open_tenant(session, name="Other", time_zone="UTC", allowed_origins=(), now=hands.now)
        for number in range(PRONUNCIATIONS_MAX):
            keep_pronunciation(session, written=f"name {number}", said="name", by="worker", now=hands.now)
        with pytest.raises(PronunciationUnusable, match="at most 300 names"):
            keep_pronunciation(session, written="one more", said="name", by="worker", now=hands.now)
        keep_pronunciation(session, written="NAME 7", said="seven", by="worker", now=hands.now)
        assert forget_pronunciation(session, written="name 7", by="worker", now=hands.now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert own_sayings(session) == ()


async def test_talks_say_it_so_and_what_names_no_such_thing_is_found_again(shop: Shop, hands: Hands, tmp_path: Path) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        keep_pronunciation(session, written="Nguyen", said="win", by="worker", now=hands.now)
    attention = Minds(shop.database, fixed_vectors, lambda: hands.now + timedelta(days=1)).attend(shop.tenant_id, shop.employee_id)
    assert attention.own_sayings == (OwnSaying("Nguyen", "win"),)
    voicer = SentenceVoicer(AudioStore(tmp_path))

    async def key(text: str, voice: Voice) -> str | None:
        pieces = [piece async for piece in voicer.voiced(text, voice)]
        return pieces[0].key

    plain, own = Voice(), Voice(own_sayings=attention.own_sayings)
    assert await key("Nguyen brews it.", plain) != await key("Nguyen brews it.", own)
    assert await key("It is open.", plain) == await key("It is open.", own)

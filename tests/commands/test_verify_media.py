"""`python -m app verify-media`: an answer in sentences and an exit status that a script can go by."""

import pytest
from fakes.small_films import small_film

from app.commands.verify_media import check_media
from app.settings import Settings
from app.studio.house_papers import FilmCertificateUnusable, certificate_of, papers_for


@pytest.fixture
def settings(tmp_path):
    return Settings(data_folder=tmp_path / "var", seller_name="Kestrel Films")


def test_its_status_says_what_is_proven(settings, tmp_path, capsys):
    from app.wiring import system_clock

    film = small_film(tmp_path / "film.mp4", papers_for(settings, system_clock(), mark_id=0xA1B2))
    assert check_media(settings, film) == 0
    told = capsys.readouterr().out
    assert told.startswith("Made here, and unchanged\n")
    assert "film-00000000a1b2. Kestrel Films has no film of that name in its records." in told
    elsewhere = Settings(data_folder=tmp_path / "other", seller_name="Somebody")
    assert check_media(elsewhere, film) == 3
    (tmp_path / "words.mp4").write_text("words")
    assert check_media(settings, tmp_path / "words.mp4") == 2
    assert "This is no film" in capsys.readouterr().err
    assert not (tmp_path / "var" / "postgres").exists(), "one question makes no database"


def test_half_a_certificate_is_said(tmp_path, now, capsys):
    half = Settings(data_folder=tmp_path, film_certificate=tmp_path / "chain.pem")
    with pytest.raises(FilmCertificateUnusable, match="both"):
        certificate_of(half, now)
    (tmp_path / "chain.pem").write_text("no certificate")
    both = Settings(data_folder=tmp_path, film_certificate=tmp_path / "chain.pem", film_certificate_key=tmp_path / "chain.pem")
    with pytest.raises(FilmCertificateUnusable, match="cannot be used"):
        certificate_of(both, now)

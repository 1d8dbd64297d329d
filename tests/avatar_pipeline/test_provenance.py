"""A film's papers, from the making to a stranger's copy: label, mark and signature, and what each proves when another is gone."""

import io
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from cryptography import x509
from fakes.rough_films import compress, decoded, planes_of, shrunk
from fakes.small_films import small_film

from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.provenance import (
    FilmNotSigned,
    FilmPapers,
    FilmSigner,
    HouseCertificate,
    MediaUnreadable,
    Verdict,
    given_certificate,
    house_certificate,
    verify_media,
)
from avatar_pipeline.trust.read_film import PICTURES_DECODED_MAX, read_film

NOW = datetime.now(UTC)
FIELDS = {"Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> HouseCertificate:
    return house_certificate(tmp_path_factory.mktemp("certificate"), "Kestrel Films", NOW)


@pytest.fixture(scope="module")
def papers(certificate) -> FilmPapers:
    return FilmPapers(0xABCD_EF01_2345, "Kestrel Films", "wrk_1", FilmSigner(certificate))


@pytest.fixture(scope="module")
def film(tmp_path_factory, papers) -> Path:
    return small_film(tmp_path_factory.mktemp("film") / "film.mp4", papers, 560)


def test_a_film_as_it_left_the_house_proves_everything(film, certificate):
    report = verify_media(film, certificate.root)
    assert report.verdict is Verdict.UNALTERED
    assert report.film == "film-abcdef012345"
    assert report.credentials is not None
    assert (report.credentials.signed_by, report.credentials.film, report.credentials.says_ai) == ("Kestrel Films films", report.film, True)
    assert [path.name for path in film.parent.iterdir()] == ["film.mp4"], "nothing half-signed is left"


def test_the_label_has_the_standards_seven_fields(film):
    with av.open(str(film)) as opened:
        label = json.loads(opened.metadata["AIGC"])
        assert "not real" in opened.metadata["comment"]
    assert set(label) == FIELDS
    assert (label["Label"], label["ContentProducer"], label["ProduceID"]) == ("1", "Kestrel Films", "wrk_1")


def test_every_changed_byte_breaks_the_signature_and_the_mark_stays(film, certificate, tmp_path):
    whole = film.read_bytes()
    place = whole.index(b"mdat") + len(whole) // 3
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    report = verify_media(changed, certificate.root)
    assert report.verdict is Verdict.ALTERED
    assert report.credentials is not None
    assert not report.credentials.is_whole
    assert report.credentials.problems == ("assertion.bmffHash.mismatch",)


def test_a_copy_from_a_platform_still_says_which_film_it_was(film, certificate, tmp_path):
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(compress([shrunk(planes, 0.8) for planes in decoded(film.read_bytes())], crf=26, preset="veryfast"))
    report = verify_media(copy, certificate.root)
    assert (report.verdict, report.label, report.credentials) == (Verdict.ALTERED, None, None)
    assert report.film == "film-abcdef012345"


def test_another_house_reads_the_film_without_knowing_the_signer(film):
    report = verify_media(film, root=None)
    assert report.verdict is Verdict.ALTERED, "the mark is public; who made the film only a known signature says"
    assert report.credentials is not None
    assert (report.credentials.is_whole, report.credentials.is_ours) == (True, False)


def test_a_signature_put_on_other_pictures_is_seen(papers, certificate, tmp_path):
    other = small_film(tmp_path / "other.mp4", FilmPapers(0x1111_2222_3333))
    FilmSigner(certificate).sign(other, tmp_path / "lie.mp4", papers)
    assert verify_media(tmp_path / "lie.mp4", certificate.root).verdict is Verdict.CONTRADICTORY


def plain(path: Path, **metadata: str) -> Path:
    with av.open(str(path), "w", format="mp4", options={"movflags": "use_metadata_tags"}) as film:
        film.metadata.update(metadata)
        stream = film.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(8):
            picture = np.full((120, 160, 3), 20 * number, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(planes_of(picture), format="yuv420p")))
        film.mux(stream.encode(None))
    return path


def test_words_alone_prove_nothing(tmp_path, certificate):
    assert verify_media(plain(tmp_path / "plain.mp4"), certificate.root).verdict is Verdict.NOTHING
    assert verify_media(plain(tmp_path / "says.mp4", AIGC='{"Label": "1"}'), certificate.root).verdict is Verdict.CLAIMS_AI
    for odd in ("[]", '{"Label"', "null", "[" * 3000):
        assert read_film(plain(tmp_path / "odd.mp4", AIGC=odd)).label is None
    FilmSigner(certificate).sign(plain(tmp_path / "p.mp4"), tmp_path / "signed.mp4", FilmPapers(1))
    assert verify_media(tmp_path / "signed.mp4", None).verdict is Verdict.SIGNED_ELSEWHERE


def sound_only(path: Path) -> Path:
    with av.open(str(path), "w", format="mp4") as film:
        stream = film.add_stream("aac", rate=24000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 24000
        film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"#EXTM3U\nhttp://127.0.0.1:9/x.ts\n", "no film"),
        (b"\x00\x00\x00\x20ftypisom" + b"x" * 4000, "cut off or damaged"),
        (b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 9, "cut off or damaged"),
    ],
)
def test_what_is_no_film_is_said_to_be_none(tmp_path, content, why):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(MediaUnreadable, match=why):
        verify_media(tmp_path / "file")


def test_sound_without_pictures_and_missing_files_are_sentences(tmp_path):
    with pytest.raises(MediaUnreadable, match="only sound"):
        verify_media(sound_only(tmp_path / "sound.mp4"))
    with pytest.raises(MediaUnreadable, match="cannot be read"):
        verify_media(tmp_path / "nowhere.mp4")
    with pytest.raises(MediaUnreadable, match="cannot be read"):
        verify_media(tmp_path)


def test_a_film_that_breaks_off_is_read_as_far_as_it_goes(papers, certificate, tmp_path):
    whole = small_film(tmp_path / "whole.mp4", papers, moves=True).read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) * 3 // 4])
    report = verify_media(tmp_path / "half.mp4", certificate.root)
    assert report.verdict is Verdict.ALTERED
    assert report.ends_early


def test_of_a_long_film_some_stretches_are_read(tmp_path):
    pictures = [np.full((96, 64), 60 + number % 100, np.uint8) for number in range(PICTURES_DECODED_MAX + 40)]
    (tmp_path / "long.mp4").write_bytes(compress(pictures, crf=40, preset="ultrafast"))
    found = read_film(tmp_path / "long.mp4")
    assert found.pictures == 12 * 4
    assert (found.width_px, found.height_px, found.ends_early) == (64, 64, False)


def test_the_house_makes_its_chain_once_and_renews_it_in_time(tmp_path):
    first = house_certificate(tmp_path, "Kestrel Films", NOW)
    assert house_certificate(tmp_path, "Kestrel Films", NOW + timedelta(days=1800)) == first
    renewed = house_certificate(tmp_path, "Kestrel Films", NOW + timedelta(days=1900))
    assert renewed.root == first.root
    assert renewed.key != first.key
    assert x509.load_pem_x509_certificate(renewed.chain).not_valid_after_utc > NOW + timedelta(days=5400)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_key_that_does_not_fit_stops_the_film_whole(certificate, tmp_path):
    other = house_certificate(tmp_path / "other", "Somebody", NOW)
    (tmp_path / "films").mkdir()
    bent = FilmSigner(HouseCertificate(certificate.chain, b"no key", certificate.root))
    with pytest.raises(FilmNotSigned, match="certificate"):
        small_film(tmp_path / "films" / "film.mp4", FilmPapers(1, signer=bent), 128)
    assert list((tmp_path / "films").iterdir()) == []
    assert issubclass(FilmNotSigned, StageRefusal)
    for name, text in (("chain", other.chain), ("key", other.key)):
        (tmp_path / name).write_bytes(text)
    given = given_certificate(tmp_path / "chain", tmp_path / "key")
    assert given.root.strip() == other.root.strip()


def test_a_mark_outlives_the_container(film, tmp_path):
    webm = io.BytesIO()
    with av.open(webm, "w", format="matroska") as copy, av.open(str(film)) as source:
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                copy.mux(packet)
    (tmp_path / "copy.mkv").write_bytes(webm.getvalue())
    report = verify_media(tmp_path / "copy.mkv")
    assert (report.verdict, report.film) == (Verdict.ALTERED, "film-abcdef012345")

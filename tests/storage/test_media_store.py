"""Media over machines: a file one machine made is found by another, through a folder and through a real S3 server on loopback."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.media_store import MediaStore, MediaStoreUnusable

KEYS = {"key": "testing", "secret": "testing"}


@pytest.fixture(scope="module")
def s3_options() -> Iterator[dict]:
    """A local S3 server with one empty bucket."""
    pytest.importorskip("s3fs")
    from fakes.s3_server import running_s3

    with running_s3("media") as address:
        yield {**KEYS, "endpoint_url": address}


@pytest.fixture(params=["folder", "s3"])
def machines(request, tmp_path: Path) -> tuple[Path, MediaStore, Path, MediaStore]:
    """Two machines with folders of their own and one store between them."""
    address, options = (tmp_path / "between").as_uri(), {}
    if request.param == "s3":
        address, options = f"s3://media/{tmp_path.name}", request.getfixturevalue("s3_options")
    one, two = tmp_path / "one", tmp_path / "two"
    return one, MediaStore(one, address, options), two, MediaStore(two, address, options)


def test_what_one_machine_made_another_has(machines):
    one, first, two, second = machines
    film = one / "films" / "shop" / "film" / "render"
    film.mkdir(parents=True)
    (film / "wrk.mp4").write_bytes(b"pictures" * 100_000)
    (film / "wrk.vtt").write_text("WEBVTT")
    first.keep(film)
    there = two / "films" / "shop" / "film" / "render" / "wrk.mp4"
    assert second.at_hand(there)
    assert there.read_bytes() == b"pictures" * 100_000
    assert [path.name for path in there.parent.iterdir()] == ["wrk.mp4"]
    assert not second.at_hand(there.with_name("other.mp4"))
    first.drop(film)
    first.drop(film)
    assert not second.at_hand(there.with_suffix(".vtt"))
    assert second.at_hand(there)


def test_a_machine_alone_asks_nobody(tmp_path: Path):
    store = MediaStore(tmp_path)
    assert store.is_here_only
    (tmp_path / "film.mp4").write_bytes(b"1")
    store.keep(tmp_path / "film.mp4")
    store.drop(tmp_path / "film.mp4")
    assert store.at_hand(tmp_path / "film.mp4")
    assert not store.at_hand(tmp_path / "none.mp4")


def test_an_address_that_cannot_be_used_is_said(tmp_path: Path):
    with pytest.raises(MediaStoreUnusable, match="cannot be read"):
        MediaStore(tmp_path, "nowhere://bucket")


def test_what_the_network_refuses_is_an_os_error(tmp_path: Path):
    pytest.importorskip("s3fs")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    store = MediaStore(tmp_path, "s3://media", {**KEYS, "endpoint_url": address, "config_kwargs": {"retries": {"max_attempts": 1}}})
    (tmp_path / "film.mp4").write_bytes(b"1")
    with pytest.raises(OSError, match="refuses: EndpointConnectionError"):
        store.keep(tmp_path / "film.mp4")


def test_a_store_is_looked_into_once_before_anything_is_kept_there(tmp_path: Path, s3_options: dict):
    MediaStore(tmp_path).require_there()
    MediaStore(tmp_path, (tmp_path / "not-yet").as_uri()).require_there()  # a folder comes with its first file
    MediaStore(tmp_path, "s3://media/shops", s3_options).require_there()
    with pytest.raises(MediaStoreUnusable, match="there is no meadia at the address"):
        MediaStore(tmp_path, "s3://meadia/shops", s3_options).require_there()

"""The browser's end of a picture stream, on a page of its own: pictures are shown while their sound sounds, a loss is noticed in time."""

import json

import numpy as np
import pytest
from playwright.sync_api import Browser

from app.api.widget_press import WIDGET_FOLDER
from app.live_pictures import wire
from app.live_pictures.encode_patch import encode_patch

pytestmark = pytest.mark.browser
MODULE = WIDGET_FOLDER / "panel" / "picture_stream.js"
PLAY = """async (records) => {
  const { MouthPictures, readPictures } = await import("/picture_stream.js");
  const pictures = new MouthPictures(), lost = [], begun = performance.now();
  pictures.begin(2);
  const stream = new ReadableStream({ start(to) { for (const one of records) to.enqueue(Uint8Array.from(one)); } });
  await readPictures(stream, { seat() {}, sentence() {}, isPast: (turn, number) => pictures.isPast(turn, number),
    picture: (turn, number, one) => pictures.keep(turn, number, one),
    lost: (why) => lost.push([why, performance.now() - begun]) });
  const canvas = document.querySelector("canvas").getContext("2d");
  const red = (number) => {
    const one = pictures.at(2, number); if (!one) return one === null ? "rest" : "keep";
    canvas.drawImage(one, 0, 0);
    return canvas.getImageData(4, 4, 1, 1).data[0];
  };
  return { lost, shown: [red(0), red(1), red(2), red(3)], late: red(0) };
}"""


SLOW = """async (records) => {
  const { MouthPictures, readPictures } = await import("/picture_stream.js");
  const pictures = new MouthPictures(), unpacked = [], unpack = window.createImageBitmap;
  let count = 0;
  window.createImageBitmap = (...given) => { count += 1; return unpack(...given); };
  pictures.begin(1);
  pictures.at(1, 6); // the sound is there already
  const stream = new ReadableStream({ start(to) { for (const one of records) to.enqueue(Uint8Array.from(one)); to.close(); } });
  await readPictures(stream, { seat() {}, sentence() {}, isPast: (turn, number) => pictures.isPast(turn, number),
    picture: (turn, number, one) => { unpacked.push(number); pictures.keep(turn, number, one); }, lost() {} });
  window.createImageBitmap = unpack;
  return { unpacked, count, shown: pictures.at(1, 7) !== undefined };
}"""


def patch(red: int) -> bytes:
    return encode_patch(np.full((8, 16, 3), (red, 40, 40), np.uint8))


def test_pictures_follow_the_sound_and_silence_is_a_loss(chromium: Browser):
    page = chromium.new_page()
    page.route("http://localhost/", lambda route: route.fulfill(body="<canvas></canvas>", content_type="text/html"))
    page.route("http://localhost/picture_stream.js", lambda route: route.fulfill(path=MODULE, content_type="text/javascript"))
    page.goto("http://localhost/")
    records = [
        wire.Record(wire.PICTURE, 1, 1, patch(250)),  # of a turn that is over
        wire.Record(wire.PICTURE, 2, 0, patch(200)),
        wire.Record(wire.PICTURE, 2, 1, patch(120)),
        wire.Record(wire.AT_REST, 2, 2),
        wire.Record(wire.SKIPPED, 2, 3),
    ]
    data = b"".join(record.to_bytes() for record in records)
    pieces = [list(data[at : at + 37]) for at in range(0, len(data), 37)]
    seen = page.evaluate(PLAY, json.loads(json.dumps(pieces)))
    assert abs(seen["shown"][0] - 200) < 12
    assert abs(seen["shown"][1] - 120) < 12
    assert seen["shown"][2:] == ["rest", "keep"]
    assert seen["late"] == "keep"
    [[why, after_ms]] = seen["lost"]
    assert why == "quiet"
    assert after_ms < 10_000  # three quarters of a second and what a busy machine adds
    lost = page.evaluate(PLAY, [list(wire.Record(wire.LOST).to_bytes())])
    late = [wire.Record(wire.PICTURE, 1, number, patch(100)) for number in range(8)]
    assert page.evaluate(SLOW, [list(one.to_bytes()) for one in late]) == {"unpacked": [6, 7], "count": 2, "shown": True}
    assert lost["lost"][0][0] == "lost"
    page.close()


ASKED = """async (pieces) => {
  const { createLivePictures } = await import("/live_pictures.js");
  let nowMs = 1000;
  const asked = [], started = performance.now.bind(performance);
  performance.now = () => nowMs;
  window.fetch = async (address) => {
    if (address === "/loop") return new Response(null, { status: 404 });
    asked.push(address);
    return new Response(Uint8Array.from(pieces));
  };
  const place = document.createElement("div"), canvas = document.createElement("canvas");
  place.append(canvas);
  const line = { url: "/pictures", token: "", after: 3 }, home = new Float32Array(57);
  const pictures = createLivePictures({ line, canvas, now: () => nowMs / 1000, home });
  const counts = [];
  for (const stepS of [0, 9, 2, 18, 3, 38, 3]) {
    nowMs += 1000 * stepS;
    for (const begun = started(); started() - begun < 60;) await new Promise((done) => setTimeout(done, 5));
    pictures.draw(new Float32Array(57));
    counts.push(asked.length);
  }
  performance.now = started;
  return { asked, counts, drawnBy: place.dataset.drawnBy };
}"""
"""Nothing is said; the page's clock goes on by so many seconds, and each time it is counted how often the stream was asked for."""
PHOTOGRAPH = {"side": 16, "top": 8, "height": 8, "box": [0, 0, 16, 16], "size": 32}
FILM = PHOTOGRAPH | {"boxes": [[0, 0, 16, 16]] * 2, "loop": "/loop"}


@pytest.mark.parametrize(
    ("seat", "counts"),
    [(None, [1, 1, 2, 2, 3, 3, 4]), (PHOTOGRAPH, [1, 1, 1, 1, 1, 1, 1]), (FILM, [1, 1, 2, 3, 3, 4, 4])],
    ids=["before-a-seat", "photograph", "film"],
)
def test_a_lost_stream_is_asked_for_again_before_a_word_is_said(chromium: Browser, seat: dict[str, object] | None, counts: list[int]):
    page = chromium.new_page()
    page.route("http://localhost/", lambda route: route.fulfill(body="<p>A panel.</p>", content_type="text/html"))
    page.route("http://localhost/*.js", lambda route: route.fulfill(path=MODULE.with_name(route.request.url.rsplit("/", 1)[1])))
    page.goto("http://localhost/")
    records = [wire.Record(wire.SEAT, body=json.dumps(seat).encode())] if seat else []
    data = b"".join(record.to_bytes() for record in [*records, wire.Record(wire.LOST)])
    seen = page.evaluate(ASKED, list(data))
    assert seen["asked"][0] == "/pictures?after=3"
    assert set(seen["asked"][1:]) <= {"/pictures"}  # what was said meanwhile is over
    assert seen["counts"] == counts  # twice as long each time; a seat begins the waiting anew
    assert seen["drawnBy"] == "browser"
    page.close()

"""How mouth patches travel: single pictures (WebP, JPEG) against a video stream (VP8, H.264, as WebCodecs decodes): `make bench-patches`.

The patches are the lower half of a speaking catalogue face at 256 pixels, 25 a second. Bytes and the processor's time of encoding are
measured here on one thread; decoding in Chromium, with `createImageBitmap` and with `VideoDecoder`, picture by picture as they would be
shown. Likeness is held against the untouched patch.
"""

import base64
import json
import shutil
import time
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright

from app.live_pictures.encode_patch import encode_patch
from avatar_pipeline.catalogue import faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.speak import speak
from avatar_pipeline.voice import Voice

SIDE, FRAMES_MAX, RATE = 256, 100, 25
TEXT = "The blue jacket costs forty nine dollars today, and it keeps the rain out for years."
Pictures = list[NDArray[np.uint8]]


@dataclass(frozen=True)
class Way:
    """One way of sending: its packets, the codec a browser needs to know, and what encoding took."""

    name: str
    packets: list[bytes]
    codec: str
    encode_ms: float
    psnr_db: float


def patches() -> Pictures:
    """The lower half of a face that speaks, RGB."""
    renderer = FaceRenderer(load_rig(faces()[0].film_rig_path), 512)
    drawn: Pictures = []
    for sentence in speak(TEXT, Voice(), seed=1):
        values = sentence.score.values
        for row in range(0, len(values), 50 // RATE):
            frame = renderer.render(values[row])[..., :3]
            drawn.append(np.ascontiguousarray(frame[192:448, 128:384][SIDE // 2 :]))
            if len(drawn) == FRAMES_MAX:
                return drawn
    return drawn


def psnr(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    """Likeness in decibels."""
    error = float(np.mean((one.astype(np.float32) - two) ** 2))
    return 10 * float(np.log10(255**2 / max(error, 1e-6)))


def as_pictures(name: str, suffix: str, flags: list[int], drawn: Pictures) -> Way:
    """Every patch a picture of its own."""
    begun = time.thread_time()
    packets = [cv2.imencode(suffix, patch[..., ::-1], flags)[1].tobytes() for patch in drawn]
    took = (time.thread_time() - begun) / len(drawn) * 1000
    likeness = [psnr(cv2.imdecode(np.frombuffer(data, np.uint8), 1)[..., ::-1], patch) for data, patch in zip(packets, drawn, strict=True)]
    return Way(name, packets, f"image/{suffix[1:]}", took, float(np.mean(likeness)))


def as_quick_webp(drawn: Pictures) -> Way:
    """WebP as the stage sends it (app/live_pictures/serve_stage.py)."""
    begun = time.thread_time()
    packets = [encode_patch(patch) for patch in drawn]
    took = (time.thread_time() - begun) / len(drawn) * 1000
    likeness = [psnr(cv2.imdecode(np.frombuffer(data, np.uint8), 1)[..., ::-1], patch) for data, patch in zip(packets, drawn, strict=True)]
    return Way("Stage's WebP", packets, "image/webp", took, float(np.mean(likeness)))


def as_video(name: str, encoder: str, codec: str, options: dict[str, str], drawn: Pictures) -> Way:
    """A stream with one key picture a second, each picture sent as soon as it is there."""
    context = av.CodecContext.create(encoder, "w")
    context.width, context.height, context.pix_fmt = drawn[0].shape[1], drawn[0].shape[0], "yuv420p"
    context.time_base, context.framerate, context.gop_size, context.thread_count = Fraction(1, RATE), Fraction(RATE), RATE, 1
    context.bit_rate, context.max_b_frames, context.options = 300_000, 0, options
    packets: list[bytes] = []
    begun = time.process_time()
    for number, patch in enumerate(drawn):
        frame = av.VideoFrame.from_ndarray(patch, format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        packets += [bytes(packet) for packet in context.encode(frame)]
    packets += [bytes(packet) for packet in context.encode(None)]
    took = (time.process_time() - begun) / len(drawn) * 1000
    decoder = av.CodecContext.create("vp8" if "vp" in encoder else "h264", "r")
    seen = [frame.to_ndarray(format="rgb24") for data in [*packets, None] for frame in decoder.decode(av.Packet(data) if data else None)]
    return Way(name, packets, codec, took, float(np.mean([psnr(one, two) for one, two in zip(seen, drawn, strict=False)])))


DECODE = """async ([codec, packets, width, height]) => {
  const bytes = packets.map((text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
  const begun = performance.now();
  if (codec.startsWith("image/")) {
    for (const one of bytes) {
      const map = await createImageBitmap(new Blob([one], { type: codec }));
      context.drawImage(map, 0, 0);
      map.close();
    }
  } else {
    let shown = 0;
    const output = (frame) => { context.drawImage(frame, 0, 0); frame.close(); shown += 1; };
    const decoder = new VideoDecoder({ output, error: () => { shown = -1e9; } });
    decoder.configure({ codec, codedWidth: width, codedHeight: height, optimizeForLatency: true });
    for (let n = 0; n < bytes.length; n += 1) {
      decoder.decode(new EncodedVideoChunk({ type: n % 25 === 0 ? "key" : "delta", timestamp: n * 40000, data: bytes[n] }));
    }
    await decoder.flush();
    if (shown !== bytes.length) return -1;
  }
  return (performance.now() - begun) / bytes.length;
}"""


def main() -> None:
    """Print the table and the figures."""
    drawn = patches()
    height, width = drawn[0].shape[:2]
    x264 = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "forced-idr": "1"}
    ways = [
        as_quick_webp(drawn),
        as_pictures("WebP 80", ".webp", [cv2.IMWRITE_WEBP_QUALITY, 80], drawn),
        as_pictures("JPEG 85", ".jpeg", [cv2.IMWRITE_JPEG_QUALITY, 85], drawn),
        as_video("VP8 300 kb/s", "libvpx", "vp8", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}, drawn),
        as_video("H.264 300 kb/s", "libx264", "avc1.42001f", x264, drawn),
    ]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.route("http://localhost/", lambda route: route.fulfill(body="<title>patches</title>", content_type="text/html"))
        page.goto("http://localhost/")  # WebCodecs exist only where a page is secure, which localhost counts as
        decoded = {}
        for way in ways:
            packets = [base64.b64encode(data).decode() for data in way.packets]
            decoded[way.name] = page.evaluate(DECODE, [way.codec, packets, width, height])
        secure = page.evaluate("() => typeof VideoDecoder")
        browser.close()
    print(f"{len(drawn)} patches of {width}x{height}; VideoDecoder is {json.dumps(secure)} here")
    print(f"{'way':16} {'kb/s':>7} {'bytes':>7} {'encode ms':>10} {'decode ms':>10} {'dB':>6}")
    for way in ways:
        size = sum(map(len, way.packets)) / len(drawn)
        decode_ms = decoded[way.name]
        print(f"{way.name:16} {size * RATE * 8 / 1000:>7.0f} {size:>7.0f} {way.encode_ms:>10.2f} {decode_ms:>10.2f} {way.psnr_db:>6.1f}")
    print()
    for way in ways:
        name = "".join(letter for letter in way.name.split()[0].lower() if letter.isalnum())
        print(f"{name}_bytes {sum(map(len, way.packets)) / len(drawn):.0f} bytes/patch")
        print(f"{name}_encode_ms {way.encode_ms:.3f} ms")
        print(f"{name}_decode_ms {decoded[way.name]:.3f} ms")


if __name__ == "__main__":
    main()

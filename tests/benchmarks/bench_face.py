"""How fast a face is drawn and a film is made, beside their ceilings in the same run.

    python tests/benchmarks/bench_face.py

One thread throughout. `render_ratio` compares with one fixed-point full-frame remap, the least any renderer here must do;
`film_ratio` compares rendering and encoding with encoding alone. Figures on a busy machine are low; the ratios move less.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.speak import idle

SIZE_PX = 512
FRAMES = 300


def rows() -> NDArray[np.float32]:
    """A listening head with a jaw that keeps moving: no two rows alike."""
    score = idle(3)
    values = np.stack([score.at(0.04 * i % score.duration_s) for i in range(FRAMES)])
    values[:, 17] = 0.15 + 0.13 * np.sin(np.arange(FRAMES) * 0.9)
    return values.astype(np.float32)


def frames_per_second(draw: Callable[[int], object]) -> float:
    """Best of three rounds, in frames a second of processor time."""
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        for index in range(FRAMES):
            draw(index)
        best = min(best, time.process_time() - start)
    return float(FRAMES / best)


def encode(pictures: Callable[[int], NDArray[np.uint8]]) -> float:
    """Frames a second of drawing and encoding, veryfast, CRF 20, one encoder thread, thrown away."""
    start = time.process_time()
    with av.open("/dev/null", "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}) as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "veryfast", "crf": "20", "threads": "1"})
        stream.width = stream.height = SIZE_PX
        stream.pix_fmt = "yuv420p"
        for index in range(FRAMES):
            planes = cv2.cvtColor(pictures(index), cv2.COLOR_BGR2YUV_I420)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode(None))
    return FRAMES / (time.process_time() - start)


def main() -> None:
    """Measure, print a table and, last, one line per figure."""
    cv2.setNumThreads(1)
    renderer, values = FaceRenderer(load_rig(face("amara").rig_path)), rows()
    pictures = [renderer.render(row).copy() for row in values]
    grid = np.stack(np.meshgrid(np.arange(SIZE_PX), np.arange(SIZE_PX)), -1).astype(np.float32) + 0.3
    fixed, fraction = cv2.convertMaps(grid, None, cv2.CV_16SC2)
    target = np.empty_like(pictures[0])
    ceiling = frames_per_second(lambda i: cv2.remap(pictures[i], fixed, fraction, cv2.INTER_LINEAR, dst=target))
    rendered = frames_per_second(lambda i: renderer.render(values[i]))
    alone, film = encode(lambda i: pictures[i]), encode(lambda i: renderer.render(values[i]))
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - sum(p.nbytes for p in pictures) / 2**20
    print(f"{'what':34}{'frames/s':>10}")
    for name, value in (("one fixed-point remap", ceiling), ("render", rendered), ("encode alone", alone), ("render and encode", film)):
        print(f"{name:34}{value:10.0f}")
    print(f"render_fps_per_core {rendered:.0f} frames/s")
    print(f"render_ratio {rendered / ceiling:.3f} ratio")
    print(f"film_ratio {film / alone:.3f} ratio")
    print(f"renderer_rss_mb {memory_mb:.0f} MB")


if __name__ == "__main__":
    main()

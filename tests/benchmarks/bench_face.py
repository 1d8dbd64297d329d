"""How true a talking face is, measured on the decoded film, and how fast it is drawn, beside its ceilings in the same run.

    python tests/benchmarks/bench_face.py [CAST.rig ...] [--speed-only | --truth-only] [--face NAME ...]

Truth (face_truth.py): four faces, one of them cast from a real photograph, say a text of 45 seconds; lips are found again on the
film's pictures and sounds by forced alignment of its sound. Speed: OpenCV with one thread. `render_ratio` compares with one
fixed-point full-frame remap, the least any renderer here must do, in processor time. `film_ratio` compares drawing and encoding with
encoding alone, over 1,500 pictures, by the clock: one encoder thread beside the one that draws, as in the product; each
three times in turn, the quickest of each, for what else runs can only slow them. The same by the processor time of both threads
together is `film_ratio_processor`. Encoding alone is given frames that are converted already.
`player_psnr_db` compares with the browser's player in Chromium, the least of 75 moments of talking.
Three faces are measured (for truth also "photograph"), or those named by --face; the worst is printed. Figures on a busy machine are
low; the ratios move less.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from face_films import PHOTOGRAPH, faces_measured, spoken
from face_truth import PLANTED_PICTURES, Truth, truth_of
from numpy.typing import NDArray
from two_players import player_psnr_db

from avatar_pipeline.catalogue import face, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.speak import idle
from avatar_pipeline.stages.encoding_thread import PICTURES_HELD, EncodingThread
from avatar_pipeline.stages.video_track import marked_frame, video_track
from avatar_pipeline.trust.mark import Mark

FACES = ("amara", "tomas", "ingrid")  # curls, a beard, long grey hair
SIZE_PX = 512
FRAMES = 300
FILM_FRAMES = 1500  # a minute, no two pictures alike
FILMS = 3
FILM_ID = 0x71114A


def rows(count: int = FRAMES) -> NDArray[np.float32]:
    """A listening head with a jaw that keeps moving: no two rows alike."""
    score = idle(3)
    values = np.stack([score.at(0.04 * i % score.duration_s) for i in range(count)])
    values[:, 17] = 0.15 + 0.13 * np.sin(np.arange(count) * 0.9)
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


def _clocks() -> NDArray[np.float64]:
    """Seconds by the clock, and of processor time of all threads."""
    return np.array([time.perf_counter(), time.process_time()])


def _encoded(write: Callable[[OutputContainer, VideoStream], None]) -> NDArray[np.float64]:
    """Frames a second, by the clock and by processor time, of writing a film that is thrown away, with one encoder thread."""
    start = _clocks()
    with av.open("/dev/null", "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}) as container:
        write(container, video_track(container, SIZE_PX, SIZE_PX, 25, threads=1))
    return FILM_FRAMES / (_clocks() - start)


def encode_alone(frames: list[av.VideoFrame]) -> NDArray[np.float64]:
    """Encoding of frames that are ready."""

    def write(container: OutputContainer, stream: VideoStream) -> None:
        for frame in frames:
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    return _encoded(write)


def draw_and_encode(renderer: FaceRenderer, values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Drawing, marking and encoding as a film of the product does it: the encoder on a thread of its own."""

    def write(container: OutputContainer, stream: VideoStream) -> None:
        with EncodingThread(stream, 25, Mark(FILM_ID)) as encoder:
            for row in values:
                container.mux(encoder.add(renderer.draw(row)))
            container.mux(encoder.finish())

    return _encoded(write)


@dataclass(frozen=True)
class Speed:
    """What one face takes, in frames a second, beside the ceiling and the encoder in the same run.

    Drawing is given in processor time, `encoded` and `film` (2,) by the clock and in processor time.
    """

    ceiling: float
    rendered: float
    encoded: NDArray[np.float64]
    film: NDArray[np.float64]

    @property
    def render_ratio(self) -> float:
        """Rendering, as a share of one fixed-point remap."""
        return self.rendered / self.ceiling

    @property
    def film_ratios(self) -> tuple[float, float]:
        """Drawing and encoding, as a share of encoding alone: by the clock, and in processor time."""
        by_clock, in_processor_time = (self.film / self.encoded).tolist()
        return by_clock, in_processor_time


def rig_path(face_id: str) -> Path:
    """A face of the catalogue by name, or a rig file that was cast from a portrait."""
    return Path(face_id) if face_id.endswith(".rig") else face(face_id).rig_path


def measure(face_id: str, values: NDArray[np.float32]) -> Speed:
    """Draw and encode every row with that face."""
    renderer = FaceRenderer(load_rig(rig_path(face_id)), pictures=PICTURES_HELD + 1)
    pictures = [renderer.render(row).copy() for row in values]
    minute = rows(FILM_FRAMES)
    mark = Mark(FILM_ID)
    ready = [marked_frame(renderer.render(row), number, 25, mark) for number, row in enumerate(minute)]
    grid = np.stack(np.meshgrid(np.arange(SIZE_PX), np.arange(SIZE_PX)), -1).astype(np.float32) + 0.3
    fixed, fraction = cv2.convertMaps(grid, None, cv2.CV_16SC2)
    target = np.empty_like(pictures[0])
    ceiling = frames_per_second(lambda i: cv2.remap(pictures[i], fixed, fraction, cv2.INTER_LINEAR, dst=target))
    rendered = frames_per_second(lambda i: renderer.render(values[i]))
    in_turn = np.array([(encode_alone(ready), draw_and_encode(renderer, minute)) for _ in range(FILMS)])
    return Speed(ceiling, rendered, *in_turn.max(axis=0))


def memory_mb() -> float:
    """The memory of a process of its own that draws one face, at its highest (getrusage would count this process's, too)."""
    program = (
        "import numpy as np\n"
        "from avatar_pipeline.catalogue import face\n"
        "from avatar_pipeline.face import FaceRenderer, load_rig\n"
        f"renderer = FaceRenderer(load_rig(face('{FACES[0]}').rig_path))\n"
        "jaw = np.arange(57) == 17\n"
        "for step in range(25): renderer.render((jaw * 0.01 * step).astype(np.float32))\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    return int(run.stdout) / 1024


def show_truth(names: Sequence[str]) -> None:
    """Films of these faces, a table, and the worst of each figure."""
    with tempfile.TemporaryDirectory() as name:
        folder, said = Path(name), spoken()
        found = {who: truth_of(one, said, folder) for who, one in faces_measured(folder, names).items()}
    heads = f"{'late':>8}{'closures':>10}{'openness':>10}{'silence %':>11}{'blinks/min':>12}{'background':>12}{'planted':>9}"
    print(f"{'face':12}{heads}{'range %':>9}")
    for who, one in found.items():
        print(
            f"{who:12}{one.late_frames:+8.2f}{one.closed:>6}/{one.closures:<3}{one.openness:10.3f}{one.silence_percent:11.2f}"
            f"{one.blinks_per_minute:12.1f}{one.background:12}{one.planted_frames:9.2f}{one.range_percent:9.1f}"
        )
    _print_worst(found)


def _print_worst(found: dict[str, Truth]) -> None:
    every = list(found.values())
    print(f"worst_face_in_openness {min(found, key=lambda who: found[who].openness)} name")
    print(f"av_offset_abs_frames {max(abs(one.late_frames) for one in every):.2f} frames")
    print(f"planted_shift_error_frames {max(abs(one.planted_frames - PLANTED_PICTURES) for one in every):.2f} frames")
    print(f"closure_recall {min(one.recall for one in every):.3f} share")
    print(f"openness_rank_corr {min(one.openness for one in every):.3f} correlation")
    print(f"silence_motion_percent {max(one.silence_percent for one in every):.2f} percent")
    print(f"blinks_per_minute_min {min(one.blinks_per_minute for one in every):.1f} blinks/min")
    print(f"blinks_per_minute_max {max(one.blinks_per_minute for one in every):.1f} blinks/min")
    print(f"background_change {max(one.background for one in every)} pixels")


def show_speed(names: Sequence[str]) -> None:
    """A table, and the worst of each figure, of faces by name or by rig file."""
    values = rows()
    speeds = {face_id: measure(face_id, values) for face_id in names}
    print(
        f"{'frames/s':10}{'one remap':>12}{'render':>10}{'encode':>10}{'both':>10}{'render_ratio':>14}{'film_ratio':>12}{'processor':>11}"
    )
    for face_id, speed in speeds.items():
        whole = f"{speed.ceiling:12.0f}{speed.rendered:10.0f}{speed.encoded[0]:10.0f}{speed.film[0]:10.0f}"
        by_clock, in_processor_time = speed.film_ratios
        print(f"{face_id:10}{whole}{speed.render_ratio:14.3f}{by_clock:12.3f}{in_processor_time:11.3f}")
    print(f"worst_face {min(speeds, key=lambda face_id: speeds[face_id].render_ratio)} name")
    print(f"render_fps_per_core {min(speed.rendered for speed in speeds.values()):.0f} frames/s")
    print(f"render_ratio {min(speed.render_ratio for speed in speeds.values()):.3f} ratio")
    print(f"film_ratio {min(speed.film_ratios[0] for speed in speeds.values()):.3f} ratio")
    print(f"film_ratio_processor {min(speed.film_ratios[1] for speed in speeds.values()):.3f} ratio")
    print(f"renderer_rss_mb {memory_mb():.0f} MB")
    alike = player_psnr_db(tuple(name for name in names if not name.endswith(".rig")) or FACES)
    print(f"player_psnr_db {min(alike.values()):.1f} dB")


def asked(arguments: Sequence[str]) -> argparse.Namespace:
    """What the command line asks for. Leaves with a message at a face that there is not."""
    parser = argparse.ArgumentParser(description="How true a talking face is, and how fast it is drawn.")
    parser.add_argument("rigs", nargs="*", metavar="CAST.rig", help="rig files whose speed is measured, too")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--speed-only", action="store_true")
    one.add_argument("--truth-only", action="store_true")
    choices = [*(entry.face_id for entry in faces()), PHOTOGRAPH]
    parser.add_argument(
        "--face", action="append", default=[], choices=choices, metavar="NAME", help=f"only this one of {', '.join(choices)}"
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Measure, print two tables and, last, one line per figure: that of the worst face."""
    cv2.setNumThreads(1)
    wanted = asked(sys.argv[1:])
    if not wanted.speed_only:
        show_truth(wanted.face or (*FACES, PHOTOGRAPH))
    quick = [name for name in wanted.face or FACES if name != PHOTOGRAPH] + wanted.rigs
    if quick and not wanted.truth_only:
        show_speed(quick)


if __name__ == "__main__":
    main()

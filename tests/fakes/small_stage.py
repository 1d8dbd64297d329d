"""A stage as a process of its own, with tiny networks that have learned nothing: it can be filled up, hung and killed.

python small_stage.py FOLDER [RIG]        the house's key comes by TILLHAND_TEST_STAGE_KEY; the first line printed is the address

With a RIG every face that comes wears it, and the loop of film that may lie beside it.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SEATS = 4
REPOSITORY = Path(__file__).parents[2]
FACE = "amara"


@dataclass
class SmallStage:
    """The running process."""

    address: str
    process: "subprocess.Popen[str]"

    def fill_up(self) -> None:
        """Every seat is taken from now on."""
        self.process.send_signal(signal.SIGUSR1)

    def kill(self) -> None:
        """The card's machine is gone, without a word."""
        self.process.kill()
        self.process.wait()

    def fall_silent(self) -> None:
        """The machine hangs: its connections stay, and nothing comes through them."""
        self.process.send_signal(signal.SIGSTOP)


@contextmanager
def small_stage(key: str, rig: Path | None = None) -> Iterator[SmallStage]:
    """Start a stage; it is gone when the block ends. What it prepares is kept in the machine's temporary folder."""
    kept_in = Path(tempfile.gettempdir()) / "tillhand-test-faces"
    environment = {**os.environ, "TILLHAND_TEST_STAGE_KEY": key, "PYTHONPATH": str(REPOSITORY)}
    call = [sys.executable, "-W", "ignore", __file__, str(kept_in), *([str(rig)] if rig else [])]
    with subprocess.Popen(call, stdout=subprocess.PIPE, env=environment, text=True, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        try:
            yield SmallStage(process.stdout.readline().strip(), process)
        finally:
            process.kill()


async def serve(kept_in: Path, key: str, rig: Path | None) -> None:
    """Warm up, bring the face on once, say the address, and serve until killed."""
    import numpy as np
    import torch
    import uvicorn

    from app.live_pictures.neural_stage import SOUND_RATE_HZ, NeuralEngine, catalogue_rig
    from app.live_pictures.serve_stage import Service, stage_app
    from avatar_pipeline.engines.musetalk import silent_pictures
    from avatar_pipeline.networks.shape import HeadShape
    from avatar_pipeline.neural import Shelf, TalkingHead, random_networks
    from avatar_pipeline.stage import Speech, Stage

    def hear(sound: bytes) -> Speech:
        """Tells sound from silence and hears noise: a processor needs a second for what the real ear does for a sentence."""
        samples = np.frombuffer(sound, np.int16)
        count = -(-len(samples) * 25 // SOUND_RATE_HZ)
        heard = np.random.default_rng(count).standard_normal((count, 50, 384), np.float32)
        return Speech(np.zeros(count, np.int64), heard, silent_pictures(samples, SOUND_RATE_HZ, count))

    torch.set_num_threads(1)
    with suppress(PermissionError):
        os.nice(-10)  # a stage has a machine of its own; here a browser without a card takes all the processor there is
    networks = random_networks(HeadShape((8, 8, 16, 16), 1, 2, 8, (8, 8, 8, 8), 1, 8, 1, 64), seed=7)
    rig_of = (lambda _: rig) if rig else catalogue_rig
    engine = NeuralEngine(networks, Shelf(lambda _: kept_in), fingerprint="random 7, tiny", device="cpu", rig_of=rig_of)
    async with Stage(TalkingHead(networks, decoder="turbo", buckets=(1, 8, 16))) as stage:
        setattr(stage.schedule.costs, "seats", lambda: SEATS)  # noqa: B010 - however slow this machine is
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: setattr(stage.schedule.costs, "seats", lambda: 0))
        await (await engine.come(stage, FACE)).guest.leave()
        listening = socket.create_server(("127.0.0.1", 0))
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(stage_app(Service(stage, engine.come, hear, key)), log_level="error", lifespan="off")
        await uvicorn.Server(config).serve([listening])


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), os.environ["TILLHAND_TEST_STAGE_KEY"], Path(sys.argv[2]) if len(sys.argv) > 2 else None))

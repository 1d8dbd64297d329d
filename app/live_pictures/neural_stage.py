"""The engine behind a stage: brings faces on stage, as still portraits or as the loop they were filmed in, and hears what is to be shown.

In a live talk the browser holds a portrait still and lays patches over it, so its avatar here is one picture long: the first of the
poses that films are drawn in, prepared once for both. Of a face from a film the browser shows the loop, and its avatar is as long as that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from app.live_pictures.serve_stage import Seat, Service
from avatar_pipeline.catalogue import face as face_of
from avatar_pipeline.stage import Speech, Stage

if TYPE_CHECKING:
    from avatar_pipeline.neural import HeadNetworks, PreparedAvatar, Shelf

SOUND_RATE_HZ: Final = 24_000
PORTRAIT_PX: Final = 512
FRAMES_HELD_MAX: Final = 4096
"""Pictures of prepared faces held in memory, a quarter of a megabyte each; the face not asked for longest goes, and is read again when
it is.
"""


def catalogue_rig(name: str) -> Path:
    """The rig of a face of the catalogue. Raises FaceUnknown."""
    return face_of(name).film_rig_path


class NeuralEngine:
    """Loaded networks and the faces prepared for them. `fingerprint` names the weights, preparations lie on the `shelf`.

    `rig_of` finds the rig of a face by its name: the catalogue's, or a shop's own. Raises StageRefusal for a face that is not there.
    """

    def __init__(
        self, networks: "HeadNetworks", shelf: "Shelf", *, fingerprint: str, device: str, rig_of: Callable[[str], Path] = catalogue_rig
    ) -> None:
        self._networks, self._shelf, self._fingerprint, self._device = _hearing_on(networks, device), shelf, fingerprint, device
        self._rig_of = rig_of
        self._prepared: OrderedDict[Path, PreparedAvatar] = OrderedDict()
        self._preparing = asyncio.Lock()

    def service(self, stage: Stage, key: str) -> Service:
        """The web service of a stage that this engine feeds."""
        return Service(stage, self.come, self.hear, key)

    async def come(self, stage: Stage, name: str) -> Seat:
        """Bring a face on stage; the first time it is prepared. Raises what `rig_of` raises and what the stage refuses."""
        rig = await asyncio.to_thread(self._rig_of, name)
        async with self._preparing:  # one at a time: preparing takes what the card has to spare
            if rig not in self._prepared:
                self._prepared[rig] = await asyncio.to_thread(self._prepare, rig)
            self._prepared.move_to_end(rig)
            while len(self._prepared) > 1 and sum(len(one.boxes) for one in self._prepared.values()) > FRAMES_HELD_MAX:
                self._prepared.popitem(last=False)
            prepared = self._prepared[rig]
        boxes = tuple((int(x1), int(y1), int(x2), int(y2)) for x1, y1, x2, y2 in prepared.boxes)
        return Seat(await stage.join(str(rig), prepared.frames), boxes, PORTRAIT_PX)

    def hear(self, sound: bytes) -> Speech:
        """Make mono PCM16 sound of 24 kHz speech, each picture of it in the first of the face's frames."""
        from avatar_pipeline.neural import hear

        heard = hear(np.frombuffer(sound, np.int16), SOUND_RATE_HZ, self._networks)
        return Speech(np.zeros(len(heard.is_silent), np.int64), heard.sound, heard.is_silent)

    def _prepare(self, rig: Path) -> "PreparedAvatar":
        from avatar_pipeline.filmed_face import loop_beside, prepare_loop
        from avatar_pipeline.neural import prepare_poses

        if loop := loop_beside(rig):
            return prepare_loop(loop, self._networks, self._shelf, fingerprint=self._fingerprint, device=self._device)
        return prepare_poses(rig, self._networks, self._shelf, fingerprint=self._fingerprint, device=self._device).first


def _hearing_on(networks: "HeadNetworks", device: str) -> "HeadNetworks":
    """The same with the listener where the card is: a sentence takes a processor longer than its first picture may."""
    return networks if device == "cpu" else replace(networks, listener=networks.listener.to(device))

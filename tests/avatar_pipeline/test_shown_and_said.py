"""What a film in scenes must not hold: a stain where something lay that has gone, and a name nobody hears."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar_pipeline.catalogue import face
from avatar_pipeline.face import load_rig
from avatar_pipeline.scenes.captions import even_lines
from avatar_pipeline.scenes.lettering import Hand, width_of
from avatar_pipeline.scenes.painter import ScenePainter
from avatar_pipeline.scenes.plan import Clock, plan_takes
from avatar_pipeline.scenes.take import Pauses, act, unsaid_in
from avatar_pipeline.shoot import FilmPapers, Look, Scene, Script, ScriptUnreadable, Shoot, TakeStore, shoot
from avatar_pipeline.text.own_sayings import OwnSaying
from avatar_pipeline.trust.mark import Mark
from avatar_pipeline.voice import Voice

AMARA, VOICE = face("amara"), Voice()


def test_nothing_that_goes_again_leaves_its_shape_in_the_mark() -> None:
    """The label lies over the first picture, from which the mark is worked out: when it had gone, its stain stayed on the wall."""
    scene = Scene("Hello there.")
    look = Look("16:9", 0.4)
    take = next(iter(plan_takes(Script("", (scene,), look))))
    acted = act(take.text, VOICE, seed=1, pauses=take.pauses)
    assert acted is not None
    fitted, stained = Mark(5), Mark(5)
    first = next(ScenePainter(load_rig(AMARA.film_rig_path), look, scene).paint(take, acted, Clock(), mark=fitted))
    steps = []
    for mark, picture in ((stained, cv2.cvtColor(first, cv2.COLOR_BGRA2GRAY)), (fitted, np.full(first.shape[:2], 128, np.uint8))):
        mark.lay(picture)
        wall = np.full(first.shape[:2], 128, np.uint8)
        mark.lay(wall)
        steps.append(int(np.abs(wall.astype(int) - 128)[:60, :80].max()))
    assert (steps[0] > 2, steps[1] <= 2) == (True, True)


def test_a_name_the_voice_would_pass_over_in_silence_stops_the_film(tmp_path: Path) -> None:
    script = Script("", (Scene("Good morning, \u674e\u96f7."),), Look("16:9", 0.2))
    how = Shoot(TakeStore(tmp_path / "takes"), FilmPapers(film_id=8))
    with pytest.raises(ScriptUnreadable, match="cannot say \u201c\u674e\u96f7.\u201d in an English sentence"):
        shoot(script, AMARA, VOICE, tmp_path / "film.mp4", how)
    told = Voice(own_sayings=(OwnSaying("\u674e\u96f7", "lee lay"),))
    acted = act("Good morning, \u674e\u96f7.", told, seed=1, pauses=Pauses())
    assert acted is not None
    assert unsaid_in(acted, "Good morning, \u674e\u96f7.") == ""


def test_no_word_of_a_caption_stands_alone_where_it_need_not() -> None:
    hand, long = Hand(42, 550), "The flat white, small costs 4.20 dollars."
    room = width_of(long, hand) * 0.92
    lines = even_lines(long, hand, room)
    assert (len(lines), " ".join(lines)) == (2, long)
    assert width_of(lines[1], hand) > 0.6 * width_of(lines[0], hand)
    assert even_lines("I am Amara.", hand, room) == ["I am Amara."]
    assert even_lines("Donaudampfschifffahrtsgesellschaft is long", hand, 200)[0].endswith("…")

"""The release gate on films whose mouth a network drew: one that speaks passes, one that has learned nothing is refused in words."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from fakes.shop_history import Shop, open_shop, routed

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from fakes.taught_mouth import TaughtHead, TaughtMouth, prepared_without_networks  # noqa: E402

from app.commands.weights_acceptance import TEXT as ACCEPTANCE_TEXT  # noqa: E402
from app.studio import renders  # noqa: E402
from app.studio.errors import FilmRefused  # noqa: E402
from app.studio.films import Draft, create_film  # noqa: E402
from app.studio.inspect_render import Papers, inspect_shot  # noqa: E402
from app.studio.release_gate import inspection_of, must_be_released  # noqa: E402
from app.studio.render_films import Studio, render_next  # noqa: E402
from app.studio.renders import ask_render, renders_of  # noqa: E402
from app.worker.capabilities import Capabilities, queues_of  # noqa: E402
from app.worker.heartbeat import Heartbeat  # noqa: E402
from avatar_pipeline.catalogue import face  # noqa: E402
from avatar_pipeline.engines.musetalk import hear  # noqa: E402
from avatar_pipeline.film import Film  # noqa: E402
from avatar_pipeline.inspect_film import Matter, Outcome  # noqa: E402
from avatar_pipeline.neural import (  # noqa: E402
    LEAD_IN_S,
    LEAD_OUT_S,
    SMALL,
    HeadNetworks,
    NeuralCast,
    Shelf,
    TalkingHead,
    make_neural_film,
    random_networks,
    rig_face,
    shares_of,
)
from avatar_pipeline.neural_judge import judge, judge_as_the_bench  # noqa: E402
from avatar_pipeline.neural_mouth import NeuralMouth  # noqa: E402
from avatar_pipeline.provenance import FilmPapers  # noqa: E402
from avatar_pipeline.scenes.plan import plan_takes  # noqa: E402
from avatar_pipeline.scenes.take import act  # noqa: E402
from avatar_pipeline.shoot import Mouth, Shoot, Shot, TakeStore, read_script, shoot  # noqa: E402
from avatar_pipeline.speak import idle, speak  # noqa: E402
from avatar_pipeline.voice import Voice  # noqa: E402
from tenants.database import Database  # noqa: E402
from tenants.employee import change_picture_quality  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
TEXT = "Maybe you both want a bigger map of the park by the pump."
SCRIPT = {"format": "tillhand-script/1", "shape": "1:1", "captions": False, "scenes": [{"text": TEXT}]}
MARK, SCALE, RATE_HZ = 0x5EED5EED5EED, 0.4, 24_000
CARD = Capabilities("NVIDIA H200", 143_771, ("musetalk",), 140_000)


@pytest.fixture(scope="module")
def networks() -> HeadNetworks:
    return random_networks(SMALL, seed=7)


def shot_with(mouth: Mouth, folder: Path) -> Shot:
    script = read_script(SCRIPT, folder, scale=SCALE)
    how = Shoot(TakeStore(folder / "takes"), FilmPapers(MARK, "Test", "wrk_1"), mouth=mouth)
    return shoot(script, face("amara"), Voice(), folder / "film.mp4", how)


def taught(networks: HeadNetworks, folder: Path) -> TaughtMouth:
    script = read_script(SCRIPT, folder, scale=SCALE)
    acted = [act(take.text, Voice(), seed=script.seed, pauses=take.pauses, manner=take.manner) for take in plan_takes(script)]
    rows = {one.samples.tobytes(): one.rows for one in acted if one is not None}
    return TaughtMouth(networks, rows, lambda samples: shares_of(hear(samples, RATE_HZ, networks).is_silent))


def outcomes(shot: Shot) -> dict[Matter, Outcome]:
    papers = Papers(UUID(int=1), "amara", MARK, SCRIPT)
    return {one.matter: one.outcome for one in inspect_shot(shot, papers)}


def test_a_network_that_speaks_passes_the_gate_that_the_rig_passes(networks: HeadNetworks, tmp_path: Path) -> None:
    found = outcomes(shot_with(taught(networks, tmp_path), tmp_path))
    assert Outcome.FAILED not in found.values(), found
    assert found[Matter.SYNC] is Outcome.PASSED


def test_a_network_that_has_learned_nothing_is_refused_in_words(
    networks: HeadNetworks, database: Database, tenant_id: UUID, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the shop's wish to the refusal: made twice, inspected twice, there to be seen, and not to be published."""
    monkeypatch.setitem(renders.SCALES, "full", SCALE)  # type: ignore[arg-type]
    shop: Shop = open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")
    Heartbeat(shop.database, lambda: now, queues_of(CARD), CARD).beat()
    head = TalkingHead(networks, buckets=(8,))
    head.warm_up()
    mouth = NeuralMouth(networks, head, Shelf(lambda _: tmp_path / "prepared"), fingerprint="random 7")
    papers = lambda mark, name: FilmPapers(mark, "Tillhand", name)  # noqa: E731
    studio = Studio(
        shop.database, tmp_path, lambda _: Voice(), papers, lambda: now, engines=CARD.engines, mouth=lambda _: mouth,
        room_mb=lambda: CARD.vram_free_mb,
    )  # fmt: skip
    with shop.database.tenant_session(tenant_id) as session:
        change_picture_quality(session, shop.employee_id, "neural")
        film_id = create_film(session, Draft("Welcome", shop.employee_id, SCRIPT), by="per_test", now=now)
        ask_render(session, film_id=film_id, kind="full", by="per_test", now=now)
    assert render_next(studio) == 1
    with shop.database.tenant_session(tenant_id) as session:
        [render] = renders_of(session, film_id)
        assert (render.state, render.drawn_by) == ("done", "musetalk")
        found = inspection_of(session, render.render_id)
        assert found is not None
        assert found.try_number == 2
        assert Matter.SYNC in {one.matter for one in found.failed}
        with pytest.raises(FilmRefused, match="did not pass its inspection"):
            must_be_released(session, render.render_id)


def test_the_acceptance_of_weights_would_pass_a_mouth_that_speaks(networks: HeadNetworks, tmp_path: Path) -> None:
    """Every measure of `weights check --film`, on a film whose mouth draws what the score says over the face's idle loop."""
    chosen = rig_face(face("amara").film_rig_path, 512)
    prepared = prepared_without_networks(chosen, is_film=True)
    head = _Listening(networks, prepared.boxes)
    cast = NeuralCast(chosen, prepared, networks, head)
    made: Film = make_neural_film(ACCEPTANCE_TEXT, voice=Voice(), cast=cast, out_path=tmp_path / "film.mp4")
    findings = judge(made.path, cast) + judge_as_the_bench(made.path, ACCEPTANCE_TEXT)
    assert [one.sentence for one in findings if not one.is_good] == []


class _Listening(TaughtHead):
    """The taught head for make_neural_film, which speaks by itself: the score is spoken again, from the same seed."""

    def __init__(self, networks: HeadNetworks, boxes: Any) -> None:
        rest = idle(1)
        bases = np.array([rest.at(number / 25) for number in range(int(rest.duration_s * 25))], np.float32)
        super().__init__(face("amara").film_rig_path, bases, boxes, 512)
        spoken = list(speak(ACCEPTANCE_TEXT, Voice(), seed=1))
        starts = np.cumsum([LEAD_IN_S, *(one.duration_s for one in spoken)])
        quiet = [np.zeros(round(seconds * RATE_HZ), np.int16) for seconds in (LEAD_IN_S, LEAD_OUT_S)]
        samples = np.concatenate([quiet[0], *(one.samples for one in spoken), quiet[1]])
        samples = np.pad(samples, (0, -len(samples) % 960))
        rows = []
        for number in range(len(samples) // 960):
            place = int(np.searchsorted(starts, number / 25, "right")) - 1
            speaks = 0 <= place < len(spoken)
            rows.append(spoken[place].score.at(number / 25 - starts[place]) if speaks else np.zeros(57, np.float32))
        self.tell(np.array(rows, np.float32), shares_of(hear(samples, RATE_HZ, networks).is_silent))

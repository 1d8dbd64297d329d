"""A chat model on a graphics card: talks that ask together are answered in one batch, each as it would be alone but for rounding.

Skipped where there is no card; tests/benchmarks/on_gpu.sh runs it on a machine with one.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")
if not torch.cuda.is_available():
    pytest.skip("There is no CUDA card here.", allow_module_level=True)

from fakes.small_chat_model import write_small_chat_model  # noqa: E402

from app.conversations.language_models.chat import Ask, Said  # noqa: E402
from app.conversations.language_models.transformers import TransformersModel  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


def test_eight_talks_are_one_batch_on_the_card(tmp_path: Path) -> None:
    write_small_chat_model(tmp_path)
    card, processor = TransformersModel(tmp_path, "cuda"), TransformersModel(tmp_path)
    asks = [Ask((Said("user", f"Question {number}: what does the blue mug cost?"),), tokens_max=16) for number in range(8)]
    card.together._gather_s = 0.5
    with ThreadPoolExecutor(len(asks)) as pool:
        said = list(pool.map(lambda one: "".join(card.stream(one)), asks))
    assert card.together.steps <= 17
    assert len(said) == 8
    for ask in asks:
        assert card.agreement(ask) == pytest.approx(processor.agreement(ask), abs=0.1)  # half precision

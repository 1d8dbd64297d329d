"""How many threads small networks may take: a part of the fixtures that a bare machine with a card can load by itself.

`-p fakes.torch_threads` is enough for tests/benchmarks/on_gpu.sh, where neither a database nor the product's other parts are installed.
"""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def one_torch_thread() -> Iterator[None]:
    """Small networks on one thread: several of them wait for each other longer than they reckon."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)

"""The house front: faces people and networks, and wires the rooms together."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# The mind multiplies small matrices: a second thread of numpy only waits, spinning, for the first (38 ms of processor where 9 do).

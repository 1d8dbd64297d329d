"""The process the packaged language model runs in: `python -m app.conversations.language_models.packaged_child FILE THREADS`.

It reads a key from its input, serves the usual protocol on a free port of loopback to whoever shows that key, says its address, and ends
when its input does: it never outlives the process that started it.
"""

import os
import sys

CONTEXT_TOKENS = 2048
NICENESS = 5


def main(path: str, threads: int) -> None:
    """Serve until the input ends."""
    import xllamacpp

    os.nice(NICENESS)
    key = sys.stdin.readline().strip()
    wanted = xllamacpp.CommonParams()
    wanted.model.path, wanted.n_ctx, wanted.n_parallel, wanted.verbosity = path, CONTEXT_TOKENS, 1, 0
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = threads
    wanted.hostnames, wanted.port, wanted.api_keys = ["127.0.0.1"], 0, [key]
    server = xllamacpp.Server(wanted)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)  # the library's threads hold the process otherwise


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

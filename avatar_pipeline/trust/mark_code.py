"""The 48-bit id of a film as 864 signs that survive many errors, and back.

The id gets a 16-bit checksum and goes through the convolutional code of constraint length 9 and rate 1/3 (generators 557, 663,
711 octal, the usual choice since Larsen 1973), each coded bit four times. It is read softly: a sign that is barely there counts
little.
"""

from __future__ import annotations

import binascii
from typing import Final

import numpy as np
from numpy.typing import NDArray

ID_BITS: Final = 48
CHECK_BITS: Final = 16
REPEATS: Final = 4
_MEMORY: Final = 8
_GENERATORS: Final = (0o557, 0o663, 0o711)
_STEPS: Final = ID_BITS + CHECK_BITS + _MEMORY
CODED_BITS: Final = _STEPS * len(_GENERATORS)
SIGNS: Final = CODED_BITS * REPEATS


def _parity(words: NDArray[np.int64]) -> NDArray[np.int64]:
    bits = words.copy()
    for shift in (8, 4, 2, 1):
        bits ^= bits >> shift
    return bits & 1


_REGISTERS: Final = np.arange(1 << (_MEMORY + 1))
_OUTPUTS: Final = np.stack([1 - 2 * _parity(_REGISTERS & generator) for generator in _GENERATORS], axis=1).astype(np.float64)
"""The three signs sent from each register of nine bits; its lowest bit is the newest."""


def encode(film_id: int) -> NDArray[np.int8]:
    """Give the signs (+1 or -1, shape (864,)) of an id of 48 bits. ValueError outside 0..2**48-1."""
    if not 0 <= film_id < 1 << ID_BITS:
        raise ValueError(f"A film's id has {ID_BITS} bits; {film_id} has not.")
    word = (film_id << CHECK_BITS) | _check(film_id)
    register, signs = 0, []
    for position in reversed(range(-_MEMORY, ID_BITS + CHECK_BITS)):
        bit = (word >> position) & 1 if position >= 0 else 0
        register = ((register << 1) | bit) & ((1 << (_MEMORY + 1)) - 1)
        signs.append(_OUTPUTS[register])
    return np.tile(np.concatenate(signs), REPEATS).astype(np.int8)


def decode(soft: NDArray[np.floating]) -> int | None:
    """Read the id from what is left of its signs (any scale, shape (864,)); None when the checksum says that it is none."""
    word = _likeliest_word(soft.reshape(REPEATS, _STEPS, len(_GENERATORS)).sum(axis=0))
    film_id, check = word >> CHECK_BITS, word & ((1 << CHECK_BITS) - 1)
    return film_id if check == _check(film_id) else None


def _check(film_id: int) -> int:
    """CRC-CCITT of the id; it starts at all ones, so that an empty word is no id."""
    return binascii.crc_hqx(film_id.to_bytes(ID_BITS // 8, "big"), 0xFFFF)


def _likeliest_word(soft: NDArray[np.floating]) -> int:
    """Viterbi's search over the 256 states; `soft` has the shape (72, 3). Starts and ends in state 0."""
    states = 1 << _MEMORY
    gains = soft @ _OUTPUTS.T  # (steps, registers)
    before = np.stack([np.arange(states) >> 1, (np.arange(states) >> 1) | (states >> 1)])  # the two states that lead to each
    registers = (before << 1) | (np.arange(states) & 1)
    score = np.full(states, -np.inf)
    score[0] = 0.0
    came_from = np.empty((_STEPS, states), np.uint8)
    for step in range(_STEPS):
        ways = score[before] + gains[step][registers]
        came_from[step] = ways.argmax(axis=0)
        score = ways.max(axis=0)
    state, word = 0, 0
    for step in reversed(range(_STEPS)):
        if step < _STEPS - _MEMORY:
            word |= (state & 1) << (_STEPS - _MEMORY - 1 - step)
        state = int(before[came_from[step][state], state])
    return word

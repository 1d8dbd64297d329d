"""Authoring: thin a mesh out where all its vertices move alike, keep it dense where lips part and lids fold.

Edges are collapsed one by one, cheapest first. An edge is cheap when its two ends move the same way in every unit and
lie close together; a collapse that would turn a triangle over at rest, with the mouth open or the eyes shut is refused.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rig import Floats

Triangle = tuple[int, int, int]


class Thinning:
    """A mesh being thinned. `poses` is (P, V, 2), `features` (V, F) whose differences along an edge are its cost."""

    def __init__(self, poses: Floats, features: Floats, triangles: NDArray[np.uint16]) -> None:
        self._poses, self._features = poses, features
        self._faces: dict[int, Triangle] = {i: (int(t[0]), int(t[1]), int(t[2])) for i, t in enumerate(triangles)}
        self._around: defaultdict[int, set[int]] = defaultdict(set)
        for index, face in self._faces.items():
            for vertex in face:
                self._around[vertex].add(index)
        self._sign = {i: self._areas(f) for i, f in self._faces.items()}

    def _areas(self, face: Triangle) -> Floats:
        """Signed areas (P,) of one triangle in every pose."""
        a, b, c = (self._poses[:, v] for v in face)
        first, second = b - a, c - a
        return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])

    def neighbours(self, vertex: int) -> set[int]:
        """All vertices that share a triangle with `vertex`."""
        return {v for i in self._around[vertex] for v in self._faces[i]} - {vertex}

    def _shared(self, a: int, b: int) -> int:
        return len(self._around[a] & self._around[b])

    def _on_border(self, vertex: int) -> bool:
        return any(self._shared(vertex, other) == 1 for other in self.neighbours(vertex))

    def cost(self, gone: int, kept: int) -> float:
        """What is lost when `gone` is moved onto `kept`."""
        return float(np.abs(self._features[gone] - self._features[kept]).max())

    def _allowed(self, gone: int, kept: int) -> bool:
        shared = self._shared(gone, kept)
        if shared == 0 or len(self.neighbours(gone) & self.neighbours(kept)) != shared:
            return False
        if self._on_border(gone) and shared != 1:
            return False
        for index in self._around[gone] - self._around[kept]:
            a, b, c = (kept if v == gone else v for v in self._faces[index])
            new, old = self._areas((a, b, c)), self._sign[index]
            if ((np.abs(old) > 0.3) & (new * np.sign(old) < 0.1 * np.abs(old))).any():
                return False
        return True

    def collapse(self, gone: int, kept: int) -> bool:
        """Move `gone` onto `kept` if nothing turns over; say whether it was done."""
        if not self._allowed(gone, kept):
            return False
        for index in self._around[gone] & self._around[kept]:
            for vertex in self._faces.pop(index):
                self._around[vertex].discard(index)
        for index in list(self._around[gone]):
            a, b, c = (kept if v == gone else v for v in self._faces[index])
            self._faces[index] = (a, b, c)
            self._around[kept].add(index)
            self._sign[index] = self._areas((a, b, c))
        del self._around[gone]
        return True

    def run(self, vertices_max: int) -> None:
        """Collapse the cheapest edges until at most `vertices_max` vertices are left, or nothing more may go."""
        heap = [(self.cost(a, b), a, b) for a in self._around for b in self.neighbours(a)]
        heapq.heapify(heap)
        while heap and len(self._around) > vertices_max:
            _, gone, kept = heapq.heappop(heap)
            if gone in self._around and kept in self._around and self.collapse(gone, kept):
                for other in self.neighbours(kept):
                    heapq.heappush(heap, (self.cost(other, kept) * 1.3, other, kept))
                    heapq.heappush(heap, (self.cost(kept, other) * 1.3, kept, other))

    def triangles(self) -> NDArray[np.int64]:
        """The triangles that are left (T, 3), in their old vertex numbers."""
        return np.array([self._faces[i] for i in sorted(self._faces)], np.int64)

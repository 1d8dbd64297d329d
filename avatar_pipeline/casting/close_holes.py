"""Close the small holes in a cast face's skin: what lies behind a face, tongue and throat first, would look out of them.

The template ends inside the nostrils, and thinned out each is left as a hole of one triangle, less than a pixel at rest. When the face
moves it grows to a few. In a rendered head the throat lies far below; behind a short upper lip or a wide smile it reaches the nostrils.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.rig.rig import Mesh

SIDES_MAX: Final = 8
"""Lips and lids part along forty and sixteen edges and more, and these openings are meant."""


def with_closed_holes(mesh: Mesh) -> Mesh:
    """The mesh with every hole of at most SIDES_MAX sides filled, drawn before all else: what closes a hole lies deeper than its rim."""
    skin = mesh.triangles[(mesh.lash[mesh.triangles] == 0).all(1)]
    filled = [(loop[0], loop[i], loop[i + 1]) for loop in borders(skin) if len(loop) <= SIDES_MAX for i in range(1, len(loop) - 1)]
    if not filled:
        return mesh
    return replace(mesh, triangles=np.concatenate([np.array(filled, np.uint16), mesh.triangles]))


def borders(triangles: NDArray[np.uint16]) -> list[list[int]]:
    """The closed borders of a mesh (T, 3), each as its vertices in the order in which a triangle outside it would name them."""
    edges = Counter((int(a), int(b)) for a, b in np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]))
    onwards: defaultdict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        if (b, a) not in edges:
            onwards[b].append(a)
    found = []
    while onwards:
        path = [next(iter(onwards))]
        while path[-1] in onwards:
            after = onwards[path[-1]].pop()
            if not onwards[path[-1]]:
                del onwards[path[-1]]
            if after in path:  # two borders may touch in one vertex
                found.append(path[path.index(after) :])
                del path[path.index(after) + 1 :]
            else:
                path.append(after)
    return found

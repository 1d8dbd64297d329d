"""Which of the model's 478 points lie where. Chains run from the picture's left to its right; R is the person's right."""

from typing import Final

UPPER_LIP_INNER: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_LIP_INNER: Final = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
UPPER_LIP_OUTER: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_LIP_OUTER: Final = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
LIPS_BETWEEN: Final = (
    76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306, 62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292,
    77, 90, 180, 85, 16, 315, 404, 320, 307, 96, 89, 179, 86, 15, 316, 403, 319, 325,
)  # fmt: skip
MOUTH: Final = frozenset(UPPER_LIP_INNER + LOWER_LIP_INNER + UPPER_LIP_OUTER + LOWER_LIP_OUTER + LIPS_BETWEEN)
OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132,
    93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
# Per eye, the person's left first (the picture's right): upper lid and lower lid, both from the picture's left to its right.
UPPER_LIDS: Final = ((362, 398, 384, 385, 386, 387, 388, 466, 263), (33, 246, 161, 160, 159, 158, 157, 173, 133))
LOWER_LIDS: Final = ((362, 382, 381, 380, 374, 373, 390, 249, 263), (33, 7, 163, 144, 145, 153, 154, 155, 133))
IRISES: Final = ((473, 474, 475, 476, 477), (468, 469, 470, 471, 472))
BROWS: Final = ((336, 296, 334, 293, 300), (70, 63, 105, 66, 107))
EYES: Final = frozenset(UPPER_LIDS[0] + UPPER_LIDS[1] + LOWER_LIDS[0] + LOWER_LIDS[1])
CHIN, FOREHEAD, NOSE_TIP, NOSE_BASE = 152, 10, 1, 2
CHEEK_R, CHEEK_L = 234, 454
EYE_OUTER_R, EYE_OUTER_L = 33, 263

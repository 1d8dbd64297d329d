"""The theatre: text in; timed sound, a motion score and pictures out.

A pure library. It knows no tenant, no database and no web page, so the same code speaks in a shop, in a film and in a
test. Front doors: `speak` (live speech), `film` (a finished film), `cast` (a portrait made into a rig).
"""

"""Faces of a shop's own: a portrait is uploaded, judged, made into a face that talks, adjusted, named, hired, and deleted."""

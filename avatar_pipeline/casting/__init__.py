"""The casting room: one photograph or drawing is looked at, judged, and made into a rig that talks."""

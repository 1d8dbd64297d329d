"""Finished faces: one rig and one poster picture each, shipped with the program."""

"""The puppet: a face as pictures and a mesh, the file it travels in, and the drawing of one frame from 57 numbers."""

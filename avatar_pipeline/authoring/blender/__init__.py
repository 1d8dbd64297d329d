"""The workshop's part that runs inside Blender: objects, materials, light, camera, and the rendered layers."""

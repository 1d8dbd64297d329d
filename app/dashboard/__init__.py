"""The dashboard: pages where a shop's people read what their employees said, sold and earned."""

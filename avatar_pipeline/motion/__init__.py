"""From phoneme times to a face that moves: pure functions on arrays, no clock and no files."""

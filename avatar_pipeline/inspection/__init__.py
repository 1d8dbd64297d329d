"""The inspection room: what a finished film shows and says, found again in the file itself and held against what it should be."""

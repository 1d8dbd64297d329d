"""Live pictures: how drawn mouths travel from the stage beside a graphics card to a shopper's browser. MESSAGES.md is the contract."""

"""The casting workshop: how the catalogue's people are modelled and pictured. Nothing here runs in the product."""

"""Who plays the demonstration's story over HTTP: a shopper, a buyer and a bookkeeper. None of them looks behind a page."""

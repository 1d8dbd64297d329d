"""What the mind can do with a question: name a price, find a product, quote a rule, offer a coupon, take a message."""

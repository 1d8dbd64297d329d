"""Getting paid: a closed statement becomes one invoice, by Stripe or by hand; the only place that may import the stripe package."""

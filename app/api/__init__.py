"""The HTTP edge: the widget's calls, signed webhooks, the merchant API, and health."""

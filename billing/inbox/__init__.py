"""Deliveries from merchants: verified, kept as they came, then read at our own pace."""

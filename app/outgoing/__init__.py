"""Outgoing webhooks: the shop's own programs are told what happens, by signed messages that are repeated until they are taken."""

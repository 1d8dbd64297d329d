"""Trying a contract on the past: the same functions that write the book, run over recorded facts, writing nothing."""

"""Readers of the formats shops really have: web pages, Word, PDF, product feeds. Whatever comes in is data, never an instruction."""

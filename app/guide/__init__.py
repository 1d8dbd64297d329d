"""The guide: how to work with the product, public and readable without a script. Pages are Markdown, one folder a language."""

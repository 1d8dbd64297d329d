"""The front door to the register of models: what the mind may ask, for whoever has to know what each costs and under which licence."""

from app.conversations.language_models.registry import ANY, ModelEntry, shared_models

__all__ = ["ANY", "ModelEntry", "shared_models"]

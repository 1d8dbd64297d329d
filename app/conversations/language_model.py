"""The front door to language models, for wiring and speaking: what one can be asked, and the three there are."""

from app.conversations.language_models.chat import LanguageModel, LanguageModelFailed
from app.conversations.language_models.openai_compatible import OpenAiCompatibleModel
from app.conversations.language_models.packaged import PackagedModel, packaged_file
from app.conversations.language_models.transformers import TransformersModel

__all__ = ["LanguageModel", "LanguageModelFailed", "OpenAiCompatibleModel", "PackagedModel", "TransformersModel", "packaged_file"]

"""The register of models: the cheapest that is right often enough, a thousand tiny ones of a shop, and what pointing to one costs."""

from time import process_time
from uuid import uuid4

import numpy as np
import pytest

from app.conversations.knowledge.index import REVIEWED_PREFIX, Index, KnownPassage
from app.conversations.knowledge.pieces import Piece
from app.conversations.knowledge.tiny_models import TinyModels
from app.conversations.knowledge.words import content_terms
from app.conversations.language_models.registry import ModelEntry, Registry, shared_models
from app.conversations.teach import read_document, vectors_of


def entry(name, cost, accuracy, languages="*", latency=10):
    return ModelEntry(name, "read", languages, "L4", 1, cost, latency, accuracy, "MIT")


def test_the_cheapest_that_is_right_often_enough_is_chosen():
    registry = Registry([entry("large", 900, 950_000), entry("small", 0, 700_000), entry("middle", 10, 900_000)])
    assert registry.choose("read", "en").name == "small"
    assert registry.choose("read", "en", accuracy_ppm_min=850_000).name == "middle"
    assert registry.choose("read", "en", accuracy_ppm_min=990_000).name == "large"
    assert registry.choose("sing", "en") is None


def test_a_model_is_asked_only_in_its_languages():
    registry = Registry([entry("english", 0, 990_000, "en"), entry("all", 5, 800_000)])
    assert registry.choose("read", "en").name == "english"
    assert registry.choose("read", "ja").name == "all"


def test_two_of_a_name_are_refused():
    with pytest.raises(ValueError, match="Two models"):
        Registry([entry("one", 0, 1), entry("one", 1, 1)])


def test_the_shared_models_are_all_told_with_their_licence_and_measured():
    assert {"find", "read", "judge"} <= {one.task for one in shared_models()}
    assert all(one.licence and one.latency_us and one.accuracy_ppm for one in shared_models())


def test_a_thousand_tiny_models_point_rightly_and_quickly():
    chance = np.random.default_rng(7)
    own = chance.normal(size=(1000, 384)).astype(np.float32)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    owners = [uuid4() for _ in own]
    models = TinyModels(owners, own, own)
    registry = Registry((*shared_models(), *models.entries()))
    assert len(registry) == 1000 + len(shared_models())
    started = process_time()
    found = [models.point(own[place] + chance.normal(scale=0.02, size=384).astype(np.float32)) for place in range(200)]
    assert (process_time() - started) / 200 < 0.01
    assert np.mean([each.owner == owners[place] for place, each in enumerate(found)]) > 0.98
    assert registry.named(f"curated-{owners[3]}").owner == owners[3]


def test_no_models_point_nowhere():
    assert TinyModels([], np.zeros((0, 384), np.float32), np.ones((3, 384), np.float32)).point(np.ones(384, np.float32)) is None


def test_a_reviewed_question_in_other_words_is_answered_by_its_model(embed):
    rules = read_document(
        "rules.md", "", b"# Rules\n\n## Parking\n\nCars park behind the shop.\n\n## Cakes\n\nCakes are baked on Friday.\n"
    )
    known = [KnownPassage(uuid4(), "rules.md", each.heading, each.sentences, vectors_of(each, embed)) for each in rules.pieces]
    asked = "Do you lend umbrellas on rainy days?"
    piece = Piece(asked, ("Umbrellas are lent for a deposit of five euros.",))
    known.append(KnownPassage(uuid4(), REVIEWED_PREFIX + asked, asked, piece.sentences, vectors_of(piece, embed)))
    index = Index(known)
    assert len(index.tiny_models) == 1
    assert index.reviewed_terms[frozenset(content_terms("do you lend umbrellas on rainy days"))] is known[-1]
    assert index.tiny_models.point(embed(["can I borrow an umbrella"], "query")[0]).owner == known[-1].passage_id
    assert index.registry.named(f"curated-{known[-1].passage_id}").level == "L2"

"""The operator reads the register of models: what each costs, how quick and how right it is, its licence, and each shop's own."""

from argparse import Namespace
from datetime import timedelta

from fakes.shop_history import fixed_vectors, open_shop, routed

from app.commands.operator import ACTIONS
from app.conversations.language_models.registry import shared_models
from app.conversations.reviewed import approve, propose, reviewed_answer
from tenants.identifiers import to_public
from tenants.members import members


def test_every_model_is_told_with_its_figures_and_a_shops_own_are_counted(database, tenant_id, now, capsys) -> None:
    shop = open_shop(routed(database), tenant_id, now=now - timedelta(days=2), email="robin@kestrel.example")
    assert ACTIONS["models"](shop.database, Namespace(), now) == 0
    told = capsys.readouterr().out
    assert to_public("shp", tenant_id) not in told, "nothing was reviewed yet"
    lines = {line.split()[0]: line for line in told.splitlines()}
    for one in shared_models():
        assert one.licence in lines[one.name]
        assert f"{one.latency_us / 1000:.2f} ms" in lines[one.name]
    talk = shop.talk("Do you ship to Norway?", ["I do not know that one."], now=now - timedelta(hours=1))
    with shop.database.tenant_session(tenant_id) as session:
        person = members(session)[0].person_id
        kept = propose(session, turn_id=talk.turn_id, person_id=person, question="Do you ship to Norway?", text="Yes, we do.", now=now)
        approve(session, reviewed_answer(session, kept), person_id=person, may_look_alone=True, embed=fixed_vectors, now=now)
    ACTIONS["models"](shop.database, Namespace(), now)
    assert f"{to_public('shp', tenant_id)}  Kestrel Coffee & Snacks: 1 of its own" in capsys.readouterr().out

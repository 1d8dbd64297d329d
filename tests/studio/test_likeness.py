"""Consent to a likeness: one path to being in force, a recording that must be of now, and nothing after it was taken back."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.studio.consent_words import LANGUAGES
from app.studio.films import Draft, create_film
from app.studio.likeness import (
    ConsentRefused,
    ConsentUnknown,
    LikenessNotAllowed,
    activate_consent,
    affected_films,
    check_consent,
    consents,
    draw_again,
    lost_faces,
    must_be_allowed,
    record_consent,
    request_consent,
    revoke_consent,
)
from app.studio.likeness_states import (
    FOLLOWS,
    ConsentState,
    Findings,
    Scope,
    draw_words,
    problem_with_scope,
    problems_of,
    sentence_to_read,
)
from app.studio.likeness_tables import LikenessConsent
from app.studio.renders import ask_render
from app.studio.tables import FilmRender
from app.studio.wear_face import wear_face
from app.studio.works import begin_work
from tenants.audit import AuditFilter, audit_entries
from tenants.employee import employee_view
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import new_id
from tenants.tenant import open_tenant

FACE = "photo-robin"


@pytest.fixture
def scope(now) -> Scope:
    return Scope(("face", "voice"), ("films",), ("FR", "DE"), now + timedelta(days=365))


@pytest.fixture
def robin(database, tenant_id, now):
    """An employee with a real person's face."""
    with database.tenant_session(tenant_id) as session:
        open_tenant(session, name="Kestrel Coffee", time_zone="UTC", allowed_origins=(), now=now)
        return add_applicant(session, Applicant("Robin", "Presenter", FACE, "heart", "Hello!", "Shows coffee."), now=now).employee_id


@pytest.fixture
def hand(database, tenant_id, robin, scope, now):
    """Calls a verb for the shop, in a transaction of its own."""

    def call(verb, /, **arguments):
        with database.tenant_session(tenant_id) as session:
            return verb(session, by="per_robin", **{"now": now, **arguments})

    return call


def recorded(hand, scope):
    asked = hand(request_consent, person_name="Robin Vale", face_id=FACE, scope=scope)
    hand(record_consent, consent_id=asked.consent_id, recording_sha256=b"\1" * 32)
    return asked


def in_force(hand, scope):
    asked = recorded(hand, scope)
    assert hand(check_consent, consent_id=asked.consent_id, findings=Findings(asked.sentence, is_same_face=True, is_same_voice=True)) == []
    return hand(activate_consent, consent_id=asked.consent_id)


def allowed(database, tenant_id, now, channel="films", face_id=FACE) -> bool:
    with database.tenant_session(tenant_id) as session:
        try:
            must_be_allowed(session, face_id=face_id, channel=channel, now=now)
        except LikenessNotAllowed:
            return False
    return True


def test_only_a_consent_in_force_allows_a_face_and_only_what_it_covers(database, tenant_id, hand, scope, now):
    assert not allowed(database, tenant_id, now)
    view = in_force(hand, scope)
    assert view.is_in_force(now)
    assert allowed(database, tenant_id, now)
    assert not allowed(database, tenant_id, now, channel="chat")
    assert not allowed(database, tenant_id, scope.expires_at), "it ends by itself"
    assert allowed(database, tenant_id, now, face_id="amara"), "faces of the catalogue are nobody's"


def test_the_sentence_says_all_and_the_words_are_new_each_time(hand, scope):
    asked = hand(request_consent, person_name="Robin  Vale", face_id=FACE, scope=scope)
    for said in ("Robin Vale", "Kestrel Coffee", "my face and my voice", "films", "20 November 2027", asked.words):
        assert said in asked.sentence
    assert hand(draw_again, consent_id=asked.consent_id).words != asked.words


def test_words_that_ran_out_take_no_recording(hand, scope, now):
    asked = hand(request_consent, person_name="Robin", face_id=FACE, scope=scope)
    with pytest.raises(ConsentRefused, match="ran out"):
        hand(record_consent, consent_id=asked.consent_id, recording_sha256=b"", now=now + timedelta(minutes=31))
    with pytest.raises(ConsentRefused, match="cannot become"):
        hand(activate_consent, consent_id=asked.consent_id)


def test_a_mistyped_word_is_typed_again_and_another_recording_needs_new_words(database, tenant_id, hand, scope):
    asked = recorded(hand, scope)
    wrong, right = (
        Findings(heard, is_same_face=True, is_same_voice=True) for heard in (asked.sentence.replace(asked.words, "a"), asked.sentence)
    )
    nothing = Findings("Hello there.", is_same_face=False, is_same_voice=True)
    assert [len(hand(check_consent, consent_id=asked.consent_id, findings=one)) for one in (nothing, wrong)] == [3, 1]
    with database.tenant_session(tenant_id) as session:
        [now_asked] = consents(session)
    assert (now_asked.state, now_asked.words) == (ConsentState.RECORDED, asked.words), "the recording still counts"
    assert hand(draw_again, consent_id=asked.consent_id).words != asked.words
    again = hand(record_consent, consent_id=asked.consent_id, recording_sha256=b"\2" * 32)
    assert hand(check_consent, consent_id=asked.consent_id, findings=right) != [], "the old words prove nothing any more"
    fine = Findings(again.sentence, is_same_face=True, is_same_voice=True)
    assert hand(check_consent, consent_id=asked.consent_id, findings=fine) == []
    with database.tenant_session(tenant_id) as session:
        actions = [one.action for one in audit_entries(session, AuditFilter(), limit=20)]
    assert (actions.count("consent.not_proven"), actions.count("consent.checked")) == (3, 1)


def test_films_stay_listed_and_unpublished_when_who_plays_in_them_wears_another_face(database, tenant_id, hand, robin, scope, now):
    view, script = in_force(hand, scope), {"format": "tillhand-script/1", "shape": "1:1", "scenes": [{"text": "Hello."}]}
    with database.tenant_session(tenant_id) as session:
        film_id = create_film(session, Draft("Spring", robin, script), by="per_robin", now=now)
        made, waits = (ask_render(session, film_id=film_id, kind=kind, by="per_robin", now=now) for kind in ("preview", "full"))
        session.get_one(FilmRender, (tenant_id, made)).state = "done"
    assert hand(wear_face, employee_id=robin, face_id="amara", market="FR")
    assert not hand(wear_face, employee_id=robin, face_id="amara", market="FR")
    affected = hand(revoke_consent, consent_id=view.consent_id)
    assert [one.work_id for one in affected] == [film_id]
    with database.tenant_session(tenant_id) as session:
        faces = [session.get_one(FilmRender, (tenant_id, one)).face_id for one in (made, waits)]
        assert (faces, employee_view(session, robin).face_id, lost_faces(session, now)) == ([FACE, None], "amara", frozenset())
    with pytest.raises(LikenessNotAllowed):
        hand(wear_face, employee_id=robin, face_id=FACE, market="FR")


def test_taking_it_back_stops_renders_and_lists_films(database, tenant_id, hand, robin, scope, now):
    view = in_force(hand, scope)
    with database.tenant_session(tenant_id) as session:
        work = begin_work(session, employee_id=robin, title="Spring film", now=now)
    affected = hand(revoke_consent, consent_id=view.consent_id)
    assert [(one.work_id, one.title, one.is_published) for one in affected] == [(work.work_id, "Spring film", False)]
    assert hand(revoke_consent, consent_id=view.consent_id) == affected, "twice is once"
    assert not allowed(database, tenant_id, now)
    with pytest.raises(LikenessNotAllowed), database.tenant_session(tenant_id) as session:
        begin_work(session, employee_id=robin, title="After all", now=now)
    with database.tenant_session(tenant_id) as session:
        actions = [one.action for one in audit_entries(session, AuditFilter(), limit=20)]
    assert actions.count("consent.revoked") == 1


def test_what_waits_ends_and_what_is_being_made_is_told_to_stop(database, tenant_id, hand, robin, scope, now):
    """The face's own films, and no other's."""
    view, script = in_force(hand, scope), {"format": "tillhand-script/1", "shape": "1:1", "scenes": [{"text": "Hello."}]}
    with database.tenant_session(tenant_id) as session:
        amara = add_applicant(session, Applicant("Amara", "Presenter", "amara", "heart", "Hello!", "Shows coffee."), now=now).employee_id
        drafts = {who: Draft(who, employee, script) for who, employee in (("waits", robin), ("runs", robin), ("other", amara))}
        films = {who: create_film(session, draft, by="per_robin", now=now) for who, draft in drafts.items()}
        asked = {who: ask_render(session, film_id=film_id, kind="preview", by="per_robin", now=now) for who, film_id in films.items()}
        session.get_one(FilmRender, (tenant_id, asked["runs"])).state = "running"
    hand(revoke_consent, consent_id=view.consent_id)
    with database.tenant_session(tenant_id) as session:
        found = {who: session.get_one(FilmRender, (tenant_id, render_id)) for who, render_id in asked.items()}
        states = {who: (row.state, row.cancel_asked_at is not None) for who, row in found.items()}
    assert states == {"waits": ("cancelled", True), "runs": ("running", True), "other": ("waiting", False)}


def test_a_second_consent_keeps_the_face_allowed(database, tenant_id, hand, scope, now):
    first, _second = in_force(hand, scope), in_force(hand, scope)
    hand(revoke_consent, consent_id=first.consent_id)
    assert allowed(database, tenant_id, now)


def test_no_other_shop_sees_or_takes_back(database, hand, scope, now):
    view, stranger = in_force(hand, scope), new_id(now)
    with database.tenant_session(stranger) as session:
        open_tenant(session, name="Harbour Books", time_zone="UTC", allowed_origins=(), now=now)
        assert consents(session) == []
        assert affected_films(session, FACE) == []
        with pytest.raises(ConsentUnknown):
            revoke_consent(session, consent_id=view.consent_id, by="per_kim", now=now)
    assert not allowed(database, stranger, now), "one shop's consent is no other shop's"


def test_scopes_that_cannot_be_consented_to_are_refused(hand, scope, now):
    end = scope.expires_at
    bad = [
        Scope((), ("films",), ("FR",), end), Scope(("soul",), ("films",), ("FR",), end), Scope(("face",), (), ("FR",), end),
        Scope(("face",), ("films",), ("France",), end), Scope(("face",), ("films",), (), end), Scope(("face",), ("films",), ("FR",), now),
        Scope(("face",), ("films",), ("FR",), now + timedelta(days=731)),
    ]  # fmt: skip
    assert problem_with_scope(scope, now) is None
    assert all(problem_with_scope(one, now) for one in bad)
    for face_id, name in (("amara", "Robin"), (FACE, " ")):
        with pytest.raises(ConsentRefused):
            hand(request_consent, person_name=name, face_id=face_id, scope=scope)


@given(st.lists(st.sampled_from(list(ConsentState)), max_size=8))
def test_nothing_is_in_force_that_was_not_recorded_and_checked(path):
    """Every walk the table allows: before "active" stand "recorded" and "checked", in this order, and "revoked" is the end."""
    state, walked = ConsentState.REQUESTED, [ConsentState.REQUESTED]
    for wanted in path:
        if wanted in FOLLOWS[state]:
            state = wanted
            walked.append(wanted)
    if ConsentState.ACTIVE in walked:
        place = walked.index(ConsentState.ACTIVE)
        assert walked[place - 2 : place] == [ConsentState.RECORDED, ConsentState.CHECKED]
    if ConsentState.REVOKED in walked:
        assert walked[-1] is ConsentState.REVOKED
        assert walked.count(ConsentState.REVOKED) == 1


def test_mishearing_a_word_is_forgiven_but_not_one_of_the_four(scope):
    words = "amber river olive temple"
    sentence = sentence_to_read("Robin Vale", "Kestrel Coffee", scope, words, "en", time_zone="UTC")
    fine = {"is_same_face": True, "is_same_voice": True}
    assert problems_of(Findings(sentence.replace("Vale", "Whale").lower(), **fine), sentence, words, ("face",)) == []
    for heard in (sentence.replace("olive", "oliver"), sentence.replace("amber river", "river amber"), words, "", "阿" * 50):
        assert problems_of(Findings(heard, **fine), sentence, words, ("face",))
    assert problems_of(Findings(sentence, is_same_face=True, is_same_voice=False), sentence, words, ("face",)) == []
    assert problems_of(Findings(sentence, is_same_face=True, is_same_voice=False), sentence, words, ("face", "voice"))


@pytest.mark.parametrize(
    ("language", "name", "uses", "day"),
    [
        ("en", "English", "my face and my voice", "20 November 2027"), ("zh", "中文", "我的面容和我的声音", "2027年11月20日"),
        ("ja", "日本語", "私の顔と私の声", "2027年11月20日"), ("fr", "Français", "mon visage et ma voix", "20 novembre 2027"),
    ],
)  # fmt: skip
def test_the_person_reads_in_their_own_language_and_the_row_keeps_which(database, tenant_id, hand, scope, language, name, uses, day):
    asked = hand(request_consent, person_name="罗宾", face_id=FACE, scope=scope, language=language)
    assert (asked.language, LANGUAGES[language].name) == (language, name)
    drawn = asked.words.split()
    assert len(set(drawn) & set(LANGUAGES[language].words.split())) == 4
    assert [part in asked.sentence for part in ("罗宾", "Kestrel Coffee", uses, day, *drawn)] == [True] * 8
    hand(record_consent, consent_id=asked.consent_id, recording_sha256=b"\1" * 32)
    swapped = asked.sentence.replace(drawn[0], "{}").replace(drawn[1], drawn[0]).replace("{}", drawn[1])
    for heard, said in ((swapped, "four words"), ("我是罗宾。" + "、".join(drawn), "not the sentence")):
        [problem] = problems_of(Findings(heard, is_same_face=True, is_same_voice=True), asked.sentence, asked.words, ("face", "voice"))
        assert said in problem
    as_typed = asked.sentence.replace("、", " ").replace("。", "\n").replace("2027", "\uff12\uff10\uff12\uff17").upper()
    assert hand(check_consent, consent_id=asked.consent_id, findings=Findings(as_typed, is_same_face=True, is_same_voice=True)) == []
    with database.tenant_session(tenant_id) as session:
        assert session.scalars(select(LikenessConsent.language)).all() == [language]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Auckland"])
def test_the_day_that_is_read_is_the_last_on_which_it_counts(zone):
    end = datetime(2027, 3, 2, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    scope = Scope(("face",), ("films",), ("world",), end)
    read = {language: sentence_to_read("Robin", "Kestrel Coffee", scope, "a b c d", language, time_zone=zone) for language in LANGUAGES}
    days = {"en": "until 1 March 2027.", "zh": "直到2027年3月1日为止", "ja": "2027年3月1日まで", "fr": "jusqu’au 1er mars 2027."}
    assert {language: day for language, day in days.items() if day in read[language]} == days


def test_another_language_is_chosen_with_new_words_and_one_nobody_has_is_refused(hand, scope):
    asked = hand(request_consent, person_name="Robin", face_id=FACE, scope=scope)
    chinese = hand(draw_again, consent_id=asked.consent_id, language="zh")
    assert (asked.language, chinese.language, chinese.sentence.startswith("我是Robin。")) == ("en", "zh", True)
    assert hand(draw_again, consent_id=asked.consent_id).language == "zh", "it stays what was chosen"
    anew, more = {"consent_id": asked.consent_id}, {"person_name": "Robin", "face_id": FACE, "scope": scope}
    for verb, which in ((draw_again, anew), (request_consent, more)):
        with pytest.raises(ConsentRefused, match="Choose a language"):
            hand(verb, **which, language="tlh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_drawn_from_many(language):
    assert len(set(LANGUAGES[language].words.split())) == 64
    drawn = [draw_words(language) for _ in range(50)]
    assert len(set(drawn)) == 50
    assert all(len(set(words.split())) == 4 for words in drawn)
    assert not any(one == other for one, other in itertools.pairwise(drawn))

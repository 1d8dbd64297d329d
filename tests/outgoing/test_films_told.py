"""A film that is finished is told to the shop's own programs."""

from test_outgoing_webhooks import Street, program, street  # noqa: F401

from app.studio.works import begin_work, finish_work
from tenants.identifiers import to_public


def test_a_finished_film_is_told_with_the_name_that_its_money_carries(street: Street) -> None:  # noqa: F811
    street.add("film.ready")
    work = street.verb(begin_work, employee_id=street.shop.employee_id, title="Teas", now=street.now)
    street.verb(finish_work, work_id=work.work_id, duration_s=3.04, sha256=b"\1" * 32, now=street.now)
    street.hear()
    street.drain()
    [(_, told)] = street.receiver.got
    assert told["type"] == "film.ready"
    assert told["data"] == {
        "id": to_public("wrk", work.work_id), "employee": to_public("emp", street.shop.employee_id), "title": "Teas", "duration_ms": 3040,
        "sha256": "01" * 32, "finished_at": street.now.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip

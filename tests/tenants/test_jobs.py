"""The jobs of jobs.toml: each says what it does, is spelled right, and its sample terms are a contract."""

import pytest

from billing.contract_terms import read_terms
from tenants.errors import JobUnknown
from tenants.jobs import ALWAYS, job_of, jobs, skill_sentences


@pytest.mark.parametrize("job", jobs(), ids=lambda job: job.job_id)
@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_a_jobs_terms_are_a_contract_in_any_currency(job, currency):
    terms = read_terms({**job.terms, "currency": currency, "period_time_zone": "Asia/Tokyo"})
    assert 0 < terms.share_ppm <= 200_000


@pytest.mark.parametrize("job", jobs(), ids=lambda job: job.job_id)
def test_a_job_says_what_it_does_and_what_to_ask(job):
    assert job.duties.endswith(".")
    assert job.duties.count(". ") == 0, "duties are one sentence"
    assert 4 <= len(job.golden_questions) <= 8
    assert set(ALWAYS) <= set(job.skills)
    assert set(job.skills) <= set(skill_sentences())
    assert len(job.greeting) <= 140


def test_the_six_jobs_are_there_and_no_other():
    assert [job.title for job in jobs()] == ["Shop seller", "Concierge", "Presenter", "Film-maker", "Support", "Event host"]
    with pytest.raises(JobUnknown, match="there are: shop_seller"):
        job_of("astronaut")

"""The jobs a shop can hire for, read from jobs.toml: duties, skills, a sample of the contract's terms, questions for the interview."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from tenants.errors import JobUnknown

ALWAYS: Final = ("answer", "messages")
"""What no employee can be without: a shopper who is not answered must be able to reach a person."""
_FILE: Final = Path(__file__).with_name("jobs.toml")


@dataclass(frozen=True)
class Job:
    """One job. `terms` are fields of a contract as the counting house writes them, without currency and time zone."""

    job_id: str
    title: str
    duties: str
    skills: tuple[str, ...]
    greeting: str
    brief: str
    golden_questions: tuple[str, ...]
    terms: Mapping[str, Any]


@cache
def jobs() -> tuple[Job, ...]:
    """Every job, in the sequence a shop should see them."""
    return tuple(_job(job_id, fields) for job_id, fields in _document()["jobs"].items())


def job_of(job_id: str) -> Job:
    """The job of that id; raises JobUnknown."""
    for job in jobs():
        if job.job_id == job_id:
            return job
    raise JobUnknown(f"There is no job {job_id[:40]!r}; there are: {', '.join(job.job_id for job in jobs())}.")


@cache
def skill_sentences() -> dict[str, str]:
    """What each skill lets an employee do, in words."""
    sentences: dict[str, str] = _document()["skills"]
    return sentences


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _job(job_id: str, fields: Mapping[str, Any]) -> Job:
    unknown = [skill for skill in fields["skills"] if skill not in skill_sentences()]
    if unknown:
        raise JobUnknown(f"The job {job_id} names a skill that nobody has: {', '.join(unknown)}.")
    lists = {name: tuple(fields[name]) for name in ("skills", "golden_questions")}
    return Job(job_id=job_id, **{**fields, **lists})

"""`python -m app film`: what is asked wrongly is answered before anything is made."""

from pathlib import Path

import pytest

from app.commands.film import FilmWanted, film
from app.settings import Settings


@pytest.mark.parametrize(
    ("content", "changes", "said"),
    [
        (None, {}, "cannot be read"),
        (b"\xff\xfe\x00bad", {}, "not UTF-8"),
        (b"x" * 20_001, {}, "at most 20000"),
        (b"Hello.", {"shop": "shp_x"}, "Name both"),
        (b"Hello.", {"employee": "emp_x"}, "Name both"),
    ],
)
def test_what_is_asked_wrongly_makes_nothing(tmp_path: Path, capsys, content, changes, said):
    script, out = tmp_path / "script.txt", tmp_path / "out" / "film.mp4"
    if content is not None:
        script.write_bytes(content)
    assert film(Settings(data_folder=tmp_path / "var"), FilmWanted(script, out, **changes)) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()
    assert not (tmp_path / "var").exists()

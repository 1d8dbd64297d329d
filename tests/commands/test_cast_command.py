"""`python -m app cast` and its folder: one that is not there is told of, one that cannot be made is refused in words."""

from pathlib import Path

import pytest
from fakes.portraits import photograph

from app.commands import cast as command
from app.commands.cast import cast
from app.commands.out_folder import OutUnusable, make_folder
from avatar_pipeline.errors import StageRefusal


def test_the_folder_for_a_face_is_made_and_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_now(*_args: object, **_kwargs: object) -> None:
        raise StageRefusal("Another time.")

    monkeypatch.setattr(command, "cast_face", not_now)  # the seconds of making are another test's
    photo, out = tmp_path / "photo.png", tmp_path / "faces" / "ana"
    photo.write_bytes(photograph())
    assert cast(photo, out, name="Ana") == 1
    told = capsys.readouterr()
    assert (f"There was no folder {out}; it was made." in told.out, "Another time." in told.err) == (True, True)
    assert (out / "photo.found.jpg").is_file()
    assert cast(photo, out, name="Ana") == 1
    assert "There was no folder" not in capsys.readouterr().out
    (tmp_path / "file").write_bytes(b"")
    assert cast(photo, tmp_path / "file" / "ana", name="Ana") == 2
    assert "cannot be made (Not a directory). Name another with --out." in capsys.readouterr().err


def test_a_file_in_the_folders_place_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutUnusable, match="cannot be made"):
        make_folder(tmp_path / "file")

"""The gallery for readers of Chinese: it speaks Chinese where a Chinese voice is installed, and where none is it says so plainly."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from app.guide import gallery
from avatar_pipeline.catalogue import face, faces
from avatar_pipeline.voice import Voice

TOLD = "没有安装中文声音"


def shown(language: str) -> LexborHTMLParser:
    return LexborHTMLParser(gallery.draw_gallery(language))


def test_without_chinese_voices_the_page_says_that_english_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Voice, "is_ready", lambda _voice: False)
    page = shown("zh")
    assert TOLD in page.css_first(".gallery-told").text()
    assert [one.attributes["lang"] for one in page.css("q")] == ["en"] * len(faces())
    assert "中文声音：" not in page.html
    assert shown("en").css(".gallery-told") == []


@pytest.mark.skipif(not Voice("jade").is_ready(), reason="the further voices are not installed (make setup-voices)")
def test_with_chinese_voices_each_face_says_in_which_it_speaks_and_is_heard_in_it() -> None:
    page = shown("zh")
    assert page.css(".gallery-told") == []
    assert [one.attributes["lang"] for one in page.css("q")] == ["zh"] * len(faces())
    told = [one.css(".talker-age")[-1].text() for one in page.css("figure")]
    assert told == [f"中文声音：{gallery.speaker(entry, 'zh').name.capitalize()}" for entry in faces()]
    spoken, english = (gallery.introduction(face("nadia"), language) for language in ("zh", "en"))
    assert len(spoken.sounds) == len(spoken.scores["sentences"]) >= 3
    assert spoken.sounds[0] != english.sounds[0]

"""Parts of the panel tried by themselves: captions and heard words in wide letters, a microphone whose line or plug comes loose."""

from typing import Any

import pytest
from shopper import AT_REST, Shopper, Visit

pytestmark = pytest.mark.browser

STAGE = """if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => {
  window.__stage = new AudioContext().createMediaStreamDestination();
  return window.__stage.stream;
};"""
LINE = """window.WebSocket = class {
  static OPEN = 1;
  readyState = 1;
  constructor() { setTimeout(() => { this.onopen(); this.onmessage({ data: '{"type":"ready"}' }); }); }
  send() {}
  close() { this.onclose?.(); }
};"""
UNPLUG = "window.__stage.stream.getAudioTracks()[0].dispatchEvent(new Event('ended'))"


def part_of_panel(shopper: Shopper, name: str, call: str, *values: Any) -> Any:
    """What a module of the panel gives for some values, as it is served."""
    program = f"""async (values) => {{
      const part = await import(new URL("{name}", document.querySelector("script[src*='panel/main']").src).href);
      return part.{call}(...values);
    }}"""
    return shopper.panel.evaluate(program, list(values))


def timed(*words: str) -> list[dict[str, Any]]:
    return [{"text": word, "start_ms": 500 * place, "end_ms": 500 * (place + 1)} for place, word in enumerate(words)]


def test_words_heard_are_found_whatever_width_the_voice_gave_their_signs(shopper: Shopper):
    shopper.open()
    sentence = {"text": "クーポンをどうぞ：Welcome（一回）。", "words": timed("クーポン", "を", "どうぞ", ":Welcome(", "一回)。")}
    heard = [part_of_panel(shopper, "timeline.js", "lengthHeard", sentence, ms) for ms in (1500, 2000, 9000)]
    assert [sentence["text"][:length] for length in heard] == ["クーポンをどうぞ", "クーポンをどうぞ：Welcome（", sentence["text"]]


def test_a_caption_in_chinese_is_no_wider_than_one_in_english(shopper: Shopper):
    shopper.open()
    words = timed("我们", "周一", "到", "周五", "早上", "七点", "开门", "晚上", "七点", "关门", "周六", "八点", "开门", "六点", "关门。")
    lines = part_of_panel(shopper, "captions.js", "breakLines", words)
    assert [first for first, _ in lines] == [0, *(end for _, end in lines[:-1])]
    assert all(sum(2 * len(word["text"]) for word in words[first:end]) <= 36 for first, end in lines)


@pytest.mark.parametrize(
    ("prepare", "act", "says"), [(STAGE, "0", "cannot be used just now"), (STAGE + LINE, UNPLUG, "No microphone was found")]
)
def test_a_microphone_that_comes_loose_says_so(visit: Visit, prepare: str, act: str, says: str):
    shopper = visit(prepare=prepare)
    panel = shopper.open()
    shopper.wait_until("ready")
    panel.click("[data-act=microphone]")
    panel.click("[data-part=hearing] .chip")
    if act != "0":
        panel.wait_for_selector('.room[data-ear="listening"]')
        panel.evaluate(act)
    panel.locator("[data-part=hearing]", has_text=says).wait_for()
    assert panel.get_attribute("[data-act=microphone]", "aria-pressed") == "false"


def test_the_captions_leave_the_mouth_alone(visit: Visit):
    for width, height in ((360, 640), (740, 360), (320, 480)):
        shopper = visit(viewport={"width": width, "height": height})
        panel = shopper.open()
        panel.wait_for_selector(".captions .lit")
        panel.evaluate("document.querySelector('.room').classList.add('full')")
        panel.evaluate(AT_REST)
        mouth_ends, caption_begins = panel.evaluate("""() => {
          const picture = document.querySelector(".stage-picture").getBoundingClientRect(), caption = document.querySelector(".captions");
          caption.replaceChildren("The large Flat White costs $4.90.");
          return [picture.top + picture.height * 0.7, caption.getBoundingClientRect().top];
        }""")
        assert mouth_ends <= caption_begins, (width, height)

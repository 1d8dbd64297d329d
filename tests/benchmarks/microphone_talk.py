"""A shopper talks with her by microphone in real Chromium, and interrupts her: how long until she answers, and until she is silent.

First the shopper lets her finish four answers, then cuts in on two dozen: asking again while she speaks.

Two listeners stand in the page: one behind the microphone, one before the sound card. Both run where sound is made (an audio worklet)
and note when it was loud, by one clock. So a turn's end is the last loud moment of the recorded question, and her silence the first quiet
one of what is given to the sound card.
"""

import json
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fakes import fake_microphone
from fakes.open_shop import open_shop
from ingest_town import ingest_town
from playwright.sync_api import Page, sync_playwright

from avatar_pipeline.listen import Listener, new_listener

QUESTIONS: Final = ("What is your return policy?", "When do you open on Sunday?", "How much is a flat white?", "Can I get a gift card?")
PAUSE_S: Final = 6.0
CUTTING_IN: Final = 28  # questions asked into the answer before; some of these are over by then, or between two sentences
CUT_IN_S: Final = 2.8
TAP: Final = """registerProcessor("tap", class extends AudioWorkletProcessor {
  process([[channel]], [out = []]) {
    if (channel) for (const one of out) one.set(channel);
    let peak = 0;
    for (const value of channel || []) peak = Math.max(peak, Math.abs(value));
    if (peak > 0.01) this.port.postMessage(Date.now());
    return true;
  }
});
"""
WATCH: Final = """
window.__out = []; window.__mic = []; window.__told = [];
const connect = AudioNode.prototype.connect;
async function tap(context, list, options) {
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([TAP], {type: "text/javascript"})));
  const node = new AudioWorkletNode(context, "tap", options);
  node.port.onmessage = ({data}) => list.push(data);
  return node;
}
AudioNode.prototype.connect = function (target, ...rest) {
  if (target !== this.context.destination || this.__tapped) return connect.call(this, target, ...rest);
  this.__tapped = true;
  tap(this.context, window.__out).then((node) => { connect.call(this, node); connect.call(node, target); });
  return target;
};
const source = AudioContext.prototype.createMediaStreamSource;
AudioContext.prototype.createMediaStreamSource = function (stream) {
  const made = source.call(this, stream);
  tap(this, window.__mic, {numberOfOutputs: 0}).then((node) => connect.call(made, node));
  return made;
};
window.WebSocket = class extends WebSocket {
  constructor(...line) {
    super(...line);
    this.addEventListener("message", ({data}) => window.__told.push([Date.now(), JSON.parse(data)]));
  }
};
"""


@dataclass(frozen=True)
class Talk:
    """What one run gave, all in milliseconds; a list per figure, one entry per turn or interruption."""

    turn_end_to_first_sound_ms: list[float]
    interrupt_to_silence_ms: list[float]
    voice_to_silence_ms: list[float]
    heard: list[str]


def talk_by_microphone() -> Talk:
    """Ask all questions, and then each again and again into the answer of the one before."""
    pieces: list[str | float] = [2.0]
    for question in QUESTIONS:
        pieces += [question, PAUSE_S]
    for number in range(CUTTING_IN):
        pieces += [QUESTIONS[number % len(QUESTIONS)], CUT_IN_S]
    sound, spans = fake_microphone.script(*pieces)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = fake_microphone.write_wav(folder / "shopper.wav", sound)
        listener("en", "")
        town = stack.enter_context(ingest_town(1))
        shop = stack.enter_context(open_shop(town.database, folder, listener=listener))
        driver = stack.enter_context(sync_playwright())
        flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", *fake_microphone.FLAGS]
        flags.append(f"--use-file-for-fake-audio-capture={file}%noloop")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport={"width": 420, "height": 760}, bypass_csp=True)  # the listeners are no scripts of ours
        page.add_init_script(f"const TAP = {json.dumps(TAP)};{WATCH}")
        seen = _converse(page, f"{shop.url}/w/{shop.key}/hosted", spans[-1][1] + PAUSE_S)
        browser.close()
    return _read(seen)


def listener(language: str, hint: str) -> Listener:
    """The real one."""
    return new_listener(language=language, hint=hint)


def _converse(page: Page, address: str, seconds: float) -> dict[str, Any]:
    page.goto(address)
    page.frame_locator("tillhand-widget iframe").locator('.room[data-state="ready"]').wait_for(timeout=60_000)
    panel = next(frame for frame in page.frames if "/frame" in frame.url)
    panel.click('[data-act="microphone"]')
    panel.click('[data-part="hearing"] .chip')
    panel.wait_for_selector('.room[data-ear="listening"]', timeout=30_000)
    page.wait_for_timeout(seconds * 1000)
    seen: dict[str, Any] = panel.evaluate("({out: window.__out, mic: window.__mic, told: window.__told})")
    return seen


def _read(seen: dict[str, Any]) -> Talk:
    out, mic, told = seen["out"], seen["mic"], seen["told"]
    ends = [at for at, message in told if message["type"] == "speech:ended"]
    heard = [message["text"] for _, message in told if message["type"] == "heard"]
    waits, cuts, voices = [], [], []
    for end, following in zip(ends, [*ends[1:], float("inf")], strict=True):
        silent_from = max(at for at in mic if at < end)
        sounds = [at for at in out if end < at < following]
        if sounds:
            waits.append(sounds[0] - silent_from)
    for at, message in told:
        before = [one for one in out if at - 120 < one <= at]
        if message["type"] != "speech:began" or not before:
            continue
        until = [one for one in out if at <= one < at + 400]
        cuts.append((until[-1] if until else at) - at)
        onset = [one for one, last in zip(mic[1:], mic, strict=False) if one - last > 700 and one < at]
        voices.append((until[-1] if until else at) - onset[-1] if onset else float("nan"))
    if not waits or not cuts:
        raise AssertionError(f"Of {len(QUESTIONS)} questions these were heard: {heard}; {len(waits)} were answered, {len(cuts)} cut in.")
    return Talk(waits, cuts, voices, heard)

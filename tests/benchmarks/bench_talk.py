"""How long a shopper waits for the first sound, over HTTP with the real mind, voice and database: said before, and never said before.

Run `python -m pytest tests/benchmarks/bench_talk.py -s`. The clock starts when the message is posted and stops at the first byte of
the first sentence's sound.
"""

import statistics
import time

import httpx
from fakes.open_shop import Talk, open_shop, open_talk

NEVER_SAID = (
    "How much is the flat white?", "When do you open on Sunday?", "Do you have wifi?", "Can I return beans?",
    "Do you deliver?", "How much is the oat latte?", "Where can I find you?", "How much is a cold brew?",
)  # fmt: skip


def first_sound_ms(talk: Talk, question: str, after: int) -> tuple[float, int]:
    """Milliseconds to the first byte of sound, and the number of the turn's last event."""
    start, found = time.perf_counter(), None
    turn = talk.ask(question)
    for number, event in talk.events(after):
        if event["type"] == "sentence" and event["turn"] == turn and found is None:
            with talk.client.stream("GET", event["audio_url"]) as sound:
                next(sound.iter_raw())
            found = (time.perf_counter() - start) * 1000
        if event["type"] == "turn:end" and event["turn"] == turn:
            assert found is not None
            return found, number
    raise AssertionError("the stream ended before the turn did")


def greeting_ms(shop, client: httpx.Client) -> tuple[float, Talk, int]:
    """Milliseconds from opening the conversation to the first byte of the greeting."""
    start = time.perf_counter()
    talk = open_talk(shop, client)
    number, event = next((number, event) for number, event in talk.events() if event["type"] == "sentence")
    with client.stream("GET", event["audio_url"]) as sound:
        next(sound.iter_raw())
    took = (time.perf_counter() - start) * 1000
    return took, talk, talk.until("turn:end", after=number)[-1][0]


def test_first_sound(database, tmp_path):
    with open_shop(database, tmp_path) as shop, httpx.Client(base_url=shop.url, timeout=30) as client:
        cold, talk, last = greeting_ms(shop, client)
        cached_greetings = [greeting_ms(shop, client)[0] for _ in range(5)]
        fresh, again = [], []
        for question in NEVER_SAID:
            took, last = first_sound_ms(talk, question, last)
            fresh.append(took)
        _, talk, last = greeting_ms(shop, client)
        for question in NEVER_SAID:
            took, last = first_sound_ms(talk, question, last)
            again.append(took)
    print(f"\n{'case':<34}{'median':>9}{'worst':>9}  ms")
    for name, values in (("greeting, everything cold", [cold]), ("greeting, said before", cached_greetings),
                         ("answer, never said", fresh), ("answer, said before", again)):  # fmt: skip
        print(f"{name:<34}{statistics.median(values):>9.0f}{max(values):>9.0f}")
    print(f"first_audio_uncached_p50_ms {statistics.median(fresh):.0f} ms")
    print(f"first_audio_uncached_max_ms {max(fresh):.0f} ms")
    print(f"first_audio_cached_p50_ms {statistics.median(again):.0f} ms")
    print(f"first_audio_cached_greeting_p50_ms {statistics.median(cached_greetings):.0f} ms")

"""Every page of a shop, read in Chinese: no English sentence stands outside what is marked English or what people wrote themselves."""

import re

import httpx
from fakes.page_language import english_in
from fakes.shop_history import Shop

WRITTEN_BY_PEOPLE = (
    "Kestrel Coffee & Snacks", "Kestrel back office", "Robin Vale", "10 % off your first bag", "Lantern Blend, 250 g", "Any discount?",
    "Opening hours", "House rules", "Shop seller", "Hello, I am Amara, an AI.", "Sells coffee with care.", "When do you open?",
    "We are open Monday to Friday from 7:00 to 18:00, and on Saturday from 8:00 to 16:00.", "On Sundays we roast and stay closed.",
    "Unopened bags of beans may come back within 30 days.", "Opened bags we replace once if you do not like them.",
)  # fmt: skip
LINK = re.compile(r'href="(/dashboard[^"#]*)')
PAGES_MIN = 60


async def english_by_page(member: httpx.AsyncClient, first: list[str]) -> tuple[int, dict[str, str]]:
    """Walk every link of the dashboard once per path; say how many pages were read, and which English stood first on which."""
    waiting, seen, found = first, set(), {}
    while waiting:
        path = waiting.pop()
        bare = path.partition("?")[0]
        if bare in seen or "/static/" in path:
            continue
        seen.add(bare)
        answer = await member.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        if "text/html" in answer.headers["content-type"]:
            found |= {text: path for text in english_in(answer.text, WRITTEN_BY_PEOPLE) if text not in found}
            waiting += [link.replace("&amp;", "&") for link in LINK.findall(answer.text)]
    return len(seen), found


async def test_no_page_has_an_english_sentence_of_ours(member: httpx.AsyncClient, shop: Shop, now) -> None:
    talk = shop.talk("Any discount?", ["Yes."], now=now, coupon=True)
    shop.sell("K-1", "12.60", now=now, talk=talk)
    shop.talk("When do you open?", ["At seven."], now=now, cited=0)
    shop.refund("R-1", "K-1", "2.00", now=now)
    member.cookies.set("tillhand_language", "zh")
    count, found = await english_by_page(member, ["/dashboard", "/dashboard/members", "/dashboard/shops"])
    assert count >= PAGES_MIN
    assert not found, "\n".join(f"{path}: {text}" for text, path in found.items())

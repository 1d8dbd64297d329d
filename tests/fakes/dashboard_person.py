"""A person in front of the dashboard: opens forms and sends them back as a browser would, hidden fields and all."""

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape

import httpx
from fakes.shop_history import PASSWORD


@dataclass
class Hands:
    """The clock's hands: `now` is what the application believes."""

    now: datetime


def field(html: str, name: str) -> str:
    """The value of a hidden field, as a browser would send it back."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"the page has no field {name}"
    return unescape(found.group(1))


async def sign_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD, next_path: str = "/dashboard") -> httpx.Response:
    """Sign in as a person does: open the form, fill it in, send it."""
    form = (await client.get("/dashboard/sign-in", params={"next": next_path})).text
    fields = {"csrf_token": field(form, "csrf_token"), "next_path": field(form, "next_path"), "email": email, "password": password}
    return await client.post("/dashboard/sign-in", data=fields)


async def send(client: httpx.AsyncClient, page: str, action: str = "", **fields: str) -> httpx.Response:
    """Open `page` and send one of its forms, to `action` or to the page's own address."""
    csrf_token = field((await client.get(page)).text, "csrf_token")
    return await client.post(action or page, data={"csrf_token": csrf_token, **fields})


async def link_in_mail(client: httpx.AsyncClient, recipient: str) -> str:
    """The path of the link in the newest letter to an address, as it stands on the mail page; "" when there is no letter or no link."""
    for letter in re.findall(r"<article.*?</article>", (await client.get("/mail")).text, re.DOTALL):
        if f"to {recipient}" in letter:
            found = re.search(r'href="http://[^/"]+(/dashboard/[^"]+)"', letter)
            return found.group(1) if found else ""
    return ""

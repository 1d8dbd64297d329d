"""Where Stripe tells us about our own bills: verified, kept once, answered at once; the worker then looks how the invoice stands.

POST /api/v1/payments/stripe, signed with the secret of the operator's own endpoint. It has nothing to do with a merchant's Stripe
connection. Without a secret in the settings the address does not exist.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from app.api.bodies import read_body
from app.api.errors import ApiProblem
from app.wiring import House, house_of
from billing.hear_payment import hear_payment
from billing.payment_errors import PaymentEventRefused

router = APIRouter(prefix="/api/v1/payments", tags=["payments"], include_in_schema=False)
BODY_BYTES_MAX: Final = 300_000


class Heard(BaseModel):
    """The message was heard; `new` says that it made us look at something."""

    new: bool


@router.post("/stripe")
async def hear(request: Request, house: Annotated[House, Depends(house_of)]) -> Heard:
    """Take one signed message."""
    secret = house.settings.stripe_webhook_secret
    if secret is None:
        raise ApiProblem(404, "Not here", "Bills are not collected through Stripe here.")
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    try:
        is_new = await house.run_call(
            hear_payment, house.database, body=body, signature=request.headers.get("stripe-signature", ""),
            secret=secret.get_secret_value(), now=house.clock(),
        )  # fmt: skip
    except PaymentEventRefused as error:
        raise ApiProblem(401, "Not from Stripe", str(error)) from None
    return Heard(new=is_new)

"""The terms in plain English, made from the data alone, so that prose and data cannot disagree."""

from billing.terms.percent import percent_text
from billing.terms.terms import ContractTerms


def describe(terms: ContractTerms) -> str:
    """The terms as plain English, made from the data alone, so that prose and data cannot disagree."""
    names = (("exclude_tax", "tax"), ("exclude_shipping", "shipping"), ("exclude_tips", "tips"), ("exclude_gift_cards", "gift card sales"),
             ("exclude_staff_orders", "staff orders"))  # fmt: skip
    left_out = ["test orders", *(word for field, word in names if getattr(terms.base, field))]
    windows = ", ".join(f"{days} days after a {kind}" for kind, days in sorted(terms.window_days.items()))
    sentences = [
        f"The employee earns {percent_text(terms.share_ppm)} of the worth of every order it brought, in {terms.currency}.",
        f"An order's worth leaves out {', '.join(left_out)}.",
        "An order was brought by the coupon on it; without one, by the tracked link; without either, by the last touch.",
        f"A touch counts for {windows}.",
        f"A share is pending for {terms.return_window_days} days after the order; a refund takes its part back to the last cent.",
        f"Periods are calendar months in {terms.period_time_zone}.",
    ]
    if terms.guards.exclude_coupon_after_cart:
        sentences.append("A coupon handed out after the cart was begun does not count.")
    if terms.guards.exclude_coupon_of_another_visitor:
        sentences.append("A coupon used by someone it was not given to does not count.")
    if terms.holdout_ppm:
        sentences.append(
            f"{percent_text(terms.holdout_ppm)} of visitors, chosen by a hash, do not meet the employee, to measure its effect."
        )
    return " ".join(sentences)

"""How the front page is arranged: small categories share an aisle, and a gap at the end of a row holds a note from the house rules."""

from dataclasses import dataclass

from app.demo.shop.catalogue import Catalogue, Product

SMALLEST_AISLE = 3
NOTES = (
    ("The tenth drink is on us", "One feather for every drink on the Feather Card."),
    ("Bring your own cup", "We take 30 cents off any hot drink, and the planet says thanks."),
    ("Dogs drink free", "There is a water bowl by the door."),
    ("After half past five", "Everything from the bakery is half price until it is gone."),
    ("Toasted to order", "The kitchen takes its last order half an hour before we close."),
    ("Left-overs feed people", "What is left at closing goes to the Harbour Shelter."),
    ("Roasted on Tuesdays", "In batches of twelve kilograms, and ground for your brewer free of charge."),
)


@dataclass(frozen=True)
class Aisle:
    """One row of the front page with its heading, its products and a note for the gap."""

    name: str
    products: tuple[Product, ...]
    note: tuple[str, str]

    def gap(self, columns: int) -> int:
        """How many places the last row leaves free."""
        return -len(self.products) % columns


def arrange(catalogue: Catalogue) -> tuple[Aisle, ...]:
    """All products in the price list's order; a category below three products shares an aisle with its neighbour."""
    names: list[list[str]] = []
    for category in catalogue.categories:
        has_room = names and _count(catalogue, names[-1]) < SMALLEST_AISLE
        is_last_and_small = names and category == catalogue.categories[-1] and _count(catalogue, [category]) < SMALLEST_AISLE
        if has_room or is_last_and_small:
            names[-1].append(category)
        else:
            names.append([category])
    return tuple(_aisle(catalogue, group, NOTES[place % len(NOTES)]) for place, group in enumerate(names))


def _aisle(catalogue: Catalogue, categories: list[str], note: tuple[str, str]) -> Aisle:
    products = tuple(product for category in categories for product in catalogue.of_category(category))
    first, *others = categories
    return Aisle(" & ".join([first, *(name.casefold() for name in others)]), products, note)


def _count(catalogue: Catalogue, categories: list[str]) -> int:
    return sum(len(catalogue.of_category(category)) for category in categories)

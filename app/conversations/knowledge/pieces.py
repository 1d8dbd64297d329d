"""The pieces knowledge is made of, before they are stored: a passage that can be quoted, and a product that is a fact."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProductFact:
    """One row of a price list. None means the list does not say; the mind then says that too.

    `unit` is what the price is for ("kg", "100 g", "night"); empty when it is for one piece, as most prices are.
    """

    name: str
    price_minor: int | None
    currency: str | None
    category: str
    stock: int | None
    allergens: str | None
    description: str
    url: str
    row_number: int
    unit: str = ""


@dataclass(frozen=True)
class Piece:
    """A passage: its heading path ("House rules > Returns"), its sentences, the product it describes, if any, and the page it is on."""

    heading: str
    sentences: tuple[str, ...]
    product: ProductFact | None = None
    page: int | None = None

    @property
    def text(self) -> str:
        """Heading and sentences as one text, for finding it."""
        return f"{self.heading}. {' '.join(self.sentences)}"


@dataclass(frozen=True)
class ReadDocument:
    """A document after reading: its pieces, one warning per thing that could not be taught, and its pages where it has pages."""

    pieces: tuple[Piece, ...]
    warnings: tuple[str, ...]
    pages: int | None = None

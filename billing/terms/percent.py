"""Writes a rate for people."""


def percent_text(share_ppm: int) -> str:
    """Write 82_500 parts per million as "8.25 %"."""
    whole, rest = divmod(share_ppm, 10_000)
    return f"{whole}{('.' + str(rest).rjust(4, '0').rstrip('0')) if rest else ''} %"

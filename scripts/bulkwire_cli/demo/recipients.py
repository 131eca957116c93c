"""The campaign of the demo: a generated recipient list and a text with merge fields."""

import csv
from pathlib import Path
from random import Random
from typing import Final

__all__ = ["CAMPAIGN", "TEXT", "write_recipients"]

CAMPAIGN: Final = "demo"
TEXT: Final = (
    "Hi {{ first_name }}, your voucher {{ voucher }} is worth R{{ amount }} at our {{ town }} shop."
)
_FIRST_NAMES: Final = ("Thandi", "Sipho", "Anna", "Pieter", "Zoë", "Lerato", "José", "Nomvula")
_TOWNS: Final = ("Cape Town", "Durban", "George", "Polokwane", "Upington")
_AMOUNTS: Final = (20, 50, 100, 250)


def write_recipients(path: Path, count: int) -> None:
    """Writes a CSV file of so many recipients, no two with the same number; always the same one."""
    rng = Random(count)  # noqa: S311 - nothing is secured by it
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Mobile", "First Name", "Voucher", "Amount", "Town"))
        for number in range(count):
            name, town = rng.choice(_FIRST_NAMES), rng.choice(_TOWNS)
            voucher = f"{rng.getrandbits(32):08X}"
            writer.writerow((f"+2782{number:07d}", name, voucher, rng.choice(_AMOUNTS), town))

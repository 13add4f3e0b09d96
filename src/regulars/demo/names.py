"""Invented people and firms: common names put together at random, e-mails and numbers that reach nobody."""

from __future__ import annotations

from unicodedata import normalize

import numpy as np

GIVEN = {
    "EE": "Mari Liis Kati Anu Piret Tiina Jaan Toomas Andres Margus Rein Priit",
    "FI": "Aino Helmi Tuula Päivi Sari Minna Juha Timo Pekka Antti Mikko Jari",
    "LV": "Inese Ilze Dace Kristīne Anna Līga Jānis Andris Juris Edgars Māris Artūrs",
    "DE": "Anna Sabine Petra Julia Monika Karin Thomas Michael Stefan Jan Uwe Lukas",
    "SE": "Anna Eva Karin Lena Maria Elsa Lars Anders Johan Per Nils Erik",
    "PL": "Anna Maria Ewa Agnieszka Zofia Hanna Piotr Jan Tomasz Marek Adam Paweł",
    "GB": "Alice Emma Grace Lucy Helen Sarah James Oliver Peter David Harry Thomas",
}
FAMILY = {
    "EE": "Tamm Saar Sepp Mägi Kask Kukk Rebane Ilves Pärn Koppel Luik Oja",
    "FI": "Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen",
    "LV": "Bērziņš Kalniņš Ozoliņš Jansons Liepiņš Krūmiņš Balodis Eglītis Pētersons Zariņš",
    "DE": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann",
    "SE": "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Lindberg",
    "PL": "Nowak Wójcik Mazur Krawczyk Zając Król Wróbel Dudek Pawlak Walczak",
    "GB": "Smith Jones Taylor Brown Wilson Evans Thomas Walker Wright Green",
}
CITIES = {
    "EE": ("Tartu", "Tallinn", "Pärnu"),
    "FI": ("Helsinki", "Tampere", "Turku"),
    "LV": ("Riga", "Liepāja"),
    "DE": ("Hamburg", "Berlin", "Lübeck"),
    "SE": ("Stockholm", "Göteborg"),
    "PL": ("Gdańsk", "Warszawa"),
    "GB": ("Leeds", "Bristol", "Edinburgh"),
}
_SYLLABLES = ("ka", "lo", "ve", "mi", "ra", "to", "se", "nu", "pa", "li", "or", "el", "ta", "vi", "so", "ne")
_TRADES = ("Bakery", "Office", "Studio", "Catering", "Hotel", "Dental", "Books", "Architects", "Events", "Garage")

# Ranges that the regulators keep for fiction: Ofcom (mobile, London) and Bundesnetzagentur (Berlin, Hamburg, Munich).
# The other countries publish none wide enough, so their customers give no number.
_FICTION = {"GB": ("+44 7700 900", "+44 20 7946 0"), "DE": ("+49 30 23125", "+49 40 66969", "+49 89 99998")}


def people(rng: np.random.Generator, countries: list[str]) -> list[str]:
    """One full name for each country code."""
    picks = rng.random((len(countries), 2))
    given = {code: names.split() for code, names in GIVEN.items()}
    family = {code: names.split() for code, names in FAMILY.items()}
    return [
        f"{given[code][int(first * len(given[code]))]} {family[code][int(last * len(family[code]))]}"
        for code, (first, last) in zip(countries, picks, strict=True)
    ]


def firms(rng: np.random.Generator, n: int) -> list[str]:
    """Names of `n` organisations, such as "Velora Bakery"; with several hundred some come twice, as in life."""
    parts = rng.integers(0, len(_SYLLABLES), (n, 3))
    trades = rng.integers(0, len(_TRADES), n)
    return [
        "".join(_SYLLABLES[part] for part in row).capitalize() + " " + _TRADES[trade]
        for row, trade in zip(parts, trades, strict=True)
    ]


def emails(names: list[str], numbers: list[int]) -> list[str]:
    """Addresses at example.org (reserved, never delivered), made unique by the customer's number."""
    plain = [normalize("NFKD", name).encode("ascii", "ignore").decode().lower() for name in names]
    return [f"{text.replace(' ', '.')}.{number}@example.org" for text, number in zip(plain, numbers, strict=True)]


def phones(countries: list[str]) -> list[str]:
    """A number from a range kept for fiction, each handed out once; "" where the country has none (left)."""
    given = dict.fromkeys(_FICTION, 0)
    out = []
    for code in countries:
        ranges = _FICTION.get(code, ())
        serial = given.get(code, 0)
        out.append(f"{ranges[serial // 1000]}{serial % 1000:03d}" if serial < 1000 * len(ranges) else "")
        if ranges:
            given[code] = serial + 1
    return out

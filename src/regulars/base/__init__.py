"""The ground floor: days, money, errors, stable hashing, locks and the clock. Pure, no Django, for every room."""

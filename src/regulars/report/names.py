"""What standings and rungs are called, and what each means in a few words."""

from __future__ import annotations

from collections.abc import Mapping

from regulars.base.words import noted, say

STANDINGS = (
    *(noted("current"), noted("slipping"), noted("lapsed"), noted("won back"), noted("prospect")),
    *(noted("recent"), noted("not recent"), noted("too early")),
)
RUNGS = (noted("buyer"), noted("repeat"), noted("regular"), noted("client"), noted("extraordinary"))
HEADS: Mapping[str, str] = {
    "current": noted("Current"),
    "recent": noted("Recent"),
    "slipping": noted("Slipping"),
    "won back": noted("Won back"),
}
"""As the head of a figure."""
MEANINGS: Mapping[str, str] = {
    "current": noted("buy as usual"),
    "slipping": noted("should have bought by now"),
    "lapsed": noted("will hardly come back by themselves"),
    "won back": noted("were lapsed, bought again"),
    "prospect": noted("haven't bought yet"),
    "recent": noted("bought lately"),
    "not recent": noted("bought longer ago"),
    "too early": noted("too early to tell"),
}
"""Of many customers."""


def called(name: str, *, sure: bool = True) -> str:
    """`slipping`, or `probably slipping`, in the language of now."""
    word = say(name)
    return word if sure else say("probably {standing}", standing=word)


def head(name: str) -> str:
    """`Slipping`."""
    return say(HEADS.get(name, name))


def meaning(name: str) -> str:
    """`should have bought by now`."""
    return say(MEANINGS[name])

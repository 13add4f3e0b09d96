"""Names of months in English, Finnish, Estonian, Latvian, Polish and German, with the forms they take in dates."""

from __future__ import annotations

import unicodedata
from functools import cache

_NAMES = (
    "january jan tammikuu tammikuuta tammi jaanuar janvāris janvārī janv styczeń stycznia sty januar jänner",
    "february feb febr helmikuu helmikuuta helmi veebruar veebr veb februāris februārī luty lutego lut februar",
    "march mar maaliskuu maaliskuuta maalis märts marts martā marzec marca märz mrz mär maerz",
    "april apr huhtikuu huhtikuuta huhti aprill aprīlis aprīlī kwiecień kwietnia kwi",
    "may toukokuu toukokuuta touko mai maijs maijā maj maja",
    "june jun kesäkuu kesäkuuta kesä juuni jūnijs jūnijā jūn czerwiec czerwca cze juni",
    "july jul heinäkuu heinäkuuta heinä juuli jūlijs jūlijā jūl lipiec lipca lip juli",
    "august aug elokuu elokuuta elo augusts augustā sierpień sierpnia sie",
    "september sep sept syyskuu syyskuuta syys septembris septembrī wrzesień września wrz",
    "october oct lokakuu lokakuuta loka oktoober okt oktobris oktobrī październik października paź oktober",
    "november nov marraskuu marraskuuta marras novembris novembrī listopad listopada lis",
    "december dec joulukuu joulukuuta joulu detsember dets decembris decembrī grudzień grudnia gru dezember dez",
)


@cache
def months() -> dict[str, int]:
    """Name in lower case without accents -> 1 to 12."""
    return {plain(name): number for number, names in enumerate(_NAMES, start=1) for name in names.split()}


def plain(text: str) -> str:
    """Lower case without accents, as DuckDB's `strip_accents(lower(...))` gives it (ł stays)."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))

"""Files of rejects: the file's own columns, safe in a spreadsheet, the same again when they come back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.base.errors import BadInput
from regulars.intake import rejects
from regulars.intake.mapping import Mapping


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.text("=+-@;|\t\r\n '\"a5"))
def test_a_guarded_cell_comes_back(text):
    assert rejects.unguarded(rejects.guarded(text)) == text


@given(st.text("=+-@;|\t\n '\"a5"))
def test_no_piece_of_a_guarded_cell_is_a_formula(text):
    for piece in re.split("[;|\t\n]", rejects.guarded(text))[1:]:
        assert not piece.lstrip(' "').startswith(("=", "+", "-", "@"))


def test_a_formula_behind_another_separator_is_guarded():
    assert rejects.guarded("a;=1+1") == "a;'=1+1"


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "@sum(a)", "-2+3", "\tx", "'=x", "=12"])
def test_formulas_are_guarded(text):
    assert rejects.guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "+3", "-1 200,50", "12", "", "a=b"])
def test_numbers_and_words_stay_as_they_are(text):
    assert rejects.guarded(text) == text


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])), min_size=2, max_size=2),
        max_size=5,
    )
)
def test_a_file_of_rejects_is_restored(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("rejects")
    rejects.write(folder / "7.csv", ["a", "=b"], ((row, "because") for row in rows), "7")
    assert rejects.origin_of(folder / "7.csv") == (7, 0)
    rejects.restore(folder / "7.csv", folder / "restored.csv")
    found = list(csv.reader(io.StringIO((folder / "restored.csv").read_text(encoding="utf-8"), newline="")))
    assert found == [["a", "=b"], *rows]


def test_rejects_are_mended_and_imported_with_the_mapping_of_their_file(shop):
    # Two rows could be read as month.day; the file that they came from couldn't.
    text = "order_id,customer,date,total\n" + "".join(f"{i},=c{i},{i + 10}.01.2024,5.00\n" for i in range(1, 15))
    result = shop.text(text + "50,x,03.02.2024,many\n51,=y,31.31.2024,5.00\n")
    assert result.counts.set_aside == 2
    lines = shop.rejects("1.csv")
    assert lines[0] == "order_id,customer,date,total,why set aside (import 1)"
    assert lines[2].startswith("51,'=y,31.31.2024,5.00,")
    mended = "\n".join(lines).replace("many", "5.00").replace("31.31.2024", "04.02.2024") + "\n"
    again = shop.text(mended, "mended.csv")
    assert (again.counts.kept, again.counts.set_aside) == (2, 0)
    assert shop.ask("SELECT external_id, day::VARCHAR FROM orders WHERE external_id IN ('50', '51') ORDER BY 1") == [
        ("50", "2024-02-03"),
        ("51", "2024-02-04"),
    ]
    assert "=y" in shop.keys().values()


def test_a_corrected_mapping_is_remembered_for_files_with_the_same_titles(shop):
    text = "no,who,when,first,second\n1,a,2024-01-01,5.00,7.00\n2,b,2024-01-02,6.00,8.00\n"
    mapping = Mapping(
        kind="orders",
        columns={"order_number": "no", "customer_ref": "who", "ordered_at": "when", "total": "second"},
    )
    shop.text(text, mapping=mapping)
    assert shop.orders("net") == {"1": 700, "2": 800}
    assert shop.text(text.replace("8.00", "9.00")).counts.replaced == 1
    assert shop.orders("net") == {"1": 700, "2": 900}


def test_what_cannot_be_imported_is_refused_with_a_reason(shop):
    with pytest.raises(BadInput, match="no kind 'ordres'"):
        shop.text("a,b\n1,2\n", kind="ordres")
    with pytest.raises(BadInput):
        shop.text("")
    with pytest.raises(BadInput):
        shop.text("a,b\n1,2\n")
    assert shop.ask("SELECT count(*) FROM orders") == [(0,)]

"""Differences between two versions, word by word."""

from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from mutualisation.comparaison import comparer


def test_only_the_words_that_change_are_marked():
    avant, apres = comparer("Cuisine certifiée de 8 postes", "Cuisine certifiée de 12 postes")
    assert avant == "Cuisine certifiée de <del>8</del> postes"
    assert apres == "Cuisine certifiée de <ins>12</ins> postes"


def test_what_is_added_at_the_end_leaves_the_rest_alone():
    avant, apres = comparer("Une personne formée.", "Une personne formée. En tout temps.")
    assert avant == "Une personne formée."
    assert apres == "Une personne formée. <ins>En tout temps.</ins>"


def test_an_empty_side_is_all_new():
    assert comparer("", "Gratuit") == ("", "<ins>Gratuit</ins>")


def test_what_people_wrote_is_never_html():
    avant, apres = comparer("<script>alert(1)</script>", "a & <b>b</b>")
    assert "<script" not in avant and "<b>" not in apres
    assert apres == "<ins>a &amp; &lt;b&gt;b&lt;/b&gt;</ins>"


@given(st.text(max_size=80), st.text(max_size=80))
def test_without_its_marks_each_side_is_the_text_itself(avant, apres):
    gauche, droite = comparer(avant, apres)
    assert gauche.replace("<del>", "").replace("</del>", "") == escape(avant)
    assert droite.replace("<ins>", "").replace("</ins>", "") == escape(apres)


def test_very_long_texts_are_not_compared_word_by_word():
    avant, apres = comparer("mot " * 1500, "autre " * 1500)
    assert avant.count("<del>") == 1 and apres.count("<ins>") == 1

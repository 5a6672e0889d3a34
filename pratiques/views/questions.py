"""The questions of the 2018 harvest, and what members answer."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from pratiques.models import Question, Reponse


@login_not_required
@require_safe
def question_liste(request: HttpRequest) -> HttpResponse:
    questions = list(Question.objects.pour_la_liste())
    return render(
        request,
        "pratiques/question_liste.html",
        {
            "themes": [
                (theme, [q for q in questions if q.theme == theme]) for theme in Question.Theme
            ],
            "nombre": len(questions),
            "sans_reponse": sum(not q.nombre_de_reponses for q in questions),
        },
    )


@login_not_required
@require_safe
def question_detail(request: HttpRequest, slug: str) -> HttpResponse:
    question = get_object_or_404(
        Question.objects.prefetch_related(
            Prefetch(
                "reponses", Reponse.objects.publiees().select_related("organisation", "pratique")
            )
        ),
        slug=slug,
    )
    return render(request, "pratiques/question_detail.html", {"question": question})

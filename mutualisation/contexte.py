"""What every page of the portal may show."""

from django.conf import settings


def portail(request) -> dict:
    theme = request.COOKIES.get("theme", "auto")
    return {
        "reseau": settings.RESEAU,
        "demo": settings.DEMO,
        "theme": theme if theme in ("clair", "sombre") else "auto",
        "organisation_active": getattr(request, "organisation", None),
        "mes_organisations": getattr(request, "organisations", []),
    }

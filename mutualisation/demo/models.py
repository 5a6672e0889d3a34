"""The demonstration's mailbox: messages stay in the site instead of leaving it."""

from django.db import models
from django.utils import timezone


class CourrielRecu(models.Model):
    a = models.EmailField(db_index=True)
    sujet = models.CharField(max_length=300)
    texte = models.TextField()
    html = models.TextField(blank=True)
    recu_le = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-recu_le", "-pk"]

    def __str__(self) -> str:
        return f"{self.sujet} ({self.a})"

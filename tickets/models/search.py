"""What the search reads: the words of each message, beside its ticket."""

from __future__ import annotations

from django.db import models


class SearchEntry(models.Model):
    """One message in the search index; `helpdesk.search.Index` adds the words beside it.

    Ids grow with time, so the newest entries are those with the highest ids.
    """

    key = models.BigIntegerField(unique=True)  # the message's id
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"words of message {self.key}"

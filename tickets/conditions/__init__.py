"""One language for "which tickets": saved views, routing rules, and whatever automates later.

A tree of JSON: `{"all": […]}`, `{"any": […]}`, `{"not": …}`, and leaves
`{"field": "status", "op": "in", "value": ["new", "open"]}`. An empty tree means every ticket.
`compile` gives it to the database, `matches` asks one ticket at hand; both always agree.
"""

from tickets.conditions.builder import fields
from tickets.conditions.database import compile  # the language's word for it
from tickets.conditions.memory import matches
from tickets.conditions.tree import depends_on_time, fields_used, renamed, validate

__all__ = ["compile", "depends_on_time", "fields", "fields_used", "matches", "renamed", "validate"]

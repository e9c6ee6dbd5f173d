"""Keep the list of tags in order: rename, merge, remove. Administrators only.

A tag is the same label under another name afterwards, so tickets get no fact of their own. Saved views and
rules that ask for it ask for the new name from then on.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from helpdesk.errors import ConflictError, DomainError, NotFoundError
from helpdesk.wiring import TAG_RENAMED
from tickets import policies
from tickets.actor import Actor
from tickets.conditions import renamed
from tickets.models import SavedView, Tag, Ticket
from tickets.tags import tag_name


@transaction.atomic
def rename_tag(tag_id: int, *, name: str, actor: Actor) -> Tag:
    """Spell a tag another way, on all its tickets. Raises ConflictError when there is one of that name."""
    policies.require_administrator(actor)
    tag = _locked(tag_id)
    wanted = tag_name(name)
    if not wanted:
        raise DomainError(_("Write a name for the tag."), field="name", code="required")
    if Tag.objects.filter(name=wanted).exclude(pk=tag.pk).exists():
        raise ConflictError(
            _("There is a tag of this name already. Merge the two."), field="name", code="taken"
        )
    before, tag.name = tag.name, wanted
    tag.save(update_fields=["name"])
    _follow_name(before, after=wanted, actor=actor)
    return tag


@transaction.atomic
def merge_tags(tag_id: int, *, into_id: int, actor: Actor) -> Tag:
    """Put another tag on all tickets of this one, and take this one away. Returns the one that stays."""
    policies.require_administrator(actor)
    if tag_id == into_id:
        raise ConflictError(_("A tag cannot be merged with itself. Choose another one."), code="self")
    first, second = sorted((tag_id, into_id))
    locked = {each: _locked(each) for each in (first, second)}
    through = Ticket.tags.through.objects
    has_both = through.filter(tag_id=into_id).values("ticket_id")
    through.filter(tag_id=tag_id).exclude(ticket_id__in=has_both).update(tag_id=into_id)
    _follow_name(locked[tag_id].name, after=locked[into_id].name, actor=actor)
    locked[tag_id].delete()
    return locked[into_id]


@transaction.atomic
def delete_tag(tag_id: int, *, actor: Actor) -> None:
    """Take a tag off all its tickets, for good."""
    policies.require_administrator(actor)
    _locked(tag_id).delete()


def _follow_name(before: str, *, after: str, actor: Actor) -> None:
    for view in SavedView.objects.select_for_update().order_by("pk"):
        changed = renamed(view.conditions, field="tags", before=before, after=after)
        if changed != view.conditions:
            view.conditions = changed
            view.save(update_fields=["conditions"])
    for dotted in TAG_RENAMED:
        import_string(dotted)(before, after=after, actor=actor)


def _locked(tag_id: int) -> Tag:
    tag = Tag.objects.select_for_update().filter(pk=tag_id).first()
    if tag is None:
        raise NotFoundError(_("There is no such tag."))
    return tag

"""Fill the desk whose every page is looked at: the demo bank, and one of each thing that a page may be about.

Run before it starts, by python -m tests.browser.bank; the last line it prints is the ids, as JSON.
"""

from __future__ import annotations

import json
import os

import django

TICKETS = 90
TOTP_SECRET = "JBSWY3DPEHPK3PXP"  # Amelia's second step


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    django.setup()

    from django.core.management import call_command

    from helpdesk import demo

    call_command("migrate", verbosity=0)
    demo.seed(TICKETS)
    print(json.dumps(fixed()))


def fixed() -> dict[str, object]:
    """Add what the demo has none of, and return which things the pages are about."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    from accounts.actions.keys import create_key
    from accounts.actions.people import create_user, invitation_link
    from accounts.models import Team, User
    from automation.models import RoutingRule
    from channels_app.models import InboundCall, Inbox
    from customers.actions.merge import merge_customers
    from customers.models import Company, Customer
    from tickets.models import CustomField, Message, SavedView, Tag, Ticket

    people = {user.username: user for user in User.objects.all()}
    mara, linh, amelia = people["mara"], people["linh"], people["amelia"]
    TOTP.activate(amelia, TOTP_SECRET)
    RecoveryCodes.activate(amelia)
    create_key(mara, actor=mara, name="Reports", scopes=["tickets:read"])
    customer, other, absorbed = Customer.objects.order_by("pk")[:3]
    merge_customers(customer.pk, absorbed_id=absorbed.pk, actor=mara)
    tickets = Ticket.objects.filter(assignee=linh, merged_into=None)
    ticket = max(tickets, key=lambda each: (each.messages.count(), each.pk))
    newcomer = create_user(name="Newcomer", email="newcomer@northquay.example", actor=mara)
    *_start, link, _end = invitation_link(newcomer, actor=mara).split("/")
    link_person, _dash, link_key = link.partition("-")
    return {
        "ticket": ticket.pk,
        "message": ticket.messages.filter(kind=Message.Kind.INBOUND).earliest("pk").pk,
        "view": SavedView.objects.get(owner=linh).pk,
        "customer": customer.pk,
        "other": other.pk,
        "company": Company.objects.earliest("pk").pk,
        "person": linh.pk,
        "newcomer": newcomer.pk,
        "team": Team.objects.earliest("pk").pk,
        "field": CustomField.objects.earliest("pk").pk,
        "tag": Tag.objects.earliest("pk").pk,
        "rule": RoutingRule.objects.earliest("pk").pk,
        "inbox": Inbox.objects.filter(channel="email").earliest("pk").pk,
        "form_inbox": Inbox.objects.get(channel="form").pk,
        "form": str(Inbox.objects.get(channel="form").key),
        "call": InboundCall.objects.filter(inbox__channel="email").latest("pk").pk,
        "link_person": link_person,
        "link_key": link_key,
    }


if __name__ == "__main__":
    main()

"""Fill the desk that the browser tests look at; run before it starts, by python -m tests.browser.seed."""

from __future__ import annotations

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
    django.setup()

    from django.core.management import call_command

    from accounts.models import Role
    from channels_app.contract import Sender
    from customers.models import Identity
    from tests import make
    from tickets import search
    from tickets.actions.assign import assign
    from tickets.models import Message, Ticket

    call_command("migrate", verbosity=0)
    support = make.team("Support")
    ada, _sam = make.agent("ada", support), make.agent("sam", support, role=Role.SUPERVISOR)
    inbox = make.inbox("email", team=support, name="Care", address="care@desk.example")
    people = [
        "Mia Chen",
        "Nguyễn Minh Châu",
        "陈思远",
        "Oliver Hartley",
        "Priyanka Desai",
        "Lê Thị Hồng Nhung",
    ]
    for number, name in enumerate(people):
        ticket = make.ticket(
            inbox_=inbox,
            sender=Sender("email", f"customer{number}@mail.example", name),
            subject=f"Question {number + 1} about my card",
            text=f"My card {number + 1} does not work. What shall I do?",
        )
        assign(ticket.pk, to=ada, actor=make.actor(ada))
    make.inbox("email", team=support, name="Cards", address="cards@desk.example", signature="Cards desk")
    copied = make.ticket(
        inbox_=inbox,
        sender=Sender("email", "hoa@mail.example", "Lê Hoa"),
        subject="Statement of October",
        cc=(("Boss, Big", "boss@corp.example"), ("Care", "care@desk.example")),
    )
    assign(copied.pk, to=ada, actor=make.actor(ada))
    Identity.objects.create(customer=copied.customer, kind="email", address="hoa@work.example")
    mail = Message.objects.filter(ticket=Ticket.objects.order_by("pk")[1]).get()
    mail.html = '<p>My <b>card</b> does not work.</p><img src="https://tracker.example/x.png">'
    mail.save(update_fields=["html"])
    search.index_messages(Message.objects.all())


if __name__ == "__main__":
    main()

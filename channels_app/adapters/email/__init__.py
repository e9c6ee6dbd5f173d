"""Understanding mail: pure functions from bytes and text to facts. No database, no network, no settings.

- `parse.parse_mail(raw) -> ParsedMail` reads any bytes as a mail and never raises.
- `trim.split_reply(text) -> Trimmed` and `trim_html.split_reply_html(html) -> (visible, quoted)` fold
  what a customer quotes; nothing is deleted.
- `bounce.read_report(raw, mail=None) -> Report` reads delivery reports, vacation and abuse notes.
- `loops.automatic_kind(mail) -> str` says whether a machine wrote a mail that must not be answered.
- `forward.read_forward(mail) -> Forwarded | None` finds the customer's mail that an agent forwarded.
- `threading` cleans subjects, makes and checks signed Message-IDs, plus-addresses and subject tags.
"""

"""Every page of the product, and who looks at it. An address that is missing here fails a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import URLResolver, get_resolver, reverse
from playwright.sync_api import Page

from helpdesk.demo.cast import PASSWORD as DEMO_PASSWORD
from tickets.web.dialogs import DIALOGS

ADMINISTRATOR, AGENT, SENIOR = "mara", "linh", "amelia"
VISITOR = ""  # nobody is signed in


@dataclass(frozen=True)
class Visit:
    """One look at a page: by whom, about what, and what is done before looking."""

    name: str
    who: str = ADMINISTRATOR
    args: dict[str, str] = field(default_factory=dict)  # of the URL; "$ticket" is an id of the bank's
    query: str = ""
    act: Callable[[Page], None] | None = None
    label: str = ""
    status: int = 200
    shows: str = ""  # the page that `act` leads to, when another

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, *self.args.values(), self.query, self.label) if part)

    def path(self, ids: dict[str, object]) -> str:
        kwargs = {
            name: ids[value[1:]] if value.startswith("$") else value for name, value in self.args.items()
        }
        return reverse(self.name, kwargs=kwargs) + self.query


def post_empty(page: Page) -> None:
    """Send the page's form with nothing in it: it comes back with what is wrong."""
    with page.expect_navigation():
        page.evaluate(
            """() => {
                const written = ":is(input:not([type=hidden], [type=checkbox], [type=radio]), textarea)"
                const form = document.querySelector(`main form[method=post]:has(${written})`)
                for (const field of form.querySelectorAll(written)) field.value = ""
                form.submit()
            }"""
        )


def press(selector: str) -> Callable[[Page], None]:
    """Press a button that leads to another page."""

    def act(page: Page) -> None:
        with page.expect_navigation():
            page.click(selector)

    return act


def say_again(page: Page) -> None:
    """What opens doors asks first who it is; by keyboard."""
    tab_to(page, "[name=password]")
    page.keyboard.type(DEMO_PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def tab_to(page: Page, selector: str) -> None:
    """Go on by Tab until something has the focus."""
    for _ in range(60):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def asked_again(act: Callable[[Page], None]) -> Callable[[Page], None]:
    """Do what is asked about, and say who one is."""

    def both(page: Page) -> None:
        act(page)
        if "/reauthenticate/" in page.url:  # not when it was said a moment ago
            say_again(page)

    return both


def make_key(page: Page) -> None:
    """Fill in a key and send it, by keyboard."""
    tab_to(page, "[name=name]")
    page.keyboard.type("Sync")
    tab_to(page, "[name=scopes]")
    page.keyboard.press("Space")
    tab_to(page, "main [type=submit]")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def pop(selector: str) -> Callable[[Page], None]:
    """Open what a button opens on the same page."""

    def act(page: Page) -> None:
        page.click(selector)
        page.wait_for_timeout(200)

    return act


def keep_some(page: Page) -> None:
    """The reference draws some hundred operations alike: a few of them are enough to look at."""
    page.evaluate(
        "document.querySelectorAll('main > section:nth-of-type(n + 4)').forEach((each) => each.remove())"
    )
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")


def post_selection(page: Page) -> None:
    """Choose a row and ask for every choice, as the bar does without scripts."""
    page.check("[name=ticket] >> nth=0", force=True)
    with page.expect_navigation():
        page.evaluate("""() => {
            const form = document.getElementById("bulk")
            form.action = form.querySelector("[formaction]").formAction
            form.submit()
        }""")


PUBLIC = (
    Visit("account_login", VISITOR),
    Visit("account_login", VISITOR, act=post_empty, label="with errors"),
    Visit("account_inactive", VISITOR),
    Visit("account_signup", VISITOR),
    Visit("account_reset_password", VISITOR),
    Visit("account_reset_password", VISITOR, act=post_empty, label="with errors"),
    Visit("account_reset_password_done", VISITOR),
    Visit("account_reset_password_from_key", VISITOR, {"uidb36": "1", "key": "old"}, label="old"),
    Visit("account_reset_password_from_key", VISITOR, {"uidb36": "$link_person", "key": "$link_key"}),
    Visit("account_reset_password_from_key_done", VISITOR),
    Visit("channels:form", VISITOR, {"key": "$form"}),
    Visit("channels:form", VISITOR, {"key": "$form"}, "?lang=vi&embed=1"),
    Visit("channels:form", VISITOR, {"key": "$form"}, act=post_empty, label="with errors"),
    Visit("channels:form-thanks", VISITOR, {"key": "$form"}),
    Visit("api_reference", VISITOR, act=keep_some),
)
ACCOUNT = (
    Visit("account_logout"),
    Visit("account_reauthenticate"),
    Visit("account_change_password"),
    Visit("account_change_password", act=post_empty, label="with errors"),
    Visit("mfa_index"),
    Visit("mfa_index", SENIOR, label="switched on"),
    Visit("mfa_activate_totp"),
    Visit("mfa_activate_totp", act=post_empty, label="with errors"),
    Visit("mfa_reauthenticate", SENIOR),
    Visit("mfa_deactivate_totp", SENIOR),
    Visit("mfa_view_recovery_codes", SENIOR),
    Visit("mfa_generate_recovery_codes", SENIOR),
    Visit("usersessions_list"),
    Visit("settings"),
    Visit("settings", AGENT, label="of an agent"),
    Visit("accounts:profile"),
    Visit("accounts:profile", act=post_empty, label="with errors"),
    Visit("accounts:keys"),
    Visit("accounts:keys", AGENT, label="none"),
    Visit("accounts:key_new"),
    Visit("accounts:key_new", act=post_empty, label="with errors"),
    Visit("accounts:key_new", AGENT, act=make_key, label="asked again"),
    Visit("accounts:key_new", AGENT, act=asked_again(make_key), label="made"),
    Visit("desk:views", AGENT),
    Visit("desk:notifications", AGENT),
    Visit("notifications", AGENT),
)
ORGANISATION = (
    Visit("accounts:people"),
    Visit("accounts:people", query="?q=nobody+of+this+name"),
    Visit("accounts:people", AGENT, status=403, label="not allowed"),
    Visit("accounts:person_new"),
    Visit("accounts:person_new", act=post_empty, label="with errors"),
    Visit("accounts:person", args={"pk": "$person"}),
    Visit(
        "accounts:person",
        args={"pk": "$newcomer"},
        act=asked_again(press("form[action$='/password-link/'] button")),
        shows="accounts:person_link",
    ),
    Visit("accounts:teams"),
    Visit("accounts:team_new"),
    Visit("accounts:team", args={"pk": "$team"}),
    Visit("automation:rules"),
    Visit("automation:rule_new"),
    Visit("automation:rule_new", act=post_empty, label="with errors"),
    Visit("automation:rule", args={"pk": "$rule"}),
    Visit("desk:fields"),
    Visit("desk:field_new"),
    Visit("desk:field", args={"pk": "$field"}),
    Visit("desk:tags"),
    Visit("desk:tag", args={"pk": "$tag"}),
    Visit("channels:list"),
    Visit("channels:new", args={"channel": "email"}),
    Visit("channels:new", args={"channel": "email"}, act=post_empty, label="with errors"),
    Visit("channels:inbox", args={"pk": "$inbox"}),
    Visit("channels:inbox", args={"pk": "$form_inbox"}),
    Visit("channels:ledger"),
    Visit("channels:ledger", query="?q=nothing+like+this"),
    Visit("channels:call", args={"pk": "$call"}),
    Visit("channels:deliveries"),
    Visit("channels:deliveries", query="?outcome=lost"),
)
CUSTOMERS = (
    Visit("customers:list", AGENT),
    Visit("customers:list", AGENT, query="?q=nobody+of+this+name"),
    Visit("customers:new", AGENT),
    Visit("customers:new", AGENT, act=post_empty, label="with errors"),
    Visit("customers:customer", AGENT, {"pk": "$customer"}),
    Visit("customers:customer", args={"pk": "$customer"}),
    *(
        Visit("customers:section", AGENT, {"pk": "$customer", "name": name})
        for name in ("facts", "notes", "attributes")
    ),
    Visit("customers:tickets", AGENT, {"pk": "$customer"}),
    Visit("customers:timeline", AGENT, {"pk": "$customer"}),
    Visit("customers:merge", AGENT, {"pk": "$customer"}),
    Visit("customers:merge", AGENT, {"pk": "$customer"}, "?q=an"),
    Visit("customers:merge_confirm", AGENT, {"pk": "$customer", "other": "$other"}),
    Visit("customers:companies", AGENT),
    Visit("customers:company_new", AGENT),
    Visit("customers:company", AGENT, {"pk": "$company"}),
    Visit("customers:company_edit", AGENT, {"pk": "$company"}),
)
DESK = (
    Visit("tickets:inbox", AGENT),
    Visit("tickets:inbox", AGENT, query="?view=snoozed"),
    Visit("tickets:ticket", AGENT, {"pk": "$ticket"}),
    Visit("customers:list", act=pop("[data-dialog=palette]"), label="palette"),
    Visit("customers:list", act=pop("[data-dialog=shortcuts]"), label="shortcuts"),
    Visit("customers:list", act=pop("[popovertarget=account-menu]"), label="account"),
    *(Visit("tickets:form", AGENT, {"pk": "$ticket", "name": name}) for name in DIALOGS),
    Visit("tickets:form", AGENT, {"pk": "$ticket", "name": "merge"}, act=post_empty, label="with errors"),
    Visit("tickets:assign", AGENT, {"pk": "$ticket"}),
    Visit("tickets:split", AGENT, {"pk": "$message"}),
    Visit("tickets:redact", args={"pk": "$message"}),
    Visit("tickets:new", AGENT),
    Visit("tickets:new", AGENT, act=post_empty, label="with errors"),
    Visit("tickets:inbox", AGENT, query="?select=1", act=post_selection, shows="tickets:bulk_page"),
    Visit("tickets:view_new", AGENT),
    Visit("tickets:view_new", AGENT, act=post_empty, label="with errors"),
    Visit("tickets:view_edit", AGENT, {"pk": "$view"}),
    Visit("tickets:search", AGENT, query="?q=card"),
    Visit("tickets:search", AGENT, query="?q=zzzz"),
    Visit("tickets:search", AGENT),
)
VISITS = (*PUBLIC, *ACCOUNT, *ORGANISATION, *CUSTOMERS, *DESK)

WRITES = "takes a form and sends on: a GET is refused"
PART = "a part of a page that is looked at"
FILE = "a file"
ELSEWHERE = {
    "account_set_password": "for people without a password, who cannot sign in: sends the others on",
    "account_confirm_login_code": "sign-in by mailed code is off: sends on to sign in",
    "mfa_authenticate": "looked at while Amelia signs in",
    **dict.fromkeys(
        ("account_email", "account_email_verification_sent", "account_confirm_email"), "closed: not found"
    ),
    "set_language": "takes the choice of the language and sends on",
    **dict.fromkeys(
        ("mfa_download_recovery_codes", "tickets:message_html", "tickets:attachment", "channels:raw"), FILE
    ),
    **dict.fromkeys(
        (
            "bell", "palette", "tickets:bulk_people", "tickets:head", "tickets:mentions", "tickets:panel",
            "tickets:panel_more", "tickets:recipients", "tickets:row",
            "tickets:their_draft", "tickets:timeline",
            "tickets:view_rows", "tickets:viewers", "tickets:views",
        ),
        PART,
    ),
    **dict.fromkeys(
        (
            "accounts:key_revoke", "accounts:person_active", "automation:rule_active",
            "automation:rule_delete", "automation:rule_move", "channels:active", "channels:check",
            "channels:delivery_again", "channels:remove", "channels:replay", "channels:webhook",
            "channels:webhook-door", "customers:identity", "customers:identity_add", "customers:unmerge",
            "desk:field_delete", "desk:tag_delete", "notifications_read", "presence", "tickets:assignment",
            "tickets:bulk", "tickets:draft", "tickets:following", "tickets:next", "tickets:notes",
            "tickets:priority", "tickets:read", "tickets:replies", "tickets:reply_cancel",
            "tickets:reply_retry", "tickets:snooze", "tickets:spam", "tickets:status", "tickets:unlink",
            "tickets:unmerge", "tickets:unsplit",
            "tickets:upload", "tickets:view_delete",
        ),
        WRITES,
    ),
}  # fmt: skip


def addresses(resolver: URLResolver | None = None, space: str = "") -> dict[str, list[str]]:
    """Return every named address with the arguments it takes, but the API's, which has tests of its own."""
    found: dict[str, list[str]] = {}
    for each in (resolver or get_resolver()).url_patterns:
        taken = list(each.pattern.regex.groupindex)
        if isinstance(each, URLResolver):
            inside = addresses(each, f"{space}{each.namespace}:" if each.namespace else space)
            found |= {name: [*taken, *arguments] for name, arguments in inside.items()}
        elif each.name:
            found[f"{space}{each.name}"] = taken
    return found

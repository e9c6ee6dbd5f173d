"""Who writes to the bank, from where, and for which company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from customers.actions.companies import create_company
from customers.actions.edit import add_identity, create_customer, set_verified
from customers.models import Company, Customer

COMPANIES = {
    "Kestrel Rock Coffee": ("kestrelrock.example", "sofia"),
    "Sao Mai Logistics": ("saomai.example", "kaiying"),
    "Lumen & Co": ("lumenco.example", "sofia"),
    "恒远精密制造": ("hengyuan.example", "kaiying"),
}


@dataclass(frozen=True)
class Writer:
    """One customer; the first address is the one they write from."""

    name: str
    language: str
    local: str
    phone: str = ""
    company: str = ""
    title: str = ""
    owner: str = ""
    notes: str = ""
    zalo: str = ""
    wechat: str = ""

    @property
    def address(self) -> str:
        domain = COMPANIES[self.company][0] if self.company else "mail.example"
        return f"{self.local}@{domain}"


WRITERS = (
    Writer("Nguyễn Minh Châu", "vi", "chau.nguyen", "+84905550318", title="Ms", owner="thuha",
           notes="Travels for work, prefers Zalo in the evening.", zalo="chau.nguyen.zalo"),
    Writer("Oliver Hartley", "en", "oliver", "+442079460121", "Kestrel Rock Coffee", "Mr", "sofia"),
    Writer("Trần Quốc Bảo", "vi", "bao.tran", "+84915550142"),
    Writer("陈思远", "zh-hans", "siyuan.chen", "+8613855500138", wechat="chensiyuan"),
    Writer("黃詠琳", "zh-hant", "wynne.wong", "+85255501234"),
    Writer("Priyanka Desai", "en", "priyanka.desai", "+6565550143", title="Dr"),
    Writer("Tom Brannigan", "en", "tom.brannigan", "+353155501234"),
    Writer("林宜蓁", "zh-hant", "yichen.lin", "+886255501234", owner="sofia", notes="Premier since 2016."),
    Writer("Lê Thị Hồng Nhung", "vi", "nhung.le", "+84935550117"),
    Writer("Sarah Whitcombe", "en", "sarah.whitcombe", "+442079460188"),
    Writer("Ravi Shankaran", "en", "ravi", "+6565550177", "Lumen & Co", "Mr", "sofia"),
    Writer("Phạm Thu Trang", "vi", "trang.pham", "+84945550163"),
    Writer("Grace Adeyemi", "en", "grace.adeyemi", "+442079460155", title="Mrs"),
    Writer("Hugh Lindqvist", "en", "hugh.lindqvist", "+46855501234"),
    Writer("Võ Hoàng Nam", "vi", "nam.vo", "+84285550129", "Sao Mai Logistics", owner="kaiying"),
    Writer("Đỗ Khánh Ly", "vi", "ly.do", "+84965550171"),
    Writer("Bùi Gia Huy", "vi", "huy.bui", "+84975550138"),
    Writer("Hoàng Lan Anh", "vi", "lananh.hoang", "+84985550194"),
    Writer("周雨桐", "zh-hans", "yutong.zhou", "+8613955500139", "恒远精密制造", owner="kaiying"),
    Writer("刘建国", "zh-hans", "jianguo.liu", "+8613755500137"),
    Writer("赵敏", "zh-hans", "min.zhao", "+8613655500136", wechat="zhaomin88"),
    Writer("孙浩然", "zh-hans", "haoran.sun"),
    Writer("何家豪", "zh-hant", "kaho.ho", "+85255505678"),
    Writer("陳怡君", "zh-hant", "yichun.chen", "+886255505678"),
    Writer("張志明", "zh-hant", "chiming.chang", "+886255509012"),
    Writer("Amara Osei", "en", "amara.osei", "+233305550123"),
    Writer("Ben Achterberg", "en", "ben.achterberg", "+31205550123"),
    Writer("Lucía Marín", "en", "lucia.marin", "+34915550123"),
    Writer("Daniel Okoro", "en", "daniel", "+6565550111", "Lumen & Co"),
    Writer("Hannah Frost", "en", "hannah.frost", "+442079460199"),
    Writer("Mai Phương Thảo", "vi", "thao.mai", "+84905550145"),
    Writer("Tan Li Wen", "en", "liwen.tan", "+6565550162"),
)  # fmt: skip
DEAD = frozenset({"hugh.lindqvist@mail.example"})  # mail to these comes back


def make(people: dict[str, User]) -> dict[str, Customer]:
    """Write companies and customers with their addresses; return the customers by address."""
    companies = {
        name: create_company(actor=people["mara"], name=name, domains=[domain], owner=people[owner])
        for name, (domain, owner) in COMPANIES.items()
    }
    return {writer.address: _make(writer, companies, people) for writer in WRITERS}


def _known_for(place: int) -> timedelta:
    """How long the bank knows one of them: from a few months to eleven years."""
    return timedelta(days=120 + 947 * (place + 4) % 3900, minutes=387 * place % 1440)


def _make(writer: Writer, companies: dict[str, Company], people: dict[str, User]) -> Customer:
    actor, place = people["mara"], WRITERS.index(writer)
    customer = create_customer(
        actor=actor,
        address=writer.address,
        name=writer.name,
        title=writer.title,
        language=writer.language,
        company=companies.get(writer.company),
        segment="corporate" if writer.company else "individual",
        owner=people.get(writer.owner),
        notes=writer.notes,
        attributes={"Customer number": f"{1000 + 37 * place}"},
    )
    for kind, address in (("phone", writer.phone), ("zalo", writer.zalo), ("wechat", writer.wechat)):
        if address:
            add_identity(customer.pk, kind=kind, address=address, actor=actor, is_verified=kind != "phone")
    for identity in customer.identities.filter(kind="email"):
        set_verified(identity.pk, is_verified=True, actor=actor)
    known_since = timezone.now() - _known_for(place)
    Customer.objects.filter(pk=customer.pk).update(created_at=known_since)
    customer.identities.update(created_at=known_since)
    return customer

"""The words and codes of delivery reports that mail systems write for people."""

# ruff: noqa: E501 - tables of words; wide characters count double

import re
from collections.abc import Sequence

STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
SMTP_CODE = re.compile(r"(?<![\d.])([45]\d\d)[ \-]#?(?:[45]\.\d{1,3}\.\d{1,3}|[<\"'A-Za-z(])")

_SUBJECT = re.compile(
    r"undeliver|delivery (?:status )?(?:notification|failure|failed|error|report|problem|warning|delayed)|mail delivery"
    r"|(?:delivery|mail|message|email|e-mail) (?:has )?(?:been )?(?:failure|failed|error|rejected|bounced|returned|delayed)"
    r"|failure notice|failed (?:delivery|mail)|returned (?:mail|e?-?mail|to sender)|return(?:ed)? (?:mail|to sender)"
    r"|mail system error|could not (?:be )?(?:send|deliver)|couldn't be delivered|not delivered|non[- ]?delivery|nondeliverable"
    r"|error sending your (?:mail|message)|user unknown|bounce|warning: (?:message|could not send)|message delayed|delayed mail"
    r"|unzustellbar|nicht zugestellt|zustellung|non remis|échec de (?:la )?(?:remise|distribution)|non distribu"
    r"|no se (?:ha )?(?:podido|pudo) entregar|no entregado|devuelto|mancata consegna|impossibile recapitare|não entregue|devolvido"
    r"|niet (?:bezorgd|afgeleverd)|onbestelbaar|недоставлен|не доставлен|niedostarczon|nie można dostarczyć|kunde inte levereras"
    r"|không gửi được|không thể (?:gửi|chuyển|phân phối)|gửi (?:thư )?thất bại|thư bị trả lại|thư (?:không|chưa) (?:được )?(?:gửi|phát)"
    r"|退信|退件|无法投递|無法投遞|投递失败|投遞失敗|无法送达|無法送達|未能送达|未送达|发送失败|傳送失敗|無法傳遞|未傳遞"
    r"|配信不能|配信エラー|送信できません|返送|宛先不明|メールシステムエラー|전송 실패|반송",
    re.I,
)
FAILED = re.compile(
    r"(?:could|can|did|was|has|have|is|were|wasn't|couldn't|can't)\s?(?:not|n't)?\s+(?:be |been )?(?:deliver|reach|sent|relay)\w*"
    r"(?! (?:to you|by))|undeliver|unable to deliver|not be delivered|delivery (?:to|has|of|attempt)[^\n]{0,80}(?:fail|unsuccess)"
    r"|delivery fail|permanent(?:ly)? (?:error|failure|fail|fatal)|fatal errors?|user (?:is )?unknown|unknown (?:user|recipient|address|local)"
    r"|no such (?:user|recipient|mailbox|address)|(?:user|recipient|address|mailbox|account)[^\n]{0,60}(?:not (?:found|exist)|does(?:n't| not) exist|unavailable|disabled|inactive|rejected)"
    r"|mailbox (?:is |was )?(?:full|exceed|over)|over quota|quota exceeded|message (?:was )?(?:rejected|refused|blocked|bounced)"
    r"|returned to sender|return(?:ed|ing) (?:your )?(?:mail|message)|did not reach|wasn't delivered|bounced"
    r"|errors? (?:occurred|while|in|sending)|following (?:address|recipient)|host (?:unknown|not found)|relay(?:ing)? denied"
    r"|rejected|refused|unroutable|invalid (?:recipient|address|mailbox)|not (?:a )?(?:valid )?(?:member|subscriber)"
    r"|konnte nicht zugestellt|unzustellbar|n'a pas pu être|no se (?:ha )?(?:podido|pudo) entregar|non è stato possibile"
    r"|không (?:gửi|phát|chuyển|giao) được|không thể (?:gửi|chuyển|giao)|địa chỉ[^\n]{0,40}không (?:tồn tại|tìm thấy)|hộp thư[^\n]{0,20}đầy"
    r"|无法(?:投递|送达|发送)|未能(?:投递|送达)|投递失败|退信|不存在|邮箱已满|無法(?:投遞|送達|傳送|傳遞)|郵箱已滿"
    r"|配信(?:でき|不能|エラー)|送信(?:でき|不能|エラー)|宛先|届けられません|存在しません|返送",
    re.I,
)
DELAYED = re.compile(
    r"delayed|still (?:being|trying)|will (?:be retried|keep trying|continue)|has not (?:yet )?been delivered|not yet been delivered"
    r"|no action is required|warning(?: message)? only|temporar(?:y|ily)|verzögert|retardé|retrasad|chậm|延迟|延遲|遅延",
    re.I,
)
COPY_BELOW = re.compile(
    r"below (?:this line )?is a copy|(?:original|your|returned|unsent) message (?:follows|below|headers)|copy of (?:the|your) (?:message|mail)"
    r"|returned message|message header follows|transcript of session|-{3,} ?(?:original|unsent|returned|the header|message)",
    re.I,
)
NOBODY_THERE = re.compile(
    r"user (?:is )?unknown|unknown (?:user|recipient|address|mailbox|local)|no such (?:user|recipient|mailbox|address|person|domain)"
    r"|(?:user|recipient|address|mailbox|account)[^\n]{0,60}(?:not found|not exist|does(?:n't| not) exist|unknown|inactive)"
    r"|host (?:unknown|not found)|domain not found|invalid (?:recipient|mailbox)|name or service not known|unrouteable"
    r"|không tồn tại|không tìm thấy|不存在|査無此人|查无此人|宛先不明|存在しません",
    re.I,
)
NOT_THE_ADDRESS = re.compile(
    r"spam|blocked|block ?list|black ?list|policy|quota|mailbox (?:is )?full|reputation|spf|dkim|dmarc|too many|rate limit",
    re.I,
)

_ADDRESS = r"[\w.!#$%&'*+/=?^`{|}~-]{1,100}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
_NAMED = (
    re.compile(rf"(?:rcpt to|recipient(?: address)?|final-recipient|original-recipient|forward-path)\W{{1,12}}(?:rfc822;\s?)?({_ADDRESS})", re.I),
    re.compile(rf"^[\s>*]{{0,10}}<?({_ADDRESS})>?(?:\s?[:,(;.-]|\s*$)", re.I | re.M),
    re.compile(rf"<({_ADDRESS})>", re.I),
    re.compile(rf"({_ADDRESS})", re.I),
)  # fmt: skip
_COPY_HEADERS = re.compile(r"^[>\s]{0,6}(?:received: |return-path:|message-id:|from: )", re.I | re.M)


def is_failure_subject(subject: str) -> bool:
    """Does a subject announce that a mail was not delivered?"""
    return bool(_SUBJECT.search(subject[:300]))


def smtp_reply(text: str) -> str:
    """The three digits of the first SMTP reply in a text: '550'."""
    found = SMTP_CODE.search(text[:5_000])
    return found[1] if found else ""


def recipients(text: str, involved: set[str]) -> list[str]:
    """The addresses that a report names, by the most telling place; none of the report's own."""
    copy = _COPY_HEADERS.search(text)
    head = text[: copy.start()] if copy and copy.start() > 40 else text
    for pattern in _NAMED:
        found = [address.lower().strip(".") for address in pattern.findall(head)]
        kept = [address for address in dict.fromkeys(found) if address not in involved]
        if kept:
            return kept[:50]
    return []


def diagnostics(text: str, recipients: Sequence[str]) -> list[str]:
    """For each recipient the lines of a report that say why: those with a code, near where they are named."""
    lines = text[:20_000].split("\n")
    coded = [i for i, line in enumerate(lines) if SMTP_CODE.search(line[:500]) or STATUS.search(line[:500])]
    if not coded:
        coded = [i for i, line in enumerate(lines) if FAILED.search(line[:500])][:1]
    if not coded:
        return ["" for _recipient in recipients]
    lowered = [line.lower() for line in lines]
    nearest = [_nearest(coded, _lines_with(recipient, lowered)) for recipient in recipients]
    return [" ".join(" ".join(lines[first : first + 3]).split())[:1_000] for first in nearest]


def _lines_with(recipient: str, lowered: list[str]) -> list[int]:
    return [i for i, line in enumerate(lowered) if recipient in line] if recipient else []


def _nearest(coded: list[int], named: list[int]) -> int:
    """The first line with a code among those nearest to a name; both are in order, and passed once."""
    best, distance = coded[0], None
    passed = 0
    for line in coded:
        while passed + 1 < len(named) and named[passed + 1] <= line:
            passed += 1
        away = min((abs(line - each) for each in named[passed : passed + 2]), default=line)
        if distance is None or away < distance:
            best, distance = line, away
    return best

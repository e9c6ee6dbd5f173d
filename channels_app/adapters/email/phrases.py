"""What mail clients write around quoted and forwarded mail, in the languages our customers use.

Words were gathered from the clients' own interfaces (Outlook, Gmail, Apple Mail, Thunderbird, Yahoo, QQ,
163, Foxmail, Zalo). All matching is on single lines or a few joined lines, with bounded lengths.
"""

# ruff: noqa: E501 - tables of words; Chinese, Japanese and Korean count double in the line length

import re

# Header lines that clients print above a quoted or forwarded mail, by meaning.
_FIELDS = {
    "from": "From|Von|De|Da|Van|Od|Fra|Från|Lähettäjä|Kimden|От|От кого|Від|Від кого|Feladó|Expéditeur|Remitente"
    "|Mittente|Afzender|Absender|Από|Odesílatel|De la|Saatja|Từ|Người gửi|发件人|发信人|寄件者|寄件人|差出人|送信者|보낸 사람"
    "|보낸사람|Nadawca|Ursprunglig avsändare",
    "date": "Date|Sent|Datum|Gesendet|Gesendet am|Envoyé|Envoyé le|Data|Fecha|Enviado|Enviado el|Enviada em"
    "|Enviado em|Inviato|Verzonden|Verzonden op|Wysłano|Wysłane|Sendt|Skickat|Skickat den|Dato|Päivämäärä|Lähetetty"
    "|Gönderildi|Tarih|Дата|Отправлено|Надіслано|Küldve|Dátum|Elküldve|Odesláno|Ημερομηνία|Trimis|Saadetud"
    "|Message du|Datum/Tid|Ngày|Đã gửi|Gửi|Gửi lúc|Thời gian|Vào lúc|发送时间|发送日期|发件日期|日期|时间|寄件日期|傳送時間"
    "|傳送日期|已傳送|時間|日時|送信日時|送信日|보낸 날짜|날짜|보낸날짜",
    "to": "To|An|À|A|Para|Aan|Do|Til|Till|Vastaanottaja|Kime|Кому|Címzett|Destinataire|Destinatario|Komu|Προς|Către"
    "|Naar|Ontvanger|Empfänger|Saaja|Đến|Tới|Người nhận|收件人|收信人|收件者|宛先|받는 사람|받는사람|Adresat",
    "subject": "Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Temat|Emne|Ämne|Aihe|Konu|Тема|Tárgy|Předmět"
    "|Θέμα|Subiect|Sujet|Teema|Chủ đề|Tiêu đề|V/v|主题|主旨|主題|標題|件名|제목",
    "cc": "Cc|CC|Cópia|Kopie|Kopia|Copie|Copie à|Copia|Kopi|Копия|Копія|Másolat|Đồng gửi|Đồng kính gửi|抄送|副本|참조"
    "|Bcc|Reply-To|Risposta|Répondre à|Antwort an|Responder a|Importance|Priority|Trả lời tới|回复|答复",
}
_KIND_OF = {name.casefold(): kind for kind, names in _FIELDS.items() for name in names.split("|")}
_FIELD_LINE = re.compile(
    r"^[\s>|*]{0,40}((?!\d)[^\W_](?:[\w/' .\-]{0,20}\w)?)[ \t\u00a0]{0,3}\*{0,2}[ \t\u00a0]{0,3}[:：][ \t\u00a0]{0,3}\*{0,2}(.*)$",
    re.S,
)


def header_field(line: str) -> tuple[str, str] | None:
    """The meaning and the value of a printed header line: 'Từ: Lan' -> ('from', 'Lan')."""
    if len(line) > 2_000:
        return None
    match = _FIELD_LINE.match(line)
    kind = _KIND_OF.get(" ".join(match[1].split()).casefold()) if match else None
    return (kind, match[2].strip(" \t\u00a0*")) if match and kind else None


# Verbs that end (or nearly end) the line above a quotation.
_WROTE = (
    r"wrote|writes|a écrit|schrieb|geschrieben|ha scritto|escribió|escribio|escreveu|schreef|geschreven|skrev"
    r"|napisał\(a\)|napisała|napisał|napsal\(a\)|napsala|napsal|написал\(а\)|написала|написал|пишет|писал\(а\)|пише"
    r"|написав|írta|kirjoitti|yazdı|şunu yazdı|a scris|kirjutas|έγραψε|rašė|đã viết|viết"
)
_WROTE_ASIAN = "写道|写到|寫道|提到|さんは書きました|のメール|님이 작성"
_ENDS_WROTE = re.compile(
    rf"(?:(?<!\w)(?:{_WROTE})|{_WROTE_ASIAN})(?:[ \t]+(?:[^\n:：]|\d:\d){{1,120}})?[ \t\u00a0]*(?:[:：]|\.\.\.)?[ \t*_\-]*$",
    re.I,
)
_QUOTING = re.compile(
    r"^(?:Quoting|Zitat von|Citando|Cytowanie|Citeren|Quoten|En réponse à)\b[^\n]{3,200}:$", re.I
)
_ENDS_BARE = re.compile(r"[>\"'\)\]][ \t]*[:：][ \t]*$")
_HAS_DATE = re.compile(
    r"\d{1,4}\s?[./\-年]\s?\d{1,2}|\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\d{1,2}\. \w+|\d\s?(?:月|tháng)", re.I
)
_ADDRESS = re.compile(r"[^\s<>\"]{1,100}@[^\s<>\"]{1,100}")
_STARTS_DATED = re.compile(
    r"^(?:On|At|Le|Am|Il(?: giorno)?|El|Op|Den|På|W dniu|Dnia|Vào(?: lúc)?|Lúc|Em|No dia|Dne|Dana|A|Em|Le|Pe|La"
    r"|В|Pada|Ngày|Ngay|Kl|El día|在|于|於|\d{1,4}|понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]"
    r"|воскресенье|пн|вт|ср|чт|пт|сб|вс|lun|mar|mer|mié|jue|vie|sáb|dom|gio|ven|sab|Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    r"|Thứ|Chủ nhật|CN|T[2-7])(?=[\W\d]|[^\x00-\x7f])",
    re.I,
)
_STARTS_NAMED = re.compile(r"^[^\n@<]{0,80}[<\[(]?[^\s@<>]{1,80}@[^\s<>]{1,80}[>\])]?")
_DECORATION = re.compile(r"^[\s>|*_\-–—]{0,60}")


def is_attribution(text: str, *, quote_follows: bool) -> bool:
    """Is this the 'On …, X wrote:' above a quotation? `text` is one to six joined lines."""
    text = _DECORATION.sub("", text).rstrip()
    if not 8 <= len(text) <= 500:
        return False
    dated = bool(_STARTS_DATED.match(text)) and bool(_HAS_DATE.search(text))
    named = bool(_STARTS_NAMED.match(text))
    if _QUOTING.match(text):
        return True
    if _ENDS_WROTE.search(text):
        if quote_follows and text.endswith((":", "：")) and len(text.split()) <= 8:
            return True
        return dated or (named and text.rstrip(" *").endswith((":", "："))) or (named and quote_follows)
    if quote_follows and text.endswith((":", "：")) and _ADDRESS.search(text) and _HAS_DATE.search(text):
        return True  # a language we do not know: date, address and colon above a quotation say enough
    if not (dated and _ADDRESS.search(text)):
        return False
    return bool(_ENDS_BARE.search(text)) or (quote_follows and text[:1].isdigit() and text.endswith(">"))


def may_end_attribution(line: str, *, quote_follows: bool) -> bool:
    """A quick look at a single line, before lines are joined."""
    line = line.rstrip(" \t\u00a0*_-")
    return len(line) <= 400 and (
        line.endswith((":", "：")) or bool(_ENDS_WROTE.search(line)) or (quote_follows and line.endswith(">"))
    )


def starts_dated(line: str) -> bool:
    """Does a line begin as dated attributions do ('On Tue …', 'Vào lúc …', '2016-10-24 …')?"""
    line = _DECORATION.sub("", line)[:200]
    return bool(_STARTS_DATED.match(line)) and bool(_HAS_DATE.search(line) or re.search(r"\d", line))


# Attributions glued to the end of the customer's own line.
SHARED_LINE = re.compile(
    r"(?:-{2,}[ \t]*|[ \t])(On (?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? |\d)[^\n]{5,200} wrote:[ \t]*)$"
)

_ORIGINAL = (
    r"original(?:e|a)?[ -]?(?:message|nachricht|mail|e-mail|meddelande|meddelelse|appointment|bericht|viesti)"
    r"|original message|reply message|reply above|ursprüngliche (?:nachricht|mail|e-mail)|message d'origine"
    r"|message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk(?:e)? bericht"
    r"|wiadomość oryginalna|oryginalna wiadomość|ursprungligt meddelande|opprinnelig melding|oprindelig meddelelse"
    r"|alkuperäinen viesti|исходное сообщение|пересылаемое сообщение|оригинальное сообщение|původní zpráva"
    r"|eredeti üzenet|özgün ileti|orijinal mesaj|mesaj original|thư gốc|thư ban đầu|tin nhắn gốc|nguyên văn thư"
    r"|原始邮件|原始郵件|原始訊息|原邮件|回复的原邮件|回复的邮件|答复邮件|元のメッセージ|원본 메일|원본 메시지"
)
_FORWARDED = (
    r"begin forwarded message|forwarded message(?: follows)?|forwarded by [^\n]{1,80}|forwarded mail"
    r"|weitergeleitete nachricht|anfang der weitergeleiteten (?:nachricht|e-mail|mail)|message transféré"
    r"|début du message (?:réexpédié|transféré)|mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada"
    r"|início da mensagem (?:encaminhada|reencaminhada)|messaggio inoltrato|inizio messaggio inoltrato"
    r"|inizio del messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|przekazana wiadomość"
    r"|wiadomość przekazana|początek przekazywanej wiadomości|vidarebefordrat meddelande"
    r"|vidarebefordrat mejl|videresendt (?:melding|meddelelse)|välitetty viesti|edelleenlähetetty viesti"
    r"|пересланное сообщение|перенаправленное сообщение|начало переадресованного (?:сообщения|письма)"
    r"|přeposlaná zpráva|továbbított üzenet|iletilen (?:ileti|mesaj)|mesaj redirecționat"
    r"|(?:bắt đầu )?(?:thư|tin nhắn|email|e-mail)(?: (?:được|đã|đã được))? chuyển tiếp|转发的?邮件|转发的?信息|轉寄的?郵件|轉寄的?訊息|已转发邮件|以下是?转发的?邮件"
    r"|開始轉寄郵件|轉寄郵件開始|开始转发邮件|转发邮件信息|転送メッセージ|전달된 메시지"
)
_DASHES = r"[-–—_=*~#\s]{2,80}"
_ORIGINAL_LINE = re.compile(rf"^[\s>|*]{{0,40}}{_DASHES}\s*(?:{_ORIGINAL})[^\n]{{0,40}}$", re.I)
_WROTE_LINE = re.compile(r"^[\s>|*]{0,40}-{3,20}\s?[^\n]{1,150}\bwrote\s?-{3,20}\s*$", re.I)
_FORWARD_LINE = re.compile(
    rf"^[\s>|*]{{0,40}}(?:{_DASHES}\s*(?:{_FORWARDED})[^\n]{{0,40}}|(?:{_FORWARDED})\s?[:：]?\s*)$", re.I
)
_REPLY_ABOVE = re.compile(
    r"(?:^|[-–—=#*\s]{2})\s*(?:##|please\b|vui lòng\b|请|請|bitte\b|veuillez\b)?[^\n]{0,60}"
    r"(?:(?:reply|respond|type|write|antworten?|répondre|répondez)[^\n]{0,60}\b(?:above|oberhalb|über|au-dessus)\b"
    r"|trả lời[^\n]{0,40}(?:phía trên|bên trên|trên dòng)|在此?(?:行|线|線)?(?:上方|以上)[^\n]{0,20}(?:回复|回覆|答复)"
    r"|在此行(?:之上|上方))[^\n]{0,80}$",
    re.I,
)
_MARKER_SHAPE = re.compile(r"^[\s>|*]{0,40}(?:#{2}|-{2,}|—|={2,}|\*{2,}|_{2,})|#{2}\s*$|-{2,}\s*$")


def is_original_line(line: str) -> bool:
    """A line like '-----Original Message-----' or '---- Lan wrote ----'."""
    return len(line) <= 300 and bool(_ORIGINAL_LINE.match(line) or _WROTE_LINE.match(line))


def is_forward_line(line: str) -> bool:
    """A line like '---------- Forwarded message ---------' or 'Begin forwarded message:'."""
    return len(line) <= 300 and bool(_FORWARD_LINE.match(line))


def is_reply_above_line(line: str) -> bool:
    """The line that a helpdesk puts in: 'please type your reply above this line'."""
    return len(line) <= 300 and bool(_MARKER_SHAPE.search(line)) and bool(_REPLY_ABOVE.search(line))


_SENT_FROM = re.compile(
    r"^[\s>*_]{0,10}(?:"
    r"(?:Sent|Send) (?:from|via|with|using)\b|Get Outlook for\b|Envoyé (?:de|depuis|avec|à partir)\b"
    r"|(?:Von|Diese Nachricht wurde von) mein\w{0,3} [^\n]{1,40} gesendet|Gesendet (?:von|mit|aus)\b|Enviado (?:desde|de|do|a partir)\b"
    r"|Inviato (?:da|dal)\b|Verzonden (?:vanaf|met|van|via)\b|Verstuurd (?:vanaf|met|via)\b|Skickat från\b|Sendt (?:fra|med)\b|Lähetetty\b"
    r"|Wysłane? (?:z|ze)\b|Отправлено (?:с|из)\b|Надіслано (?:з|із)\b|Odesláno z\b|Trimis de pe\b"
    r"|(?:Được |Đã )?[Gg]ửi (?:từ|bằng|qua)\b|Tải Outlook cho\b|发自我的|来自我的|發自我的|從我的|寄自我的|发送自|取得 Outlook|获取 Outlook"
    r"|iPhoneから送信|나의 iPhone에서"
    r")[^\n]{0,70}$",
    re.I,
)


def is_sent_from(line: str) -> bool:
    """'Sent from my iPhone' and its sisters; a full sentence is not one."""
    text = line.strip()
    is_sentence = text.endswith((".", "!", "?")) and (len(text.split()) > 5 or "," in text)
    if len(text) > 80 or is_sentence:
        return False
    return bool(_SENT_FROM.match(text))


_CLOSING = re.compile(
    r"^(?:(?:best|kind|warm|many|with|yours)?\s?(?:regards|wishes|thanks)|thanks?(?: (?:you|a lot|again|so much))?"
    r"|thank you(?: very much)?|cheers|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|best|br|rgds|ciao"
    r"|(?:mit )?(?:freundlichen?|besten?|viele|liebe|schönen?) grüßen?|mfg|lg|vg|cordialement|bien à vous|salutations"
    r"|saludos(?: cordiales)?|atentamente|gracias|obrigad[oa]|atenciosamente|cordiali saluti|distinti saluti|grazie"
    r"|met vriendelijke groet(?:en)?|mvh|med vänlig hälsning|hilsen|pozdrawiam|с уважением"
    r"|trân trọng(?: (?:kính chào|cảm ơn))?|kính thư|kính chào|thân mến|thân ái|cảm ơn(?: (?:anh|chị|bạn|nhiều))?"
    r"|xin cảm ơn|chân thành cảm ơn|此致|敬礼|敬禮|祝好|谢谢|謝謝|顺颂商祺|順頌商祺|敬上)[\s,.!，。！~-]*$",
    re.I,
)


def is_closing(line: str) -> bool:
    """A line that only closes a letter: 'Kind regards,', 'Trân trọng,', '谢谢！'."""
    return len(line) <= 60 and bool(_CLOSING.match(line.strip()))

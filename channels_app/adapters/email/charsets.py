"""Bytes to text, whatever the sender said about them.

Declared character sets are hints: they are misspelt, unknown, or simply wrong in a few per cent of real mail.
Nothing here raises, and what comes out can always be stored: no NUL, no lone surrogate.
"""

import codecs
import re
import unicodedata
from functools import lru_cache

from . import lookalikes, vietnamese

# Names seen in mail that Python does not know, or where the label means a larger set in practice
# (the label-to-encoding habit of the WHATWG Encoding Standard).
_ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi-x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-1-windows-3.1-latin-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gb-2312": "gb18030",
    "gb-2312-80": "gb18030",
    "gb2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "euc-cn": "gb18030",
    "chinese": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "ks-c-5601-1987": "cp949",
    "ks-c-5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "cp50220": "iso2022-jp",
    "cp50221": "iso2022-jp",
    "x-euc-jp": "euc-jp",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-ce": "mac-latin2",
    "cp-850": "cp850",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-cp1258": "cp1258",
    "koi8": "koi8-r",
    "csviscii": "viscii",
    "viscii1.1-1": "viscii",
    "tcvn3": "tcvn",
    "tcvn-5712": "tcvn",
    "tcvn5712": "tcvn",
    "tcvn5712-1": "tcvn",
    "tcvn5712-1:1993": "tcvn",
    "x-viet-tcvn": "tcvn",
    "x-viet-tcvn5712": "tcvn",
    "vni-win": "vni",
    "x-viet-vni": "vni",
    "utf-16": "utf-16",
}
# Codecs that are no character sets of mail: they transform, take quadratic time, or run escapes.
_REFUSED = {"unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "charmap", "mbcs", "oem"}
_STATEFUL = ("utf-7", "utf-16", "utf-32", "iso2022", "hz")
_WIDE = ("cp932", "cp949", "euc-jp", "johab")
_SURROGATE = re.compile("[\ud800-\udfff]")
_JIS_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\([DOPQ]|\([BJI])")


def decode(data: bytes, charset: str = "") -> str:
    """Turn bytes into storable text; `charset` is what the mail claims."""
    codec = codec_for(charset)
    if not codec.startswith(_STATEFUL) and b"\x1b$" in data:
        codec = "iso2022-kr" if b"\x1b$)C" in data else "iso2022-jp"
    if data.isascii() and not codec.startswith(_STATEFUL):
        return storable(data.decode("ascii"))
    if codec.startswith("iso2022-jp"):
        return storable(_iso2022_jp(data, codec))
    text = _decode_as(data, codec)
    return storable(unicodedata.normalize("NFC", text) if codec == "cp1258" else text)


@lru_cache(maxsize=512)
def codec_for(charset: str) -> str:
    """The codec for a declared name, or '' when the name says nothing."""
    name = charset.strip().strip("\"'").lower().replace("_", "-")
    name = re.split(r"[\s;,\"'<>]", name, maxsplit=1)[0]
    name = _ALIASES.get(name, name)
    if not name or name in _REFUSED or len(name) > 40:
        return ""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return _prefix_codec(name)
    if not getattr(found, "_is_text_encoding", True):
        return ""
    return found.name.replace("_", "-")


def storable(text: str) -> str:
    """Text that a database takes: PostgreSQL refuses NUL, UTF-8 has no lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii() and _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def guess(data: bytes) -> str:
    """Text from bytes without a useful label: UTF-8, what it looks like, at last Western."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if codec := lookalikes.cyrillic(data) or lookalikes.chinese(data):
        return data.decode(codec, "replace")
    return vietnamese.guess(data) or _western(data)


def _prefix_codec(name: str) -> str:
    """Labels with something glued on ('windows-1252http-equiv…', 'x-mac-greek'): the part that is known."""
    match = re.match(r"utf-?8|iso-?8859-\d{1,2}|windows-?125\d|gb2312|gbk|big5", name)
    if match and match[0] != name:
        return codec_for(match[0])
    return codec_for(name[2:]) if name.startswith("x-") else ""


def _decode_as(data: bytes, codec: str) -> str:
    if not codec:
        return guess(data)
    if codec == "cp1252":  # the default of careless senders: trust valid UTF-8 more
        return guess(data)
    if codec in lookalikes.CHINESE:
        codec = lookalikes.other_chinese(data, codec)
    elif codec not in _WIDE and not codec.startswith(_STATEFUL) and _is_utf8(data):
        codec = "utf-8"
    try:
        return data.decode("utf-8-sig" if codec == "utf-8" else codec)
    except (UnicodeError, ValueError):
        return _decode_broken(data, codec)


def _decode_broken(data: bytes, codec: str) -> str:
    """The label does not fit: it is UTF-8 after all, or only a few characters are damaged; else guess."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode(codec, "replace")
    except (UnicodeError, ValueError):
        return guess(data)
    high = sum(1 for byte in data if byte >= 0x80) if len(data) < 100_000 else len(data)
    return text if text.count("\ufffd") * 5 <= high or codec.startswith(_STATEFUL) else guess(data)


def _western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _is_utf8(data: bytes) -> bool:
    """Valid and with more than one such character: one-byte sets make that by design, not by chance."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return len(data) >= len(text) + 2


def _iso2022_jp(data: bytes, codec: str) -> str:
    if b"\x1b" not in data and not data.isascii():
        return _decode_as(data, "cp932")  # labelled wrong
    if codec == "iso2022-jp-2":  # it switches between more sets than ours knows
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            pass
    return _decode_iso2022_jp(data)


def _decode_iso2022_jp(data: bytes) -> str:
    """ISO-2022-JP with the vendor characters that real Japanese mail uses (①, ㈱, 髙)."""
    pieces = _JIS_ESCAPE.split(data)
    text = [pieces[0].decode("ascii", "replace")]
    for escape, run in zip(pieces[1::2], pieces[2::2], strict=True):
        text.append(_decode_jis_run(escape, run))
    return "".join(text)


def _decode_jis_run(escape: bytes, run: bytes) -> str:
    if escape == b"(I":
        return bytes(byte | 0x80 for byte in run).decode("cp932", "replace")
    if escape.startswith(b"("):
        return run.decode("ascii", "replace")
    out, pair = [], b""
    for byte in run:
        if byte < 0x21:
            out.append(chr(byte))
            continue
        pair += bytes((byte,))
        if len(pair) == 2:
            out.append(_jis_pair(pair))
            pair = b""
    return "".join(out)


def _jis_pair(pair: bytes) -> str:
    """One JIS X 0208 pair through Shift-JIS, whose Windows codec knows the vendor rows."""
    row, cell = pair
    lead = ((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1)
    trail = cell + (0x1F if cell < 0x60 else 0x20) if row & 1 else cell + 0x7E
    try:
        return bytes((lead, trail)).decode("cp932", "replace")
    except ValueError:
        return "\ufffd"

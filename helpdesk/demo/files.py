"""Small true files: what customers add to their mails."""

from __future__ import annotations

import base64
import struct
import zlib


def content(name: str) -> bytes:
    """Return a picture or a document, by the ending of its name."""
    return _pdf(name) if name.endswith(".pdf") else _png(seed=sum(name.encode()))


def kind(name: str) -> tuple[str, str]:
    """Return the two halves of the media type that a mail program would name."""
    return ("application", "pdf") if name.endswith(".pdf") else ("image", "png")


def as_json(name: str) -> dict[str, str]:
    """Return the file as forms and terminals send it."""
    return {"name": name, "content": base64.b64encode(content(name)).decode()}


def _png(*, seed: int, width: int = 320, height: int = 200) -> bytes:
    """A picture of a list on a light ground, as screenshots are."""
    ground, ink = bytes((244, 245, 247)), bytes((90 + seed % 60, 110, 150))
    rows = []
    for y in range(height):
        bar = 40 + (y // 24 * 53 + seed) % 220 if y % 24 in range(8, 16) else 0
        rows.append(b"\x00" + ground * 20 + ink * bar + ground * (width - 20 - bar))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pdf(name: str) -> bytes:
    """One page with the bank's name on it."""
    text = f"BT /F1 18 Tf 72 760 Td (Northquay Bank) Tj 0 -30 Td ({len(name)} of 1) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(body))
    )

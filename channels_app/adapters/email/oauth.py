"""Signing in to mail servers with a token."""

from __future__ import annotations


def xoauth2(user: str, token: str) -> str:
    """The answer that IMAP and SMTP servers of the large providers expect (before base64)."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"

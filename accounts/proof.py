"""Whether somebody said lately who they are: a session left open, or stolen, opens no further doors.

Sign-in alone is no proof: the password or a code must have been given once more, within
ACCOUNT_REAUTHENTICATION_TIMEOUT.
"""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.http import HttpRequest


@reauthentication_required
def require_proof(request: HttpRequest) -> None:
    """Raise ReauthenticationRequired unless it was said lately.

    Pages let that rise: the person is asked, and what was posted is then taken up by itself.
    """

"""End with what started us.

`make` waits for its command. It passes SIGTERM on to it but not SIGINT, which it expects the terminal to send
to both; killed, it passes nothing on. Then the desk would go on by itself and hold its port.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

LOOK_SECONDS = 0.5
_INTERRUPT = 1 << (signal.SIGINT - 1)


def follow_parent() -> None:
    """Have a thread send SIGTERM to this process when its parent ends or was interrupted."""
    threading.Thread(target=_follow, args=(os.getppid(),), name="follow-parent", daemon=True).start()


def _follow(parent: int) -> None:
    seen = 0
    while seen < 2:  # twice: while it starts a command, make holds signals back for a moment
        time.sleep(LOOK_SECONDS)
        if os.getppid() != parent:
            break
        seen = seen + 1 if _is_interrupted(parent) else 0
    os.kill(os.getpid(), signal.SIGTERM)


def _is_interrupted(pid: int) -> bool:
    """Whether a process is in its last wait after SIGINT: blocked, no longer caught. Only Linux tells."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    masks = {name: value for name, _colon, value in (line.partition(":") for line in lines)}
    blocked, caught = (int(masks.get(name, "0"), 16) for name in ("SigBlk", "SigCgt"))
    return bool(blocked & _INTERRUPT) and not caught & _INTERRUPT

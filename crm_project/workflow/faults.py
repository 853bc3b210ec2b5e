"""Named points at which a test may break the work. They do nothing unless CRM_FAULTS stands in the environment.

    CRM_FAULTS="job.before_commit.1=kill,job.claimed.1=sleep:2"

Actions: `raise`, `sleep:<seconds>`, `kill` (this process, as kill -9 does), `kill_group` (and all it was started with).
`manage.py check --deploy` refuses a machine on which CRM_FAULTS is set.
"""

import os
import signal
import time

VARIABLE = "CRM_FAULTS"


class Fault(Exception):
    """The fault that a test asked for."""


def is_on() -> bool:
    return bool(os.environ.get(VARIABLE))


def hit(point: str) -> None:
    """Breaks here if CRM_FAULTS names this point. Raises ValueError for an action that does not exist."""
    if not is_on():
        return
    actions = dict(entry.split("=", 1) for entry in os.environ[VARIABLE].split(","))
    match actions.get(point, "").split(":"):
        case [""]:
            return
        case ["raise"]:
            raise Fault(point)
        case ["sleep", seconds]:
            time.sleep(float(seconds))
        case ["kill"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["kill_group"]:
            os.killpg(os.getpgrp(), signal.SIGKILL)
        case _:
            raise ValueError(f"{VARIABLE}: no such action: {actions[point]}")

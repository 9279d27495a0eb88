"""How long a foreign program goes on: until SIGTERM, or until whoever started it is gone."""

import os
import signal


def goes_on():
    """Returns a question; SIGTERM lets what is being done come to its end first."""
    parent = os.getppid()
    ending = []
    signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
    return lambda: not ending and os.getppid() == parent

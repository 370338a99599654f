"""Where the program begins: nothing is imported before Ctrl-C has an answer.

Invariant: Ctrl-C at any moment ends in one line and status 130, also while modules are still being loaded.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line of this process.

    Returns:
        The exit status.
    """
    try:
        # Where the launcher held the signal back until somebody can answer it, it comes here.
        import signal

        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        from desktop.cli.main import main as run

        status = run()
        # What comes now would only interrupt the interpreter's tidying up.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:
        status = _stopped()
    return status


def _stopped() -> int:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from desktop.cli.console import Console
    from desktop.cli.main import report
    from desktop.errors import StoppedError

    return report(Console(as_json="--json" in sys.argv[1:]), StoppedError("Stopped."))

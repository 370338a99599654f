"""What kind of build this is. A training build has a debug channel and opens no root of another environment."""

from __future__ import annotations

# A constant of the source, which no argument, file or environment variable reaches. Nothing in this tree makes another build
# yet: whoever packages one for test or production replaces this line in what is packaged.
TRAINING_BUILD = True
MODEL = "Chancery reference signer 1"
# A policy may set another span; without one an act's time limit lies at most this far beyond the newest signed time.
DEFAULT_SPAN_SECONDS = 14 * 86400
TIME_STEP_TO_ASK_SECONDS = 90 * 86400
SCREEN_SECONDS = 120.0
# A token that was not used for so long is locked; its PIN is asked for again.
PIN_IDLE_SECONDS = 15 * 60.0
# A token that has not answered for so long hangs; what it still gives is thrown away.
TOKEN_SECONDS = 60.0

"""What kind of build this is. A training build has a debug channel and opens no root of another environment."""

from __future__ import annotations

# Packaging turns this off for every build that is not for training.
TRAINING_BUILD = True
MODEL = "Chancery reference signer 1"
# A policy may set another span; without one an act's time limit lies at most this far beyond the newest signed time.
DEFAULT_SPAN_SECONDS = 14 * 86400
TIME_STEP_TO_ASK_SECONDS = 90 * 86400
SCREEN_SECONDS = 120.0

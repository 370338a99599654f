"""From evidence, document and trust package to VALID, NOT VALID or CANNOT TELL, with the age of what was relied on.

NOT VALID is said only on positive evidence; whatever is missing, unknown or too old is CANNOT TELL.
"""

from __future__ import annotations

from lightnode.verdict.codes import Outcome
from lightnode.verdict.judgement import Verdict
from lightnode.verdict.verification import verify_evidence

__all__ = ["Outcome", "Verdict", "verify_evidence"]

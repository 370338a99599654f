"""From evidence, document and trust package to VALID, NOT VALID or CANNOT TELL, with the age of what was relied on.

NOT VALID is said only on positive evidence; whatever is missing, unknown or too old is CANNOT TELL.
"""

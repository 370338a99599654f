"""Building blocks of the pages; every text in them is plain by construction."""

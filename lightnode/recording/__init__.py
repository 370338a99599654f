"""Files of a network's JSON-RPC answers, proven from its genesis on: headers, bodies, receipts, state proofs."""

"""Noise_XX_25519_ChaChaPoly_SHA256 over the primitives of `cryptography` (Noise Protocol Framework, revision 34; ADR 0015)."""

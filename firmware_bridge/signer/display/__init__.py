"""The reference display: pages of the signer as pixels, 128x64 in one colour or 320x240 in colour, without Qt."""

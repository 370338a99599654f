"""Whole set-ups and demonstrations, made of the very commands that people type."""

"""Coverage-guided fuzzing of every decoder of outside bytes: targets, the runner, and the kept corpus."""

"""The rules: pure decisions on ticket events, where time is always an argument."""

"""Bringing the history of another desk in: read, check, compare with what is here, replay."""

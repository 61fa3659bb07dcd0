"""Telling people what happened: plain mail, through the outbox."""

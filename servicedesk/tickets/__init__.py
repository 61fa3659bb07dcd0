"""Tickets: the base record of all work, who may see it, and what may be done to it."""

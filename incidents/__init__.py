"""Incidents: something is broken for someone."""

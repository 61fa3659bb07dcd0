"""Pieces that every part of the API is made of. No models, and nothing of the desk's own vocabulary."""

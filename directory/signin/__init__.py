"""Signing in and staying signed in: guesses, second steps, sessions, single sign-on. No pages."""

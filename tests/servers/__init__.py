"""Servers that tests need, each in a throwaway folder on a free loopback port. Standard library only."""

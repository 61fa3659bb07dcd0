"""Figures with their floor: the desk's own server on a throwaway database of generated data.

The command (:mod:`servicedesk.management.commands.benchmark`) only directs: what reads or writes the
throwaway database runs in processes of its own (``python -m servicedesk.benchmark``), with settings
of its own, so that the database of this installation is never opened for it.
"""

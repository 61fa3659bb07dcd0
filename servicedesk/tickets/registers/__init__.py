"""Records that are not tickets and pass the same door: what a register needs beside its own machine.

``register`` says what a register is, ``timeline`` tells the log of a record, ``api`` holds the views of a collection.
The technicians' pages for actions are in ``servicedesk.console.registers``.
"""

"""People as the company's directory knows them: reading a source, mapping it, and bringing it in.

A source (:mod:`.ldif`) yields plain :class:`.entries.Entry` objects; :mod:`.mapping` makes people and
groups of them; :mod:`.plan` compares these with the database without writing; :mod:`.sync` carries
the plan out in one transaction.
"""

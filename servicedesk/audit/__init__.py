"""The append-only log: events in one hash chain per subject, sealed into checkpoints."""

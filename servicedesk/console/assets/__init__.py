"""The register of assets at the technicians' side: list, record, stock, settings, import, labels."""

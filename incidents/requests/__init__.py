"""Service requests: asking from the catalogue, approval, fulfilment."""

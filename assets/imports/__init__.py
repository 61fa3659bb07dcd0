"""Taking over a list of assets from a file, with the columns that Snipe-IT exports."""

"""Pages about changes: the list, the calendar, planning one, and what is set up for them."""

"""Assets: what the company owns, who has it, what depends on it, and what lies in stock."""

"""Pages about onboarding cases: the list, opening one, and the templates of their tasks."""

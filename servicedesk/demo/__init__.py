"""A believable company and its last three months, made through the services. For demos, never for production."""

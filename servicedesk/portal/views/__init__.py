"""The pages of employees: each view scopes, validates and delegates; the rules live below."""

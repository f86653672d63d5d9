"""The rules of the contingency plan in plain Python: no Django, no database, no clock."""

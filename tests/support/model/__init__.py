"""The store of one account as the table of states wants it, in Python: what scripts must do."""

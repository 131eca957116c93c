"""Reconciles a run: our records against what the provider's ledger says that people received."""

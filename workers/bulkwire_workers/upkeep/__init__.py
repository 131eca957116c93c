"""Upkeep: due times, lapsed leases, status checks, holds, archiving."""
